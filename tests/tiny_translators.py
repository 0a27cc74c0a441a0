"""Real translation models of a few thousand weights, taught a handful of phrases, so that true code runs offline."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

PHRASES = {
    "en": ("red house", "old river", "bank", "the red bank"),
    "es": ("casa roja", "río viejo", "banco", "el banco rojo"),
    "de": ("rotes Haus", "alter Fluss", "Bank", "die rote Bank"),
}
_FLORES = {"en": "eng_Latn", "es": "spa_Latn", "de": "deu_Latn"}
_CHARACTERS = sorted({c for phrases in PHRASES.values() for phrase in phrases for c in phrase} - {" "} | set("[]x"))
_STEPS = 130
_Encode = Callable[[str, str, str], list[int]]
"""Text, its language and that of its translation to what the encoder reads."""


def tiny_nllb(folder: Path, *, positions: int = 48, steps: int = _STEPS) -> Path:
    """Write an M2M100 model with an NLLB tokenizer that translates PHRASES; return its folder."""
    from transformers import NllbTokenizer

    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", *_CHARACTERS]
    tokenizer = NllbTokenizer(
        vocab={piece: index for index, piece in enumerate(pieces)}, merges=[],
        extra_special_tokens=list(_FLORES.values()), model_max_length=positions,
    )  # fmt: skip
    tokenizer.save_pretrained(folder)
    model = _m2m_model(len(tokenizer), positions)

    def encode(text: str, source: str, target: str) -> list[int]:
        tokenizer.src_lang = _FLORES[source]
        return list(tokenizer(text)["input_ids"])

    def target_ids(text: str, target: str) -> list[int]:
        return [
            tokenizer.convert_tokens_to_ids(_FLORES[target]),
            *tokenizer(text, add_special_tokens=False)["input_ids"],
        ]

    _teach(model, encode, target_ids, steps, start=2)
    model.save_pretrained(folder)
    return folder


def tiny_m2m(folder: Path, *, steps: int = _STEPS) -> Path:
    """Write an M2M100 model with its own tokenizer (SentencePiece) that translates PHRASES; return its folder."""
    from transformers import M2M100Tokenizer

    folder.mkdir(parents=True, exist_ok=True)
    pieces = _sentencepiece(folder / "sentencepiece.bpe.model")
    vocabulary = {piece: index for index, piece in enumerate(["<s>", "<pad>", "</s>", "<unk>", *pieces])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    tokenizer = M2M100Tokenizer(
        str(folder / "vocab.json"), str(folder / "sentencepiece.bpe.model"), model_max_length=48
    )
    tokenizer.save_pretrained(folder)
    model = _m2m_model(len(vocabulary) + len(tokenizer.lang_code_to_id) + tokenizer.num_madeup_words, 48)

    def encode(text: str, source: str, target: str) -> list[int]:
        tokenizer.src_lang = source
        return list(tokenizer(text)["input_ids"])

    def target_ids(text: str, target: str) -> list[int]:
        return [tokenizer.get_lang_id(target), *tokenizer(text, add_special_tokens=False)["input_ids"]]

    _teach(model, encode, target_ids, steps, start=2)
    model.save_pretrained(folder)
    return folder


def tiny_marian(folder: Path, *, targets: tuple[str, ...] = ("es", "de"), steps: int = _STEPS) -> Path:
    """Write a Marian model from English, with ``>>es<<`` codes where it has several targets; return its folder."""
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    pieces = _sentencepiece(folder / "source.spm")
    (folder / "target.spm").write_bytes((folder / "source.spm").read_bytes())
    codes = [f">>{target}<<" for target in targets] if len(targets) > 1 else []
    words = ["</s>", "<unk>", *pieces, *codes, "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({word: index for index, word in enumerate(words)}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tokenizer = MarianTokenizer(
            str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json"), model_max_length=48
        )
    tokenizer.save_pretrained(folder)
    pad = len(words) - 1
    import torch

    torch.manual_seed(0)
    model = MarianMTModel(
        MarianConfig(
            vocab_size=len(words), max_position_embeddings=48, scale_embedding=True, pad_token_id=pad, eos_token_id=0,
            decoder_start_token_id=pad, forced_eos_token_id=0, **_SHAPE,
        )
    )  # fmt: skip

    def encode(text: str, source: str, target: str) -> list[int]:
        return list(tokenizer(f">>{target}<< {text}" if codes else text)["input_ids"])

    def target_ids(text: str, target: str) -> list[int]:
        return list(tokenizer(text_target=text, add_special_tokens=False)["input_ids"])

    pairs = [("en", target) for target in targets]
    _teach(model, encode, target_ids, steps, start=pad, directions=pairs)
    model.save_pretrained(folder)
    return folder


def mean_log_prob(folder: Path, text: str, translation: str, source: str, target: str) -> float:
    """Return the mean log-probability of a translation, word by word, from the model as transformers load it."""
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        words = AutoTokenizer.from_pretrained(folder)
    before = [model.config.decoder_start_token_id]
    if model.config.model_type == "marian":
        given = words(f">>{target}<< {text}", return_tensors="pt")
    else:
        is_nllb = "eng_Latn" in words.get_vocab()
        words.src_lang, words.tgt_lang = (_FLORES[source], _FLORES[target]) if is_nllb else (source, target)
        given = words(text, return_tensors="pt")
        before.append(words.convert_tokens_to_ids(_FLORES[target]) if is_nllb else words.get_lang_id(target))
    wanted = [*words(text_target=translation, add_special_tokens=False)["input_ids"], words.eos_token_id]
    total = 0.0
    for k, word in enumerate(wanted):
        with torch.inference_mode():
            logits = model(**given, decoder_input_ids=torch.tensor([[*before, *wanted[:k]]])).logits[0, -1]
        total += float(logits.double().log_softmax(-1)[word])
    return total / len(wanted)


_SHAPE: dict[str, Any] = {
    "d_model": 48, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 4, "decoder_attention_heads": 4,
    "encoder_ffn_dim": 96, "decoder_ffn_dim": 96, "dropout": 0.0, "attention_dropout": 0.0, "activation_dropout": 0.0,
    "encoder_layerdrop": 0.0, "decoder_layerdrop": 0.0,
}  # fmt: skip


def _m2m_model(n_words: int, positions: int) -> Any:
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    torch.manual_seed(0)
    return M2M100ForConditionalGeneration(
        M2M100Config(
            vocab_size=n_words, max_position_embeddings=positions, bos_token_id=0, pad_token_id=1, eos_token_id=2,
            decoder_start_token_id=2, **_SHAPE,
        )
    )  # fmt: skip


def _sentencepiece(file: Path) -> list[str]:
    """Write a SentencePiece model over single characters and return its pieces."""
    import sentencepiece

    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([phrase for phrases in PHRASES.values() for phrase in phrases] + _CHARACTERS),
        model_writer=written, model_type="char", hard_vocab_limit=False, character_coverage=1.0, minloglevel=2,
    )  # fmt: skip
    file.write_bytes(written.getvalue())
    model = sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())
    return [piece for piece in map(model.id_to_piece, range(model.get_piece_size())) if not piece.startswith("<")]


def _teach(
    model: Any,
    encode: _Encode,
    target_ids: Callable[[str, str], list[int]],
    steps: int,
    *,
    start: int,
    directions: list[tuple[str, str]] | None = None,
) -> None:
    """Train all phrases in all directions (of NLLB and M2M100: between any two languages) as one batch."""
    import torch

    pairs = directions or [(a, b) for a in PHRASES for b in PHRASES if a != b]
    rows = [
        (encode(text, a, b), target_ids(translation, b))
        for a, b in pairs
        for text, translation in zip(PHRASES[a], PHRASES[b], strict=True)
    ]
    pad, end = model.config.pad_token_id, model.config.eos_token_id
    inputs = _padded([row for row, _ in rows], pad)
    given = _padded([[start, *row] for _, row in rows], pad)
    wanted = _padded([[*row, end] for _, row in rows], -100)
    optimiser = torch.optim.AdamW(model.parameters(), lr=8e-3)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # faster for so little
    model.train()
    for _ in range(steps):
        logits = model(input_ids=inputs, attention_mask=(inputs != pad).long(), decoder_input_ids=given).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval()
    torch.set_num_threads(threads)


def _padded(rows: list[list[int]], value: int) -> Any:
    import torch

    width = max(map(len, rows))
    return torch.tensor([row + [value] * (width - len(row)) for row in rows])
