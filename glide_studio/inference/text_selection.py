"""Select by words: find the pixels of a picture that a prompt describes.

With a classifier that knows the prompt's noun: see `noun_search`. With CLIP: windows of several
sizes are compared with the prompt. Else the base network's attention to the prompt's words in the
noised picture is used (DAAM, Tang et al. 2022, arXiv 2210.04885). Each gives a coarse map; its
outline is then refined along the picture's own edges (GrabCut, Rother et al. 2004).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from glide_studio.api.request import Request
from glide_studio.glide.attention_maps import AttentionRecorder, word_positions
from glide_studio.glide.diffusion import q_sample
from glide_studio.glide.guidance import NetworkDenoiser
from glide_studio.glide.pipeline import BASE_NOISE, encode_captions, network_schedule
from glide_studio.glide.samplers import philox_noise
from glide_studio.glide.unet import Condition
from glide_studio.imaging.geometry import Size
from glide_studio.imaging.object_selection import distance_to, grab_cut
from glide_studio.imaging.types import BoolMask, Uint8
from glide_studio.inference import noun_search
from glide_studio.inference.cost import activation_bytes, clip_flops, flops
from glide_studio.inference.gradients import clip_scores, known_class
from glide_studio.inference.model_cache import tokenizer
from glide_studio.inference.models.model_set import ModelSet
from glide_studio.inference.noun_search import NounSearch
from glide_studio.inference.pixels import Floats, build_model_input, resize
from glide_studio.inference.request_networks import base_config, base_path, has_clip
from glide_studio.inference.sizes import working_size
from glide_studio.inference.stages import PreparedStage, RequestStage, Results, StageContext
from glide_studio.translation import QT_TRANSLATE_NOOP

TIMESTEPS = (250, 350, 450, 550, 650)  # where shapes show through the noise and words still count
WINDOW_SHARES = (0.5, 0.3)  # sides of CLIP's windows over the longer side of the crop
OUTLINE_SIDE_PX = 320  # longer side at which the outline is refined
UNSURE_SHARE = 1 / 12  # of the longer side: how far the object may reach beyond the coarse map
GRABCUT_ITERATIONS = 3
LIKELY_RELEVANCE = 0.4  # of the highest: what probably belongs to the object
SURE_RELEVANCE = 0.7  # of the highest in its part: what certainly belongs to it
POSSIBLE_DISTANCE = 0.5  # around that, over the root of its area: what may belong to it
KEPT_SHARE = 0.1  # of what probably belongs to it: a smaller outline has lost the object


def plan_selection(request: Request, model: ModelSet) -> RequestStage:
    """Return the one stage of a selection; each of its steps is an evaluation."""
    config = base_config(request, model)
    if known_class(request, model) is not None:
        return SelectionStage(
            samples=range(1),
            steps=noun_search.count_steps(request.box.size),
            cost=noun_search.BATCH * flops(config, Size(config.size, config.size)) / 2,
            size=request.box.size,
            peak_bytes=activation_bytes(config, Size(config.size, config.size), noun_search.BATCH),
        )
    by_clip = has_clip(model)
    size = working_size(request.box.size, config)
    crop = request.box.size
    windows = sum(len(sliding_windows(crop, share)) for share in WINDOW_SHARES)
    return SelectionStage(
        samples=range(1),
        steps=windows if by_clip else len(TIMESTEPS),
        cost=clip_flops(model) if by_clip else flops(config, size),
        size=crop,
        peak_bytes=activation_bytes(config, size, 1),
    )


class SelectionStage(RequestStage):
    """Find what the prompt describes inside the request's crop."""

    title = QT_TRANSLATE_NOOP("Stages", "Looking")

    def is_done(self, results: Results) -> bool:
        """See `RequestStage.is_done`."""
        return results.mask is not None

    def prepare(self, context: StageContext) -> PreparedStage:
        """See `RequestStage.prepare`."""
        model, cache, image = context.model, context.cache, context.request.image
        assert image is not None
        number = known_class(context.request, model)
        if number is not None:
            network = cache.classifier(model.files["classifier"], context.check_cancelled)
            search = NounSearch(image, network, number, context.check_cancelled)

            def store_object(_: object) -> None:
                assert search.relevance is not None
                context.results.mask = outline_object(image, search.relevance)

            return PreparedStage(search.run(), store_object)
        relevance = np.zeros(image.shape[:2], np.float32)
        if has_clip(model):
            cache.caption_encoder(model.files["clip-text"], context.check_cancelled)
            cache.image_encoder(model.files["clip-image"], context.check_cancelled)
            steps = clip_relevance(context, relevance)
        else:
            cache.unet(base_path(context.request, model), context.check_cancelled)
            steps = attention_relevance(context, relevance)

        def store(_: object) -> None:
            context.results.mask = refine_with_grabcut(image, normalize_minmax(relevance))

        return PreparedStage(steps, store)


@torch.inference_mode()
def attention_relevance(context: StageContext, relevance: Floats) -> Iterator[None]:
    """Add the attention of the noised picture to the prompt's words to `relevance` [h, w].

    Yields after each timestep.
    """
    request, device = context.request, context.cache.device
    network = context.cache.unet(base_path(request, context.model), context.check_cancelled)
    size = working_size(request.box.size, network.config)
    view = build_model_input(replace(request, mask=None), request.box.size, size, device)
    schedule = network_schedule(network)
    text = encode_captions(network, tokenizer(), [request.prompt])
    positions = [
        position
        for _, found in word_positions(tokenizer(), request.prompt, network.config.text.context)
        for position in found
    ]
    noise = philox_noise(request.sampling.seed, range(1), BASE_NOISE)
    # The picture is given as known as well, since a network that fills expects surroundings.
    condition = Condition(text, view.known, torch.ones_like(view.mask))
    watched = AttentionRecorder(
        NetworkDenoiser(network, schedule, condition, context.check_cancelled)
    )
    for index in TIMESTEPS:
        t = torch.full((1,), index, device=device)
        watched(q_sample(schedule, view.known, t, noise(index, view.known)), t)
        assert watched.maps is not None
        attention = watched.maps[:, positions].sum(1, keepdim=True)
        attention = F.interpolate(attention, (size.height, size.width), mode="bilinear")
        plane = np.asarray(attention[0, 0].float().cpu().numpy())
        relevance += cv2.resize(plane, relevance.shape[::-1], interpolation=cv2.INTER_LINEAR)
        yield


def clip_relevance(context: StageContext, relevance: Floats) -> Iterator[None]:
    """Add how well windows of the picture match the prompt by CLIP to `relevance` [h, w].

    Yields after each window.
    """
    request, image = context.request, context.request.image
    assert image is not None
    height, width = relevance.shape
    for share in WINDOW_SHARES:
        total, count = np.zeros_like(relevance), np.zeros_like(relevance)
        windows = [
            np.s_[top : top + h, left : left + w]
            for top, left, h, w in sliding_windows(Size(width, height), share)
        ]
        scores = clip_scores(
            (image[window] for window in windows),
            request.prompt,
            context.model,
            context.cache,
            context.check_cancelled,
        )
        for window, score in zip(windows, scores, strict=True):
            total[window] += score
            count[window] += 1
            yield
        relevance += total / count


def sliding_windows(size: Size, share: float) -> list[tuple[int, int, int, int]]:
    """Return (top, left, height, width) of square windows that overlap by half and cover `size`.

    share: side of a window over the longer side of `size`, 0 .. 1.
    """
    side = max(1, round(share * max(size.width, size.height)))
    height, width = min(side, size.height), min(side, size.width)
    return [
        (top, left, height, width)
        for top in window_origins(size.height, height)
        for left in window_origins(size.width, width)
    ]


def window_origins(length: int, side: int) -> list[int]:
    """Return where windows of `side` begin along `length`, in pixels."""
    count = 1 + -(-2 * (length - side) // side)
    return [(length - side) * i // max(1, count - 1) for i in range(count)]


def normalize_minmax(values: Floats) -> Floats:
    """Scale values linearly to 0 .. 1."""
    low, high = float(values.min()), float(values.max())
    return np.asarray((values - low) / max(high - low, 1e-9), np.float32)


def outline_object(image: Floats, relevance: Floats) -> Floats:
    """Outline the one object that a relevance map is about, along the picture's edges.

    image: [h, w, 3], 0 .. 1. relevance: [h', w'] of the picture reduced, 0 and above. Returns [h,
    w], 0 or 1; zeros where there is no relevance.
    """
    if relevance.max() <= 0:
        return np.zeros(image.shape[:2], np.float32)
    picture = _reduce(image)
    coarse = resize(np.asarray(relevance / relevance.max(), np.float32), _size_of(picture))
    likely = coarse > LIKELY_RELEVANCE
    # The object may go on around what matters most of it.
    possible = distance_to(likely) <= POSSIBLE_DISTANCE * np.sqrt(likely.sum())
    found = likely if possible.all() else _cut_out(picture, likely, possible)
    if found.sum() < KEPT_SHARE * likely.sum():
        # Its colors are near those around, so that they tell it apart only from a sure middle.
        part = _most_relevant_part(likely, coarse)
        sure = part & (coarse > SURE_RELEVANCE * coarse[part].max())
        found = _cut_out(picture, part, possible, sure)
    return _enlarge(_most_relevant_part(found, coarse), _size_of(image))


def refine_with_grabcut(image: Floats, relevance: Floats) -> Floats:
    """Return the brighter class (Otsu 1979) of a coarse map, refined along the picture's edges.

    image: [h, w, 3], 0 .. 1. relevance: [h, w], 0 .. 1. Returns [h, w], 0 or 1.
    """
    picture = _reduce(image)
    coarse = (resize(relevance, _size_of(picture)) * 255).astype(np.uint8)
    threshold, _ = cv2.threshold(coarse, 0, 255, cv2.THRESH_OTSU)
    inside = coarse > threshold
    if inside.any() and not inside.all():
        # Near the coarse outline the object may go on, and its colors must not count as background.
        margin = UNSURE_SHARE * max(coarse.shape)
        possible = (coarse > threshold / 2) | (distance_to(inside) <= margin)
        found = _cut_out(picture, inside, possible)
        if found.sum() >= KEPT_SHARE * inside.sum():
            inside = found
    return _enlarge(inside, _size_of(image))


def _size_of(image: NDArray[Any]) -> Size:
    return Size(image.shape[1], image.shape[0])


def _reduce(image: Floats) -> Uint8:
    """Reduce [h, w, 3], 0 .. 1, to the size at which outlines are refined, as 8 bits."""
    height, width = image.shape[:2]
    scale = min(1.0, OUTLINE_SIDE_PX / max(height, width))
    small = Size(max(1, round(width * scale)), max(1, round(height * scale)))
    return (resize(image, small) * 255).astype(np.uint8)


def _enlarge(inside: BoolMask, size: Size) -> Floats:
    """Bring a reduced outline to `size`: [h, w], 0 or 1."""
    return (resize(inside.astype(np.float32), size) >= 0.5).astype(np.float32)


def _most_relevant_part(inside: BoolMask, relevance: Floats) -> BoolMask:
    """Return the connected part of a mask that holds the most relevance."""
    count, parts = cv2.connectedComponents(inside.astype(np.uint8))
    if count <= 2:
        return inside
    relevances = [relevance[parts == part].sum() for part in range(1, count)]
    return np.asarray(parts == 1 + int(np.argmax(relevances)))


def _cut_out(
    picture: Uint8, inside: BoolMask, possible: BoolMask, sure: BoolMask | None = None
) -> BoolMask:
    """Refine an outline by colors, inside of `possible`.

    Little or nothing is left of it if the colors tell nothing apart.

    sure: what certainly belongs to the object, if anything does.
    """
    labels = np.where(inside, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[~possible] = cv2.GC_BGD
    if sure is not None:
        labels[sure] = cv2.GC_FGD
    return grab_cut(picture, labels, GRABCUT_ITERATIONS)
