"""The messages that a running request sends, in order:

    Started, then any number of Progress, Draft, Words, Mask, Scores and Notice, then exactly one of
    Finished, Failed or Cancelled.

Pictures are float32 [h, w, 3], 0 .. 1, sRGB, read-only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.checkpoint import Checkpoint

Picture = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Started:
    """The engine took the request; `device` is the one it runs on, in words."""

    request: str
    device: str


@dataclass(frozen=True, slots=True, eq=False)
class WordMap:
    """Where candidate `index` looked for one word of the prompt: [h, w], 0 .. 1 over all words."""

    index: int
    word: str
    map: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for the user about a run that goes on."""

    request: str
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """One step is done.

    done, total: network evaluations of the whole request, so that done / total is a fraction of time
        only within a stage; stage: what is being done, in words a user understands.
    remaining: seconds still to go, estimated; None while nothing is known.
    previews: current x0 of each candidate of the batch, [m, m, 3] each; empty if none was made.
    words: where this step looked for each word of the prompt, if the request asks for it.
    checkpoint: where the run stands now.
    """

    request: str
    stage: str
    done: int
    total: int
    remaining: float | None = None
    previews: tuple[Picture, ...] = ()
    words: tuple[WordMap, ...] = ()
    checkpoint: Checkpoint | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Where all steps together looked for each word, after the last step of the base network."""

    request: str
    words: tuple[WordMap, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """Candidate `index` has left the base network: [m, m, 3] with m the base network's side."""

    request: str
    index: int
    image: Picture


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """The answer of kind "select": [h, w] float32, 0 .. 1, at the crop's scale."""

    request: str
    mask: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scores:
    """The cosine of prompt and picture by CLIP, -1 .. 1, higher is better, one number a candidate.

    The answer of kind "rank", in the order of its pictures; for `Request.rank`, of the drafts' indices.
    """

    request: str
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """One generated picture at the crop's own scale: [h, w, 3]; `index` is the candidate's."""

    index: int
    image: Picture


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """The request is done. patches: one per candidate, empty when only drafts were asked for.

    weights: file name and first 16 hexadecimal digits of its sha256, of every network used.
    """

    request: str
    patches: tuple[Patch, ...]
    seconds: float
    weights: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The request ended without a result; `message` is one sentence for the user."""

    request: str
    message: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The user stopped the request."""

    request: str


Update = Started | Progress | Draft | Words | Mask | Scores | Notice | Finished | Failed | Cancelled
FINAL = (Finished, Failed, Cancelled)
