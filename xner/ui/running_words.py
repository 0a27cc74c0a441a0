"""Words of the Run page: pipelines, stages, names, times. Plain functions, tested without a browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from xner.services.available import Choice
from xner.services.named_methods import PRESETS
from xner.services.run_jobs import Job
from xner.ui.settings import ALIGNER_WORDS, METHOD_WORDS
from xner.ui.wording import counted

PIPELINES = {
    "parallel": "Both sentences are there; names of the source are placed in its translation.",
    "translate-test": "The target is translated, names are found in that translation and projected back.",
    "translate-train": "Sentences with names are translated: new labelled text in another language.",
    "model-transfer": "A multilingual recogniser labels the target alone: the baseline without a source.",
}
STARTS = {"new": "○ not projected yet", "failed": "⚠ failed", "projected": "◌ projected"}
STAGES = {
    "load": "Load models",
    "translate": "Translate",
    "recognise": "Find names",
    "back-translate": "Translate back",
    "align": "Align words",
    "score": "Scores by models",
    "match": "Candidates, scores, matching",
    "store": "Compare methods, store",
}
NAMES = {
    "translate": {
        "given": "none: both sides are given",
        "apertium": "apertium: rules, fast, offline",
        "nllb": "nllb: 200 languages",
        "m2m": "m2m: 100 languages",
        "marian": "marian: a model for each direction",
        "marked:apertium": "marked:apertium: names in brackets through Apertium",
        "marked:nllb": "marked:nllb: names in brackets through NLLB",
        "marked:m2m": "marked:m2m: names in brackets through M2M",
        "marked:marian": "marked:marian: names in brackets through Marian",
    },
    "recognise": {
        "transformers": "transformers: e5-ner as it comes, or any token classifier",
        "spacy": "spacy: English as it comes, or any spaCy pipeline",
        "given": "given: names of the file only",
    },
    "align": ALIGNER_WORDS | {"statistical": "statistical: learnt from these pairs"},
    "extract": {
        "ngram": "ngram: all spans",
        "aligned": "aligned: linked spans",
        "recognised": "recognised: names found",
    },
    "match": METHOD_WORDS | {"marked": "marked: where the brackets came out"},
    "method": {word: preset.title for word, preset in PRESETS.items()},
    "preset": {
        "coverage_soft": "coverage_soft: recommended",
        "coverage_soft_edges": "coverage_soft_edges: with edges of names",
        "align": "align: links",
        "ner": "ner: a recogniser on the target",
        "nmt": "nmt: a translation model",
        "align_ner": "align_ner: links and recogniser",
        "align_ner_spans": "align_ner_spans: links and spans of a recogniser",
        "align_nmt": "align_nmt: links and translation model",
        "ner_spans_nmt": "ner_spans_nmt: recogniser and translation model",
        "all_fusion": "all_fusion: links, recogniser, translation model",
    },
    "use": {
        "off": "off",
        "check": "check: translate the target back, for the reader",
        "replace": "replace: project from the marked translation",
        "add": "add: scores of both are summed",
    },
}
_STATES = {
    "queued": "◷ waiting", "running": "▶ running", "done": "✓ finished", "interrupted": "‖ interrupted",
    "cancelled": "■ cancelled", "failed": "⚠ ended by an error",
}  # fmt: skip


def name_words(stage: str, name: str) -> str:
    """Return how a name is listed; one that is not known here stands for itself."""
    return NAMES.get(stage, {}).get(name, name)


def duration(seconds: float) -> str:
    """Return a time as a reader says it.

    Example:
        >>> [duration(s) for s in (0.04, 3.2, 75, 4000, 90000)]
        ['less than 1 s', '3 s', '1 min 15 s', '1 h 6 min', '1 d 1 h']
    """
    whole = round(seconds)
    if whole < 1:
        return "less than 1 s"
    days, rest = divmod(whole, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, last = divmod(rest, 60)
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min"), (last, "s")) if n]
    return " ".join(parts[:2])


def state_words(job: Job) -> str:
    """Return what has become of a run, with sign and word."""
    if job.is_stopping:
        return "■ stopping"
    return _STATES[job.state]


def progress_words(job: Job) -> str:
    """Return how far a run is, in one line."""
    parts = [f"{job.n_done:,} of {counted(job.n_total, 'sentence', 'sentences')}"]
    if job.state == "queued":
        return f"{parts[0]} · {counted(job.ahead, 'run', 'runs')} before it" if job.ahead else f"{parts[0]} · starting"
    if job.state == "running" and job.rate:
        parts.append(f"{job.rate:.1f} a second" if job.rate < 100 else f"{job.rate:,.0f} a second")
        if job.seconds_left:
            parts.append(f"about {duration(job.seconds_left)} left")
    if job.is_loading:
        parts.append(STAGES["load"].lower())
    return " · ".join(parts)


def result_words(job: Job) -> str:
    """Return what a run has made so far, with sign and word; nothing where there is nothing."""
    kinds = (
        (job.n_ok, "◌", "projected"), (job.n_empty, "○", "without a name"), (job.n_failed, "⚠", "failed"),
        (sum(job.left_out.values()), "↷", "left out"),
    )  # fmt: skip
    return " · ".join(f"{sign} {n:,} {word}" for n, sign, word in kinds if n)


def left_out_words(left_out: Mapping[str, int]) -> str:
    """Return why sentences are not touched, in one sentence for each reason.

    Example:
        >>> left_out_words({"brings its own target": 2})
        '2 left out: each brings its own target.'
    """
    return " ".join(f"{n:,} left out: {'each ' if n > 1 else 'it '}{reason}." if reason.startswith("brings")
                    else f"{n:,} left out: {reason}." for reason, n in left_out.items())  # fmt: skip


def not_here(choices: Iterable[Choice]) -> list[Choice]:
    """Return those that can't run on this machine."""
    return [choice for choice in choices if not choice.is_ready]
