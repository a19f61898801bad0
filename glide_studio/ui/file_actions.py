"""The file menu: open, save, export and close, with the questions they ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QWidget

from glide_studio.document.history import History
from glide_studio.editor.document_io import PROJECT
from glide_studio.editor.editor import Editor
from glide_studio.editor.exporting import ExportChoices
from glide_studio.imaging.geometry import Size
from glide_studio.io.project.recovery import Recoverable
from glide_studio.paths import resources_folder
from glide_studio.translation import translate
from glide_studio.ui import dialogs
from glide_studio.ui.export_dialog import ExportDialog
from glide_studio.ui.new_dialog import NewDialog
from glide_studio.ui.prompt_panel import describe_retouching
from glide_studio.ui.results_model import describe_fill, describe_part
from glide_studio.ui.widgets import format_time


@runtime_checkable
class HasEditor(Protocol):
    """A page of a window."""

    editor: Editor


class FileActions:
    """The actions of the file menu and of dropped files.

    open_paths, recover_paths, add_tab, close, quit: replaced by a window that holds several
    documents.
    """

    def __init__(self, parent: QWidget, editor: Editor) -> None:
        self._parent = parent
        self._editor = editor
        self._exported: tuple[History | None, Path] = (None, Path())  # last, and of which document
        editor.files.confirm_swap = self.confirm_discard
        editor.files.confirm_recover = self._confirm_recover
        self.open_paths: Callable[[Sequence[Path]], object] = self._open_last
        self.recover_paths: Callable[[Sequence[Path]], object] = lambda paths: (
            editor.files.recover_later(paths[0])
        )
        self.add_tab: Callable[[], object] = lambda: None
        self.close: Callable[[], object] = parent.close
        self.quit: Callable[[], object] = parent.close

    def new(self) -> None:
        """Ask for size and color of an empty picture, and begin it in a tab of its own."""

        def begin(size: Size, color: str | None) -> None:
            page = self.add_tab() if self._editor.history is not None else None
            editor = page.editor if isinstance(page, HasEditor) else self._editor
            editor.attempt(lambda: editor.files.new(size, color))

        NewDialog(self._parent, begin).open()

    def open(self) -> None:
        """Ask for files and open them."""
        dialogs.ask_open(self._parent, self._folder(), self.open_paths)

    def add_layers(self) -> None:
        """Ask for images and add each as a layer."""

        def add(paths: Sequence[Path]) -> None:
            self._editor.attempt(lambda: self._editor.files.add_layers_later(paths))

        if self._editor.history is not None:
            title = translate("FileActions", "Add as layers")
            dialogs.ask_open(self._parent, self._folder(), add, title, takes_layers=False)

    def _open_last(self, paths: Sequence[Path]) -> None:
        """Open a file in this window, which holds one document."""
        if paths:
            self.open_path(paths[-1])

    def open_path(self, path: Path) -> None:
        """Open a file; once it is read, ask about unsaved changes."""
        self._editor.files.open_later(path)

    def load_mask(self) -> None:
        """Ask for a mask image."""
        dialogs.ask_mask(
            self._parent,
            self._folder(),
            lambda path: self._editor.attempt(lambda: self._editor.files.load_mask_later(path)),
        )

    def save_mask(self) -> None:
        """Ask where, and write the painted mask as an image."""
        if self._editor.history is not None:
            dialogs.ask_mask_file(
                self._parent,
                self._suggest_path(translate("FileActions", " mask") + ".png"),
                lambda path: self._editor.attempt(lambda: self._editor.files.save_mask_later(path)),
            )

    @property
    def project(self) -> Path | None:
        """The file that Save writes without asking; None if it asks for one."""
        path = self._editor.state.path
        return path if path is not None and path.suffix.lower() == PROJECT else None

    def save(self, then: Callable[[], object] = lambda: None) -> None:
        """Save the project to its file; ask for a file if it has none yet."""
        self._settle(lambda: self._save(then))

    def _settle(self, then: Callable[[], object]) -> None:
        """Call `then` once what is being edited, an open transform too, is part of the picture."""
        self._editor.background_edits.finish()
        if self._editor.transform.is_changed:
            self._editor.transform.apply(then)
        else:
            then()

    def _save(self, then: Callable[[], object]) -> None:
        path = self.project
        if path is not None:
            self._editor.files.save_later(path, then, changed=lambda: self._ask_changed(path, then))
        else:
            self._save_as(then)

    def save_as(self, then: Callable[[], object] = lambda: None) -> None:
        """Ask where, and save the project."""
        self._settle(lambda: self._save_as(then))

    def _save_as(self, then: Callable[[], object]) -> None:
        if self._editor.history is not None:
            dialogs.ask_save(
                self._parent,
                self._suggest_path(PROJECT),
                lambda path: self._editor.files.save_later(path, then),
            )

    def _ask_changed(self, path: Path, then: Callable[[], object]) -> None:
        """Ask which to keep: another program changed the project since it was opened."""
        dialogs.ask_changed(
            self._parent,
            path.name,
            lambda: self._editor.files.save_later(free_path(path), then),
            lambda: self._editor.files.save_later(path, then),
        )

    def export(self) -> None:
        """Ask for format and file, and write the image, or the layers.

        Before, ask what to do with a result in view, which is no part of them.
        """
        self._settle(self._export)

    def _export(self) -> None:
        candidates = self._editor.candidates

        def accept() -> None:
            if self._editor.attempt(candidates.accept_selected):
                self._ask_export()

        if candidates.is_seen:
            is_draft = candidates.draft is not None
            dialogs.ask_seen_result(self._parent, None if is_draft else accept, self._ask_export)
        else:
            self._ask_export()

    def _ask_export(self) -> None:
        """Ask for format and file, and write the picture as it is."""

        def ask_file(suffix: str, choices: ExportChoices) -> None:
            def write(path: Path) -> None:
                self._exported = self._editor.history, path
                self._editor.files.save_later(path, choices=choices)

            dialogs.ask_export(self._parent, self._suggest_export(suffix), write, suffix)

        if self._editor.history is not None:
            ExportDialog(self._parent, self._editor, ask_file).open()

    def _suggest_export(self, suffix: str) -> Path:
        """Propose the name of the last export of this document, else one beside the photo."""
        history, exported = self._exported
        if history is self._editor.history and exported.parent.is_dir():
            return exported.with_suffix(f".{suffix}")
        return self._suggest_path(translate("FileActions", "-edited") + f".{suffix}")

    @property
    def running(self) -> list[str]:
        """What is still being made, in words; closing stops it."""
        editor = self._editor
        unfinished = editor.generation.jobs.unfinished
        # Results of a saved project are fitted again when it is opened: nothing is lost of them.
        jobs = [job for job in unfinished if job.id not in editor.files.saved_jobs]
        parts = [(describe_fill(job), describe_part(editor.generation.jobs, job)) for job in jobs]
        names = [", ".join(filter(None, part)) for part in parts]
        if editor.retouch_work.is_pending:
            names.append(describe_retouching(editor.retouch_work))
        return names

    def confirm_discard(
        self, then: Callable[[], object], cancel: Callable[[], object] = lambda: None
    ) -> None:
        """Call `then`, after the questions about what runs and about unsaved work.

        cancel: called instead if the user wants to stay.
        """
        if self.running:
            dialogs.ask_running(
                self._parent,
                lambda: self.running,
                lambda: self.confirm_unsaved(then, cancel),
                cancel,
            )
        else:
            self.confirm_unsaved(then, cancel)

    def confirm_unsaved(
        self, then: Callable[[], object], cancel: Callable[[], object] = lambda: None
    ) -> None:
        """Call `then`, after the question about unsaved work if there is any.

        Edits made while the file is saved are asked about again. cancel: called instead if the user
        wants to stay.
        """
        self._settle(lambda: self._confirm_unsaved(then, cancel))

    def _confirm_unsaved(self, then: Callable[[], object], cancel: Callable[[], object]) -> None:
        if self._editor.modified and not self._editor.files.is_closed:
            dialogs.ask_unsaved(
                self._parent,
                self._editor.name,
                lambda: self.save(lambda: self.confirm_unsaved(then, cancel)),
                then,
                cancel,
                has_file=self.project is not None,
                what=self._find_unsaved(),
            )
        else:
            then()

    def _find_unsaved(self) -> dialogs.Unsaved:
        """Return what is unsaved, the weightiest first."""
        if self._editor.state.modified:
            return dialogs.Unsaved.EDITS
        is_choosing = self._editor.has_unsaved_results
        return dialogs.Unsaved.CHOICE if is_choosing else dialogs.Unsaved.RESULTS

    def _confirm_recover(
        self,
        found: Recoverable,
        recover: Callable[[], object],
        open_file: Callable[[], object],
        cancel: Callable[[], object],
    ) -> None:
        """Ask which to open, the file or the unsaved work on it."""
        name = (found.project or found.source or found.path).name
        work = describe_unsaved(found)
        dialogs.ask_recover(self._parent, name, work, recover, open_file, cancel)

    def _folder(self) -> Path:
        """Return the folder of the photo or the project, but never that of the sample photo.

        For a bare name it is the folder of pictures.
        """
        path = self._editor.state.path
        if path is not None and (path.is_absolute() or path.exists()):
            folder = path.absolute().parent
            if folder.is_dir() and not folder.is_relative_to(resources_folder()):
                return folder
        pictures = QStandardPaths.StandardLocation.PicturesLocation
        return Path(QStandardPaths.writableLocation(pictures) or ".")

    def _suggest_path(self, suffix: str) -> Path:
        path = self._editor.state.path
        name = translate("FileActions", "untitled") if path is None else path.stem
        return self._folder() / (name + suffix)


def describe_unsaved(one: Recoverable) -> str:
    """Describe how many edits it has and when it was last changed."""
    edits = one.states - 1
    text = translate("FileActions", "%n edit(s), {when}", None, edits)
    return text.format(when=format_time(one.modified))


def free_path(path: Path) -> Path:
    """Return a name beside `path` that no file has yet: "photo 2.glide" for "photo.glide"."""
    names = (path.with_name(f"{path.stem} {number}{path.suffix}") for number in count(2))
    return next(one for one in names if not one.exists())
