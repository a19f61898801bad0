"""Completion from the call that the program uses: what changes, what is the same, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.errors import GlideError
from glide_studio.imaging.completion import complete as complete_module
from glide_studio.imaging.completion.complete import (
    Completion,
    Variant,
    candidates,
    complete,
    surroundings,
)
from glide_studio.imaging.completion.solver import CompletionCancelled
from glide_studio.imaging.geometry import Box


def stripes(
    height: int = 60, width: int = 80, channels: int = 3, dtype: type = np.uint8
) -> np.ndarray:
    """A picture that repeats itself every 10 columns, with a little noise."""
    top = np.iinfo(dtype).max
    rng = np.random.default_rng(5)
    wave = 0.5 + 0.35 * np.sin(np.arange(width) * 2 * np.pi / 10)
    values = wave[None, :, None] + rng.normal(0, 0.01, (height, width, channels))
    image = np.clip(values * top, 0, top).astype(dtype)
    if channels == 4:
        image[..., 3] = top
    return image


def middle(image: np.ndarray) -> np.ndarray:
    hole = np.zeros(image.shape[:2], np.bool_)
    hole[20:40, 30:52] = True
    return hole


@pytest.mark.parametrize("thickness", [1, 2, 3])
@pytest.mark.parametrize("at", [0, 31, -3])
def test_strips_of_a_few_pixels_are_filled(at: int, thickness: int) -> None:
    image = stripes()
    for hole in (np.zeros(image.shape[:2], np.bool_), np.zeros(image.shape[1::-1], np.bool_).T):
        lines = hole if hole.flags.c_contiguous else hole.T
        lines[at : (at + thickness) or None] = True
        filled = complete(image, np.ascontiguousarray(hole)).paste(image)
        assert (filled[~hole] == image[~hole]).all()
        assert np.abs(filled.astype(int) - image)[hole].mean() < 60


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_exactly_the_hole_changes(dtype: type, channels: int) -> None:
    image = stripes(channels=channels, dtype=dtype)
    hole = middle(image)
    hole[:8, :8] = True
    filled = complete(image, hole).paste(image)
    assert filled.dtype == image.dtype
    assert filled.shape == image.shape
    assert np.array_equal(filled[~hole], image[~hole])


def test_what_the_hole_hides_does_not_matter() -> None:
    image = stripes()
    hole = middle(image)
    other = image.copy()
    other[hole] = (255, 0, 255)
    assert np.array_equal(complete(image, hole).pixels, complete(other, hole).pixels)


def test_a_pattern_is_continued() -> None:
    image = stripes()
    hole = middle(image)
    filled = complete(image, hole).paste(image)
    error = np.abs(filled[hole].astype(float) - image[hole]).mean()
    assert error < 12


def test_a_seed_gives_the_same_pixels() -> None:
    image = np.random.default_rng(1).integers(0, 256, (50, 60, 3)).astype(np.uint8)
    hole = middle(np.zeros((50, 60)))
    first, second = (complete(image, hole, seed=7).pixels for _ in range(2))
    assert np.array_equal(first, second)


def test_nothing_is_taken_from_where_it_is_avoided() -> None:
    image = np.zeros((60, 80, 3), np.uint8)
    image[:, 40:] = (200, 30, 30)
    hole = np.zeros((60, 80), np.bool_)
    hole[20:40, 34:46] = True
    avoid = np.zeros_like(hole)
    avoid[:, 40:] = True
    filled = complete(image, hole, avoid=avoid).paste(image)
    assert filled[22:38, 34:46].max() < 90
    only = complete(image, hole, source=avoid).paste(image)
    assert only[22:38, 34:46, 0].min() > 80


def test_transparency_is_completed_too() -> None:
    image = stripes(channels=4)
    image[:, :25, 3] = 0
    hole = np.zeros(image.shape[:2], np.bool_)
    hole[20:40, 5:15] = True
    hole[20:40, 50:60] = True
    filled = complete(image, hole).paste(image)
    assert filled[25:35, 8:12, 3].max() == 0
    assert filled[25:35, 53:57, 3].min() == 255


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (2, 3), (3, 3), (5, 8), (8, 8), (8, 300)])
def test_tiny_pictures_are_filled(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 90, np.uint8)
    hole = np.zeros(shape, np.bool_)
    hole[0, 0] = True
    assert np.abs(complete(image, hole).paste(image).astype(int) - 90).max() <= 1


def test_candidates_differ_and_the_one_the_others_are_most_like_comes_first() -> None:
    image = np.random.default_rng(2).integers(0, 256, (50, 60, 3)).astype(np.uint8)
    found = candidates(image, middle(np.zeros((50, 60))), count=4)
    assert {one.variant for one in found} == set(Variant) - {Variant.MIRRORED}
    assert [c.dissent for c in found] == sorted(c.dissent for c in found)
    assert found[0].dissent > 0
    assert len({c.pixels.tobytes() for c in found}) == 4
    (alone,) = candidates(image, middle(np.zeros((50, 60))), count=1)
    assert alone.dissent == 0


def test_holes_far_apart_are_filled_each_from_its_surroundings() -> None:
    image = np.zeros((120, 900, 3), np.uint8)
    image[:, 450:] = 220
    hole = np.zeros((120, 900), np.bool_)
    hole[50:62, 40:52] = hole[50:62, 840:852] = True
    filled = complete(image, hole).paste(image)
    assert filled[hole][: 12 * 12].max() >= 200
    assert filled[50:62, 40:52].max() <= 1
    assert filled[50:62, 840:852].min() >= 219


def test_progress_rises_to_one() -> None:
    image = stripes()
    told: list[float] = []
    complete(image, middle(image), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1


def test_cancelling_ends_it() -> None:
    image = stripes()
    with pytest.raises(CompletionCancelled):
        complete(image, middle(image), is_cancelled=lambda: True)


@pytest.mark.parametrize(
    ("hole", "kwargs", "said"),
    [
        (np.ones((60, 80), np.bool_), {}, "whole picture is masked"),
        (np.zeros((60, 80), np.bool_), {}, "Nothing is masked"),
        (np.ones((6, 8), np.bool_), {}, "8 x 6 pixels, the picture 80 x 60"),
        (middle(np.zeros((60, 80))), {"avoid": np.ones((60, 80), np.bool_)}, "Nothing is left"),
        (middle(np.zeros((60, 80))), {"source": middle(np.zeros((60, 80)))}, "Nothing is left"),
    ],
)
def test_bad_input_gets_a_sentence(hole: np.ndarray, kwargs: dict, said: str) -> None:
    with pytest.raises(GlideError, match=said):
        complete(stripes(), hole, **kwargs)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_colors_under_partial_transparency_are_continued_as_they_are(dtype: type) -> None:
    top = np.iinfo(dtype).max
    image = stripes(channels=4, dtype=dtype)
    image[..., :3] = np.array([0.9, 0.5, 0.2]) * top
    image[..., 3] = 0.5 * top
    hole = middle(image)
    filled = complete(image, hole).paste(image)[hole].astype(float) / top
    assert np.abs(filled - [0.9, 0.5, 0.2, 0.5]).max() < 0.02


def test_near_takes_from_the_closest_surroundings_alone() -> None:
    """A hole in a black square, which is wide enough; what is around it has other grays."""
    rng = np.random.default_rng(3)
    image = rng.integers(200, 240, (200, 200, 3)).astype(np.uint8)
    image[50:150, 50:150] = rng.integers(0, 40, (100, 100, 3))
    hole = np.zeros((200, 200), np.bool_)
    hole[90:110, 90:110] = True
    near = complete_module._near(~hole, hole, 3)
    distance = np.hypot(*np.maximum(np.abs(np.mgrid[:200, :200] - 99.5) - 9.5, 0))
    reach = 24 + 0.5 * 20
    assert not near[hole].any()
    assert near[(distance > 0) & (distance < reach - 3)].all()
    assert not near[distance > reach + 3].any()
    few = np.zeros_like(hole)
    few[:, :5] = True
    assert complete_module._near(few, hole, 3) is few, "not enough is near"
    filled = complete(image, hole, variant=Variant.NEAR).paste(image)
    assert filled[hole].max() < 60


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_dissent_is_the_mean_distance_from_the_others(dtype: type) -> None:
    top, hole = np.iinfo(dtype).max, np.ones((20, 30), np.bool_)

    def flat(value: float) -> Completion:
        pixels = np.full((20, 30, 3), round(value * top / 255), dtype)
        return Completion(Box(0, 0, 30, 20), pixels, hole, Variant.BALANCED, 0, 0.0)

    rated = complete_module._rate([flat(value) for value in (100, 110, 140)])
    assert [one.dissent for one in rated] == pytest.approx([25, 20, 35], abs=0.01)
    assert complete_module._rate([flat(90)])[0].dissent == 0


def test_pictures_of_every_kind_come_back_as_they_were() -> None:
    rng = np.random.default_rng(4)
    for dtype in (np.uint8, np.uint16):
        top = np.iinfo(dtype).max
        for shape in ((9, 7), (9, 7, 1), (9, 7, 3), (9, 7, 4)):
            image = rng.integers(0, top + 1, shape).astype(dtype)
            if len(shape) == 3 and shape[2] == 4:
                image[:4, :, 3] = top  # where it is 0, colors mean nothing
                image[4:, :, 3] = top // 3 + 1
            values, scale = complete_module._to_working(image)
            assert values.dtype == np.float32
            assert values.max() <= 255.01
            back = complete_module._from_working(values, image, scale).reshape(shape)
            assert back.dtype == dtype
            assert np.abs(back.astype(int) - image).max() <= (0 if dtype == np.uint8 else 1)
    gray = complete_module._to_working(np.array([[65535, 0]], np.uint16))[0]
    assert gray.tolist() == [[[255] * 3, [0] * 3]]
    opaque = np.full((2, 2, 4), 255, np.uint8)
    assert complete_module._to_working(opaque)[0].shape == (2, 2, 3)


def test_holes_less_than_two_cells_apart_are_one_group() -> None:
    """Cells of 24 pixels."""
    hole = np.zeros((300, 300), np.bool_)
    hole[10:20, 10:20] = hole[10:20, 40:50] = True
    hole[200:210, 200:230] = hole[280, 20] = True
    box = Box.between(10, 10, 230, 281)
    groups = complete_module._groups(hole, box)
    assert [inner for inner, _ in groups] == [
        Box.between(10, 10, 50, 20), Box.between(200, 200, 230, 210), Box(20, 280, 1, 1)
    ]  # fmt: skip
    together = np.zeros_like(hole)
    for inner, part in groups:
        assert not together[inner.slices][part].any()
        together[inner.slices] |= part
    assert np.array_equal(together, hole)
    small = Box(10, 10, 40, 40)
    assert len(complete_module._groups(hole, small)) == 1, "within four cells nothing is apart"


def test_surroundings_are_as_large_as_the_hole_and_grow_where_little_may_be_taken() -> None:
    image, hole = np.zeros((800, 900, 3), np.uint8), np.zeros((800, 900), np.bool_)
    hole[350:450, 400:500] = True
    box = Box(400, 350, 100, 100)

    def context(source: np.ndarray, chosen: bool = False, radius: int = 3) -> Box:
        work = complete_module._Work(image, hole, source & ~hole, None, None)
        return complete_module._context(work, box, radius, chosen)

    assert context(~hole) == box.pad(100)
    small = np.zeros_like(hole)
    small[400:410, 430:440] = True
    work = complete_module._Work(image, small, ~small, None, None)
    assert complete_module._context(work, Box(430, 400, 10, 10), 3, False) == Box(
        366, 336, 138, 138
    ), "64 pixels at least"
    far = np.zeros_like(hole)
    far[:, :290] = True  # 110 pixels away
    assert context(far) == box.pad(200)
    assert context(far, chosen=True) == Box.between(0, 0, 600, 800)
    thin = np.zeros_like(hole)
    thin[:, 301:306] = thin[:, 100:200] = True  # no patch fits into the nearer strip
    assert context(thin) == box.pad(400).clamp(Box(0, 0, 900, 800))


def test_progress_is_that_of_all_groups_and_candidates() -> None:
    image = np.random.default_rng(1).integers(0, 256, (120, 400, 3)).astype(np.uint8)
    hole = np.zeros((120, 400), np.bool_)
    hole[50:60, 30:40] = hole[50:60, 350:380] = True
    told: list[float] = []
    candidates(image, hole, count=2, progress=told.append)
    assert told == sorted(told)
    assert told[0] < 0.02
    assert told[-1] == pytest.approx(1)
    for part in (0.125, 0.5, 0.625):  # a quarter of the pixels lies in the first group
        assert min(abs(one - part) for one in told) < 0.01


def test_seeds_follow_each_other_once_every_variant_was_tried() -> None:
    image = np.random.default_rng(1).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    hole = np.zeros((40, 50), np.bool_)
    hole[18:24, 20:27] = True
    found = candidates(image, hole, count=5, seed=7)
    assert sorted((one.seed, one.variant.value) for one in found) == sorted(
        [(7, variant.value) for variant in Variant if variant is not Variant.MIRRORED]
        + [(8, "balanced")]
    )
    with pytest.raises(GlideError, match="At least one candidate is needed, not 0"):
        candidates(image, hole, count=0)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((8, 8, 3), np.float32),
        np.zeros((8,), np.uint8),
        np.zeros((8, 8, 2), np.uint8),
        np.zeros((8, 8, 5), np.uint16),
    ],
)
def test_other_kinds_of_arrays_are_a_mistake_of_the_caller(image: np.ndarray) -> None:
    with pytest.raises(TypeError, match="An image"):
        complete(image, np.ones((8, 8), np.bool_))


@pytest.mark.parametrize("chosen", [False, True], ids=["from all", "from a chosen area"])
def test_what_is_cut_off_beyond_the_surroundings_does_not_matter(chosen: bool) -> None:
    image = np.tile(stripes(200, 240), (2, 2, 1))
    hole = np.zeros(image.shape[:2], np.bool_)
    hole[150:180, 200:230] = True
    hole[150:180, 290:300] = True  # far enough from the other to be filled by itself
    avoid, source = np.zeros_like(hole), np.zeros_like(hole)
    avoid[100:140, 200:220], source[90:130, 150:330] = True, True
    taken = source if chosen else None
    box = surroundings(image, hole, source=taken, avoid=avoid)
    assert box.area < image.shape[0] * image.shape[1] / 2
    cut = box.slices
    whole = candidates(image, hole, source=taken, avoid=avoid)
    small = candidates(
        image[cut].copy(),
        hole[cut].copy(),
        source=source[cut].copy() if chosen else None,
        avoid=avoid[cut].copy(),
    )
    assert [one.box.move(box.x, box.y) for one in small] == [one.box for one in whole]
    for one, other in zip(small, whole, strict=True):
        assert np.array_equal(one.pixels, other.pixels)


def test_an_extended_canvas_is_looked_at_as_a_whole() -> None:
    image = stripes()
    hole = np.zeros(image.shape[:2], np.bool_)
    hole[:, :20] = True
    assert surroundings(image, hole) == Box(0, 0, 80, 60)
