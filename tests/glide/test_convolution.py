"""The fast convolutions and the fused norm are the slow ones, to rounding."""

import pytest
import torch
from torch import Tensor, nn

from glide_studio.glide import convolution
from glide_studio.glide.convolution import Conv1x1, Conv3x3, has_winograd, uses_winograd
from glide_studio.glide.layers import GroupNorm
from tests.glide.test_networks import TINY, inputs, network

# Winograd's transforms cost digits: of values of deviation 1, some 5e-5.
ROUNDING = 2e-4


def field(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def trained(conv: nn.Conv2d) -> nn.Conv2d:
    """The convolution with outputs of deviation 1."""
    with torch.no_grad():
        conv.weight.copy_(field(*conv.weight.shape) / conv.weight[0].numel() ** 0.5)
        conv.bias.copy_(field(*conv.bias.shape))  # type: ignore[union-attr]
    return conv


def direct(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """As torch does it."""
    return nn.functional.conv2d(x, conv.weight, conv.bias, padding=conv.padding)


@pytest.mark.skipif(not has_winograd(), reason="torch has no NNPACK here")
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("size", [(32, 32), (37, 41), (64, 48)])
@pytest.mark.parametrize("channels", [(3, 5), (16, 24)])
def test_winograd_is_the_direct_convolution(
    batch: int, size: tuple[int, int], channels: tuple[int, int]
) -> None:
    conv, x = trained(Conv3x3(*channels)), field(batch, channels[0], *size)
    with torch.inference_mode():
        fast = conv(x)
    torch.testing.assert_close(
        fast, direct(conv.double(), x.double()).float(), atol=ROUNDING, rtol=ROUNDING
    )
    assert not torch.equal(fast, direct(conv.float(), x))  # It was another kernel.


def test_winograd_is_for_large_float32_pictures_without_gradients() -> None:
    x = torch.zeros(1, 4, 32, 32)
    assert not uses_winograd(x)  # Gradients are enabled.
    with torch.inference_mode():
        assert uses_winograd(x) == has_winograd()
        assert not uses_winograd(x[:, :, :31].contiguous())
        assert not uses_winograd(x.bfloat16())
        assert not uses_winograd(x.to(memory_format=torch.channels_last))


def test_without_the_library_the_direct_convolution_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    conv, x = trained(Conv3x3(3, 5)), field(1, 3, 32, 32)
    monkeypatch.setattr(convolution, "has_winograd", lambda: False)
    with torch.inference_mode():
        assert torch.equal(conv(x), direct(conv, x))


def test_a_pointwise_convolution_is_a_product() -> None:
    conv, x = trained(Conv1x1(6, 10)), field(2, 6, 5, 7)
    with torch.inference_mode():
        torch.testing.assert_close(conv(x), direct(conv, x), atol=1e-5, rtol=1e-5)
    assert torch.equal(conv(x), direct(conv, x))


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("batch", [1, 3])
def test_a_modulated_norm_is_its_equation(layout: torch.memory_format, batch: int) -> None:
    norm = GroupNorm(4, 8)
    with torch.no_grad():
        norm.weight.copy_(field(8) + 1)
        norm.bias.copy_(field(8))
    x = (3 * field(batch, 8, 6, 5) + 1).contiguous(memory_format=layout)
    scale, shift = field(batch, 8), field(batch, 8) + 2
    wanted = norm(x) * (1 + scale[..., None, None]) + shift[..., None, None]
    found = norm.modulate(x, scale, shift)
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)
    assert found.is_contiguous(memory_format=layout)
    half = norm.modulate(x.bfloat16(), scale, shift)
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.float(), wanted, atol=0.1, rtol=0.02)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_network_is_laid_out_for_its_device(device: str) -> None:
    made = network().to_fastest_layout(device)
    stem = made.input_blocks[0][0].weight
    plain = device == "cpu" and has_winograd()
    assert stem.is_contiguous() == plain
    assert stem.is_contiguous(memory_format=torch.channels_last) == (not plain)
    x, t, condition = inputs(made)
    with torch.inference_mode():
        torch.testing.assert_close(
            made(x, t, condition), network()(x, t, condition), atol=2e-5, rtol=2e-5
        )
        # A picture's own layout does not reach the kernels.
        other = x.contiguous(memory_format=torch.channels_last)
        assert torch.equal(made(other, t, condition), made(x, t, condition))
    assert made.config == TINY
