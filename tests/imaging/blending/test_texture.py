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
