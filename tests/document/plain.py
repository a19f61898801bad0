"""A plain compositor to compare with: whole images, float64, no tiles, no shortcuts."""

from __future__ import annotations

import numpy as np

from glide_studio.document.blend_modes import BLEND_FUNCTIONS
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from tests.document.pictures import pixels_of

Picture = tuple[np.ndarray, np.ndarray]  # color [h, w, 3], alpha [h, w]


def plain_composite(document: Document) -> np.ndarray:
    """All of what is seen, [h, w, 4]."""
    shape = (document.size.height, document.size.width)
    result = stack(document.layers, None, shape)
    if result is None:
        return np.zeros((*shape, 4), document.dtype)
    color, alpha = result
    unit = np.concatenate([np.clip(color, 0, 1), alpha[..., None]], axis=-1)
    return np.rint(unit * document.max_value).astype(document.dtype)


def stack(layers: tuple[Layer, ...], backdrop: Picture | None, shape) -> Picture | None:
    index, lowest = 0, backdrop is None
    while index < len(layers):
        base = layers[index]
        end = index + 1
        while end < len(layers) and layers[end].clipping:
            end += 1
        clipped, index = layers[index + 1 : end], end
        if not base.visible or base.opacity == 0:
            continue
        weight = weight_of(base, shape)
        if backdrop is None and (not lowest or base.mask is not None or base.opacity < 1):
            backdrop = np.zeros((*shape, 3)), np.zeros(shape)
        lowest = False
        if base.blend == "pass-through" and not clipped:
            inner = stack(base.children, backdrop, shape)
            if inner is not None:
                backdrop = inner if backdrop is None else fade(backdrop, inner, weight)
            continue
        color, alpha = own(base, shape)
        inner = color, np.ones(shape)
        for layer in clipped:
            if layer.visible and layer.opacity > 0:
                c, a = own(layer, shape)
                inner = over(inner, (c, a * weight_of(layer, shape)), layer.blend)
        color = np.where(alpha[..., None] > 0, inner[0], color)
        source = color, alpha * weight
        backdrop = source if backdrop is None else over(backdrop, source, base.blend)
    return backdrop


def own(layer: Layer, shape) -> Picture:
    if layer.raster is None:
        return stack(layer.children, None, shape) or (np.zeros((*shape, 3)), np.zeros(shape))
    unit = pixels_of(layer.raster) / layer.raster.max_value
    return unit[..., :3], unit[..., 3]


def weight_of(layer: Layer, shape) -> np.ndarray:
    weight = np.full(shape, layer.opacity)
    if layer.mask is not None:
        weight = weight * pixels_of(layer.mask)[..., 0] / layer.mask.max_value
    return weight


def over(backdrop: Picture, source: Picture, mode: str) -> Picture:
    (cb, ab), (cs, a) = backdrop, source
    function = BLEND_FUNCTIONS["normal" if mode == "pass-through" else mode]
    mixed = np.moveaxis(function(np.moveaxis(cb, -1, 0), np.moveaxis(cs, -1, 0)), 0, -1)
    alpha = a + ab * (1 - a)
    at, abt = a[..., None], ab[..., None]
    co = at * (1 - abt) * cs + at * abt * mixed + (1 - at) * abt * cb
    color = co / np.where(alpha > 0, alpha, 1)[..., None]
    return np.where(at > 0, color, cb), np.where(a > 0, alpha, ab)


def fade(below: Picture, above: Picture, weight: np.ndarray) -> Picture:
    """From `below` at weight 0 to `above` at 1, colors weighted by alpha."""
    (cb, ab), (ca, aa) = below, above
    alpha = ab * (1 - weight) + aa * weight
    co = cb * (ab * (1 - weight))[..., None] + ca * (aa * weight)[..., None]
    color = co / np.where(alpha > 0, alpha, 1)[..., None]
    fades = (weight > 0) & (alpha > 0)
    return np.where(fades[..., None], color, cb), np.where(fades, alpha, ab)
