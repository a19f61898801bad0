"""Tiles cover what they must, agree where they overlap, and a single one is the network itself."""

import itertools
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from glide_studio.glide.guidance import NetworkDenoiser
from glide_studio.glide.schedule import named_schedule
from glide_studio.glide.tiling import TiledDenoiser, plan_tiles, ramp, tile_origins
from glide_studio.glide.unet import Condition, UNet
from tests.glide.test_networks import TINY, inputs, network

SCHEDULE = named_schedule("linear").respace([10])
FILL = replace(TINY, inpaint=True, super_res=True)


@given(st.data())
def test_tiles_cover_their_range_with_enough_overlap(data: st.DataObject) -> None:
    quantum = data.draw(st.sampled_from([1, 4, 8]))
    tile = quantum * data.draw(st.integers(8, 32))
    length = tile + quantum * data.draw(st.integers(0, 60))
    overlap = quantum * data.draw(st.integers(1, 3))
    low = data.draw(st.integers(0, length - 1))
    high = data.draw(st.integers(low + 1, length))
    found = tile_origins(low, high, length, tile, overlap, quantum)
    assert all(start % quantum == 0 and 0 <= start <= length - tile for start in found)
    assert found[0] <= low
    assert found[-1] + tile >= high
    assert all(0 < b - a <= tile - overlap for a, b in itertools.pairwise(found))


@given(st.data())
def test_every_unknown_pixel_lies_in_a_tile_and_no_tile_is_idle(data: st.DataObject) -> None:
    known = torch.ones(1, 1, 64, 96)
    for _ in range(data.draw(st.integers(0, 3))):
        top, left = data.draw(st.integers(0, 63)), data.draw(st.integers(0, 95))
        known[..., top : top + 9, left : left + 30] = 0
    plan = plan_tiles(known, (32, 32), 8, 4, margin=data.draw(st.integers(0, 16)))
    covered = torch.zeros(64, 96, dtype=torch.bool)
    for top, left in plan.origins:
        covered[top : top + 32, left : left + 32] = True
        assert (known[0, 0, top : top + 32, left : left + 32] == 0).any()
    assert covered[known[0, 0] == 0].all()


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit into 30 x 32"):
        plan_tiles(torch.zeros(1, 1, 32, 30), (16, 16), 8, 4)


def test_weights_fall_off_evenly_and_never_to_nothing() -> None:
    weights = ramp(16, 4)
    assert torch.equal(weights, weights.flip(0))
    assert weights.min() > 0
    assert weights[4:12].eq(1).all()
    # Two neighbours that overlap by that much share their pixels in constant sum.
    assert torch.allclose(weights[:4] + weights[-4:], torch.ones(4))


def test_one_tile_is_the_network_itself() -> None:
    made = network(FILL)
    x, _, condition = inputs(made)
    t = torch.full((2,), 5)
    whole = NetworkDenoiser(made, SCHEDULE, condition)(x, t)
    plan = plan_tiles(torch.zeros(1, 1, 16, 16), (16, 16), 4, 4)
    tiled = TiledDenoiser(made, SCHEDULE, condition, plan)(x, t)
    assert torch.allclose(tiled.x0, whole.x0, atol=1e-5)
    assert torch.allclose(tiled.eps, whole.eps, atol=1e-5)


def large(made: UNet, rows: int) -> tuple[Tensor, Condition]:
    """A picture of 32 x 48, known but for a box, and what goes with it."""
    draw = torch.Generator().manual_seed(3)
    x = torch.randn(rows, 3, 32, 48, generator=draw)
    known = torch.rand(1, 3, 32, 48, generator=draw) * 2 - 1
    mask = torch.ones(1, 1, 32, 48)
    mask[..., 8:30, 4:40] = 0
    low_res = torch.rand(1, 3, 8, 12, generator=draw) * 2 - 1
    _, _, condition = inputs(made)
    text = condition.text._replace(
        sequence=condition.text.sequence[:rows], vector=condition.text.vector[:rows]
    )
    return x, Condition(made.precompute_keys(text), known, mask, low_res)


@pytest.mark.parametrize("batch", [2, 3, 100])
def test_tiles_in_batches_are_the_same_tiles(batch: int) -> None:
    made = network(FILL)
    x, condition = large(made, rows=2)
    plan = plan_tiles(condition.mask, (16, 16), 4, 4)
    assert len(plan.origins) > 4
    t = torch.full((2,), 5)
    one = TiledDenoiser(made, SCHEDULE, condition, plan)(x, t)
    some = TiledDenoiser(made, SCHEDULE, condition, plan, batch)(x, t)
    assert torch.allclose(one.x0, some.x0, atol=1e-4)


def test_outside_of_all_tiles_the_picture_is_the_known_one() -> None:
    made = network(FILL)
    x, condition = large(made, rows=1)
    mask = torch.ones_like(condition.mask)
    mask[..., 2:9, 3:9] = 0
    condition = replace(condition, mask=mask)
    plan = plan_tiles(mask, (16, 16), 4, 4)
    assert plan.origins == ((0, 0),)
    x0 = TiledDenoiser(made, SCHEDULE, condition, plan)(x, torch.full((1,), 5)).x0
    assert torch.equal(x0[..., 16:, :], condition.known[..., 16:, :])
    assert torch.equal(x0[..., :, 16:], condition.known[..., :, 16:])
    assert not torch.allclose(x0[..., :16, :16], condition.known[..., :16, :16], atol=0.01)


def test_tiles_that_agree_leave_no_line() -> None:
    """A network that returns its enlarged low resolution: a ramp stays one across all tiles."""
    made = network(replace(FILL, predicts="x0", learned_variance=False))
    for parameter in made.out.parameters():
        parameter.zero_()
    x, condition = large(made, rows=1)
    slope = torch.linspace(-1, 1, 12).expand(1, 3, 8, 12)
    condition = replace(condition, low_res=slope)
    plan = plan_tiles(torch.zeros_like(condition.mask), (16, 16), 8, 4)
    x0 = TiledDenoiser(made, SCHEDULE, condition, plan)(x, torch.full((1,), 5)).x0
    jumps = x0.diff(dim=3)[..., 4:-4]
    assert jumps.min() > 0
    assert jumps.max() < 1.6 * jumps.mean()
