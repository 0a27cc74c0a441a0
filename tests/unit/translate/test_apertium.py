"""Apertium: the protocol with programs that a test writes, the directions by name, and the real thing where it is."""

import shutil
import stat
import sys
import time
from pathlib import Path

import pytest

from xner.config import TranslateConfig
from xner.errors import ModelUnavailable, TranslationFailed
from xner.translate import translators
from xner.translate.apertium import ApertiumTranslator
from xner.translate.apertium_modes import Installed, mode_of
from xner.translate.apertium_pipe import from_stream, to_stream

PROGRAM = """#!{python} -SE
import sys, time
kind = sys.argv[1]
into, out = sys.stdin.buffer, sys.stdout.buffer
rest = b""
while block := into.read1(65536):
    *texts, rest = (rest + block).split(b"\\0")
    for text in texts:
        if kind == "hang" or (kind == "hang_on_x" and text[:1] == b"X"):
            time.sleep(60)
        if kind == "crash":
            sys.exit("the dictionary is broken")
        if kind == "silent_end":
            sys.exit(0)
        out.write((text.upper() + b"\\0") * (2 if kind == "twice" else 1))
        out.flush()
"""
WBLANK = '#!/bin/sh\ncat "$2"\n'
APERTIUM = """#!/bin/sh
case "$1" in
  -V) echo "Apertium 9.9" ;;
  -l) printf '  eng-spa\\n  spa-eng\\n  eng-hbs\\n' ;;
  *) exec {folder}/program {kind} ;;
esac
"""


def put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Return a function that puts an Apertium of the given behaviour on the path."""

    def make(kind: str, *, kept_open: bool = True) -> Path:
        folder = tmp_path / "bin"
        (tmp_path / "data" / "modes").mkdir(parents=True)
        folder.mkdir()
        put(folder / "program", PROGRAM.format(python=sys.executable))
        put(folder / "apertium", APERTIUM.format(folder=folder, kind=kind))
        if kept_open:
            put(folder / "apertium-wblank-mode", WBLANK)
        pipeline = f"'{folder}/program' upper | {folder}/program {kind}"
        (tmp_path / "data" / "modes" / "eng-spa.mode").write_text(pipeline)
        monkeypatch.setenv("PATH", f"{folder}:/bin" if kept_open else str(folder))
        monkeypatch.setenv("APERTIUM_DATADIR", str(tmp_path / "data"))
        return folder

    return make


def translator(**settings) -> ApertiumTranslator:
    return translators.get("apertium")(TranslateConfig(name="apertium", **settings))


def test_texts_come_back_in_order_and_blank_ones_as_they_were(fake):
    fake("upper")
    texts = ["one [two]", "", "three/four", "  ", "a\nb"] * 20
    assert translator().translate(texts, "en", "es") == ["ONE [TWO]", "", "THREE/FOUR", "  ", "A B"] * 20


def test_programs_are_started_once_a_direction(fake):
    fake("upper")
    ours = translator()
    ours.translate(["a"], "en", "es")
    (pipe,) = ours._pipes.values()
    assert ours.translate(["b"], "en", "es") == ["B"]
    assert list(ours._pipes.values()) == [pipe]
    pipe.close()
    assert ours.translate(["c"], "en", "es") == ["C"]  # a program that somebody ended is started again


def test_a_batch_larger_than_all_buffers_of_the_programs_goes_through(fake):
    fake("upper")
    texts = ["word " * 40_000] * 3
    assert translator().translate(texts, "en", "es") == [text.strip().upper() for text in texts]


def test_a_program_that_hangs_is_ended_at_the_time_limit(fake):
    fake("hang")
    ours = translator(time_limit_s=0.3)
    began = time.monotonic()
    with pytest.raises(TranslationFailed, match=r"0 of 1 translations in 0\.3 s"):
        ours.translate(["a"], "en", "es")
    assert time.monotonic() - began < 5
    (pipe,) = ours._pipes.values()
    assert all(process.returncode is not None for process in pipe._processes)


def test_after_a_sentence_that_hangs_the_others_can_be_translated_one_by_one(fake):
    fake("hang_on_x")
    ours = translator(time_limit_s=0.5)
    with pytest.raises(TranslationFailed, match="1 of 3"):
        ours.translate(["a", "x", "b"], "en", "es")
    assert ours.translate(["b"], "en", "es") == ["B"]


def test_who_waits_for_programs_that_fail_meanwhile_is_told(fake):
    fake("upper")
    ours = translator()
    ours.translate(["a"], "en", "es")
    (pipe,) = ours._pipes.values()
    pipe.close()
    with pytest.raises(TranslationFailed, match="another batch"):
        pipe.ask(["a"], 1)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("crash", "the dictionary is broken"), ("silent_end", "without a word"), ("twice", "one answer for each")],
)
def test_what_is_wrong_with_a_program_is_said(fake, kind, words):
    fake(kind)
    with pytest.raises(TranslationFailed, match=words):
        translator().translate(["a", "b"], "en", "es")


def test_a_program_that_is_not_there_is_named(fake):
    folder = fake("upper")
    (folder / "program").unlink()
    with pytest.raises(TranslationFailed, match="program can't be started"):
        translator().translate(["a"], "en", "es")


@pytest.mark.parametrize("kind", ["upper", "hang", "crash"])
def test_where_programs_cannot_be_kept_open_each_batch_is_a_call(fake, kind):
    fake(kind, kept_open=False)
    ours = translator(time_limit_s=0.3 if kind == "hang" else 10)
    if kind == "upper":
        assert ours.translate(["a", "b [c]"], "en", "es") == ["A", "B [C]"]
    else:
        with pytest.raises(TranslationFailed):
            ours.translate(["a"], "en", "es")


def test_a_missing_program_names_the_line_that_installs_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ModelUnavailable, match="apt install apertium"):
        translator().describe()


def test_the_signature_changes_with_the_data(fake, tmp_path):
    fake("upper")
    before = translator().describe()
    assert before.startswith("apertium@9.9+sha256:")
    (tmp_path / "data" / "eng-spa.bin").write_text("another dictionary")
    assert translator().describe() != before


def test_a_dictionary_or_direction_that_comes_while_programs_are_open_is_used_and_named(fake, tmp_path):
    folder, ours = fake("upper"), translator()
    assert ours.translate(["hello"], "en", "es") == ["HELLO"]
    before = ours.describe()
    mode = tmp_path / "data" / "modes" / "eng-spa.mode"
    mode.write_text(f"'{folder}/program' twice")
    with pytest.raises(TranslationFailed):
        ours.translate(["hello"], "en", "es")
    assert ours.describe() != before
    mode.write_text(f"'{folder}/program' upper")
    assert ours.translate(["hello"], "en", "es") == ["HELLO"]
    with pytest.raises(ModelUnavailable, match="no direction"):
        ours.translate(["hello"], "en", "ca")
    put(folder / "apertium", APERTIUM.format(folder=folder, kind="upper").replace("eng-spa", "eng-cat"))
    (tmp_path / "data" / "modes" / "eng-cat.mode").write_text(f"'{folder}/program' upper")
    assert ours.translate(["hello"], "en", "ca") == ["HELLO"]


INSTALLED = Installed(
    "apertium",
    "3",
    frozenset("eng-spa spa-eng cat-eng eng-cat eng-hbs eng-hbs_HR hbs-eng mkd-eng en-gl".split()),
    Path(),
)


@pytest.mark.parametrize(
    ("source", "target", "mode"),
    [("en", "es", "eng-spa"), ("hr", "en", "hbs-eng"), ("sr-Latn", "en", "hbs-eng"), ("en", "hr", "eng-hbs_HR"),
     ("en", "bs", "eng-hbs"), ("mk", "en", "mkd-eng"), ("en", "gl", "en-gl"), ("en-GB", "ca", "eng-cat"),
     ("es-MX", "en", "spa-eng")],
)  # fmt: skip
def test_a_direction_is_found_by_language_tags(source, target, mode):
    assert mode_of(INSTALLED, source, target) == mode


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [("en", "eu", "apt install apertium apertium-eu-en"), ("is", "en", "apt install apertium apertium-isl-eng"),
     ("en", "mk", "Here are: .*mkd-eng"), ("en", "zu", "apertium -l")],
)  # fmt: skip
def test_a_missing_direction_says_how_to_get_it_or_what_there_is(source, target, words):
    with pytest.raises(ModelUnavailable, match=words):
        mode_of(INSTALLED, source, target)


@pytest.mark.parametrize("text", ["a [b] {c} ^d$ e/f g\\h @i <j> \\[k\\]", "", "…", "*unknown #4", "a]["])
def test_no_character_of_a_text_is_taken_for_a_sign_of_the_stream(text):
    assert from_stream(to_stream(text)) == text


def needs(mode):
    found = shutil.which("apertium") and Path(f"/usr/share/apertium/modes/{mode}.mode").exists()
    return pytest.mark.skipif(not found, reason=f"Apertium with the direction {mode} is not installed")


@needs("eng-spa")
def test_real_english_to_spanish_keeps_brackets_and_marks_no_unknown_word():
    texts = ["The [European Commission] met [Zyxvutia] in [London].", "5/3 {x} a@b C#"]
    one, other = translator().translate(texts, "en", "es")
    assert "[Comisión europea]" in one
    assert "[Zyxvutia]" in one
    assert "*" not in one + other
    assert other == "5/3 {x} a@b C#"


@needs("hbs-eng")
def test_real_serbian_in_cyrillic_letters_is_read_like_that_in_latin_ones():
    cyrillic, latin = translator().translate(
        ["Председник Србије стигао је у Београд.", "Predsednik Srbije stigao je u Beograd."], "sr", "en"
    )
    assert cyrillic == latin
    assert "President" in latin
