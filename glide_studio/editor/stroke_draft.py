"""A brush stroke that is a draft until it is finished, for the brushes of mask and layers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from glide_studio.document.brush import Brush, StrokePoint
from glide_studio.document.stroke import Stroke
from glide_studio.editor.settings import ToolSettings
from glide_studio.editor.state import EditorState
from glide_studio.translation import translate


def make_brush(tools: ToolSettings, *, opacity: float = 1.0) -> Brush:
    """Make the brush that the tool settings describe."""
    return Brush(
        tools.size,
        tools.hardness,
        flow=max(tools.flow, 0.01),
        spacing=tools.spacing,
        opacity=max(opacity, 0.01),
        pressure_size=tools.pressure_size,
        pressure_flow=tools.pressure_flow,
    )


class StrokeDraft:
    """The open stroke of a brush; who inherits from it begins strokes with `_open`."""

    CONTEXT: ClassVar[str]  # of the two texts below in translations
    PAINTED: ClassVar[str]  # the history's words for a stroke, and for one that erases
    ERASED: ClassVar[str]

    def __init__(self, state: EditorState) -> None:
        self._state = state
        self._stroke: Stroke | None = None

    @property
    def stroking(self) -> bool:
        """True between `begin_stroke` and its end."""
        return self._stroke is not None

    def _open(self, stroke: Stroke, point: StrokePoint) -> None:
        self._stroke = stroke
        self.extend_stroke([point])

    def extend_stroke(self, points: Iterable[StrokePoint]) -> None:
        """Draw on through `points`; without an open stroke this does nothing."""
        if self._stroke is not None:
            self._stroke.extend(points)
            self._state.show(self._stroke.document)

    def finish_stroke(self) -> None:
        """Lift the brush: one entry of the history."""
        if self._stroke is not None:
            stroke, self._stroke = self._stroke, None
            stroke.finish()
            label = translate(self.CONTEXT, self.ERASED if stroke.erase else self.PAINTED)
            # A new layer on which no paint lies is no change.
            after = stroke.document if stroke.is_visible else self._state.document
            self._state.apply(label, after, durable=False)

    def abort_stroke(self) -> None:
        """Drop the draft: the document is as it was at the press."""
        if self._stroke is not None:
            self._stroke = None
            self._state.show(None)
