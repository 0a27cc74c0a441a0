"""Train a recogniser on files of gold sentences, and write it with a card that says what it is made of."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import xner
from xner.config import RecogniseConfig
from xner.errors import InputError
from xner.evaluate.spans import Counts, count_spans
from xner.io.reading import read_labelled, read_pairs
from xner.io.report import RowProblem
from xner.models.hub import load_encoder
from xner.models.token_classifier import WEIGHTS, folder_of, write_top_layers
from xner.recognise.transformers_model import TransformersRecogniser
from xner.signature import hash_file
from xner.train.affixes import with_affixes
from xner.train.ner import Example, TrainSettings, check_start, encode, tags_of, train
from xner.types import Projection

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """What training gave: sentences and seconds, and strict counts on each development file."""

    folder: Path
    n_sentences: int
    seconds: float
    scores: dict[str, Counts]


def train_ner(
    files: Sequence[Path],
    folder: Path,
    *,
    labels: Sequence[str],
    silver: Sequence[Path] = (),
    least_margin: float = 0.0,
    dev: Sequence[Path] = (),
    lang: str | None = None,
    settings: TrainSettings | None = None,
    encoder: str = "e5-small",
    start: Path | None = None,
    licence: str = "as the training data",
    tell: Tell = lambda _words: None,
) -> Trained:
    """Train, store in `folder`, and score what was stored on the development files.

    Args:
        files: gold sentences: JSONL (of pairs the target side counts) or CoNLL.
        folder: gets ``ner.json``, ``model.safetensors`` and ``README.md``.
        labels: labels to learn; others are O.
        silver: files that `project` wrote; see `read_silver`. They get no affixes.
        least_margin: of silver, see `read_silver`.
        dev: gold sentences that are not trained on.
        lang: BCP-47 tag where rows have none.
        settings: how to train.
        encoder: whose lower layers are used.
        start: folder of a recogniser to go on from, or the name of one that comes with xner.
        licence: of the weights, for the card.
        tell: gets words about the progress.

    Raises:
        InputError: a file can't be read, a row of it is wrong, or a development file is trained on.
        ModelUnavailable: the encoder is not here.
        OSError: a file is not there, or the folder can't be written.
    """
    settings = settings or TrainSettings()
    hashes = {path: hash_file(path) for path in (*files, *silver, *dev)}
    for path in dev:
        if hashes[path] in {hashes[other] for other in (*files, *silver)}:
            raise InputError("this file is trained on: a score on it would say nothing.", file=str(path))
    began, tags = perf_counter(), tags_of(labels)
    begun_from: list[tuple[str, str]] = []
    if start is not None:
        start = folder_of(str(start))
        check_start(start, tags, settings.n_layers, encoder)
        begun_from = [(f"goes on from {start.name}, {WEIGHTS}", hash_file(start / WEIGHTS))]  # `folder` may be the same
    examples = [example for path in files for example in read_gold(path, lang)]
    if settings.affixes:
        examples += with_affixes(examples, settings.affixes, settings.seed)
    for path in silver:
        found, n_left_out = read_silver(path, least_margin)
        tell(f"{path.name}: {len(found)} sentences, {n_left_out} left out: failed, a name lost or doubtful")
        examples += found
    _check_writable(folder)
    tell(f"{len(examples)} sentences; running the layers that stay as they are")
    features = encode(examples, tags, settings.n_layers, encoder)
    tell(f"training {settings.n_layers} layers for {settings.epochs} epochs")
    last = [-1]

    def on_step(epoch: int, step: int, loss: float) -> None:
        if epoch != last[0] or step % 100 == 0:
            last[0] = epoch
            tell(f"epoch {epoch + 1}, step {step}, loss {loss:.3f}")

    net = train(features, tags, settings, encoder, on_step, start)
    hidden, n_heads, inner = load_encoder(encoder).model.shape
    shape = {"n_layers": settings.n_layers, "hidden": hidden, "n_heads": n_heads, "inner": inner}
    write_top_layers(folder, net, {"encoder": encoder, **shape, "tags": list(tags)})
    seconds = perf_counter() - began
    scores = {path.name: score(folder, path, labels, lang) for path in dev}
    done = Trained(folder, len(features), seconds, scores)
    data = [(path.name, hashes[path]) for path in files]
    data += [*begun_from, *((f"{path.name} (silver)", hashes[path]) for path in silver)]
    kept = {**asdict(settings), "least_margin": least_margin} if silver else asdict(settings)
    (folder / "README.md").write_text(_card(done, data, labels, kept, encoder, licence), "utf-8")
    return done


def _check_writable(folder: Path) -> None:
    """Raise now what would otherwise come after the training."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def score(model: Path | str, gold: Path, labels: Sequence[str], lang: str | None = None) -> Counts:
    """Return strict counts of a recogniser on gold sentences, over `labels` alone."""
    examples = read_gold(gold, lang)
    label_map = {label: label for label in labels}
    recogniser = TransformersRecogniser(RecogniseConfig(name="transformers", model=str(model), label_map=label_map))
    found = recogniser.recognise([sentence for sentence, _ in examples])
    counts = [
        sum(count_spans([e for e in gold_entities if e.label in labels], entities).values(), Counts())
        for (_, gold_entities), entities in zip(examples, found, strict=True)
    ]
    return sum(counts, Counts())


def read_gold(path: Path, lang: str | None = None) -> list[Example]:
    """Return the gold sentences of a file.

    Raises:
        InputError: the file or a row of it can't be read, or a row has no gold.
    """
    examples: list[Example] = []
    for row in read_labelled(path, "gold", lang=lang):
        if isinstance(row, RowProblem):
            raise InputError(str(row), "Correct it, or take it out.")
        if row.entities is None:
            raise InputError(
                f"{row.id}: has no gold entities.", "Give entities, [] where there are none.", file=str(path)
            )
        examples.append((row.sentence, row.entities))
    return examples


def read_silver(path: Path, least_margin: float = 0.0) -> tuple[list[Example], int]:
    """Return the targets of a file that `project` wrote with what was projected onto them, and how many were left out.

    Left out are failed rows and rows in which an entity of the source found no place: there a name would be taught as
    no name. So are rows with an entity that the matching nearly gave another span.

    Args:
        path: what `project` wrote.
        least_margin: of every entity to its runner-up; entities without a runner-up have any.

    Raises:
        InputError: the file or a row of it can't be read, or it brings no projections.
    """
    examples: list[Example] = []
    told: list[Projection] = []
    n_left_out = 0
    for row in read_pairs(path, on_projection=told.append):
        if isinstance(row, RowProblem):
            raise InputError(str(row), "Correct it, or take it out.")
        if not told or row.target is None:
            raise InputError(
                f"{row.id}: nothing was projected onto it.", "Give what `xner project` wrote.", file=str(path)
            )
        projection = told.pop()
        placed = {entity.source for entity in projection.entities} - {None}  # one name may have several places
        unnamed = sum(entity.source is None for entity in projection.entities)  # of a model that saw no source
        lost = len(placed) + unnamed < len(row.source_entities or ())
        margins = [second.margin for second in projection.runner_up or () if second.margin is not None]
        if projection.status == "failed" or lost or any(margin < least_margin for margin in margins):
            n_left_out += 1
        else:
            examples.append((row.target, projection.entities))
    return examples, n_left_out


def _card(
    done: Trained, data: Sequence[tuple[str, str]], labels: Sequence[str], settings: Mapping[str, object],
    encoder: str, licence: str,
) -> str:  # fmt: skip
    rows = "\n".join(f"| {name} | {counts.n_gold} | {_f1(counts)} |" for name, counts in done.scores.items())
    return f"""# {done.folder.name}

Tags {", ".join(labels)} (IOB2): the upper {settings["n_layers"]} layers of `{encoder}` and a linear head, trained by
`python -m xner train ner` of xner {xner.__version__}; the lower layers are those of `{encoder}`. Matrices are
stored in 8 bits with one scale a row.

Licence of these weights: {licence}.

## Data

{done.n_sentences} sentences:

{chr(10).join(f"* {name}, sha256 {digest[:16]}" for name, digest in data)}

## Settings

{chr(10).join(f"* {key}: {value}" for key, value in settings.items())}

Training took {done.seconds:.0f} seconds.

## Strict F1 on sentences that were not trained on

| file | gold entities | F1 |
|---|---|---|
{rows or "| none was given | – | – |"}
"""


def _f1(counts: Counts) -> str:
    return "–" if counts.f1 is None else f"{counts.f1:.3f}"
