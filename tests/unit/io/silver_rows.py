"""Rows of silver data for the tests of the export formats."""

from xner.io.formats import FORMATS, write_rows
from xner.io.silver import ExportOptions, SilverRow
from xner.text.tokenise import sentence_from_tokens
from xner.types import Alignment, Entity, Span

SIGNATURE = "align:itermax+e5-small@sha256:ab12cd34+layer:7|match:exact|scheme:strict-IOB2|xner:0.1.0"


def row(row_id="1", tokens=("Dar", "es", "Salaam", "ni", "mji", "."), *entities, text=None, lang="sw", **fields):
    """Return a row; entities are (start, end, label) and whatever else `Entity` takes."""
    found = tuple(Entity(Span(start, end), *rest) for start, end, *rest in entities)
    sentence = sentence_from_tokens(list(tokens), lang, text)
    return SilverRow(**{"id": row_id, "sentence": sentence, "entities": found} | told(fields))


def told(fields):
    return {"signature": SIGNATURE, "status": "projected"} | fields


def sample_rows():
    source = sentence_from_tokens(["Dar", "es", "Salaam", "is", "a", "city", "."], "en", "Dar es Salaam is a city.")
    return [
        row(
            "a-1", ("Dar", "es", "Salaam", "ni", "mji", "."), (0, 3, "LOC", 0.875, 0), text="Dar es Salaam ni mji.",
            source=source, source_entities=(Entity(Span(0, 3), "LOC"),), status="accepted", annotator="Amina",
            revision=3, alignment=Alignment(frozenset({(0, 0), (2, 2)}), frozenset({(5, 4)})), note="see\nline 2",
            meta={"n": [1, None]},
        ),
        row("a-2", ("=SUM(A1)", '"', "NA", "#", "-", "_"), (0, 1, "PER", None, 1), (1, 2, "PER"), (4, 6, "PER-SON")),
        row("a-3", ("السلام", "🙂", "e\u0301"), lang="ar", text="السلام 🙂\u00a0e\u0301", status="draft"),
    ]  # fmt: skip


def exported(rows, name, **options):
    """Return the bytes of an export."""
    return b"".join(write_rows(rows, FORMATS[name], ExportOptions(**options)))
