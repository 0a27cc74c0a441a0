"""Translation models from disk, offline: the right tokenizer and codes, nothing cut, probabilities as by hand."""

import pickle
import shutil

import numpy as np
import pytest

from tests.tiny_models import tiny_bert
from tests.tiny_translators import PHRASES, mean_log_prob, tiny_m2m, tiny_marian, tiny_nllb
from xner.errors import ModelUnavailable, TranslationFailed
from xner.models import seq2seq
from xner.models.seq2seq import load_seq2seq


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("translators")
    return {
        "nllb": tiny_nllb(root / "nllb"),
        "m2m": tiny_m2m(root / "m2m"),
        "marian": tiny_marian(root / "marian"),
        "one_way": tiny_marian(root / "one_way", targets=("es",)),
    }


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    yield
    seq2seq._models.clear()


@pytest.mark.parametrize("kind", ["nllb", "m2m", "marian"])
@pytest.mark.parametrize("beams", [1, 3])
def test_a_text_is_translated_into_the_language_asked_for(folders, kind, beams):
    model = load_seq2seq(str(folders[kind]))
    for target in ("es", "de"):
        texts = PHRASES["en"][:2]
        assert model.translate(texts, "en", target, beams=beams) == list(PHRASES[target][:2])


def test_codes_of_the_model_itself_are_understood(folders):
    model = load_seq2seq(str(folders["nllb"]))
    assert model.translate(["red house"], "eng_Latn", "deu_Latn") == ["rotes Haus"]


def test_a_model_of_one_direction_needs_no_code(folders):
    assert load_seq2seq(str(folders["one_way"])).translate(["red house"], "en", "es") == ["casa roja"]


@pytest.mark.parametrize("kind", ["nllb", "m2m"])
def test_the_code_of_the_target_is_the_first_word_that_is_forced(folders, kind, monkeypatch):
    model = load_seq2seq(str(folders[kind]))
    made = []
    generate = model._model.generate
    monkeypatch.setattr(model._model, "generate", lambda **given: made.append(generate(**given)) or made[0])
    model.translate(["red house"], "en", "es")
    assert model.tokenizer.convert_ids_to_tokens(made[0][0, :2].tolist()) == [
        "</s>", {"nllb": "spa_Latn", "m2m": "__es__"}[kind],
    ]  # fmt: skip


def test_a_batch_gives_what_its_texts_give_alone(folders):
    model = load_seq2seq(str(folders["nllb"]))
    together = model.translate(PHRASES["en"], "en", "de")
    assert together == [model.translate([text], "en", "de")[0] for text in PHRASES["en"]]


@pytest.mark.parametrize("kind", ["nllb", "m2m", "marian"])
def test_a_text_that_is_too_long_is_refused_and_not_cut(folders, kind):
    with pytest.raises(TranslationFailed, match="reads 48 sub-words, a sentence has"):
        load_seq2seq(str(folders[kind])).translate(["bank", "red house " * 8], "en", "es")


@pytest.mark.parametrize("kind", ["nllb", "m2m", "marian"])
def test_a_translation_that_did_not_end_is_refused(folders, kind):
    with pytest.raises(TranslationFailed, match="had not finished 'red house' after 4"):
        load_seq2seq(str(folders[kind])).translate(["red house"], "en", "es", max_new_tokens=4)


@pytest.mark.parametrize(("kind", "code"), [("nllb", "zul_Latn"), ("m2m", "haw"), ("marian", ">>zul_Latn<<")])
def test_a_language_that_the_model_does_not_know_is_named(folders, kind, code):
    language = "haw" if kind == "m2m" else "zu"
    with pytest.raises(ModelUnavailable, match=f"does not know '{language}'.*{code}"):
        load_seq2seq(str(folders[kind])).translate(["bank"], "en", language)


@pytest.mark.parametrize("kind", ["nllb", "m2m", "marian"])
def test_probabilities_equal_those_computed_word_by_word(folders, kind):
    pairs = [("red house", "casa roja"), ("bank", "casa"), ("the red bank", "río viejo río")]
    found = load_seq2seq(str(folders[kind])).mean_log_probs(pairs, "en", "es")
    assert found == pytest.approx([mean_log_prob(folders[kind], *pair, "en", "es") for pair in pairs], abs=1e-4)
    assert found[0] > found[1]  # the model was taught the first


def test_probabilities_of_a_text_that_is_too_long_are_refused(folders):
    model = load_seq2seq(str(folders["nllb"]))
    for pair in (("bank", "casa roja " * 8), ("red house " * 8, "banco")):
        with pytest.raises(TranslationFailed, match="reads 48 sub-words"):
            model.mean_log_probs([pair], "en", "es")


def test_bfloat16_stays_near_float32(folders):
    pair = [("red house", "casa roja")]
    exact = load_seq2seq(str(folders["nllb"])).mean_log_probs(pair, "en", "es")
    coarse = load_seq2seq(str(folders["nllb"]), dtype="bfloat16").mean_log_probs(pair, "en", "es")
    assert np.abs(exact - coarse).max() < 0.1


def test_a_marker_checkpoint_reads_with_the_tokenizer_of_its_base(folders, tmp_path, monkeypatch):
    checkpoint = tmp_path / "nllb-200-3.3B-easyproject"
    shutil.copytree(folders["nllb"], checkpoint)
    for file in checkpoint.glob("tokenizer*"):
        file.unlink()
    monkeypatch.setattr(seq2seq, "_MARKER_TOKENIZER", str(folders["nllb"]))
    model = load_seq2seq(str(checkpoint))
    assert model.translate(["red house"], "en", "es") == ["casa roja"]
    assert f"+tokenizer:{folders['nllb']}" in model.describe()


def test_another_tokenizer_can_be_named(folders, tmp_path):
    checkpoint = tmp_path / "fine-tuned"
    shutil.copytree(folders["nllb"], checkpoint)
    for file in checkpoint.glob("tokenizer*"):
        file.unlink()
    model = load_seq2seq(str(checkpoint), tokenizer=str(folders["nllb"]))
    assert model.translate(["red house"], "en", "es") == ["casa roja"]


def test_another_file_in_the_folder_of_a_tokenizer_is_another_translator(folders, tmp_path):
    words = tmp_path / "words"
    shutil.copytree(folders["nllb"], words)
    before = load_seq2seq(str(folders["nllb"]), tokenizer=str(words))
    known = before.describe()
    file = words / "tokenizer.json"
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    after = load_seq2seq(str(folders["nllb"]), tokenizer=str(words))
    assert after is not before
    assert before.describe() == known != after.describe(), "who computed with the old one says so still"
    assert len(seq2seq._models) == 1


@pytest.mark.parametrize("name", ["facebook/nllb-200-distilled-600M", "/nowhere/at/all"])
def test_a_missing_model_names_the_command_that_gets_it(name):
    with pytest.raises(ModelUnavailable, match=f"python -m xner models prepare {name}"):
        load_seq2seq(name)


def test_an_encoder_is_no_translation_model(tmp_path):
    with pytest.raises(ModelUnavailable, match="can't be loaded"):
        load_seq2seq(str(tiny_bert(tmp_path, layers=1)))


def test_pickled_weights_are_not_even_opened(folders, tmp_path):
    checkpoint = tmp_path / "pickled"
    shutil.copytree(folders["nllb"], checkpoint)
    (checkpoint / "model.safetensors").unlink()
    canary = tmp_path / "canary"

    class Bomb:
        def __reduce__(self):
            return (canary.write_text, ("opened",))

    (checkpoint / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelUnavailable):
        load_seq2seq(str(checkpoint))
    assert not canary.exists()


def test_damaged_weights_are_said_to_be(folders, tmp_path):
    checkpoint = tmp_path / "damaged"
    shutil.copytree(folders["nllb"], checkpoint)
    weights = checkpoint / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelUnavailable, match="can't be loaded"):
        load_seq2seq(str(checkpoint))


def test_the_same_model_is_loaded_once(folders):
    name = str(folders["nllb"])
    model = load_seq2seq(name)
    assert load_seq2seq(name) is model
    assert load_seq2seq(name, dtype="bfloat16") is not model
    load_seq2seq(str(folders["marian"]))
    assert len(seq2seq._models) == 2


def test_a_hub_model_that_was_fetched_before_is_loaded_offline(folders, tmp_path, monkeypatch):
    import huggingface_hub.constants

    commit = "0123456789abcdef" * 2 + "01234567"
    repository = tmp_path / "models--xner-tests--tiny-nllb"
    shutil.copytree(folders["nllb"], repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    model = load_seq2seq("xner-tests/tiny-nllb")
    assert model.translate(["red house"], "en", "es") == ["casa roja"]
    assert model.describe() == "xner-tests/tiny-nllb+sha256:0123456789ab+float32"
