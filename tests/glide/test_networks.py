"""What the goldens cannot show: our own options leave GLIDE as it is, and work themselves."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from glide_studio.glide.config import BASE, OFFICIAL, TextConfig, UNetConfig
from glide_studio.glide.layers import ResBlock
from glide_studio.glide.text import TextEncoder, TextStates
from glide_studio.glide.unet import Condition, Head, UNet
from glide_studio.glide.weights import state_dict

TINY = UNetConfig(
    size=16,
    channels=32,
    blocks=1,
    multipliers=(1, 2),
    attention=(2,),
    head_width=32,
    text=TextConfig(context=6, width=16, layers=1, heads=2, vocabulary=50),
)


def network(config: UNetConfig = TINY, seed: int = 0) -> UNet:
    """Random weights, the zero-initialised ones too."""
    torch.manual_seed(seed)
    made = UNet(config)
    for parameter in made.parameters():
        if parameter.ndim > 1:
            nn.init.normal_(parameter, std=0.05)
    return made.requires_grad_(False).eval()


def text(made: UNet, rows: int = 2) -> TextStates:
    tokens = torch.arange(rows * 6).reshape(rows, 6)
    return made.text(tokens, tokens % 6 < 4)


def inputs(made: UNet, side: int = 16, seed: int = 1) -> tuple[Tensor, Tensor, Condition]:
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(2, 3, side, side, generator=draw)
    known = torch.randn(2, 3, side, side, generator=draw)
    mask = (torch.rand(2, 1, side, side, generator=draw) > 0.5).float()
    low_res = torch.randn(2, 3, side // 4, side // 4, generator=draw)
    condition = Condition(text(made), known, mask, low_res if made.config.super_res else None)
    return x, torch.tensor([3.0, 700.0]), condition


def test_options_of_small_networks_are_off_in_the_released_ones() -> None:
    for config in OFFICIAL.values():
        assert (config.patch, config.head, config.predicts) == (1, 0, "epsilon")
        assert (config.norm_groups, config.residual_scale, config.enlarge) == (32, 1.0, "bilinear")
        assert config.learned_variance
        assert config.text.rows is None
    made = network()
    stem, last = made.input_blocks[0][0], made.out[2]
    assert not any(isinstance(module, Head) for module in made.modules())
    assert (stem.in_channels, last.out_channels) == (3, 6)
    assert [name for name, _ in made.named_buffers()] == []


def test_patches_of_two_pixels_become_whole_pictures_too() -> None:
    made = network(replace(TINY, patch=2, norm_groups=8))
    assert made(*inputs(made)).shape == (2, 6, 16, 16)


@pytest.mark.parametrize("predicts", ["epsilon", "x0"])
@pytest.mark.parametrize("head", [0, 8])
@pytest.mark.parametrize("learned_variance", [True, False])
@pytest.mark.parametrize("super_res", [True, False])
def test_a_patched_network_sees_and_makes_whole_pictures(
    predicts: str, head: int, learned_variance: bool, super_res: bool
) -> None:
    config = replace(
        TINY,
        patch=4,
        head=head,
        predicts=predicts,
        learned_variance=learned_variance,
        super_res=super_res,
        inpaint=True,
        norm_groups=8,
    )
    made = network(config)
    x, t, condition = inputs(made)
    out = made(x, t, condition)
    assert out.shape == (2, 6 if learned_variance else 3, 16, 16)
    assert config.step == 8
    for change in (
        replace(condition, known=-condition.known),  # type: ignore[operator]
        replace(condition, mask=1 - condition.mask),  # type: ignore[operator]
        replace(
            condition,
            text=TextStates(condition.text.sequence.flip(0), condition.text.vector.flip(0)),
        ),
    ):
        assert not torch.allclose(made(x, t, change), out)
    with pytest.raises(ValueError, match="multiples of 8, not 12 x 16"):
        made(x[..., :12], t, condition)


def test_a_super_resolution_network_that_predicts_x0_starts_from_the_enlarged_picture() -> None:
    config = replace(TINY, super_res=True, predicts="x0")
    made = UNet(config).eval()  # Its last layer is zero, so nothing is added.
    x, t, condition = inputs(made)
    with torch.no_grad():
        out = made(x, t, condition)
    assert torch.equal(out[:, :3], made.upsample_low_res(x, condition))
    assert torch.equal(out[:, 3:], torch.zeros_like(x))
    with pytest.raises(ValueError, match="needs a low-resolution picture"):
        made(x, t, Condition(condition.text))


def test_the_low_resolution_picture_is_enlarged_as_the_config_says() -> None:
    linear = UNet(replace(TINY, super_res=True))
    cubic = UNet(replace(TINY, super_res=True, enlarge="bicubic"))
    ramp = torch.linspace(-1, 1, 16).reshape(1, 1, 4, 4).expand(2, 3, 4, 4)
    condition = Condition(text(linear), low_res=ramp)
    x = torch.zeros(2, 3, 16, 16)
    assert linear.upsample_low_res(x, condition).abs().max() <= 1  # Cubics overshoot, lines do not.
    assert not torch.allclose(
        linear.upsample_low_res(x, condition), cubic.upsample_low_res(x, condition)
    )


def test_residual_scaling_halves_the_variance_of_each_block() -> None:
    torch.manual_seed(0)
    plain, scaled = UNet(TINY), UNet(replace(TINY, residual_scale=0.5**0.5))
    scaled.load_state_dict(plain.state_dict())
    x, emb = torch.randn(2, 32, 8, 8), torch.randn(2, 128)
    block, other = plain.input_blocks[1][0], scaled.input_blocks[1][0]
    torch.testing.assert_close(other(x, emb), block(x, emb) * 0.5**0.5)


def test_attention_stands_where_the_config_says_and_has_its_heads() -> None:
    made = UNet(replace(TINY, attention=(1,), head_width=16))
    found = {name: m.heads for name, m in made.named_modules() if hasattr(m, "encoder_kv")}
    assert found == {
        "input_blocks.1.1": 2,
        "middle_block.1": 4,
        "output_blocks.2.1": 2,
        "output_blocks.3.1": 2,
    }


def test_channels_must_split_into_groups_and_heads() -> None:
    with pytest.raises(ValueError, match="48 channels cannot be split into 32 groups"):
        replace(TINY, channels=48)


def test_a_config_survives_json_and_strange_json_is_refused() -> None:
    for config in (*OFFICIAL.values(), replace(TINY, patch=4, text=replace(TINY.text, rows=9))):
        assert UNetConfig.from_json(config.to_json()) == config
    for bad in (
        '{"cook": 1}',
        '{"text": 3}',
        "[]",
        '{"text": {}, "multipliers": 7, "attention": []}',
    ):
        with pytest.raises(ValueError, match="not the description of a GLIDE network"):
            UNetConfig.from_json(bad)


@given(st.lists(st.integers(0, 49), min_size=6, max_size=6))
def test_a_reduced_table_knows_its_ids_and_shares_one_row_for_the_rest(tokens: list[int]) -> None:
    config = TextConfig(context=6, width=16, layers=1, heads=2, vocabulary=50)
    torch.manual_seed(0)
    whole = TextEncoder(config, 32)
    kept = [3, 7, 11, 30, 49]
    reduced = TextEncoder(replace(config, rows=6), 32)
    reduced.set_vocabulary(torch.tensor(kept))
    state = whole.state_dict()
    state["token_embedding.weight"] = torch.cat(
        [state["token_embedding.weight"][kept], state["token_embedding.weight"][:1]]
    )
    reduced.load_state_dict(state | {"token_ids": torch.tensor(kept)})
    ids = torch.tensor([tokens])
    mask = torch.ones_like(ids, dtype=torch.bool)
    same = torch.where(torch.isin(ids, torch.tensor(kept)), ids, 0)
    torch.testing.assert_close(reduced(ids, mask).vector, whole(same, mask).vector)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_weights_stay_close(dtype: torch.dtype) -> None:
    made = network(replace(TINY, inpaint=True))
    x, t, condition = inputs(made)
    exact = made(x, t, condition)
    half = network(replace(TINY, inpaint=True)).cast(dtype)
    assert half.dtype == dtype
    assert {str(tensor.dtype) for tensor in state_dict(half).values()} == {
        "torch.float32",
        str(dtype),
    }
    out = half(x, t, replace(condition, text=text(half)))
    assert out.dtype == torch.float32
    assert 0 < (out - exact).abs().max() < 0.2 * exact.std()


def test_autocast_in_bfloat16_stays_close_and_returns_float32() -> None:
    made = network(replace(TINY, patch=2, head=8, super_res=True, predicts="x0"))
    x, t, condition = inputs(made)
    exact = made(x, t, condition)
    with torch.autocast("cpu", torch.bfloat16):
        out = made(x, t, replace(condition, text=text(made)))
    assert out.dtype == torch.float32
    assert 0 < (out - exact).abs().max() < 0.2 * exact.std()


def test_channels_last_and_inference_mode_change_nothing_but_the_last_digits() -> None:
    made = network()
    x, t, condition = inputs(made)
    exact = made(x, t, condition)
    with torch.inference_mode():
        out = network().to(memory_format=torch.channels_last)(x, t, condition)
    torch.testing.assert_close(out, exact, atol=5e-5, rtol=5e-5)


def test_between_is_called_around_every_layer_and_may_end_the_evaluation() -> None:
    made = network()
    x, t, condition = inputs(made)
    calls = []
    made(x, t, condition, lambda: calls.append(1))
    layers = sum(len(block) for block in (*made.input_blocks, made.middle_block))
    layers += sum(len(block) + 1 for block in made.output_blocks)  # each begins with a joined skip
    residual = sum(isinstance(module, ResBlock) for module in made.modules())
    # Inside of a residual block: before each convolution, behind the second, and before both are
    # added.
    assert len(calls) == layers + 4 * residual

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        made(x, t, condition, stop)


def test_the_padding_of_a_caption_hides_its_tokens() -> None:
    made = network()
    tokens = torch.tensor([[1, 2, 3, 4, 5, 6]])
    mask = torch.tensor([[True, True, False, False, False, False]])
    other = torch.tensor([[1, 2, 9, 9, 9, 9]])
    assert torch.equal(made.text(tokens, mask).sequence, made.text(other, mask).sequence)


def test_the_base_network_is_the_paper_s_size() -> None:
    with torch.device("meta"):
        total = sum(p.numel() for p in UNet(BASE).parameters())
    assert total == 385_030_726


def test_gradients_do_not_depend_on_what_is_frozen() -> None:
    found = []
    for all_trainable in (True, False):
        made = network()
        for name, parameter in made.named_parameters():
            parameter.requires_grad_(all_trainable or "encoder_kv" in name)
        x, t, condition = inputs(made)
        (made(x, t, condition) ** 2).sum().backward()
        found.append({name: p.grad for name, p in made.named_parameters() if "encoder_kv" in name})
    assert found[0].keys() == found[1].keys()
    for name, gradient in found[0].items():
        assert gradient is not None
        assert gradient.abs().max() > 0
        torch.testing.assert_close(found[1][name], gradient, atol=1e-5, rtol=1e-4)
