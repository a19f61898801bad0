"""Opening and saving the document, masks, and the recovery of unsaved work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from glide_studio.document.document import Document
from glide_studio.document.history import History
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer
from glide_studio.document.raster import Raster
from glide_studio.document.selection import combine
from glide_studio.document.tile import TILE_PX
from glide_studio.editor.autosave import Autosave
from glide_studio.editor.canvas_actions import check_size
from glide_studio.editor.exporting import ExportChoices, export_image, export_options
from glide_studio.editor.generation import Generation
from glide_studio.editor.image_documents import (
    document_from_picture,
    layer_from_picture,
    missing_from_picture,
    new_document,
)
from glide_studio.editor.job_serialization import (
    CURRENT_JOB_KEY,
    JOB_KIND,
    MARKS_KIND,
    current_stored_job,
    job_to_item,
    keep_on_disk,
    marks_to_json,
    pick_to_json,
    stored_jobs,
)
from glide_studio.editor.jobs import Job, JobState
from glide_studio.editor.mask_files import (
    explain_mask,
    mask_from_picture,
    read_mask_picture,
    write_mask,
)
from glide_studio.editor.settings import MAX_BRUSH_PX, MIN_BRUSH_PX
from glide_studio.editor.settings_json import (
    SETTINGS_KEY,
    EditorSettings,
    settings_from_json,
    settings_to_json,
)
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.workers import WorkCancelled, Worker, Workers
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Point, Size
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import Written
from glide_studio.io.layered.layered_files import SUFFIXES as LAYERED
from glide_studio.io.layered.layered_files import read_layers, write_layers
from glide_studio.io.project.open_project import open_project
from glide_studio.io.project.recovery import TRASH_DAYS, Recoverable, recoverable
from glide_studio.io.project.store_files import file_version, same_file
from glide_studio.io.project.working_store import PICK_KIND, ProjectChanged, WorkingStore
from glide_studio.signals import Signal
from glide_studio.translation import number, translate

T = TypeVar("T")

PROJECT = ".glide"
MAX_LISTED = 8  # names of files in a sentence
BRUSH_SHARE = 0.05  # of the longer side of a picture, for a brush of no chosen size

Answer = Callable[[], object]
"""Called when the user has answered a question in one way."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was read from a file, before it takes the place of the open document.

    document: of an image. history, store: of a project or of unsaved work. saved: False if the
    user's disk holds no file of it. offered: the job whose candidates were being chosen from.
    settings: those that the project was saved with.
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
        """Close the store of what was read; unsaved work stays for the next start."""
        if self.store is not None:
            self.store.close(discard=self.saved)


@dataclass(frozen=True, slots=True)
class SaveWork:
    """A save that may run in any thread.

    state: id of the history's state that it writes. jobs: ids of those whose results it writes.
    edits: how often results were marked or deleted until then.
    """

    state: str
    write: Callable[[], Written]
    jobs: frozenset[str] = frozenset()
    edits: int = 0


class DocumentIO:
    """The verbs that read and write files.

    Those with "later" in their names return at once and tell the user of failures; the others do
    their work in the caller's thread and raise GlideError.

    opening: the file that is being opened, or the store of unsaved work; None for none.
    opening_ended: what `open_later` or `recover_later` began has succeeded, failed or been given
    up. saved_jobs: ids of those whose results the project on the user's disk holds. writing: what
    is being saved and exported, in words. is_closed: no answers come any more but to what is
    written.
    """

    def __init__(
        self,
        state: EditorState,
        workers: Workers,
        generation: Generation,
        failed: Callable[[GlideError], object],
        stores: Path | None,
        claims: bool,
    ) -> None:
        """failed: is told of errors in the background. stores, claims: see `Editor`."""
        self.confirm_swap: Callable[[Callable[[], object], Callable[[], object]], object] = (
            lambda proceed, cancel: proceed()
        )
        """Called once a file is read: asks about unsaved changes, then calls one of the two."""
        self.confirm_recover: Callable[[Recoverable, Answer, Answer, Answer], object] = (
            lambda found, recover, open_file, cancel: open_file()
        )
        """Called if a crash left unsaved work on the file that is to be opened: calls one of the
        last three."""
        self.opening: Path | None = None
        self.opening_ended: Signal[()] = Signal()
        self.wait_for_file: Callable[[Path], object] = lambda path: None
        """Called before a file is read, in the background: waits for who still writes it."""
        self.saved_jobs: frozenset[str] = frozenset()
        self.writing: list[str] = []
        self._result_edits = self._saved_edits = 0  # marks and deletions, all and in the project
        self.trash_days = TRASH_DAYS  # until deleted unsaved work is gone
        self.autosave = Autosave(workers.autosave, workers.pool, stores, failed)
        self._state = state
        self._workers = workers
        self._generation = generation
        self._failed = failed
        self._claims = claims
        self.is_closed = False
        self._pending: Opened | None = None  # read, while the user is asked
        self._stored_settings: EditorSettings | None = None  # as in the working store
        self._told_version: tuple[int, ...] | None = None  # of a project changed by others
        state.on_commit = self._record
        generation.finished.connect(self._store_job)
        generation.candidates.current_changed.connect(
            lambda job_id: self.autosave.put(*CURRENT_JOB_KEY, job_id)
        )
        generation.candidates.picked.connect(self._store_pick)
        generation.jobs.removed.connect(self._drop_job)
        generation.jobs.keep_on_disk = self._keep_on_disk

    # Open.

    def open(self, path: Path) -> None:
        """Open an image or a project in place of the document.

        Raises:
            GlideError: if it cannot be opened; the document stays.
        """
        opened = self.load(path)
        self._replace_document(opened)
        self._warn(opened.notes)

    def open_later(self, path: Path, *, offers_recovery: bool = True) -> None:
        """Open a file in the background; the document is replaced after `confirm_swap`.

        offers_recovery: if a crash left unsaved work on it, `confirm_recover` asks which of the two
            to open.
        """
        self.opening = path
        self._state.notify(translate("DocumentIo", "Opening {name}…").format(name=path.name))

        def open_file() -> None:
            self._read(lambda: self.load(path))

        def ask(found: Recoverable | None) -> None:
            if found is None:
                open_file()
            else:
                self.confirm_recover(
                    found,
                    lambda: self.recover_later(found.path),
                    open_file,
                    self._end_opening,
                )

        if offers_recovery:
            find = self._find_unsaved_work_on
            self._run(lambda: find(path), ask, self._fail_opening)
        else:
            open_file()

    def _read(self, read: Callable[[], Opened]) -> None:
        """Read a file in the background and offer it; given up once the editor is closed."""

        def read_if_wanted() -> Opened:
            self._check_open()
            opened = read()
            if self.is_closed:
                opened.release()
                raise WorkCancelled
            return opened

        self._workers.files.run(read_if_wanted, self._offer_swap, self._fail_opening)

    def _run(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[..., object],
        worker: Worker | None = None,
    ) -> None:
        """Do work that is given up once the editor is closed. worker: None for that of files."""

        def work_if_wanted() -> T:
            self._check_open()
            return work()

        def unless_closed(answer: Callable[..., object]) -> Callable[..., object]:
            return lambda value: None if self.is_closed else answer(value)

        worker = worker or self._workers.files
        worker.run(work_if_wanted, unless_closed(then), unless_closed(failed))

    def _check_open(self) -> None:
        """Raise WorkCancelled once the editor is closed."""
        if self.is_closed:
            raise WorkCancelled

    def _find_unsaved_work_on(self, path: Path) -> Recoverable | None:
        """Return the latest unsaved work on a photo or a project that a crash left behind."""
        return next((one for one in self.recoverable() if _is_work_on(one, path)), None)

    def _fail_opening(self, error: GlideError) -> None:
        if not self.is_closed:
            self._failed(error)
            self._end_opening()

    def _end_opening(self) -> None:
        self.opening = None
        self.opening_ended.emit()

    def open_document(self, document: Document, name: Path) -> None:
        """Open a document that was not read from a file, after `confirm_swap`; it is unsaved."""
        self._offer_swap(Opened(name, document, saved=False))

    def new(self, size: Size, color: str | None) -> None:
        """Begin an empty document in place of the open one. color: "#rrggbb", None for nothing.

        Raises:
            GlideError: if the size is nothing, or beyond 30,000 pixels a side or 400 megapixels.
        """
        check_size(size)
        self.adopt(Opened(Path("untitled"), new_document(size, color)))

    def add_layers_later(self, paths: Sequence[Path], center: Point | None = None) -> None:
        """Add images as layers on top of the document, in the background.

        At the end it is told which could not be read, and what of the others is damaged.

        center: of each image, in document pixels; None puts it in the middle.

        Raises:
            GlideError: if no document is open.
        """
        document = self._state.document
        left, failed, notes = [*paths], list[tuple[Path, GlideError]](), list[str]()

        def end(path: Path, error: GlideError | None = None) -> None:
            left.remove(path)
            if error is not None:
                failed.append((path, error))
            if left:
                return
            if failed:
                names = [path.name for path, _ in failed]
                what = failed[0][1] if len(failed) == 1 else explain_unread(names)
                self._failed(GlideError(" ".join((str(what), *notes))) if notes else what)
            elif notes:
                self._state.notify(" ".join(notes), Severity.WARNING)

        def load(path: Path) -> tuple[Layer, Raster | None, tuple[str, ...]]:
            if path.suffix.lower() == PROJECT or path.suffix.lower() in LAYERED:
                raise GlideError(
                    translate(
                        "DocumentIo",
                        "'{name}' has layers of its own; open it, or export it as a picture.",
                    ).format(name=path.name)
                )
            picture = read_image(path)
            layer = layer_from_picture(picture, path.stem, document, center)
            return layer, missing_from_picture(picture, document, center), picture.notes

        def add(path: Path, read: tuple[Layer, Raster | None, tuple[str, ...]]) -> None:
            now, (layer, missing, told) = self._state.document, read
            if (now.size, now.depth, now.icc) != (document.size, document.depth, document.icc):
                said = translate(
                    "DocumentIo", "The picture has changed in the meantime; try again."
                )
                end(path, GlideError(said))
                return
            after = add_layer(now, layer)
            if missing is not None:
                after = replace(after, selection=combine(after.selection, missing, "union"))
            self._state.apply(translate("DocumentIo", "Add {name}").format(name=path.name), after)
            notes.extend(f"{path.name}: {note}" if len(paths) > 1 else note for note in told)
            end(path)

        for path in paths:
            self._run(partial(load, path), partial(add, path), partial(end, path))

    def recover_later(self, path: Path) -> None:
        """Open unsaved work that `recoverable` lists, in the background."""
        self.opening = path
        self._read(lambda: self.recover(path))

    def load(self, path: Path) -> Opened:
        """Read an image or a project, without opening it; may run in any thread.

        Raises:
            GlideError: if it cannot be opened.
        """
        self.wait_for_file(path)
        if path.suffix.lower() == PROJECT:
            open_now = self._state.path
            if open_now is not None and same_file(path, open_now):
                raise GlideError(
                    translate(
                        "DocumentIo", "'{name}' is open already; undo leads back in it."
                    ).format(name=path.name)
                )
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
        picture = read_image(path, takes_layers=True)
        return Opened(path, document_from_picture(picture, path.stem), notes=picture.notes)

    def recover(self, path: Path) -> Opened:
        """Read unsaved work of a process that has ended; may run in any thread.

        Raises:
            GlideError: if it is in use or damaged.
        """
        store = WorkingStore.recover(path)
        source = store.source
        if source is None or source.suffix.lower() == PROJECT:
            source = Path(store.title or "untitled")  # a bare name, so that Save asks where
        name = store.project or source
        return Opened(
            name,
            history=store.history(),
            store=store,
            saved=False,
            offered=current_stored_job(store),
            settings=settings_from_json(store.item(*SETTINGS_KEY)),
        )

    # Unsaved work.

    def recoverable(self) -> list[Recoverable]:
        """List the unsaved work of processes that have ended, the newest first."""
        return recoverable(self.autosave.folder, self.trash_days)

    def find_recoverable(self, then: Callable[[list[Recoverable]], object]) -> None:
        """Call `then` with the list of `recoverable`, which is made in the background."""
        self._run(self.recoverable, then, self._failed)

    # Save.

    def save(self, path: Path, choices: ExportChoices | None = None) -> Written:
        """Write the document: `.glide` keeps everything, an image format what is visible.

        Returns what there is to say about it; the user is told the notes.

        choices: how an image is written.

        Raises:
            GlideError: if it cannot be written; an old file there stays as it was.
        """
        work = self.save_work(path, choices)
        written = work.write()
        self._mark_saved(path, work)
        self._warn(written.notes)
        return written

    def save_later(
        self,
        path: Path,
        then: Callable[[], object] = lambda: None,
        choices: ExportChoices | None = None,
        changed: Callable[[], object] | None = None,
    ) -> None:
        """Save the document as it is now in the background; `then` is called once it is written.

        changed: called instead if another program changed the project meanwhile; without it, that
        file is replaced.
        """
        try:
            work = self.save_work(path, choices, replace_changed=changed is None)
        except GlideError as error:
            self._failed(error)
            return

        history = self._state.history

        def finish(written: Written) -> None:
            if self._state.history is history:
                self._mark_saved(path, work)
            said = translate("DocumentIo", "Saved as {name}.").format(name=path.name)
            self._state.notify(
                " ".join(part for part in (said, written.proof, *written.notes) if part),
                Severity.WARNING if written.is_incomplete else Severity.SUCCESS,
            )
            then()

        def fail(error: GlideError) -> None:
            if isinstance(error, ProjectChanged) and changed is not None and not self.is_closed:
                changed()
            else:
                self._failed(error)

        self._write(path, work.write, finish, fail, self._state.notify)

    def _write(
        self,
        path: Path,
        write: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[GlideError], object],
        say: Callable[[str], object] = lambda doing: None,
    ) -> None:
        """Write a file in the background, also if the editor is closed meanwhile.

        Projects do not wait for pictures, which take longer. say: is told what is being done.
        """
        if path.suffix.lower() == PROJECT:
            worker, doing = self._workers.saves, translate("DocumentIo", "Saving {name}…")
        else:
            worker, doing = self._workers.exports, translate("DocumentIo", "Exporting {name}…")
        said, release = doing.format(name=path.name), self.autosave.hold()

        def write_and_release() -> T:
            try:
                return write()
            finally:
                release()

        def end(answer: Callable[[Any], object]) -> Callable[[Any], object]:
            def tell(value: Any) -> None:
                self.writing.remove(said)
                answer(value)

            return tell

        self.writing.append(said)
        say(said)
        worker.run(write_and_release, end(then), end(failed))

    def look_for_changes(self) -> None:
        """Tell the user, once for each change, if another program changed the open project."""
        path = self._state.path
        if path is None or path.suffix.lower() != PROJECT:
            return

        def tell(error: GlideError) -> None:
            now = file_version(path)
            if isinstance(error, ProjectChanged) and now != self._told_version:
                self._told_version = now
                self._state.notify(str(error), Severity.WARNING)

        check = self.autosave.project_check(path)  # after what is being saved
        self._run(check, lambda _: None, tell, self._workers.saves)

    def save_work(
        self, path: Path, choices: ExportChoices | None = None, replace_changed: bool = False
    ) -> SaveWork:
        """Return what has to run to save the document as it is now.

        choices: for the formats that hold one flat picture.
        replace_changed: also replace a project that another program changed meanwhile.

        Raises:
            GlideError: if no document is open, the name asks for no format that can be written, or
                a choice is not possible.
        """
        document, state = self._state.document, self._state.timeline.current.id
        if path.suffix.lower() == PROJECT:
            self._store_settings()
            work = self.autosave.project_writer(path, replace_changed)

            def save_project() -> Written:
                work()
                return Written()

            jobs = frozenset(job.id for job in self._made_jobs)
            return SaveWork(state, save_project, jobs, self._result_edits)
        if path.suffix.lower() in LAYERED:
            left_out = _describe_left_out(document)

            def save_layers() -> Written:
                notes = (*write_layers(path, document), *left_out)
                return Written(notes, is_incomplete=bool(notes))

            return SaveWork(state, save_layers)
        options = export_options(document, path, choices or ExportChoices())
        return SaveWork(state, lambda: export_image(path, document, options))

    @property
    def is_project_behind(self) -> bool:
        """True if the open project holds other results, or other marks of them, than are here."""
        path = self._state.path
        if self._state.history is None or path is None or path.suffix.lower() != PROJECT:
            return False
        added = (job for job in self._made_jobs if job.choices and job.id not in self.saved_jobs)
        return self._result_edits != self._saved_edits or any(added)

    @property
    def _made_jobs(self) -> list[Job]:
        """The jobs whose candidates are in the working store."""
        made = JobState.FITTING, JobState.FINISHED
        return [job for job in self._generation.jobs.values() if job.state in made]

    def note_result_edit(self) -> None:
        """Count that candidates were marked, thrown away or taken back."""
        self._result_edits += 1

    # Masks.

    def load_mask(self, path: Path) -> None:
        """Put the mask in an image file in place of the painted one; white = will change.

        Raises:
            GlideError: if the file is no image, or not of the picture's size.
        """
        self._put_mask(*_read_mask(path, self._state.document.size))

    def load_mask_later(self, path: Path) -> None:
        """Do as `load_mask`, in the background."""
        size = self._state.document.size

        def put(found: tuple[Raster, str]) -> None:
            if self._state.history is None:
                return
            if self._state.document.size == size:
                self._put_mask(*found)
            else:
                self.load_mask_later(path)  # it does not fit any more, which is told

        self._run(lambda: _read_mask(path, size), put, self._failed)

    def _put_mask(self, mask: Raster, surprise: str) -> None:
        self._state.apply(
            translate("DocumentIo", "Load mask"), replace(self._state.document, selection=mask)
        )
        if surprise:
            self._state.notify(surprise, Severity.WARNING)

    def save_mask_later(self, path: Path) -> None:
        """Do as `save_mask`, in the background, with the mask as it is now."""
        mask = self._state.document.selection
        self._write(path, lambda: _write_mask(path, mask), lambda _: None, self._failed)

    def save_mask(self, path: Path) -> None:
        """Write the painted mask as an image, white = will change; the suffix chooses the format.

        Raises:
            GlideError: if it cannot be written there or in that format.
        """
        _write_mask(path, self._state.document.selection)

    def begin_close(self, *, keep: bool) -> Callable[[], None]:
        """Open and begin nothing more; return what ends writing and closes the working store.

        That may be called in any thread. keep: unsaved work is offered at the next start.
        """
        self.is_closed = True
        self._release_pending()
        writers = self._workers.files, self._workers.saves, self._workers.exports
        for worker in writers:
            worker.stop()
        close_store = self.autosave.detach(discard=not keep)

        def end() -> None:
            for worker in writers:
                worker.close()
            close_store()
            self._workers.autosave.close()

        return end

    def adopt(self, opened: Opened) -> None:
        """Put what was read in place of the document, and remove the working store of that."""
        self._generation.clear()
        self.autosave.end(discard=True)
        self._stored_settings = None
        self.saved_jobs = frozenset()
        self._saved_edits = self._result_edits
        if opened.history is not None and opened.store is not None:
            history = opened.history
            self.autosave.attach(opened.store, history)
            self.autosave.verify(lambda lost: self._notify_lost(opened.path.name, lost))
        else:
            document = opened.document
            assert document is not None
            history = self.autosave.begin(
                lambda store: History.begin(
                    document,
                    translate("DocumentIo", "Open {name}").format(name=opened.path.name),
                    store=store,
                ),
                opened.path.stem,
                opened.path.absolute() if opened.path.exists() else opened.path,
            )
        self._state.tool_settings = replace(self._state.tool_settings, on_layer_mask=False)
        self._state.replace_history(history, opened.path, opened.saved)
        self._suit_brush()
        if opened.settings is not None:
            self._restore_settings(opened.settings)

    def _suit_brush(self) -> None:
        """Make the brush a twentieth of the picture, unless the user has chosen its size."""
        tools, picture = self._state.tool_settings, self._state.document.size
        if not tools.size_chosen:
            side = max(picture.width, picture.height)
            size = min(MAX_BRUSH_PX, max(MIN_BRUSH_PX, round(BRUSH_SHARE * side)))
            self._state.tool_settings = replace(tools, size=float(size))
            self._state.settings_changed.emit()

    def _offer_swap(self, opened: Opened) -> None:
        self._release_pending()
        self._pending = opened
        if self.is_closed:
            self._release_pending()
        else:
            self.confirm_swap(lambda: self._swap(opened), self._keep_open_document)

    def _swap(self, opened: Opened) -> None:
        if self._pending is not opened:
            return  # another file was opened while the user was asked
        self._pending = None
        self._replace_document(opened)
        self._end_opening()
        said = (
            translate("DocumentIo", "Opened {name}.")
            if opened.saved or opened.store is None
            else translate("DocumentIo", "Recovered {name}.")
        )
        self._state.notify(said.format(name=opened.path.name))
        self._warn(opened.notes)

    def _keep_open_document(self) -> None:
        self._release_pending()
        self._end_opening()

    def _release_pending(self) -> None:
        if self._pending is not None:
            pending, self._pending = self._pending, None
            pending.release()

    def _replace_document(self, opened: Opened) -> None:
        """Adopt a document with the results that its project holds; older ones are read later."""
        self.adopt(opened)
        if opened.offered is not None:
            if opened.saved:
                self.saved_jobs = frozenset({opened.offered.id})
            self._generation.restore(opened.offered)
        store, history = opened.store, self._state.history
        if store is not None:

            def restore_older(jobs: list[Job]) -> None:
                if self._state.history is history:
                    if opened.saved:
                        self.saved_jobs |= {job.id for job in jobs}
                    self._generation.restore_older(jobs)

            self._workers.pool.run(lambda: stored_jobs(store), restore_older, self._failed)

    def _restore_settings(self, stored: EditorSettings) -> None:
        """Take over the settings of a project; the chosen tool stays."""
        tools, generation = stored
        now = self._state.tool_settings
        self._state.tool_settings = replace(tools, tool=now.tool, on_layer_mask=False)
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
            what = translate("DocumentIo", "%n tile(s)", None, tiles)
            self._state.notify(
                translate(
                    "DocumentIo",
                    "'{name}' is damaged: {what} of {side} x {side} pixels cannot be read and will"
                    " be empty, all else is whole; go back to an older copy if you miss something.",
                ).format(name=name, what=what, side=TILE_PX),
                Severity.WARNING,
            )

    def _mark_saved(self, path: Path, work: SaveWork) -> None:
        """Note which state and which results are on the user's disk now.

        A file that does not hold all layers and saved masks is an export: the document still counts
        as unsaved.
        """
        suffix = path.suffix.lower()
        document = self._state.timeline.state(work.state).document
        if suffix == PROJECT:
            self.saved_jobs, self._saved_edits = work.jobs, work.edits
        whole = suffix in LAYERED or len(document.layers) == 1
        if suffix == PROJECT or (whole and not document.saved_masks):
            self._state.mark_saved(work.state, path if suffix == PROJECT else None)

    def _store_job(self, job: Job) -> None:
        """Put a finished job into the working store, as the one to choose from."""
        self._store_settings()
        self.autosave.put(JOB_KIND, job.id, *job_to_item(job))
        self.autosave.put(*CURRENT_JOB_KEY, job.id)
        if job.marks:
            self.store_marks(job)

    def store_results(self, job: Job) -> None:
        """Write the candidates of a job to the working store again."""
        self.autosave.put(JOB_KIND, job.id, *job_to_item(job))

    def store_marks(self, job: Job) -> None:
        """Write what the user thinks of a job's candidates to the working store."""
        self.autosave.put(MARKS_KIND, job.id, marks_to_json(job.marks))

    def _store_pick(self, job: Job) -> None:
        self.autosave.put(PICK_KIND, job.id, pick_to_json(job))

    def _keep_on_disk(self, job: Job) -> Job:
        """Return a job without the pixels that its working store holds, as it is if none does."""
        if not self.autosave.has_stored(JOB_KIND, job.id):
            return job
        store = self.autosave.store
        return job if store is None else keep_on_disk(job, store)

    def _drop_job(self, job_id: str) -> None:
        self.autosave.drop(JOB_KIND, job_id)
        self.autosave.drop(MARKS_KIND, job_id)
        self.autosave.drop(PICK_KIND, job_id)

    def _warn(self, notes: tuple[str, ...]) -> None:
        for note in notes:
            self._state.notify(note, Severity.WARNING)


def explain_unread(names: Sequence[str]) -> GlideError:
    """Return what is said if several files could not be read."""
    listed = ", ".join(names[:MAX_LISTED])
    more = len(names) - MAX_LISTED
    if more > 0:
        text = translate("DocumentIo", "{names} and {count} more")
        listed = text.format(names=listed, count=number(more))
    text = translate(
        "DocumentIo", "These files could not be read: {names}. Open one by itself to see why."
    )
    return GlideError(text.format(names=listed))


def _is_work_on(found: Recoverable, path: Path) -> bool:
    """Tell whether unsaved work began with a photo, or belongs to a project."""
    origin = found.project or found.source
    return origin is not None and same_file(origin, path)


def _describe_left_out(document: Document) -> tuple[str, ...]:
    """Return sentences on what no layered format has a place for."""
    if not document.saved_masks:
        return ()
    return (
        translate(
            "DocumentIo",
            "Kept masks are saved in a .glide project alone; save one as well if you need them.",
        ),
    )


def _read_mask(path: Path, size: Size) -> tuple[Raster, str]:
    """Read a mask of a size, and what is surprising about it, "" if nothing is."""
    picture = read_mask_picture(path, size)
    mask = mask_from_picture(picture)
    return Raster.from_array(mask[..., None]), explain_mask(path.name, picture, mask)


def _write_mask(path: Path, mask: Raster) -> None:
    write_mask(path, np.ascontiguousarray(mask.read(mask.box)[..., 0]))
