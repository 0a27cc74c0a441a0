"""Names of languages in translation models: every one of the evaluation sets, and what else has a code."""

import pytest

from xner.errors import InputError
from xner.text.languages import flores_code, m2m_code, marian_codes

XTREME = (
    "af afr_Latn, ar arb_Arab, bg bul_Cyrl, bn ben_Beng, de deu_Latn, el ell_Grek, es spa_Latn, et est_Latn,"
    " eu eus_Latn, fa pes_Arab, fi fin_Latn, fr fra_Latn, he heb_Hebr, hi hin_Deva, hu hun_Latn, id ind_Latn,"
    " it ita_Latn, ja jpn_Jpan, jv jav_Latn, ka kat_Geor, kk kaz_Cyrl, ko kor_Hang, ml mal_Mlym, mr mar_Deva,"
    " ms zsm_Latn, my mya_Mymr, nl nld_Latn, pt por_Latn, ru rus_Cyrl, sw swh_Latn, ta tam_Taml, te tel_Telu,"
    " th tha_Thai, tl tgl_Latn, tr tur_Latn, ur urd_Arab, vi vie_Latn, yo yor_Latn, zh zho_Hans"
)
MASAKHANER = "bam ewe fon hau ibo kin lug luo mos nya sna tsn twi wol xho yor zul"
EXPECTED = [tuple(entry.split()) for entry in XTREME.split(",")]
EXPECTED += [(code, f"{code}_Latn") for code in MASAKHANER.split()] + [("swa", "swh_Latn")]


@pytest.mark.parametrize(("tag", "code"), EXPECTED)
def test_every_language_of_the_evaluation_sets_has_its_code(tag, code):
    assert flores_code(tag) == code


def test_there_are_55_languages_in_the_two_sets():
    assert len({flores_code(tag) for tag, _ in EXPECTED}) == 55


def test_every_code_is_one_that_nllb_was_trained_with():
    from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

    tags = "en ca gl hr sr bs mk is eu eo no nb nn da sv lv lt sq mg mn ne om or ps qu uz yi az ku ff ay gn yue uk pl"
    codes = [flores_code(tag) for tag in tags.split()] + [code for _, code in EXPECTED]
    assert [code for code in codes if code not in FAIRSEQ_LANGUAGE_CODES] == []
    assert [code for code in FAIRSEQ_LANGUAGE_CODES if flores_code(code) != code] == []


@pytest.mark.parametrize(
    ("tag", "code"),
    [("zh-Hant", "zho_Hant"), ("zh-TW", "zho_Hant"), ("sr-Latn", "srp_Latn"), ("sr", "srp_Cyrl"), ("pt-BR", "por_Latn"),
     ("ks-Deva", "kas_Deva"), ("kr-Arab", "knc_Arab")],
)  # fmt: skip
def test_a_script_or_region_in_the_tag_decides(tag, code):
    assert flores_code(tag) == code


def test_the_tags_of_m2m100_are_those_of_its_tokenizer():
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

    tags = "en es zh-Hant sr-Latn nb nso tl sw zu xh yo ig ha wo".split()
    assert [tag for tag in tags if m2m_code(tag) not in FAIRSEQ_LANGUAGE_CODES["m2m100"]] == []


def test_marian_codes_go_from_exact_to_general():
    assert marian_codes("sr-Latn") == ["srp_Latn", "srp", "sr"]
    assert marian_codes("pt-BR") == ["por_Latn", "pt_BR", "por", "pt"]
    assert marian_codes("zh")[0] == "zho_Hans"


def test_what_is_no_tag_is_refused():
    with pytest.raises(InputError):
        flores_code("not a tag")
