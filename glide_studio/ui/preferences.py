"""What the user prefers in every document, kept by QSettings in one file of the state folder."""

from __future__ import annotations

from collections.abc import Callable, Container
from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtGui import QColor

from glide_studio.api.request import DEFAULT_MODEL
from glide_studio.document.document_thumbnail import MASK_OPACITY, MASK_TINT
from glide_studio.editor.exporting import QUALITY
from glide_studio.errors import GlideError
from glide_studio.io.project.store_files import stores_folder
from glide_studio.translation import translate
from glide_studio.ui.language import SYSTEM

SYSTEM_DISPLAY, SRGB_DISPLAY = "system", "sRGB"
MAX_RECENT = 12  # files
THEMES = ("dark", "light", "system")
PANEL_WIDTHS = range(323, 561)  # of the panels at the right, in pixels
HISTORY_SHARES = range(95)  # percent of the height of layers and history
RESULTS_MB, HISTORY_MB = (128, 256, 512, 1024, 2048), (160, 320, 640, 1280, 2560)
TRASH_DAYS = (1, 7, 30, 90)
INTERFACE_SIZES = (80, 90, 100, 110, 125, 150, 175, 200)  # percent
MIN_WINDOW = (950, 594)  # in pixels; all panels of one document have room from here on

Value = TypeVar("Value")


class BarPlace(StrEnum):
    """Where the bar with the verbs of a mask is shown."""

    FLOATING = "floating"
    DOCKED = "docked"
    OFF = "off"


class Setting(Generic[Value]):
    """One value of the settings file as an attribute of `Preferences`, stored at once.

    default: of a value that was never set, or is damaged. read: makes the value of the stored text,
    or raises ValueError. write: makes what is stored of the value.

    Setting it raises GlideError if the file cannot be written.
    """

    def __init__(
        self,
        key: str,
        default: Value,
        read: Callable[[str], Value],
        write: Callable[[Value], object] = str,
    ) -> None:
        self._key, self._default, self._read, self._store = key, default, read, write

    def __get__(self, preferences: Preferences, owner: type[Preferences]) -> Value:
        stored = preferences.file.value(self._key)
        try:
            return self._default if stored is None else self._read(str(stored))
        except ValueError:
            return self._default

    def __set__(self, preferences: Preferences, value: Value) -> None:
        preferences.write(self._key, self._store(value))


def read_color(text: str) -> QColor:
    """Read a color, "#rrggbb" or a name.

    Raises:
        ValueError: if it is none.
    """
    if not QColor.isValidColorName(text):
        raise ValueError(text)
    return QColor(text)


def read_opacity(text: str) -> float:
    """Read an opacity.

    Raises:
        ValueError: if it is not 0.1 .. 1.
    """
    if not 0.1 <= (opacity := float(text)) <= 1:
        raise ValueError(text)
    return opacity


def read_paths(text: str) -> list[Path]:
    """Read paths, one a line: QSettings reads a list of one as a plain string."""
    return [Path(line) for line in text.splitlines() if line]


def read_shortcuts(text: str) -> dict[str, str]:
    """Read shortcuts, one a line."""
    return dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)


def write_shortcuts(shortcuts: dict[str, str]) -> str:
    """Write what `read_shortcuts` reads."""
    return "\n".join(f"{path}\t{keys}" for path, keys in sorted(shortcuts.items()))


def write_paths(paths: list[Path]) -> str:
    """Write what `read_paths` reads."""
    return "\n".join(map(str, paths))


def read_one_of(
    choices: Container[Value], convert: Callable[[str], Value]
) -> Callable[[str], Value]:
    """Make a conversion that refuses all other values."""

    def read(text: str) -> Value:
        if (value := convert(text)) not in choices:
            raise ValueError(text)
        return value

    return read


def make_switch(key: str, default: bool = True) -> Setting[bool]:
    """Make a setting that is on or off."""
    values = {"true": True, "false": False}
    return Setting(
        key, default, lambda text: values.get(text, default), lambda on: "true" if on else "false"
    )


class Preferences:
    """The settings of the user.

    display: profile of the canvas: "system" for the one that the window system names, "sRGB", or
    the path of an ICC file. bar_place: of the bar at the mask. mask_color: color of the painted
    mask on the canvas. mask_opacity: its opacity where the mask is full, 0.1 .. 1. outlines_mask:
    dashes move along the mask's edge. panel_width: of the panels at the right, in pixels.
    history_share: percent of their lower part that the history takes, 0 for what the window gives
    it. window_geometry: as `QWidget.saveGeometry` returns it. recent_files: the last ones first.
    open_files: open when the window was closed. front_file: the one in view then, "" for none.
    reopens_files: they are opened at the next start. language: code of a language of
    `list_languages`, or "system". theme: of `THEMES`. accent: a name in `theme.DARK_ACCENTS`.
    interface_size: percent. results_mb: megabytes of memory that the results of a document may
    take. history_mb: that the histories of all open documents may take together. trash_days: how
    long deleted unsaved work can be taken back. model: of new documents. export_quality,
    exports_metadata, exports_prompt: what an export begins with. extend_aspect: the ratio that a
    canvas was extended to last, as "16:9". shortcuts: id of a command -> its keys, for those that
    differ from the program's own.
    """

    display = Setting("display/profile", SYSTEM_DISPLAY, str)
    bar_place = Setting("mask/bar", BarPlace.FLOATING, BarPlace)
    mask_color = Setting("mask/color", QColor(*MASK_TINT), read_color, QColor.name)
    mask_opacity = Setting("mask/opacity", MASK_OPACITY, read_opacity)
    outlines_mask = make_switch("mask/outline", default=False)
    panel_width = Setting("window/panels", PANEL_WIDTHS[0], read_one_of(PANEL_WIDTHS, int))
    history_share = Setting("window/history", 0, read_one_of(HISTORY_SHARES, int))
    recent_files = Setting[list[Path]]("files/recent", [], read_paths, write_paths)
    open_files = Setting[list[Path]]("files/open", [], read_paths, write_paths)
    front_file = Setting("files/front", "", str)
    reopens_files = make_switch("files/reopen")
    language = Setting("look/language", SYSTEM, str)
    theme = Setting("look/theme", "dark", read_one_of(THEMES, str))
    accent = Setting("look/accent", "Blue", str)
    interface_size = Setting("look/size", 100, read_one_of(INTERFACE_SIZES, int))
    results_mb = Setting("memory/results", 256, read_one_of(RESULTS_MB, int))
    history_mb = Setting("memory/history", 320, read_one_of(HISTORY_MB, int))
    trash_days = Setting("files/trash", 30, read_one_of(TRASH_DAYS, int))
    model = Setting("models/default", DEFAULT_MODEL, str)
    export_quality = Setting("export/quality", QUALITY, read_one_of(range(1, 101), int))
    exports_metadata = make_switch("export/metadata")
    exports_prompt = make_switch("export/prompt")
    extend_aspect = Setting("extend/aspect", "", str)
    shortcuts = Setting[dict[str, str]]("shortcuts/changed", {}, read_shortcuts, write_shortcuts)

    def __init__(self) -> None:
        path = stores_folder().with_name("settings.ini")
        self.file = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def window_geometry(self) -> QByteArray:
        value = self.file.value("window/geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @window_geometry.setter
    def window_geometry(self, geometry: QByteArray) -> None:
        self.write("window/geometry", geometry)

    def add_recent(self, path: Path) -> None:
        """Put a file at the beginning of the recent ones.

        Raises:
            GlideError: if the settings cannot be written.
        """
        others = [one for one in self.recent_files if one != path]
        self.recent_files = [path, *others][:MAX_RECENT]

    def clear_recent(self) -> None:
        """Forget the recent files.

        Raises:
            GlideError: if the settings cannot be written.
        """
        self.recent_files = []

    def write(self, key: str, value: object) -> None:
        """Store a value at once.

        Raises:
            GlideError: if the file cannot be written.
        """
        self.file.setValue(key, value)
        self.file.sync()
        if self.file.status() is not QSettings.Status.NoError:
            raise GlideError(
                translate(
                    "Preferences",
                    "The preferences cannot be saved to '{file}'; make room on the disk and"
                    " check who may write to that folder.",
                ).format(file=self.file.fileName())
            )
