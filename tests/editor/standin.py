"""An engine without a network: it keeps every promise of the protocol and always paints the same."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from glide_studio.api.engine_protocol import Capabilities, Forecast, IsCancelled
from glide_studio.api.events import (
    Cancelled,
    Draft,
    Failed,
    Finished,
    Patch,
    Picture,
    Progress,
    SelectionMask,
    Started,
    Update,
)
from glide_studio.api.request import DEFAULT_MODEL, Request
from glide_studio.api.sampling import Sampling
from glide_studio.imaging.geometry import Size


def color(seed: int, index: int) -> tuple[float, float, float]:
    """What candidate `index` of this seed is painted with, sRGB 0 .. 1."""
    red, green, blue = np.random.default_rng([seed, index]).integers(60, 200, 3) / 255
    return float(red), float(green), float(blue)


class StandInEngine:
    """Paints each candidate in one color with a slight gradient, and finds what is red; a prompt "fail" fails."""

    def __init__(self, pace: float = 0.0, *, alpha: bool = False) -> None:
        """pace: seconds that each step takes. alpha: it draws a disc on transparency."""
        self.pace = pace
        self.alpha = alpha
        self.faces_left = False
        self.requests: list[Request] = []
        self.steps_done: list[str] = []
        self.freed = 0
        self.usual = Sampling()

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            models=(DEFAULT_MODEL,),
            frame={DEFAULT_MODEL: Size(256, 256)},
            nouns={DEFAULT_MODEL: ("apple", "cup", "daisy", "pear", "strawberry")},
            default_sampling={DEFAULT_MODEL: self.usual},
            alpha=frozenset({DEFAULT_MODEL} if self.alpha else ()),
            faces_left=frozenset({DEFAULT_MODEL} if self.faces_left else ()),
        )

    def forecast(self, request: Request) -> Forecast:
        enlargement = max(request.box.width, request.box.height) / 256
        return Forecast(0.1 * request.sampling.steps, 1 << 20, True, enlargement)

    def run(self, request: Request, stop: IsCancelled) -> Iterator[Update]:
        self.requests.append(request)
        yield Started(request.id, "stand-in")
        if request.kind == "select":
            assert request.image is not None
            red = request.image[..., 0] - request.image[..., 1:].max(-1) > 0.55
            yield SelectionMask(request.id, red.astype(np.float32))
            yield Finished(request.id, (), 0.0)
            return
        if request.prompt == "fail":
            yield Failed(request.id, "There is no room in memory; choose fewer candidates.")
            return
        sampling = request.sampling
        for step in range(sampling.steps):
            if stop():
                yield Cancelled(request.id)
                return
            self.steps_done.append(request.id)
            time.sleep(self.pace)
            previews = tuple(
                picture(64, 64, sampling.seed, index, (step + 1) / sampling.steps)
                for index in range(sampling.count)
            )
            left = 0.1 * (sampling.steps - step - 1)
            yield Progress(request.id, "Drafting", step + 1, sampling.steps, left, previews)
        for index in range(sampling.count):
            yield Draft(request.id, index, picture(64, 64, sampling.seed, index))
        box = request.box
        patches = tuple(
            Patch(index, self._picture(box.height, box.width, sampling.seed, index))
            for index in range(sampling.count)
        )
        yield Finished(request.id, patches, 0.5, (("base.safetensors", "0123456789abcdef"),))

    def _picture(self, height: int, width: int, seed: int, index: int) -> Picture:
        drawn = picture(height, width, seed, index)
        if not self.alpha:
            return drawn
        y, x = np.mgrid[:height, :width] + np.float32(0.5)
        radius = min(height, width) / 4
        inside = np.hypot(x - width / 2, y - height / 2) < radius
        return np.dstack([drawn, inside.astype(np.float32)])

    def free_memory(self) -> None:
        self.freed += 1


def picture(height: int, width: int, seed: int, index: int, amount: float = 1.0) -> Picture:
    """[height, width, 3] float32: grey that becomes the candidate's color, lighter to the right."""
    base = np.full((height, width, 3), 0.5, np.float32)
    target = np.asarray(color(seed, index), np.float32)
    shade = np.linspace(-0.05, 0.05, width, dtype=np.float32)[None, :, None]
    return np.clip(base + (target - base) * np.float32(amount) + shade, 0, 1, dtype=np.float32)
