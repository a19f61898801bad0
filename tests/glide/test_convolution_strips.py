"""Large convolutions on a CPU are computed in strips, between which an evaluation can be ended."""

import pytest
import torch

from glide_studio.glide import convolution
from glide_studio.glide.convolution import Conv3x3


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("rows", [1, 2])
def test_strips_are_the_whole(
    monkeypatch: pytest.MonkeyPatch, layout: torch.memory_format, rows: int
) -> None:
    torch.manual_seed(0)
    conv = Conv3x3(16, 24).requires_grad_(False).to(memory_format=layout)
    x = torch.randn(rows, 16, 70, 64).contiguous(memory_format=layout)
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1

    with torch.inference_mode():
        whole = conv(x, count)
        assert calls == 0
        monkeypatch.setattr(convolution, "MAX_STRIP_PRODUCTS", rows * 16 * 24 * 9 * 70 * 64 / 4.5)
        strips = conv(x, count)
        assert calls == 5
        assert torch.allclose(strips, whole, atol=1e-4)
        assert torch.equal(conv(x), whole)
    calls = 0
    conv.requires_grad_()
    assert torch.allclose(conv(x.clone(), count), whole, atol=1e-4)
    assert calls == 0  # training computes it in one


def test_what_is_raised_between_strips_ends_the_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convolution, "MAX_STRIP_PRODUCTS", 1.0)

    def stop() -> None:
        raise InterruptedError

    with torch.inference_mode(), pytest.raises(InterruptedError):
        Conv3x3(4, 4)(torch.randn(1, 4, 32, 32), stop)
