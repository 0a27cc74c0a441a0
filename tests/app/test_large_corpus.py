"""Home, Add and Inspect over 20,000 pairs. The seconds are printed, not asserted: they are those of the machine."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from xner.engine.local import Outcome
from xner.io.reading import Upload
from xner.services import import_corpus, inspect_pair, run_corpus
from xner.services.corpora import create
from xner.services.identity import local_user
from xner.store import corpora
from xner.store.session import Store, data_folder

from .conftest import GIVEN, PAIRS

pytestmark = pytest.mark.slow
N = 20_000
Open = Callable[..., AppTest]


@pytest.fixture(scope="session")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of 20,000 pairs in three languages, nine of ten projected."""
    path = tmp_path_factory.mktemp("large") / "xner.db"
    store, ada = Store(f"sqlite:///{path}"), local_user("Ada")
    corpus_id = create(store, ada, "Large")
    before, corpora.BATCH_S = corpora.BATCH_S, 10.0
    try:
        start = time.monotonic()
        report = import_corpus.read_upload(Upload("large.jsonl", b"".join(_rows())))
        middle = time.monotonic()
        imported = import_corpus.store_report(store, ada, corpus_id, report)
    finally:
        corpora.BATCH_S = before
    assert (imported.added.n_added, imported.n_projections) == (N, N * 9 // 10)
    print(f"\nread {N:,} rows {middle - start:.1f} s, import with projections {time.monotonic() - middle:.1f} s")
    store.close()
    return path


def _rows():
    for n in range(N):
        pair = replace(PAIRS[n % 3], id=f"row-{n}")
        if n % 3 == 2:
            pair = replace(pair, target=replace(pair.target, lang=("nl", "sv")[n % 2]))
        projection = _projection(n % 3)
        outcome = Outcome(pair, replace(projection, pair_id=pair.id))
        line = run_corpus.json_lines([outcome]) if n % 10 else import_corpus.json_lines([pair])
        yield line


def _projection(which: int):
    return inspect_pair.analyse(PAIRS[which], GIVEN).projection


@pytest.fixture
def large(large_file: Path) -> None:
    data_folder().mkdir(parents=True)
    shutil.copy(large_file, data_folder() / "xner.db")


def measured(at: AppTest, what: str) -> AppTest:
    """Run a page once more, as a click does, and print how long it took."""
    start = time.monotonic()
    at.run()
    print(f"{what}: {time.monotonic() - start:.2f} s")
    assert not at.exception
    assert not at.error
    return at


@pytest.mark.parametrize(
    ("page", "title"),
    [("home", "xner"), ("add", "Add text"), ("inspection", "Inspect"), ("dashboard", "Dashboard")],
)
def test_a_page_over_twenty_thousand_pairs_is_whole(page, title, open_page: Open, large):
    start = time.monotonic()
    at = open_page(page)
    print(f"\n{page}, with the start of the app and of Home: {time.monotonic() - start:.2f} s")
    assert measured(at, page).title[0].value == title


def test_sentences_are_found_and_walked_through(open_page: Open, large):
    at = open_page("inspection")
    assert len(at.selectbox(key="picked").options) == 100
    start = time.monotonic()
    at.number_input(key="go_to").set_value(19_990).run()
    print(f"\ngo to 19,990: {time.monotonic() - start:.2f} s")
    start = time.monotonic()
    at.button(key="next").click().run()
    print(f"next: {time.monotonic() - start:.2f} s")
    start = time.monotonic()
    at.text_input(key="find").set_value("Mira Halvorsen").run()
    print(f"find (all rows have it): {time.monotonic() - start:.2f} s")
    assert not at.error
    start = time.monotonic()
    at.button(key="keep").click().run() if any(b.key == "keep" for b in at.button) else at.run()
    print(f"project and keep one sentence: {time.monotonic() - start:.2f} s")
    assert not at.exception
