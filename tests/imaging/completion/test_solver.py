"""The solver on small pictures whose continuation is known, and its cancel at any moment."""

from __future__ import annotations

import inspect
import itertools
from typing import Any

import numpy as np
import pytest

from glide_studio.imaging.completion import solver
from glide_studio.imaging.completion.complete import complete
from glide_studio.imaging.completion.completion_settings import Settings
from glide_studio.imaging.completion.field import TARGETS
from glide_studio.imaging.completion.pyramid import Level, halve, kernels
from glide_studio.imaging.completion.solver import CompletionCancelled, solve


def middle(shape: tuple[int, int], size: int) -> np.ndarray:
    hole = np.zeros(shape, np.bool_)
    top, left = (shape[0] - size) // 2, (shape[1] - size) // 2
    hole[top : top + size, left : left + size] = True
    return hole


def tiles(shape: tuple[int, int], side: int = 12) -> np.ndarray:
    """The same random tile again and again."""
    tile = np.random.default_rng(3).integers(0, 256, (side, side, 3)).astype(np.uint8)
    return np.tile(tile, (-(-shape[0] // side), -(-shape[1] // side), 1))[: shape[0], : shape[1]]


def test_a_periodic_texture_is_continued_exactly() -> None:
    image = tiles((120, 132))
    hole = middle(image.shape[:2], 36)
    filled = complete(image, hole).paste(image).astype(int)
    assert np.abs(filled - image)[hole].max() <= 1


def test_a_gradient_stays_a_gradient() -> None:
    y, x = np.mgrid[:120, :160]
    plane = 40 + 0.6 * y + 0.7 * x
    image = np.repeat(np.rint(plane)[..., None], 3, 2).astype(np.uint8)
    hole = middle((120, 160), 40)
    filled = complete(image, hole).paste(image).astype(int)
    assert np.abs(filled - image)[hole].max() < 12
    assert np.abs(filled - image)[hole].mean() < 4


def test_a_flat_sky_gets_no_haze_from_a_dark_roof_at_the_edge_of_the_hole() -> None:
    image = np.full((140, 160, 3), 210, np.uint8)
    image[90:] = 25
    hole = np.zeros((140, 160), np.bool_)
    hole[30:110, 60:100] = True
    filled = complete(image, hole).paste(image).astype(int)
    assert np.abs(filled[32:84, 62:98] - 210).max() <= 3
    assert np.abs(filled[97:108, 62:98] - 25).max() <= 3


def test_every_filled_pixel_is_copied_from_a_known_one() -> None:
    image = np.random.default_rng(0).uniform(0, 255, (80, 90, 3)).astype(np.float32)
    hole = middle((80, 90), 24)
    solution = solve(Level(image, hole.copy(), ~hole), Settings(), 0, lambda share: None)
    labels = solution.labels
    inside = labels.inside
    assert inside.sum() == hole.sum()
    assert not hole[labels.ly[inside], labels.lx[inside]].any()


@pytest.mark.parametrize("hidden", [0.0, 255.0])
def test_the_search_begins_at_a_smooth_continuation_of_what_is_known(
    monkeypatch: pytest.MonkeyPatch, hidden: float
) -> None:
    hole = middle((80, 90), 30)
    image = np.random.default_rng(0).uniform(120, 140, (80, 90, 3)).astype(np.float32)
    image[hole] = hidden
    begun: list[np.ndarray] = []
    improve = solver.improve

    def watch(level: Level, *others: Any) -> None:
        begun.append(level.image[level.hole].copy())
        improve(level, *others)

    monkeypatch.setattr(solver, "improve", watch)
    solve(Level(image, hole.copy(), ~hole), Settings(), 0, lambda share: None)
    first = begun[0][:, :3]
    assert 119 < first.min() <= first.max() < 141


def test_it_is_cancelled_at_any_moment() -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (150, 180, 3)).astype(np.uint8)
    hole = middle((150, 180), 60)
    looks = itertools.count(1)
    complete(image, hole, is_cancelled=lambda: next(looks) < 0)
    total = next(looks) - 1
    assert total > 100
    for moment in rng.integers(1, total + 1, 6).tolist():
        told = itertools.count(1)
        with pytest.raises(CompletionCancelled):
            complete(
                image, hole, is_cancelled=lambda told=told, moment=moment: next(told) >= moment
            )
        assert next(told) == moment + 1, "nothing runs on after it"


def test_little_is_done_between_two_looks_at_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a hole of 160,000 pixels, every loop over it is one band long, then comes the next look."""
    image = np.random.default_rng(2).integers(0, 256, (700, 900, 3)).astype(np.uint8)
    bands: list[int] = []  # pixels of the bands since the last look
    most = []

    def count(name: str) -> None:
        loop = getattr(kernels(), name)
        names = inspect.signature(loop.py_func).parameters

        def counted(*arguments: Any) -> None:
            given = dict(zip(names, arguments, strict=True))
            first, end = given["rows"]
            bands.append((end - first) * given["ly" if "ly" in given else "target"].shape[1])
            loop(*arguments)

        monkeypatch.setattr(kernels(), name, counted)

    for name in ("refresh_costs", "search", "vote", "most_voted", "move_seams", "divergence"):
        count(name)

    def look() -> bool:
        most.append(sum(bands))
        bands.clear()
        return False

    complete(image, middle((700, 900), 400), is_cancelled=look)
    assert sum(most) > 20 * 400**2
    assert max(most) <= TARGETS


def test_large_pictures_are_halved_in_bands() -> None:
    image = np.zeros((3000, 2000, 3), np.float32)
    hole = middle((3000, 2000), 50)
    looked: list[None] = []
    half = halve(Level(image, hole, ~hole), lambda: looked.append(None))
    assert half.hole.shape == (1500, 1000)
    assert len(looked) >= 6


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [3, 4])
def test_holes_at_every_border_leave_the_rest_to_the_byte(dtype: type, channels: int) -> None:
    top = np.iinfo(dtype).max
    image = np.random.default_rng(4).integers(0, top, (70, 80, channels), endpoint=True)
    image = image.astype(dtype)
    hole = np.zeros((70, 80), np.bool_)
    hole[:9, 20:40] = hole[-7:, 50:] = hole[30:50, :6] = hole[20:30, -11:] = True
    filled = complete(image, hole).paste(image)
    assert filled.dtype == image.dtype
    assert np.array_equal(filled[~hole], image[~hole])
    assert np.array_equal(filled, complete(image, hole).paste(image)), "seeded"


def textured(shape: tuple[int, int], size: int) -> Level:
    image = np.random.default_rng(2).uniform(0, 255, (*shape, 3)).astype(np.float32)
    hole = middle(shape, size)
    return Level(image, hole.copy(), ~hole)


@pytest.mark.parametrize(
    ("size", "coarsest", "depths"),
    [
        (64, 0.5, [32, 16, 8, 4, 2]),
        (64, 3.0, [32, 16, 8]),
        (64, 20.0, [32]),
        (40, 2, [20, 10, 5]),
    ],
)
def test_levels_are_halved_until_the_hole_is_as_shallow_as_is_set(
    size: int, coarsest: float, depths: list[int]
) -> None:
    """Depths are those of the middle of the hole, in patch radii of 3 pixels."""
    looks: list[float] = []
    levels = solver._pyramid(textured((320, 320), size), Settings(coarsest=coarsest), looks.append)
    assert [level.hole.any(0).sum() // 2 for level in levels] == depths
    assert [level.hole.shape[0] for level in levels] == [320 >> n for n in range(len(depths))]
    assert looks
    assert set(looks) == {0.0}


def test_levels_end_before_too_little_is_left_to_take_from() -> None:
    narrow = textured((320, 60), 40)
    narrow.hole[:, 10:50] = True
    narrow.source[...] = ~narrow.hole
    assert [level.hole.shape[1] for level in solver._pyramid(narrow, Settings(), print)] == [60]
    wide = textured((320, 320), 64)
    wide.source[...] = False
    wide.source[:, :15] = True  # two halvings leave a center, three do not
    widths = [level.hole.shape[1] for level in solver._pyramid(wide, Settings(), lambda _: None)]
    assert widths == [320, 160]


def test_where_copies_are_joined_follows_from_the_area_of_the_hole() -> None:
    def cut(size: int, **settings: Any) -> int:
        made = solver._Solver(
            textured((400, 400), size), Settings(**settings), 0, lambda share: None
        )
        assert made.small == made.full == 0, "the whole picture is looked at"
        assert len(made.levels[0].image[0, 0]) == len(made.levels[-1].image[0, 0]) == 5
        return made.cut

    assert cut(20) == 1, "below the finest level at least"
    assert cut(120) == 1  # 3,600 pixels at half the size
    assert cut(160) == 2
    assert cut(120, cut_pixels=3000) == 2
    assert cut(20, coarsest=20.0) == 0, "of a single level"


def test_shifts_of_one_level_are_those_of_another_times_the_scale() -> None:
    made = solver._Solver(textured((900, 500), 64), Settings(), 0, lambda share: None)
    made.levels[0].image[...] = 0
    assert made.small == 2, "the first level of 400 pixels at most"
    made.shifts = np.array([[4, -6], [7, 9]])
    assert made._shifts(2).tolist() == [[4, -6], [7, 9]]
    assert made._shifts(0).tolist() == [[16, -24], [28, 36]]
    assert made._shifts(3).tolist() == [[2, -3], [4, 4]]
    assert made._shifts(1).dtype == np.int32
    assert made._unlike(3).shape == made.levels[3].hole.shape
    assert made._looks(3).shape == (*made.levels[3].hole.shape, 4)


def test_the_work_on_each_level_is_told_by_its_area() -> None:
    """Two solutions below the level of 1,600 pixels, one on and above it."""
    made = solver._Solver(textured((200, 200), 40), Settings(runs=2), 0, lambda share: None)
    areas = [level.hole.sum() for level in made.levels]
    assert made.cut == 1
    assert made.total == sum(areas) + sum(areas[1:])
    made.solve()
    assert made.done == pytest.approx(1)


def test_the_first_condition_that_holds_or_the_last_one() -> None:
    assert solver._first([False, True, True]) == 1
    assert solver._first([False, False]) == 1
    assert solver._first(n > 2 for n in range(9)) == 3
