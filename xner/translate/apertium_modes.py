"""What Apertium can translate on this machine, under which names, and how the rest is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from xner.errors import ModelUnavailable
from xner.text.script import language_name, normalise_tag

_SERBO_CROATIAN = {"hr": "HR", "sr": "SR", "bs": "BS", "sh": "", "hbs": "", "cnr": ""}
"""Languages that Apertium calls hbs, and its variant of each."""
_PACKAGES = {
    frozenset({"en", "es"}): "apertium-eng-spa", frozenset({"en", "ca"}): "apertium-eng-cat",
    frozenset({"en", "gl"}): "apertium-en-gl", frozenset({"en", "is"}): "apertium-isl-eng",
    frozenset({"en", "mk"}): "apertium-mkd-eng", frozenset({"en", "eu"}): "apertium-eu-en",
    frozenset({"en", "eo"}): "apertium-eo-en", frozenset({"en", "hbs"}): "apertium-hbs-eng",
    frozenset({"es", "ca"}): "apertium-spa-cat", frozenset({"fr", "es"}): "apertium-fr-es",
    frozenset({"es", "pt"}): "apertium-es-pt", frozenset({"es", "gl"}): "apertium-es-gl",
    frozenset({"ca", "it"}): "apertium-cat-ita", frozenset({"es", "it"}): "apertium-spa-ita",
    frozenset({"ca", "fr"}): "apertium-fra-cat", frozenset({"ca", "pt"}): "apertium-por-cat",
    frozenset({"hbs", "mk"}): "apertium-hbs-mkd", frozenset({"hbs", "sl"}): "apertium-hbs-slv",
    frozenset({"ru", "uk"}): "apertium-rus-ukr", frozenset({"be", "ru"}): "apertium-bel-rus",
    frozenset({"sv", "da"}): "apertium-swe-dan", frozenset({"sv", "nb"}): "apertium-swe-nor",
    frozenset({"da", "nb"}): "apertium-dan-nor", frozenset({"nn", "nb"}): "apertium-nno-nob",
    frozenset({"id", "ms"}): "apertium-ind-zlm", frozenset({"ur", "hi"}): "apertium-urd-hin",
    frozenset({"mk", "bg"}): "apertium-mkd-bul", frozenset({"af", "nl"}): "apertium-afr-nld",
}  # fmt: skip
"""Debian's package of a language pair."""
_LIST_LIMIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Installed:
    """The `apertium` program that is on the path: its version and the names of its directions."""

    program: str
    version: str
    modes: frozenset[str]
    folder: Path

    def mode_file(self, mode: str) -> Path:
        """Return the file that holds the programs of a direction."""
        return self.folder / f"{mode}.mode"


def installed() -> Installed:
    """Return what Apertium says of itself.

    Raises:
        ModelUnavailable: there is no such program, or it does not answer.
    """
    program = shutil.which("apertium")
    if program is None:
        raise ModelUnavailable(
            "Apertium is not installed.", "apt install apertium, and the pair that is needed: apertium-eng-spa, …"
        )
    version = _say(program, "-V").split()
    return Installed(
        program, version[-1] if version else "unknown", frozenset(_say(program, "-l").split()), modes_folder(program)
    )


def modes_folder(program: str) -> Path:
    """Return the folder in which the program at a path finds its directions."""
    data = os.environ.get("APERTIUM_DATADIR") or str(Path(program).parent.parent / "share" / "apertium")
    return Path(data) / "modes"


def _say(program: str, option: str) -> str:
    try:
        run = subprocess.run(
            [program, option],
            capture_output=True,
            text=True,
            timeout=_LIST_LIMIT_S,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError) as error:
        raise ModelUnavailable(f"Apertium does not answer: {error}", "apt install --reinstall apertium") from error
    return run.stdout


def mode_of(apertium: Installed, source: str, target: str) -> str:
    """Return Apertium's name of a direction, for example ``eng-spa`` of ``en`` and ``es``.

    Raises:
        ModelUnavailable: it is not installed; the hint has the line that installs it, if Debian has the pair.
        InputError: not a language tag.
    """
    for into in _codes(target, with_variant=True):
        for out_of in _codes(source, with_variant=False):
            if f"{out_of}-{into}" in apertium.modes:
                return f"{out_of}-{into}"
    message = f"Apertium has no direction from {language_name(source)} to {language_name(target)} here."
    package = _PACKAGES.get(frozenset({_pair_name(source), _pair_name(target)}))
    if package and not any(mode_has(mode, source, target) for mode in apertium.modes):
        raise ModelUnavailable(message, f"apt install apertium {package}")
    raise ModelUnavailable(message, f"Here are: {', '.join(sorted(apertium.modes)) or 'none'}. See `apertium -l`.")


def mode_has(mode: str, one: str, other: str) -> bool:
    """Tell whether a direction is between two languages, either way."""
    sides = {part.partition("_")[0] for part in mode.split("-")}
    return any({a, b} == sides for a in _codes(one, with_variant=False) for b in _codes(other, with_variant=False))


def is_serbo_croatian(tag: str) -> bool:
    """Tell whether Apertium calls the language hbs."""
    return normalise_tag(tag).partition("-")[0] in _SERBO_CROATIAN


def _pair_name(tag: str) -> str:
    base = normalise_tag(tag).partition("-")[0]
    return "hbs" if base in _SERBO_CROATIAN else {"no": "nb", "zsm": "ms"}.get(base, base)


def _codes(tag: str, *, with_variant: bool) -> list[str]:
    """Return the names that Apertium may have for a language, the most fitting first."""
    from langcodes import Language

    language = Language.get(normalise_tag(tag))
    base = language.language or tag
    if base in _SERBO_CROATIAN:
        variant = _SERBO_CROATIAN[base]
        return [f"hbs_{variant}"] * (with_variant and bool(variant)) + ["hbs"]
    try:
        names = [language.to_alpha3(), base]
    except LookupError:
        names = [base]
    regional = [f"{name}_{language.territory}" for name in names] if with_variant and language.territory else []
    return list(dict.fromkeys([*regional, *names]))
