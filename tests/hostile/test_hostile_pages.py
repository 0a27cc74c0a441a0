"""Every page in its states, with hostile text in every field that a user fills: all of it is shown as text."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import Open, Shelf
from tests.hostile.markdown_fields import CLOSE, OPEN, leaks, marked, n_shown
from tests.hostile.strings import ONE_LINE
from tests.hostile.world import World, build, hostile_pair, whole
from xner.engine.local import Outcome
from xner.services import corpora, run_corpus
from xner.store import corpora as stored
from xner.store import people
from xner.types import Projection

PACK = 20
PACKS = [ONE_LINE[k : k + PACK] for k in range(0, len(ONE_LINE), PACK)]
NAME_CHARACTERS = 185
GIVEN = "align.name=given"


def packs_of_names() -> list[list[str]]:
    """Return all texts in lists that fit into a name."""
    packs: list[list[str]] = [[]]
    for text in marked(ONE_LINE):
        if sum(len(one) + 1 for one in packs[-1]) + len(text) > NAME_CHARACTERS:
            packs.append([])
        packs[-1].append(text)
    return packs


NAMES = packs_of_names()
_QUOTED = str.maketrans("", "", "'\"\\")
"""Error texts quote input as Python does, with a backslash before these: which of two quotation marks, it decides."""
State = Callable[[Open, World, list[str]], AppTest]
INSPECT_TABS = ("Matrix", "Candidates", "Methods", "Back-translation", "Signature and download")
CORRECT_TABS = ("Candidates", "Why here", "Matrix", "Back-translation", "Same name elsewhere", "History", "Help")


def home(open_page: Open, world: World, texts: list[str]) -> AppTest:
    at = open_page("home", xner_name=world.user.name, show_archived=True)
    at.button(key="archive").click().run()  # its name is told, with an undo
    return at


def queue(open_page: Open, world: World, texts: list[str]) -> AppTest:
    at = open_page("correct", xner_name=world.user.name)
    for name in ("lang", "label", "tag", "q", "status", "annotator", "order", "seed", "page"):
        at.query_params[name] = texts
    return at.run()


def queue_of_all(open_page: Open, world: World, texts: list[str]) -> AppTest:
    at = open_page("correct", xner_name=world.user.name)
    at.query_params["corpus"] = str(world.corpus)
    at.run()
    return at.button(key="bulk_open").click().run()


def adjudicate(open_page: Open, world: World, texts: list[str]) -> AppTest:
    return open_page("adjudicate", xner_name=world.user.name, doc=world.differing)


def agreement(open_page: Open, world: World, texts: list[str]) -> AppTest:
    return open_page("adjudicate", xner_name=world.user.name, xner_corpus=world.blind, adjudicate_tab="Agreement")


def adjudicated(open_page: Open, world: World, texts: list[str]) -> AppTest:
    at = adjudicate(open_page, world, texts)
    return at.button(key="edit_A").click().run()


def export(open_page: Open, world: World, texts: list[str]) -> AppTest:
    at = open_page("export", xner_name=world.user.name, xner_corpus=world.corpus)
    at.text_area(key="export_sources").set_value("\n".join(texts)).run()
    at.text_area(key="export_remarks").set_value("\n".join(texts)).run()
    return at.button(key="export_make").click().run()


def export_blind(open_page: Open, world: World, texts: list[str]) -> AppTest:
    return open_page("export", xner_name=world.user.name, xner_corpus=world.blind)


def dashboard(open_page: Open, world: World, texts: list[str]) -> AppTest:
    at = open_page("dashboard", xner_name=world.user.name, xner_corpus=world.corpus)
    assert_harmless(at, texts)
    at.query_params["view"] = "slices"
    at.query_params["by"] = "label"
    return at.run()


def run(open_page: Open, world: World, texts: list[str]) -> AppTest:
    """Show the choices, then the runs that the corpus had, with their reasons and logs."""
    return open_page("run", xner_name=world.user.name, xner_corpus=world.corpus)


def compare(open_page: Open, world: World, texts: list[str]) -> AppTest:
    at = open_page("compare", xner_name=world.user.name)
    at.query_params["doc"] = str(world.corrected)
    at.query_params["m"] = [f"default;{GIVEN}", f"heuristic;{GIVEN}"]
    at.query_params["against"] = texts
    return at.run()


def upload(open_page: Open, world: World, texts: list[str]) -> AppTest:
    """Show the report on a file of rows with and without faults, then what became of the import."""
    at = open_page("add", xner_name=world.user.name)
    pair = hostile_pair("uploaded", texts)
    fine = run_corpus.json_lines([Outcome(pair, Projection.failed(pair.id, " ".join(texts), None))]).decode()
    bad = [
        json.dumps({text[:50]: text, "id": text, "source_lang": text.translate(_QUOTED), "source_text": text})
        for text in texts
    ]
    unknown = json.dumps({"id": "x", "source_lang": "en", "target_lang": texts[0], "target_tokens": [texts[0]]})
    body = "\n".join([fine.strip(), *bad, unknown, *texts])
    at.file_uploader(key="upload").set_value((f"{texts[0]}.jsonl".replace("/", "⁄"), body.encode(), "text/plain")).run()
    assert_harmless(at, texts)
    return at.button(key="import").click().run()


def typed(open_page: Open, world: World, texts: list[str]) -> AppTest:
    at = open_page("add", xner_name=world.user.name)
    at.text_area(key="typed_source").set_value(texts[0])
    at.text_area(key="typed_target").set_value(texts[0])
    at.text_area(key="typed_names").set_value("\n".join(texts).replace("=", ":"))
    return at.button(key="add_typed").click().run()


READING: dict[str, State] = {
    "queue filtered": queue, "queue": queue_of_all, "adjudicate": adjudicate, "agreement": agreement, "export": export,
    "export blind": export_blind, "dashboard": dashboard, "run": run, "compare": compare,
}  # fmt: skip
CHANGING: dict[str, State] = {"adjudication editor": adjudicated, "upload": upload, "typed": typed, "home": home}


def _as_quoted(text: str) -> str:
    return repr(text.translate(_QUOTED))[1:-1]


def words_of(texts: list[str]) -> list[str]:
    """Return the words of texts, each to be found again."""
    return marked(word for text in texts for word in text.removeprefix(OPEN).removesuffix(CLOSE).split())


def assert_harmless(at: AppTest, texts: list[str], state: str = "") -> None:
    assert not at.exception
    assert "UNEXPECTED" not in " ".join(error.value for error in at.error)
    assert n_shown(at), f"{state} shows nothing of the text"
    found = leaks(at, [*texts, *words_of(texts), *map(_as_quoted, texts), *(text.replace("=", ":") for text in texts)])
    assert not found, "\n".join([state, *found])


@pytest.fixture(params=range(len(PACKS)), ids=lambda k: f"strings {k * PACK + 1} on")
def texts(request: pytest.FixtureRequest) -> list[str]:
    return marked(PACKS[request.param])


@pytest.fixture
def world(shelf: Shelf, texts: list[str]) -> World:
    return build(shelf.store, texts, words=words_of(texts))


def test_pages_that_read_show_hostile_text_as_text(open_page: Open, world: World, texts: list[str]):
    for state, look in READING.items():
        assert_harmless(look(open_page, world, texts), texts, state)
    for state in ("flagged", "clashing", "failed"):
        at = open_page("inspection", doc=getattr(world, state), xner_name=world.user.name)
        assert_harmless(at, texts, f"inspect {state}")
        at.switch_page("pages/correct.py")
        at.query_params["doc"] = str(getattr(world, state))
        assert_harmless(at.run(), texts, f"correct {state}")


def test_pages_that_change_something_show_hostile_text_as_text(open_page: Open, world: World, texts: list[str]):
    for state, change in CHANGING.items():
        assert_harmless(change(open_page, world, texts), texts, state)


@pytest.mark.parametrize("page", ["inspection", "correct"])
def test_a_sentence_of_hostile_text_is_shown_as_text_in_every_tab(page, open_page: Open, world: World, texts):
    key, tabs = ("inspect_tab", INSPECT_TABS) if page == "inspection" else ("correct_tab", CORRECT_TABS)
    at = open_page(page, doc=world.corrected, xner_name=world.user.name, **{key: tabs[0]})
    for tab in tabs:
        at.session_state[key] = tab
        assert_harmless(at.run(), texts, f"{page}, {tab}")


def test_hostile_names_of_people_and_corpora_are_shown_as_text(shelf: Shelf, open_page: Open):
    texts = marked(["Ada", "Bergen"])
    world = build(shelf.store, texts)
    ids = [row.id for gone in (False, True) for row in corpora.visible(shelf.store, shelf.user, archived=gone)]
    home = open_page("home", show_archived=True)
    case = open_page("adjudicate", doc=world.differing)
    for names in NAMES:
        _rename(shelf, ids, names)
        for at in (home, case):
            at.session_state["xner_name"] = whole("3", names)
            assert_harmless(at.run(), [*texts, *names])


def _rename(shelf: Shelf, ids: list[int], names: list[str]) -> None:
    def work(session):
        for number in ids:
            stored.change_corpus(session, number, name=whole(f"corpus {number}", names))
        for row in people.people(session):
            people.person_id(session, row.subject, whole(f"person {row.id}", names))

    shelf.store.write(work)
