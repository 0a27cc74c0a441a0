"""Benchmarks by name: which files belong to each, what is left out, how it differs from what was published."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from xner.errors import InputError

Kind = Literal["projection", "target", "links"]
_PAIRS = r"(?P<source>[a-z]{2,3})-(?P<target>[A-Za-z][A-Za-z-]*)"
_DEPTH = 3
"""Folders below the data's own that are looked into."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Files of one layout: a pattern of the path inside the folder, and a name of that kind for messages.

    `partner` is, of two CoNLL files, the name of the source's.
    """

    pattern: str
    example: str
    partner: str | None = None


_JSON_PAIRS = Layout(rf"{_PAIRS}\.jsonl(\.gz)?", "en-sw.jsonl")
_CONLL_PAIRS = Layout(
    rf"{_PAIRS}\.(?P=target)\.conll", "en-sw.sw.conll with en-sw.en.conll", "{source}-{target}.{source}.conll"
)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A public data set under its name.

    `kind`: ``projection`` (pairs, gold on both sides), ``target`` (single sentences with gold), ``links`` (pairs with
    gold links). `corpus` is its name among the published figures. `setup` says how ours differ from these. `hub` is
    (dataset, configuration) on the Hugging Face hub, `{lang}` filled in, and the languages there.
    """

    name: str
    title: str
    kind: Kind
    folder: str
    layouts: tuple[Layout, ...]
    ignore_labels: tuple[str, ...] = ()
    corpus: str | None = None
    setup: tuple[str, ...] = ()
    hub: tuple[str, str] | None = None
    hub_languages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DataSet:
    """Files of one benchmark and language: one of JSON Lines, or CoNLL, or two of CoNLL side by side."""

    name: str
    source_lang: str | None
    target_lang: str
    target: Path
    source: Path | None = None


_MASAKHANER = {
    "bam": "bm", "bbj": "bbj", "ewe": "ee", "fon": "fon", "hau": "ha", "ibo": "ig", "kin": "rw", "lug": "lg",
    "luo": "luo", "mos": "mos", "nya": "ny", "pcm": "pcm", "sna": "sn", "swa": "sw", "tsn": "tn", "twi": "tw",
    "wol": "wo", "xho": "xh", "yor": "yo", "zul": "zu",
}  # fmt: skip
"""Codes of the data to BCP-47 tags."""
_XTREME = (
    "af ar az bg bn de el es et eu fa fi fr gu he hi hu id it ja jv ka kk ko lt ml mr ms my nl pa pl pt qu ro ru sw "
    "ta te th tl tr uk ur vi yo zh"
).split()

BENCHMARKS: dict[str, Benchmark] = {
    benchmark.name: benchmark
    for benchmark in (
        Benchmark(
            name="europarl",
            title="Europarl-NER (Agerri et al. 2018)",
            kind="projection",
            folder="europarl_ner",
            layouts=(
                _JSON_PAIRS,
                _CONLL_PAIRS,
                Layout(
                    r"(?P<target>(?!en)[a-z]{2})-europarl\.test\.conll02",
                    "de-europarl.test.conll02 with en-europarl.test.conll02",
                    "en-europarl.test.conll02",
                ),
            ),
            corpus="europarl",
            setup=(
                "The published figures are of all 799 sentences.",
                "Source entities are gold in both, as published.",
                "The published aligners are SimAlign and AWESOME with multilingual BERT or larger; ours is e5-small.",
            ),
        ),
        Benchmark(
            name="uner-pud",
            title="Universal NER, PUD (Mayhew et al. 2024)",
            kind="projection",
            folder="uner_pud",
            layouts=(_JSON_PAIRS, _CONLL_PAIRS),
            setup=(
                "No projection onto it is published.",
                "The sides were annotated by different people: about a fifth of the source entities have no "
                "counterpart of the same label, so that no projection can reach 1.",
                "e5-ner was trained on UNER English-EWT, Danish and Swedish and on projected silver; it never saw PUD.",
            ),
        ),
        Benchmark(
            name="setimes",
            title="Universal NER, SETimes Croatian-Serbian (Mayhew et al. 2024)",
            kind="projection",
            folder="uner_setimes",
            layouts=(_JSON_PAIRS, _CONLL_PAIRS),
            ignore_labels=("OTH",),
            setup=("No projection onto it is published.", "The label OTH is left out on both sides."),
        ),
        Benchmark(
            name="xsid",
            title="xSID slots (van der Goot et al. 2021)",
            kind="projection",
            folder="xsid",
            layouts=(
                Layout(rf"{_PAIRS}\.test\.jsonl(\.gz)?", "en-de.test.jsonl"),
                Layout(
                    r"(?P<target>(?!en\.)[A-Za-z][A-Za-z-]*)\.test\.conll",
                    "de.test.conll with en.test.conll",
                    "en.test.conll",
                ),
            ),
            setup=(
                "Spans are slots of requests (dates, titles, places), not names; test part.",
                "No comparable figure of projected slots is at hand.",
            ),
        ),
        Benchmark(
            name="xlwa",
            title="XL-WA word alignment (Martelli et al. 2023), dev part",
            kind="links",
            folder="alignments",
            layouts=(Layout(rf"(?:xlwa\.)?{_PAIRS}\.dev\.jsonl(\.gz)?", "en-bg.dev.jsonl"),),
            setup=(
                "The figure is the alignment error rate: lower is better. All languages are European.",
                "`statistical` learns from the about 100 sentences of each file alone, far fewer than it is made for.",
            ),
        ),
        Benchmark(
            name="masakhaner2",
            title="MasakhaNER 2.0 (Adelani et al. 2022), test part",
            kind="target",
            folder="masakhaner2",
            layouts=(
                Layout(r"(?P<target>[a-z]{2,3})\.test\.jsonl(\.gz)?", "sw.test.jsonl"),
                Layout(r"(?:.*/)?(?P<target>[a-z]{3})/test\.txt", "swa/test.txt"),
            ),
            ignore_labels=("DATE",),
            corpus="masakhaner2",
            setup=(
                "DATE is left out, as in the published figures.",
                "The published model transfer runs mDeBERTa trained on English CoNLL-2003; ours is e5-ner, trained on "
                "UNER English, Danish and Swedish, and on names that xner projected onto unlabelled text in Hausa, "
                "Igbo, Swahili, Tswana, Xhosa and Zulu (NTREX-128): it saw no label of these languages, but text.",
                "The published translate-test figures need NLLB-200-3.3B, which is not part of this.",
            ),
            hub=("masakhane/masakhaner2", "{lang}"),
            hub_languages=_MASAKHANER,
        ),
        Benchmark(
            name="xtreme",
            title="XTREME PAN-X / WikiANN (Hu et al. 2020), test part",
            kind="target",
            folder="xtreme",
            layouts=(
                Layout(r"(?P<target>[a-z]{2,3})\.test\.jsonl(\.gz)?", "sw.test.jsonl"),
                Layout(r"(?:.*/)?test-(?P<target>[a-z]{2,3})\.tsv", "test-sw.tsv"),
            ),
            corpus="xtreme",
            setup=(
                "The published figures are means over 39 languages.",
                "The published model transfer runs mDeBERTa trained on English CoNLL-2003; ours is e5-ner.",
            ),
            hub=("google/xtreme", "PAN-X.{lang}"),
            hub_languages={lang: lang for lang in _XTREME},
        ),
        Benchmark(
            name="own",
            title="your own data",
            kind="projection",
            folder="own",
            layouts=(_JSON_PAIRS, _CONLL_PAIRS),
            setup=(
                "Pairs with gold entities on both sides, such as corrected sentences; nothing is published on them.",
            ),
        ),
    )
}


def find_data(benchmark: Benchmark, folder: Path) -> list[DataSet]:
    """Return the data sets of a benchmark in a folder, or in the one named for it there, in order of name.

    Raises:
        InputError: there is none.
    """
    if not folder.is_dir():
        raise InputError("there is no such folder.", "Give the folder of the data with --data.", file=str(folder))
    own = folder / benchmark.folder
    root = own if own.is_dir() else folder
    paths = {path.relative_to(root).as_posix(): path for n in range(_DEPTH) for path in root.glob("*/" * n + "*")}
    for layout in benchmark.layouts:
        found = [
            _data_set(benchmark, layout, match, paths)
            for name in sorted(paths)
            if (match := re.fullmatch(layout.pattern, name)) and paths[name].is_file()
        ]
        if found:
            return found
    known = " or ".join(layout.example for layout in benchmark.layouts)
    raise InputError(f"no file of {benchmark.name} is in it.", f"Files are called as {known}.", file=str(root))


def _data_set(benchmark: Benchmark, layout: Layout, match: re.Match[str], paths: Mapping[str, Path]) -> DataSet:
    groups = match.groupdict()
    target_lang = _MASAKHANER.get(groups["target"], groups["target"])
    source_lang = groups.get("source") or (None if benchmark.kind == "target" else "en")
    source = None
    if layout.partner is not None:
        partner = layout.partner.format(source=source_lang, target=groups["target"])
        source = paths.get(partner)
        if source is None:
            raise InputError(f"{partner}, the source side of {match[0]}, is not beside it.", file=str(paths[match[0]]))
    languages = target_lang if source_lang is None else f"{source_lang}-{target_lang}"
    return DataSet(f"{benchmark.name}.{languages}", source_lang, target_lang, paths[match[0]], source)
