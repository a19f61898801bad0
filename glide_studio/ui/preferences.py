"""What the user prefers in every document, kept by QSettings in one file of the state folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtGui import QColor

from glide_studio.api.request import DEFAULT_MODEL
from glide_studio.document.document_thumbnail import MASK_OPACITY, MASK_TINT
from glide_studio.editor.exporting import QUALITY
from glide_studio.errors import GlideError
from glide_studio.io.project.working_store import stores_folder
from glide_studio.translation import translate
from glide_studio.ui.language import SYSTEM

SYSTEM_DISPLAY, SRGB_DISPLAY = "system", "sRGB"
MAX_RECENT = 12  # files
THEMES = ("dark", "light", "system")
RESULTS_MB, HISTORY_MB = (128, 256, 512, 1024, 2048), (160, 320, 640, 1280, 2560)
TRASH_DAYS = (1, 7, 30, 90)
INTERFACE_SIZES = (80, 90, 100, 110, 125, 150, 175, 200)  # percent

Value = TypeVar("Value")


class BarPlace(StrEnum):
    """Where the bar with the verbs of a mask is shown."""

    FLOATING = "floating"
    DOCKED = "docked"
    OFF = "off"


class Preferences:
    """Typed access to the settings file; a damaged value counts as never set.

    display: profile of the canvas: "system" for the one that the window system names, "sRGB", or
    the path of an ICC file. bar_place: of the bar at the mask. mask_color: color of the painted
    mask on the canvas. mask_opacity: its opacity where the mask is full, 0.1 .. 1. window_geometry:
    as `QWidget.saveGeometry` returns it. recent_files: the last ones first. open_files: open when
    the window was closed. reopens_files: they are opened at the next start. language: code of a
    language of `list_languages`, or "system". theme: of `THEMES`.
    accent: a name in `theme.DARK_ACCENTS`. interface_size: percent. results_mb, history_mb: megabytes of memory
    that the results and the history of a document may take. trash_days: how long deleted unsaved work
    can be taken back. model: of new documents. export_quality,
    exports_metadata, exports_prompt: what an export begins with. shortcuts: id of a command ->
    its keys, for those that differ from the program's own.
    """

    def __init__(self) -> None:
        path = stores_folder().with_name("settings.ini")
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def display(self) -> str:
        return self._read("display/profile", SYSTEM_DISPLAY, str)

    @display.setter
    def display(self, display: str) -> None:
        self._write("display/profile", display)

    @property
    def bar_place(self) -> BarPlace:
        return self._read("mask/bar", BarPlace.FLOATING, BarPlace)

    @bar_place.setter
    def bar_place(self, place: BarPlace) -> None:
        self._write("mask/bar", place.value)

    @property
    def mask_color(self) -> QColor:
        color = QColor(self._read("mask/color", "", str))
        return color if color.isValid() else QColor(*MASK_TINT)

    @mask_color.setter
    def mask_color(self, color: QColor) -> None:
        self._write("mask/color", color.name())

    @property
    def mask_opacity(self) -> float:
        opacity = self._read("mask/opacity", MASK_OPACITY, float)
        return opacity if 0.1 <= opacity <= 1 else MASK_OPACITY

    @mask_opacity.setter
    def mask_opacity(self, opacity: float) -> None:
        self._write("mask/opacity", opacity)

    @property
    def window_geometry(self) -> QByteArray:
        value = self._settings.value("window/geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @window_geometry.setter
    def window_geometry(self, geometry: QByteArray) -> None:
        self._write("window/geometry", geometry)

    @property
    def recent_files(self) -> list[Path]:
        return self._read_paths("files/recent")

    def add_recent(self, path: Path) -> None:
        """Put a file at the beginning of the recent ones.

        Raises:
            GlideError: if the settings cannot be written.
        """
        others = [one for one in self.recent_files if one != path]
        self._write_paths("files/recent", [path, *others][:MAX_RECENT])

    def clear_recent(self) -> None:
        """Forget the recent files.

        Raises:
            GlideError: if the settings cannot be written.
        """
        self._write_paths("files/recent", [])

    @property
    def open_files(self) -> list[Path]:
        return self._read_paths("files/open")

    @open_files.setter
    def open_files(self, paths: list[Path]) -> None:
        self._write_paths("files/open", paths)

    @property
    def reopens_files(self) -> bool:
        return self._read("files/reopen", "true", str) != "false"

    @reopens_files.setter
    def reopens_files(self, on: bool) -> None:
        self._write("files/reopen", "true" if on else "false")

    @property
    def language(self) -> str:
        return self._read("look/language", SYSTEM, str)

    @language.setter
    def language(self, language: str) -> None:
        self._write("look/language", language)

    @property
    def theme(self) -> str:
        return self._read("look/theme", "dark", _one_of(THEMES))

    @theme.setter
    def theme(self, theme: str) -> None:
        self._write("look/theme", theme)

    @property
    def accent(self) -> str:
        return self._read("look/accent", "Blue", str)

    @accent.setter
    def accent(self, accent: str) -> None:
        self._write("look/accent", accent)

    @property
    def interface_size(self) -> int:
        return self._read("look/size", 100, _one_of_numbers(INTERFACE_SIZES))

    @interface_size.setter
    def interface_size(self, percent: int) -> None:
        self._write("look/size", percent)

    @property
    def results_mb(self) -> int:
        return self._read("memory/results", 256, _one_of_numbers(RESULTS_MB))

    @results_mb.setter
    def results_mb(self, megabytes: int) -> None:
        self._write("memory/results", megabytes)

    @property
    def history_mb(self) -> int:
        return self._read("memory/history", 320, _one_of_numbers(HISTORY_MB))

    @history_mb.setter
    def history_mb(self, megabytes: int) -> None:
        self._write("memory/history", megabytes)

    @property
    def trash_days(self) -> int:
        return self._read("files/trash", 30, _one_of_numbers(TRASH_DAYS))

    @trash_days.setter
    def trash_days(self, days: int) -> None:
        self._write("files/trash", days)

    @property
    def model(self) -> str:
        return self._read("models/default", DEFAULT_MODEL, str)

    @model.setter
    def model(self, name: str) -> None:
        self._write("models/default", name)

    @property
    def export_quality(self) -> int:
        quality = self._read("export/quality", QUALITY, int)
        return quality if 1 <= quality <= 100 else QUALITY

    @export_quality.setter
    def export_quality(self, quality: int) -> None:
        self._write("export/quality", quality)

    @property
    def exports_metadata(self) -> bool:
        return self._read("export/metadata", "true", str) != "false"

    @exports_metadata.setter
    def exports_metadata(self, on: bool) -> None:
        self._write("export/metadata", "true" if on else "false")

    @property
    def exports_prompt(self) -> bool:
        return self._read("export/prompt", "true", str) != "false"

    @exports_prompt.setter
    def exports_prompt(self, on: bool) -> None:
        self._write("export/prompt", "true" if on else "false")

    @property
    def shortcuts(self) -> dict[str, str]:
        lines = self._read("shortcuts/changed", "", str).splitlines()
        return dict(line.split("\t", 1) for line in lines if "\t" in line)

    @shortcuts.setter
    def shortcuts(self, shortcuts: dict[str, str]) -> None:
        lines = [f"{path}\t{keys}" for path, keys in sorted(shortcuts.items())]
        self._write("shortcuts/changed", "\n".join(lines))

    def _read_paths(self, key: str) -> list[Path]:
        # One value with one path a line: QSettings reads a list of one as a plain string.
        return [Path(line) for line in self._read(key, "", str).splitlines() if line]

    def _write_paths(self, key: str, paths: list[Path]) -> None:
        self._write(key, "\n".join(str(path) for path in paths))

    def _read(self, key: str, default: Value, convert: Callable[[str], Value]) -> Value:
        value = self._settings.value(key)
        try:
            return default if value is None else convert(str(value))
        except ValueError:
            return default

    def _write(self, key: str, value: object) -> None:
        """Store a value at once.

        Raises:
            GlideError: if the file cannot be written.
        """
        self._settings.setValue(key, value)
        self._settings.sync()
        if self._settings.status() is not QSettings.Status.NoError:
            raise GlideError(
                translate(
                    "Preferences",
                    "The preferences cannot be saved to '{file}'; make room on the disk and"
                    " check who may write to that folder.",
                ).format(file=self._settings.fileName())
            )


def _one_of(names: Sequence[str]) -> Callable[[str], str]:
    """Make a conversion that refuses all other names."""

    def convert(text: str) -> str:
        if text not in names:
            raise ValueError(text)
        return text

    return convert


def _one_of_numbers(numbers: Sequence[int]) -> Callable[[str], int]:
    """Make a conversion that refuses all other numbers."""

    def convert(text: str) -> int:
        if int(text) not in numbers:
            raise ValueError(text)
        return int(text)

    return convert
