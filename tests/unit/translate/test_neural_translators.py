"""NLLB, M2M100 and Marian as translators: by name, in batches, kept on disk, with a signature that says which."""

import pytest

from tests.tiny_translators import PHRASES, tiny_marian, tiny_nllb
from xner.config import BackTranslateConfig, CacheConfig, TranslateConfig
from xner.errors import ModelUnavailable, TranslationFailed
from xner.models import seq2seq
from xner.translate import translators
from xner.types import Entity, Sentence, Span


@pytest.fixture(scope="module")
def nllb(tmp_path_factory):
    return str(tiny_nllb(tmp_path_factory.mktemp("nllb")))


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("XNER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XNER_CACHE_SIZE", "10MB")
    yield
    seq2seq._models.clear()


def translator(name, **settings):
    return translators.get(name)(TranslateConfig(name=name, **settings))


def test_texts_are_translated_in_order_and_blank_ones_stay(nllb):
    ours = translator("nllb", model=nllb, batch_size=2)
    texts = [PHRASES["en"][3], "", *PHRASES["en"][:2], " "]
    assert ours.translate(texts, "en", "es") == [PHRASES["es"][3], "", *PHRASES["es"][:2], " "]


def test_a_second_run_asks_the_model_for_nothing_new(nllb, monkeypatch):
    translator("nllb", model=nllb).translate(["red house"], "en", "es")
    asked = []
    ours = translator("nllb", model=nllb)
    monkeypatch.setattr(
        seq2seq.Seq2Seq, "translate", lambda self, texts, **rest: asked.append(texts) or [t.upper() for t in texts]
    )
    assert ours.translate(["red house", " "], "en", "es") == ["casa roja", " "]
    assert ours.translate(["old river", "red house"], "en", "es") == ["OLD RIVER", "RED HOUSE"], "another batch"
    ours.keep_by(CacheConfig(reuse="any_batch"))
    assert ours.translate(["bank", "red house"], "en", "es")[0] == "BANK"
    assert asked == [["old river", "red house"], ["bank"]]
    for change in ({"beams": 2}, {"max_new_tokens": 41}):  # other parameters share nothing
        assert translator("nllb", model=nllb, **change).translate(["red house"], "en", "es") == ["RED HOUSE"]
    assert ours.translate(["red house"], "en", "de") == ["RED HOUSE"]


def test_the_signature_names_model_weights_and_parameters(nllb):
    line = translator("nllb", model=nllb, beams=2).describe()
    assert line.startswith(f"nllb+{nllb}+sha256:")
    assert line.endswith("+float32+beams:2+max_new_tokens:400")


def test_a_failure_voids_the_batch_and_what_was_made_before_is_kept(nllb):
    ours = translator("nllb", model=nllb, batch_size=1)
    with pytest.raises(TranslationFailed):
        ours.translate(["red house " * 9, "red house"], "en", "es")
    assert ours.translate(["red house"], "en", "es") == ["casa roja"]


def test_marian_takes_the_model_of_its_direction(tmp_path, monkeypatch):
    folder = tiny_marian(tmp_path / "opus-mt-en-es", targets=("es",))
    monkeypatch.setattr("xner.translate.seq2seq._MARIAN", str(tmp_path) + "/opus-mt-{source}-{target}")
    ours = translator("marian")
    assert ours.describe() == "marian+beams:1+max_new_tokens:400"
    assert ours.translate(["red house"], "en-GB", "es") == ["casa roja"]
    assert f"marian+{folder}+sha256:" in ours.describe()
    with pytest.raises(ModelUnavailable, match=r"opus-mt-en-fr'.*models prepare .*opus-mt-en-fr"):
        ours.translate(["red house"], "en", "fr")


@pytest.mark.parametrize(
    ("name", "model"), [("nllb", "facebook/nllb-200-distilled-600M"), ("m2m", "facebook/m2m100_418M")]
)
def test_the_usual_model_is_asked_for_by_its_id(name, model):
    with pytest.raises(ModelUnavailable, match=f"models prepare {model}"):
        translator(name).describe()


def test_entities_go_through_a_neural_model_in_brackets(nllb, monkeypatch):
    config = BackTranslateConfig(name="nllb", model=nllb, use="add", similarity=0.4)
    ours = translators.get("marked:nllb")(config)
    known = {"the red [bank]": "el [banco] rojo", "bank": "banco"}  # too little of a model to know brackets
    monkeypatch.setattr(seq2seq.Seq2Seq, "translate", lambda self, texts, **rest: [known[text] for text in texts])
    (made,) = ours.translate_marked([(Sentence(("the", "red", "bank"), "en"), (Entity(Span(2, 3), "ORG"),))], "es")
    assert (made.sentence.tokens, made.entities[0].span, made.n_lost) == (("el", "banco", "rojo"), Span(1, 2), 0)
    assert ours.describe() == f"marked+{ours.inner.describe()}+similarity:0.4"


SAME_WORDS = {"name", "to", "model", "batch_size", "time_limit_s"}
"""Settings that do not change what a loaded model says: the model itself stands in the key by its description."""
OTHER_WORDS = {
    "revision": "abc", "tokenizer": "another", "beams": 3, "max_new_tokens": 41, "dtype": "bfloat16",
}  # fmt: skip


class Loaded:
    def __init__(self, name, **options):
        self.name, self.options, self.asked = name, options, []

    def describe(self):  # as Seq2Seq does
        return f"{self.name}+{self.options['revision']}+{self.options['tokenizer']}+{self.options['dtype']}"

    def translate(self, texts, **_options):
        self.asked += texts
        return list(texts)


def test_every_setting_of_a_translation_is_known_to_change_it_or_not():
    assert set(TranslateConfig.model_fields) == SAME_WORDS | set(OTHER_WORDS)


@pytest.mark.parametrize("key", [*OTHER_WORDS, "model", None])
def test_another_setting_takes_no_translation_that_is_kept(key, monkeypatch):
    models = []
    monkeypatch.setattr(
        "xner.translate.seq2seq.load_seq2seq",
        lambda *name, **options: models.append(Loaded(*name, **options)) or models[-1],
    )
    translator("nllb", model="one").translate(["red house"], "en", "es")
    settings = {"model": "one"} | ({} if key is None else {key: OTHER_WORDS.get(key, "two")})
    translator("nllb", **settings).translate(["red house"], "en", "es")
    assert [model.asked for model in models] == [["red house"], [] if key is None else ["red house"]]
