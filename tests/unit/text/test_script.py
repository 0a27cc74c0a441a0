import subprocess
import sys

import pytest

from xner.errors import InputError
from xner.text.script import (
    UNKNOWN_SCRIPT,
    direction,
    language_name,
    normalise_tag,
    script_of,
    writes_spaces,
)


@pytest.mark.parametrize(
    ("given", "standard"),
    [("iw", "he"), ("eng", "en"), ("swa", "sw"), ("EN_us", "en-US"), ("zho_Hans", "zh-Hans"), (" yo ", "yo"),
     ("in", "id"), ("bar-it", "bar-IT"), ("qaa", "qaa"), ("nb", "nb"), ("no", "no"), ("cmn", "cmn")],
)  # fmt: skip
def test_a_language_has_one_tag_whatever_way_it_was_written(given, standard):
    assert normalise_tag(given) == standard
    assert normalise_tag(standard) == standard


@pytest.mark.parametrize("rubbish", ["", " ", "english", "en🙂", "foo", "xx", "e", "en--us", "1", "a" * 5000, "../etc"])
def test_rubbish_is_refused_with_a_way_out(rubbish):
    with pytest.raises(InputError) as caught:
        normalise_tag(rubbish)
    assert "BCP-47" in caught.value.hint
    assert len(str(caught.value)) < 300


def test_the_name_of_a_language_leads_to_its_tag():
    with pytest.raises(InputError, match=r"'de' \(German\)"):
        normalise_tag("deutsch")


@pytest.mark.parametrize("given", ["\x00abc", "en\x00x", "\x00", "swa\x00hili"])
def test_a_tag_with_a_nul_is_refused_in_words(given):
    with pytest.raises(InputError, match="is not a language tag") as told:
        normalise_tag(given)
    assert "Did you mean" not in str(told.value)


def test_a_mistyped_code_leads_to_a_near_one():
    with pytest.raises(InputError, match="Did you mean"):
        normalise_tag("foo")


@pytest.mark.parametrize(
    ("tag", "script"),
    [("am", "Ethi"), ("ja", "Jpan"), ("ko", "Kore"), ("zh-TW", "Hant"), ("sr", "Cyrl"), ("sr-Latn", "Latn"),
     ("bo", "Tibt"), ("grc", "Grek"), ("qaa-Thai", "Thai"), ("qaa", UNKNOWN_SCRIPT), ("fon", "Latn")],
)  # fmt: skip
def test_the_tag_alone_gives_the_likely_script(tag, script):
    assert script_of(tag) == script


@pytest.mark.parametrize(
    ("tag", "text", "script"),
    [
        ("qaa", "ሰላም ለዓለም", "Ethi"),
        ("qaa", "123 …", UNKNOWN_SCRIPT),
        ("qaa", "hello мир hello", "Latn"),
        ("ku", "کوردستان", "Arab"),
        ("ar", "OK Google", "Arab"),
        ("ja", "東京", "Jpan"),
        ("zh", "東京", "Hans"),
        ("sr-Latn", "Београд", "Latn"),
        ("sw", "北京", "Hani"),
    ],
)
def test_the_text_decides_where_the_tag_is_silent_or_contradicted(tag, text, script):
    assert script_of(tag, text) == script


def test_right_to_left_scripts_are_known():
    assert {
        tag: direction(tag) for tag in ("ar", "he", "fa", "ur", "dv", "nqo", "syr", "yi", "ff-Adlm")
    } == dict.fromkeys(("ar", "he", "fa", "ur", "dv", "nqo", "syr", "yi", "ff-Adlm"), "rtl")
    assert {direction(tag) for tag in ("sw", "am", "hi", "zh", "grc", "qaa", "az", "mn")} == {"ltr"}


def test_unknown_languages_are_read_in_the_direction_of_their_text():
    assert direction("qaa", "שלום") == "rtl"
    assert direction("qaa", "hello") == "ltr"


def test_scripts_without_spaces_are_known():
    assert not any(writes_spaces(tag) for tag in ("th", "lo", "km", "my", "zh", "ja", "bo", "yue", "shn", "dz"))
    assert all(writes_spaces(tag) for tag in ("ko", "vi", "en", "am", "ar", "hi", "ta", "qaa"))
    assert not writes_spaces("qaa", "ភាសាខ្មែរ")


def test_a_name_in_the_language_of_the_reader_is_given():
    assert [language_name(tag) for tag in ("yo", "am", "bar")] == ["Yoruba", "Amharic", "Bavarian"]


def test_importing_the_module_loads_no_language_data():
    code = "import sys, xner.text.script; sys.exit('langcodes' in sys.modules or 'spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
