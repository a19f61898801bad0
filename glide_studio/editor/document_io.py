"""The file verbs: open and save, each split so that the slow half can run in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

from glide_studio.document.document import Document
from glide_studio.document.history import History
from glide_studio.document.tile import TILE_PX
from glide_studio.editor.autosave import Autosave
from glide_studio.editor.exporting import ExportChoices, export_image, export_options
from glide_studio.editor.image_documents import document_from_picture
from glide_studio.editor.job_store import CURRENT_JOB_KEY, JOB_KIND, current_stored_job, job_to_item
from glide_studio.editor.jobs import Job
from glide_studio.editor.settings_json import (
    SETTINGS_KEY,
    EditorSettings,
    settings_from_json,
    settings_to_json,
)
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.workers import Workers
from glide_studio.errors import GlideError
from glide_studio.io.images.read import read_image
from glide_studio.io.layered.layered_files import SUFFIXES as LAYERED
from glide_studio.io.layered.layered_files import read_layers, write_layers
from glide_studio.io.project.open_project import open_project
from glide_studio.io.project.recovery import Recoverable, forget, recoverable, restore
from glide_studio.io.project.working_store import WorkingStore, same_file

PROJECT = ".glide"


@dataclass(frozen=True, slots=True)
class Opened:
    """What was read from a file, before it takes the place of the open document.

    document: of an image. history, store: of a project or of what a crash left behind.
    saved: False if the user's disk holds no file of it. offered: candidates to choose from. settings: the
    recipe and the tools' settings that it was left with.
    """

    path: Path
    document: Document | None = None
    history: History | None = None
    store: WorkingStore | None = None
    notes: tuple[str, ...] = ()
    saved: bool = True
    offered: Job | None = None
    settings: EditorSettings | None = None

    def release(self) -> None:
        """Give up what was read; what a crash left behind stays for the next start."""
        if self.store is not None:
            self.store.close(discard=self.saved)


@dataclass(frozen=True, slots=True)
class SaveWork:
    """A save that may run in any thread.

    state: which one of the history it writes. write: returns sentences on what the format could
    not keep.
    """

    state: str
    write: Callable[[], tuple[str, ...]]


class DocumentIO:
    """Opening and saving the session's document."""

    def __init__(
        self,
        state: EditorState,
        workers: Workers,
        forget_jobs: Callable[[], object],
        failed: Callable[[GlideError], object],
        stores: Path | None,
        claims: bool = True,
    ) -> None:
        self._state = state
        self._claims = claims
        self._forget_jobs = forget_jobs
        self.autosave = Autosave(workers.autosave, workers.pool, stores, failed)
        self._stored_settings: EditorSettings | None = None  # as it stands in the store
        state.on_commit = self._record

    def load(self, path: Path) -> Opened:
        """Read an image or a project; may run in any thread.

        Raises:
            GlideError: if it cannot be opened.
        """
        if path.suffix.lower() == PROJECT:
            open_now = self._state.path
            if open_now is not None and same_file(path, open_now):
                raise GlideError(f"'{path.name}' is open already; undo leads back in it.")
            store, history = open_project(path, folder=self.autosave.folder, claims=self._claims)
            settings = settings_from_json(store.item(*SETTINGS_KEY))
            return Opened(
                path,
                history=history,
                store=store,
                offered=current_stored_job(store),
                settings=settings,
            )
        if path.suffix.lower() in LAYERED:
            document, notes = read_layers(path)
            return Opened(path, document, notes=notes)
        picture = read_image(path)
        return Opened(path, document_from_picture(picture, path.stem), notes=picture.notes)

    def recover(self, path: Path) -> Opened:
        """Take up what a process that is gone left behind; may run in any thread.

        Raises:
            GlideError: if it is in use or damaged.
        """
        store = WorkingStore.recover(path)
        # Never saved: a bare name, so that Save asks where.
        name = store.project or Path(store.title or "untitled")
        return Opened(
            name,
            history=store.history(),
            store=store,
            saved=False,
            offered=current_stored_job(store),
            settings=settings_from_json(store.item(*SETTINGS_KEY)),
        )

    def recoverable(self) -> list[Recoverable]:
        """What processes that are gone left behind, the latest first."""
        return recoverable(self.autosave.folder)

    def forget(self, path: Path) -> Path:
        """Move something that `recoverable` listed into the trash; returns where it lies there."""
        return forget(path)

    def restore(self, path: Path) -> None:
        """Take back what `forget` moved into the trash."""
        restore(path)

    def adopt(self, opened: Opened) -> None:
        """Put what was read in place of the document, whose working store is no longer needed."""
        self._forget_jobs()
        self.autosave.end(discard=True)
        self._stored_settings = None
        if opened.history is not None and opened.store is not None:
            history = opened.history
            self.autosave.attach(opened.store, history)
            self.autosave.verify(lambda lost: self._notify_lost(opened.path.name, lost))
        else:
            document = opened.document
            assert document is not None
            history = self.autosave.begin(
                lambda store: History.begin(document, f"Open {opened.path.name}", store=store),
                opened.path.stem,
                opened.path,
            )
        self._state.replace_history(history, opened.path, opened.saved)
        if opened.settings is not None:
            self._restore_settings(opened.settings)

    def _restore_settings(self, stored: EditorSettings) -> None:
        """Take over the settings of a project; the chosen tool stays."""
        tools, generation = stored
        now = self._state.tool_settings
        self._state.tool_settings = replace(tools, tool=now.tool, on_layer_mask=now.on_layer_mask)
        self._state.set_generation_settings(
            **{one.name: getattr(generation, one.name) for one in fields(generation)}
        )

    def _record(self, durable: bool) -> None:
        self.autosave.record(durable)
        self._store_settings()

    def _store_settings(self) -> None:
        """Put the settings into the working store if they differ from what it holds."""
        settings = self._state.tool_settings, self._state.generation_settings
        if settings != self._stored_settings:
            self._stored_settings = settings
            self.autosave.put(*SETTINGS_KEY, settings_to_json(settings))

    def _notify_lost(self, name: str, tiles: int) -> None:
        if tiles:
            what = "1 tile" if tiles == 1 else f"{tiles:,} tiles"
            self._state.notify(
                f"'{name}' is damaged: {what} of {TILE_PX} x {TILE_PX} pixels cannot be read and will be"
                " empty, all else is whole; go back to an older copy if you miss something.",
                Severity.WARNING,
            )

    def keep_job(self, job: Job) -> None:
        """Put a finished job into the working store, as the one to choose from."""
        self._store_settings()
        self.autosave.put(JOB_KIND, job.id, *job_to_item(job))
        self.autosave.put(*CURRENT_JOB_KEY, job.id)

    def keep_current(self, job_id: str) -> None:
        """Note the job whose candidates are being chosen from, "" for none."""
        self.autosave.put(*CURRENT_JOB_KEY, job_id)

    def drop_job(self, job_id: str) -> None:
        """Take the results of a job out of the working store."""
        self.autosave.drop(JOB_KIND, job_id)

    def save_work(
        self, path: Path, choices: ExportChoices | None = None, replace_changed: bool = False
    ) -> SaveWork:
        """What has to run to save the document as it is now.

        choices: for the formats that hold one flat picture.
        replace_changed: also replace a project that another program changed meanwhile.

        Raises:
            GlideError: if no document is open, the name asks for no format that can be written, or a
                choice is not possible.
        """
        document, state = self._state.document, self._state.timeline.current.id
        if path.suffix.lower() == PROJECT:
            self._store_settings()
            work = self.autosave.project_writer(path, replace_changed)

            def save_project() -> tuple[str, ...]:
                work()
                return ()

            return SaveWork(state, save_project)
        if path.suffix.lower() in LAYERED:
            return SaveWork(state, lambda: (*write_layers(path, document), *_left_out(document)))
        options = export_options(document, path, choices or ExportChoices())
        return SaveWork(state, lambda: export_image(path, document, options))

    def saved(self, path: Path, state: str) -> None:
        """A state of the history is on the user's disk now.

        A file that does not hold all layers and kept masks is an export: there is still something to
        lose.
        """
        suffix = path.suffix.lower()
        document = self._state.timeline.state(state).document
        whole = suffix in LAYERED or len(document.layers) == 1
        if suffix == PROJECT or (whole and not document.saved_masks):
            self._state.mark_saved(state, path if suffix == PROJECT else None)

    def close(self, *, keep: bool) -> None:
        """End the working store. keep: the next start shall offer what is in it."""
        self.autosave.end(discard=not keep)


def _left_out(document: Document) -> tuple[str, ...]:
    """What no layered format has a place for, a sentence each."""
    if not document.saved_masks:
        return ()
    return ("Kept masks are saved in a .glide project alone; save one as well if you need them.",)
