"""A job: one request and what has come of it so far, as an immutable value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.events import (
    Cancelled,
    Draft,
    Failed,
    Finished,
    Notice,
    Patch,
    Picture,
    Progress,
    SelectionMask,
    Started,
    Update,
)
from glide_studio.api.request import Request


class JobState(StrEnum):
    """Where a job stands; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """True if nothing more will come."""
        return self in (JobState.FINISHED, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A request, its state and its results.

    painted: [h, w] uint8, the user's mask inside the request's box when Generate was pressed: what
        an accepted candidate may change. None for requests that change nothing.
    enlargement: crop side over model side (see `framing`).
    stage, done, total, remaining, previews: of the newest `Progress`.
    drafts: what left the base network, by order of arrival. patches: the finished candidates.
    message: one sentence for the user once the job has failed.
    """

    request: Request
    painted: NDArray[np.uint8] | None = None
    enlargement: float = 1.0
    state: JobState = JobState.QUEUED
    device: str = ""
    stage: str = ""
    done: int = 0
    total: int = 0
    remaining: float | None = None
    previews: tuple[Picture, ...] = ()
    drafts: tuple[Draft, ...] = ()
    patches: tuple[Patch, ...] = ()
    mask: NDArray[np.float32] | None = None
    seconds: float = 0.0
    weights: tuple[tuple[str, str], ...] = ()
    message: str = ""

    @property
    def id(self) -> str:
        """The request's id."""
        return self.request.id

    @property
    def fraction(self) -> float:
        """Share of the network evaluations done, 0 .. 1."""
        return self.done / self.total if self.total else 0.0

    def patch(self, index: int) -> Patch:
        """Candidate `index`.

        Raises:
            KeyError: if it is not there.
        """
        for patch in self.patches:
            if patch.index == index:
                return patch
        raise KeyError(index)

    def advance(self, update: Update) -> Job:
        """This job after one message of its run; a final job is left as it is."""
        if self.state.final:
            return self
        match update:
            case Started(device=device):
                return replace(self, state=self._running(), device=device)
            case Progress():
                return replace(
                    self,
                    state=self._running(),
                    stage=update.stage,
                    done=update.done,
                    total=update.total,
                    remaining=update.remaining,
                    previews=update.previews or self.previews,
                )
            case Draft():
                return replace(self, drafts=(*self.drafts, update))
            case SelectionMask(mask=mask):
                return replace(self, mask=mask)
            case Finished():
                return replace(
                    self,
                    state=JobState.FINISHED,
                    patches=update.patches,
                    seconds=update.seconds,
                    weights=update.weights,
                    previews=(),
                    remaining=None,
                )
            case Failed(message=message):
                return replace(self, state=JobState.FAILED, message=message, previews=())
            case Cancelled():
                return replace(self, state=JobState.CANCELLED, previews=())
            case Notice():
                return self

    def _running(self) -> JobState:
        """A step that was under way when Pause was pressed still reports; the job stays paused."""
        return JobState.PAUSED if self.state is JobState.PAUSED else JobState.RUNNING
