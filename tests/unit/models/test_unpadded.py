"""Encoders without padding: the vectors that transformers has, of every kind of model that is cut into layers."""

import random

import numpy as np
import pytest

from tests.tiny_models import tiny_bert
from xner.models.loaded import _CUTTABLE, LoadedModel
from xner.models.unpadded import blocks_of

_CLASSES = {
    "bert": "Bert", "roberta": "Roberta", "xlm-roberta": "XLMRoberta", "camembert": "Camembert", "electra": "Electra"
}  # fmt: skip


def _model(folder, kind):
    """Write a random model with the tokenizer of `tiny_bert`; electra embeds narrower than it computes."""
    import torch
    import transformers

    tiny_bert(folder, layers=1)
    torch.manual_seed(1)
    narrow = {"embedding_size": 12} if kind == "electra" else {}
    config = getattr(transformers, f"{_CLASSES[kind]}Config")(
        vocab_size=160, hidden_size=24, num_hidden_layers=4, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=66, pad_token_id=0, **narrow,
    )  # fmt: skip
    getattr(transformers, f"{_CLASSES[kind]}Model")(config).save_pretrained(folder)
    return LoadedModel(kind, str(folder), None, "float32")


def test_every_kind_that_is_cut_is_compared():
    assert set(_CLASSES) == _CUTTABLE


@pytest.mark.parametrize("kind", sorted(_CLASSES))
def test_vectors_are_those_of_transformers_whatever_shares_the_batch(tmp_path, kind):
    import torch
    from transformers import AutoModel

    model = _model(tmp_path, kind)
    rng = random.Random(0)
    rows = [tuple(rng.choices(range(5, 150), k=rng.randint(1, 60))) for _ in range(20)]
    whole = AutoModel.from_pretrained(tmp_path).eval()
    together = {layer: model.hidden_states(rows, layer, with_special=True) for layer in (0, 3)}
    for k, row in enumerate(rows):
        ids = torch.tensor([[*model._before, *row, *model._after]])
        with torch.inference_mode():
            expected = whole(ids, output_hidden_states=True).hidden_states
        for layer, found in together.items():
            np.testing.assert_allclose(found[k], expected[layer][0].numpy(), atol=1e-5)


def test_blocks_are_all_sentences_in_order_and_hold_little_padding():
    rng = random.Random(0)
    for _ in range(200):
        lengths = [rng.randint(1, 90) for _ in range(rng.randint(1, 30))]
        blocks = blocks_of(rng.choice([lengths, sorted(lengths)]))
        assert [block.start for block in blocks] == [0, *(block.stop for block in blocks[:-1])]
        assert blocks[-1].stop == sum(lengths)
        assert sum(block.n_sentences for block in blocks) == len(lengths)
        assert all(block.width * block.n_sentences <= 1.1 * (block.stop - block.start) for block in blocks)
        assert all((block.places is None) == (block.mask is None) for block in blocks)
        assert all(
            len(block.places) == block.stop - block.start == block.mask.sum()
            for block in blocks
            if block.mask is not None
        )
