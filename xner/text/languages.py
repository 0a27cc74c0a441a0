"""What translation models call languages: FLORES-200 codes of NLLB, tags of M2M100, target codes of Marian."""

from __future__ import annotations

import re

from xner.errors import InputError
from xner.text.script import normalise_tag

_FLORES = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")
_FLORES_OF = {
    "ar": "arb_Arab", "fa": "pes_Arab", "ms": "zsm_Latn", "sw": "swh_Latn", "fil": "tgl_Latn",
    "no": "nob_Latn", "lv": "lvs_Latn", "et": "est_Latn", "sq": "als_Latn", "mg": "plt_Latn", "mn": "khk_Cyrl",
    "ne": "npi_Deva", "om": "gaz_Latn", "or": "ory_Orya", "ps": "pbt_Arab", "qu": "quy_Latn", "uz": "uzn_Latn",
    "yi": "ydd_Hebr", "az": "azj_Latn", "ku": "kmr_Latn", "ff": "fuv_Latn", "ay": "ayr_Latn", "gn": "grn_Latn",
    "yue": "yue_Hant", "kr": "knc_Latn",
}  # fmt: skip
"""Where FLORES names one language of a group; all others are their ISO 639-3 code and script."""
_SCRIPTS = {"Kore": "Hang"}
_M2M_OF = {"nso": "ns", "nb": "no", "nn": "no", "fil": "tl"}


def flores_code(tag: str) -> str:
    """Return the FLORES-200 code of a language, which NLLB uses; what is one already stays as it is.

    The code is well formed, but only the model can tell whether it knows it.

    Raises:
        InputError: not a language tag.

    Example:
        >>> flores_code("sw"), flores_code("zh-Hant"), flores_code("hr"), flores_code("swa"), flores_code("arb_Arab")
        ('swh_Latn', 'zho_Hant', 'hrv_Latn', 'swh_Latn', 'arb_Arab')
    """
    if _FLORES.fullmatch(tag.strip()):
        return tag.strip()
    from langcodes import Language

    language = Language.get(normalise_tag(tag))
    base = str(language.language)
    script = language.script or (_FLORES_OF[base][4:] if base in _FLORES_OF else language.maximize().script) or "Latn"
    name = _FLORES_OF[base][:3] if base in _FLORES_OF else _alpha3(language, tag)
    return f"{name}_{_SCRIPTS.get(script, script)}"


def m2m_code(tag: str) -> str:
    """Return the code of a language in M2M100.

    Example:
        >>> m2m_code("pt-BR"), m2m_code("tl"), m2m_code("nso")
        ('pt', 'tl', 'ns')
    """
    base = normalise_tag(tag).partition("-")[0]
    return _M2M_OF.get(base, base)


def marian_codes(tag: str) -> list[str]:
    """Return what a multilingual Marian model may call a target language, the most exact first.

    Example:
        >>> marian_codes("es"), marian_codes("zh-Hant")[0]
        (['spa_Latn', 'spa', 'es'], 'zho_Hant')
    """
    from langcodes import Language

    language = Language.get(normalise_tag(tag))
    alpha3 = _alpha3(language, tag)
    exact = [f"{alpha3}_{script}" for script in (language.script, language.maximize().script) if script]
    regional = [f"{language.language}_{language.territory}"] if language.territory else []
    return list(dict.fromkeys([*exact, flores_code(tag), *regional, alpha3, str(language.language)]))


def _alpha3(language: object, tag: str) -> str:
    try:
        return str(language.to_alpha3())  # type: ignore[attr-defined]
    except LookupError:
        raise InputError(f"{tag!r} has no three-letter code, so that no translation model knows it.") from None
