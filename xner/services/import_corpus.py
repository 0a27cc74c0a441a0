"""Read a corpus as a whole for the app: what is fine, what is not, nothing kept before somebody says so."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from xner.errors import XnerError
from xner.io.reading import Upload
from xner.io.records import pair_from_record
from xner.io.report import RowProblem
from xner.services.input_files import AS_FOUND, InputOptions, pairs_of, usable
from xner.services.typed_names import entities_from_lines
from xner.text.script import normalise_tag
from xner.types import SentencePair

SAMPLE_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "sample"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome of reading a file: `error` for a file that can't be read, `problems` for single rows."""

    name: str
    pairs: tuple[SentencePair, ...]
    problems: tuple[RowProblem, ...] = ()
    error: str | None = None

    @property
    def labels(self) -> dict[str, int]:
        """Label to number of entities, source and target together."""
        entities = [e for p in self.pairs for e in (*(p.source_entities or ()), *(p.target_entities or ()))]
        return dict(Counter(entity.label for entity in entities).most_common())


def read_upload(upload: Upload, options: InputOptions = AS_FOUND) -> ImportReport:
    """Return the report on an uploaded file, and those that go with it; it never raises for bad input."""
    problems: list[RowProblem] = []
    try:
        pairs = tuple(usable(pairs_of(upload, options), problems.append))
    except XnerError as error:
        return ImportReport(upload.name, (), tuple(problems), str(error))
    return ImportReport(upload.name, pairs, tuple(problems))


def typed_pair(
    source_text: str,
    target_text: str,
    source_lang: str,
    target_lang: str,
    *,
    pair_id: str,
    back_translation: str | None = None,
    names: str = "",
) -> SentencePair:
    """Return the pair that somebody typed, checked and cut into tokens as a file would be.

    `names` are lines ``name = LABEL`` of the source; without any, a recogniser looks for them.

    Raises:
        InputError: an empty side, an unknown language, or a character that no file may hold.
    """
    record = {
        "id": pair_id,
        "source_lang": source_lang,
        "target_lang": target_lang,
        "source_text": source_text.strip(),
        "target_text": target_text.strip(),
    }
    if back_translation and back_translation.strip():
        record["back_translation"] = back_translation.strip()
    pair = pair_from_record(record)
    if names.strip() and pair.source is not None:
        return replace(pair, source_entities=entities_from_lines(names, pair.source))
    return pair


def sample_languages() -> list[str]:
    """Return the target languages of the sample corpus, sorted."""
    return sorted(path.stem.removeprefix("en-") for path in SAMPLE_FOLDER.glob("en-*.jsonl"))


def sample_pairs(target_lang: str) -> ImportReport:
    """Return the sample corpus in one target language."""
    path = SAMPLE_FOLDER / f"en-{normalise_tag(target_lang)}.jsonl"
    return read_upload(Upload(path.name, path.read_bytes()))


def first_pairs(source: Path | None, n: int) -> list[SentencePair]:
    """Return the first `n` readable pairs of a file, or of the sample corpus in all its languages.

    Raises:
        InputError: the file can't be read.
    """
    if source is None:
        return [pair for lang in sample_languages() for pair in sample_pairs(lang).pairs][:n]
    return list(itertools.islice(usable(pairs_of(source, AS_FOUND), lambda _problem: None), n))
