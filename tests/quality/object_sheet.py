"""The fixed sheet of a model with alpha: forty prompts, five seeds each, none of them picked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.api.engine_protocol import Engine
from glide_studio.api.events import Failed, Finished
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box
from tests.quality.contact_sheet import grid

PROMPTS = (
    "a red apple", "a yellow apple", "a tomato", "a cherry", "an armchair", "a backpack",
    "a barrel", "a basketball", "a bench", "a bicycle", "a boat", "a book", "a bottle", "a bread",
    "a cactus", "a cake", "a camera", "a candle", "a car", "a cat", "a chair", "a clock", "a cup",
    "a dog", "a fire hydrant", "a fruit bowl", "a guitar", "a hamburger", "a handbag", "a hat",
    "a horse", "a lamp", "a mailbox", "a palm tree", "a plant", "a sofa", "a table",
    "a teddy bear", "tulips", "a vase",
)  # fmt: skip
SEEDS = 5
ACROSS = 4  # prompts side by side
SIDE = 96  # pixels of a cell
GRAY = 0.55


def object_sheet(
    engine: Engine,
    model: str,
    sampling: Sampling,
    photo: NDArray[np.uint8],
    done: Callable[[], object] = lambda: None,
) -> NDArray[np.uint8]:
    """Draw every prompt with every seed, over a photograph and over plain gray in turns.

    photo: [H, W, 3]. done: called after each prompt.

    Returns the sheet, [H, W, 3] uint8.

    Raises:
        GlideError: if the engine refuses or fails.
    """
    side = min(photo.shape[:2])
    scene = cv2.resize(photo[:side, :side], (SIDE, SIDE), interpolation=cv2.INTER_AREA) / 255
    backgrounds = [scene, np.full_like(scene, GRAY)]
    rows: list[list[NDArray[np.float32]]] = []
    labels: list[str] = []
    for prompt in PROMPTS:
        box = Box(0, 0, SIDE, SIDE)
        request = Request("generate", prompt, box, replace(sampling, count=SEEDS), model=model)
        pictures = draw_all(engine, request)
        rows.append([over(p, backgrounds[i % 2]) for i, p in enumerate(pictures)])
        labels.append(prompt)
        done()
    height = -(-len(PROMPTS) // ACROSS)
    parts = [
        grid(
            rows[first : first + height],
            labels[first : first + height],
            [str(seed) for seed in range(SEEDS)],
            SIDE,
        )
        for first in range(0, len(rows), height)
    ]
    return np.concatenate(parts, axis=1)


def draw_all(engine: Engine, request: Request) -> list[NDArray[np.float32]]:
    """Return the patches of a request, [h, w, 4] each."""
    for update in engine.run(request, lambda: False):
        if isinstance(update, Failed):
            raise GlideError(update.message)
        if isinstance(update, Finished):
            return [patch.image for patch in update.patches]
    raise GlideError("The run ended without a result.")


def over(picture: NDArray[np.float32], background: NDArray[np.float64]) -> NDArray[np.float32]:
    """Composite a picture with straight alpha over a background [h, w, 3] of its size."""
    alpha = picture[..., 3:]
    return np.asarray(picture[..., :3] * alpha + background * (1 - alpha), np.float32)
