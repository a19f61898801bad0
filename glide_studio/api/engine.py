"""The two protocols of the model tower: `Engine` and `Trainer`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from glide_studio.api.events import Update
from glide_studio.api.request import Kind, Request, SamplerName, Sampling
from glide_studio.imaging.geometry import Size

Stop = Callable[[], bool]
"""Read between the blocks of the network; True ends the run with `Cancelled`."""


Ability = Literal["refine", "rank", "clip", "classifier", "hidden", "plain"]
"""What not every model can do: make more of a draft than the draft itself; score pictures (`rank`);
guide by CLIP or a classifier; fill with its context hidden, or by a text-to-image network."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a request will cost, before it runs.

    seconds: expected wall time, model loading included. peak_bytes: memory beyond what is held now.
    fits: False if peak_bytes exceeds what is free less a reserve; `cheaper` is then a plan that fits,
    or None if none does. enlargement: by how much the generated picture must be scaled up to cover
    the crop (1.0 or less: full detail).
    """

    seconds: float
    peak_bytes: int
    fits: bool
    cheaper: Sampling | None = None
    enlargement: float = 1.0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do.

    models: names of the model sets that can be run. frame: side in pixels of the picture that the
    whole cascade makes, per model (so that the session can frame). kinds, samplers: as in `Request`.
    nouns: what the model was taught, per model; empty if it is not limited to a list.
    abilities: what else a model can do, per model; a request for more is refused with a sentence.
    usual: how a model draws best if nothing is said, per model; missing = `Sampling()`.
    """

    models: tuple[str, ...]
    frame: Mapping[str, Size]
    kinds: tuple[Kind, ...]
    samplers: tuple[SamplerName, ...]
    device: str
    nouns: Mapping[str, tuple[str, ...]]
    abilities: Mapping[str, tuple[Ability, ...]] = field(default_factory=dict)
    usual: Mapping[str, Sampling] = field(default_factory=dict)


class Engine(Protocol):
    """Runs requests, one generator each, on one thread of the caller's choice."""

    @property
    def capabilities(self) -> Capabilities:
        """Models, kinds and samplers at hand."""
        ...

    def forecast(self, request: Request) -> Forecast:
        """Seconds and peak memory in under 5 ms; never loads a model."""
        ...

    def within(self, request: Request, seconds: float) -> Sampling:
        """The request's sampling with as much detail by tiles as this machine makes in that time."""
        ...

    def run(self, request: Request, stop: Stop) -> Iterator[Update]:
        """Yield `Started`, then updates, then one final message; never raises for bad input."""
        ...

    def free_memory(self) -> None:
        """Drop all weights; the next request loads them again."""
        ...


@dataclass(frozen=True, slots=True)
class TrainStep:
    """One optimiser step of a training run, as the window and the log see it.

    loss: exponential mean. seconds: since this run began. pictures: seen in all runs together.
    """

    step: int
    pictures: int
    loss: float
    seconds: float


class Trainer(Protocol):
    """A training run as an iterator; stopping the iteration after `save` loses nothing."""

    def steps(self) -> Iterator[TrainStep]:
        """Train and yield after each optimiser step."""
        ...

    def save(self) -> None:
        """Write the exact state, atomically."""
        ...
