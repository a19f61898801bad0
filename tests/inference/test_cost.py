"""The closed form of a network's cost against a count of what torch really does."""

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from glide_studio.glide.config import TextConfig, UNetConfig
from glide_studio.glide.unet import Condition, UNet
from glide_studio.imaging.geometry import Size
from glide_studio.inference.cost import flops

TEXT = TextConfig(context=8, width=32, layers=1, heads=2, rows=20)


def counted(config: UNetConfig, side: int) -> float:
    network = UNet(config).eval()
    tokens = torch.zeros(1, 8, dtype=torch.int64)
    with torch.no_grad():
        condition = Condition(network.text(tokens, tokens > 0))
        # The counter does not know the CPU's fused attention.
        with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            network(torch.zeros(1, 3, side, side), torch.zeros(1), condition)
    return counter.get_total_flops()


def test_plain_and_patched_networks_cost_what_is_computed() -> None:
    plain = UNetConfig(
        size=16, channels=32, blocks=2, multipliers=(1, 2), attention=(2,), head_width=32, text=TEXT
    )
    patched = UNetConfig(
        size=64,
        channels=32,
        blocks=1,
        multipliers=(1, 2),
        attention=(1, 2),
        head_width=32,
        patch=4,
        head=4,
        predicts="x0",
        learned_variance=False,
        inpaint=True,
        text=TEXT,
    )
    for config, side in ((plain, 16), (patched, 64)):
        ratio = flops(config, Size(side, side)) / counted(config, side)
        assert 0.9 < ratio < 1.1
