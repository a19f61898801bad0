"""What is asked of the model tower: `Request` and its `Sampling`, and where a result came from."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.checkpoint import Checkpoint
from glide_studio.imaging.geometry import Box

Kind = Literal["fill", "generate", "variation", "expand", "upscale", "select", "rank"]
SamplerName = Literal["ddim", "ancestral", "plms", "prk", "dpm++2m", "dpm++2m-sde"]

Context = Literal["shown", "hidden", "plain"]
Variance = Literal["learned", "small", "large"]

RANGES = (
    ("steps", 1, 1000),
    ("upsample_steps", 1, 1000),
    ("guidance_low", 0, 1),
    ("guidance_high", 0, 1),
    ("rescale", 0, 1),
    ("eta", 0, 1),
    ("temperature", 0, 1),
    ("classifier_class", -1, 100_000),
    ("strength", 0, 1),
    ("resamples", 1, 100),
    ("jump", 1, 1000),
    ("longest", 0, 16_384),
)
"""Fields of `Sampling` that are bounded on both sides."""

PIXELS = ("image", "mask", "draft", "pictures", "resume")
"""Fields of `Request` that are not stored."""

MAX_PROMPT = 10_000  # characters kept; the tokenizer keeps 128 tokens of them anyway


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw: everything that, with the same model and picture, fixes the result.

    seed: 0 .. 2**63 - 1; candidate i of a request uses noise stream (seed, i).
    count: number of candidates, 1 or more.
    steps, upsample_steps: denoising steps of the base and of the upsampler, 1 .. 1000.
    sampler: of the base network. eta: of the sampler "ddim", 0 .. 1: how much of the noise is fresh at
        each step, from none to as much as ancestral sampling draws.
    variance: of the sampler "ancestral": the network's own (beta~ if it learned none), "small" for
        beta~, "large" for beta (DDPM, section 3.2).
    guidance: classifier-free guidance scale s (GLIDE, eq. 8); 1 is unguided.
    guidance_low, guidance_high: guide only between these shares of the timesteps, 0 the picture, 1
        pure noise. rescale: 0 .. 1, how far guided noise gets back its standard deviation.
    temperature: 0 .. 1, standard deviation of the noise that drafts and tiles start from, as the released
        notebooks draw their upsampler's (0.997). Below 1 fills are calmer and more alike.
    clip_scale, classifier_scale: gradient scales, 0 is off. classifier_class: number of the class,
        -1 for the one that the prompt names.
    strength: 0 .. 1, how much of the picture is made anew: below 1 it starts from the noised original.
    context: "shown": the network sees the known pixels. "hidden": it does not, and they are imposed on
        x_t, for a fill that ignores its prompt. "plain": likewise with the text-to-image network.
    resamples, jump: for the latter two, how often each stretch of `jump` steps is walked (RePaint).
    longest: pixels of the longer side up to which the picture is made in full detail, by tiles beyond
        the cascade's own size; what is missing to the crop is enlarged.

    Raises:
        ValueError: if a value is out of its range.
    """

    seed: int = 0
    count: int = 1
    steps: int = 25
    upsample_steps: int = 4
    sampler: SamplerName = "dpm++2m"
    guidance: float = 3.0
    guidance_low: float = 0.0
    guidance_high: float = 1.0
    rescale: float = 0.0
    clip_scale: float = 0.0
    classifier_scale: float = 0.0
    classifier_class: int = -1
    strength: float = 1.0
    context: Context = "shown"
    resamples: int = 1
    jump: int = 5
    longest: int = 1024
    eta: float = 0.0
    variance: Variance = "learned"
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"A seed lies in 0 .. 2^63 - 1; {self.seed} does not.")
        if self.count < 1:
            raise ValueError(f"At least one candidate must be asked for, not {self.count}.")
        for name, low, high in RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} lies in {low} .. {high}; {value} does not.")
        for name in ("guidance", "clip_scale", "classifier_scale"):
            if not np.isfinite(getattr(self, name)):
                raise ValueError(f"{name} must be a finite number.")
        for name, allowed in (
            ("sampler", get_args(SamplerName)),
            ("context", get_args(Context)),
            ("variance", get_args(Variance)),
        ):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} is one of {', '.join(allowed)}.")


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
    rank: score the drafts against the prompt. words: tell which word was looked at where.
    pictures: [h, w, 3] float32, 0 .. 1 each, for kind "rank": what is to be scored.
    resume: go on from there, with the same values in all other fields; with others it is a fork.
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
    rank: bool = False
    words: bool = False
    pictures: tuple[NDArray[np.float32], ...] = ()
    resume: Checkpoint | None = None
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
        for picture in (self.draft, *self.pictures):
            if picture is None:
                continue
            if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.float32:
                raise ValueError(
                    "A request's drafts and pictures must be float32 [h, w, 3], "
                    f"not {picture.dtype} {picture.shape}."
                )
            picture.setflags(write=False)

    def without_pixels(self) -> Self:
        """The same request as it is stored: no arrays."""
        return replace(self, image=None, mask=None, draft=None, pictures=(), resume=None)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a layer's pixels came from: the request (without pixels), which candidate, which weights.

    weights: file name -> first 16 hexadecimal digits of its sha256.
    """

    request: Request
    candidate: int
    program: str
    weights: tuple[tuple[str, str], ...] = ()
