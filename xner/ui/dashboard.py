"""The Dashboard page: what is compared, and one view of it; the address holds every choice."""

from __future__ import annotations

from pathlib import Path
from textwrap import shorten

import streamlit as st

from xner.errors import InputError, XnerError
from xner.evaluate.board import Board
from xner.services import access, corpora, dashboard_corpus, dashboard_results, work_queue
from xner.services.dashboard_corpus import CORRECTED, GOLD, Basis
from xner.services.dashboard_results import ResultsBoard
from xner.services.dashboard_selection import PARAMETER
from xner.services.identity import Role
from xner.ui import dashboard_learning, dashboard_sentences, languages
from xner.ui.dashboard_failed import draw_failed
from xner.ui.dashboard_parts import Scene, choose, draw_format
from xner.ui.dashboard_views import VIEWS, offered
from xner.ui.messages import page_errors, plain, show_error
from xner.ui.state import Desk
from xner.ui.wording import counted

MAX_METHODS = 8
_REASON_LETTERS = 90
_FOLDER, _SOURCE = "dashboard_results", "dashboard_source"
_CORPUS = "dashboard_corpus"


def draw(desk: Desk) -> None:
    """Draw the page."""
    if desk.problem is not None:
        show_error(desk.problem)
    scene = _draw_results(desk) if _choose_source(desk) == "results" else _draw_corpus(desk)
    if scene is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = choose("View", offered(scene), "view")
        draw_format()
    draw_failed(scene)
    _draw_view(desk, scene, view)


@st.fragment  # a choice inside of a view draws that view again, not the page around it
def _draw_view(desk: Desk, scene: Scene, view: str) -> None:
    with page_errors():  # drawn again without the page: who may see it is asked again
        access.require(desk.store, desk.user, scene.corpus_id, Role.ADMIN if scene.corpus_id is None else Role.VIEWER)
        VIEWS[view][1](scene)
        if view == "effort":
            dashboard_learning.draw(desk, scene)
        if scene.opened is not None:
            dashboard_sentences.draw(scene)


def _choose_source(desk: Desk) -> str:
    in_folder = "results" in st.query_params
    st.session_state[_SOURCE] = "results" if in_folder else "corpus"
    st.segmented_control(
        "What is looked at", ["corpus", "results"], key=_SOURCE, required=True, on_change=_take_source,
        label_visibility="collapsed",
        format_func={"corpus": "A corpus of the store", "results": "A results directory"}.__getitem__,
    )  # fmt: skip
    return str(st.session_state[_SOURCE])


def _take_source() -> None:
    if st.session_state[_SOURCE] == "results":
        st.query_params.from_dict({"results": ""})
    else:
        st.query_params.clear()


def _draw_results(desk: Desk) -> Scene | None:
    """Draw the choice of a folder and of its methods."""
    access.require(desk.store, desk.user, None, Role.ADMIN)
    st.session_state[_FOLDER] = st.query_params.get("results", "")
    st.text_input(
        "Results directory", key=_FOLDER, on_change=_take_folder, placeholder="runs/europarl", max_chars=1000,
        help="A folder on this machine that `python -m xner bench … -o FOLDER` writes; it may still be growing.",
    )  # fmt: skip
    typed = st.query_params.get("results", "")
    if not typed.strip():
        st.info(
            "Type the folder of a benchmark's results. `python -m xner bench europarl -o runs/europarl` makes one.",
            icon=":material/folder_open:",
        )
        return None
    try:
        folder = dashboard_results.folder_of(typed)
        opened = _opened(dashboard_results.fingerprint(folder), str(folder))
    except XnerError as error:
        show_error(_with_file(error))
        return None
    _say_state(opened)
    if not opened.results.cells:
        st.info("No cell of this directory is finished yet. Reload the page when one is.", icon=":material/info:")
        return None
    if not opened.board.parts:
        return Scene(opened.board, {}, (), GOLD, "gold", is_truth=True, opened=opened)
    left, right = st.columns([3, 2])
    with left:
        names = _choose_methods(dict(opened.board.names))
    with right:
        groups = _choose_groups(opened.board)
    return Scene(opened.board, names, groups, GOLD, "gold", is_truth=True, opened=opened)


@st.cache_resource(max_entries=8, show_spinner="Opening the results …")
def _opened(key: str, path: str) -> ResultsBoard:
    return dashboard_results.open_results_board(dashboard_results.folder_of(path))


def _with_file(error: XnerError) -> XnerError:
    """Return an error that says which file of a folder is meant."""
    if isinstance(error, InputError) and error.file:
        return InputError(f"{Path(error.file).name}: {error.message}", error.hint)
    return error


def _take_folder() -> None:
    st.query_params.from_dict({"results": st.session_state[_FOLDER].strip()})


def _say_state(opened: ResultsBoard) -> None:
    """Say what of a directory is there and what is not."""
    results = opened.results
    parts = [f"**{plain(results.title)}** · {counted(len(results.cells), 'cell', 'cells')}"]
    if results.not_run:
        reason = results.not_run[0]
        parts.append(f"⚠ {len(results.not_run):,} could not run, such as {plain(reason['method'])}: "
                     f"{plain(shorten(reason.get('reason', ''), _REASON_LETTERS, placeholder=' …'))}")  # fmt: skip
    if results.problems:
        parts.append(f"⚠ {counted(len(results.problems), 'line is', 'lines are')} damaged and left out")
    if opened.links.rows:
        parts.append(f"{len(opened.links.rows):,} of them measure word links: a view of their own")
    st.markdown(" · ".join(parts))


def _draw_corpus(desk: Desk) -> Scene | None:
    """Draw the choice of a corpus, of its runs, and of what they are held against."""
    if desk.corpus is None:
        st.info(
            "There is no corpus yet. The dashboard shows which method is good in which language, and why.",
            icon=":material/inbox:",
        )
        if st.button("Add text", type="primary", icon=":material/add:"):
            st.switch_page("pages/add.py")
        return None
    corpus_place, reference_place = st.columns(2)
    with corpus_place:
        _choose_corpus(desk)
    known = dashboard_corpus.basis(desk.store, desk.user, desk.corpus.id)
    if not known.methods:
        st.info(
            "Nothing of this corpus is projected yet, so there is nothing to count. Run projects it.",
            icon=":material/hourglass_empty:",
        )
        if st.button("Go to Run", type="primary", icon=":material/play_circle:"):
            st.switch_page("pages/run.py", query_params={"corpus": str(desk.corpus.id)})
        return None
    if not known.references:
        _draw_without_reference(desk)
        return None
    with reference_place:
        reference = _choose_reference(known)
    left, right = st.columns([3, 2])
    with left:
        offered = {run: name for run, name in known.methods.items() if run != reference}
        names = _choose_methods(offered)
    with st.spinner("Counting what each method found …"):
        board = dashboard_corpus.open_board(desk.store, desk.user, known, tuple(names), reference)
    with right if len(offered) > 1 else left:
        groups = _choose_groups(board)
    is_truth = reference in (GOLD, CORRECTED)
    if not is_truth:
        st.info(
            "There is no truth here: the figures say how far methods agree, not which of them is right.",
            icon=":material/info:",
        )
        _draw_signs(desk)
    if reference == CORRECTED:
        st.caption(
            "Most corrections begin with what one method projected: against them that method is ahead of the others by "
            "more than it is better. A fair comparison takes gold that was made without any."
        )
    against = dashboard_corpus.reference_words(known.methods, reference)
    return Scene(board, names, groups, reference, against, is_truth, corpus_id=desk.corpus.id)


def _choose_corpus(desk: Desk) -> None:
    assert desk.corpus is not None  # noqa: S101 (the caller has looked)
    names = {corpus.id: corpus.name for corpus in desk.corpora}
    st.session_state[_CORPUS] = desk.corpus.id
    st.selectbox("Corpus", list(names), format_func=names.__getitem__, key=_CORPUS, on_change=_take_corpus)
    if st.query_params.get("corpus") != str(desk.corpus.id):
        st.query_params["corpus"] = str(desk.corpus.id)


def _take_corpus() -> None:
    st.query_params.from_dict({"corpus": str(st.session_state[_CORPUS])})


def _choose_reference(known: Basis) -> str:
    n = counted(known.n_corrected, "corrected sentence", "corrected sentences")
    words = {GOLD: "gold of the import", CORRECTED: n}
    options = {one: words.get(one) or f"another method: {known.methods[one]}" for one in known.references}
    return choose("Held against", options, "against", wide=True)


def _choose_methods(names: dict[str, str]) -> dict[str, str]:
    """Draw the choice of one to eight methods, in the order of the list."""
    written = [name for name in st.query_params.get_all("m") if name in names]
    chosen = written or list(names)[:MAX_METHODS]
    key = "dashboard_methods"
    st.session_state[key] = chosen[:MAX_METHODS]

    def take() -> None:
        st.query_params["m"] = st.session_state[key]
        st.query_params.pop(PARAMETER, None)

    if len(names) > 1:
        st.multiselect(
            "Methods, the first is what others are sorted by and held against", list(names), key=key,
            format_func=names.__getitem__, max_selections=MAX_METHODS, on_change=take,
        )  # fmt: skip
        if len(names) > MAX_METHODS and not written:
            st.caption(f"{len(names)} methods are here; the first {MAX_METHODS} are shown.")
    return {name: names[name] for name in chosen[:MAX_METHODS]}


def _choose_groups(board: Board) -> tuple[str, ...]:
    """Draw the choice of languages; none means all."""
    chosen = [group for group in st.query_params.get_all("lang") if group in board.groups]
    key = "dashboard_langs"
    st.session_state[key] = chosen

    def take() -> None:
        if st.session_state[key]:
            st.query_params["lang"] = st.session_state[key]
        else:
            st.query_params.pop("lang", None)
        st.query_params.pop(PARAMETER, None)

    if len(board.groups) > 1:
        st.multiselect(
            "Languages", list(board.groups), key=key, format_func=languages.words, on_change=take,
            placeholder=f"all {len(board.groups)}",
        )  # fmt: skip
    return tuple(group for group in board.groups if not chosen or group in chosen)


def _draw_without_reference(desk: Desk) -> None:
    st.info(
        "There is **no gold** in this corpus, nobody has accepted a sentence, and one method alone has run: an F1 "
        "needs something to be held against. Accept some sentences on Correct, or run a second method to see how "
        "far they agree.",
        icon=":material/balance:",
    )
    _draw_signs(desk)


def _draw_signs(desk: Desk) -> None:
    """Draw what can be told without gold: signs of trouble, lost round trips among them, each a list of the queue."""
    assert desk.corpus is not None  # noqa: S101 (the caller has looked)
    tags = work_queue.choices(desk.store, desk.user, desk.corpus.id).tags
    if not tags:
        st.caption("No sentence shows a sign of trouble.")
        return
    total = corpora.get(desk.store, desk.user, desk.corpus.id).n_pairs
    with st.container(border=True):
        st.markdown(f"**Signs of trouble** in {counted(total, 'sentence', 'sentences')}; each opens its list")
        with st.container(horizontal=True):
            for tag, n in tags.most_common():
                if st.button(f"{plain(tag)} {n:,} ({n / total:.0%})", key=f"sign-{tag}", type="tertiary"):
                    st.switch_page("pages/correct.py", query_params={"corpus": str(desk.corpus.id), "tag": tag})
