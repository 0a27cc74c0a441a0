"""A translation model converted for CTranslate2, in 8-bit numbers as a rule: faster on processors than its original."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from xner.errors import ModelUnavailable, TranslationFailed
from xner.models.devices import quiet, use_threads
from xner.models.folders import Stamps, files_hash, stamps
from xner.models.loaded import tokenizer_hash
from xner.models.seq2seq import SENTENCEPIECE, codes_of
from xner.text.normalise import nfc

PACKAGE = "ctranslate2==4.8.5"
CONVERT = "ct2-transformers-converter --model facebook/nllb-200-distilled-600M --output_dir FOLDER --quantization int8"


class ConvertedSeq2Seq:
    """Weights in a folder that ct2-transformers-converter wrote, and the tokenizer of the model they were made from.

    NLLB and Marian; M2M100 can't be converted under transformers 5. Thread-safe: one batch at a time.
    """

    def __init__(self, folder: str, tokenizer: str) -> None:
        import ctranslate2
        from transformers import AutoTokenizer

        use_threads()
        quiet()
        with warnings.catch_warnings():  # that sacremoses, which straightens quotes, is recommended
            warnings.simplefilter("ignore")
            self.tokenizer = AutoTokenizer.from_pretrained(
                tokenizer, trust_remote_code=False, **({"local_files_only": True} if os.path.isdir(tokenizer) else {})
            )
        is_marian = type(self.tokenizer).__name__.startswith("Marian")
        self._codes = codes_of(self.tokenizer, "marian" if is_marian else "m2m_100")
        threads = int(os.environ.get("XNER_THREADS", "0"))
        self._model = ctranslate2.Translator(folder, device="cpu", inter_threads=1, intra_threads=threads)
        self._name = (
            f"{folder}+sha256:{files_hash(folder, '*')}+tokenizer:{tokenizer}@{tokenizer_hash(tokenizer)}"
            f"+ctranslate2:{ctranslate2.__version__}"
        )
        self._lock = threading.Lock()

    def translate(
        self, texts: Sequence[str], source: str, target: str, *, beams: int, max_new_tokens: int
    ) -> list[str]:
        """Return the translation of each text, as one batch; arguments and errors of `Seq2Seq.translate`."""
        tokenizer, limit = self.tokenizer, int(self.tokenizer.model_max_length)
        with self._lock:
            prefix, forced = self._codes.set(source, target)
            rows = tokenizer([prefix + nfc(text) for text in texts], verbose=False)["input_ids"]
            if (longest := max(map(len, rows))) > limit:
                raise TranslationFailed(f"It reads {limit} sub-words, a sentence has {longest}.", "Split the sentence.")
            code = [] if forced is None else [tokenizer.convert_ids_to_tokens(forced)]
            made = self._model.translate_batch(
                [tokenizer.convert_ids_to_tokens(row) for row in rows], target_prefix=[code] * len(rows),
                beam_size=beams, max_decoding_length=min(max_new_tokens, limit - 1), max_input_length=0,
                return_end_token=True,
            )  # fmt: skip
            words = [result.hypotheses[0] for result in made]
            for text, row in zip(texts, words, strict=True):
                if not row or row[-1] != tokenizer.eos_token:
                    raise TranslationFailed(
                        f"{text[:60]!r} had no end within {max_new_tokens} sub-words.",
                        "Raise translate.max_new_tokens, or give shorter sentences.",
                    )
            ids = [tokenizer.convert_tokens_to_ids(row[len(code) :]) for row in words]
            options = {"use_source_tokenizer": False} if self._codes.kind == "marian" else {}
            return [text.strip() for text in tokenizer.batch_decode(ids, skip_special_tokens=True, **options)]

    def describe(self) -> str:
        """Return folder, weights, tokenizer and number type for the signature."""
        return f"{self._name}+{self._model.compute_type}"


def load_converted(folder: str, tokenizer: str | None) -> ConvertedSeq2Seq:
    """Return the model of a folder, loaded once while its files stay; `tokenizer` None takes that of the same folder.

    Raises:
        ModelUnavailable: package, folder or tokenizer are not here, or the folder holds no converted model.
    """
    if not (Path(folder) / "model.bin").is_file():
        raise ModelUnavailable(f"There is no converted model in {folder!r}.", f"{CONVERT}, then translate.model=FOLDER")
    return _loaded(folder, tokenizer or folder, (stamps(folder), stamps(tokenizer or folder)))


@lru_cache(maxsize=1)
def _loaded(folder: str, tokenizer: str, _files: tuple[Stamps | None, Stamps | None]) -> ConvertedSeq2Seq:
    try:
        return ConvertedSeq2Seq(folder, tokenizer)
    except ImportError as error:
        raise ModelUnavailable(
            f"A package is not installed: {error}", f'pip install "{PACKAGE}" "{SENTENCEPIECE}"'
        ) from error
    except (OSError, ValueError, KeyError, RuntimeError, AttributeError) as error:
        hint = "Name the tokenizer of the model that it was converted from: translate.tokenizer=FOLDER or hub id."
        raise ModelUnavailable(f"The converted model {folder!r} can't be loaded: {str(error)[:300]}", hint) from error
