"""Attention maps are the attention's own weights, and cost nothing unless they are recorded."""

import torch

from glide_studio.glide.attention_maps import AttentionRecorder, text_attention, word_positions
from glide_studio.glide.guidance import ClassifierFreeGuidance, NetworkDenoiser
from glide_studio.glide.layers import AttentionBlock
from glide_studio.glide.schedule import named_schedule
from glide_studio.glide.tokenizers import Tokenizer
from glide_studio.paths import resources_folder
from tests.glide.test_networks import TINY, inputs, network, text

TOKENIZER = Tokenizer(resources_folder() / "vocabulary" / "glide")
SCHEDULE = named_schedule("linear").respace("10")


def test_the_weights_are_those_of_the_attention() -> None:
    torch.manual_seed(0)
    block = AttentionBlock(64, 32, 16)
    torch.nn.init.normal_(block.proj_out.weight)
    x, caption = torch.randn(2, 64, 4, 4), torch.randn(2, 16, 6)
    maps = text_attention(block, x, caption)
    assert maps.shape == (2, 6, 4, 4)
    # The values of one token set to e_c in channel 0 of each head read its weight off the output.
    with torch.no_grad():
        k, v = block.text_kv(caption)
        q, pk, pv = block.picture_qkv(x)
        v, pv = torch.zeros_like(v), torch.zeros_like(pv)
        v[:, :, 2, 0] = 1.0
        keys, values = torch.cat([k, pk], 2), torch.cat([v, pv], 2)
        out = torch.nn.functional.scaled_dot_product_attention(q, keys, values)[..., 0].mean(1)
    torch.testing.assert_close(maps[:, 2].flatten(1), out)


def test_watching_changes_nothing_and_leaves_nothing_behind() -> None:
    made = network(TINY)
    x, _, condition = inputs(made)
    t = torch.full((2,), 4)
    plain = NetworkDenoiser(made, SCHEDULE, condition)
    recorder = AttentionRecorder(plain)
    assert torch.equal(recorder(x, t).eps, plain(x, t).eps)
    assert recorder.maps is not None
    assert recorder.maps.shape == (2, 6, 8, 8)
    assert (recorder.maps >= 0).all()
    assert (recorder.maps.sum(1) < 1).all()  # The rest of the softmax is the picture's own.
    assert not any(block._forward_pre_hooks for block in made.attention_blocks())


def test_with_guidance_only_the_caption_is_watched() -> None:
    made = network(TINY)
    x, _, condition = inputs(made)
    t = torch.full((2,), 4)
    recorder = AttentionRecorder(NetworkDenoiser(made, SCHEDULE, condition))
    recorder(x, t)
    alone = recorder.maps
    null = NetworkDenoiser(
        made, SCHEDULE, type(condition)(text(made)._replace(sequence=-condition.text.sequence))
    )
    ClassifierFreeGuidance(recorder, null, SCHEDULE, 3.0)(x, t)
    assert alone is not None
    assert recorder.maps is not None
    assert torch.equal(recorder.maps, alone)


def test_words_know_their_tokens() -> None:
    caption = "A corgi, wearing a bowtie!"
    found = word_positions(TOKENIZER, caption, 128)
    assert [word for word, _ in found] == ["a", "corgi", "wearing", "a", "bowtie"]
    ids = TOKENIZER.encode(caption)
    for word, place in found:
        assert TOKENIZER.decode(ids[place.start : place.stop]).strip() == word
    assert len(found[4][1]) > 1
    assert [word for word, _ in word_positions(TOKENIZER, caption, 3)] == ["a", "corgi"]
    assert word_positions(TOKENIZER, "", 128) == []
