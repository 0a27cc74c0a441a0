"""Models that are missing, damaged or of a kind that is not loaded: words, never a traceback or the network."""

import json
import pickle

import pytest

from tests.tiny_models import tiny_bert
from xner.errors import ModelUnavailable
from xner.models import devices, hub
from xner.models.encoder import EncoderInput
from xner.models.hub import load_encoder


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    yield
    hub._load.cache_clear()


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


def test_remote_code_is_not_run(tmp_path):
    folder = tiny_bert(tmp_path, layers=2)
    canary = tmp_path / "canary"
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}
    config["model_type"] = "evil"
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text(f"open({str(canary)!r}, 'w').close()")
    with pytest.raises(ModelUnavailable):
        load_encoder(str(folder))
    assert not canary.exists()


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
