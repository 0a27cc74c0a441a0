"""The parts of the Add page."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from xner.errors import XnerError
from xner.io.reading import Upload
from xner.services import import_corpus
from xner.services.import_corpus import Imported, ImportReport
from xner.services.input_files import InputOptions
from xner.services.typed_names import EXAMPLE
from xner.text.script import direction
from xner.ui import import_report, languages, placing, projecting, state, welcome, wording
from xner.ui.messages import plain, show_error
from xner.ui.placing import Place
from xner.ui.state import Desk

_TYPED_FIELDS = {
    "source_text": "The source sentence",
    "target_text": "The translation",
    "source_lang": "The source language",
    "target_lang": "The target language",
    "back_translation": "The back-translation",
    "name": "The corpus:",
}
_IMPORTED = "xner_imported"
_FORMATS = {
    "auto": "detect automatically",
    "jsonl": "JSON Lines",
    "tsv": "TSV: tab-separated, with a header",
    "csv": "CSV: comma-separated, with a header",
    "plain": "text lines: source ||| target",
}


def draw_typed(desk: Desk) -> None:
    """Draw the form for one pair; adding it opens it."""
    left, right = st.columns(2)
    with left:
        source_lang = languages.choose("Source language", "typed_source_lang", "en")
        source = st.text_area("Source sentence", key="typed_source", height=110, placeholder="Mira was in Nairobi.")
        _draw_direction(source_lang, source)
    with right:
        target_lang = languages.choose("Target language", "typed_target_lang", "de")
        target = st.text_area("Its translation", key="typed_target", height=110, placeholder="Mira war in Nairobi.")
        _draw_direction(target_lang, target)
    english = (source_lang or "").partition("-")[0] == "en"
    with st.expander("Names and back-translation (optional)", expanded=not english, key=f"typed_more_{english}"):
        names = st.text_area(
            "Names in the source sentence, one a line", key="typed_names", height=110, placeholder=EXAMPLE,
            help="Left empty, the recogniser finds persons, places and organisations.",
        )  # fmt: skip
        back = st.text_area(
            "The translation, translated back into the source language", key="typed_back", height=80,
            help="It is shown beside the source, to see which names survived.",
        )  # fmt: skip
    if not english:
        st.info(
            "The recogniser learned from English, Danish and Swedish: check what it finds here, or type the names.",
            icon=":material/info:",
        )
    place = placing.draw(desk, "typed", "My sentences")
    if st.button(
        "Add and inspect", type="primary", icon=":material/add:", key="add_typed",
        disabled=not (source_lang and target_lang and place),
    ) and place:  # fmt: skip
        try:
            pair = import_corpus.typed_pair(
                source,
                target,
                source_lang or "",
                target_lang or "",
                pair_id="typed",
                back_translation=back,
                names=names,
            )
            pair_id = import_corpus.add_typed(desk.store, desk.user, place.resolve(desk), pair)
        except XnerError as error:
            show_error(error, _TYPED_FIELDS)
        else:
            st.switch_page("pages/inspection.py", query_params={"doc": str(pair_id)})


def draw_upload(desk: Desk) -> None:
    """Draw the upload: a report first, and nothing is kept before "Import"."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            "JSON Lines, tab- or comma-separated pairs, or lines of `source ||| target`; gzipped too, at most 50 MB; "
            "larger files come in by `python -m xner import FILE --corpus NAME`.",
            width="content",
        )
        _draw_shapes()
    file = st.file_uploader("File", key="upload")
    with st.expander("The translation is in a second file, or there is a file of links"):
        st.markdown("CoNLL with names, or one sentence a line: the source above, its translation here, line by line.")
        second = st.file_uploader("Translation", key="upload_target")
        links = st.file_uploader("Word links, `0-0 1-2` a line (Pharaoh)", key="upload_links")
    columns = st.columns(3)
    with columns[0]:
        name = st.selectbox("Format", list(_FORMATS), key="upload_format", format_func=_FORMATS.__getitem__)
    with columns[1]:
        source_lang = languages.choose("Source language, where rows name none", "upload_source_lang")
    with columns[2]:
        target_lang = languages.choose("Target language, where rows name none", "upload_target_lang")
    upload = _upload(file)
    if upload is None:
        return
    open_sides = [side for side, tag in (("source", source_lang), ("target", target_lang)) if tag is None]
    if second is not None and open_sides:
        _ask_languages("Two files side by side don't say their languages.", open_sides)
        return
    report = _read(upload, InputOptions(name, source_lang, target_lang, _upload(second), _upload(links)))
    if report.rejected.n_without_language and open_sides:
        rows = wording.counted(report.rejected.n_without_language, "row does", "rows do")
        _ask_languages(f"{rows} not say in which languages the sentences are.", open_sides)
        return
    of, imported = st.session_state.get(_IMPORTED, (None, None))
    if of is report and isinstance(imported, Imported):
        _draw_imported(desk, imported)
    else:
        _draw_report(desk, report)


def _ask_languages(why: str, sides: list[str]) -> None:
    named = " and the ".join(f"{side} language" for side in sides)
    st.info(f"{why} Choose the {named} above: none is guessed.", icon=":material/translate:")


def _draw_shapes() -> None:
    """Draw what a file looks like inside, to be copied."""
    with st.popover("What a file looks like", icon=":material/table_rows:", key="upload_shapes"):
        st.markdown("**TSV or CSV**: the first row names the columns; only the two texts are needed.")
        st.code(import_corpus.TSV_EXAMPLE, language=None)
        st.markdown(
            "The short names `src`, `tgt`, `src_lang`, `tgt_lang` are understood too; other columns are kept. Two "
            "columns without a header are source and target."
        )
        st.markdown("**JSON Lines**: a record a line; this one has names, too.")
        st.code(import_corpus.JSON_EXAMPLE, language=None, wrap_lines=True)
        st.markdown("**Text**: a pair a line.")
        st.code(import_corpus.PLAIN_EXAMPLE, language=None)


def draw_examples(desk: Desk) -> None:
    """Draw the languages of the sample corpus."""
    st.markdown("24 English sentences with their names, and their translation with the right answer.")
    offered = sorted(import_corpus.sample_languages(), key=languages.words)
    with st.container(horizontal=True):
        for tag in offered:
            if st.button(languages.words(tag), key=f"example_{tag}"):
                welcome.open_sample(desk, tag)


def _upload(file: UploadedFile | None) -> Upload | None:
    return None if file is None else Upload(file.name, file.getvalue())


@st.cache_resource(max_entries=4, scope="session", show_spinner="Reading the file …")
def _read(upload: Upload, options: InputOptions) -> ImportReport:
    return import_corpus.read_upload(upload, options)


def _draw_report(desk: Desk, report: ImportReport) -> None:
    import_report.draw(report)
    fine = len(report.pairs)
    if not fine:
        return
    place = placing.draw(desk, "upload", _stem(report.name))
    question = (
        f"Import the {fine:,}" if report.problems and fine > 1 else f"Import {wording.counted(fine, 'row', 'rows')}"
    )
    into = f" into {plain(place.name)}" if place and place.name.strip() else ""
    if place and st.button(f"{question}{into}", type="primary", icon=":material/download_done:", key="import"):
        _import(desk, place, report)


def _import(desk: Desk, place: Place, report: ImportReport) -> None:
    n = len(report.pairs)
    bar = st.progress(0.0, f"0 of {n:,} rows")
    projecting.forget()

    def tell(done: int) -> None:
        bar.progress(min(done / n, 1.0), f"{done:,} of {n:,} rows")

    try:
        imported = import_corpus.store_report(desk.store, desk.user, place.resolve(desk), report, tell)
    except XnerError as error:
        bar.empty()
        show_error(error, _TYPED_FIELDS)
    else:
        st.session_state[_IMPORTED] = (report, imported)
        st.rerun()


def _draw_imported(desk: Desk, imported: Imported) -> None:
    """Draw what became of an import, and what can be done next."""
    name = next((corpus.name for corpus in desk.corpora if corpus.id == imported.corpus_id), "")
    st.success(f"**{plain(name)}**: {imported_words(imported)}", icon=":material/check_circle:")
    if imported.clashing:
        n = len(imported.clashing)
        st.warning(
            f"{wording.counted(n, 'row was', 'rows were')} not added: this corpus has other sentences under the same "
            "ids. Give them ids of their own, or import them into another corpus.",
            icon=":material/warning:",
        )
        st.download_button(
            f"Download the {wording.counted(n, 'row', 'rows')} (JSONL)", import_corpus.json_lines(imported.clashing),
            "id-clashes.jsonl", "application/x-ndjson", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
    projecting.draw(desk, imported.corpus_id)
    there = {"corpus": str(imported.corpus_id)}
    with st.container(horizontal=True):
        if state.has_page("correct"):
            st.page_link("pages/correct.py", label="Go to the queue", icon=":material/checklist:", query_params=there)
        first = imported.added.first_id
        st.page_link(
            "pages/inspection.py", label="Look at the sentences", icon=":material/search:",
            query_params={"doc": str(first)} if first else there,
        )  # fmt: skip


def imported_words(imported: Imported) -> str:
    """Return what became of an import, in one sentence."""
    added = imported.added
    parts = [f"{wording.counted(added.n_added, 'sentence', 'sentences')} added"]
    if added.n_present:
        parts.append(f"{added.n_present:,} already there")
    if added.clashes:
        parts.append(f"{wording.counted(len(added.clashes), 'id is', 'ids are')} taken")
    if imported.n_projections:
        parts.append(f"{wording.counted(imported.n_projections, 'projection', 'projections')} came along")
    return f"{', '.join(parts)}."


def _stem(name: str) -> str:
    """Return the name of a file without its endings, as a name for its corpus."""
    return name.partition(".")[0].strip()[:200] or "My corpus"


def _draw_direction(tag: str | None, text: str) -> None:
    if tag is not None:
        way = "from right to left" if direction(tag, text) == "rtl" else "from left to right"
        st.caption(f"{plain(languages.words(tag))}, written {way}.")
