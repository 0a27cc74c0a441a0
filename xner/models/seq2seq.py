"""One loaded translation model: texts in, translations out, and how probable it finds a given translation."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from xner.errors import ModelUnavailable, TranslationFailed
from xner.models.devices import Dtype, fast_dtype, quiet, use_threads
from xner.models.folders import Stamps, stamps
from xner.models.in_memory import InMemory
from xner.models.loaded import tokenizer_hash, weights_hash
from xner.text.languages import flores_code, m2m_code, marian_codes
from xner.text.normalise import nfc

SENTENCEPIECE = "sentencepiece==0.2.3"
"""What the tokenizers of Marian and M2M100 need."""
_MARKER_TOKENIZER = "facebook/nllb-200-3.3B"
_N_KEPT = 2
_Key = tuple[str, str | None, Dtype, str | None]
_Files = tuple[Stamps | None, Stamps | None]
"""Of the model and of its tokenizer: another file in a folder is another model."""
_models: InMemory[_Key, _Files, Seq2Seq] = InMemory(_N_KEPT)


class Seq2Seq:
    """Weights and tokenizer of an NLLB, M2M100 or Marian model. Thread-safe: one batch at a time."""

    def __init__(self, name: str, revision: str | None, dtype: Dtype, tokenizer: str | None) -> None:
        import torch
        from transformers import AutoConfig, AutoModelForSeq2SeqLM, AutoTokenizer

        use_threads()
        quiet()
        self.name, self.revision, self.dtype = name, revision, dtype
        self.tokenizer_name = tokenizer
        config = AutoConfig.from_pretrained(name, **_source(name, revision))
        with warnings.catch_warnings():  # that sacremoses, which straightens quotes, is recommended
            warnings.simplefilter("ignore")
            words_from = self.tokenizer_name or name
            at = None if self.tokenizer_name else revision
            self.tokenizer = AutoTokenizer.from_pretrained(words_from, **_source(words_from, at))
        self._model = AutoModelForSeq2SeqLM.from_pretrained(
            name, config=config, use_safetensors=True, dtype=getattr(torch, dtype), **_source(name, revision)
        ).eval()
        self._model.generation_config.forced_eos_token_id = None  # it would end a translation that has no end
        self._codes = codes_of(self.tokenizer, config.model_type)
        known = int(getattr(config, "max_position_embeddings", 0) or 512)
        self.max_pieces = min(known, int(self.tokenizer.model_max_length))
        self._start = int(config.decoder_start_token_id)
        self.weights_hash = weights_hash(name, revision)
        self._words = f"+tokenizer:{tokenizer}@{tokenizer_hash(tokenizer)}" if tokenizer else ""
        self._lock = threading.Lock()

    def translate(
        self, texts: Sequence[str], source: str, target: str, *, beams: int = 1, max_new_tokens: int = 400
    ) -> list[str]:
        """Return the translation of each text, as one batch.

        Args:
            texts: not blank.
            source: BCP-47 tag, or the model's own code.
            target: the same.
            beams: hypotheses kept; 1 is greedy.
            max_new_tokens: sub-words that a translation may have.

        Raises:
            TranslationFailed: a text is longer than the model reads, or its translation had no end within the limit.
            ModelUnavailable: the model does not know one of the languages.
        """
        import torch

        limit = min(max_new_tokens, self.max_pieces - 1)
        with self._lock, torch.inference_mode():
            inputs, forced = self._inputs(texts, source, target)
            made = self._model.generate(
                **inputs, num_beams=beams, max_new_tokens=limit, do_sample=False,
                **({} if forced is None else {"forced_bos_token_id": forced}),
            )  # fmt: skip
            unfinished = [k for k, row in enumerate(made.tolist()) if self.tokenizer.eos_token_id not in row[1:]]
            if unfinished:
                raise TranslationFailed(
                    f"{self.name} had not finished {texts[unfinished[0]][:60]!r} after {limit} sub-words.",
                    "Raise translate.max_new_tokens, or give shorter sentences.",
                )
            options = {"use_source_tokenizer": False} if self._codes.kind == "marian" else {}
            words = made[:, 1 if forced is None else 2 :]  # without the code, which not every tokenizer holds special
            return [text.strip() for text in self.tokenizer.batch_decode(words, skip_special_tokens=True, **options)]

    def mean_log_probs(self, pairs: Sequence[tuple[str, str]], source: str, target: str) -> NDArray[np.float64]:
        """Return the mean log-probability of the sub-words of each given translation and its end, (n_pairs,).

        The exponential is the geometric mean of their probabilities. The code of the language, which is forced on
        the model, does not count.

        Args:
            pairs: text and its translation, neither blank; one batch.
            source: BCP-47 tag of the texts, or the model's own code.
            target: of the translations.

        Raises:
            TranslationFailed: a text is longer than the model reads, or a probability is not a number.
            ModelUnavailable: the model does not know one of the languages.
        """
        import torch

        with self._lock, torch.inference_mode():
            inputs, forced = self._inputs([text for text, _ in pairs], source, target)
            rows = self.tokenizer(text_target=[nfc(text) for _, text in pairs], add_special_tokens=False)["input_ids"]
            before = [self._start] if forced is None else [self._start, forced]
            width = max(map(len, rows)) + len(before)
            if width > self.max_pieces:
                raise TranslationFailed(f"{self.name} reads {self.max_pieces} sub-words, a text has {width}.")
            given = torch.full((len(rows), width), self.tokenizer.pad_token_id)
            labels = torch.full((len(rows), width), -1)
            for k, row in enumerate(rows):
                given[k, : len(before) + len(row)] = torch.tensor([*before, *row])
                end = len(before) - 1 + len(row)
                labels[k, len(before) - 1 : end + 1] = torch.tensor([*row, self.tokenizer.eos_token_id])
            logits = self._model(**inputs, decoder_input_ids=given).logits.double()
            log_probs = logits.log_softmax(-1).gather(2, labels.clamp(min=0).unsqueeze(2)).squeeze(2)
            counted = labels >= 0
            means = ((log_probs * counted).sum(1) / counted.sum(1)).numpy()
        if not np.isfinite(means).all():
            raise TranslationFailed(f"{self.name} returned probabilities that are not numbers.")
        return np.asarray(means, dtype=np.float64)

    @property
    def is_many_to_many(self) -> bool:
        """Whether it translates between any two of its languages, both ways."""
        return self._codes.kind != "marian"

    def describe(self) -> str:
        """Return model, weights, tokenizer and number type for the signature."""
        revision = f"@{self.revision}" if self.revision else ""
        return f"{self.name}{revision}+sha256:{self.weights_hash}{self._words}+{self.dtype}"

    def _inputs(self, texts: Sequence[str], source: str, target: str) -> tuple[dict[str, Any], int | None]:
        """Return what the encoder reads, and the code that a translation has to begin with (None: the input has it)."""
        prefix, forced = self._codes.set(source, target)
        inputs = self.tokenizer(
            [prefix + nfc(text) for text in texts], return_tensors="pt", padding=True, truncation=False, verbose=False
        )
        length = int(inputs["attention_mask"].sum(1).max())
        if length > self.max_pieces:
            raise TranslationFailed(
                f"{self.name} reads {self.max_pieces} sub-words, a sentence has {length}.", "Split the sentence."
            )
        return {key: inputs[key] for key in ("input_ids", "attention_mask")}, forced


class Codes:
    """How a kind of model is told its languages; `set` returns a prefix of the text and the forced first sub-word."""

    def __init__(self, tokenizer: Any, kind: Literal["nllb", "m2m", "marian"]) -> None:
        self.tokenizer, self.kind = tokenizer, kind

    def set(self, source: str, target: str) -> tuple[str, int | None]:
        """Return what stands before a text, and the sub-word that its translation has to begin with.

        Raises:
            ModelUnavailable: the model does not know one of the languages.
        """
        if self.kind == "marian":
            return self._marian_prefix(target), None
        if self.kind == "m2m":
            code_of: Callable[[str], str] = m2m_code
            known = self.tokenizer.lang_code_to_id
        else:
            code_of, known = flores_code, _flores_ids(self.tokenizer)
        codes = [code_of(tag) for tag in (source, target)]
        for code, tag in zip(codes, (source, target), strict=True):
            if code not in known:
                raise ModelUnavailable(
                    f"The translation model does not know {tag!r} ({code}).", "Choose another model."
                )
        self.tokenizer.src_lang, self.tokenizer.tgt_lang = codes
        return "", int(known[codes[1]])

    def _marian_prefix(self, target: str) -> str:
        known = set(self.tokenizer.supported_language_codes)
        if not known:  # a model of one direction
            return ""
        wanted = [f">>{code}<<" for code in marian_codes(target)]
        found = next((code for code in wanted if code in known), None)
        if found is None:
            raise ModelUnavailable(
                f"The translation model does not know {target!r} ({wanted[0]}).", "Choose another model."
            )
        return f"{found} "


def codes_of(tokenizer: Any, model_type: str) -> Codes:
    """Return how a model of a kind is told its languages.

    Raises:
        ValueError: the tokenizer has no language codes that are known here.
    """
    if model_type == "marian":
        return Codes(tokenizer, "marian")
    if hasattr(tokenizer, "lang_code_to_id"):
        return Codes(tokenizer, "m2m")
    if model_type == "m2m_100" and _flores_ids(tokenizer):
        return Codes(tokenizer, "nllb")
    raise ValueError(f"it is a {model_type} without language codes, not an NLLB, M2M100 or Marian model")


def _flores_ids(tokenizer: Any) -> dict[str, int]:
    return {token: index for token, index in tokenizer.get_added_vocab().items() if token[3:4] == "_"}


def load_seq2seq(
    name: str,
    *,
    revision: str | None = None,
    dtype: Literal["auto", "float32", "bfloat16"] = "float32",
    tokenizer: str | None = None,
) -> Seq2Seq:
    """Return the translation model called `name`, loaded once a process; of those asked for, the last two are kept.

    A folder whose files have changed is loaded again. Only safetensors are read, and no code of a repository is run.

    Args:
        name: a local folder, or a hub id.
        revision: commit of a hub id.
        dtype: ``float32``, ``bfloat16`` or ``auto``.
        tokenizer: folder or hub id of another tokenizer. A marker checkpoint (EasyProject) takes that of the NLLB
            model that it was made from, because it translates badly with the one that it ships.

    Raises:
        ModelUnavailable: not here and not to be had, damaged, or of a kind that is not loaded.
    """
    words_from = tokenizer_of(name, tokenizer)
    key = (name, revision, fast_dtype(dtype), words_from)
    return _models.get(key, (stamps(name), stamps(words_from or name)), lambda: _load(key))


def tokenizer_of(name: str, tokenizer: str | None) -> str | None:
    """Return where a model gets its tokenizer from, None where it is its own."""
    return tokenizer or (_MARKER_TOKENIZER if "easyproject" in name.lower() else None)


def is_translation_model(name: str, revision: str | None = None) -> bool:
    """Tell whether a local folder or hub model reads one text and writes another; False where its kind is not known."""
    from transformers import AutoConfig

    quiet()
    try:
        config = AutoConfig.from_pretrained(name, **_source(name, revision))
    except (OSError, ValueError, KeyError):  # whoever loads it then says what is wrong
        return False
    return bool(config.is_encoder_decoder)


def _load(key: _Key) -> Seq2Seq:
    from safetensors import SafetensorError

    name = key[0]
    try:
        return Seq2Seq(*key)
    except ImportError as error:
        raise ModelUnavailable(
            f"{name} needs a package that is not installed: {_first_line(error)}", f"pip install {SENTENCEPIECE}"
        ) from error
    except (OSError, ValueError, KeyError, RuntimeError, AttributeError, SafetensorError) as error:
        command = f"python -m xner models prepare {name}"
        hint = f"While online (HF_HUB_OFFLINE unset), `{command}` fetches a hub model; or give the path of its folder."
        raise ModelUnavailable(f"The translation model {name!r} can't be loaded: {_first_line(error)}", hint) from error


def _first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)[:300]


def _source(name: str, revision: str | None) -> dict[str, Any]:
    source: dict[str, Any] = {"revision": revision, "trust_remote_code": False}
    if os.path.isdir(Path(name)):
        source["local_files_only"] = True
    return source
