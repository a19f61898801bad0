"""What is asked of the model tower: `Request` and its `Sampling`, and where a result came from."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from glide_studio.base.geometry import Box

Kind = Literal["fill", "generate", "variation", "expand", "upscale", "select", "rank"]
SamplerName = Literal["ddim", "ancestral", "plms", "prk", "dpm++2m", "dpm++2m-sde"]

MAX_PROMPT = 10_000  # characters kept; the tokenizer keeps 128 tokens of them anyway


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw: everything that, with the same model and picture, fixes the result.

    seed: 0 .. 2**63 - 1; candidate i of a request uses noise stream (seed, i).
    count: number of candidates, 1 or more.
    steps, upsample_steps: denoising steps of the base and of the upsampler, 1 .. 1000.
    sampler: of the base network.
    guidance: classifier-free guidance scale s (GLIDE, eq. 5); 1 is unguided.
    clip_scale, classifier_scale: gradient scales, 0 is off.

    Raises:
        ValueError: if a value is out of its range.
    """

    seed: int = 0
    count: int = 1
    steps: int = 30
    upsample_steps: int = 8
    sampler: SamplerName = "ddim"
    guidance: float = 3.0
    clip_scale: float = 0.0
    classifier_scale: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"A seed lies in 0 .. 2^63 - 1; {self.seed} does not.")
        if self.count < 1:
            raise ValueError(f"At least one candidate must be asked for, not {self.count}.")
        for name in ("steps", "upsample_steps"):
            value = getattr(self, name)
            if not 1 <= value <= 1000:
                raise ValueError(f"{name} lies in 1 .. 1000; {value} does not.")
        for name in ("guidance", "clip_scale", "classifier_scale"):
            if not np.isfinite(getattr(self, name)):
                raise ValueError(f"{name} must be a finite number.")


def new_id() -> str:
    """A fresh identifier: 32 hexadecimal digits."""
    return uuid.uuid4().hex


def clean_prompt(text: str) -> str:
    """`text` as the models take it: no lone surrogates, no control characters, at most MAX_PROMPT long."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(c if c.isprintable() else " " for c in whole)[:MAX_PROMPT].strip()


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One order to an engine, complete: nothing else is looked at.

    image: [h, w, 3] float32, 0 .. 1, sRGB: the visible composite inside `box`.
    mask: [h, w] float32, 0 .. 1: 1 = shall be generated (painted, or transparent and so unknown),
        0 = known and kept.
    box: where the crop lies in the document, in document pixels; h, w are its height and width.
    draft: [m, m, 3] float32, 0 .. 1, for kind "upscale" of a fill: a picked draft, so that the base
        network is not run again; `draft_index` says which candidate it was.
    drafts_only: stop after the base network and yield `Draft`s alone.
    state: id of the history state the pixels were cut from. A Request is *stored* without pixels
        (`without_pixels`); replay cuts them again from this state and box.
    model: name of a model set that the library knows.

    Arrays are read-only. Compared by identity; `id` names it for good.

    Raises:
        ValueError: if shapes or dtypes do not fit each other.
    """

    kind: Kind
    prompt: str
    box: Box
    sampling: Sampling = field(default_factory=Sampling)
    negative: str = ""
    image: NDArray[np.float32] | None = None
    mask: NDArray[np.float32] | None = None
    draft: NDArray[np.float32] | None = None
    draft_index: int = 0
    drafts_only: bool = False
    model: str = "mini"
    state: str = ""
    id: str = field(default_factory=new_id)

    def __post_init__(self) -> None:
        shape = (self.box.height, self.box.width)
        for name, array, wanted in (
            ("image", self.image, (*shape, 3)),
            ("mask", self.mask, shape),
        ):
            if array is None:
                continue
            if array.shape != wanted or array.dtype != np.float32:
                raise ValueError(
                    f"A request's {name} must be float32 {wanted}, not {array.dtype} {array.shape}."
                )
            array.setflags(write=False)
        if self.draft is not None:
            self.draft.setflags(write=False)

    def without_pixels(self) -> Self:
        """The same request as it is stored: no arrays."""
        return replace(self, image=None, mask=None, draft=None)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a layer's pixels came from: the request (without pixels), which candidate, which weights.

    weights: file name -> first 16 hexadecimal digits of its sha256.
    """

    request: Request
    candidate: int
    program: str
    weights: tuple[tuple[str, str], ...] = ()
