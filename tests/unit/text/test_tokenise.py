import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from xner.errors import InputError
from xner.text.tokenise import detokenise, sentence_from_tokens, tokenise, with_text
from xner.types import Sentence

SAMPLES = {
    "en": "Dr. O'Neill's 3.5% (U.S.) isn't here, see foo-bar. 👩‍👩‍👧 ❤️ 北京 \u200b end",
    "de": "Die Bundes\u00adrepublik z.B. am 3. Oktober 1990 – „Einheit“.",
    "it": "L'Università d'Abruzzo, cioè l’Aquila\u00a0!",
    "tr": "İstanbul'da ışık ve IĞDIR'ın.",
    "ru": "Санкт-Петербург, 5 млн. чел.",
    "el": "Η Αθήνα; ναι · όχι.",
    "hy": "Երևանը Հայաստանի մայրաքաղաքն է.",
    "ka": "თბილისი საქართველოს დედაქალაქია.",
    "th": "กรุงเทพมหานคร เป็นเมืองหลวง ๑๒ Bangkok 2024",
    "lo": "ວຽງຈັນ ແມ່ນ ນະຄອນຫຼວງ",
    "km": "ភ្នំពេញ\u200bរាជធានី។",
    "my": "ရန်ကုန်မြို့သည် မြန်မာ၊",
    "zh": "北京大学在Apple Inc.，2024年3.5%。",
    "ja": "東京タワーはTokyoの𠮷野家、ｶﾞｽ。",
    "ko": "서울특별시는 대한민국의 수도이다.",
    "vi": "Hà Nội là thủ đô của Việt Nam.",
    "bo": "བོད་ལྗོངས་ལྷ་ས། གྲོང་ཁྱེར།",
    "ar": "زار مِصْر. القاهرة، ١٢٫٥٪ و\u200fOK",
    "fa": "می\u200cخواهم به تهران بروم.",
    "ur": "اسلام آباد پاکستان کا دارالحکومت ہے۔",
    "he": 'צה"ל בִּירוּשָׁלַיִם, 12.5.2020.',
    "hi": "नई दिल्ली भारत की राजधानी है। क्\u200dष",
    "ta": "சென்னை தமிழ்நாட்டின் தலைநகர்.",
    "si": "ශ්\u200dරී ලංකාව.",
    "am": "አዲስ አበባ፣ የኢትዮጵያ ዋና ከተማ ናት።",
    "yo": "ọ̀pọ̀lọpọ̀ ènìyàn (ṣùgbọ́n) bẹ̀rẹ̀. Ó dára",
    "sw": "Ng'ombe wa Dar-es-Salaam, Shs.1,000/=",
    "fon": "É ɖɔ Xɔ̀ntɔn, \u200b\u200bBenɛ̃ 🇧🇯🇧🇯",
    "qaa": "ꞌfoo ’bar ǃxóõ 12:30 𞤀𞤁 1️⃣ a\u200d👍🏽 \u0301x",
}
CODES = sorted(SAMPLES)
GAP = regex.compile(r"[[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]--\p{Prepended_Concatenation_Mark}]*", regex.V1)
ALPHABET = (
    "ab é e\u0301 \t\n👩‍👧❤️👍🏽🇰🇪 שָׁ ثُ ก็ำ东京ー \u200b\u200c\u200d\u00ad\ufeff\u202e 'ʼ-.,12²१ \u0600\u3164\x00\x1c()…"
)
texts = st.text(st.sampled_from(ALPHABET), max_size=20) | st.text(max_size=15)


@pytest.fixture(scope="module", autouse=True)
def _spacy_is_loaded():
    tokenise("warm up", "en")


def check(text: str, lang: str) -> Sentence:
    """Assert everything that holds for the tokens of any text."""
    sentence = tokenise(text, lang)
    position = 0
    for token, (start, end), space in zip(sentence.tokens, sentence.offsets, sentence.spaces, strict=True):
        assert GAP.fullmatch(text, position, start)
        assert text[start:end] == token
        assert space == text[end : end + 1].isspace()
        assert not GAP.fullmatch(token)
        assert token == token.strip()
        position = end
    assert GAP.fullmatch(text, position)
    assert detokenise(sentence) == text
    return sentence


@pytest.mark.parametrize("lang", CODES)
def test_tokens_and_what_lies_between_are_the_text(lang):
    sentence = check(SAMPLES[lang], lang)
    assert len(sentence) >= 3
    assert sentence_from_tokens(sentence.tokens, lang, SAMPLES[lang]) == sentence


@pytest.mark.parametrize("lang", CODES)
def test_no_token_boundary_lies_inside_a_grapheme_cluster(lang):
    text = SAMPLES[lang]
    edges = {match.start() for match in regex.finditer(r"\X", text)} | {len(text)}
    sentence = tokenise(text, lang)
    touching = [b[0] for a, b in zip(sentence.offsets, sentence.offsets[1:], strict=False) if a[1] == b[0]]
    assert set(touching) <= edges


@given(texts)
def test_any_text_of_an_unknown_language_is_rebuilt(text):
    check(text, "qaa")


@settings(max_examples=60)
@given(texts)
def test_any_text_of_a_language_of_spacy_is_rebuilt(text):
    sentence = check(text, "en")
    assert sentence_from_tokens(sentence.tokens, "en", text) == sentence


@pytest.mark.parametrize(
    ("lang", "text", "tokens"),
    [
        ("sw", "Ng'ombe, 1,000.5/=", ["Ng'ombe", ",", "1,000.5", "/", "="]),
        ("zh", "在Apple Inc.工作3.5年", ["在", "Apple", "Inc", ".", "工", "作", "3.5", "年"]),
        ("th", "ที่ ๑๒ OK", ["ที่", "๑๒", "OK"]),
        ("en", "at 北京大学 now", ["at", "北", "京", "大", "学", "now"]),
        ("bo", "བོད་ལྗོངས།", ["བོད་", "ལྗོངས", "།"]),
        ("yo", "ó bẹ̀rẹ̀.", ["ó", "bẹ̀rẹ̀", "."]),
        ("ar", "مِصْر.", ["مِصْر", "."]),
        ("gu", "જ્યારે.", ["જ્યારે", "."]),
        ("km", "ភ្នំ\u200bពេ", ["ភ្នំ\u200b", "ពេ"]),
        ("en", "\u200bfoo \u200b \u200e\u200fbar\u200b", ["\u200bfoo", "\u200e\u200fbar\u200b"]),
        ("fa", "می\u200cخواهم", ["می\u200cخواهم"]),
        ("en", "🇰🇪🇺🇬 👩‍👩‍👧👍🏽", ["🇰🇪", "🇺🇬", "👩‍👩‍👧", "👍🏽"]),
        ("qaa", "\u0600 \u0600١٢", ["\u0600", "\u0600١٢"]),
        ("qaa", "\u200b \ufeff", []),
        ("en", "", []),
        ("en", " \t\n", []),
    ],
)
def test_texts_are_cut_where_a_reader_would(lang, text, tokens):
    assert list(tokenise(text, lang).tokens) == tokens


def test_spacy_is_not_loaded_for_languages_that_it_lacks():
    code = (
        "import sys; from xner.text.tokenise import tokenise\n"
        "for lang in ('sw', 'qaa', 'th', 'zh', 'am', 'ar'): tokenise('abc def', lang)\n"
        "sys.exit('spacy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_every_language_of_spacy_that_needs_no_package_loads():
    import spacy.lang

    names = {path.name for path in Path(spacy.lang.__path__[0]).iterdir() if path.is_dir() and path.name.isalpha()}
    loaded = {name for name in names - {"xx", "id", "fr", "es", "ca"} if len(tokenise("a b", name)) == 2}
    assert len(loaded) >= 70


def test_the_tag_of_the_sentence_is_the_canonical_one():
    assert tokenise("שלום", "iw").lang == sentence_from_tokens(["שלום"], "heb").lang == "he"


def test_threads_share_a_tokenizer_and_get_the_tokens_of_one():
    lines = [f"Word{i}s don't mix, {i}.5% of Dr. No's {i}km." for i in range(60)]
    alone = [tokenise(line, "en") for line in lines]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda line: tokenise(line, "en"), lines)) == alone


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (["zu", "dem"], "zum"),
        (["a", "b"], "a x b"),
        (["b", "a"], "a b"),
        (["a"], "a b"),
        (["a", "b"], "a"),
        (["a"], ""),
    ],
)
def test_a_text_that_is_not_its_tokens_is_refused(tokens, text):
    with pytest.raises(InputError, match=r"(?i)the text goes on"):
        sentence_from_tokens(tokens, "de", text)


def test_given_tokens_are_never_cut_again():
    assert sentence_from_tokens(["New York", "don't", "…"], "en").tokens == ("New York", "don't", "…")


@given(st.lists(st.sampled_from(["foo", "don", "'t", "\u200bx", "東", "👍🏽", "New York"]), max_size=6), st.data())
def test_tokens_are_found_again_in_a_text_made_of_them(tokens, data):
    gaps = data.draw(
        st.lists(st.sampled_from(["", " ", "\u00a0", " \u200b "]), min_size=len(tokens), max_size=len(tokens))
    )
    text = "".join(gap + token for gap, token in zip(gaps, tokens, strict=True))
    sentence = sentence_from_tokens(tokens, "qaa", text)
    assert [text[start:end] for start, end in sentence.offsets] == list(tokens)


@pytest.mark.parametrize(
    ("tokens", "lang", "text"),
    [
        (("Uhuru", "!"), "sw", "Uhuru !"),
        (("3", "月", "Tokyo", "Disney", "へ"), "ja", "3月Tokyo Disneyへ"),
        (("กรุง", "เทพ"), "qaa", "กรุงเทพ"),
        ((), "th", ""),
        ((), "sw", ""),
    ],
)
def test_tokens_alone_are_put_together_as_their_script_does(tokens, lang, text):
    assert detokenise(Sentence(tokens, lang)) == text


def test_known_spaces_win_over_the_custom_of_the_script():
    assert detokenise(Sentence(("a", "b", "。"), "zh", spaces=(True, False, False))) == "a b。"


def test_with_text_adds_offsets_and_leaves_known_ones_alone():
    assert with_text(Sentence(("a", "b"), "en")) == sentence_from_tokens(["a", "b"], "en", "a b")
    known = tokenise("a b", "en")
    assert with_text(known) is known
