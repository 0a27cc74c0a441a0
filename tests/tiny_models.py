"""Real models of a few thousand weights, made on disk, so that the true loading code runs offline."""

from __future__ import annotations

import json
from pathlib import Path

from xner.config import RunConfig
from xner.types import Entity, Sentence, SentencePair, Span

WORDS = (
    "the bank of England river London Paris met in on Monday said new old a and to is was by for with at from"
    " der die das Bank von Fluss Paris traf am Montag sagte neu alt ein und zu ist war bei mit aus nach über"
).split()


def tiny_bert(folder: Path, *, layers: int = 9, positions: int = 64, seed: int = 0) -> Path:
    """Write a random BertModel with a word-piece tokenizer over WORDS and all letters; return its folder."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)] + [chr(c) for c in range(ord("A"), ord("Z") + 1)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *dict.fromkeys(WORDS), *letters, *(f"##{c}" for c in letters)]
    vocabulary = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
        model_max_length=positions,
    ).save_pretrained(folder)  # fmt: skip
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=24, num_hidden_layers=layers, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=positions,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    assert json.loads((folder / "config.json").read_text())["model_type"] == "bert"
    return folder


def tiny_classifier(folder: Path, tags: tuple[str, ...], *, kind: str = "bert", positions: int = 64) -> Path:
    """Write a random token classifier (`bert` or `xlm-roberta`), tokenizer of `tiny_bert`; return its folder."""
    import torch
    import transformers

    tiny_bert(folder, layers=2, positions=positions)
    name = "Bert" if kind == "bert" else "XLMRoberta"
    config = getattr(transformers, f"{name}Config")(
        vocab_size=len(transformers.AutoTokenizer.from_pretrained(folder)), hidden_size=24, num_hidden_layers=2,
        num_attention_heads=2, intermediate_size=32, max_position_embeddings=positions + 2 * (kind != "bert"),
        num_labels=len(tags), id2label=dict(enumerate(tags)), label2id={tag: k for k, tag in enumerate(tags)},
        pad_token_id=0,
    )  # fmt: skip
    torch.manual_seed(1)
    getattr(transformers, f"{name}ForTokenClassification")(config).save_pretrained(folder)
    return folder


def tiny_encoder_and_pairs(folder: Path) -> tuple[RunConfig, list[SentencePair]]:
    """Write a `tiny_bert` of two layers; return settings that align by it, and five pairs that it can read."""
    config = RunConfig().updated({"align.model": str(tiny_bert(folder, layers=2)), "align.layer": 1})
    pairs = [
        SentencePair(
            str(k), Sentence(tuple(WORDS[k : k + 4 + k]), "en"), Sentence(tuple(WORDS[20 - k : 26]), "de"),
            source_entities=(Entity(Span(0, 2), "PER"),),
        )
        for k in range(5)
    ]  # fmt: skip
    return config, pairs
