"""Generate > Models: what is installed, what each can do and knows; add, verify, remove."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from glide_studio.api.model_library import ModelInfo
from glide_studio.editor.editor import Editor
from glide_studio.translation import QT_TRANSLATE_NOOP, number, translate
from glide_studio.ui.dialogs import align_text, make_file_dialog
from glide_studio.ui.drop_zones import dropped_paths
from glide_studio.ui.preferences import Preferences
from glide_studio.ui.widgets import OptionalLabel, ScreenDialog, make_column

SIZE = (740, 480)  # in pixels
WEIGHTS = QT_TRANSLATE_NOOP("ModelsDialog", "Weights (*.safetensors *.pt *.pth *.ckpt *.bin)")
WEIGHT_SUFFIXES = frozenset({".safetensors", ".pt", ".pth", ".ckpt", ".bin"})
MAX_NOUNS = 400  # that are listed
BUNDLED_SUMMARIES = (
    QT_TRANSLATE_NOOP(
        "ModelsDialog",
        "Trained on two CPU cores, not finished: draws an object on transparency; fruit best.",
    ),
)
"""What the bundled models say of themselves in English, to be translated."""


def are_weights(paths: Sequence[Path]) -> bool:
    """Tell whether all files of a drop are weights of models, by their names."""
    return bool(paths) and all(path.suffix.lower() in WEIGHT_SUFFIXES for path in paths)


class ModelsDialog(ScreenDialog):
    """The list at the left, the chosen model at the right; weight files may be dropped on it."""

    def __init__(
        self,
        parent: QWidget,
        editor: Editor,
        preferences: Preferences,
        weights: Sequence[Path] = (),
    ) -> None:
        """weights: to be added as a model once the dialog has its list."""
        super().__init__(parent)
        self._waiting = weights
        self._editor, self._actions, self._preferences = editor, editor.models, preferences
        self.setWindowTitle(translate("ModelsDialog", "Models"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self.list = QListWidget()
        self.list.setAccessibleName(translate("ModelsDialog", "Installed models"))
        self.list.setFixedWidth(200)
        self.list.setProperty("role", "choices")
        self.title = QLabel()
        self.title.setStyleSheet("font-size: 16px; font-weight: 600;")
        self.details = QLabel()
        self.details.setAccessibleDescription(translate("ModelsDialog", "About the model"))
        self.details.setWordWrap(True)
        self.details.setTextFormat(Qt.TextFormat.RichText)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self.details)
        self.use = _make_button(
            translate("ModelsDialog", "Use by default"),
            translate("ModelsDialog", "Use this model in every new document"),
            self._use,
        )
        self.verify = _make_button(
            translate("ModelsDialog", "Verify"),
            translate("ModelsDialog", "Load and try every network of it"),
            self._verify,
        )
        self.remove = _make_button(
            translate("ModelsDialog", "Remove…"),
            translate("ModelsDialog", "Delete it from this computer"),
            self._ask_remove,
        )
        self.add_file = _make_button(
            translate("ModelsDialog", "Add file…"),
            translate("ModelsDialog", "Add a weight file"),
            self._ask_files,
        )
        self.add_folder = _make_button(
            translate("ModelsDialog", "Add folder…"),
            translate("ModelsDialog", "Add a folder of weights"),
            self._ask_folder,
        )
        self.working = OptionalLabel()
        self.working.setAccessibleDescription(translate("ModelsDialog", "What is being done"))
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.cancel = _make_button(
            translate("ModelsDialog", "Cancel"),
            translate("ModelsDialog", "Stop before the next file"),
            self._actions.cancel,
        )
        self.message = OptionalLabel()
        self.message.setAccessibleDescription(translate("ModelsDialog", "What came of it"))
        self.message.setWordWrap(True)
        self.leave = _make_button(
            translate("ModelsDialog", "Close"),
            translate("ModelsDialog", "Close the list of models"),
            self.accept,
        )
        self._layout(area)
        self.list.currentRowChanged.connect(lambda _: self._show_current())
        self._connections = (
            self._actions.changed.connect(self._show),
            editor.notice.connect(lambda notice: self.message.setText(notice.text)),
        )
        self.finished.connect(self._end)
        self._show()
        editor.attempt(self._actions.refresh)
        self.resize(*SIZE)

    def _layout(self, area: QScrollArea) -> None:
        verbs = QHBoxLayout()
        for button in (self.use, self.verify, self.remove):
            verbs.addWidget(button)
        verbs.addStretch()
        verbs.addWidget(self.leave)
        right = QVBoxLayout()
        right.setSpacing(10)
        right.addWidget(self.title)
        right.addWidget(area, 1)
        right.addLayout(verbs)
        left = QVBoxLayout()
        left.addWidget(self.list, 1)
        adding = QHBoxLayout()
        adding.addWidget(self.add_file)
        adding.addWidget(self.add_folder)
        left.addLayout(adding)
        row = QHBoxLayout()
        row.setSpacing(18)
        row.addLayout(left)
        row.addLayout(right, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.working)
        foot.addWidget(self.bar, 1)
        foot.addWidget(self.cancel)
        column = make_column(self, (16, 16, 16, 12), 10)
        column.addLayout(row, 1)
        column.addWidget(self.message)
        column.addLayout(foot)

    @property
    def model(self) -> ModelInfo | None:
        """The chosen model."""
        row = self.list.currentRow()
        return self._actions.models[row] if 0 <= row < len(self._actions.models) else None

    def _end(self) -> None:
        for disconnect in self._connections:
            disconnect()
        self._actions.cancel()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.add(dropped_paths(event.mimeData()))

    def _show(self) -> None:
        if self._waiting and self._actions.models and self._actions.work is None:
            weights, self._waiting = self._waiting, ()
            self.add(weights)
        chosen = self.model
        names = [model.name for model in self._actions.models]
        if names != [self.list.item(row).text() for row in range(self.list.count())]:
            self.list.clear()
            for name in names:
                item = QListWidgetItem(name)
                item.setSizeHint(QSize(0, 30))
                self.list.addItem(item)
            wanted = chosen.name if chosen else self._editor.generation_settings.model
            self.list.setCurrentRow(names.index(wanted) if wanted in names else 0)
        work = self._actions.work
        self.working.setText("" if work is None else f"{work.verb} {work.subject}…")
        for widget in (self.bar, self.cancel):
            widget.setVisible(work is not None)
        for button in (self.add_file, self.add_folder):
            button.setEnabled(work is None)
        self._show_current()

    def _show_current(self) -> None:
        model, idle = self.model, self._actions.work is None
        for button in (self.use, self.verify, self.remove):
            button.setEnabled(model is not None and idle)
        if model is None:
            self.title.setText("")
            self.details.setText("")
            return
        is_default = model.name == self._preferences.model
        self.use.setEnabled(idle and not is_default)
        self.use.setText(
            translate("ModelsDialog", "Used by default")
            if is_default
            else translate("ModelsDialog", "Use by default")
        )
        self.remove.setEnabled(idle and not model.is_bundled)
        self.title.setText(model.title)
        self.details.setText(describe_model(model))

    def _use(self) -> None:
        model = self.model
        if model is not None:
            name = model.name

            def store() -> None:
                self._preferences.model = name

            if self._editor.attempt(store):
                self._editor.requests.use_model(name)
            self._show_current()

    def _verify(self) -> None:
        model = self.model
        if model is not None:
            self._editor.attempt(lambda: self._actions.verify(model.name))

    def _ask_remove(self) -> None:
        model = self.model
        if model is None:
            return
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setWindowTitle(translate("ModelsDialog", "Remove model"))
        box.setText(
            translate("ModelsDialog", "<b>Remove “{name}” from this computer?</b>").format(
                name=model.name
            )
        )
        box.setInformativeText(
            translate("ModelsDialog", "{size} become free. This cannot be undone.").format(
                size=format_bytes(model.bytes)
            )
        )
        align_text(box)
        remove = box.addButton(
            translate("ModelsDialog", "Remove"), QMessageBox.ButtonRole.DestructiveRole
        )
        box.addButton(QMessageBox.StandardButton.Cancel)
        remove.clicked.connect(
            lambda: self._editor.attempt(lambda: self._actions.remove(model.name))
        )
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _ask_files(self) -> None:
        dialog = make_file_dialog(self, translate("ModelsDialog", "Add weight files"))
        dialog.setNameFilters([WEIGHTS, translate("ModelsDialog", "All files (*)")])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        self._open(dialog)

    def _ask_folder(self) -> None:
        dialog = make_file_dialog(self, translate("ModelsDialog", "Add a folder of weights"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._open(dialog)

    def _open(self, dialog: QFileDialog) -> None:
        dialog.filesSelected.connect(lambda names: self.add([Path(name) for name in names]))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def add(self, paths: Sequence[Path]) -> None:
        """Add weights as a model."""
        self._editor.attempt(lambda: self._actions.add(tuple(paths)))


def describe_model(model: ModelInfo) -> str:
    """Describe in HTML what a model can do and knows, its size and its licence."""
    roles = set(model.roles)
    abilities = [translate("ModelsDialog", "fills a mask by words")]
    if "upsampler" not in roles:
        abilities = [translate("ModelsDialog", "makes small drafts only, for want of an upsampler")]
    if "plain-base" in roles:
        abilities.append(translate("ModelsDialog", "draws whole pictures by words"))
    if model.has_alpha:
        abilities.append(
            translate("ModelsDialog", "draws objects as cut-outs, which stand in the photo's light")
        )
    if {"clip-image", "clip-text"} <= roles:
        abilities.append(
            translate(
                "ModelsDialog",
                "ranks drafts by how well they fit the words, in “glide-studio generate --best-of”",
            )
        )
    if "classifier" in roles:
        abilities.append(translate("ModelsDialog", "finds what words name, to select it"))
    nouns = ", ".join(model.nouns[:MAX_NOUNS])
    count = len(model.nouns)
    things = translate("ModelsDialog", "%n thing(s)", None, count)
    knows = (
        f"{things}: {nouns}"
        if nouns
        else translate("ModelsDialog", "any words; it is not limited to a list")
    )
    rows = (
        (translate("ModelsDialog", "Can"), "; ".join(abilities)),
        (
            translate("ModelsDialog", "Makes"),
            translate("ModelsDialog", "{side} × {side} pixels, enlarged to the mask").format(
                side=model.side
            ),
        ),
        (translate("ModelsDialog", "Size"), format_bytes(model.bytes)),
        (translate("ModelsDialog", "Licence"), model.licence),
        (
            translate("ModelsDialog", "From"),
            translate("ModelsDialog", "the program")
            if model.is_bundled
            else translate("ModelsDialog", "you"),
        ),
        (
            translate("ModelsDialog", "About"),
            translate("ModelsDialog", model.summary) if model.summary else "",
        ),
        (translate("ModelsDialog", "You taught it"), ", ".join(model.taught)),
        (translate("ModelsDialog", "Knows"), knows),
    )
    cells = "".join(
        f'<tr><td style="padding: 0 14px 8px 0">{name}</td>'
        f'<td style="padding-bottom: 8px">{_escape(text)}</td></tr>'
        for name, text in rows
        if text
    )
    return f"<table>{cells}</table>"


def format_bytes(count: int) -> str:
    """Write a number of bytes in MB or GB."""
    if count >= 1e9:
        return f"{number(count / 1e9, 2)} GB"
    return f"{number(count / 1e6, 1)} MB"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _make_button(text: str, tip: str, clicked: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    button.clicked.connect(lambda: clicked())
    return button
