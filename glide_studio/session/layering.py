"""The layer verbs."""

from __future__ import annotations

from glide_studio.document.edits import MoveLayer, RemoveLayer, SetActive, SetLayer
from glide_studio.document.layer import BlendMode
from glide_studio.session.state import State


class Layering:
    """What the layers panel can do; each call is one entry of the history."""

    def __init__(self, state: State) -> None:
        self._state = state

    def activate(self, layer: str) -> None:
        """Choose the layer that tools work on."""
        self._state.apply(SetActive(layer))

    def set_visible(self, layer: str, visible: bool) -> None:
        """Show or hide."""
        label = "Show layer" if visible else "Hide layer"
        self._state.apply(SetLayer(layer, {"visible": visible}, label))

    def preview_opacity(self, layer: str, opacity: float) -> None:
        """Show another opacity, 0 .. 1, without an entry, as while a slider is dragged."""
        self._state.show(SetLayer(layer, {"opacity": opacity}).apply(self._state.document))

    def set_opacity(self, layer: str, opacity: float) -> None:
        """Opacity, 0 .. 1."""
        self._state.apply(SetLayer(layer, {"opacity": opacity}, "Set opacity"))

    def set_blend(self, layer: str, blend: BlendMode) -> None:
        """Blend mode."""
        self._state.apply(SetLayer(layer, {"blend": blend}, "Set blend mode"))

    def rename(self, layer: str, name: str) -> None:
        """Name; an empty one is ignored."""
        if name.strip():
            self._state.apply(SetLayer(layer, {"name": name.strip()}, "Rename layer"))

    def move(self, layer: str, by: int) -> None:
        """Up (by > 0) or down among the layers of the same group; stops at its ends."""
        document = self._state.document
        parent = document.parent(layer)
        siblings = document.siblings(parent)
        index = next(index for index, one in enumerate(siblings) if one.id == layer)
        target = min(max(index + by, 0), len(siblings) - 1)
        if target != index:
            label = "Raise layer" if by > 0 else "Lower layer"
            self._state.apply(MoveLayer(layer, target, parent, label))

    def remove(self, layer: str) -> None:
        """Delete."""
        self._state.apply(RemoveLayer(layer, "Delete layer"))
