"""`Editor`: the one mutable object of the program, and every verb a user has.

The verbs stand in small groups: `masking`, `layering`, `generation`, and the files here. All of
them belong to the loop's thread.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from glide_studio.api.engine_protocol import Engine
from glide_studio.api.sampling import Sampling, apply_model_defaults
from glide_studio.document.document import Document
from glide_studio.document.history import History
from glide_studio.editor.canvas_actions import CanvasActions
from glide_studio.editor.document_io import DocumentIO, Opened
from glide_studio.editor.exporting import ExportChoices
from glide_studio.editor.generation import Generation
from glide_studio.editor.job_store import stored_jobs
from glide_studio.editor.jobs import Job
from glide_studio.editor.layer_actions import LayerActions
from glide_studio.editor.mask_files import read_mask, write_mask
from glide_studio.editor.retouch_actions import RetouchActions
from glide_studio.editor.runner import EngineRunner
from glide_studio.editor.selection_actions import SelectionActions
from glide_studio.editor.settings import GenerationSettings, ToolSettings
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.thumbnails import Thumbnails
from glide_studio.editor.workers import Workers
from glide_studio.errors import GlideError
from glide_studio.io.project.recovery import Recoverable
from glide_studio.io.project.working_store import ProjectChanged
from glide_studio.signals import Signal


class Editor:
    """One open document at a time, and what is done to it.

    Methods of this class that a button calls (`undo`, `generate`, `accept`, ...) tell the user what
    went wrong by a notice; those of the groups raise GlideError, for the command line.
    """

    def __init__(
        self,
        runner: EngineRunner,
        workers: Workers | None = None,
        stores: Path | None = None,
        *,
        claims: bool = True,
    ) -> None:
        """runner, workers: where the engine and slow work run; by default the latter is not put off.

        stores: folder of the working stores, None for the platform's usual one. claims: projects are
        opened to be worked on, so that no other window may; False for one that only looks.
        """
        self._workers = workers or Workers.inline()
        self._closed = False
        self._pending: Opened | None = None  # read, but the user has not decided yet
        self.state = EditorState()
        self.engine_changed: Signal[()] = Signal()
        self.engine_state = "Loading the model…"
        self.before_swap: Callable[[Callable[[], object], Callable[[], object]], object] = (
            lambda proceed, give_up: proceed()
        )
        self.retouch = RetouchActions(self.state, self._workers.pool)
        self.generation = Generation(self.state, runner, self._workers.pool, self.retouch)
        runner.ready.connect(self._engine_ready)
        self.selection = SelectionActions(self.state)
        self.layers = LayerActions(self.state)
        self.canvas = CanvasActions(self.state)
        self.thumbnails = Thumbnails(self.state, self._workers.pool, self.notify_error)
        self.files = DocumentIO(
            self.state, self._workers, self.generation.clear, self.notify_error, stores, claims
        )
        self.generation.finished.connect(self.files.keep_job)
        self.generation.current_changed.connect(self.files.keep_current)
        self.generation.jobs.removed.connect(self.files.drop_job)
        self.document_changed = self.state.document_changed
        self.settings_changed = self.state.settings_changed
        self.notice = self.state.notice
        self.jobs_changed = self.generation.jobs.changed
        self.candidates_changed = self.generation.candidates_changed

    # What there is.

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
        """The tool in hand and its settings."""
        return self.state.tool_settings

    @property
    def generation_settings(self) -> GenerationSettings:
        """What Generate will ask for."""
        return self.state.generation_settings

    @property
    def engine(self) -> Engine | None:
        """The engine once it is built."""
        return self.generation.engine

    @property
    def modified(self) -> bool:
        """True if there is something to lose."""
        return self.state.modified

    @property
    def name(self) -> str:
        """The open file's name; empty if none is open."""
        return self.state.path.name if self.state.path is not None else ""

    # Verbs that raise.

    def open(self, path: Path) -> None:
        """Open an image or a project in place of the document.

        Raises:
            GlideError: if it cannot be opened; the document stays.
        """
        opened = self.files.load(path)
        self._take_up(opened)
        self._warn(opened.notes)

    def save(self, path: Path, choices: ExportChoices | None = None) -> None:
        """Write the document: `.glide` keeps everything, any image format what is seen.

        choices: how an image is written.

        Raises:
            GlideError: if it cannot be written; an old file there stays as it was.
        """
        work = self.files.save_work(path, choices)
        notes = work.write()
        self.files.saved(path, work.state)
        self._warn(notes)

    def load_mask(self, path: Path) -> None:
        """Put the mask in an image file in place of the painted one; white = will change.

        Raises:
            GlideError: if the file is no image, or not of the picture's size.
        """
        self.selection.replace(read_mask(path, self.document.size))

    def save_mask(self, path: Path) -> None:
        """Write the painted mask as an image, white = will change; the name's ending decides how.

        Raises:
            GlideError: if it cannot be written there or in that format.
        """
        write_mask(path, self.selection.painted(self.document.box))

    def run_until_done(self) -> None:
        """Run all jobs in this thread; only where the engine has none of its own."""
        self.generation.run_until_done()

    def close(self, *, keep: bool = False) -> None:
        """Stop all jobs, end the engine's thread, close the working store.

        keep: what was not saved is offered at the next start, as after a crash.
        """
        self._closed = True
        self._release_pending()
        self.retouch.cancel()
        self.generation.close()
        self._workers.pool.close()
        self._workers.files.close()
        self.files.close(keep=keep and self.modified)
        self._workers.autosave.close()

    # Verbs that tell.

    def set_tool_settings(self, **changes: Any) -> None:
        """Change tool settings: fields of `ToolSettings`."""
        self.state.set_tool_settings(**changes)

    def set_generation_settings(self, **changes: Any) -> None:
        """Change what Generate will ask for: fields of `GenerationSettings`."""
        self.state.set_generation_settings(**changes)

    def use_model(self, name: str) -> None:
        """Choose a model, and with it how it draws best."""
        self.set_generation_settings(model=name, sampling=self._advised(name))

    def open_later(self, path: Path) -> None:
        """Open a file without making the window wait."""
        self.state.notify(f"Opening {path.name}…")
        self._workers.files.run(lambda: self.files.load(path), self._adopt, self.notify_error)

    def find_lost(self, then: Callable[[list[Recoverable]], object]) -> None:
        """Tell `then` what processes that are gone left behind, the latest first."""
        self._workers.files.run(self.files.recoverable, then, self.notify_error)

    def forget_lost(self, path: Path) -> Path | None:
        """Move something that `find_lost` found into the trash; returns where it lies there."""
        moved: list[Path] = []
        self.attempt(lambda: moved.append(self.files.forget(path)))
        return moved[0] if moved else None

    def restore_lost(self, path: Path) -> None:
        """Take back what `forget_lost` moved into the trash."""
        self.attempt(lambda: self.files.restore(path))

    def recover_later(self, path: Path) -> None:
        """Take up a document that a crash left behind, as `files.recoverable` lists it."""
        self._workers.files.run(lambda: self.files.recover(path), self._adopt, self.notify_error)

    def save_later(
        self,
        path: Path,
        then: Callable[[], object] = lambda: None,
        choices: ExportChoices | None = None,
        changed: Callable[[], object] | None = None,
    ) -> None:
        """Save without making the window wait; `then` is called once the file is whole.

        changed: called instead if another program changed the project meanwhile; without it, that
        file is replaced.
        """
        try:
            work = self.files.save_work(path, choices, replace_changed=changed is None)
        except GlideError as error:
            self.notify_error(error)
            return

        def saved(notes: tuple[str, ...]) -> None:
            self.files.saved(path, work.state)
            self.state.notify(f"Saved {path.name}.", Severity.SUCCESS)
            self._warn(notes)
            then()

        def failed(error: GlideError) -> None:
            if isinstance(error, ProjectChanged) and changed is not None:
                changed()
            else:
                self.notify_error(error)

        self._workers.files.run(work.write, saved, failed)

    def undo(self) -> None:
        """Back to the state before."""
        self._unless_stroking(lambda: self.state.go(History.undo))

    def redo(self) -> None:
        """Forward to the state visited last."""
        self._unless_stroking(lambda: self.state.go(History.redo))

    def jump(self, state: str) -> None:
        """To any state of the history."""
        self._unless_stroking(lambda: self.state.go(lambda history: history.jump(state)))

    def generate(self) -> None:
        """Start a fill with the recipe as it is."""
        self.attempt(self.generation.generate)

    def accept(self) -> None:
        """Make the picked candidate a layer, and say what the proof found."""

        def verb() -> None:
            proof = self.generation.accept()
            if not proof.ok:
                self.state.notify(
                    f"{proof.differing:,} pixels outside the mask changed; undo and report this.",
                    Severity.ERROR,
                )

        self.attempt(verb)

    def discard(self) -> None:
        """Throw the offered candidates away."""
        self.generation.discard()

    def attempt(self, verb: Callable[[], object]) -> bool:
        """Do something whose GlideError becomes a notice; True if there was none."""
        try:
            verb()
        except GlideError as error:
            self.notify_error(error)
            return False
        return True

    def notify_error(self, error: GlideError) -> None:
        """Show the user what went wrong."""
        self.state.notify(str(error), Severity.ERROR)

    def _take_up(self, opened: Opened) -> None:
        self.files.adopt(opened)
        if opened.offered is not None:
            self.generation.restore(opened.offered)
        store, history = opened.store, self.history
        if store is not None:

            def restore(jobs: list[Job]) -> None:
                if self.history is history:
                    self.generation.restore_older(jobs)

            self._workers.pool.run(lambda: stored_jobs(store), restore, self.notify_error)

    def _adopt(self, opened: Opened) -> None:
        self._release_pending()
        self._pending = opened
        if self._closed:
            self._release_pending()
        else:
            self.before_swap(lambda: self._swap(opened), self._release_pending)

    def _release_pending(self) -> None:
        if self._pending is not None:
            pending, self._pending = self._pending, None
            pending.release()

    def _swap(self, opened: Opened) -> None:
        if self._pending is not opened:
            return  # another file was opened while the user was asked
        self._pending = None
        self._take_up(opened)
        self.state.notify(f"Opened {opened.path.name}.")
        self._warn(opened.notes)

    def _warn(self, notes: tuple[str, ...]) -> None:
        for note in notes:
            self.state.notify(note, Severity.WARNING)

    def _unless_stroking(self, verb: Callable[[], object]) -> None:
        """An open stroke is dropped instead, or the work that it began."""
        if self.selection.stroking:
            self.selection.abort_stroke()
        elif self.retouch.stroking:
            self.retouch.abort_stroke()
        elif self.retouch.progress is not None:
            self.retouch.cancel()
        elif self.history is not None:
            self.attempt(verb)

    def _advised(self, model: str) -> Sampling:
        engine = self.engine
        usual = (
            engine.capabilities.default_sampling.get(model, Sampling()) if engine else Sampling()
        )
        return apply_model_defaults(self.generation_settings.sampling, usual)

    def _engine_ready(self, reason: str) -> None:
        self.engine_state = reason
        if not self.state.sampling_chosen:
            self.set_generation_settings(sampling=self._advised(self.generation_settings.model))
        if reason:
            self.state.notify(reason, Severity.ERROR)
        self.engine_changed.emit()
