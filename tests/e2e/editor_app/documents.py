"""Small sentence pairs of our own in five languages, a long one, and one of hostile text."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from xner.correct.labels import Label
from xner.correct.offer import Offer
from xner.correct.palette import label_styles
from xner.text.tokenise import detokenise, sentence_from_tokens
from xner.types import Alignment, Entity, Projection, Sentence, SentencePair, Span

LOCK = Lock()
"""One for all sessions: the script itself is run anew each time."""

_KEYS = {"PER": "p", "LOC": "l", "ORG": "o", "DATE": "d", "MISC": "m", "Event of the day": "", "Vessel": ""}
LABELS = tuple(
    Label(name, _KEYS[name], style.light, style.dark, style.line)
    for name, style in ((name, label_styles(_KEYS)[name]) for name in _KEYS)
)

ENGLISH = "Angela Merkel met the president of the European Commission in Brussels on 3 May ."
SOURCES = ((0, 2, "PER"), (7, 9, "ORG"), (10, 11, "LOC"), (12, 14, "DATE"))

HOSTILE = [
    "<img src=x onerror=window.owned=1>", "</style><style>*{display:none!important}</style>",
    "<script>window.owned=1</script>", "\u202eturned", "${window.owned=1}", "'\"><svg onload=window.owned=1>",
    "![i](http://evil.test/i.png)", "a\u0301\u0323\u0323\u0323\u0323", "\u2069\u2067x", "javascript:window.owned=1",
]  # fmt: skip

# name: (language, tokens, projected (start, end, label, source), links, candidates of entity 1 (start, end))
TARGETS = {
    "de": (
        "de", "Angela Merkel traf die Präsidentin der Europäischen Kommission am 3. Mai in Brüssel .".split(),
        [(0, 1, "PER", 0), (12, 13, "LOC", 2)],
        [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (6, 5), (7, 6), (8, 7), (9, 11), (10, 12), (11, 8), (12, 9), (13, 10)],
        [(6, 8), (5, 8), (7, 8)],
    ),
    "ar": (
        "ar", "التقت أنغيلا ميركل برئيسة المفوضية الأوروبية ببروكسل يوم 3 مايو .".split(),
        [(1, 2, "PER", 0), (6, 7, "LOC", 2)],
        [(0, 1), (1, 2), (2, 0), (4, 3), (7, 4), (8, 5), (9, 6), (10, 6), (11, 7), (12, 8), (13, 9)],
        [(4, 6), (3, 6), (4, 5)],
    ),
    "he": (
        "he", "אנגלה מרקל נפגשה עם נשיאת הנציבות האירופית בבריסל ביום 3 במאי .".split(),
        [(0, 1, "PER", 0), (7, 8, "LOC", 2)],
        [(0, 0), (1, 1), (2, 2), (4, 4), (7, 5), (8, 6), (9, 7), (10, 7), (11, 8), (12, 9), (13, 10)],
        [(5, 7), (4, 7), (6, 7)],
    ),
    "zh": (
        "zh", "安格拉 · 默克尔 5月 3日 在 布鲁塞尔 会见 了 欧盟 委员会 主席 。".split(),
        [(0, 1, "PER", 0), (6, 7, "LOC", 2)],
        [(0, 0), (1, 2), (2, 7), (4, 11), (7, 9), (8, 10), (9, 5), (10, 6), (12, 4), (13, 3)],
        [(9, 11), (9, 12), (10, 11)],
    ),
    "th": (
        "th", "อังเกลา แมร์เคิล พบ กับ ประธาน คณะกรรมาธิการ ยุโรป ที่ กรุงบรัสเซลส์ เมื่อ วันที่ 3 พฤษภาคม".split(),
        [(0, 1, "PER", 0), (8, 9, "LOC", 2)],
        [(0, 0), (1, 1), (2, 2), (4, 4), (7, 6), (8, 5), (9, 7), (10, 8), (11, 9), (12, 11), (13, 12)],
        [(5, 7), (4, 7), (5, 6)],
    ),
}  # fmt: skip
ORDER = [*TARGETS]


@dataclass(frozen=True)
class Document:
    pair: SentencePair
    projection: Projection
    offers: tuple[Offer, ...] = ()
    readonly: str | None = None


def after(doc_id: str) -> str:
    """The next sentence of the queue, with the same ending."""
    name, dash, rest = doc_id.partition("-")
    return f"{ORDER[(ORDER.index(name) + 1) % len(ORDER)]}{dash}{rest}" if name in ORDER else doc_id


def load(doc_id: str) -> Document:
    name = doc_id.partition("-")[0]
    if name == "long":
        return _long()
    if name == "hostile":
        return _hostile()
    if name == "readonly":
        found = _small("de", doc_id)
        return Document(found.pair, found.projection, found.offers, "Jana has it open since 12:01.")
    if name == "empty":
        pair = SentencePair(doc_id, sentence(["Nothing", "here", "."], "en"), None, source_entities=())
        return Document(pair, Projection.failed(doc_id, "no target"))
    return _small(name, doc_id)


def sentence(tokens: list[str], lang: str) -> Sentence:
    spaces = [True] * len(tokens) if lang in ("de", "en", "ar", "he") else [False] * len(tokens)
    if len(tokens) > 1:
        spaces[-2:] = [False, False]
    text = detokenise(Sentence(tuple(tokens), lang, spaces=tuple(spaces)))
    return sentence_from_tokens(tokens, lang, text)


def _small(name: str, doc_id: str) -> Document:
    lang, tokens, spans, links, offers = TARGETS[name]
    pair = SentencePair(
        doc_id, sentence(ENGLISH.split(), "en"), sentence(tokens, lang),
        source_entities=tuple(Entity(Span(a, b), label) for a, b, label in SOURCES),
        alignment=Alignment(frozenset(links), frozenset({(5, links[4][1] + 1)})),
    )  # fmt: skip
    entities = tuple(Entity(Span(a, b), label, 0.87, source) for a, b, label, source in spans)
    methods = [("aligned", "ner"), ("ngram",), ("recognised", "ngram")]
    found = [Offer(1, Span(a, b), 0.83 - n / 5, m) for n, ((a, b), m) in enumerate(zip(offers, methods, strict=True))]
    placed = [Offer(source, Span(a, b), 0.87, ("aligned",)) for a, b, _, source in spans]
    return Document(pair, Projection(doc_id, entities, "ok"), (*placed, *found))


def _long() -> Document:
    """100 + 100 tokens, every tenth an entity; the target is in another order from clause to clause."""
    source = [f"word{n}" if n % 10 else f"Name{n // 10}" for n in range(100)]
    order = [*range(50, 100), *range(50)]
    target = [source[n].replace("word", "Wort").replace("Name", "Eigenname") for n in order]
    pair = SentencePair(
        "long", sentence(source, "en"), sentence(target, "de"),
        source_entities=tuple(Entity(Span(n, n + 1), "PER" if n % 20 else "LOC") for n in range(0, 100, 10)),
        alignment=Alignment(frozenset((n, k) for k, n in enumerate(order))),
    )  # fmt: skip
    entities = tuple(
        Entity(Span(k, k + 1), "PER" if n % 20 else "LOC", 0.9, n // 10) for k, n in enumerate(order) if not n % 10
    )
    return Document(pair, Projection("long", entities[:-1], "ok"))


def _hostile() -> Document:
    pair = SentencePair(
        HOSTILE[0], sentence(HOSTILE, "en"), sentence(HOSTILE[::-1], "de"),
        source_entities=tuple(Entity(Span(k, k + 1), HOSTILE[k]) for k in range(5)),
        alignment=Alignment(frozenset((k, 9 - k) for k in range(10))),
    )  # fmt: skip
    return Document(
        pair, Projection("h", (Entity(Span(0, 2), HOSTILE[2], 0.5, 0),), "ok"),
        (Offer(1, Span(3, 5), 0.4, (HOSTILE[0],)),),
    )  # fmt: skip
