"""The layer verbs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from glide_studio.document import adjustment_edits, layer_edits, mask_edits
from glide_studio.document.adjustments import Adjustment, kind_of
from glide_studio.document.document import Document
from glide_studio.document.layer import BlendMode, Layer
from glide_studio.document.raster import Raster
from glide_studio.document.selection import CombineMode, invert
from glide_studio.editor.background_edits import BackgroundEdits
from glide_studio.editor.state import EditorState
from glide_studio.errors import GlideError
from glide_studio.signals import Signal
from glide_studio.translation import QT_TRANSLATE_NOOP, Text, translate

ADJUSTMENT_NAMES = {
    "levels": QT_TRANSLATE_NOOP("LayerActions", "Levels"),
    "curves": QT_TRANSLATE_NOOP("LayerActions", "Curves"),
    "exposure": QT_TRANSLATE_NOOP("LayerActions", "Exposure"),
    "white-balance": QT_TRANSLATE_NOOP("LayerActions", "White balance"),
    "saturation": QT_TRANSLATE_NOOP("LayerActions", "Hue and saturation"),
}
"""Kind of an adjustment -> name of its layers."""


def adjustment_name(kind: str) -> Text:
    """Return the name of an adjustment's layers; kind: a key of `ADJUSTMENT_NAMES`."""
    return translate("LayerActions", ADJUSTMENT_NAMES[kind])


def rows_of(layers: Sequence[Layer]) -> Iterator[Layer]:
    """Iterate over layers as the panel lists them: topmost first, groups before their layers."""
    for layer in reversed(layers):
        yield layer
        yield from rows_of(layer.children)


class LayerActions:
    """What the layers panel and the layer menu can do; each edit is one entry of the history.

    A layer is given by its id; None means the active one or, for the verbs that say so, all chosen
    ones. All raise GlideError if there is none, or if one is locked and the verb would change its
    pixels or its place.

    chosen_changed: other layers are chosen than before. adjustment_added: the active layer is a new
    adjustment.
    """

    def __init__(self, state: EditorState, edits: BackgroundEdits) -> None:
        """edits: what makes one layer of several, which takes long for large ones."""
        self.chosen_changed: Signal[()] = Signal()
        self.adjustment_added: Signal[()] = Signal()
        self._state = state
        self._edits = edits
        self._chosen: frozenset[str] = frozenset()

    @property
    def _document(self) -> Document:
        return self._state.document

    @property
    def chosen(self) -> tuple[str, ...]:
        """Ids of the chosen layers, bottom to top, with the active one."""
        history = self._state.history
        if history is None or history.document.active is None:
            return ()
        document, active = history.document, history.document.active
        if active not in self._chosen:
            return (active,)
        return tuple(one.id for one in document.iter_layers() if one.id in self._chosen)

    def activate(self, layer: str) -> None:
        """Choose the layer that tools work on, and no other."""
        self._choose(frozenset((layer,)), layer)

    def choose_along(self, layer: str) -> None:
        """Add a layer to the chosen ones and make it active, or take it out of them."""
        chosen, active = frozenset(self.chosen), self._document.active
        if layer not in chosen:
            self._choose(chosen | {layer}, layer)
        elif len(chosen) > 1:
            rest = chosen - {layer}
            self._choose(rest, next(iter(rest)) if active not in rest else active)

    def choose_range(self, layer: str) -> None:
        """Choose all layers that the panel shows between the active one and this one."""
        rows = [one.id for one in rows_of(self._document.layers)]
        active = self._document.active
        first, last = sorted((rows.index(active or layer), rows.index(layer)))
        self._choose(frozenset(rows[first : last + 1]), active or layer)

    def choose_all(self) -> None:
        """Choose all layers that are in no group."""
        layers = self._document.layers
        if layers:
            ids = [one.id for one in layers]
            active = self._document.active
            self._choose(frozenset(ids), active if active in ids else ids[-1])

    def _choose(self, chosen: frozenset[str], active: str | None) -> None:
        before, self._chosen = self.chosen, chosen
        self._state.activate_layer(active)
        if self.chosen != before:
            self.chosen_changed.emit()

    def set_visible(self, layer: str | None, visible: bool) -> None:
        """Show or hide the layer, or all chosen ones."""
        self._set(
            layer,
            translate("LayerActions", "Show layer")
            if visible
            else translate("LayerActions", "Hide layer"),
            visible=visible,
        )

    def preview_opacity(self, layer: str | None, opacity: float) -> None:
        """Show another opacity, 0 .. 1, without an entry, as while a slider is dragged."""
        document = self._document
        for one in self.targets(layer):
            document = layer_edits.change_layer(document, one.id, opacity=opacity)
        self._state.show(document)

    def set_opacity(self, layer: str | None, opacity: float) -> None:
        """Set the opacity, 0 .. 1, of the layer, or of all chosen ones."""
        self._set(layer, translate("LayerActions", "Set opacity"), opacity=opacity)

    def set_blend(self, layer: str | None, blend: BlendMode) -> None:
        """Set the blend mode of the layer, or of all chosen ones; only groups pass through."""
        if blend == "pass-through" and not all(one.is_group for one in self.targets(layer)):
            raise GlideError(translate("LayerActions", "Only groups pass through; choose groups."))
        self._set(layer, translate("LayerActions", "Set blend mode"), blend=blend)

    def set_locked(self, layer: str | None, locked: bool) -> None:
        """Keep the layer, or all chosen ones, from being painted on, moved, merged or removed."""
        self._set(
            layer,
            translate("LayerActions", "Lock layer")
            if locked
            else translate("LayerActions", "Unlock layer"),
            locked=locked,
        )

    def set_keeps_alpha(self, layer: str | None, keeps: bool) -> None:
        """Let painting change the colors of the layer, or of all chosen ones, and no alpha."""
        if not all(one.raster is not None for one in self.targets(layer)):
            raise GlideError(
                translate("LayerActions", "Only layers with pixels have a transparency to lock.")
            )
        self._set(
            layer,
            translate("LayerActions", "Lock transparency")
            if keeps
            else translate("LayerActions", "Unlock transparency"),
            keeps_alpha=keeps,
        )

    def set_clipping(self, layer: str | None, clipping: bool) -> None:
        """Show the layer, or all chosen ones, only where the one below is."""
        self._set(
            layer,
            translate("LayerActions", "Clip layer")
            if clipping
            else translate("LayerActions", "Unclip layer"),
            clipping=clipping,
        )

    def rename(self, layer: str | None, name: str) -> None:
        """Name; an empty one is ignored."""
        if name.strip():
            one = self._layer(layer)
            self._set(one.id, translate("LayerActions", "Rename layer"), name=name.strip())

    def add(self) -> None:
        """Add an empty layer above the active one."""
        document = self._document
        number = sum(1 for _ in document.iter_layers()) + 1
        raster = Raster.empty(document.size, 4, document.dtype)
        layer = Layer(translate("LayerActions", "Layer {number}").format(number=number), raster)
        self._state.apply(
            translate("LayerActions", "Add layer"),
            layer_edits.add_layer(document, layer, above=document.active),
        )

    def add_adjustment(self, adjustment: Adjustment) -> None:
        """Add an adjustment above the active layer.

        The painted mask, if there is one, becomes its mask and is not painted any more.
        """
        name = adjustment_name(kind_of(adjustment))
        document = adjustment_edits.add_adjustment(self._document, name, adjustment)
        self._state.apply(translate("LayerActions", "Add {name}").format(name=name), document)
        self.adjustment_added.emit()

    def preview_adjustment(self, layer: str, adjustment: Adjustment) -> None:
        """Show other settings without an entry, as while a slider is dragged."""
        self._state.show(adjustment_edits.set_adjustment(self._document, layer, adjustment))

    def set_adjustment(self, layer: str | None, adjustment: Adjustment) -> None:
        """Give an adjustment other settings."""
        one = self._find_unlocked(layer)
        if one.adjustment is None:
            raise GlideError(
                translate("LayerActions", "'{name}' is not an adjustment; choose one.").format(
                    name=one.name
                )
            )
        document = adjustment_edits.set_adjustment(self._document, one.id, adjustment)
        self._state.apply(
            translate("LayerActions", "Change {name}").format(
                name=adjustment_name(kind_of(adjustment))
            ),
            document,
        )

    def duplicate(self, layer: str | None = None) -> None:
        """Add a copy above the layer, or above each chosen one; the copies are chosen then."""
        document, copies = self._document, []
        for one in self.targets(layer):
            document = layer_edits.duplicate_layer(document, one.id)
            copies.append(document.active)
        self._state.apply(translate("LayerActions", "Duplicate layer"), document)
        self._choose(frozenset(filter(None, copies)), document.active)

    def move(self, layer: str | None, by: int) -> None:
        """Move the layer, or all chosen ones, up (by > 0) or down among those of the same group.

        At the group's end a single layer leaves it; at the ends of the document it stays.
        """
        targets = self.targets(layer)
        for one in targets:
            self._find_unlocked(one.id)
        document, ids = self._document, {one.id for one in targets}
        for one in reversed(targets) if by > 0 else targets:
            parent = document.parent_id(one.id)
            siblings = [other.id for other in document.siblings(parent)]
            target = siblings.index(one.id) + by
            if not 0 <= target < len(siblings):
                if parent is None or len(targets) > 1:
                    continue
                outer = document.parent_id(parent)
                target = document.siblings(outer).index(document.layer(parent)) + (by > 0)
                parent = outer
            elif len(targets) > 1 and siblings[target] in ids:
                continue  # it stands at the end, and so does this one behind it
            document = layer_edits.move_layer(document, one.id, target, parent)
        label = (
            translate("LayerActions", "Raise layer")
            if by > 0
            else translate("LayerActions", "Lower layer")
        )
        self._state.apply(label, document)

    def can_place(self, layer: str | None, parent: str | None) -> bool:
        """Tell if the layer, or all chosen ones, may go into a group: not into themselves."""
        moved = {inner.id for one in self.targets(layer) for inner in one.iter_layers()}
        return parent not in moved

    def place(self, layer: str | None, index: int, parent: str | None = None) -> None:
        """Move the layer, or all chosen ones, into a group, or out of all groups for None.

        index: how many layers of the group lie below the place, counted before the move.

        Raises:
            ValueError: if a group would be put into itself; see `can_place`.
        """
        moved = [self._find_unlocked(one.id).id for one in self.targets(layer)]
        self._state.apply(
            translate("LayerActions", "Move layer"),
            layer_edits.move_layers(self._document, moved, index, parent),
        )

    def remove(self, layer: str | None = None) -> None:
        """Delete the layer, or all chosen ones."""
        document = self._document
        for one in self.targets(layer):
            document = layer_edits.remove_layer(document, self._find_unlocked(one.id).id)
        self._state.apply(translate("LayerActions", "Delete layer"), document)

    def group(self, layer: str | None = None) -> None:
        """Put the layer, or all chosen ones, into a new group."""
        ids = [one.id for one in self.targets(layer)]
        document = layer_edits.group_layers(self._document, ids)
        self._state.apply(translate("LayerActions", "Group layers"), document)

    def merge(self) -> None:
        """Make one of all chosen layers; of a single one and the one below it."""
        targets = self.targets(None)
        if len(targets) == 1:
            self.merge_down(targets[0].id)
            return
        for one in targets:
            self._find_unlocked(one.id)
        ids = [one.id for one in targets]
        self._edits.run(
            translate("LayerActions", "Merge layers"),
            lambda document: layer_edits.merge_layers(document, ids),
        )

    def put_into_group(self, layer: str | None = None) -> None:
        """Move a layer into the group directly below it, on top there."""
        document, one = self._document, self._find_unlocked(layer)
        siblings = document.siblings(document.parent_id(one.id))
        at = siblings.index(one)
        if at == 0 or not siblings[at - 1].is_group:
            raise GlideError(
                translate(
                    "LayerActions", "There is no group directly below '{name}' to move it into."
                ).format(name=one.name)
            )
        group = siblings[at - 1]
        self._state.apply(
            translate("LayerActions", "Move into {name}").format(name=group.name),
            layer_edits.move_layer(document, one.id, len(group.children), group.id),
        )

    def ungroup(self, layer: str | None = None) -> None:
        """Put a group's layers where the group is."""
        document = layer_edits.ungroup_layers(self._document, self._group(layer).id)
        self._state.apply(translate("LayerActions", "Ungroup layers"), document)

    def merge_down(self, layer: str | None = None) -> None:
        """Make one of a layer and the one below it."""
        document, upper = self._document, self._find_unlocked(layer)
        siblings = document.siblings(document.parent_id(upper.id))
        if at := siblings.index(upper):
            self._find_unlocked(siblings[at - 1].id)
        self._edits.run(
            translate("LayerActions", "Merge down"),
            lambda document: layer_edits.merge_down(document, upper.id),
        )

    def merge_group(self, layer: str | None = None) -> None:
        """Make one layer of a group."""
        group = self._group(layer)
        self._edits.run(
            translate("LayerActions", "Merge group"),
            lambda document: layer_edits.merge_group(document, group.id),
        )

    def flatten(self) -> None:
        """Make one layer of all that is seen."""
        for one in self._document.iter_layers():
            self._find_unlocked(one.id)
        self._edits.run(translate("LayerActions", "Flatten"), layer_edits.flatten_image)

    def add_mask(self, layer: str | None = None) -> None:
        """Show a layer only where the mask is painted; all of it if nothing is.

        The mask is the layer's then and not painted any more. The brush paints on it from then on.

        Raises:
            GlideError: if there is no such layer, it is locked, or it has a mask.
        """
        document, one = self._document, self._find_unlocked(layer)
        if one.mask is not None:
            raise GlideError(
                translate(
                    "LayerActions",
                    "'{name}' has a layer mask; click its picture in the list to paint on it.",
                ).format(name=one.name)
            )
        painted = document.selection
        if painted.content_box().empty:
            painted = Raster.full(document.size, 255)
        masked = layer_edits.change_layer(document, one.id, mask=painted)
        label = translate("LayerActions", "Add layer mask")
        self._state.apply(label, mask_edits.clear_mask(masked))
        if one.id == document.active:
            self._state.set_tool_settings(on_layer_mask=True)

    def invert_mask(self, layer: str | None = None) -> None:
        """Show what a layer's mask hid, and the other way round."""
        one = self._find_unlocked(layer)
        self._set(
            one.id, translate("LayerActions", "Invert layer mask"), mask=invert(self._mask(one))
        )

    def select_mask(self, layer: str | None = None) -> None:
        """Take a layer's mask as the painted mask."""
        mask = self._mask(self._layer(layer))
        self._state.apply(
            translate("LayerActions", "Select layer mask"), mask_edits.select(self._document, mask)
        )

    def remove_mask(self, layer: str | None = None) -> None:
        """Show all of a layer again."""
        one = self._find_unlocked(layer)
        self._mask(one)
        self._set(one.id, translate("LayerActions", "Remove layer mask"), mask=None)

    def select_alpha(self, layer: str | None = None, mode: CombineMode = "replace") -> None:
        """Paint the mask where a layer has pixels."""
        one = self._layer(layer)
        if one.raster is None:
            raise GlideError(
                translate(
                    "LayerActions", "'{name}' has no pixels; choose a layer with pixels."
                ).format(name=one.name)
            )
        document = mask_edits.select_layer_alpha(self._document, one.id, mode)
        self._state.apply(translate("LayerActions", "Select layer"), document)

    def _set(self, layer: str | None, label: str, **changes: Any) -> None:
        document = self._document
        for one in self.targets(layer):
            document = layer_edits.change_layer(document, one.id, **changes)
        self._state.apply(label, document)

    def targets(self, layer: str | None = None) -> tuple[Layer, ...]:
        """Return what a verb works on, bottom to top, without layers of chosen groups.

        Raises:
            GlideError: if there is no such layer.
        """
        if layer is not None or len(self.chosen) < 2:
            return (self._layer(layer),)
        chosen = [self._layer(one) for one in self.chosen]
        inner = {child.id for one in chosen for child in one.iter_layers() if child is not one}
        return tuple(one for one in chosen if one.id not in inner)

    def _layer(self, layer: str | None) -> Layer:
        found = self._document.find_layer(layer or self._document.active or "")
        if found is None:
            raise GlideError(translate("LayerActions", "Choose a layer first."))
        return found

    def _find_unlocked(self, layer: str | None) -> Layer:
        found = self._layer(layer)
        if found.locked:
            raise GlideError(
                translate("LayerActions", "'{name}' is locked; unlock it first.").format(
                    name=found.name
                )
            )
        return found

    def _group(self, layer: str | None) -> Layer:
        found = self._find_unlocked(layer)
        if not found.is_group:
            raise GlideError(
                translate("LayerActions", "'{name}' is not a group; choose a group.").format(
                    name=found.name
                )
            )
        return found

    def _mask(self, layer: Layer) -> Raster:
        if layer.mask is None:
            raise GlideError(
                translate("LayerActions", "'{name}' has no mask.").format(name=layer.name)
            )
        return layer.mask
