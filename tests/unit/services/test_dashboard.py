"""The dashboard's numbers and the sentences behind them: whatever is counted is exactly what opens."""

from __future__ import annotations

import dataclasses
import json

import pytest

from tests.app.conftest import GIVEN, make_pair
from xner.bench.dashboard import make
from xner.correct.annotation import AnnotatedEntity, Annotation
from xner.errors import ConfigError, NotAllowed
from xner.evaluate import board_errors, board_scores, board_slices
from xner.evaluate.entity_table import SLICES
from xner.evaluate.schemas import SCHEMAS
from xner.evaluate.statistics import schema_counts
from xner.io.results_files import write_run
from xner.services import corpora, corrections, dashboard_corpus, dashboard_effort, project_corpus, work_queue
from xner.services.dashboard_results import folder_of, open_results_board, records_behind
from xner.services.dashboard_selection import Selection, from_params
from xner.services.documents import open_document
from xner.services.identity import Role, User, local_user
from xner.services.method_names import run_names
from xner.services.queue_view import View, params_of, view_from_params
from xner.services.results import NewCell, write_links_cell
from xner.services.results_scoring import known_scores
from xner.services.score_scale import greatest_score
from xner.store import people
from xner.store.rows import Filters
from xner.store.session import Store
from xner.types import Alignment, Span

ADA = local_user("Ada")
SHORT = GIVEN.updated({"extract.max_tokens": "1"})


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A results directory of 2 languages and 2 methods."""
    folder = tmp_path_factory.mktemp("results")
    make(folder, n_langs=2, n_methods=2, n_sentences=30)
    return open_results_board(folder)


def behind(opened, selection):
    total, records = records_behind(opened, selection)
    assert total == len(records)
    return total


def test_every_bar_cell_and_point_of_a_directory_opens_as_many_sentences_as_it_says(opened):
    board, n_opened = opened.board, 0
    parts = board.of(tuple(board.names))
    for row in board_scores.score_rows(parts, "strict"):
        assert behind(opened, Selection(row.method, "gold", row.group, "scored")) == row.n_sentences
    for error in board_errors.error_rows(parts):
        found = behind(opened, Selection(error.method, "gold", error.group, "kind", error.kind))
        assert found == error.n_sentences
        n_opened += found
    method = next(iter(board.names))
    for by in SLICES:
        for cell in board_slices.slice_rows(board.of([method]), by, rows_are_methods=False)[1]:
            assert behind(opened, Selection(method, "gold", cell.row, by, cell.bucket)) == cell.n_sentences
            n_opened += cell.n_sentences
    calibration, bins = board_slices.reliability(board.of([method]), "score")
    assert calibration.n == sum(row.n for row in bins) > 0
    for row in bins:
        assert behind(opened, Selection(method, "gold", "", "score_bin", row.value)) == row.n_sentences
    for effort in board_errors.effort_rows(parts):
        assert behind(opened, Selection(effort.method, "gold", "", "errors")) == effort.n_changed
    assert n_opened > 50


@pytest.mark.parametrize("schema", SCHEMAS)
def test_figures_that_were_written_with_a_cell_are_those_that_an_older_one_is_given(opened, schema):
    parts = opened.board.of(tuple(opened.board.names))
    older = [dataclasses.replace(part, known={}) for part in parts]
    assert all(set(part.known) == set(SCHEMAS) for part in parts)
    for new, old in zip(
        board_scores.score_rows(parts, schema), board_scores.score_rows(older, schema), strict=True
    ):  # fmt: skip
        assert new.f1 == pytest.approx(old.f1)
        # Strict intervals are drawn over more distinct rows than these, so that their draws differ.
        assert new.interval == pytest.approx(old.interval, abs=0.03 if schema == "strict" else 1e-12)


def test_a_row_of_an_older_directory_knows_its_strict_figures_alone(opened):
    row = json.loads(json.dumps(opened.results.cells[0]))
    for name in ("partial", "type", "exact"):
        del row["scores"][name]["interval"]
    assert set(known_scores(row)) == {"strict"}
    row["scores"]["exact"] = {"f1": None}
    assert known_scores(row)["exact"] == (None, None)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_f1_is_that_of_the_counts_and_lies_in_its_interval(opened, schema):
    parts = opened.board.of(tuple(opened.board.names))
    for part, row in zip(parts, board_scores.score_rows(parts, schema, 200), strict=True):
        statistics = part.load().statistics
        assert row.f1 == pytest.approx(schema_counts(statistics.whole[statistics.ran].sum(axis=0), schema).f1)
        assert row.interval.low <= row.f1 <= row.interval.high
    assert board_scores.score_rows(parts, schema, 200) == board_scores.score_rows(parts, schema, 200)


def test_a_difference_is_the_second_minus_the_first_and_turns_with_them(opened):
    one, other = opened.board.names
    for row, back in zip(
        board_scores.difference_rows(opened.board, one, other, "strict", n_resamples=200),
        board_scores.difference_rows(opened.board, other, one, "strict", n_resamples=200), strict=True,
    ):  # fmt: skip
        first, second = (
            board_scores.score_rows([opened.board.parts[m, row.group]], "strict")[0].f1 for m in (one, other)
        )
        assert row.difference.delta == pytest.approx(second - first)
        assert back.difference.delta == pytest.approx(-row.difference.delta)
        assert 0 < row.p <= 1


def test_without_an_entity_there_is_no_f1(opened):
    part = next(iter(opened.board.parts.values()))
    packed = part.load()
    bare = packed.statistics.only(packed.statistics.whole[:, :2].sum(axis=1) < 0)
    assert board_scores.f1_counts(bare, "strict").shape == (0, 3)
    assert board_scores.ScoreRow("m", "de", None, None, 0, 0, 0).f1 is None


@pytest.mark.parametrize("typed", ["", "http://host/x", "/nowhere/at/all", "a\0b"])
def test_only_local_folders_are_opened(typed):
    with pytest.raises(ConfigError):
        folder_of(typed)


@pytest.mark.parametrize(
    "values", [[], ["1"], ["1", "gold", "de", "nothing", ""], ["x" * 400, "gold", "", "errors", ""]]
)
def test_an_address_that_names_no_number_is_no_selection(values):
    assert from_params(values) is None


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    yield store
    store.close()


@pytest.fixture
def corpus(store):
    """Three pairs with gold; the newest run cuts names of two words, the one before finds them."""
    corpus_id = corpora.create(store, ADA, "News")
    corpora.add(store, ADA, corpus_id, [make_pair("a"), make_pair("b"), make_pair("c", lang="nl")])
    for config in (GIVEN, SHORT):
        project_corpus.project_corpus(store, ADA, corpus_id, config)
    return corpus_id


def test_runs_are_held_against_gold_and_each_number_is_a_list_of_the_queue(store, corpus):
    known = dashboard_corpus.basis(store, ADA, corpus)
    short, full = known.methods
    assert known.references == ("gold", short, full)
    board = dashboard_corpus.open_board(store, ADA, known, tuple(known.methods), "gold")
    scores = {
        (row.method, row.group): row.f1 for row in board_scores.score_rows(board.of(tuple(board.names)), "strict")
    }
    assert scores[full, "de"] == 1.0 > scores[short, "de"]
    wrong = {(r.method, r.group, r.kind): r.n_sentences for r in board_errors.error_rows(board.of([short]))}
    assert wrong[short, "de", "boundary_short"] == 2
    view = View(behind=Selection(short, "gold", "de", "kind", "boundary_short"))
    assert view_from_params(params_of(view)) == view
    assert {row.lang for row in work_queue.page(store, ADA, corpus, view).rows} == {"de"}
    assert len(work_queue.pair_ids(store, ADA, corpus, view)) == 2
    both = View(Filters(langs=("nl",)), behind=view.behind)
    assert work_queue.pair_ids(store, ADA, corpus, both) == []


def test_corrected_sentences_are_a_reference_of_their_own(store, corpus):
    pair_id = work_queue.pair_ids(store, ADA, corpus, View(order="document"))[0]
    document = open_document(store, ADA, pair_id, "client")
    place = AnnotatedEntity("a", Span(3, 4), "ORG", source=1, status="edited")
    corrections.save_annotation(store, ADA, document, Annotation((place,)), status="accepted")
    known = dashboard_corpus.basis(store, ADA, corpus)
    assert known.references[:2] == ("gold", "corrected")
    board = dashboard_corpus.open_board(store, ADA, known, tuple(known.methods), "corrected")
    assert {part.n_sentences for part in board.parts.values()} == {1}
    kinds = {row.kind: row.n_sentences for row in board_errors.error_rows(board.of([next(iter(board.names))]))}
    assert kinds["label"] == kinds["spurious"] == 1
    spent = dashboard_effort.effort_by_run(store, ADA, corpus)
    assert [row.n_sentences for row in spent] == [1]


def test_a_run_can_be_held_against_another_but_never_against_itself(store, corpus):
    known = dashboard_corpus.basis(store, ADA, corpus)
    short, full = known.methods
    board = dashboard_corpus.open_board(store, ADA, known, (short, full), full)
    assert list(board.names) == [short]


def test_numbers_are_no_permission(store, corpus):
    stranger = User("oidc:1", "Eve")
    with pytest.raises(NotAllowed):
        dashboard_corpus.basis(store, stranger, corpus)
    selection = Selection("1", "gold", "", "errors")
    with pytest.raises(NotAllowed):
        dashboard_corpus.pairs_behind(store, stranger, corpus, selection)
    with pytest.raises(NotAllowed, match="not in this corpus any more"):
        dashboard_corpus.pairs_behind(store, ADA, corpus, Selection("999", "gold", "", "errors"))


def test_who_annotates_blind_is_not_told_what_was_corrected(store, corpus):
    pair_id = work_queue.pair_ids(store, ADA, corpus, View(order="document"))[0]
    corrections.save_annotation(
        store, ADA, open_document(store, ADA, pair_id, "client"), Annotation(()), status="accepted"
    )
    corpora.set_mode(store, ADA, corpus, "independent")
    ben = User("oidc:ben", "Ben")
    number = store.write(lambda s: people.person_id(s, ben.id, ben.name))
    store.write(lambda s: people.grant(s, number, corpus, Role.ANNOTATOR.value))
    assert "corrected" in dashboard_corpus.basis(store, ADA, corpus).references
    assert "corrected" not in dashboard_corpus.basis(store, ben, corpus).references


def test_a_click_on_an_error_rate_lists_the_sentences_that_it_counts_the_worst_first(tmp_path):
    write_run(tmp_path, "Links")
    gold = Alignment(frozenset({(0, 0), (1, 1)}))
    pairs = [dataclasses.replace(make_pair(f"p{k}"), alignment=gold) for k in range(3)]
    found = [gold, Alignment(frozenset({(0, 1)})), None]
    write_links_cell(tmp_path, NewCell("xlwa", "xlwa.en-de", "argmax", "sig", "en", "de"), pairs, found, 1.0)
    opened = open_results_board(tmp_path)
    assert not opened.board.parts
    (row,) = opened.links.rows
    assert (row.method, row.group, row.n_sentences, row.n_failed, row.n_entities) == ("argmax", "de", 2, 1, 4)
    assert row.f1 == pytest.approx(1 - 4 / 7)
    total, records = records_behind(opened, Selection("argmax", "links", "de", "scored"))
    assert (total, [record.pair.id for record in records]) == (2, ["p1", "p0"])
    assert records_behind(opened, Selection("nobody", "links", "de", "scored")) == (0, [])


def test_runs_are_named_in_words_by_what_tells_them_apart():
    given, spacy = '{"align": {"name": "given"}}', '{"recognise": {"name": "spacy"}}'
    assert run_names({"1": spacy}) == {"1": "Names by spacy"}
    assert run_names({"1": given, "2": '{"align": {"name": "given"}, "extract": {"max_tokens": 1}}'}) == {
        "1": "Exact over links of the file", "2": "Longest span 1",
    }  # fmt: skip
    both = '{"recognise": {"name": "spacy"}, "match": {"name": "greedy"}}'
    assert run_names({"1": spacy, "2": both, "3": "{}"}) == {
        "1": "Names by spacy", "2": "Greedy · names by spacy", "3": "Default",
    }  # fmt: skip
    assert run_names({"1": spacy, "2": both}) == {"1": "Names by spacy", "2": "Greedy"}
    assert run_names({"1": "{}", "2": "{}"}) == {"1": "Default · run 1", "2": "Default · run 2"}
    assert run_names({"1": '{"from": "the future"}'}) == {"1": "settings of another version"}


def test_scores_of_a_corpus_are_divided_by_what_they_can_be_at_most(store, corpus):
    known = dashboard_corpus.basis(store, ADA, corpus)
    board = dashboard_corpus.open_board(store, ADA, known, tuple(known.methods), "gold")
    assert {part.score_max for part in board.parts.values()} == {greatest_score(GIVEN)} == {1.0}
    found, _ = board_slices.reliability(board.of([next(iter(board.names))]), "score")
    assert found.ece is not None


def test_runs_of_one_method_over_parts_of_a_corpus_are_one_method_and_the_newest_counts(store):
    corpus_id = corpora.create(store, ADA, "Parts")
    corpora.add(store, ADA, corpus_id, [make_pair("a"), make_pair("b", lang="nl")])
    spelt_out = SHORT.updated({"match.per_entity": "1"})
    first, second = work_queue.pair_ids(store, ADA, corpus_id, View(order="document"))
    runs = [
        project_corpus.project_corpus(store, ADA, corpus_id, config, pair_ids=pairs).run_id
        for config, pairs in ((SHORT, [first]), (GIVEN, None), (spelt_out, [second]), (SHORT, [first]))
    ]
    known = dashboard_corpus.basis(store, ADA, corpus_id)
    assert dict(known.runs) == {str(runs[3]): (runs[3], runs[2], runs[0]), str(runs[1]): (runs[1],)}
    assert "run" not in known.methods[str(runs[3])]
    board = dashboard_corpus.open_board(store, ADA, known, tuple(known.methods), "gold")
    assert {(part.method, part.group): part.n_sentences for part in board.parts.values()} == {
        (method, lang): 1 for method in known.methods for lang in ("de", "nl")
    }
    chosen = Selection(str(runs[3]), "gold", "", "scored")
    assert len(dashboard_corpus.pairs_behind(store, ADA, corpus_id, chosen)) == 2
    assert known.name_of_run(str(runs[0])).endswith(f"run {runs[0]}")
    assert known.name_of_run(str(runs[1])) == known.methods[str(runs[1])]
