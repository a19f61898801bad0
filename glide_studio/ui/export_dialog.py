"""The dialog of File > Export picture: format, quality, size, depth, profile, metadata, prompt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from glide_studio.editor.exporting import Choices
from glide_studio.editor.session import Session
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.export_options import format_for, lossless
from glide_studio.ui.size_dialog import pixels_field
from glide_studio.ui.widgets import CheckBox, LabeledSlider, make_dialog_buttons, make_label


class Form(NamedTuple):
    """A format as it is offered. lossy: has a quality. deep: can have 16 bits. bare: keeps no profile."""

    name: str
    ending: str
    lossy: bool = False
    deep: bool = False
    bare: bool = False
    layered: bool = False


FORMS = (
    Form("PNG", "png", deep=True),
    Form("JPEG", "jpg", lossy=True),
    Form("TIFF", "tif", deep=True),
    Form("WebP", "webp", lossy=True),
    Form("AVIF", "avif", lossy=True),
    Form("BMP", "bmp", bare=True),
    Form("Photoshop, with layers", "psd", layered=True),
    Form("OpenRaster, with layers", "ora", layered=True),
)
PROFILES = (("As it is", "keep"), ("Convert to sRGB", "srgb"), ("None in the file", "strip"))


class ExportDialog(QDialog):
    """Asks how; `chosen` is told the format's ending and the choices, and asks where."""

    def __init__(
        self, parent: QWidget, session: Session, chosen: Callable[[str, Choices], object]
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export picture")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._size, self._chosen = session.document.size, chosen
        before = Choices()
        self.form = QComboBox()
        for form in FORMS:
            self.form.addItem(form.name)
        self.quality = LabeledSlider("", 1, 100, str, 150, "Quality")
        self.quality.show_value(before.quality)
        self.width_ = pixels_field("Width", self._size.width)
        self.height_ = pixels_field("Height", self._size.height)
        self.depth_ = QComboBox()
        own = session.document.depth
        for bits in (own, 8 if own == 16 else 16):
            self.depth_.addItem(f"{bits} bits a channel", bits)
        self.profile = QComboBox()
        for text, profile in PROFILES:
            self.profile.addItem(text, profile)
        self.metadata = CheckBox("EXIF, XMP and resolution of the photo")
        self.prompt = CheckBox("Prompt, seed and model of each result")
        self.metadata.setChecked(before.metadata)
        self.prompt.setChecked(before.prompt)
        self._rows = self._layout()
        self.form.currentIndexChanged.connect(lambda _: self._show())
        self.quality.moved.connect(lambda _: self._show())
        self.width_.valueChanged.connect(lambda _: self._follow(across=True))
        self.height_.valueChanged.connect(lambda _: self._follow(across=False))
        self._show()

    def _layout(self) -> QFormLayout:
        rows = QFormLayout()
        rows.setSpacing(10)
        for name, widget in (
            ("Format", self.form),
            ("Quality", self.quality),
            ("Width", self.width_),
            ("Height", self.height_),
            ("Depth", self.depth_),
            ("Profile", self.profile),
        ):
            widget.setAccessibleName(name)
            rows.addRow(name, widget)
        rows.addRow(self.metadata)
        rows.addRow(self.prompt)
        self._word = make_label("", "faint")
        self._word.setWordWrap(True)
        self._word.setMinimumHeight(2 * self._word.fontMetrics().lineSpacing())
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(16)
        column.addLayout(rows)
        column.addWidget(self._word)
        foot = QHBoxLayout()
        foot.addWidget(make_dialog_buttons(self, "Export…", self.accept))
        column.addLayout(foot)
        return rows

    @property
    def choices(self) -> Choices:
        """What the fields say; what does not apply to the format is left as it is by default."""
        form, whole = FORMS[self.form.currentIndex()], Choices()
        if form.layered:
            return whole
        size = Size(self.width_.value(), self.height_.value())
        return Choices(
            self.quality.slider.value() if form.lossy else whole.quality,
            None if size == self._size else size,
            self.depth_.currentData() if form.deep else None,
            self.profile.currentData(),
            self.metadata.isChecked(),
            self.prompt.isChecked(),
        )

    def accept(self) -> None:
        ending, choices = FORMS[self.form.currentIndex()].ending, self.choices
        super().accept()
        self._chosen(ending, choices)

    def _show(self) -> None:
        form = FORMS[self.form.currentIndex()]
        flat = not form.layered
        for widget, shown in (
            (self.quality, form.lossy),
            (self.width_, flat),
            (self.height_, flat),
            (self.depth_, form.deep),
            (self.profile, flat),
            (self.metadata, flat and not form.bare),
            (self.prompt, flat and not form.bare),
        ):
            self._rows.setRowVisible(widget, shown)
        self._word.setText(_word(form, self.quality.slider.value()))
        self.adjustSize()

    def _follow(self, *, across: bool) -> None:
        """Keep the proportions."""
        if across:
            other, share = self.height_, self._size.height / self._size.width
            value = self.width_.value() * share
        else:
            other, share = self.width_, self._size.width / self._size.height
            value = self.height_.value() * share
        with QSignalBlocker(other):
            other.setValue(max(1, round(value)))


def _word(form: Form, quality: int) -> str:
    """What a format loses."""
    if form.layered:
        return "With all layers. The history and the kept masks stay in the project alone."
    if form.lossy and lossless(format_for(Path(f"x.{form.ending}")), quality):
        return "Every pixel is kept exactly, with 8 bits a channel. Layers become one."
    if form.lossy:
        return "Pixels are kept only nearly, with 8 bits a channel. Layers become one."
    if form.bare:
        return "8 bits a channel, without profile and metadata. Layers become one."
    return "Every pixel is kept exactly. Layers become one."
