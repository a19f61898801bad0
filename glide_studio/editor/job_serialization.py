"""Finished jobs in the working store: candidates outlive a crash, and a project carries them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from glide_studio.api.events import Patch
from glide_studio.api.request import Provenance
from glide_studio.editor.autosave import NamedArray
from glide_studio.editor.jobs import Job, JobState, Mark
from glide_studio.io.project.working_store import WorkingStore
from glide_studio.io.provenance import provenance_from_json, provenance_to_json
from glide_studio.version import __version__

JOB_KIND = "job"
MARKS_KIND = "job-marks"
CURRENT_JOB_KEY = ("session", "offered")
"""Where the id of the job stands whose candidates are being chosen from; "" for none."""


def job_to_item(job: Job) -> tuple[dict[str, Any], Callable[[], Iterator[NamedArray]]]:
    """Return a finished job as a JSON value, and functions that make its arrays in another thread.

    The arrays are the mask, and each candidate in float16, which keeps 11 bits of a generated
    picture; the accepted layer is stored as it is, elsewhere.
    """
    provenance = Provenance(job.request, 0, __version__, job.weights)
    value = {
        "provenance": provenance_to_json(provenance),
        "enlargement": job.enlargement,
        "device": job.device,
        "seconds": job.seconds,
        "created": job.created,
        "group": job.group,
        "clears": job.clears,
        "candidates": [patch.index for patch in job.patches],
    }
    pictures = {str(patch.index): patch.pixels for patch in job.patches}
    painted = job.painted

    def make_arrays() -> Iterator[NamedArray]:
        for name, picture in pictures.items():
            yield name, picture.astype(np.float16, copy=False)
        if painted is not None:
            yield "painted", painted

    return value, make_arrays


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


def current_stored_job(store: WorkingStore) -> Job | None:
    """Return the job whose candidates were being chosen from when the store was written last.

    None if there was none, or if what is stored of it makes no sense: it is no part of the
    document.
    """
    job_id = store.item(*CURRENT_JOB_KEY)
    return stored_job(store, job_id) if isinstance(job_id, str) and job_id else None


def stored_jobs(store: WorkingStore) -> list[Job]:
    """Return all jobs whose results are kept, oldest first, without those that make no sense."""
    jobs = (stored_job(store, job_id) for job_id in store.items(JOB_KIND))
    return [job for job in jobs if job is not None]


def stored_job(store: WorkingStore, job_id: str) -> Job | None:
    """Return a finished job; None if it is not there or makes no sense."""
    value = store.item(JOB_KIND, job_id)
    if value is None:
        return None
    try:
        provenance = provenance_from_json(value["provenance"])
        shape = (provenance.request.box.height, provenance.request.box.width)
        painted = store.array(JOB_KIND, job_id, "painted")
        if painted is None or painted.shape != shape or painted.dtype != np.uint8:
            return None
        patches = []
        for index in value["candidates"]:
            image = store.array(JOB_KIND, job_id, str(int(index)))
            if image is None or image.dtype != np.float16:
                return None
            if image.ndim != 3 or image.shape[:2] != shape or image.shape[2] not in (3, 4):
                return None
            patches.append(Patch(int(index), image))
        return Job(
            provenance.request,
            painted,
            float(value["enlargement"]),
            JobState.FINISHED,
            str(value["device"]),
            patches=tuple(patches),
            seconds=float(value["seconds"]),
            weights=provenance.weights,
            marks=marks_from_json(store.item(MARKS_KIND, job_id)),
            group=str(value.get("group", "")),
            created=float(value.get("created", 0.0)),
            clears=value.get("clears") is True,
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
