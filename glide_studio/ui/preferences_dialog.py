"""Edit > Preferences: appearance, files, export and privacy, shortcuts."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QKeySequence, QPixmap, QStandardItemModel
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from glide_studio.editor.editor import Editor
from glide_studio.io.project.recovery import measure_stores
from glide_studio.translation import QT_TRANSLATE_NOOP, number, translate
from glide_studio.ui import theme
from glide_studio.ui.commands import Command, search
from glide_studio.ui.language import SYSTEM, list_languages
from glide_studio.ui.models_dialog import format_bytes
from glide_studio.ui.preferences import (
    HISTORY_MB,
    INTERFACE_SIZES,
    MIN_WINDOW,
    RESULTS_MB,
    THEMES,
    TRASH_DAYS,
    Preferences,
)
from glide_studio.ui.shortcuts import PORTABLE, PRESETS, find_conflict
from glide_studio.ui.theme_change import use_preferred_theme
from glide_studio.ui.widgets import (
    CheckBox,
    LabeledSlider,
    ScreenDialog,
    make_column,
    make_dialog_buttons,
    make_label,
)

SIZE = (760, 500)  # in pixels
NAMES = {
    "dark": QT_TRANSLATE_NOOP("PreferencesDialog", "Dark"),
    "light": QT_TRANSLATE_NOOP("PreferencesDialog", "Light"),
    "system": QT_TRANSLATE_NOOP("PreferencesDialog", "As the desktop"),
}
RESTART = QT_TRANSLATE_NOOP(
    "PreferencesDialog",
    "Language and size change when the program is started again.",
)


class PreferencesDialog(ScreenDialog):
    """Sections at the left; nothing is changed before Save.

    saved: called once the preferences are written.
    """

    def __init__(
        self,
        parent: QWidget,
        editor: Editor,
        preferences: Preferences,
        commands: list[Command],
        saved: Callable[[], object],
    ) -> None:
        super().__init__(parent)
        self._editor, self._preferences, self._saved = editor, preferences, saved
        self.setWindowTitle(translate("PreferencesDialog", "Preferences"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.shortcuts = ShortcutsEditor(commands, preferences.shortcuts)
        self._pages = QStackedWidget()
        self.sections = QListWidget()
        self.sections.setAccessibleName(translate("PreferencesDialog", "Sections"))
        self.sections.setFixedWidth(150)
        self.sections.setProperty("role", "choices")
        for name, page in (
            (translate("PreferencesDialog", "Appearance"), self._make_appearance()),
            (translate("PreferencesDialog", "Files"), self._make_files()),
            (translate("PreferencesDialog", "Memory, disk"), self._make_memory()),
            (translate("PreferencesDialog", "Export, privacy"), self._make_export()),
            (translate("PreferencesDialog", "Shortcuts"), self.shortcuts),
        ):
            item = QListWidgetItem(name)
            item.setSizeHint(QSize(0, 30))
            self.sections.addItem(item)
            self._pages.addWidget(page)
        self.sections.currentRowChanged.connect(self._pages.setCurrentIndex)
        self.sections.setCurrentRow(0)
        row = QHBoxLayout()
        row.setSpacing(20)
        row.addWidget(self.sections)
        row.addWidget(self._pages, 1)
        column = make_column(self, (16, 16, 16, 14), 14)
        column.addLayout(row, 1)
        column.addWidget(
            make_dialog_buttons(self, translate("PreferencesDialog", "Save"), self._store)
        )
        self.resize(*SIZE)

    def _make_appearance(self) -> QWidget:
        self.language = QComboBox()
        self.language.addItem(translate("PreferencesDialog", "As the desktop"), SYSTEM)
        for language in list_languages():
            self.language.addItem(language.name, language.code)
        found = self.language.findData(self._preferences.language)
        self.language.setCurrentIndex(max(0, found))
        self.theme = QComboBox()
        for name in THEMES:
            self.theme.addItem(translate("PreferencesDialog", NAMES[name]), name)
        self.theme.setCurrentIndex(self.theme.findData(self._preferences.theme))
        self.accent = QComboBox()
        for name in theme.DARK_ACCENTS:
            self.accent.addItem(translate("Theme", name), name)
        self._show_swatches()
        self.theme.currentIndexChanged.connect(lambda _: self._show_swatches())
        self.accent.setCurrentIndex(max(0, self.accent.findData(self._preferences.accent)))
        self.size_ = QComboBox()
        now = self._preferences.interface_size
        largest = max(100, find_largest_size(self))  # a screen may be too small for that as well
        for percent in INTERFACE_SIZES:
            self.size_.addItem(f"{percent} %", percent)
            if percent > largest and percent != now:
                self._refuse_size(percent)
        hint: str = translate("PreferencesDialog", RESTART)
        if largest < INTERFACE_SIZES[-1]:
            limit = translate("PreferencesDialog", "This screen has room for up to {size} %.")
            next_size = next(one for one in INTERFACE_SIZES if one > largest)
            hint = f"{hint} {limit.format(size=largest)} {describe_needed_screen(next_size)}"
        self.size_.setCurrentIndex(self.size_.findData(self._preferences.interface_size))
        return _make_page(
            (translate("PreferencesDialog", "Language"), self.language),
            (translate("PreferencesDialog", "Theme"), self.theme),
            (translate("PreferencesDialog", "Accent"), self.accent),
            (translate("PreferencesDialog", "Interface size"), self.size_),
            hint=hint,
        )

    def _show_swatches(self) -> None:
        """Show the accents as they are in the chosen theme."""
        light = theme.is_light(self.theme.currentData())
        colors = theme.LIGHT_ACCENTS if light else theme.DARK_ACCENTS
        for at in range(self.accent.count()):
            swatch = QPixmap(14, 14)
            swatch.fill(QColor(colors[self.accent.itemData(at)]))
            self.accent.setItemIcon(at, QIcon(swatch))

    def _refuse_size(self, percent: int) -> None:
        """Show the last size of the list grayed, and why."""
        model, at = self.size_.model(), self.size_.count() - 1
        assert isinstance(model, QStandardItemModel)
        model.item(at).setEnabled(False)
        self.size_.setItemData(at, describe_needed_screen(percent), Qt.ItemDataRole.ToolTipRole)

    def _make_files(self) -> QWidget:
        self.reopen = CheckBox(
            translate(
                "PreferencesDialog", "Open the files of the last time when the program starts"
            )
        )
        self.reopen.setChecked(self._preferences.reopens_files)
        self.forget = QPushButton(translate("PreferencesDialog", "Forget recent files"))
        self.forget.setEnabled(bool(self._preferences.recent_files))
        self.forget.clicked.connect(self._forget_recent)
        return _make_page(
            ("", self.reopen),
            ("", self.forget),
            hint=translate(
                "PreferencesDialog",
                "Every edit is kept on the disk at once, saved or not; there is nothing to set.",
            ),
        )

    def _make_memory(self) -> QWidget:
        preferences = self._preferences
        self.results = _make_choices(RESULTS_MB, preferences.results_mb, _describe_megabytes)
        self.results.setToolTip(
            translate(
                "PreferencesDialog",
                "Beyond it the oldest results of a document wait on the disk; none is lost",
            )
        )
        self.history = _make_choices(HISTORY_MB, preferences.history_mb, _describe_megabytes)
        self.history.setToolTip(
            translate(
                "PreferencesDialog",
                "Beyond it steps are read from the disk, those of hidden tabs first; none is lost",
            )
        )
        self.trash = _make_choices(TRASH_DAYS, preferences.trash_days, _describe_days)
        self.trash.setToolTip(
            translate("PreferencesDialog", "Until then, deleted unsaved work can be taken back")
        )
        self.used = QLabel(format_bytes(measure_stores()))
        return _make_page(
            (translate("PreferencesDialog", "Results of a document"), self.results),
            (translate("PreferencesDialog", "History of all open documents"), self.history),
            (translate("PreferencesDialog", "Keep deleted unsaved work"), self.trash),
            (translate("PreferencesDialog", "On the disk now"), self.used),
            hint=translate(
                "PreferencesDialog",
                "The history always keeps every step: what has no room in memory waits on the"
                " disk.",
            ),
        )

    def _make_export(self) -> QWidget:
        self.quality = LabeledSlider(
            "", 1, 100, str, 260, translate("PreferencesDialog", "Quality of JPEG, WebP and AVIF")
        )
        self.quality.show_value(self._preferences.export_quality)
        self.metadata = CheckBox(
            translate("PreferencesDialog", "Keep EXIF, XMP and resolution of the photo")
        )
        self.metadata.setChecked(self._preferences.exports_metadata)
        self.prompt = CheckBox(
            translate("PreferencesDialog", "Write prompt, seed and model of each fill")
        )
        self.prompt.setChecked(self._preferences.exports_prompt)
        return _make_page(
            (translate("PreferencesDialog", "Quality"), self.quality),
            ("", self.metadata),
            ("", self.prompt),
            hint=translate(
                "PreferencesDialog",
                "An export begins with these; each can be changed in its dialog."
                " Nothing is ever sent anywhere.",
            ),
        )

    def _forget_recent(self) -> None:
        self._editor.attempt(self._preferences.clear_recent)
        self.forget.setEnabled(False)

    def _store(self) -> None:
        def write() -> None:
            preferences = self._preferences
            preferences.language = self.language.currentData()
            preferences.theme = self.theme.currentData()
            preferences.accent = self.accent.currentData()
            preferences.interface_size = self.size_.currentData()
            preferences.reopens_files = self.reopen.isChecked()
            preferences.results_mb = self.results.currentData()
            preferences.history_mb = self.history.currentData()
            preferences.trash_days = self.trash.currentData()
            preferences.export_quality = self.quality.slider.value()
            preferences.exports_metadata = self.metadata.isChecked()
            preferences.exports_prompt = self.prompt.isChecked()
            preferences.shortcuts = self.shortcuts.changed

        if self._editor.attempt(write):
            application = QApplication.instance()
            if isinstance(application, QApplication):
                use_preferred_theme(application, self._preferences)
            self.accept()
            self._saved()


def describe_needed_screen(percent: int) -> str:
    """Describe how large a screen has to be for a size of the interface in percent."""
    width, height = (math.ceil(side * percent / 100) for side in MIN_WINDOW)
    return translate(
        "PreferencesDialog", "{size} % needs a screen of {width} × {height} pixels."
    ).format(size=percent, width=width, height=height)


def find_largest_size(widget: QWidget) -> int:
    """Return the largest size of the interface at which the window fits its screen, in percent.

    0 if none does.
    """
    # What is measured is in units of the size that the program was started with.
    scale = float(os.environ.get("QT_SCALE_FACTOR", "1"))
    room = widget.screen().availableSize() * scale
    width, height = MIN_WINDOW
    fitting = [
        percent
        for percent in INTERFACE_SIZES
        if room.width() * 100 >= width * percent and room.height() * 100 >= height * percent
    ]
    return fitting[-1] if fitting else 0


class ShortcutsEditor(QWidget):
    """A list of all commands; press the keys for the chosen one, or take a preset."""

    def __init__(self, commands: list[Command], changed: dict[str, str]) -> None:
        super().__init__()
        self._commands = commands
        self._own = {one.id: one.action.property("own_keys") or "" for one in commands}
        self._keys = {one.id: changed.get(one.id, self._own[one.id]) for one in commands}
        self.preset = QComboBox()
        self.preset.setAccessibleName(translate("PreferencesDialog", "Preset"))
        self.preset.setToolTip(translate("PreferencesDialog", "Shortcuts as in another program"))
        self.preset.addItems([*PRESETS, translate("PreferencesDialog", "Own")])
        self.field = QLineEdit()
        self.field.setPlaceholderText(translate("PreferencesDialog", "Search"))
        self.field.setAccessibleName(translate("PreferencesDialog", "Search for a command"))
        self.list = QTreeWidget()
        self.list.setAccessibleName(translate("PreferencesDialog", "Commands and their keys"))
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setProperty("role", "choices")
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.edit = QKeySequenceEdit()
        self.edit.setAccessibleName(translate("PreferencesDialog", "Keys of the chosen command"))
        self.edit.setToolTip(translate("PreferencesDialog", "Press the new keys here"))
        self.edit.setMaximumSequenceLength(1)
        self.clear = QPushButton(translate("PreferencesDialog", "No key"))
        self.restore = QPushButton(translate("PreferencesDialog", "Default"))
        self.message = make_label("", "secondary")
        self.message.setWordWrap(True)
        top = QHBoxLayout()
        top.addWidget(make_label(translate("PreferencesDialog", "Preset"), "hint"))
        top.addWidget(self.preset)
        top.addStretch()
        top.addWidget(self.field)
        bottom = QHBoxLayout()
        bottom.addWidget(self.edit, 1)
        bottom.addWidget(self.clear)
        bottom.addWidget(self.restore)
        column = make_column(self, spacing=8)
        column.addLayout(top)
        column.addWidget(self.list, 1)
        column.addLayout(bottom)
        column.addWidget(self.message)
        self.field.textChanged.connect(lambda _: self._show())
        self.list.currentItemChanged.connect(lambda *_: self._show_current())
        self.edit.editingFinished.connect(self._set_edited)
        self.clear.clicked.connect(lambda: self._set(""))
        self.restore.clicked.connect(self._restore)
        self.preset.activated.connect(lambda _: self._take_preset())
        self._show()
        self._show_preset()

    @property
    def changed(self) -> dict[str, str]:
        """The keys that differ from the program's own."""
        return {name: keys for name, keys in self._keys.items() if keys != self._own[name]}

    def _show(self) -> None:
        self.list.clear()
        for command in search(self._commands, self.field.text()):
            item = QTreeWidgetItem([command.path, self._keys[command.id]])
            item.setData(0, Qt.ItemDataRole.UserRole, command.id)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.list.addTopLevelItem(item)
        first = self.list.topLevelItem(0)
        if first is not None:
            self.list.setCurrentItem(first)

    @property
    def _id(self) -> str | None:
        item = self.list.currentItem()
        return None if item is None else item.data(0, Qt.ItemDataRole.UserRole)

    def _show_current(self) -> None:
        command = self._id
        for widget in (self.edit, self.clear, self.restore):
            widget.setEnabled(command is not None)
        if command is not None:
            self.edit.setKeySequence(QKeySequence(self._keys[command].split(", ")[0]))
            self.message.setText("")

    def _set_edited(self) -> None:
        keys = self.edit.keySequence().toString(PORTABLE)
        command = self._id
        if command is not None and keys and keys not in self._keys[command].split(", "):
            self._set(keys)

    def _restore(self) -> None:
        if self._id is not None:
            self._set(self._own[self._id])

    def _set(self, keys: str) -> None:
        """Give the chosen command keys, and take them from another one that had them."""
        command, item = self._id, self.list.currentItem()
        if command is None or item is None:
            return
        self._keys[command] = keys
        item.setText(1, keys)
        self._show_current()
        other = find_conflict(self._commands, self._keys, command)
        if other is not None:
            taken = set(keys.split(", "))
            left = [one for one in self._keys[other.id].split(", ") if one not in taken]
            self._keys[other.id] = ", ".join(left)
            for row in range(self.list.topLevelItemCount()):
                one = self.list.topLevelItem(row)
                if one is not None and one.data(0, Qt.ItemDataRole.UserRole) == other.id:
                    one.setText(1, self._keys[other.id])
            self.message.setText(
                translate("PreferencesDialog", "These keys were taken from “{other}”.").format(
                    other=other.path
                )
            )
        self._show_preset()

    def _take_preset(self) -> None:
        preset = PRESETS.get(self.preset.currentText())
        if preset is not None:
            self._keys = {name: preset.get(name, own) for name, own in self._own.items()}
            self._show()

    def _show_preset(self) -> None:
        changed = self.changed
        names = [name for name, preset in PRESETS.items() if changed == self._effective(preset)]
        self.preset.setCurrentText(names[0] if names else translate("PreferencesDialog", "Own"))

    def _effective(self, preset: Mapping[str, str]) -> dict[str, str]:
        """Leave out what is no command here or has these keys anyway."""
        return {
            name: keys for name, keys in preset.items() if self._own.get(name) not in (None, keys)
        }


def _describe_megabytes(megabytes: int) -> str:
    return translate("PreferencesDialog", "{number} MB").format(number=number(megabytes))


def _describe_days(days: int) -> str:
    return translate("PreferencesDialog", "%n day(s)", None, days)


def _make_choices(values: Sequence[int], now: int, describe: Callable[[int], str]) -> QComboBox:
    """Return a box with a number for each entry."""
    box = QComboBox()
    for value in values:
        box.addItem(describe(value), value)
    box.setCurrentIndex(box.findData(now))
    return box


def _make_page(*rows: tuple[str, QWidget], hint: str) -> QWidget:
    page = QWidget()
    form = QFormLayout()
    form.setSpacing(12)
    for name, widget in rows:
        if name:
            widget.setAccessibleName(name)
            form.addRow(name, widget)
        else:
            form.addRow(widget)
    column = make_column(page, spacing=14)
    column.addLayout(form)
    text = make_label(hint, "secondary")
    text.setWordWrap(True)
    column.addWidget(text)
    column.addStretch()
    return page
