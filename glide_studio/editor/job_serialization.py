"""Finished jobs in the working store: candidates outlive a crash, and a project carries them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.events import Draft, Patch
from glide_studio.api.request import Provenance
from glide_studio.document.frame import Frame
from glide_studio.editor.autosave import NamedArray
from glide_studio.editor.jobs import Choice, Job, JobState, Mark
from glide_studio.editor.stored_patch import StoredPatch, leave_pixels
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import CompactImage
from glide_studio.io.project.working_store import PICK_KIND, SESSION_KIND, WorkingStore
from glide_studio.io.provenance import provenance_from_json, provenance_to_json
from glide_studio.translation import translate
from glide_studio.version import __version__

JOB_KIND = "job"
BOX_NAMES = ("x", "y", "width", "height")
MARKS_KIND = "job-marks"
MAX_HELD = 768 << 20
"""Bytes that the jobs of a project may take in memory: masks, drafts and small pictures."""
CURRENT_JOB_KEY = (SESSION_KIND, "offered")
"""Where the id of the job stands whose candidates are being chosen from; "" for none."""


def job_to_item(job: Job) -> tuple[dict[str, Any], Callable[[], Iterator[NamedArray]]]:
    """Return a finished job as a JSON value, and functions that make its arrays in another thread.

    The arrays are the mask, with its rim and without, and each candidate or draft in float16, which
    keeps 11 bits of a generated picture, an object as the box around it; the accepted layer is
    stored as it is, elsewhere.
    """
    provenance = Provenance(job.request, 0, __version__, job.weights)
    value = {
        "provenance": provenance_to_json(provenance),
        "enlargement": job.enlargement,
        "device": job.device,
        "seconds": job.seconds,
        "created": job.created,
        "group": job.group,
        "refined_from": job.refined_from,
        "frame": str(job.frame),
        "clears": job.clears,
        "replaces": job.replaces,
        "candidates": [patch.index for patch in job.patches],
        "drafts": [draft.index for draft in job.drafts] if job.is_drafts else [],
        "boxes": {str(one.index): asdict(one.box) for one in job.patches if one.box is not None},
    }
    patches, painted, taken = job.patches, job.painted, job.taken
    drafts = job.drafts if job.is_drafts else ()

    def make_arrays() -> Iterator[NamedArray]:
        for patch in patches:
            yield str(patch.index), patch.pixels.astype(np.float16, copy=False)
        for draft in drafts:
            yield f"draft {draft.index}", draft.image.astype(np.float16)
        if painted is not None:
            yield "painted", painted
        if taken is not None:
            yield "taken", taken

    return value, make_arrays


def keep_on_disk(job: Job, store: WorkingStore) -> Job:
    """Return a job that a store holds without the pixels of its candidates.

    They are read again from there whenever they are asked for.
    """

    def leave(patch: Patch | StoredPatch) -> Patch | StoredPatch:
        if isinstance(patch, StoredPatch):
            return patch
        shape = patch.pixels.shape
        return leave_pixels(patch, partial(_read_pixels, store, job.id, patch.index, shape))

    return replace(job, patches=tuple(map(leave, job.patches)))


def _read_pixels(
    store: WorkingStore, job_id: str, index: int, shape: tuple[int, ...]
) -> CompactImage:
    pixels = store.array(JOB_KIND, job_id, str(index), is_known=True)
    if pixels is None or pixels.dtype != np.float16 or pixels.shape != shape:
        raise GlideError(
            translate(
                "JobSerialization",
                "This result can no longer be read from the disk; press Generate to make new ones.",
            )
        )
    return pixels


def marks_to_json(marks: Mapping[int, Mark]) -> dict[str, str]:
    """Return what the user thinks of the candidates of a job, as a JSON value."""
    return {str(index): mark.value for index, mark in marks.items()}


def marks_from_json(value: Any) -> dict[int, Mark]:
    """Read what `marks_to_json` made, without what makes no sense."""
    if not isinstance(value, dict):
        return {}
    known = {mark.value: mark for mark in Mark}
    return {
        int(index): known[mark]
        for index, mark in value.items()
        if index.isdecimal() and isinstance(mark, str) and mark in known
    }


def pick_to_json(job: Job) -> dict[str, Any]:
    """Return which candidate of a job was looked at last, and when, as a JSON value."""
    return {"index": job.picked, "at": job.picked_at}


def add_pick(job: Job, value: Any) -> Job:
    """Return a job with the pick that `pick_to_json` made; as it is if that makes no sense."""
    match value:
        case {"index": int(index), "at": float(at)} if Choice(job.id, index) in job.choices:
            return replace(job, picked=index, picked_at=at)
    return job


def current_stored_job(store: WorkingStore) -> Job | None:
    """Return the job whose candidates were being chosen from when the store was written last.

    None if there was none, or if what is stored of it makes no sense: it is no part of the
    document.
    """
    job_id = store.item(*CURRENT_JOB_KEY)
    return stored_job(store, job_id) if isinstance(job_id, str) and job_id else None


def stored_jobs(store: WorkingStore) -> list[Job]:
    """Return all jobs whose results are kept, oldest first, without those that make no sense."""
    found: list[Job] = []
    held = 0
    for job_id in store.items(JOB_KIND):
        job = stored_job(store, job_id)
        if job is not None and (held := held + job.nbytes) <= MAX_HELD:
            found.append(job)
    return found


def stored_job(store: WorkingStore, job_id: str) -> Job | None:
    """Return a finished job without its pixels, see `keep_on_disk`.

    None if it is not there or makes no sense.
    """
    value = store.item(JOB_KIND, job_id)
    if value is None:
        return None
    try:
        provenance = provenance_from_json(value["provenance"])
        shape = (provenance.request.box.height, provenance.request.box.width)
        painted = store.array(JOB_KIND, job_id, "painted")
        if painted is None or painted.shape != shape or painted.dtype != np.uint8:
            return None
        taken = store.array(JOB_KIND, job_id, "taken")
        if taken is not None and (taken.shape != shape or taken.dtype != np.uint8):
            return None
        boxes = value.get("boxes", {})
        patches = tuple(
            _read_patch(
                int(index), store.array(JOB_KIND, job_id, str(int(index))), boxes.get(str(index)),
                Size(shape[1], shape[0]),
            )
            for index in value["candidates"]
        )  # fmt: skip
        job = Job(
            provenance.request,
            painted,
            float(value["enlargement"]),
            JobState.FINISHED,
            str(value["device"]),
            drafts=tuple(
                _read_draft(store, job_id, int(index)) for index in value.get("drafts", [])
            ),
            patches=patches,
            seconds=float(value["seconds"]),
            weights=provenance.weights,
            marks=marks_from_json(store.item(MARKS_KIND, job_id)),
            group=str(value.get("group", "")),
            refined_from=str(value.get("refined_from", "")),
            frame=Frame.parse(str(value.get("frame", ""))),
            replaces=str(value.get("replaces", "")),
            created=float(value.get("created", 0.0)),
            clears=value.get("clears") is True,
            taken=taken,
        )
        job = add_pick(job, store.item(PICK_KIND, job_id))
        return keep_on_disk(job, store)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _read_draft(store: WorkingStore, job_id: str, index: int) -> Draft:
    """Return a stored draft.

    Raises:
        ValueError: if it makes no sense.
    """
    pixels = store.array(JOB_KIND, job_id, f"draft {index}")
    if pixels is None or pixels.dtype != np.float16 or pixels.ndim != 3:
        raise ValueError(f"Draft {index} is no picture.")
    if pixels.shape[2] not in (3, 4):
        raise ValueError(f"Draft {index} has {pixels.shape[2]} channels.")
    return Draft(job_id, index, pixels.astype(np.float32))


def _read_patch(index: int, pixels: NDArray[Any] | None, box: Any, size: Size) -> Patch:
    """Return a stored candidate. box: of an object, as JSON; None if the picture is whole.

    Raises:
        KeyError, TypeError, ValueError: if it makes no sense.
    """
    if pixels is None or pixels.dtype != np.float16 or pixels.ndim != 3:
        raise ValueError(f"Candidate {index} is no picture.")
    place = size.box if box is None else Box(*(int(box[name]) for name in BOX_NAMES))
    if pixels.shape[:2] != (place.height, place.width) or place not in size.box:
        raise ValueError(f"Candidate {index} does not lie in what was asked for.")
    if pixels.shape[2] == 4:
        return Patch.trim(index, pixels) if box is None else Patch(index, pixels, place, size)
    if pixels.shape[2] == 3 and box is None:
        return Patch(index, pixels)
    raise ValueError(f"Candidate {index} has {pixels.shape[2]} channels.")
