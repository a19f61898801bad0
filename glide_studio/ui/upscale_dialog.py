"""The dialog that enlarges the picture, with a preview of both methods."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QRadioButton,
    QWidget,
)

from glide_studio.api.engine_protocol import EnlargingMeasure
from glide_studio.api.events import Picture
from glide_studio.editor.editor import Editor
from glide_studio.editor.upscale_actions import Method, UpscaleProgress
from glide_studio.translation import number, translate
from glide_studio.ui.widgets import (
    ScreenDialog,
    make_column,
    make_dialog_buttons,
    make_idle_timer,
    make_label,
    picture_pixmap,
)

PREVIEW_SIDE_PX = 256
SCALES = (2, 4)


class UpscaleDialog(ScreenDialog):
    """Ask for scale and method; stays open with its progress until the picture is enlarged."""

    def __init__(self, parent: QWidget, editor: Editor) -> None:
        super().__init__(parent)
        self._editor = editor
        self.setWindowTitle(translate("UpscaleDialog", "Upscale"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.scales = QButtonGroup(self)
        self.methods = QButtonGroup(self)
        self._method_chosen = False
        column = make_column(self, (20, 18, 20, 16), 12)
        column.addLayout(self._make_scales())
        column.addLayout(self._make_previews())
        self.verdict: QLabel = make_label("", "hint")
        self.verdict.setWordWrap(True)
        column.addWidget(self.verdict)
        self.bar = QProgressBar(textVisible=False, maximum=1000)
        self.bar.setAccessibleName(translate("UpscaleDialog", "Progress"))
        self.bar.hide()
        column.addWidget(self.bar)
        self.buttons = make_dialog_buttons(self, translate("UpscaleDialog", "Upscale"), self._apply)
        column.addWidget(self.buttons)
        self._disconnect = (
            editor.upscale.progress.connect(self._follow),
            editor.upscale.previewed.connect(self._show_model),
        )
        self.finished.connect(lambda _: self._leave())
        self._show_scale()
        make_idle_timer(self, self._preview).start()

    @property
    def scale(self) -> int:
        """The chosen scale."""
        return SCALES[self.scales.checkedId()]

    @property
    def method(self) -> Method:
        """The chosen method."""
        return "model" if self.methods.checkedId() == 0 else "lanczos"

    def _make_scales(self) -> QHBoxLayout:
        row = QHBoxLayout()
        size = self._editor.document.size
        for index, scale in enumerate(SCALES):
            button = QRadioButton(
                translate("UpscaleDialog", "{scale}×   {width} × {height} pixels").format(
                    scale=scale, width=scale * size.width, height=scale * size.height
                )
            )
            button.setAccessibleName(
                translate("UpscaleDialog", "{scale} times").format(scale=scale)
            )
            button.setToolTip(
                translate("UpscaleDialog", "Enlarge the picture {scale} times").format(scale=scale)
            )
            self.scales.addButton(button, index)
            row.addWidget(button)
        row.addStretch()
        self.scales.button(0).setChecked(True)
        self.scales.idClicked.connect(lambda _: self._choose_scale())
        return row

    def _make_previews(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        self.previews: dict[str, QLabel] = {}
        for place, (name, text, tip) in enumerate(
            (
                (
                    "model",
                    translate("UpscaleDialog", "Model"),
                    translate(
                        "UpscaleDialog", "Draw new fine detail with the chosen model, in tiles"
                    ),
                ),
                (
                    "lanczos",
                    translate("UpscaleDialog", "Interpolation"),
                    translate("UpscaleDialog", "By Lanczos: fast, and adds nothing"),
                ),
            )
        ):
            button = QRadioButton(text)
            button.setAccessibleName(text)
            button.setToolTip(tip)
            self.methods.addButton(button, place)
            picture = make_label("…", "hint")
            picture.setFixedSize(PREVIEW_SIDE_PX, PREVIEW_SIDE_PX)
            picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
            picture.setAccessibleName(
                translate("UpscaleDialog", "Preview: {method}").format(method=text)
            )
            self.previews[name] = picture
            grid.addWidget(button, 0, place)
            grid.addWidget(picture, 1, place)
        self.methods.idClicked.connect(partial(setattr, self, "_method_chosen", True))
        self.methods.button(1).setChecked(True)
        return grid

    def _choose_scale(self) -> None:
        self._show_scale()
        self._preview()

    def _show_scale(self) -> None:
        upscale = self._editor.upscale
        measure = upscale.measure.get(self.scale)
        self.verdict.setText(describe_measure(measure))
        self.verdict.setToolTip(describe_figures(measure))
        if not self._method_chosen:
            best = 0 if upscale.best_method(self.scale) == "model" else 1
            self.methods.button(best).setChecked(True)

    def _preview(self) -> None:
        self.previews["model"].setText(translate("UpscaleDialog", "Enlarging a part of it…"))

        def ask() -> None:
            picture = self._editor.upscale.preview(self.scale)
            self._show_picture("lanczos", picture)

        self._editor.attempt(ask)

    def _show_model(self, picture: Picture) -> None:
        self._show_picture("model", picture)

    def _show_picture(self, name: str, picture: Picture) -> None:
        side = min(PREVIEW_SIDE_PX, *picture.shape[:2])
        self.previews[name].setPixmap(picture_pixmap(picture, side, self.devicePixelRatioF()))

    def _apply(self) -> None:
        self.bar.setValue(0)
        self.bar.show()
        self._set_enabled(False)
        if not self._editor.attempt(lambda: self._editor.upscale.enlarge(self.scale, self.method)):
            self.bar.hide()
            self._set_enabled(True)

    def _follow(self, progress: UpscaleProgress) -> None:
        self.bar.setValue(round(1000 * progress.share))
        if progress.error:
            self.verdict.setText(progress.error)
            self.bar.hide()
            self._set_enabled(True)
        elif progress.done and self.bar.isVisible():
            self.accept()

    def _set_enabled(self, on: bool) -> None:
        for group in (self.scales, self.methods):
            for button in group.buttons():
                button.setEnabled(on)
        for button in self.buttons.buttons():
            if self.buttons.buttonRole(button) is self.buttons.ButtonRole.AcceptRole:
                button.setEnabled(on)

    def _leave(self) -> None:
        for disconnect in self._disconnect:
            disconnect()
        self._editor.upscale.stop()


def describe_measure(measure: EnlargingMeasure | None) -> str:
    """Describe which method looks nearer to the original, by measure."""
    if measure is None:
        return translate(
            "UpscaleDialog",
            "How well this model enlarges photographs was not measured; compare the previews.",
        )
    if measure.model < measure.lanczos:
        return translate(
            "UpscaleDialog",
            "On photographs that were made smaller and enlarged again, the model came nearer to the"
            " original.",
        )
    return translate(
        "UpscaleDialog",
        "On photographs that were made smaller and enlarged again, interpolation came nearer to the"
        " original.",
    )


def describe_figures(measure: EnlargingMeasure | None) -> str:
    """Describe what `describe_measure` is founded on; "" if nothing was measured."""
    if measure is None:
        return ""
    return translate(
        "UpscaleDialog",
        "Distance to the original in features that a network sees, 0 if equal: {model} by the"
        " model, {lanczos} by interpolation",
    ).format(model=number(measure.model, 2), lanczos=number(measure.lanczos, 2))
