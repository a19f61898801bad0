"""The folded part of the prompt panel that says how objects are placed in the photo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QToolButton, QWidget

from glide_studio.editor.editor import Editor
from glide_studio.imaging.blending.object_placement import PlacementOptions
from glide_studio.translation import QT_TRANSLATE_NOOP, translate
from glide_studio.ui.widgets import CheckBox, LabeledSlider, make_label

FITS = (
    (QT_TRANSLATE_NOOP("PlacementBox", "Inside the mask"), "contain"),
    (QT_TRANSLATE_NOOP("PlacementBox", "Over all of the mask"), "cover"),
    (QT_TRANSLATE_NOOP("PlacementBox", "As drawn"), "keep"),
)
ALIGNMENTS = (
    (QT_TRANSLATE_NOOP("PlacementBox", "Lower edge"), "bottom"),
    (QT_TRANSLATE_NOOP("PlacementBox", "Middle"), "center"),
)
DIRECTIONS: tuple[tuple[str, float | None], ...] = (
    (QT_TRANSLATE_NOOP("PlacementBox", "From the photo"), None),
    (QT_TRANSLATE_NOOP("PlacementBox", "To the left"), -1.0),
    (QT_TRANSLATE_NOOP("PlacementBox", "A little to the left"), -0.5),
    (QT_TRANSLATE_NOOP("PlacementBox", "Straight down"), 0.0),
    (QT_TRANSLATE_NOOP("PlacementBox", "A little to the right"), 0.5),
    (QT_TRANSLATE_NOOP("PlacementBox", "To the right"), 1.0),
)
SWITCHES = (
    (
        "exposure",
        QT_TRANSLATE_NOOP("PlacementBox", "Brightness"),
        QT_TRANSLATE_NOOP("PlacementBox", "Keep its brightness within what the scene suggests"),
    ),
    (
        "white_balance",
        QT_TRANSLATE_NOOP("PlacementBox", "Color of the light"),
        QT_TRANSLATE_NOOP("PlacementBox", "Light it as warm or cold as the scene"),
    ),
    (
        "shade",
        QT_TRANSLATE_NOOP("PlacementBox", "Shaded side"),
        QT_TRANSLATE_NOOP("PlacementBox", "Lighten its shaded side where that is too dark"),
    ),
    (
        "contrast",
        QT_TRANSLATE_NOOP("PlacementBox", "Contrast"),
        QT_TRANSLATE_NOOP("PlacementBox", "Move its contrast toward the scene's"),
    ),
    (
        "sharpness",
        QT_TRANSLATE_NOOP("PlacementBox", "Focus"),
        QT_TRANSLATE_NOOP("PlacementBox", "Soften it where the photo is out of focus"),
    ),
    (
        "grain",
        QT_TRANSLATE_NOOP("PlacementBox", "Grain"),
        QT_TRANSLATE_NOOP("PlacementBox", "Give it the photo's grain"),
    ),
)


class PlacementBox(QWidget):
    """Size and place, light, and shadow of an object; folded until it is opened.

    What is changed here changes the candidates in view at once. header: what opens it, placed by
    whoever shows the box.
    """

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self.header = QToolButton()
        self.header.setText(translate("PlacementBox", "Placement"))
        self.header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.header.setCheckable(True)
        self.header.setAccessibleName(translate("PlacementBox", "Placement"))
        self.header.setToolTip(
            translate("PlacementBox", "How an object sits in the photo: size, light and shadow")
        )
        self.header.toggled.connect(self._fold)
        self.setLayout(self._make_content())
        editor.settings_changed.connect(self._show)
        self._fold(False)
        self._show()

    def _make_content(self) -> QGridLayout:
        self.fit = self._make_choice(
            translate("PlacementBox", "Size"),
            FITS,
            "fit",
            translate("PlacementBox", "How large the object becomes"),
        )
        self.align = self._make_choice(
            translate("PlacementBox", "Place"),
            ALIGNMENTS,
            "align",
            translate("PlacementBox", "Where in the mask it stands"),
        )
        self.direction = self._make_choice(
            translate("PlacementBox", "Shadow falls"),
            DIRECTIONS,
            "shadow_direction",
            translate("PlacementBox", "To which side the shadow falls"),
        )
        self.shadow = LabeledSlider(
            translate("PlacementBox", "Shadow"),
            0,
            100,
            lambda value: f"{value} %",
            120,
            translate("PlacementBox", "How dark the shadow is"),
        )
        self.shadow.chosen.connect(lambda value: self._place(shadow=value / 100))
        self.switches = {switch[0]: self._make_switch(*switch) for switch in SWITCHES}
        self.shadow_outside = CheckBox(translate("PlacementBox", "Shadow may leave the mask"))
        self.shadow_outside.setToolTip(
            translate(
                "PlacementBox",
                "Let the shadow darken the photo outside of the mask; the line at the bottom"
                " tells how much",
            )
        )
        self.shadow_outside.toggled.connect(lambda on: self._place(shadow_outside=on))
        self.shadow_layer = CheckBox(translate("PlacementBox", "Shadow on its own layer"))
        self.shadow_layer.setToolTip(
            translate("PlacementBox", "Add the shadow as a layer below the object")
        )
        self.shadow_layer.toggled.connect(
            lambda on: self._editor.set_generation_settings(shadow_layer=on)
        )
        self.clear_first = CheckBox(translate("PlacementBox", "Replace what is there"))
        self.clear_first.setToolTip(
            translate(
                "PlacementBox",
                "Remove what is under the mask from the photo before the object is drawn; applies"
                " to the next Generate",
            )
        )
        self.clear_first.toggled.connect(self._set_clear_first)
        grid = QGridLayout()
        grid.setContentsMargins(4, 0, 0, 4)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        rows: list[tuple[str, QWidget]] = [
            (translate("PlacementBox", "Size"), self.fit),
            (translate("PlacementBox", "Place"), self.align),
        ]
        for row, (name, widget) in enumerate(rows):
            grid.addWidget(make_label(name, "hint"), row, 0)
            grid.addWidget(widget, row, 1)
        grid.addWidget(
            make_label(translate("PlacementBox", "Match to the photo"), "hint"), 2, 0, 1, 2
        )
        for index, check in enumerate(self.switches.values()):
            grid.addWidget(check, 3 + index // 2, index % 2)
        last = 4 + len(SWITCHES) // 2
        grid.addWidget(self.shadow, last, 0, 1, 2)
        grid.addWidget(make_label(translate("PlacementBox", "Falls"), "hint"), last + 1, 0)
        grid.addWidget(self.direction, last + 1, 1)
        for offset, wide in enumerate((self.shadow_outside, self.shadow_layer, self.clear_first)):
            grid.addWidget(wide, last + 2 + offset, 0, 1, 2)
        return grid

    def _make_choice(
        self, name: str, choices: tuple[tuple[str, Any], ...], field: str, tip: str
    ) -> QComboBox:
        box = QComboBox(
            sizeAdjustPolicy=QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon,
            minimumContentsLength=8,
        )
        box.setAccessibleName(name)
        box.setToolTip(tip)
        for text, value in choices:
            box.addItem(translate("PlacementBox", text), value)
        box.activated.connect(lambda index: self._place(**{field: choices[index][1]}))
        return box

    def _make_switch(self, name: str, text: str, tip: str) -> CheckBox:
        check = CheckBox(translate("PlacementBox", text))
        check.setToolTip(translate("PlacementBox", tip))
        check.toggled.connect(lambda on: self._place(**{name: on}))
        return check

    def _place(self, **changes: Any) -> None:
        placement = replace(self._editor.generation_settings.placement, **changes)
        self._editor.set_generation_settings(placement=placement)

    def _set_clear_first(self, on: bool) -> None:
        self._editor.set_generation_settings(clear_first=on)
        if self._editor.generation.jobs.results:
            self._editor.state.notify(
                translate(
                    "PlacementBox",
                    "Applies to the next Generate; the results below stay as they are.",
                )
            )

    def _fold(self, is_open: bool) -> None:
        self.setVisible(is_open)
        arrow = Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow
        self.header.setArrowType(arrow)

    def _show(self) -> None:
        settings = self._editor.generation_settings
        placement: PlacementOptions = settings.placement
        for box, choices, value in (
            (self.fit, FITS, placement.fit),
            (self.align, ALIGNMENTS, placement.align),
            (self.direction, DIRECTIONS, placement.shadow_direction),
        ):
            found = [index for index, choice in enumerate(choices) if choice[1] == value]
            box.setCurrentIndex(found[0] if found else -1)
        self.align.setEnabled(placement.fit != "keep")
        self.direction.setEnabled(placement.shadow > 0)
        self.shadow.show_value(round(100 * placement.shadow))
        checks = {check: getattr(placement, name) for name, check in self.switches.items()}
        checks[self.shadow_outside] = placement.shadow_outside
        checks[self.shadow_layer] = settings.shadow_layer
        checks[self.clear_first] = settings.clear_first
        for check, is_on in checks.items():
            with QSignalBlocker(check):
                check.setChecked(is_on)
