"""Export: what is known and chosen becomes rows, everything else is counted under a reason, nothing becomes O."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from xner.correct.annotation import AnnotatedEntity, Annotation, annotation_of
from xner.correct.tokens import imported_cuts
from xner.errors import InputError, NotAllowed, StoreFailed
from xner.io.formats import FORMATS
from xner.io.json_lines import dumps, loads, record_from_pair
from xner.io.reading import Upload
from xner.io.silver import ExportOptions
from xner.services import bulk_saves, corpora, corrections, export_selection
from xner.services.documents import open_document
from xner.services.export_selection import count, select
from xner.services.export_silver import Request, export
from xner.services.identity import User, local_user
from xner.services.import_corpus import read_upload
from xner.services.silver_rows import REASONS, WHY, ExportFilters
from xner.signature import parse_signature
from xner.store import projections, queue, revisions, runs
from xner.store.rows import Filters, NewProjection
from xner.store.session import Store
from xner.types import Alignment, Entity, Projection, Sentence, SentencePair, Span

ADA, BEN = local_user("Ada"), local_user("Ben")
SIGNATURE = "recognise:given|align:given|match:exact|xner:0.1.0"


@pytest.fixture
def store(tmp_path):
    opened = Store(f"sqlite:///{tmp_path / 'x.db'}")
    yield opened
    opened.close()


def make_pair(pair_id, lang="de", tokens=("Mira", "hat", "Bergen", "besucht")):
    return SentencePair(
        pair_id,
        Sentence(("Mira", "visited", "Bergen"), "en"),
        Sentence(tokens, lang),
        source_entities=(Entity(Span(0, 1), "PER"), Entity(Span(2, 3), "LOC")),
        alignment=Alignment(frozenset({(0, 0), (2, 2)})),
    )


ENTITIES = (Entity(Span(0, 1), "PER", 0.9, 0), Entity(Span(2, 3), "LOC", 0.5, 1))


def project(store, pairs, ids, *, entities=ENTITIES, failed=False, signature=SIGNATURE):
    def new(pair, pair_id):
        projection = (
            Projection.failed(pair.id, "no link")
            if failed
            else Projection(pair.id, entities, "ok", signature=signature)
        )
        record = dumps(record_from_pair(pair, projection))
        return NewProjection(pair_id, projection.status, record, projection.signature, 0.1, (), ("LOC", "PER"))

    def work(session):
        run = runs.begin(session, 1, "{}", 1)
        projections.add(session, run, [new(*both) for both in zip(pairs, ids, strict=True)])
        runs.change(session, run, state="finished")

    store.write(work)


def ids_of(store, corpus_id):
    with store.read() as session:
        return queue.ids(session, corpus_id, Filters(), order="document")


def make_corpus(store, *pairs, mode="shared", **projected):
    corpus_id = corpora.create(store, ADA, "Fjords", mode=mode)
    corpora.add(store, ADA, corpus_id, pairs)
    ids = ids_of(store, corpus_id)
    project(store, pairs, ids, **projected)
    return corpus_id, ids


def save(store, user, pair_id, status, annotation=None, *, track=None, note=None):
    document = open_document(store, user, pair_id, "client-of-test", track=track)
    wanted = document.annotation if annotation is None else annotation
    return corrections.save_annotation(store, user, document, wanted, status=status, note=note)


def rows(store, corpus_id, user=ADA, **filters):
    with select(store, user, corpus_id, ExportFilters(**filters)) as selection:
        found = list(selection)
    return found, selection.counts


@pytest.fixture
def every_state(store):
    """A pair in each state: its id says which."""
    pairs = [make_pair(name) for name in ("projected", "draft", "accepted", "adjudicated", "skipped", "flagged")]
    corpus_id, ids = make_corpus(store, *pairs)
    for pair, pair_id in zip(pairs[1:], ids[1:], strict=True):
        save(store, ADA, pair_id, pair.id)
    others = [make_pair("failed"), make_pair("new")]
    corpora.add(store, ADA, corpus_id, others)
    project(store, others[:1], ids_of(store, corpus_id)[-2:-1], failed=True)
    return corpus_id


def test_only_known_rows_are_exported_and_all_others_are_counted(store, every_state):
    found, counts = rows(store, every_state)
    assert [row.status for row in found] == ["projected", "draft", "accepted", "adjudicated"]
    assert [row.id for row in found] == ["projected", "draft", "accepted", "adjudicated"]
    assert counts.left_out == {"skipped": 1, "flagged": 1, "failed": 1, "new": 1}
    assert counts.n_exported + counts.n_left_out == 8


@pytest.mark.parametrize(
    "filters",
    [{}, {"statuses": ("accepted",)}, {"min_score": 0.6}, {"langs": ("sw",)}, {"annotators": (1,)}],
    ids=str,
)
def test_counting_without_making_rows_says_the_same(store, every_state, filters):
    _, made = rows(store, every_state, **filters)
    counted = count(store, ADA, every_state, ExportFilters(**filters))
    assert (counted.exported, counted.left_out) == (made.exported, made.left_out)


def test_an_export_tells_how_far_it_is_from_the_first_look_at_the_store_on(store, every_state, tmp_path):
    told = []
    export(store, ADA, every_state, Request("jsonl"), tmp_path / "out.jsonl", lambda what, n: told.append((what, n)))
    looked = [n for what, n in told if what == "looking over the store"]
    assert looked == sorted(set(looked))
    assert looked[0] > 0
    assert told[0] == ("looking over the store", looked[0])


def test_every_reason_has_words():
    assert set(WHY) == set(REASONS)


def test_a_failed_row_is_in_no_format_even_when_all_is_chosen(store, every_state, tmp_path):
    for name in FORMATS:
        result = export(store, ADA, every_state, Request(name), tmp_path / "out")
        assert result.report.is_equal, (name, result.report)
        assert result.report.n_rows == 4
        assert result.counts.left_out["failed"] == 1


def test_a_draft_over_a_failed_projection_is_not_taken_for_a_sentence_without_names(store):
    corpus_id, ids = make_corpus(store, make_pair("one"), make_pair("two"), failed=True)
    save(store, ADA, ids[0], "draft", Annotation())
    save(store, ADA, ids[1], "accepted", Annotation())
    found, counts = rows(store, corpus_id)
    assert [row.id for row in found] == ["two"]
    assert counts.left_out == {"unfinished": 1}
    assert parse_signature(found[0].signature)["annotated"] == "by hand"


def test_a_bulk_action_taken_back_over_a_failed_projection_leaves_it_failed(store):
    corpus_id, ids = make_corpus(store, make_pair("one"), failed=True)
    batch, *_ = bulk_saves.bulk(store, ADA, ids, lambda document: (Annotation(), "accepted"), "accept all")
    assert rows(store, corpus_id)[1].n_exported == 1
    bulk_saves.undo_bulk(store, ADA, batch)
    assert rows(store, corpus_id)[1].left_out == {"failed": 1}


def test_the_newest_projection_is_exported_of_what_nobody_touched_and_the_begun_one_of_the_rest(store):
    pairs = [make_pair("touched"), make_pair("untouched")]
    corpus_id, ids = make_corpus(store, *pairs)
    save(store, ADA, ids[0], "accepted")
    project(store, pairs, ids, entities=ENTITIES[:1], signature="match:greedy")
    found, _ = rows(store, corpus_id)
    assert [len(row.entities) for row in found] == [2, 1]
    assert ["match:exact" in row.signature for row in found] == [True, False]


def test_a_row_says_what_was_done_to_the_projection_and_by_whom(store):
    corpus_id, ids = make_corpus(store, make_pair("one"), make_pair("two"))
    document = open_document(store, ADA, ids[1], "client-of-test")
    save(store, ADA, ids[1], "draft")
    save(store, BEN, ids[1], "accepted", replace(document.annotation, links={(1, 1): True}))
    projected, accepted = rows(store, corpus_id)[0]
    assert projected.signature.startswith(SIGNATURE)
    assert (projected.annotator, projected.revision) == (None, None)
    parts = parse_signature(accepted.signature)
    assert parts["status"] == "accepted"
    assert parts["links_by_hand"] == "1 set, 0 removed"
    assert parts["exported_by"].startswith("xner ")
    assert parts["match"] == "exact"
    assert (accepted.annotator, accepted.revision) == ("Ben", 2)
    assert (1, 1) in accepted.alignment.links


def test_many_revisions_of_one_kind_are_one_signature(store):
    corpus_id, ids = make_corpus(store, make_pair("one"), make_pair("two"))
    save(store, ADA, ids[0], "accepted")
    save(store, BEN, ids[1], "draft")
    save(store, BEN, ids[1], "accepted")
    assert len({row.signature for row in rows(store, corpus_id)[0]}) == 1


def test_a_hidden_annotator_is_nowhere_in_the_file(store, tmp_path):
    corpus_id, ids = make_corpus(store, make_pair("one"))
    save(store, local_user("Zenobia"), ids[0], "accepted")
    for hide in (False, True):
        request = Request("jsonl", ExportFilters(hide_annotators=hide, annotators=(2,)))
        result = export(store, ADA, corpus_id, request, tmp_path / "out.jsonl")
        assert ("Zenobia" in (tmp_path / "out.jsonl").read_text()) is not hide
        assert ("Zenobia" in result.card) is not hide


def test_tokens_are_exported_as_they_were_cut_with_links_to_all_parts(store):
    corpus_id, ids = make_corpus(store, make_pair("one"))
    target = make_pair("one").target
    cuts = tuple(sorted({*imported_cuts(target), 2}))
    entity = AnnotatedEntity("a", Span(0, 2), "PER", None, 0)
    save(store, ADA, ids[0], "accepted", Annotation((entity,), cuts=cuts))
    (row,), _ = rows(store, corpus_id)
    assert row.sentence.tokens == ("Mi", "ra", "hat", "Bergen", "besucht")
    assert row.alignment.links == {(0, 0), (0, 1), (2, 3)}
    assert row.entities == (Entity(Span(0, 2), "PER", None, 0),)


def test_a_low_score_leaves_out_the_whole_sentence_unless_a_person_accepted_it(store):
    corpus_id, ids = make_corpus(store, make_pair("machine"), make_pair("person"))
    save(store, ADA, ids[1], "accepted")
    found, counts = rows(store, corpus_id, min_score=0.6)
    assert [row.id for row in found] == ["person"]
    assert counts.left_out == {"score": 1}
    assert rows(store, corpus_id, min_score=0.5)[1].n_exported == 2


def test_an_entity_without_score_is_not_taken_for_a_sure_one(store):
    corpus_id, _ = make_corpus(store, make_pair("one"), entities=(Entity(Span(0, 1), "PER", None, 0),))
    assert rows(store, corpus_id, min_score=0.0)[1].left_out == {"score": 1}


def test_sentences_in_conflict_are_left_out_unless_wanted(store):
    corpus_id, ids = make_corpus(store, make_pair("one"))
    first, second = (open_document(store, user, ids[0], f"client-of-{user.name}") for user in (ADA, BEN))
    for document, user in ((first, ADA), (second, BEN)):
        edit = {
            "doc_id": str(document.id), "rev": document.rev, "client": document.client, "seq": 1, "spans": [],
            "cuts": None, "dropped": [], "history": [], "ops": [], "action": "accepted", "note": None,
        }  # fmt: skip
        if user is ADA:
            corrections.save_correction(store, user, edit)
        else:
            with pytest.raises(corrections.RevisionConflict):
                corrections.save_correction(store, user, edit)
    assert rows(store, corpus_id)[1].left_out == {"conflict": 1}
    assert rows(store, corpus_id, with_conflicts=True)[1].n_exported == 1


def test_of_an_independent_corpus_only_adjudicated_pairs_or_one_track_are_exported(store):
    corpus_id, ids = make_corpus(store, make_pair("one"), make_pair("two"), mode="independent")
    save(store, BEN, ids[0], "accepted", Annotation())
    assert rows(store, corpus_id)[1].left_out == {"not adjudicated": 2}
    ben = corpora.person(store, BEN)
    found, _ = rows(store, corpus_id, track=ben)
    assert [(row.status, len(row.entities)) for row in found] == [("accepted", 0), ("projected", 2)]
    save(store, ADA, ids[0], "adjudicated", Annotation(), track=0)
    assert rows(store, corpus_id)[1].exported == {"adjudicated": 1}


def test_anothers_versions_take_a_reviewer_and_a_strange_corpus_gives_nothing(store):
    corpus_id, ids = make_corpus(store, make_pair("one"), mode="independent")
    save(store, BEN, ids[0], "accepted")
    carla = User("carla", "Carla")
    with pytest.raises(NotAllowed):
        rows(store, corpus_id, user=carla)
    me = corpora.person(store, carla)
    from xner.store import people

    store.write(lambda session: people.grant(session, me, corpus_id, "annotator"))
    with pytest.raises(NotAllowed):  # what was settled tells the blind how others decided
        rows(store, corpus_id, user=carla)
    assert rows(store, corpus_id, user=carla, track=me)[1].n_exported == 1
    for call in (rows, lambda *a, **k: count(store, carla, corpus_id, ExportFilters(track=k["track"]))):
        with pytest.raises(NotAllowed):
            call(store, corpus_id, user=carla, track=corpora.person(store, BEN))


def test_one_id_in_two_languages_gets_the_language_behind_it(store, tmp_path):
    corpus_id, _ = make_corpus(store, make_pair("one", "de"), make_pair("one", "nl"))
    found, counts = rows(store, corpus_id)
    assert [row.id for row in found] == ["one", "one@nl"]
    assert counts.n_renamed == 1
    assert export(store, ADA, corpus_id, Request("jsonl"), tmp_path / "x").report.is_equal
    assert rows(store, corpus_id, langs=("nl",))[0][0].id == "one"


def test_rows_that_a_format_has_no_place_for_are_counted_and_named(store, tmp_path):
    bad = make_pair("bad", tokens=("-DOCSTART-", "hat", "Bergen", "besucht"))
    corpus_id, _ = make_corpus(store, make_pair("good"), bad)
    result = export(store, ADA, corpus_id, Request("conll"), tmp_path / "x.conll")
    assert result.counts.left_out == {"format": 1}
    assert [row_id for row_id, _ in result.counts.refused] == ["bad"]
    assert result.report.n_rows == 1
    assert "the format can" in result.card
    assert export(store, ADA, corpus_id, Request("jsonl"), tmp_path / "x.jsonl").counts.left_out == {}


def test_an_export_of_nothing_leaves_no_file(store, tmp_path):
    corpus_id, _ = make_corpus(store, make_pair("one"), failed=True)
    with pytest.raises(InputError, match="Nothing is left"):
        export(store, ADA, corpus_id, Request("jsonl"), tmp_path / "x.jsonl")
    assert not (tmp_path / "x.jsonl").exists()


def test_a_file_that_comes_back_otherwise_is_not_offered(store, tmp_path, monkeypatch):
    corpus_id, _ = make_corpus(store, make_pair("one"))
    broken = replace(FORMATS["jsonl"], read=lambda stream, options: iter(()))
    monkeypatch.setitem(FORMATS, "jsonl", broken)
    result = export(store, ADA, corpus_id, Request("jsonl"), tmp_path / "x.jsonl")
    assert not result.report.is_equal
    assert not (tmp_path / "x.jsonl").exists()


def test_damage_in_the_store_stops_an_export(store, tmp_path):
    from sqlalchemy import text

    corpus_id, _ = make_corpus(store, make_pair("one"))
    store.write(lambda session: session.execute(text("UPDATE projection SET record = replace(record, '0.9', '0.8')")))
    with pytest.raises(StoreFailed, match="damaged"):
        export(store, ADA, corpus_id, Request("jsonl"), tmp_path / "x.jsonl")


def test_a_run_that_broke_off_is_told_and_stops_nothing(store, tmp_path):
    corpus_id, _ = make_corpus(store, make_pair("one"))
    from sqlalchemy import text

    old = "UPDATE run SET state = 'running', heartbeat = '2020-01-01T00:00:00.000000Z'"
    store.write(lambda session: session.execute(text(old)))
    result = export(store, ADA, corpus_id, Request("jsonl"), tmp_path / "x.jsonl")
    assert result.findings
    assert result.report.is_equal


def test_formulas_are_harmless_in_the_spreadsheet_unless_raw_cells_are_wanted(store, tmp_path):
    corpus_id, _ = make_corpus(store, make_pair("one", tokens=("=1+1", "hat", "Bergen", "besucht")))
    for raw in (False, True):
        request = Request("csv", options=ExportOptions(raw_cells=raw))
        assert export(store, ADA, corpus_id, request, tmp_path / "x.csv").report.is_equal
        with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert any(cell.startswith("=") for cell in cells) is raw


def test_the_jsonl_has_source_links_and_provenance(store, tmp_path):
    corpus_id, ids = make_corpus(store, make_pair("one"))
    save(store, ADA, ids[0], "accepted", note="sure")
    export(store, ADA, corpus_id, Request("jsonl"), tmp_path / "x.jsonl")
    record = loads((tmp_path / "x.jsonl").read_text())
    assert record["source_tokens"] == ["Mira", "visited", "Bergen"]
    assert record["meta"]["silver"]["revision"] == 1
    assert record["meta"]["silver"]["note"] == "sure"
    assert record["alignment"] == [[0, 0], [2, 2]]


def test_the_states_of_a_corpus_are_those_of_its_pairs(store, every_state):
    from xner.store.states import iterate_standings, iterate_states, standing_of

    again = [make_pair(name) for name in ("projected", "draft", "accepted")]
    project(store, again, ids_of(store, every_state)[:3], failed=True)
    me = corpora.person(store, ADA)
    with store.read() as session:
        for track in (0, me):
            states = iterate_states(session, every_state, track)
            assert list(iterate_standings(session, every_state, track)) == [standing_of(state) for state in states]
        found = list(iterate_states(session, every_state))
        assert found == [revisions.state(session, pair_id) for pair_id in ids_of(store, every_state)]
    assert [state.status for state in found].count("failed") == 2


def test_the_card_says_what_was_chosen_and_left_out(store, every_state, tmp_path):
    request = Request("csv", ExportFilters(statuses=("accepted",)), licence="CC0", sources=("Fjord news",))
    card = export(store, ADA, every_state, request, tmp_path / "x.csv").card
    for part in ("Fjords", "CC0", "Fjord news", "statuses: accepted", "the projection failed", "match: exact"):
        assert part in card.replace("\\", "")


def test_a_projection_without_a_signature_is_not_said_to_be_made_by_hand(store):
    corpus_id, _ = make_corpus(store, make_pair("one"), signature=None)
    assert parse_signature(rows(store, corpus_id)[0][0].signature)["projection"] == "without signature"


def test_what_annotation_of_shows_is_what_is_exported(store):
    corpus_id, ids = make_corpus(store, make_pair("one"))
    document = open_document(store, ADA, ids[0], "client-of-test")
    assert annotation_of(document.projection) == document.annotation
    assert rows(store, corpus_id)[0][0].entities == ENTITIES


def test_words_of_reasons_are_in_order_of_their_number():
    assert list(export_selection.words({"new": 1, "failed": 3})) == [WHY["failed"], WHY["new"]]


def test_a_back_translation_and_marks_of_dropped_entities_are_exported_and_begun_with_after_an_import(store, tmp_path):
    pair = replace(make_pair("a"), back_translation="Mira was there.")
    corpus_id, (pair_id,) = make_corpus(store, pair, entities=ENTITIES[:1])
    begun = open_document(store, ADA, pair_id, "client-of-test").annotation
    save(store, ADA, pair_id, "accepted", replace(begun, dropped=frozenset({1})))
    (row,), _ = rows(store, corpus_id)
    assert (row.back_translation, row.dropped) == ("Mira was there.", {1})

    export(store, ADA, corpus_id, Request("jsonl"), tmp_path / "x.jsonl")
    report = read_upload(Upload("x.jsonl", (tmp_path / "x.jsonl").read_bytes()))
    again = corpora.create(store, ADA, "Again")
    corpora.add(store, ADA, again, report.pairs)
    (again_id,) = ids_of(store, again)
    assert open_document(store, ADA, again_id, "client-of-test").annotation.dropped == {1}
    project(store, report.pairs, [again_id])  # now it has a place
    assert open_document(store, ADA, again_id, "client-of-test").annotation.dropped == set()


def test_what_the_format_lacks_is_counted_in_the_result(store, tmp_path):
    corpus_id, _ = make_corpus(store, replace(make_pair("a"), back_translation="Mira was there."), make_pair("b"))
    result = export(store, ADA, corpus_id, Request("conllu-plus"), tmp_path / "x")
    assert result.lost["back-translations"] == 1
    assert result.lost["word links"] == 2
    assert export(store, ADA, corpus_id, Request("jsonl"), tmp_path / "x").lost == {}


@pytest.mark.parametrize("change", [{"label": "ORG"}, {"source": 1}])
def test_an_entity_that_got_another_label_or_source_has_no_score_of_the_projection(store, change):
    corpus_id, (pair_id,) = make_corpus(store, make_pair("a"))
    first, second = open_document(store, ADA, pair_id, "client-of-test").annotation.entities
    save(store, ADA, pair_id, "accepted", Annotation((replace(first, **change, status="edited"), second)))
    (row,), _ = rows(store, corpus_id)
    assert [entity.score for entity in row.entities] == [None, 0.5]
