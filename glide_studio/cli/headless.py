"""An editor session without a window, with the engine in the caller's thread."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.document.compositing import composite
from glide_studio.editor.jobs import Job, JobState
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.session import Session
from glide_studio.errors import GlideError
from glide_studio.imaging.blending.checks import UnchangedReport
from glide_studio.inference.engine import LocalEngine
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.write import write_image


@contextmanager
def open_session(*, claims: bool = True) -> Iterator[Session]:
    """Yield a session that is closed with the block; its working store is temporary.

    claims: whether opened projects are locked, as in `Session`.
    """
    with tempfile.TemporaryDirectory(prefix="glide-studio-") as folder:
        session = Session(InlineRunner(LocalEngine), stores=Path(folder), claims=claims)
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
    """Fill the painted mask and return the finished job.

    watch: called after each step. seconds: reduce the detail of a large region to what this machine
    is expected to make in that time.

    Raises:
        GlideError: if the request is refused or fails.
    """
    session.set_recipe(
        prompt=prompt, negative=negative, sampling=sampling, model=model, new_seed=False
    )
    if seconds is not None:
        session.generation.start_engine()
        engine, box = session.generation.engine, session.generation.crop().box
        assert engine is not None
        planned = Request("fill", prompt, box, sampling, model=model)
        session.set_recipe(sampling=engine.fit_time_budget(planned, seconds))
    disconnect = session.jobs_changed.connect(watch)
    try:
        job = session.generation.generate()
        session.run_until_done()
    finally:
        disconnect()
    job = session.generation.jobs[job.id]
    if job.state is not JobState.FINISHED:
        raise GlideError(job.message or "The fill was cancelled.")
    return job


def render_rgb(session: Session) -> NDArray[np.uint8]:
    """Return the visible layers composited, [H, W, 3] uint8."""
    document = session.document
    pixels = composite(document, document.size.box)[..., :3] / np.float32(document.max_value)
    return np.rint(pixels * 255).astype(np.uint8)


def save_png(path: Path, picture: NDArray[np.uint8] | Image.Image) -> None:
    """Write an RGB image as PNG, atomically.

    picture: [H, W, 3] uint8.

    Raises:
        GlideError: if the file cannot be written.
    """
    rgb = np.asarray(picture)
    opaque = np.full((*rgb.shape[:2], 1), 255, np.uint8)
    write_image(path, Picture(np.concatenate([rgb, opaque], axis=-1)), ExportOptions("png"))


def describe_proof(proof: UnchangedReport) -> str:
    """Return what the check of the pixels outside the mask found, in words."""
    if proof.ok:
        return f"all {proof.compared:,} pixels outside the mask are untouched"
    return f"{proof.differing:,} pixels outside the mask changed; please report this"
