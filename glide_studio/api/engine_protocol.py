"""`Engine`: the protocol of whatever runs requests, and what it tells about itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from glide_studio.api.events import Update
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.imaging.geometry import Size

IsCancelled = Callable[[], bool]
"""Called between the blocks of a network; True ends the run with `Cancelled`."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The expected cost of a request.

    seconds: wall time, model loading included. peak_bytes: memory beyond what is held now.
    fits: False if peak_bytes exceeds the free memory less a reserve. enlargement: factor by which
    the generated picture is scaled up to cover the crop (1.0 or less: full detail).
    """

    seconds: float
    peak_bytes: int
    fits: bool
    enlargement: float = 1.0


@dataclass(frozen=True, slots=True)
class EnlargingMeasure:
    """Feature distance to the original of photographs that were reduced and enlarged; 0 is equal.

    model: by the model's upsampler. lanczos: by Lanczos.
    """

    model: float
    lanczos: float


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The models that an engine can run.

    models: names of the model sets. frame: per model, size in pixels of the picture that the whole
    cascade makes. nouns: per model, the nouns it was trained on; empty if it is not limited to a
    list. default_sampling: per model, the sampling it was tuned for; missing means `Sampling()`.
    alpha: models that make objects with alpha instead of whole pictures. faces_left: models that
    draw objects facing left or mirrored, see `facing`. enlarging: per model and
    scale (2, 4), how well it enlarges photographs, if that was measured.
    """

    models: tuple[str, ...]
    frame: Mapping[str, Size]
    nouns: Mapping[str, tuple[str, ...]]
    default_sampling: Mapping[str, Sampling] = field(default_factory=dict)
    alpha: frozenset[str] = frozenset()
    faces_left: frozenset[str] = frozenset()
    enlarging: Mapping[str, Mapping[int, EnlargingMeasure]] = field(default_factory=dict)


class Engine(Protocol):
    """Runs requests, one generator each, on one thread of the caller's choice."""

    @property
    def capabilities(self) -> Capabilities:
        """The installed models, read from disk at each access."""
        ...

    def forecast(self, request: Request) -> Forecast:
        """Estimate seconds and peak memory in under 5 ms, without loading a model."""
        ...

    def fit_time_budget(self, request: Request, seconds: float) -> Sampling:
        """Return the request's sampling with the most tiled detail that fits into `seconds`."""
        ...

    def run(self, request: Request, is_cancelled: IsCancelled) -> Iterator[Update]:
        """Yield `Started`, then updates, then one final event; never raise for bad input."""
        ...

    def free_memory(self) -> None:
        """Drop all weights; the next request loads them again."""
        ...
