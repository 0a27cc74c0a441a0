"""What Inspect shows of a pair that a run has aligned is what the run projected from, and no model is asked again."""

from tests.tiny_models import tiny_encoder_and_pairs
from xner.engine.local import run
from xner.models import hub
from xner.pipeline import Pipeline
from xner.services import inspect_pair


def test_inspect_and_a_run_with_another_weight_take_the_alignments_of_the_first_run(tmp_path, monkeypatch):
    monkeypatch.setenv("XNER_CACHE", str(tmp_path))
    monkeypatch.setenv("XNER_CACHE_SIZE", "1MB")
    config, pairs = tiny_encoder_and_pairs(tmp_path / "model")
    first = list(run(Pipeline(config), pairs))
    hub._models.clear()
    asked = []
    monkeypatch.setattr("xner.align.embedding.load_encoder", lambda *names, **_: asked.append(names))
    shown = [inspect_pair.analyse(pair, config) for pair in pairs]
    assert [trace.projection for trace in shown] == [outcome.projection for outcome in first]
    for trace, outcome in zip(shown, first, strict=True):
        assert trace.alignment.similarity.tobytes() == outcome.trace.alignment.similarity.tobytes()
    moved = list(run(Pipeline(config.updated({"score.weights.soft": 0.1})), pairs))
    assert [outcome.projection.objective for outcome in moved] != [outcome.projection.objective for outcome in first]
    assert asked == []
