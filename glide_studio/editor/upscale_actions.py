"""Enlarge the picture two or four times: by interpolation, or by a model's upsampler."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

import cv2
import numpy as np

from glide_studio.api.engine_protocol import EnlargingMeasure
from glide_studio.api.events import Cancelled, Failed, Finished, Picture, Progress, Update
from glide_studio.api.request import Request
from glide_studio.document import canvas_edits
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.document_thumbnail import Thumbnail, Thumbnailer
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.editor.canvas_actions import check_size
from glide_studio.editor.runner import EngineRunner
from glide_studio.editor.state import EditorState
from glide_studio.editor.workers import Task, Worker
from glide_studio.errors import GlideError
from glide_studio.imaging import icc
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.imaging.types import Pixels
from glide_studio.signals import Signal
from glide_studio.translation import translate

Method = Literal["model", "lanczos"]
MODEL_FACTOR = 4  # by which an upsampler enlarges; less is averaged down from it
PREVIEW_PX = 64  # side of the previewed part of the picture


@dataclass(frozen=True, slots=True)
class UpscaleProgress:
    """How far it is. share: 0 .. 1. error: a sentence if it failed, else "". done: it has ended."""

    share: float = 0.0
    error: str = ""
    done: bool = False


@dataclass(slots=True, eq=False)
class _Enlarging:
    """What is under way: the document, its layers still to be enlarged, and those that are done."""

    document: Document
    scale: int
    waiting: list[Layer]
    request: Request | None = None
    pictures: dict[str, Picture] = field(default_factory=dict)
    total: int = 1


class UpscaleActions:
    """progress: of `enlarge`. Of `preview`: interpolated by Lanczos, previewed by the model."""

    def __init__(self, state: EditorState, runner: EngineRunner, pool: Worker) -> None:
        self.progress: Signal[UpscaleProgress] = Signal()
        self.previewed: Signal[Picture] = Signal()
        self.interpolated: Signal[Picture] = Signal()
        self._state, self._runner, self._pool = state, runner, pool
        self._running: _Enlarging | None = None
        self._preview: tuple[str, int] | None = None
        self._preview_task: Task | None = None
        runner.updated.connect(self._deliver)

    @property
    def measure(self) -> dict[int, EnlargingMeasure]:
        """What was measured of the chosen model, by scale; empty if nothing was."""
        engine = self._runner.engine
        model = self._state.generation_settings.model
        return dict(engine.capabilities.enlarging.get(model, {})) if engine is not None else {}

    def best_method(self, scale: int) -> Method:
        """Return the method that was measured to be better; interpolation if nothing is known."""
        measure = self.measure.get(scale)
        return "model" if measure is not None and measure.model < measure.lanczos else "lanczos"

    def preview_box(self, middle: Point | None = None) -> Box:
        """Return the part of the picture to preview, around a point as far as the edges allow.

        middle: in document pixels; None for the middle of what is painted, else of the picture.
        """
        document = self._state.document
        if middle is None:
            painted = document.selection.content_box()
            inside = document.box if painted.empty else painted
            middle = Point(inside.x + inside.width / 2, inside.y + inside.height / 2)
        side = min(PREVIEW_PX, document.size.width, document.size.height)
        left = min(max(0, math.floor(middle.x - side / 2)), document.size.width - side)
        top = min(max(0, math.floor(middle.y - side / 2)), document.size.height - side)
        return Box(left, top, side, side)

    def preview(self, scale: int, middle: Point | None = None) -> None:
        """Enlarge a part in the background, by Lanczos and then by the model.

        A preview that is under way is cancelled. middle: see `preview_box`.

        Raises:
            GlideError: if no picture is open.
        """
        document, box = self._state.document, self.preview_box(middle)
        self.cancel_preview()

        def cut() -> Picture:
            pixels = np.ascontiguousarray(composite(document, box)[..., :3])
            return icc.to_srgb(pixels, document.icc)

        def show(image: Picture) -> None:
            self._preview_task = None
            self.interpolated.emit(resize_lanczos(image, box.size, scale))
            request = self._request(image)
            self._preview = (request.id, scale)
            try:
                self._submit(request)
            except GlideError as error:
                self._fail_preview(str(error))

        self._preview_task = task = Task()
        self._pool.run(cut, show, lambda error: self._fail_preview(str(error)), task)

    def draw_overview(self, side: int, then: Callable[[Thumbnail], object]) -> Task:
        """Draw the picture in the background, for choosing what to preview.

        side: the longer one in pixels. then: called with the picture, unless the task is cancelled.

        Raises:
            GlideError: if no picture is open.
        """
        document = self._state.document
        return self._pool.run(
            lambda: Thumbnailer(side).render_document(document),
            then,
            lambda error: self._fail_preview(str(error)),
        )

    def cancel_preview(self) -> None:
        """Stop enlarging the previewed part; its pictures do not come."""
        if self._preview_task is not None:
            self._preview_task.cancel()
            self._preview_task = None
        if self._preview is not None:
            self._runner.requests.cancel(self._preview[0])
            self._preview = None

    def enlarge(self, scale: int, method: Method) -> None:
        """Enlarge the document; its end is told by `progress`.

        Opaque layers are enlarged by the method, all others and masks by interpolation.

        Raises:
            GlideError: if no picture is open, the result would be too large, or one is under way.
        """
        document = self._state.document
        check_size(Size(scale * document.size.width, scale * document.size.height))
        if self._running is not None:
            raise GlideError(
                translate(
                    "UpscaleActions",
                    "The picture is being enlarged already; wait, or stop that first.",
                )
            )
        self.cancel_preview()
        opaque = [layer for layer in _leaves(document) if _is_opaque(layer)]
        waiting = opaque if method == "model" else []
        self._running = _Enlarging(document, scale, list(waiting), total=max(1, len(waiting)))
        try:
            self._next()
        except GlideError:
            self._running = None
            raise

    def stop(self) -> None:
        """Stop what is under way; the picture stays as it is."""
        self.cancel_preview()
        if self._running is not None:
            if self._running.request is not None:
                self._runner.requests.cancel(self._running.request.id)
            self._running = None
            self.progress.emit(UpscaleProgress(done=True))

    def _next(self) -> None:
        job = self._running
        assert job is not None
        if not job.waiting:
            self._pool.run(
                lambda: enlarge_document(job.document, job.scale, job.pictures),
                lambda after: self._apply(job, after),
                self._fail,
            )
            return
        raster = job.waiting[0].raster
        assert raster is not None
        pixels = np.ascontiguousarray(raster.read(raster.box)[..., :3])
        job.request = self._request(icc.to_srgb(pixels, job.document.icc))
        self._submit(job.request)

    def _request(self, image: Picture) -> Request:
        height, width = image.shape[:2]
        settings = self._state.generation_settings
        engine = self._runner.engine
        usual = engine.capabilities.default_sampling.get(settings.model) if engine else None
        sampling = replace(usual or settings.sampling, count=1)
        box = Box(0, 0, width, height)
        return Request("upscale", "", box, sampling, image=image, model=settings.model)

    def _submit(self, request: Request) -> None:
        self._runner.start()
        engine = self._runner.engine
        if engine is not None and not engine.forecast(request).fits:
            raise GlideError(
                translate(
                    "UpscaleActions",
                    "That needs more memory than is free; enlarge a smaller picture or use"
                    " Lanczos.",
                )
            )
        self._runner.requests.add(request)

    def _apply(self, job: _Enlarging, after: Document) -> None:
        if self._running is not job:
            return
        self._running = None
        if self._state.document is not job.document:
            self._end(
                translate("UpscaleActions", "The picture was changed meanwhile; enlarge it again.")
            )
            return
        self._state.apply(
            translate("UpscaleActions", "Enlarge {scale}×").format(scale=job.scale), after
        )
        self._end("")

    def _deliver(self, update: Update) -> None:
        if self._preview is not None and update.request == self._preview[0]:
            self._deliver_preview(update, self._preview[1])
        job = self._running
        if job is None or job.request is None or update.request != job.request.id:
            return
        if isinstance(update, Progress):
            finished = job.total - len(job.waiting)
            share = (finished + update.done / max(1, update.total)) / job.total
            self.progress.emit(UpscaleProgress(share))
        elif isinstance(update, Finished):
            layer = job.waiting.pop(0)
            job.pictures[layer.id] = update.patches[0].image
            try:
                self._next()
            except GlideError as error:
                self._fail(error)
        elif isinstance(update, Failed):
            self._fail(GlideError(update.message))
        elif isinstance(update, Cancelled):
            self.stop()

    def _deliver_preview(self, update: Update, scale: int) -> None:
        if isinstance(update, Finished):
            self._preview = None
            picture = update.patches[0].image
            height, width = (scale * side // MODEL_FACTOR for side in picture.shape[:2])
            self.previewed.emit(reduce_to(picture, Size(width, height)))
        elif isinstance(update, Failed):
            self._fail_preview(update.message)

    def _fail_preview(self, sentence: str) -> None:
        self._preview = self._preview_task = None
        self.progress.emit(UpscaleProgress(error=sentence, done=True))

    def _fail(self, error: GlideError) -> None:
        self._running = None
        self._end(str(error))

    def _end(self, error: str) -> None:
        self.progress.emit(UpscaleProgress(1.0, error, done=True))


def enlarge_document(
    document: Document, scale: int, pictures: dict[str, Picture] | None
) -> Document:
    """Enlarge a document `scale` times; opaque layers by Lanczos, or as `pictures` shows them.

    pictures: by the layer's id, [k h, k w, 3] sRGB, k at least `scale`. A pure function.
    """
    size = Size(scale * document.size.width, scale * document.size.height)
    after = canvas_edits.scale(document, size)
    for layer in _leaves(document):
        if not _is_opaque(layer):
            continue
        assert layer.raster is not None
        pixels = np.ascontiguousarray(layer.raster.read(layer.raster.box)[..., :3])
        picture = (pictures or {}).get(layer.id)
        if picture is None:
            color = resize_lanczos(icc.to_srgb(pixels, document.icc), document.size, scale)
        else:
            color = reduce_to(picture, size)
        own = np.clip(icc.from_srgb(color, document.icc), 0, 1) * document.max_value
        opaque = np.full((size.height, size.width, 1), document.max_value)
        rgba: Pixels = np.rint(np.concatenate([own, opaque], axis=-1)).astype(document.dtype)
        after = after.with_layer(replace(after.layer(layer.id), raster=Raster.from_array(rgba)))
    return after


def resize_lanczos(image: Picture, size: Size, scale: int) -> Picture:
    """Enlarge [h, w, 3] of `size` by Lanczos."""
    shape = (scale * size.width, scale * size.height)
    enlarged = cv2.resize(image, shape, interpolation=cv2.INTER_LANCZOS4)
    return np.asarray(np.clip(enlarged, 0, 1), np.float32)


def reduce_to(picture: Picture, size: Size) -> Picture:
    """Average a picture down to `size`, if it is larger."""
    if picture.shape[:2] == (size.height, size.width):
        return picture
    small = cv2.resize(picture, (size.width, size.height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _leaves(document: Document) -> list[Layer]:
    every = (one for layer in document.layers for one in layer.iter_layers())
    return [layer for layer in every if layer.raster is not None]


def _is_opaque(layer: Layer) -> bool:
    raster = layer.raster
    if raster is None:
        return False
    return bool(raster.read(raster.box)[..., 3].min() == raster.max_value)
