"""Minimum cuts against another solver, and the seams that they lay."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from glide_studio.imaging.completion.completion_settings import Settings
from glide_studio.imaging.completion.expectation import NO_LOOKS
from glide_studio.imaging.completion.field import new_field
from glide_studio.imaging.completion.pyramid import Level
from glide_studio.imaging.completion.seams import fuse, min_cut, total_cost
from glide_studio.imaging.completion.shift_map import Labels, follow_labels, join_copies

NOTHING_STRANGE = (NO_LOOKS, np.float32(0))


def arguments(
    image: np.ndarray,
    hole: np.ndarray,
    shifts: np.ndarray,
    *,
    rows: tuple[int, int] | None = None,
    guide: np.ndarray | None = None,
    dear: np.ndarray | None = None,
    strange: tuple[np.ndarray, np.float32] = NOTHING_STRANGE,
) -> tuple[object, ...]:
    """What `fuse` and `total_cost` take first; all rows may be taken from, and no place is dear."""
    height, width = hole.shape
    allowed = np.tile(np.array(rows or (0, height - 1), np.int32), (height, 1))
    guide = np.zeros((height, width, 3), np.float32) if guide is None else guide
    dear = np.zeros((height, width), np.float32) if dear is None else dear
    origin = np.array([found.min() for found in np.nonzero(hole)])
    return image, ~hole, hole, allowed, guide, dear, *strange, origin, shifts


Grid = tuple[np.ndarray, np.ndarray, np.ndarray, int]


def random_grid(seed: int) -> Grid:
    """Capacities, terminals and members of a grid of 3 x 4 nodes with its rim, and its width."""
    rng = np.random.default_rng(seed)
    width = 6
    member = np.zeros((5, width), np.bool_)
    member[1:-1, 1:-1] = rng.random((3, 4)) < 0.9
    member = member.ravel()
    capacity = np.zeros((30, 4), np.float32)
    for node in np.flatnonzero(member):
        for way, step in enumerate((-width, width, -1, 1)):
            if member[node + step]:
                capacity[node, way] = rng.integers(0, 12)
    terminal = np.where(member, rng.integers(-20, 21, 30), 0).astype(np.float32)
    return capacity, terminal, member, width


def cut_cost(grid: Grid, side: np.ndarray) -> float:
    capacity, terminal, member, width = grid
    nodes = np.flatnonzero(member)
    cost = np.maximum(terminal, 0)[nodes][side[nodes]].sum()
    cost += np.maximum(-terminal, 0)[nodes][~side[nodes]].sum()
    for way, step in enumerate((-width, width, -1, 1)):
        near = np.clip(nodes + step, 0, len(member) - 1)
        cost += capacity[nodes, way][~side[nodes] & side[near] & member[near]].sum()
    return float(cost)


@pytest.mark.parametrize("seed", range(8))
def test_no_other_cut_is_cheaper(seed: int) -> None:
    grid = random_grid(seed)
    capacity, terminal, member, width = grid
    found = cut_cost(grid, min_cut(capacity.copy(), terminal.copy(), width, member))
    nodes = np.flatnonzero(member)
    side = np.zeros(len(member), np.bool_)
    least = float("inf")
    for choice in itertools.product((False, True), repeat=len(nodes)):
        side[nodes] = choice
        least = min(least, cut_cost(grid, side))
    assert found == pytest.approx(least)


def test_a_fusion_never_raises_the_cost() -> None:
    rng = np.random.default_rng(5)
    image = rng.uniform(0, 255, (40, 50, 3)).astype(np.float32)
    hole = np.zeros((40, 50), np.bool_)
    hole[15:25, 20:32] = True
    shifts = np.array([[-14, 0], [14, 0], [0, -19], [0, 17], [-14, 17]], np.int32)
    chosen = rng.integers(0, 4, (10, 12)).astype(np.int32)
    given, seam = arguments(image, hole, shifts), np.float32(50)
    before = total_cost(*given, chosen, seam)
    whole = [np.full_like(chosen, alpha) for alpha in (4, 0, 1, 2, 3)]
    mixed = [rng.integers(0, 5, chosen.shape).astype(np.int32) for _ in range(5)]
    for proposed in whole + mixed:
        fuse(*given, chosen, proposed, seam)
        after = total_cost(*given, chosen, seam)
        assert after <= before * 1.0001
        before = after


def test_a_pixel_costs_twice_the_steps_to_its_four_neighbors() -> None:
    image = np.random.default_rng(7).uniform(0, 255, (20, 30, 3)).astype(np.float32)
    hole = np.zeros((20, 30), np.bool_)
    hole[10, 12] = True
    shifts, chosen = np.array([[3, 5]], np.int32), np.zeros((1, 1), np.int32)
    seam = np.float32(50)
    found = total_cost(*arguments(image, hole, shifts), chosen, seam)
    near = np.array([(9, 12), (11, 12), (10, 11), (10, 13)])
    steps = image[tuple(near.T)] - image[tuple((near + shifts[0]).T)]
    assert found == pytest.approx(2 * np.square(steps).sum(), rel=1e-5)
    guide, dear = np.zeros((20, 30, 3), np.float32), np.zeros((20, 30), np.float32)
    guide[10, 12], dear[13, 17] = (0.6, 0.8, 3e4), 1e4  # off the line by more than a pixel
    dearer = total_cost(*arguments(image, hole, shifts, guide=guide, dear=dear), chosen, seam)
    assert dearer - found == pytest.approx(4e4, rel=1e-3)
    looks = np.zeros((20, 30, 2), np.float32)
    looks[13, 17] = (0.6, 0.8)  # half as strange as can be
    strange = (looks, np.float32(5e3))
    all_given = arguments(image, hole, shifts, guide=guide, dear=dear, strange=strange)
    assert total_cost(*all_given, chosen, seam) - dearer == pytest.approx(2.5e3, rel=1e-3)


def test_beside_the_border_a_copy_goes_on_without_a_step() -> None:
    """Else what lies there would be cheap to take, and things would end at seams beside it."""
    image = np.random.default_rng(8).uniform(0, 255, (20, 30, 3)).astype(np.float32)
    hole = np.zeros((20, 30), np.bool_)
    hole[10, 12:14] = True
    shifts, seam = np.array([[0, -12], [-3, 16]], np.int32), np.float32(0)
    chosen = np.zeros((1, 2), np.int32)  # of the second shift there is nothing right of (7, 29)
    one = total_cost(*arguments(image, hole, shifts), chosen, seam)
    near = [(9, 12, 9, 0), (11, 12, 11, 0), (10, 11, 10, 0)]  # left of (10, 0) there is nothing
    near += [(9, 13, 9, 1), (11, 13, 11, 1), (10, 14, 10, 2)]
    steps = [image[y, x] - image[sy, sx] for y, x, sy, sx in near]
    assert one == pytest.approx(2 * np.square(steps).sum(), rel=1e-5)
    chosen[0, 1] = 1
    two = total_cost(*arguments(image, hole, shifts), chosen, seam)
    near = [*near[:3], (9, 13, 6, 29), (11, 13, 8, 29), (10, 14, 7, 29)]
    steps = [image[y, x] - image[sy, sx] for y, x, sy, sx in near]
    beside = [image[10, 0] - image[7, 28], image[10, 1] - image[7, 29]]
    assert two == pytest.approx(2 * np.square(steps).sum() + np.square(beside).sum(), rel=1e-5)


def test_what_may_not_be_taken_is_seen_beside_a_copy() -> None:
    image = np.full((20, 30, 3), 90, np.float32)
    image[:, :10] = 200
    hole = np.zeros((20, 30), np.bool_)
    hole[10, 20] = True
    shifts = np.array([[0, -10]], np.int32)
    chosen = np.zeros((1, 1), np.int32)
    given = list(arguments(image, hole, shifts))
    given[1] = ~hole & (np.arange(30) >= 10)  # the bright part is no source
    cost = total_cost(*given, chosen, np.float32(0))
    assert cost == pytest.approx(2 * 3 * 110.0**2)


def test_a_shift_out_of_the_allowed_rows_is_not_taken() -> None:
    image = np.full((40, 50, 3), 90, np.float32)
    image[:12] = 200  # fits worse than what lies below
    hole = np.zeros((40, 50), np.bool_)
    hole[:12, 30:] = True
    shifts = np.array([[0, -20], [20, -20]], np.int32)
    chosen = np.zeros((12, 20), np.int32)
    image[:12, 25:30] = 90
    image[hole] = 0
    other = np.ones_like(chosen)
    fuse(*arguments(image, hole, shifts, rows=(0, 11)), chosen, other, np.float32(0))
    assert (chosen == 0).all()
    fuse(*arguments(image, hole, shifts), chosen, other, np.float32(0))
    assert (chosen == 1).any()


def test_one_copy_replaces_many_fragments_of_a_pattern() -> None:
    tile = np.random.default_rng(6).uniform(0, 255, (8, 8, 3)).astype(np.float32)
    image = np.tile(tile, (8, 9, 1))
    hole = np.zeros((64, 72), np.bool_)
    hole[24:40, 28:44] = True
    level = Level(image.copy(), hole, ~hole)
    rng = np.random.default_rng(7)
    ys, xs = np.mgrid[24:40, 28:44]
    where = rng.integers(0, 40, 6)
    ly = np.where(rng.random(ys.shape) < 0.5, ys - 24, where[rng.integers(0, 6, ys.shape)])
    start = Labels((24, 28), ly.astype(np.int32), (xs - 24).astype(np.int32))
    repeats = np.array([[-16, 0], [16, 0]], np.int32)
    labels, best, cost = join_copies(
        level, [start], repeats, [], None, NO_LOOKS, Settings(), lambda: None
    )
    assert (best, cost) == (0, 0)
    assert len(np.unique(labels.shifts(), axis=0)) == 1
    field = new_field(level, 3, rng)
    level.image[hole] = 0
    follow_labels(level, field, labels)
    assert np.array_equal(level.image, image)
