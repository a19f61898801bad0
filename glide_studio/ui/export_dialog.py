"""The dialog of File > Export image: format, quality, size, depth, profile, metadata."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QSignalBlocker, QSize
from PySide6.QtWidgets import (
    QComboBox,
    QWidget,
)

from glide_studio.editor.editor import Editor
from glide_studio.editor.exporting import ExportChoices, choose_suffix, explain_jpeg_encoding
from glide_studio.editor.image_documents import SOURCE_JPEG
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.export_options import format_for, lossless
from glide_studio.io.images.picture import SUFFIXES
from glide_studio.translation import QT_TRANSLATE_NOOP, translate
from glide_studio.ui.preferences import Preferences
from glide_studio.ui.size_dialog import PixelField
from glide_studio.ui.widgets import CheckBox, FormDialog, LabeledSlider, make_label


class ExportFormat(NamedTuple):
    """A format of the list.

    lossy: has a quality setting. deep: can hold 16 bits a channel. bare: holds no profile and no
    metadata. layered: keeps the layers.
    """

    name: str
    suffix: str
    lossy: bool = False
    deep: bool = False
    bare: bool = False
    layered: bool = False


FORMATS = (
    ExportFormat("PNG", "png", deep=True),
    ExportFormat("JPEG", "jpg", lossy=True),
    ExportFormat("TIFF", "tif", deep=True),
    ExportFormat("WebP", "webp", lossy=True),
    ExportFormat("AVIF", "avif", lossy=True),
    ExportFormat("BMP", "bmp", bare=True),
    ExportFormat(QT_TRANSLATE_NOOP("ExportDialog", "Photoshop, with layers"), "psd", layered=True),
    ExportFormat(QT_TRANSLATE_NOOP("ExportDialog", "OpenRaster, with layers"), "ora", layered=True),
)
PROFILES = (
    (QT_TRANSLATE_NOOP("ExportDialog", "Keep the photo's profile"), "keep"),
    (QT_TRANSLATE_NOOP("ExportDialog", "Convert to sRGB"), "srgb"),
    (QT_TRANSLATE_NOOP("ExportDialog", "Leave the profile out"), "strip"),
)

WIDTH_PX = 400


class ExportDialog(FormDialog):
    """Ask how to export; `chosen` is called with the suffix of the format and the choices."""

    def __init__(
        self, parent: QWidget, editor: Editor, chosen: Callable[[str, ExportChoices], object]
    ) -> None:
        super().__init__(parent, translate("ExportDialog", "Export image"))
        self._document, self._chosen = editor.document, chosen
        self._size = editor.document.size
        self._obstacles: dict[tuple[Size, str], str] = {}  # to keeping the photo's own JPEG
        preferences = Preferences()
        before = ExportChoices(
            quality=preferences.export_quality,
            metadata=preferences.exports_metadata,
            prompt=preferences.exports_prompt,
        )
        self.form = QComboBox()
        for form in FORMATS:
            self.form.addItem(translate("ExportDialog", form.name))
        own = format_of(choose_suffix(editor.document, editor.state.path))
        self.form.setCurrentIndex(FORMATS.index(own))
        self.quality = LabeledSlider("", 1, 100, str, 400, translate("ExportDialog", "Quality"))
        self.quality.show_value(preferences.export_quality)
        self.keep = CheckBox(
            translate("ExportDialog", "Keep the photo's own JPEG where it was not edited")
        )
        self._has_source = SOURCE_JPEG in editor.document.metadata
        self.keep.setChecked(self._has_source)
        self.width_ = PixelField(
            translate("ExportDialog", "Width"), self._size.width, whole=self._size.width
        )
        self.height_ = PixelField(
            translate("ExportDialog", "Height"), self._size.height, whole=self._size.height
        )
        self.depth_ = QComboBox()
        depth = editor.document.depth
        for bits in (depth, 8 if depth == 16 else 16):
            self.depth_.addItem(
                translate("ExportDialog", "{bits} bits per channel").format(bits=bits), bits
            )
        self.profile = QComboBox()
        for text, profile in PROFILES:
            self.profile.addItem(translate("ExportDialog", text), profile)
        self.metadata = CheckBox(translate("ExportDialog", "Keep EXIF, XMP and resolution"))
        self.prompt = CheckBox(
            translate("ExportDialog", "Write prompt, seed and model of each fill")
        )
        self.metadata.setChecked(before.metadata)
        self.prompt.setChecked(before.prompt)
        self._fill()
        self.form.currentIndexChanged.connect(lambda _: self._show())
        self.quality.moved.connect(lambda _: self._show())
        self.keep.toggled.connect(lambda _: self._show())
        self.profile.currentIndexChanged.connect(lambda _: self._show())
        self.width_.valueChanged.connect(lambda _: self._follow(across=True))
        self.height_.valueChanged.connect(lambda _: self._follow(across=False))
        self._show()

    def _fill(self) -> None:
        for name, widget in (
            (translate("ExportDialog", "Format"), self.form),
            (translate("ExportDialog", "Quality"), self.quality),
            (translate("ExportDialog", "Width"), self.width_),
            (translate("ExportDialog", "Height"), self.height_),
            (translate("ExportDialog", "Depth"), self.depth_),
            (translate("ExportDialog", "Profile"), self.profile),
        ):
            self.add_field(name, widget)
            if widget is self.form:
                self.fields.addRow(self.keep)
        self.fields.addRow(self.metadata)
        self.fields.addRow(self.prompt)
        self._loss = make_label("", "hint")
        self._loss.setWordWrap(True)
        self._loss.setMinimumHeight(2 * self._loss.fontMetrics().lineSpacing())
        self.column.addWidget(self._loss)
        self.add_buttons(translate("ExportDialog", "Export…"), self.accept)

    @property
    def choices(self) -> ExportChoices:
        """The choices; what does not apply to the format has its default."""
        form, whole = FORMATS[self.form.currentIndex()], ExportChoices()
        if form.layered:
            return whole
        size = Size(self.width_.value(), self.height_.value())
        return ExportChoices(
            self.quality.slider.value() if form.lossy and not self._keeps else whole.quality,
            None if size == self._size else size,
            self.depth_.currentData() if form.deep else None,
            self.profile.currentData(),
            self.metadata.isChecked(),
            self.prompt.isChecked(),
        )

    @property
    def _can_keep(self) -> bool:
        """True if what was not edited can be written as the photo's own JPEG has it."""
        is_jpeg = FORMATS[self.form.currentIndex()].suffix == "jpg"
        return self._has_source and is_jpeg and not self._find_obstacle()

    def _find_obstacle(self) -> str:
        """Say why the photo's own JPEG cannot be kept with the size and profile as chosen."""
        size, profile = (
            Size(self.width_.value(), self.height_.value()),
            self.profile.currentData(),
        )
        if (size, profile) not in self._obstacles:
            choices = ExportChoices(size=size, profile=profile)
            self._obstacles[size, profile] = explain_jpeg_encoding(self._document, choices)
        return self._obstacles[size, profile]

    @property
    def _keeps(self) -> bool:
        return self._can_keep and self.keep.isChecked()

    def accept(self) -> None:
        suffix, choices = FORMATS[self.form.currentIndex()].suffix, self.choices
        super().accept()
        self._chosen(suffix, choices)

    def _show(self) -> None:
        form = FORMATS[self.form.currentIndex()]
        flat = not form.layered
        for widget, shown in (
            (self.keep, self._can_keep),
            (self.quality, form.lossy and not self._keeps),
            (self.width_, flat),
            (self.height_, flat),
            (self.depth_, form.deep),
            (self.profile, flat),
            (self.metadata, flat and not form.bare),
            (self.prompt, flat and not form.bare),
        ):
            self.fields.setRowVisible(widget, shown)
        quality = None if self._keeps else self.quality.slider.value()
        loss = describe_loss(form, quality)
        if self._has_source and form.suffix == "jpg" and (reason := self._find_obstacle()):
            loss = (
                translate(
                    "ExportDialog", "The whole picture is encoded again, because {reason}."
                ).format(reason=reason)
                + f" {loss}"
            )
        self._loss.setText(loss)
        size = QSize(WIDTH_PX, self.sizeHint().height())
        self.setFixedSize(size.boundedTo(self.screen().availableSize()))

    def _follow(self, *, across: bool) -> None:
        """Keep the proportions: follow the width (`across`) or the height."""
        if across:
            other, share = self.height_, self._size.height / self._size.width
            value = self.width_.value() * share
        else:
            other, share = self.width_, self._size.width / self._size.height
            value = self.height_.value() * share
        with QSignalBlocker(other):
            other.setValue(max(1, round(value)))
        self._show()


def format_of(suffix: str) -> ExportFormat:
    """Return the format of a file name's ending, such as "jpeg".

    Raises:
        KeyError: if it is none that can be written.
    """
    for form in FORMATS:
        if suffix == form.suffix or SUFFIXES.get(f".{suffix}", suffix) == form.name.lower():
            return form
    raise KeyError(suffix)


def describe_loss(form: ExportFormat, quality: int | None) -> str:
    """Describe what a format loses; quality None: the photo's own JPEG is kept."""
    if form.layered:
        return translate(
            "ExportDialog",
            "All layers are kept. The history and the saved masks are in the project only.",
        )
    if quality is None:
        return translate(
            "ExportDialog", "Only the parts that were edited are encoded again. Layers are merged."
        )
    if form.lossy and lossless(format_for(Path(f"x.{form.suffix}")), quality):
        return translate(
            "ExportDialog",
            "Every pixel is kept exactly, with 8 bits per channel. Layers are merged.",
        )
    if form.lossy:
        return translate(
            "ExportDialog",
            "Pixels are kept approximately, with 8 bits per channel. Layers are merged.",
        )
    if form.bare:
        return translate(
            "ExportDialog", "8 bits per channel, without profile and metadata. Layers are merged."
        )
    return translate("ExportDialog", "Every pixel is kept exactly. Layers are merged.")
