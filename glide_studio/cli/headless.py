"""What the commands do with the engine: fill, draw, upscale, find by words, and save."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.api import events
from glide_studio.api.request import Request, new_id
from glide_studio.api.sampling import Sampling
from glide_studio.document.compositing import composite
from glide_studio.editor.editor import Editor
from glide_studio.editor.jobs import Job, JobState
from glide_studio.errors import GlideError
from glide_studio.glide.layers import noop
from glide_studio.imaging.geometry import Box
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.gradients import check_clip, clip_scores
from glide_studio.inference.models.model_set import find_model
from glide_studio.inference.pixels import premultiply
from glide_studio.io.images.export_options import ExportOptions, format_for
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.write import write_image


def fill(
    editor: Editor,
    prompt: str,
    sampling: Sampling,
    model: str,
    watch: Callable[[Job], object] = lambda job: None,
    *,
    negative: str = "",
    seconds: float | None = None,
    placement: Mapping[str, Any] | None = None,
) -> Job:
    """Fill the painted mask and return the finished job.

    watch: called after each step. seconds: reduce the detail of a large region to what this machine
    is expected to make in that time. placement: fields of `GenerationSettings` on objects, if they
    are not the usual ones.

    Raises:
        GlideError: if the model does not know what is asked for, or the request is refused or
            fails.
    """
    editor.set_generation_settings(
        prompt=prompt,
        negative=negative,
        sampling=sampling,
        model=model,
        new_seed=False,
        **(placement or {}),
    )
    editor.runner.start()
    engine = editor.engine
    assert engine is not None
    if seconds is not None:
        box = editor.requests.crop().box
        planned = Request("fill", prompt, box, sampling, model=model)
        editor.set_generation_settings(sampling=engine.fit_time_budget(planned, seconds))
    disconnect = editor.jobs_changed.connect(watch)
    try:
        editor.generation.generate()
        editor.runner.run_until_done()
    finally:
        disconnect()
    return last_job(editor)


def last_job(editor: Editor) -> Job:
    """Return the newest job, which is finished.

    Raises:
        GlideError: if it failed or was cancelled.
    """
    job = list(editor.generation.jobs.values())[-1]
    if job.state is not JobState.FINISHED:
        raise GlideError(job.message or "The fill was cancelled.")
    return job


def run_request(request: Request, title: str) -> Job:
    """Run a request that changes no document, with a progress bar, and return its finished job.

    Raises:
        GlideError: if it is refused or fails.
    """
    from glide_studio.cli.progress import job_bar

    job = Job(request)
    with job_bar(title) as watch:
        for update in LocalEngine().run(request, lambda: False):
            job = job.advance(update)
            watch(job)
    if job.state is JobState.FAILED:
        raise GlideError(job.message)
    return job


def draw_best(request: Request, drafts: int, title: str) -> Job:
    """Draw so many drafts, and finish the one that fits the prompt best by the model's CLIP.

    Raises:
        GlideError: if the request is refused or fails, or the model has no CLIP.
    """
    from glide_studio.cli.progress import job_bar

    engine = LocalEngine()
    model = find_model(request.model, engine.folders)
    check_clip(model)
    sampling = replace(request.sampling, count=drafts)
    job = Job(replace(request, id=new_id(), sampling=sampling, drafts_only=True))
    found: dict[int, events.Picture] = {}
    with job_bar(f"{title}, drafts") as watch:
        for update in engine.run(job.request, lambda: False):
            if isinstance(update, events.Draft):
                found[update.index] = update.image
            job = job.advance(update)
            watch(job)
    if job.state is JobState.FAILED:
        raise GlideError(job.message)
    seen = [
        premultiply(found[index]) if found[index].shape[2] == 4 else found[index]
        for index in range(drafts)
    ]
    best = int(np.argmax(list(clip_scores(seen, request.prompt, model, engine.cache, noop))))
    return run_request(
        replace(request, sampling=sampling, draft=np.array(found[best]), draft_index=best), title
    )


def select_by_words(editor: Editor, words: str, model: str) -> NDArray[np.uint8]:
    """Select what `words` name in the open picture; return the mask [h, w] uint8, 255 inside.

    Raises:
        GlideError: if the model does not know the words, or nothing is found.
    """
    editor.runner.start()
    editor.set_generation_settings(model=model)
    editor.words.select(words)
    editor.runner.run_until_done()
    return read_found(editor)


def read_found(editor: Editor) -> NDArray[np.uint8]:
    """Return the mask that a search by words has selected, [h, w] uint8.

    Raises:
        GlideError: if it found nothing.
    """
    words = editor.words
    if words.is_missing:
        raise GlideError(
            f"{words.error} Put a box around it: 'glide-studio select --box' writes its mask."
        )
    if words.error:
        raise GlideError(words.error)
    return editor.selection.painted_mask(editor.document.box)


def upscale(
    pixels: NDArray[np.unsignedinteger[Any]], scale: int, sampling: Sampling, model: str
) -> NDArray[np.unsignedinteger[Any]]:
    """Enlarge pixels [h, w, 3 or 4] by 2 or 4 with the model's upsampler; alpha by interpolation.

    Raises:
        GlideError: if the result would be too large for the memory, or the model has no upsampler.
    """
    height, width = pixels.shape[:2]
    image = to_floats(pixels[..., :3])
    request = Request("upscale", "", Box(0, 0, width, height), sampling, image=image, model=model)
    forecast = LocalEngine().forecast(request)
    if not forecast.fits:
        raise GlideError(
            f"That needs {forecast.peak_bytes / 1e9:.1f} GB of memory, more than is free; enlarge a"
            " smaller picture or a part of it."
        )
    (patch,) = run_request(request, "upscale").patches
    size = (scale * width, scale * height)
    planes = cv2.resize(patch.image, size, interpolation=cv2.INTER_AREA)
    if pixels.shape[2] == 4:
        alpha = cv2.resize(to_floats(pixels[..., 3]), size, interpolation=cv2.INTER_CUBIC)
        planes = np.dstack([planes, alpha])
    top = np.iinfo(pixels.dtype).max
    return np.asarray(np.rint(np.clip(planes, 0, 1) * top), pixels.dtype)


def to_floats(pixels: NDArray[np.unsignedinteger[Any]]) -> NDArray[np.float32]:
    """Scale 8 or 16 bit values to float32 in 0 .. 1."""
    return np.asarray(pixels, np.float32) / np.float32(np.iinfo(pixels.dtype).max)


def render_rgb(editor: Editor) -> NDArray[np.uint8]:
    """Return the visible layers composited, [H, W, 3] uint8."""
    document = editor.document
    pixels = composite(document, document.size.box)[..., :3] / np.float32(document.max_value)
    return np.rint(pixels * 255).astype(np.uint8)


def save_png(path: Path, rgb: NDArray[np.uint8]) -> None:
    """Write [H, W, 3] uint8 as PNG, atomically.

    Raises:
        GlideError: if the file cannot be written.
    """
    opaque = np.full((*rgb.shape[:2], 1), 255, np.uint8)
    write_image(path, Picture(np.concatenate([rgb, opaque], axis=-1)), ExportOptions("png"))


def save_picture(path: Path, picture: NDArray[np.float32]) -> tuple[str, ...]:
    """Write a picture that an engine made, atomically, in the format that the name ends in.

    Returns sentences on what the format could not keep.

    picture: [H, W, 3] or [H, W, 4] with straight alpha, 0 .. 1.

    Raises:
        GlideError: if the file cannot be written.
    """
    pixels = np.rint(picture * 255).astype(np.uint8)
    has_alpha = pixels.shape[2] == 4
    if not has_alpha:
        pixels = np.concatenate([pixels, np.full_like(pixels[..., :1], 255)], axis=-1)
    return write_image(path, Picture(pixels, has_alpha), ExportOptions(format_for(path))).notes
