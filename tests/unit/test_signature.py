from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.signature import hash_file, hash_json, make_signature, parse_signature, short_hash

parts_of_runs = st.dictionaries(
    st.from_regex(r"[a-z0-9_.+-]+", fullmatch=True), st.text(st.sampled_from("a:|\\n\nr\ré "))
)


@given(parts_of_runs)
def test_a_signature_reads_back_as_its_parts_in_their_order(parts: dict[str, str]) -> None:
    line = make_signature(parts)
    assert list(parse_signature(line).items()) == list(parts.items())
    assert "\n" not in line
    assert "\r" not in line


def test_parts_keep_their_order() -> None:
    assert make_signature({"b": "1", "a": "2"}) == "b:1|a:2"


@pytest.mark.parametrize("key", ["", "a:b", "a|b", "a b"])
def test_keys_that_would_break_the_line_are_refused(key: str) -> None:
    with pytest.raises(ValueError, match="signature key"):
        make_signature({key: "1"})


@pytest.mark.parametrize("line", ["no colon", "a:1|a:2", "|"])
def test_lines_that_are_no_signature_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not a new key"):
        parse_signature(line)


def test_short_hash_is_twelve_digits_and_stays_the_same_between_runs() -> None:
    assert short_hash("xner:0.1.0") == "1fa6f0ccd255"
    assert short_hash("xner:0.1.0") != short_hash("xner:0.1.1")
    assert len(short_hash("\ud800")) == 12


def test_file_hash_is_the_sha256_of_all_bytes(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"abc")
    assert hash_file(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    path.write_bytes(b"a" * 3_000_000)
    long_hash = hash_file(path)
    path.write_bytes(b"a" * 2_999_999 + b"b")
    assert hash_file(path) != long_hash


def test_json_hash_tells_values_apart_but_not_orders_of_keys() -> None:
    assert hash_json({"a": 1, "b": None}) == hash_json({"b": None, "a": 1})
    assert len({hash_json(value) for value in ([1, 2], [2, 1], ["1", "2"], {"a": 1}, "\ud800", None)}) == 6


def test_json_hash_refuses_what_is_not_json() -> None:
    with pytest.raises(ValueError, match="float"):
        hash_json([float("nan")])
    with pytest.raises(TypeError):
        hash_json({1, 2})
