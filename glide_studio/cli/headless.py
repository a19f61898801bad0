"""A session without a window, with the engine in the caller's thread."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from glide_studio.api.request import Request, Sampling
from glide_studio.editor.hosts import EngineHere
from glide_studio.editor.job import Job, JobState
from glide_studio.editor.session import Session
from glide_studio.errors import GlideError
from glide_studio.inference.engine import LocalEngine


@contextmanager
def headless(*, claims: bool = True) -> Iterator[Session]:
    """A session that ends with the block; its working store is temporary. claims: as in `Session`."""
    with tempfile.TemporaryDirectory(prefix="glide-studio-") as folder:
        session = Session(EngineHere(LocalEngine), stores=Path(folder), claims=claims)
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
    *,
    negative: str = "",
    seconds: float | None = None,
) -> Job:
    """Fill the painted mask and return the finished job; `watch` is called after each step.

    seconds: make as much detail by tiles as this machine is expected to make in that time.

    Raises:
        GlideError: if the request is refused or fails.
    """
    session.set_recipe(
        prompt=prompt, negative=negative, sampling=sampling, model=model, new_seed=False
    )
    if seconds is not None:
        session.generation.start_engine()
        engine, box = session.generation.engine, session.generation.framing().box
        assert engine is not None
        planned = Request("fill", prompt, box, sampling, model=model)
        session.set_recipe(sampling=engine.within(planned, seconds))
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
