"""`Editor`: the one mutable object of the program, and every verb that a user has.

The verbs stand in groups: `selection`, `layers`, `canvas`, `paint`, `transform`, `crop`, `objects`,
`retouch`, `requests`, `generation`, `candidates`, `words`, `results` and `files`. All of them
belong to the loop's thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from glide_studio.api.engine_protocol import Engine
from glide_studio.api.model_library import ModelLibrary
from glide_studio.document.document import Document
from glide_studio.document.history import History, HistoryState
from glide_studio.editor.background_edits import FEW_TILES, BackgroundEdits, FindState
from glide_studio.editor.canvas_actions import CanvasActions
from glide_studio.editor.clipboard_actions import ClipboardActions
from glide_studio.editor.document_io import DocumentIO
from glide_studio.editor.fill_requests import FindSampling
from glide_studio.editor.generation import Generation
from glide_studio.editor.guide_actions import GuideActions
from glide_studio.editor.layer_actions import LayerActions
from glide_studio.editor.model_actions import ModelActions
from glide_studio.editor.object_actions import ObjectActions
from glide_studio.editor.paint_actions import PaintActions
from glide_studio.editor.result_actions import ResultActions
from glide_studio.editor.retouch_actions import RetouchActions
from glide_studio.editor.retouch_work import RetouchWork
from glide_studio.editor.runner import EngineRunner
from glide_studio.editor.selection_actions import SelectionActions
from glide_studio.editor.settings import GenerationSettings, ToolSettings
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.teaching import TeachActions
from glide_studio.editor.thumbnails import Thumbnails
from glide_studio.editor.transform_actions import CropActions, TransformActions
from glide_studio.editor.upscale_actions import UpscaleActions
from glide_studio.editor.word_actions import WordActions
from glide_studio.editor.workers import Task, Workers
from glide_studio.errors import GlideError
from glide_studio.io.images.extras import MissingExtra
from glide_studio.signals import Signal
from glide_studio.translation import translate

T = TypeVar("T")


class Editor:
    """One open document at a time, and what is done to it.

    Verbs raise GlideError; a window calls them through `attempt`, which shows the error to the
    user.
    """

    def __init__(
        self,
        runner: EngineRunner,
        workers: Workers | None = None,
        stores: Path | None = None,
        *,
        claims: bool = True,
        library: Callable[[], ModelLibrary] | None = None,
        find_sampling: FindSampling = lambda model: None,
    ) -> None:
        """runner, workers: where the engine and slow work run; None for the caller's thread.

        stores: folder of the working stores, None for the platform's usual one. claims: False to
        open projects for reading only, so that other windows may have them open. library: makes
        what manages the models, in the background; None where that is not offered. find_sampling:
        tells the sampling that a model was tuned for, until the engine is there.
        """
        workers = workers or Workers.inline()
        self._workers = workers
        self.runner = runner
        self.state = EditorState()
        self.engine_changed: Signal[()] = Signal()
        self.engine_state: str = translate("Editor", "Loading the model…")
        self.retouch_work = RetouchWork(self.state, workers.pool)
        self.objects = ObjectActions(self.state, self.retouch_work)
        self.retouch = RetouchActions(self.state, self.retouch_work, self.objects)
        self.generation = Generation(self.state, runner, workers.pool, self.retouch, find_sampling)
        self.candidates, self.requests = self.generation.candidates, self.generation.requests
        self.words = WordActions(self.state, runner, workers.pool, self.generation, self.retouch)
        self.results = ResultActions(self.state, self.generation, workers.pool)
        self.upscale = UpscaleActions(self.state, runner, workers.pool)
        self.selection = SelectionActions(self.state)
        self.background_edits = BackgroundEdits(self.state, workers.files, workers.autosave)
        self.layers = LayerActions(self.state, self.background_edits)
        self.canvas = CanvasActions(
            self.state, self.background_edits, self.retouch_work, self.retouch
        )
        self.guides = GuideActions(self.state)
        self.paint = PaintActions(self.state)
        self._after: tuple[Document | None, bool] | None = None  # what the picture before covers
        self._before_loading = Task()
        self.transform = TransformActions(self.state, workers.pool, self.layers)
        self.crop = CropActions(self.state, workers.pool)
        self.models = ModelActions(self.state, workers.pool, library)
        self.teaching = TeachActions(self.models, workers.pool)
        self.thumbnails = Thumbnails(self.state, workers.pool, self.notify_error)
        self.files = DocumentIO(
            self.state, workers, self.generation, self.notify_error, stores, claims
        )
        self.clipboard = ClipboardActions(
            self.state,
            workers,
            self.background_edits,
            self.notify_error,
            self.files.open_document,
        )
        self.results.changed.connect(self.files.note_result_edit)
        self.results.stored.connect(self.files.store_results)
        self.results.marked.connect(self.files.store_marks)
        self.document_changed = self.state.document_changed
        self.settings_changed = self.state.settings_changed
        self.notice = self.state.notice
        self.jobs_changed = self.generation.jobs.changed
        self.candidates_changed = self.candidates.changed
        runner.ready.connect(self._engine_ready)

    @property
    def document(self) -> Document:
        """The current document.

        Raises:
            GlideError: if none is open.
        """
        return self.state.document

    @property
    def shown(self) -> Document | None:
        """What the canvas draws."""
        return self.state.shown

    @property
    def history(self) -> History | None:
        """The history of the open document, None if none is open."""
        return self.state.history

    @property
    def timeline(self) -> History:
        """The history of the open document.

        Raises:
            GlideError: if none is open.
        """
        return self.state.timeline

    @property
    def tool_settings(self) -> ToolSettings:
        """The chosen tool and its settings."""
        return self.state.tool_settings

    @property
    def generation_settings(self) -> GenerationSettings:
        """What Generate will ask for."""
        return self.state.generation_settings

    @property
    def engine(self) -> Engine | None:
        """The engine once it is built."""
        return self.runner.engine

    @property
    def modified(self) -> bool:
        """True if there are unsaved changes or results.

        A transform that is not applied yet is one. The results are those as in
        `has_unsaved_results`, or any that the open project lacks.
        """
        is_changed = self.state.modified or self.transform.is_changed or self.has_unsaved_results
        return is_changed or self.files.is_project_behind

    @property
    def has_unsaved_results(self) -> bool:
        """True while results are chosen from that no saved project holds; none is accepted yet."""
        job = self.candidates.current
        if job is None or job.id in self.files.saved_jobs:
            return False
        return self.results.accepted.isdisjoint(job.choices)

    @property
    def name(self) -> str:
        """The open file's name; empty if none is open."""
        return self.state.path.name if self.state.path is not None else ""

    def set_tool_settings(self, **changes: Any) -> None:
        """Change fields of `ToolSettings`."""
        self.state.set_tool_settings(**changes)

    def take_tools(self, settings: ToolSettings) -> None:
        """Use the tool and the tool settings of another document.

        The brush's size and whether it works on the layer's mask are the document's own.
        """
        own = self.state.tool_settings
        self.state.tool_settings = replace(
            settings,
            size=own.size,
            size_chosen=own.size_chosen,
            on_layer_mask=own.on_layer_mask,
        )
        self.state.settings_changed.emit()

    def set_generation_settings(self, **changes: Any) -> None:
        """Change fields of `GenerationSettings`."""
        self.state.set_generation_settings(**changes)

    def set_budgets(self, *, results: int, history: int, trash_days: int) -> None:
        """Limit what is kept. results, history: bytes in memory, of this and the next documents.

        trash_days: how long deleted unsaved work can be taken back.
        """
        self.generation.jobs.max_bytes = results
        self.generation.prune()
        self.state.history_budget = history
        self.files.trash_days = trash_days
        if self.history is not None:
            self.history.budget = history

    def show_before(self, shown: bool, then: Callable[[], object] = lambda: None) -> None:
        """Show the picture as it was opened; see `original`. What is on the disk is loaded before.

        shown: False to show again what was there. Not while something is being drawn or moved.
        then: is called once it is shown.
        """
        history, state = self.history, self.state
        self._before_loading.cancel()
        if shown:
            if history is not None and not self._is_drawing:
                self._load_before(history, then)
            return
        if history is not None and not self.background_edits.label:
            history.expect(None)
        if self._after is not None:
            (draft, is_previewing), self._after = self._after, None
            same = history is not None and draft is history.document
            state.show(None if same else draft, is_previewing=is_previewing)

    def _load_before(self, history: History, then: Callable[[], object]) -> None:
        first, drawn = _first_of_size(history), self.shown or history.document

        def show(_: object = None) -> None:
            is_same = history is self.history and first is _first_of_size(history)
            if is_same and not self._is_drawing:
                self._after = self._after or (self.shown, self.state.is_previewing)
                self.state.show(first.document, is_previewing=True)
                then()

        if first.document.count_unloaded() <= FEW_TILES:
            show()
        else:
            history.expect(first)
            self._before_loading = self._workers.files.run(
                lambda: first.document.reduce_as(drawn), show, self.notify_error
            )

    @property
    def can_undo(self) -> bool:
        """True if there is a state before, or something is being made or gone to."""
        history = self.history
        return history is not None and (history.can_undo or bool(self.background_edits.label))

    @property
    def can_redo(self) -> bool:
        """True if there is a state to go forward to, or may be once what waits is done."""
        history = self.history
        return history is not None and (history.can_redo or bool(self.background_edits.label))

    @property
    def original(self) -> Document | None:
        """The picture as it was opened, or as it was when it got its present size."""
        if (history := self.history) is None:
            return None
        return _first_of_size(history).document

    @property
    def original_step(self) -> str:
        """The step that gave the picture its present size; "" if it was opened with it."""
        if (history := self.history) is None:
            return ""
        first = _first_of_size(history)
        return "" if first.parent is None else first.label

    @property
    def is_showing_before(self) -> bool:
        """True while `show_before` shows the picture as it was."""
        return self._after is not None

    @property
    def _is_drawing(self) -> bool:
        strokes = (self.selection, self.paint, self.retouch)
        return any(one.stroking for one in strokes) or self.transform.is_changed

    def undo(self) -> None:
        """Go back to the state before.

        Instead a seen result is put aside, a stroke or an edit that is not made yet dropped.
        """
        if self.candidates.is_seen:
            self.candidates.put_aside()
        elif not self.background_edits.drop_edit():
            self._go(lambda history: history.undo_state)

    def keep_original(self) -> None:
        """Put the results that are seen aside; what was removed to be replaced comes back."""
        job = self.candidates.current
        self.candidates.put_aside()
        if job is not None:
            self.words.take_back(job)
            self.state.notify(
                translate(
                    "Editor", "The results stay in Results; click one there to choose it again."
                )
            )

    def redo(self) -> None:
        """Go forward to the state visited last; an open stroke is dropped instead."""
        self._go(lambda history: history.redo_state)

    def jump(self, state: str) -> None:
        """Go to any state of the history, by its id; an open stroke is dropped instead."""
        self._go(lambda history: history.state(state))

    def revert(self) -> None:
        """Go back to the state that was opened or saved last; undo leads forth again.

        Raises:
            GlideError: if no file holds the document.
        """
        saved = self.state.saved_state
        if self.history is None or saved is None:
            raise GlideError(translate("Editor", "There is no saved version to go back to."))
        self.jump(saved)

    def attempt(self, verb: Callable[[], object], *, finishes: bool = True) -> bool:
        """Call `verb` and show its GlideError to the user; True if there was none.

        finishes: edits that are made in the background are finished before.
        """
        try:
            if finishes:
                self.background_edits.finish()
            verb()
        except GlideError as error:
            self.notify_error(error)
            return False
        return True

    def run_in_background(self, work: Callable[[], T], then: Callable[[T], object]) -> None:
        """Do slow work outside of the loop's thread, then call `then`; errors are shown."""
        self._workers.pool.run(work, then, self.notify_error)

    def notify_error(self, error: GlideError) -> None:
        """Show an error to the user."""
        command = error.command if isinstance(error, MissingExtra) else ""
        self.state.notify(str(error), Severity.ERROR, command)

    def close(self, *, keep: bool = False) -> None:
        """Stop all jobs, end all threads, close the working store.

        keep: unsaved changes and results are offered at the next start, as after a crash.
        """
        self.begin_close(keep=keep)()

    def begin_close(self, *, keep: bool = False) -> Callable[[], None]:
        """Stop all jobs and take no more work; return what ends the threads and closes the store.

        That waits for saves and exports, and may be called in any thread. Only what becomes of
        those is told from now on, to who listens to `notice` after this. keep: see `close`.
        """
        self._before_loading.cancel()
        if keep:
            self.background_edits.finish()
            keep = self.modified
        else:
            self.background_edits.drop()
        self.retouch_work.cancel()
        self.generation.close()
        self._workers.pool.stop()
        end_files = self.files.begin_close(keep=keep)
        self.state.close()

        def end() -> None:
            self._workers.pool.close()
            end_files()

        return end

    def _go(self, find: FindState) -> None:
        if self.selection.stroking:
            self.selection.abort_stroke()
        elif self.paint.stroking:
            self.paint.abort_stroke()
        elif self.transform.is_changed:
            self.transform.drop()
        elif self.retouch.stroking:
            self.retouch.abort_stroke()
        elif self.retouch_work.is_running:
            self.retouch_work.stop()
        elif self.history is not None:
            self.background_edits.go(find)

    def _engine_ready(self, reason: str) -> None:
        self.engine_state = reason
        if not self.state.sampling_chosen:
            self.requests.use_model(self.generation_settings.model)
        if reason:
            self.state.notify(reason, Severity.ERROR)
        self.engine_changed.emit()


def _first_of_size(history: History) -> HistoryState:
    """Return the first state on the way to the present one that has the size of that."""
    size = history.document.size
    return next(state for state in history.path() if state.document.size == size)
