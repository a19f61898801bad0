"""Dialogs. Each opens without blocking; the answer arrives through a callback.

A modal `exec()` would start a second event loop inside the asyncio loop and break it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from html import escape
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, qVersion
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QGridLayout,
    QInputDialog,
    QLabel,
    QMessageBox,
    QWidget,
)

from glide_studio.io.images.picture import SUFFIXES
from glide_studio.io.layered.layered_files import SUFFIXES as LAYERED
from glide_studio.translation import QT_TRANSLATE_NOOP, number, translate
from glide_studio.ui.theme import style_window
from glide_studio.version import __version__

IMAGES = " ".join(f"*{suffix}" for suffix in SUFFIXES)
OPENABLE = " ".join(f"*{suffix}" for suffix in (*SUFFIXES, *LAYERED, ".glide"))
ACCEPT, DROP = QMessageBox.ButtonRole.AcceptRole, QMessageBox.ButtonRole.DestructiveRole
FREE_INTERVAL_MS = 200  # between looks whether other dialogs are closed
FOLLOW_INTERVAL_MS = 300  # between looks at what a question tells of
BOX_MARGINS_PX = (20, 18, 20, 16)
MAX_LISTED = 8  # names in a question
QT_WORDS = (QT_TRANSLATE_NOOP("QAbstractFileIconProvider", "Folder"),)
"""Words of Qt's file dialog that Qt's own translations lack; it asks ours for them."""
MASKS = "PNG (*.png);;TIFF (*.tif);;JPEG (*.jpg)"


def make_file_dialog(parent: QWidget, title: str) -> QFileDialog:
    """Return a file dialog: the desktop's own, or Qt's with all words translated."""
    dialog = QFileDialog(parent, title)
    style_window(dialog)
    dialog.setLabelText(QFileDialog.DialogLabel.LookIn, translate("Dialogs", "&Look in:"))
    dialog.setLabelText(QFileDialog.DialogLabel.FileType, translate("Dialogs", "Files of &type:"))
    return dialog


def ask_open(
    parent: QWidget,
    folder: Path,
    chosen: Callable[[list[Path]], object],
    title: str = "",
    *,
    takes_layers: bool = True,
) -> None:
    """Ask for images to open, and projects and other layered files where those are taken."""
    dialog = make_file_dialog(parent, title or translate("Dialogs", "Open"))
    if takes_layers:
        names = translate("Dialogs", "Images and projects ({suffixes})").format(suffixes=OPENABLE)
    else:
        names = translate("Dialogs", "Images ({suffixes})").format(suffixes=IMAGES)
    dialog.setNameFilters([names, translate("Dialogs", "All files (*)")])
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setDirectory(str(folder))
    dialog.filesSelected.connect(lambda names: chosen([Path(name) for name in names]))
    _show(dialog)


def ask_mask(parent: QWidget, folder: Path, chosen: Callable[[Path], object]) -> None:
    """Ask for a mask image to load."""
    names = translate("Dialogs", "Images ({suffixes})").format(suffixes=IMAGES)
    _file_dialog(parent, translate("Dialogs", "Load mask"), folder, names, chosen)


def ask_mask_file(parent: QWidget, suggestion: Path, chosen: Callable[[Path], object]) -> None:
    """Ask where to write the mask as an image."""
    _file_dialog(
        parent, translate("Dialogs", "Save mask as an image"), suggestion, MASKS, chosen, "png"
    )


def ask_profile(parent: QWidget, folder: Path, chosen: Callable[[Path], object]) -> None:
    """Ask for the ICC profile of a display."""
    _file_dialog(
        parent,
        translate("Dialogs", "Display profile"),
        folder,
        translate("Dialogs", "ICC profiles (*.icc *.icm)"),
        chosen,
    )


def ask_save(parent: QWidget, suggestion: Path, chosen: Callable[[Path], object]) -> None:
    """Ask where to save the project."""
    names = translate("Dialogs", "Glide Studio projects (*.glide)")
    _file_dialog(parent, translate("Dialogs", "Save project"), suggestion, names, chosen, "glide")


def ask_export(
    parent: QWidget, suggestion: Path, chosen: Callable[[Path], object], suffix: str
) -> None:
    """Ask where to export the image; another suffix than the proposed one changes the format."""
    kind = f"{suffix.upper()} (*.{suffix})"
    _file_dialog(parent, translate("Dialogs", "Export image"), suggestion, kind, chosen, suffix)


def ask_pixels(parent: QWidget, title: str, value: int, chosen: Callable[[int], object]) -> None:
    """Ask for a number of pixels, 1 .. 1000."""
    dialog = QInputDialog(parent)
    style_window(dialog)
    dialog.setInputMode(QInputDialog.InputMode.IntInput)
    dialog.setWindowTitle(title)
    dialog.setLabelText(translate("Dialogs", "{title} by (pixels)").format(title=title))
    dialog.setIntRange(1, 1000)
    dialog.setIntValue(value)
    dialog.intValueSelected.connect(chosen)
    _show(dialog)


def ask_text(
    parent: QWidget, title: str, name: str, text: str, chosen: Callable[[str], object]
) -> None:
    """Ask for one line of text."""
    dialog = QInputDialog(parent)
    style_window(dialog)
    dialog.setWindowTitle(title)
    dialog.setLabelText(name)
    dialog.setTextValue(text)
    dialog.textValueSelected.connect(chosen)
    _show(dialog)


class Unsaved(Enum):
    """What a document has that is not saved.

    CHOICE: results that are being chosen from. RESULTS: others, or marks of them.
    """

    EDITS = auto()
    CHOICE = auto()
    RESULTS = auto()


def ask_unsaved(
    parent: QWidget,
    name: str,
    save: Callable[[], object],
    drop: Callable[[], object],
    cancel: Callable[[], object] = lambda: None,
    *,
    has_file: bool,
    what: Unsaved = Unsaved.EDITS,
) -> None:
    """Ask what to do with unsaved changes. has_file: saving does not ask for a file."""
    if what is Unsaved.CHOICE:
        question = translate("Dialogs", "<b>Save the results for “{name}”?</b>")
        details = translate(
            "Dialogs",
            "You have not chosen among them yet. A project keeps them; otherwise they are lost when"
            " the document is closed.",
        )
    elif what is Unsaved.RESULTS:
        question = translate("Dialogs", "<b>Save the results for “{name}”?</b>")
        details = translate(
            "Dialogs",
            "Since the project was saved, results were added, deleted, or marked as favorites or"
            " rejected. Otherwise that is lost when the document is closed.",
        )
    else:
        question = translate("Dialogs", "<b>Save the changes to “{name}”?</b>")
        details = translate("Dialogs", "Otherwise they are lost when the document is closed.")
    _ask(
        parent,
        translate("Dialogs", "Unsaved changes"),
        question.format(name=escape(name)),
        details,
        {
            ACCEPT: (
                translate("Dialogs", "Save") if has_file else translate("Dialogs", "Save…"),
                save,
            ),
            DROP: (translate("Dialogs", "Don’t save"), drop),
        },
        cancel,
    )


def ask_unsaved_several(
    parent: QWidget,
    names: Sequence[str],
    save: Callable[[], object],
    drop: Callable[[], object],
    review: Callable[[], object],
    *,
    have_files: bool,
) -> None:
    """Ask once what to do with the unsaved changes of several documents.

    have_files: saving asks for no file.
    """
    listed = _list_names([f"“{name}”" for name in names])
    lost = translate("Dialogs", "Otherwise they are lost when the window is closed.")
    _ask(
        parent,
        translate("Dialogs", "Unsaved changes"),
        translate("Dialogs", "<b>Save the changes to {count} documents?</b>").format(
            count=number(len(names))
        ),
        f"{listed}<br><br>{lost}",
        {
            ACCEPT: (
                translate("Dialogs", "Save all")
                if have_files
                else translate("Dialogs", "Save all…"),
                save,
            ),
            DROP: (translate("Dialogs", "Don’t save any"), drop),
            QMessageBox.ButtonRole.ActionRole: (translate("Dialogs", "Review each…"), review),
        },
    )


def ask_running(
    parent: QWidget,
    list_running: Callable[[], Sequence[str]],
    close: Callable[[], object],
    cancel: Callable[[], object] = lambda: None,
) -> None:
    """Ask whether to close although something is still being made; once it is made, close.

    list_running: returns what is still being made, in words.
    """

    def describe(names: Sequence[str]) -> str:
        lost = translate("Dialogs", "What is not finished is lost.")
        return f"{_list_names(names)}<br><br>{lost}"

    box = _ask(
        parent,
        translate("Dialogs", "Still being made"),
        translate("Dialogs", "<b>Something is still being made. Close anyway?</b>"),
        describe(list_running()),
        {DROP: (translate("Dialogs", "Close anyway"), close)},
        cancel,
    )
    box.setDefaultButton(QMessageBox.StandardButton.Cancel)
    anyway = next(one for one in box.buttons() if box.buttonRole(one) is DROP)
    _follow(box, list_running, describe, anyway.click)


def tell_writing(
    parent: QWidget,
    list_writing: Callable[[], Sequence[str]],
    close: Callable[[], object],
) -> None:
    """Tell what is still being written; once it is, close, unless the user wants to stay.

    list_writing: returns what is still being written, in words.
    """
    box = _ask(
        parent,
        translate("Dialogs", "Still being written"),
        translate("Dialogs", "<b>The window closes once this is written.</b>"),
        _list_names(list_writing()),
        {},
    )

    def end() -> None:
        box.accept()
        close()

    _follow(box, list_writing, _list_names, end)


def _follow(
    box: QMessageBox,
    list_names: Callable[[], Sequence[str]],
    describe: Callable[[Sequence[str]], str],
    then: Callable[[], object],
) -> None:
    """Show in a question what is not done yet; once all is, call `then`."""

    def follow() -> None:
        if not box.isVisible():
            return
        if names := list_names():
            box.setInformativeText(describe(names))
        else:
            then()

    timer = QTimer(box, interval=FOLLOW_INTERVAL_MS)
    timer.timeout.connect(follow)
    timer.start()


def _list_names(names: Sequence[str]) -> str:
    """Return the first of some names as rich text, a line each, and how many more there are."""
    listed = [escape(name) for name in names[:MAX_LISTED]]
    if more := len(names) - len(listed):
        listed.append(translate("Dialogs", "and {count} more").format(count=number(more)))
    return "<br>".join(listed)


def ask_changed(
    parent: QWidget, name: str, keep_both: Callable[[], object], replace: Callable[[], object]
) -> None:
    """Ask what to do with a project that another program changed since it was opened."""
    _ask(
        parent,
        translate("Dialogs", "File changed"),
        translate(
            "Dialogs", "<b>“{name}” was changed by another program since you opened it.</b>"
        ).format(name=escape(name)),
        translate("Dialogs", "Keep both saves your work in a new file beside it."),
        {
            ACCEPT: (translate("Dialogs", "Keep both"), keep_both),
            DROP: (translate("Dialogs", "Replace it"), replace),
        },
    )


def ask_seen_result(
    parent: QWidget, accept: Callable[[], object] | None, leave_out: Callable[[], object]
) -> None:
    """Ask what to do with the result in view before an export. accept: None for a draft."""
    answers = {DROP: (translate("Dialogs", "Export without it"), leave_out)}
    if accept is not None:
        answers[ACCEPT] = translate("Dialogs", "Accept and export"), accept
    _ask(
        parent,
        translate("Dialogs", "Export image"),
        translate("Dialogs", "<b>The result in view is not part of the picture yet.</b>"),
        translate("Dialogs", "It is a draft; refine it first to accept it.")
        if accept is None
        else translate("Dialogs", "Accept it to have it in the file."),
        answers,
    )


def ask_yes(
    parent: QWidget, verb: str, question: str, details: str, yes: Callable[[], object]
) -> None:
    """Ask whether to do something; verb: the word on the button."""
    _ask(parent, verb, f"<b>{question}</b>", details, {DROP: (verb, yes)})


def ask_recover(
    parent: QWidget,
    name: str,
    work: str,
    recover: Callable[[], object],
    open_file: Callable[[], object],
    cancel: Callable[[], object],
) -> None:
    """Ask which to open: the file, or the unsaved work on it. work: what there is, in words."""
    _ask(
        parent,
        translate("Dialogs", "Unsaved work"),
        translate("Dialogs", "<b>There is unsaved work on “{name}”: {work}.</b>").format(
            name=escape(name), work=work
        ),
        translate("Dialogs", "If you open the file instead, the unsaved work is kept for later."),
        {
            ACCEPT: (translate("Dialogs", "Recover"), recover),
            DROP: (translate("Dialogs", "Open the file"), open_file),
        },
        cancel,
    )


def ask_replace(
    parent: QWidget,
    old: str,
    new: str,
    is_found: bool,
    confirm: Callable[[], object],
    decline: Callable[[], object],
) -> QMessageBox:
    """Ask whether what is selected is to be replaced: what was found, or else what is painted."""
    if is_found:
        question = translate("Dialogs", "Replace what is selected with {new}?")
        details = translate(
            "Dialogs", "The mask shows what was found for “{old}”. It is removed first."
        )
    else:
        question = translate("Dialogs", "Replace what the mask covers with {new}?")
        details = translate(
            "Dialogs",
            "“{old}” was not found in the picture, but a mask is there. What it covers is removed"
            " first.",
        )
    return _ask(
        parent,
        translate("Dialogs", "Replace"),
        escape(question.format(new=new)),
        details.format(old=old),
        {ACCEPT: (translate("Dialogs", "Replace"), confirm)},
        decline,
    )


def show_about(parent: QWidget) -> None:
    """Show the version and the licences."""
    box = QMessageBox(parent)
    style_window(box)
    box.setWindowTitle(translate("Dialogs", "About Glide Studio"))
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setText(f"<h3>Glide Studio {__version__}</h3>")
    box.setInformativeText(
        translate(
            "Dialogs",
            "<p>A local, text-guided photo editor. Nothing leaves this "
            "computer.</p><p>Glide Studio is licensed under the Apache License 2.0."
            " The weights of the bundled “objects” model are licensed under "
            "CC-BY-SA-4.0; its model card lists the images that it was trained on "
            "and their licences.</p><p>The window is made with PySide6 and Qt "
            "{version}, used as shared libraries under the GNU Lesser General "
            "Public License, version 3; you may replace them with your own "
            "build.</p>",
        ).format(version=qVersion())
    )
    align_text(box)
    _show(box)


def align_text(box: QMessageBox) -> None:
    """Let the texts of a question without an icon begin where its buttons do."""
    grid = box.layout()
    assert isinstance(grid, QGridLayout)
    grid.setContentsMargins(*BOX_MARGINS_PX)
    grid.setHorizontalSpacing(0)
    item = grid.itemAtPosition(0, 0)
    indent = None if item is None else item.spacerItem()
    if indent is not None:
        indent.changeSize(0, 0)
    for name in ("qt_msgbox_label", "qt_msgbox_informativelabel"):
        label = box.findChild(QLabel, name)
        if isinstance(label, QLabel):
            label.setContentsMargins(0, 0, 0, 0)
    grid.invalidate()


def _ask(
    parent: QWidget,
    title: str,
    question: str,
    details: str,
    answers: Mapping[QMessageBox.ButtonRole, tuple[str, Callable[[], object]]],
    cancel: Callable[[], object] = lambda: None,
) -> QMessageBox:
    """Ask a question with a few answers beside Cancel; an answer is called once the box is closed.

    question: as rich text. answers: the word on the button and what it does, by its role.
    """
    box = QMessageBox(parent)
    style_window(box)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setText(question)
    box.setInformativeText(details)
    align_text(box)
    actions: dict[object, Callable[[], object]] = {}
    for role, (word, action) in answers.items():
        button = box.addButton(word, role)
        actions[button] = action
        if role is ACCEPT:
            box.setDefaultButton(button)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.finished.connect(lambda _: actions.get(box.clickedButton(), cancel)())
    _show(box)
    return box


def _file_dialog(
    parent: QWidget,
    title: str,
    start: Path,
    filters: str,
    chosen: Callable[[Path], object],
    suffix: str = "",
) -> None:
    dialog = make_file_dialog(parent, title)
    dialog.setNameFilters(filters.split(";;"))
    if suffix:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.setDirectory(str(start.parent))
        dialog.selectFile(start.name)
        # The chosen filter decides the suffix of a name without one.
        dialog.filterSelected.connect(
            lambda text: dialog.setDefaultSuffix(text.rpartition("*.")[2].rstrip(")"))
        )
    else:
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setDirectory(str(start))
    dialog.fileSelected.connect(lambda name: chosen(Path(name)))
    _show(dialog)


def _show(dialog: QDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    open_when_free(dialog)


def open_when_free(dialog: QDialog) -> None:
    """Open a dialog once no other one is up that it does not belong to: one question at a time."""
    modal, parent = QApplication.activeModalWidget(), dialog.parentWidget()
    if modal is None or (parent is not None and modal is parent.window()):
        dialog.open()
    else:
        QTimer.singleShot(FREE_INTERVAL_MS, dialog, lambda: open_when_free(dialog))
