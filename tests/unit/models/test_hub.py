"""Models that are missing, damaged or of a kind that is not loaded: words, never a traceback or the network."""

import json
import pickle
import threading

import pytest

from tests.tiny_models import tiny_bert
from xner.errors import ConfigError, ModelUnavailable
from xner.models import devices, hub
from xner.models.encoder import EncoderInput
from xner.models.hub import load_encoder
from xner.models.loaded import weights_hash


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    yield
    hub._models.clear()


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ModelUnavailable, match="can't be loaded"):
        load_encoder(str(tmp_path / "nowhere"))


def test_a_hub_id_while_offline():
    with pytest.raises(ModelUnavailable, match="e5-small needs neither"):
        load_encoder("xner-tests/no-such-model")


def test_damaged_weights(tmp_path):
    folder = tiny_bert(tmp_path, layers=2)
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:1000])
    with pytest.raises(ModelUnavailable, match="can't be loaded"):
        load_encoder(str(folder))


def test_pickled_weights_are_not_even_opened(tmp_path):
    folder = tiny_bert(tmp_path, layers=2)
    (folder / "model.safetensors").unlink()
    canary = tmp_path / "canary"

    class Bomb:
        def __reduce__(self):
            return (canary.write_text, ("opened",))

    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelUnavailable):
        load_encoder(str(folder))
    assert not canary.exists()


def test_remote_code_is_not_run(tmp_path, monkeypatch):
    folder = tiny_bert(tmp_path, layers=2)
    canary = tmp_path / "canary"
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}
    config["model_type"] = "evil"
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text(f"open({str(canary)!r}, 'w').close()")
    questions = []
    monkeypatch.setattr("builtins.input", lambda *words: questions.append(words) or "y")
    with pytest.raises(ModelUnavailable):
        load_encoder(str(folder))
    assert not canary.exists()
    assert questions == []  # nor is anybody asked whether it may


def test_the_default_layer_of_another_model_is_two_thirds_of_its_depth(tmp_path):
    assert load_encoder(str(tiny_bert(tmp_path, layers=9))).layer == 6


def test_bfloat16_is_chosen_only_where_the_cpu_has_it(monkeypatch):
    import torch

    for native in (True, False):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda native=native: native)
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
        assert devices.fast_dtype("auto") == ("bfloat16" if native else "float32")
    assert devices.fast_dtype("bfloat16") == "bfloat16"


def test_bfloat16_runs_and_stays_near_float32(tmp_path):
    folder = str(tiny_bert(tmp_path, layers=3))
    words = [EncoderInput(("the", "bank", "of", "England"))]
    (exact,) = load_encoder(folder, layer=2).encode(words)
    (coarse,) = load_encoder(folder, layer=2, dtype="bfloat16").encode(words)
    assert abs(exact.vectors - coarse.vectors).max() < 0.1


@pytest.mark.parametrize("threads", ["two", "0", "-1", "1.5", "²"])
def test_a_number_of_threads_that_is_none_is_refused_by_name(monkeypatch, threads):
    monkeypatch.setenv("XNER_THREADS", threads)
    with pytest.raises(ConfigError, match="XNER_THREADS"):
        devices.use_threads()


@pytest.mark.parametrize(
    "name",
    [
        "model.safetensors",
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.txt",
        "source.spm",
        "generation_config.json",
    ],
)
def test_the_hash_changes_with_every_file_that_changes_vectors_or_pieces(tmp_path, name):
    for file in ("model.safetensors", "config.json", "tokenizer.json", "README.md"):
        (tmp_path / file).write_text("old")
    before = weights_hash(str(tmp_path), None)
    (tmp_path / "README.md").write_text("new")
    assert weights_hash(str(tmp_path), None) == before
    (tmp_path / name).write_text("new")
    assert weights_hash(str(tmp_path), None) != before


def test_the_hash_tells_which_file_holds_what(tmp_path):
    for folder, names in (("a", ("config.json", "tokenizer.json")), ("b", ("tokenizer.json", "config.json"))):
        (tmp_path / folder).mkdir()
        for name, text in zip(names, "xy", strict=True):
            (tmp_path / folder / name).write_text(text)
    assert weights_hash(str(tmp_path / "a"), None) != weights_hash(str(tmp_path / "b"), None)


def test_the_two_models_used_last_are_kept(tmp_path):
    folders = [str(tiny_bert(tmp_path / name, layers=1)) for name in "abc"]
    models = [load_encoder(folder).model for folder in folders[:2]]
    assert load_encoder(folders[0]).model is models[0]
    load_encoder(folders[2])
    assert load_encoder(folders[0]).model is models[0]
    assert load_encoder(folders[1]).model is not models[1]


def test_another_file_in_a_folder_is_another_model_and_takes_the_place_of_the_old_one(tmp_path):
    folder = str(tiny_bert(tmp_path, layers=1))
    before = load_encoder(folder)
    tiny_bert(tmp_path, layers=1, seed=1)
    after = load_encoder(folder)
    assert after.describe() != before.describe()
    assert load_encoder(folder).model is after.model
    assert len(hub._models) == 1


def test_loading_one_model_keeps_nobody_waiting_whose_model_is_here(tmp_path, monkeypatch):
    here = str(tiny_bert(tmp_path, layers=1))
    model = load_encoder(here).model
    began, go_on = threading.Event(), threading.Event()

    def slow(*key):
        began.set()
        go_on.wait(10)
        return model

    monkeypatch.setattr(hub, "_load", slow)
    loader = threading.Thread(target=load_encoder, args=("slow",))
    loader.start()
    began.wait(10)
    asker = threading.Thread(target=load_encoder, args=(here,))
    asker.start()
    asker.join(2)
    was_waiting = asker.is_alive()
    go_on.set()
    loader.join()
    asker.join()
    assert not was_waiting
