"""A session without a window, with the engine in the caller's thread."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from glide_studio.base.errors import GlideError
from glide_studio.contract.request import Sampling
from glide_studio.engine.engine import LocalEngine
from glide_studio.session.hosts import EngineHere
from glide_studio.session.job import Job, JobState
from glide_studio.session.session import Session


@contextmanager
def headless() -> Iterator[Session]:
    """A session that ends with the block; its working store is temporary."""
    with tempfile.TemporaryDirectory(prefix="glide-studio-") as folder:
        session = Session(EngineHere(LocalEngine), stores=Path(folder))
        try:
            yield session
        finally:
            session.close()


def fill(
    session: Session,
    prompt: str,
    sampling: Sampling,
    model: str,
    watch: Callable[[Job], object] = lambda job: None,
) -> Job:
    """Fill the painted mask and return the finished job; `watch` is called after each step.

    Raises:
        GlideError: if the request is refused or fails.
    """
    session.set_recipe(prompt=prompt, sampling=sampling, model=model, new_seed=False)
    end = session.jobs_changed.connect(watch)
    try:
        job = session.generation.generate()
        session.run_until_done()
    finally:
        end()
    job = session.generation.jobs[job.id]
    if job.state is not JobState.FINISHED:
        raise GlideError(job.message or "The fill was cancelled.")
    return job
