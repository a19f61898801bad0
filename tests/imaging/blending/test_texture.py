"""Texture from the photo: what is lacking and nothing else, where it fits and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.imaging.blending import texture
from glide_studio.imaging.blending.texture import synthesize_texture
from glide_studio.imaging.filters import boundary_band, gaussian_blur
from tests.imaging.blending.scenes import disc, everywhere, scene

SIDE = 240
MASK = disc(SIDE, 60)
INSIDE = MASK > 0
AROUND = boundary_band(MASK, everywhere(SIDE), 60)
DEEP = disc(SIDE, 50) > 0
ODD = (0.14, -0.12, -0.12)  # another color than the cloth's


def woven() -> np.ndarray:
    """A cloth of fine threads, diagonal, over soft texture."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    threads = 0.08 * np.sin(2 * np.pi * (x + y) / 6) * np.sin(2 * np.pi * (x - y) / 40)
    return np.clip(scene(SIDE, 0.06) * 0.6 + 0.2 + threads[..., None], 0, 1)


def softened(photo: np.ndarray, sigma: float = 2.5) -> np.ndarray:
    return np.where(INSIDE[..., None], gaussian_blur(photo, sigma), photo).astype(np.float32)


def energy(picture: np.ndarray, sigma: float = 2.0) -> float:
    return float(np.square(picture - gaussian_blur(picture, sigma))[DEEP].mean())


def borrowed(patch: np.ndarray, photo: np.ndarray, seed: int = 0, **more: object) -> np.ndarray:
    return synthesize_texture(patch, photo, INSIDE, AROUND, seed=seed, **more)


def test_a_soft_patch_gets_the_texture_around_it():
    photo = woven()
    soft = softened(photo)
    result = borrowed(soft, photo)
    assert energy(soft) < 0.1 * energy(photo)
    assert 0.6 * energy(photo) < energy(result) < 1.3 * energy(photo)
    # Threads and not noise: their direction is the photo's.
    along, across = (
        np.square(result[1:, 1:] - result[:-1, :-1])[DEEP[1:, 1:]].mean(),
        np.square(result[1:, :-1] - result[:-1, 1:])[DEEP[1:, :-1]].mean(),
    )
    assert along > 2 * across
    assert np.array_equal(result[~INSIDE], soft[~INSIDE])


def test_what_is_coarse_stays():
    photo = woven()
    soft = softened(photo)
    change = gaussian_blur(borrowed(soft, photo) - soft, 8.0)
    assert np.abs(change).max() < 0.03


def test_what_has_its_detail_keeps_it():
    photo = woven()
    assert np.abs(borrowed(photo, photo) - photo)[INSIDE].mean() < 0.012
    busy = np.where(INSIDE[..., None], photo, gaussian_blur(photo, 2.5)).astype(np.float32)
    assert np.abs(borrowed(busy, gaussian_blur(photo, 2.5)) - busy).max() < 0.02


def test_nothing_is_borrowed_from_another_color():
    photo = woven()
    red = np.where(INSIDE[..., None], np.array([0.9, 0.02, 0.02]), photo).astype(np.float32)
    assert energy(borrowed(red, photo)) < 0.05 * energy(photo)


def test_a_calm_patch_gets_less_of_it():
    photo = woven()
    soft = softened(photo)
    calm = np.where(INSIDE[..., None], 0.5 + 0.2 * (soft - 0.5), photo).astype(np.float32)
    assert energy(borrowed(calm, photo)) < 0.83 * energy(borrowed(soft, photo))


def test_foreign_texture_brings_no_foreign_tint():
    photo = woven()
    photo[..., 0] = np.clip(
        photo[..., 0] + 2 * (photo[..., 0] - gaussian_blur(photo, 2.0)[..., 0]), 0, 1
    )
    bluer = np.where(INSIDE[..., None], np.float32((0.0, 0.0, 0.35)), np.float32(0))

    def tinted(patch: np.ndarray) -> float:
        added = borrowed(patch, photo) - patch
        chroma = added - added.mean(-1, keepdims=True)
        return np.square(chroma)[DEEP].mean() / np.square(added)[DEEP].mean()

    soft = softened(photo)
    assert tinted(np.clip(soft + bluer, 0, 1).astype(np.float32)) < 0.2 * tinted(soft)


def test_a_thing_keeps_to_itself_unless_its_color_is_usual():
    """A corner of the photo in another color is enough for a continuation, but not for a thing."""
    photo = woven()
    photo[36:56, 90:150] += np.float32(ODD)
    photo = np.clip(photo, 0, 1)
    soft = softened(photo)
    odd = np.where(INSIDE[..., None], soft + np.float32(ODD), photo)
    odd = np.clip(odd, 0, 1).astype(np.float32)
    continued, half, thing = (
        borrowed(odd, photo, object_weight=share) for share in (0.0, 0.5, 1.0)
    )
    assert energy(thing) < 0.5 * energy(continued)
    assert energy(thing) < energy(half) < energy(continued)
    assert energy(borrowed(soft, photo, object_weight=1.0)) > 0.6 * energy(borrowed(soft, photo))


def test_pieces_go_on_where_their_neighbors_left_off(monkeypatch):
    def breaks() -> float:
        found = []
        coherent = texture._make_coherent

        def watched(*given):
            match = coherent(*given)
            moved = match.examples - match.centers
            both = match.used[:, 1:] & match.used[:, :-1]
            found.append((moved[:, 1:] != moved[:, :-1]).any(-1)[both].mean())
            return match

        with pytest.MonkeyPatch.context() as patcher:
            patcher.setattr(texture, "_make_coherent", watched)
            borrowed(softened(woven()), woven())
        return found[-1]

    together = breaks()
    monkeypatch.setattr(texture, "COHERENCE_BONUS", 0.0)
    assert together < 0.7 * breaks()


def test_strength_and_seed():
    photo = woven()
    soft = softened(photo)
    assert borrowed(soft, photo, strength=0.0) is soft
    half, whole = (borrowed(soft, photo, strength=strength) for strength in (0.5, 1.0))
    assert energy(soft) < energy(half) < energy(whole)
    assert np.array_equal(whole, borrowed(soft, photo))
    assert not np.array_equal(whole, borrowed(soft, photo, seed=1))


def test_without_examples_nothing_changes():
    photo = woven()
    soft = softened(photo)
    nowhere = np.zeros_like(INSIDE)
    assert synthesize_texture(soft, photo, INSIDE, nowhere, seed=0) is soft
    assert synthesize_texture(soft, photo, nowhere, AROUND, seed=0) is soft
    # A ring of a few pixels: no whole square of it.
    thin = boundary_band(MASK, everywhere(SIDE), 3)
    assert np.array_equal(synthesize_texture(soft, photo, INSIDE, thin, seed=0), soft)


def test_the_finest_octaves_of_a_huge_patch_are_left_alone(monkeypatch):
    photo = woven()
    soft = softened(photo)
    whole = borrowed(soft, photo)
    monkeypatch.setattr(texture, "MAX_PATCH_PIXELS", np.count_nonzero(INSIDE) // 3)
    assert energy(borrowed(soft, photo), 0.7) < 0.3 * energy(whole, 0.7)
    assert energy(borrowed(soft, photo)) > 1.5 * energy(soft)


@pytest.mark.parametrize("shape", [(1, 1), (5, 40), (7, 7), (8, 200), (33, 31)])
def test_any_shape(shape):
    photo = woven()[: shape[0], : shape[1]]
    patch = gaussian_blur(photo, 2.0)
    inside = np.zeros(shape, np.bool_)
    inside[:, : (shape[1] + 1) // 2] = True
    result = synthesize_texture(patch, photo, inside, ~inside, seed=0)
    assert result.shape == photo.shape
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    assert np.array_equal(result[~inside], patch[~inside])


def test_texture_reaches_the_edge_of_the_picture():
    # 238 pixels: no whole number of steps.
    photo = woven()[:238, :238]
    inside = np.zeros(photo.shape[:2], np.bool_)
    inside[150:, 100:] = True
    patch = np.where(inside[..., None], gaussian_blur(photo, 2.5), photo).astype(np.float32)
    result = synthesize_texture(patch, photo, inside, ~inside, seed=0)
    added = np.abs(result - patch).mean(-1)
    assert added[-3:, 110:].mean() > 0.3 * added[160:-10, 110:-10].mean()
    assert added[160:, -3:].mean() > 0.3 * added[160:-10, 110:-10].mean()


@pytest.mark.parametrize("shape", [(7, 7), (8, 30), (31, 33), (100, 64), (5, 40)])
def test_squares_cover_the_picture_in_steps_of_four(shape):
    centers = texture._center_grid(*shape)
    for axis in (0, 1):
        places = np.unique(centers[..., axis])
        assert places[0] == 3
        if shape[axis] >= 7:
            assert places[-1] == shape[axis] - 4
        assert (np.diff(places) <= 4).all()
        assert (np.diff(places)[:-1] == 4).all()


def test_valid_centers_are_those_whose_square_may_be_copied():
    source = np.ones((30, 40), np.bool_)
    source[12, 20] = False
    valid = texture._valid_centers(source)
    rows, columns = np.nonzero(valid)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (3, 26, 3, 36)
    assert not valid[9:16, 17:24].any()
    assert valid.sum() == 24 * 34 - 49
    asked = np.array([[2, 10], [3, 3], [12, 20], [40, 50], [26, 36]])
    moved, allowed = texture._clamp_centers(asked, valid)
    assert moved.tolist() == [[3, 10], [3, 3], [12, 20], [26, 36], [26, 36]]
    assert allowed.tolist() == [False, True, False, False, True]


def test_the_nearest_examples_are_found_in_pieces_as_by_hand():
    rng = np.random.default_rng(1)
    wanted, known = (rng.random((n, 9)).astype(np.float32) for n in (50, 30))
    by_hand = np.square(wanted[:, None] - known).sum(-1).argmin(1)
    for rows in (7, 2048):
        assert np.array_equal(texture._nearest_rows(wanted, known, rows), by_hand)


def board(amplitude: float, color: tuple[float, float, float] = (1, 1, 1)) -> np.ndarray:
    """A chessboard of single pixels around 0, float32 [60, 64, 3]."""
    sign = (-1.0) ** np.indices((60, 64)).sum(0)
    return np.asarray(amplitude * sign[..., None] * np.array(color), np.float32)


@pytest.mark.parametrize(("own", "share"), [(0, 1), (0.01, 0.75**0.5), (0.02, 0), (0.03, 0)])
def test_as_much_is_missing_as_brings_the_energy_to_that_of_the_examples(own, share):
    found = texture._missing_share(board(0.02), board(own))
    assert found == pytest.approx(share, abs=0.01)


def matched(shift: int = 0, weight: float = 1.0) -> texture._Match:
    """Squares whose examples lie `shift` columns to the right."""
    centers = texture._center_grid(60, 40)
    used = np.ones(centers.shape[:2], np.bool_)
    return texture._Match(
        centers, centers + np.array([0, shift]), used, np.full(used.shape, weight, np.float32)
    )


def test_the_detail_of_squares_that_agree_is_copied_as_it_is():
    rng = np.random.default_rng(1)
    base = gaussian_blur(rng.random((60, 64, 3)).astype(np.float32), 3)
    band = rng.normal(0, 0.02, (60, 64, 3)).astype(np.float32)
    squares = texture._Squares.from_image(base)
    for shift in (0, 14):
        moved = np.roll(base, -shift, 1)
        queries = texture._Squares.from_image(moved)
        found = texture._overlay_detail(matched(shift), queries, squares, band)
        wanted = np.roll(band, -shift, 1)[:, 4:36]
        assert found[:, 4:36] == pytest.approx(wanted, abs=2e-4)
    half = texture._overlay_detail(matched(0, 0.5), squares, squares, band)
    assert half[:, 4:36] == pytest.approx(0.5 * band[:, 4:36], abs=2e-4)


@pytest.mark.parametrize("apart", [0.05, 0.1, 0.2])
def test_detail_fades_with_the_difference_in_color_and_its_tint_fades_sooner(apart):
    """As exp(-d^2 / 2 s^2), with s of 0.25 for the detail and 0.15 for its color."""
    rng = np.random.default_rng(1)
    base = 0.3 + 0.2 * gaussian_blur(rng.random((60, 64, 3)).astype(np.float32), 3)
    examples = texture._Squares.from_image(base)
    queries = texture._Squares.from_image(base + np.float32(apart / 3**0.5))
    gain = np.exp(-(apart**2) / (2 * 0.25**2))
    gray = texture._overlay_detail(matched(), queries, examples, board(0.02))
    assert gray[8:-8, 8:30] == pytest.approx(gain * board(0.02)[8:-8, 8:30], rel=0.02)
    red = board(0.02, (1, 0, 0))
    found = texture._overlay_detail(matched(), queries, examples, red)[8:-8, 8:30]
    chroma = np.abs(found[..., 0] - found[..., 1]).mean() / 0.02
    assert chroma == pytest.approx(gain * np.exp(-(apart**2) / (2 * 0.15**2)), rel=0.03)


@pytest.mark.parametrize(("contrast", "gain"), [(0.5, 0.5**0.2), (2, 2**0.2), (40, 2.0)])
def test_squares_of_more_contrast_take_a_little_more_detail(contrast, gain):
    examples = texture._Squares.from_image(0.5 + board(0.02))
    queries = texture._Squares.from_image(0.5 + board(0.02 * contrast))
    found = texture._overlay_detail(matched(), queries, examples, board(0.01))
    assert np.abs(found[8:-8, 8:30]).mean() / 0.01 == pytest.approx(gain, rel=0.02)


def test_averaging_of_unlike_squares_costs_no_energy():
    rng = np.random.default_rng(1)
    base = gaussian_blur(rng.random((60, 64, 3)).astype(np.float32), 3)
    squares = texture._Squares.from_image(base)
    band = gaussian_blur(rng.normal(0, 0.2, (60, 64, 3)).astype(np.float32), 0.8)
    match = matched()
    apart = np.stack(
        [rng.integers(0, 3, match.used.shape), rng.integers(0, 24, match.used.shape)], -1
    )
    inner = np.clip(match.examples + apart, 3, [56, 60])
    mixed = texture._Match(match.centers, inner, match.used, match.weight)
    gains = texture._overlay_detail(matched(), squares, squares, band)
    found = texture._overlay_detail(mixed, squares, squares, band)
    energies = [np.square(one[8:-8, 8:30]).mean() for one in (found, gains)]
    assert energies[0] == pytest.approx(energies[1], rel=0.35)


@pytest.mark.parametrize("like_its_own", [0.0, 0.5, 0.7, 0.8, 1.0])
def test_a_square_joins_its_neighbors_where_that_costs_less_than_agreeing_is_worth(like_its_own):
    """Four neighbors that agree are worth 4 x 0.4 of the squared distance."""
    rng = np.random.default_rng(1)
    picture = gaussian_blur(rng.random((60, 80, 3)).astype(np.float32), 1.0)
    photo = texture._Squares.from_image(picture)
    centers = texture._center_grid(60, 40)
    used = np.ones(centers.shape[:2], np.bool_)
    valid = texture._valid_centers(np.ones((60, 80), np.bool_))
    continued = centers + np.array([0, 20])
    odd = (5, 4)
    examples = continued.copy()
    examples[odd] = (30, 60)
    both = [photo.features(places)[0].reshape(-1, 53) for places in (continued, examples)]
    features = both[0] + np.float32(like_its_own) * (both[1] - both[0])
    match = texture._Match(centers, examples, used, np.ones(used.shape, np.float32))
    found = texture._make_coherent(match, features, photo, valid).examples
    number = odd[0] * used.shape[1] + odd[1]
    own, joined = (
        texture._distance2(features[number], photo, places[odd]) for places in (examples, continued)
    )
    joins = joined < own + 4 * 0.4
    assert joins == (like_its_own < 0.9)
    assert np.array_equal(found[odd], (continued if joins else examples)[odd])
    others = np.ones(used.shape, np.bool_)
    others[odd] = False
    assert np.array_equal(found[others], continued[others])
