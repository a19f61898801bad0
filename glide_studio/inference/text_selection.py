"""Select by text: which pixels of a picture the prompt speaks of.

With CLIP: windows of several sizes are compared with the prompt. Without: where the base network looks
for the prompt's words in the noised picture (Tang et al. 2022, arXiv 2210.04885). Either gives a coarse
map; its outline then follows the picture's own edges (GrabCut, Rother et al. 2004).
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from glide_studio.api.request import Request
from glide_studio.glide import schedule as schedules
from glide_studio.glide.diffusion import q_sample
from glide_studio.glide.guidance import NetworkDenoiser
from glide_studio.glide.pipeline import encode_captions
from glide_studio.glide.samplers import philox_noise
from glide_studio.glide.unet import Between, Condition
from glide_studio.glide.wordmaps import Watched, words
from glide_studio.imaging.geometry import Size
from glide_studio.inference.glances import TIMESTEPS, WINDOWS, windows
from glide_studio.inference.guides import scores
from glide_studio.inference.model_cache import Residents, tokenizer
from glide_studio.inference.model_input import canvas
from glide_studio.inference.models.model_set import ModelSet
from glide_studio.inference.pixels import Floats, resized, working_size
from glide_studio.inference.plan import base_of

OUTLINE = 320  # pixels of the longer side at which the outline is found


def selection(request: Request, model: ModelSet, residents: Residents, between: Between) -> Floats:
    """[h, w] 0 or 1: what the prompt speaks of inside the request's crop."""
    if {"clip-image", "clip-text"} <= model.files.keys():
        relevance = compared(request, model, residents, between)
    else:
        relevance = attended(request, model, residents, between)
    assert request.image is not None
    return outlined(request.image, relevance)


@torch.inference_mode()
def attended(request: Request, model: ModelSet, residents: Residents, between: Between) -> Floats:
    """Attention of the noised picture to the prompt's words, mean over timesteps, [h, w] 0 .. 1."""
    network = residents.network(base_of(request, model), between)
    size = working_size(request.box.size, network.config.size, network.config.step)
    view = canvas(replace(request, mask=None), request.box.size, size, residents.device)
    schedule = schedules.named(network.config.schedule)
    text = encode_captions(network, tokenizer(), [request.prompt])
    context = network.config.text.context
    places = [i for _, found in words(tokenizer(), request.prompt, context) for i in found]
    noise = philox_noise(request.sampling.seed, range(1), 0)
    # The picture is shown as known as well: a fill's network expects surroundings.
    seen = Condition(text, view.known, torch.ones_like(view.mask))
    watched = Watched(NetworkDenoiser(network, schedule, seen, between))
    total = torch.zeros(size.height, size.width)
    for index in TIMESTEPS:
        t = torch.full((1,), index)
        watched(q_sample(schedule, view.known, t, noise(index, view.known)), t)
        assert watched.maps is not None
        found = watched.maps[:, places].sum(1, keepdim=True)
        total += F.interpolate(found, total.shape, mode="bilinear")[0, 0].float().cpu()
    return stretched(total.numpy())


def compared(request: Request, model: ModelSet, residents: Residents, between: Between) -> Floats:
    """How well windows of the picture go with the prompt by CLIP, [h, w] 0 .. 1."""
    assert request.image is not None
    image = request.image
    height, width = image.shape[:2]
    total = np.zeros((height, width), np.float32)
    for share in WINDOWS:
        boxes = list(windows(Size(width, height), share))
        parts = [image[top : top + h, left : left + w] for top, left, h, w in boxes]
        found = scores(parts, request.prompt, model, residents, between)
        level, count = np.zeros_like(total), np.zeros_like(total)
        for (top, left, h, w), score in zip(boxes, found, strict=True):
            level[top : top + h, left : left + w] += score
            count[top : top + h, left : left + w] += 1
        total += level / count
    return stretched(total)


def stretched(values: Floats) -> Floats:
    """The values spread over 0 .. 1."""
    low, high = float(values.min()), float(values.max())
    return np.asarray((values - low) / max(high - low, 1e-9), np.float32)


def outlined(image: Floats, relevance: Floats) -> Floats:
    """A coarse map's brighter class (Otsu 1979) along the edges of the picture [h, w, 3]: [h, w] 0 or 1."""
    height, width = image.shape[:2]
    scale = min(1.0, OUTLINE / max(height, width))
    small = Size(max(1, round(width * scale)), max(1, round(height * scale)))
    picture = (resized(image, small) * 255).astype(np.uint8)
    coarse = (resized(relevance, small) * 255).astype(np.uint8)
    level, _ = cv2.threshold(coarse, 0, 255, cv2.THRESH_OTSU)
    inside = coarse > level
    if not inside.any() or inside.all():
        return resized(inside.astype(np.float32), Size(width, height))
    labels = np.where(inside, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[coarse <= level / 2] = cv2.GC_BGD
    model = np.zeros((2, 65))
    cv2.setRNGSeed(0)
    no_box = (0, 0, 0, 0)
    cv2.grabCut(picture, labels, no_box, model[:1], model[1:], 3, cv2.GC_INIT_WITH_MASK)
    found = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    soft = resized(found.astype(np.float32), Size(width, height))
    return (soft >= 0.5).astype(np.float32)
