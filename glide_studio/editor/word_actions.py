"""Edit by words: select what words name, and replace it by something else."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.api.events import FINAL, Failed, SelectionMask, Update
from glide_studio.api.request import Request, clean_prompt
from glide_studio.api.unknown_words import explain_unknown_words
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.mask_edits import select
from glide_studio.document.raster import Raster
from glide_studio.document.selection import CombineMode
from glide_studio.editor.generation import Generation
from glide_studio.editor.jobs import Job
from glide_studio.editor.replaced_ground import restore_removed
from glide_studio.editor.retouch_actions import RetouchActions
from glide_studio.editor.runner import EngineRunner
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.workers import Worker
from glide_studio.errors import GlideError
from glide_studio.imaging import icc
from glide_studio.imaging.blending.object_placement import CONTAIN_MARGIN, containing_height
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.object_selection import follow_edges
from glide_studio.imaging.types import Pixels
from glide_studio.signals import Signal
from glide_studio.translation import translate

SEARCH_SIDE_PX = 1024  # longer side of the reduced picture that is searched

REPLACE_PATTERN = re.compile(
    r"\s*replace\s+(?P<old>.+?)\s+(?:with|by)\s+(?P<new>.+?)\s*[.!]?\s*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Replacement:
    """What is to be replaced, and by what, in the user's words."""

    old: str
    new: str


def parse_replacement(prompt: str) -> Replacement | None:
    """Parse "replace the X with a Y"; None if the prompt says something else."""
    match = REPLACE_PATTERN.fullmatch(clean_prompt(prompt))
    return None if match is None else Replacement(match["old"], match["new"])


class WordActions:
    """Select by words, and replace by words.

    changed: a search began or ended. asked: what is to be replaced was found and is selected, or
    was not found (False) and the mask that is there may be meant; answer with `confirm` or
    `decline`. pending: the replacement that waits for the answer. error: why the last search
    selected nothing, "" if it did. is_missing: whether that is because nothing was found.
    """

    def __init__(
        self,
        state: EditorState,
        runner: EngineRunner,
        pool: Worker,
        generation: Generation,
        retouching: RetouchActions,
    ) -> None:
        self.changed: Signal[()] = Signal()
        self.asked: Signal[Replacement, bool] = Signal()
        self.pending: Replacement | None = None
        self.error, self.is_missing = "", False
        self._state, self._runner, self._pool = state, runner, pool
        self._generation, self._retouching = generation, retouching
        self._search: _Search | None = None
        runner.updated.connect(self._deliver)
        generation.dropped.connect(self._put_back)
        state.document_changed.connect(lambda before, after, dirty: self._forget_if(dirty.whole))

    @property
    def is_searching(self) -> bool:
        """True while a search is under way."""
        return self._search is not None

    def select(self, words: str, mode: CombineMode = "replace") -> None:
        """Select what words name, with the chosen model.

        Raises:
            GlideError: if no picture is open, nothing was said, or the model does not know the
                words.
        """
        self._begin(words, mode, None)

    def replace(self, replacement: Replacement) -> None:
        """Select what is to be replaced; `asked` is emitted once it is found.

        If it is not found, the question is about the mask, if there is one.

        Raises:
            GlideError: if no picture is open, or the model does not know one of the two.
        """
        self._check_known(replacement.new)
        self._begin(replacement.old, "replace", replacement)

    def cancel(self) -> None:
        """Stop the search."""
        if self._search is not None:
            self._runner.requests.cancel(self._search.request.id)
            self._end(translate("WordActions", "Cancelled."))

    def decline(self) -> None:
        """Replace nothing; the selection stays."""
        self.pending = None

    def confirm(self) -> None:
        """Remove what is selected, and generate the other thing in its place.

        Raises:
            GlideError: if no replacement waits for an answer, or nothing is selected any more.
        """
        replacement, self.pending = self.pending, None
        if replacement is None:
            raise GlideError(
                translate("WordActions", "There is nothing to replace; say what by what first.")
            )
        document = self._state.document
        place = document.selection.content_box()
        if place.empty:
            raise GlideError(
                translate(
                    "WordActions", "Nothing is selected any more; say again what is to be replaced."
                )
            )
        before = self._state.timeline.current.id
        self._retouching.remove_painted(lambda: self._generate(replacement, place, before))

    def take_back(self, job: Job) -> None:
        """Go back to before the replacement that a job draws, if nothing was done since."""
        if job.replaces and job.request.state == self._state.timeline.current.id:
            self._state.go(lambda history: history.jump(job.replaces))

    def _put_back(self, job: Job) -> None:
        """Bring back what a job was to replace, unless another job has results in its place.

        What was done since stays.
        """
        history, jobs = self._state.history, self._generation.jobs
        if history is None or not job.replaces:
            return
        others = (one for one in (*jobs.results, *jobs.unfinished) if one.id != job.id)
        if any(one.replaces == job.replaces for one in others):
            return
        if job.request.state == history.current.id:
            self.take_back(job)
            return
        before, after = (history.state(one).document for one in (job.replaces, job.request.state))
        self._state.apply(
            translate("WordActions", "Bring back what was removed"),
            restore_removed(before, after, history.document),
        )

    def _generate(self, replacement: Replacement, place: Box, before: str) -> None:
        document = self._state.document
        mask = Raster.empty(document.size, 1)
        box = box_for(place).clamp(document.box)
        mask = mask.write(box, np.full((box.height, box.width, 1), 255, np.uint8))
        self._state.apply(
            translate("WordActions", "Place for {new}").format(new=replacement.new),
            select(document, mask, "replace"),
        )
        self._generation.generate(prompt=replacement.new, replaces=before)

    def _begin(self, words: str, mode: CombineMode, replacement: Replacement | None) -> None:
        document, words = self._state.document, clean_prompt(words)
        if not words:
            raise GlideError(
                translate("WordActions", "Type what should be selected, for example: the apple.")
            )
        self._check_known(words)
        self.cancel()
        self.pending, self.error, self.is_missing = None, "", False
        request = make_search_request(document.size, words, self._state.generation_settings.model)
        search = self._search = _Search(request, document, mode, replacement)
        self._runner.start()
        self.changed.emit()
        # Documents are immutable, so the pixels may be reduced while the user goes on.
        self._pool.run(
            lambda: add_picture(document, request),
            lambda whole: self._submit(search, whole),
            lambda error: self._end(str(error)),
        )

    def _submit(self, search: _Search, request: Request) -> None:
        if self._search is search:
            self._runner.requests.add(request)

    def _check_known(self, words: str) -> None:
        model = self._state.generation_settings.model
        engine = self._runner.engine
        nouns = engine.capabilities.nouns.get(model, ()) if engine is not None else ()
        if unknown := explain_unknown_words(words, nouns):
            raise GlideError(unknown)

    def _deliver(self, update: Update) -> None:
        search = self._search
        if search is None or update.request != search.request.id:
            return
        if isinstance(update, SelectionMask):
            search.mask = update.mask
        elif isinstance(update, Failed):
            self._end(update.message)
        elif isinstance(update, FINAL):
            self._finish(search)

    def _finish(self, search: _Search) -> None:
        mask = search.mask
        if mask is None or not mask.any():
            self._miss(search)
            return
        self._pool.run(
            lambda: enlarge_found(search.document, mask),
            lambda raster: self._select(search, raster),
            lambda error: self._end(str(error)),
        )

    def _miss(self, search: _Search) -> None:
        """End a search that found nothing; ask about the mask if something is to be replaced."""
        self.is_missing = True
        missing = translate(
            "WordActions", "Nothing like '{prompt}' was found in the picture."
        ).format(prompt=search.request.prompt)
        wish = search.replacement
        if wish is not None and not self._state.document.selection.content_box().empty:
            self.pending = wish
            self._end(missing, is_told=False)
            self.asked.emit(wish, False)
        elif wish is not None:
            advice = translate(
                "WordActions",
                "Select it with a box (the Object select tool), then press Replace again.",
            )
            self._end(missing, advice)
        else:
            advice = translate("WordActions", "Put a box around it (the Object select tool).")
            self._end(missing, advice)

    def _select(self, search: _Search, found: Raster) -> None:
        if self._search is not search:
            return
        document = self._state.document
        if document.size != found.size:
            self._end(
                translate(
                    "WordActions",
                    "The picture has another size now; say again what should be selected.",
                )
            )
            return
        if found.content_box().empty:
            self._miss(search)
            return
        label = translate("WordActions", "Mask: {prompt}").format(prompt=search.request.prompt)
        self._state.apply(label, select(document, found, search.mode))
        self.pending = search.replacement
        self._end("")
        if search.replacement is not None:
            self.asked.emit(search.replacement, True)

    def _end(self, error: str, advice: str = "", *, is_told: bool = True) -> None:
        self._search, self.error = None, error
        if error and is_told:
            self._state.notify(f"{error} {advice}".strip(), Severity.WARNING)
        self.changed.emit()

    def _forget_if(self, another_picture: bool) -> None:
        if another_picture:
            self.pending = None
            self.cancel()


@dataclass(slots=True, eq=False)
class _Search:
    """A search under way, and what it is for."""

    request: Request
    document: Document
    mode: CombineMode
    replacement: Replacement | None
    mask: NDArray[np.float32] | None = None


def make_search_request(size: Size, words: str, model: str) -> Request:
    """Make the request that finds what words name in a reduced picture, without its pixels."""
    reduced = search_size(size)
    return Request("select", words, Box(0, 0, reduced.width, reduced.height), model=model)


def add_picture(document: Document, request: Request) -> Request:
    """Add what a document shows, reduced to the request's box."""
    pixels = np.ascontiguousarray(composite(document, document.box)[..., :3])
    size = (request.box.width, request.box.height)
    small: Pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    return replace(request, image=icc.to_srgb(small, document.icc))


def search_size(size: Size) -> Size:
    """Return the size at which a picture is searched."""
    scale = min(1.0, SEARCH_SIDE_PX / max(size.width, size.height))
    return Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)))


def enlarge_found(document: Document, mask: NDArray[np.float32]) -> Raster:
    """Enlarge a mask of the reduced picture, [h, w] 0 or 1, along the edges of the whole one."""
    pixels = composite(document, document.box)[..., :3]
    image = pixels if pixels.dtype == np.uint8 else pixels >> 8
    found = follow_edges(np.ascontiguousarray(image, np.uint8), mask > 0.5)
    return Raster.from_array(found[..., None])


def box_for(place: Box) -> Box:
    """Return the box in which placement draws an object as large as `place`."""
    width = round(place.width / (1 - 2 * CONTAIN_MARGIN))
    height = round(containing_height(place.height))
    return Box(place.x - (width - place.width) // 2, place.y, width, height)
