"""A configuration as the text of run.toml, and back."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import Any

from xner.config import RunConfig, parse_config
from xner.errors import ConfigError

MAX_BYTES = 100_000


def run_toml(config: RunConfig) -> str:
    """Return what differs from the defaults, as TOML that `--config` and the Run page read.

    Raises:
        ConfigError: a setting that is on by default was switched off with ``null``, which TOML can't say.

    Example:
        >>> print(run_toml(RunConfig().updated({"match.name": "greedy", "score.weights.soft": 0.5})))
        [score.weights]
        soft = 0.5
        <BLANKLINE>
        [match]
        name = "greedy"
        <BLANKLINE>
    """
    return (
        "\n".join(_tables(config.model_dump(mode="json", exclude_defaults=True), "")) or "# all settings as they come\n"
    )


def read_run_toml(data: bytes, name: str = "run.toml") -> RunConfig:
    """Return the configuration that a file holds.

    Raises:
        ConfigError: it is no TOML, too long, or a setting is unknown or impossible.
    """
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{name} is longer than {MAX_BYTES:,} bytes.", "Is it another file?")
    try:
        return parse_config(tomllib.loads(data.decode("utf-8")), name)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name} is not TOML: {error}.", "See the README for an example of run.toml.") from None


def _tables(values: Mapping[str, Any], name: str) -> list[str]:
    plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
    lines = [f"{_key(key)} = {_value(value, f'{name}{key}')}\n" for key, value in plain.items()]
    found = []
    if lines:
        found.append((f"[{name.removesuffix('.')}]\n" if name else "") + "".join(lines))
    for key, value in values.items():
        if isinstance(value, dict):
            found += _tables(value, f"{name}{_key(key)}.")
    return found


def _key(key: str) -> str:
    return (
        key
        if key.replace("_", "").replace("-", "").isalnum() and key.isascii()
        else json.dumps(key, ensure_ascii=False)
    )


def _value(value: Any, key: str) -> str:
    if value is None:
        raise ConfigError(f"{key} is switched off, which run.toml can't say.", f"Use --set {key}=null.", key=key)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value, ensure_ascii=False)  # numbers, true and false, and lists of them stand the same in TOML
