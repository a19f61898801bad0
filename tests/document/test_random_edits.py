"""Any script of edits: undone to the start it is the identical document, redone identical again.

A machine draws strokes, layers, groups, masks, transforms, merges, selections, accepted results,
undo, redo, jumps and saves at random, each fitted to the document as it then is. Tiles spill
meanwhile.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from glide_studio.document import color_selection, shapes
from glide_studio.document.brush import Brush, StrokePoint
from glide_studio.document.canvas_edits import crop, flip, rotate, scale, set_depth
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document, SavedMask, is_same
from glide_studio.document.history import History
from glide_studio.document.layer import BLEND_MODES, Layer
from glide_studio.document.layer_edits import (
    add_layer,
    change_layer,
    duplicate_layer,
    flatten_image,
    group_layers,
    merge_down,
    merge_group,
    move_layer,
    remove_layer,
    ungroup_layers,
)
from glide_studio.document.mask_edits import (
    clear_mask,
    delete_mask,
    invert_mask,
    load_mask,
    save_mask,
    select,
    select_all,
    select_layer_alpha,
)
from glide_studio.document.raster import Raster
from glide_studio.document.selection import CombineMode
from glide_studio.document.stroke import SELECTION, Target
from glide_studio.errors import GlideError
from glide_studio.imaging.blending.harmonize import harmonize
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.imaging.types import quantize_rgba
from glide_studio.io.project.open_project import open_project
from glide_studio.io.project.working_store import WorkingStore
from tests.document.edits import Edit, an_edit, paint_stroke, select_polygon, shape_mask
from tests.document.pictures import layer, mask, photo
from tests.document.test_tile import Shelf

SIZE = Size(150, 140)
LARGEST = Size(200, 200)  # scaling and cropping stay below it, so that a script stays quick

units = st.floats(0, 1, width=32)
spots = st.builds(StrokePoint, st.floats(-20, 170), st.floats(-20, 160), units)
brushes = st.builds(
    Brush,
    size=st.sampled_from([1, 9, 40, 130]),
    hardness=st.sampled_from([0.0, 0.6, 1.0]),
    opacity=st.sampled_from([0.4, 1.0]),
    flow=st.sampled_from([0.3, 1.0]),
    pressure_size=st.booleans(),
    pressure_flow=st.booleans(),
)
modes = st.sampled_from(["replace", "union", "subtract", "intersect"])
seeds = st.integers(0, 9)


def fingerprint(document: Document) -> str:
    """A digest of all that a document holds: every field, every pixel."""
    found = hashlib.sha256()

    def add(thing: Any) -> None:
        if isinstance(thing, Raster):
            found.update(f"{thing.size} {thing.channels} {thing.dtype}".encode())
            found.update(thing.read(thing.box).tobytes())
        elif isinstance(thing, (Document, Layer)):
            for field in fields(thing):
                found.update(field.name.encode())
                add(getattr(thing, field.name))
        elif isinstance(thing, tuple):
            found.update(f"{len(thing)}".encode())
            for member in thing:
                add(member)
        elif hasattr(thing, "raster"):  # a saved mask
            add((thing.name, thing.raster))
        else:
            found.update(repr(thing).encode())

    add(document)
    return found.hexdigest()


def objects(document: Document) -> list[int]:
    """The ids of all tiles, raster by raster: what it is made of, wherever the pixels lie now."""
    return [tile.id for raster in document.rasters() for _, tile in raster.tiles()]


def result(document: Document, seed: int) -> Layer | None:
    """The layer that accepting a fill of the painted mask makes."""
    around = document.selection.content_box()
    if around.empty:
        return None
    box = around.pad(8).clamp(document.box)
    seen = composite(document, box)
    crop = (seen[..., :3] / document.max_value).astype(np.float32)
    inside = document.selection.read(box)[..., 0].astype(np.float32) / 255
    patch = np.clip(np.roll(crop, 5 + seed, axis=1) * 0.9 + 0.05, 0, 1)
    done = harmonize(crop, patch, inside, known=seen[..., 3] > 0)
    pixels = quantize_rgba(done.pixels, done.alpha, document.dtype, seed=seed)
    place = done.box.move(box.x, box.y)
    return Layer("Fill", Raster.empty(document.size, 4, document.dtype).write(place, pixels))


def select_wand(
    document: Document, x: int, y: int, mode: CombineMode, contiguous: bool
) -> Document:
    found = color_selection.magic_wand(document, x, y, tolerance=0.3, contiguous=contiguous)
    return select(document, found, mode)


def select_color(
    document: Document, color: tuple[float, float, float], mode: CombineMode
) -> Document:
    return select(document, color_selection.color_range(document, color, tolerance=0.3), mode)


class Script(RuleBasedStateMachine):
    """A user of the document."""

    states = Bundle("states")

    @initialize(target=states, depth=st.sampled_from([8, 16]))
    def open(self, depth: int) -> str:
        dtype = np.uint8 if depth == 8 else np.uint16
        below, above = photo(SIZE, dtype), layer(SIZE, "b", dtype, seed=3)
        painted = shapes.polygon_mask(SIZE, shapes.ellipse_points(30.5, 20, 110, 100))
        kept = SavedMask("one", mask(SIZE, 7))
        self.first = Document(
            SIZE, depth, (below, above), "b", painted, (kept,), metadata={"exif": b"kept"}
        )
        self.history = History.begin(self.first, budget=1 << 17, store=Shelf())
        state = self.history.current.id
        self.known = {state: (fingerprint(self.first), objects(self.first))}
        return state

    # What is done to the document.

    @property
    def document(self) -> Document:
        return self.history.document

    def apply(self, edit: Edit) -> str:
        """Apply an edit, to nothing else than the current document."""
        before, count = self.document, len(self.history)
        try:
            state = self.history.record("Edit", edit(self.document))
        except GlideError:  # said kindly: nothing may have happened
            assert self.document is before
            state = None
        if state is None:
            assert len(self.history) == count
            return self.history.current.id
        assert not is_same(state.document, before)
        self.known[state.id] = fingerprint(state.document), objects(state.document)
        return state.id

    def pick(self, data: st.DataObject, *, groups: bool | None = None) -> Layer | None:
        """Any layer; None if there is none of the kind."""
        there = [one for one in self.document.iter_layers() if groups in (None, one.is_group)]
        return data.draw(st.sampled_from(there)) if there else None

    @rule(
        target=states,
        data=st.data(),
        brush=brushes,
        points=st.lists(spots, min_size=1, max_size=4),
        erase=st.booleans(),
        color=st.tuples(units, units, units),
    )
    def stroke(self, data, brush, points, erase, color) -> str:
        targets = [SELECTION, SELECTION]
        for one in self.document.iter_layers():
            targets += [Target("pixels", one.id)] if one.raster is not None else []
            targets += [Target("layer mask", one.id)] if one.mask is not None else []
        target = data.draw(st.sampled_from(targets))
        return self.apply(an_edit(paint_stroke, brush, tuple(points), target, erase, color))

    @rule(target=states, data=st.data(), seed=seeds)
    def add(self, data, seed) -> str:
        group = self.pick(data, groups=True)
        new = layer(self.document.size, f"n{len(self.history)}", self.document.dtype, seed)
        return self.apply(an_edit(add_layer, new, parent=group.id if group else None))

    @rule(target=states, data=st.data(), verb=st.sampled_from(["copy", "remove", "group", "apart"]))
    def arrange(self, data, verb) -> str:
        one = self.pick(data, groups=True if verb == "apart" else None)
        if one is None:
            return self.history.current.id
        number = len(self.history)
        siblings = self.document.siblings(self.document.parent_id(one.id))
        at = siblings.index(one)
        match verb:
            case "copy" if sum(1 for _ in self.document.iter_layers()) < 8:
                return self.apply(an_edit(duplicate_layer, one.id, copy_id=f"copy {number}"))
            case "remove":
                return self.apply(an_edit(remove_layer, one.id))
            case "group":
                members = tuple(other.id for other in siblings[max(at - 1, 0) : at + 1])
                return self.apply(an_edit(group_layers, members, group_id=f"group {number}"))
            case "apart":
                return self.apply(an_edit(ungroup_layers, one.id))
        return self.history.current.id

    @rule(target=states, data=st.data(), index=st.integers(0, 3))
    def move(self, data, index) -> str:
        one, group = self.pick(data), self.pick(data, groups=True)
        if one is None:
            return self.history.current.id
        inside = group is not None and group.id not in {inner.id for inner in one.iter_layers()}
        return self.apply(
            an_edit(move_layer, one.id, index, group.id if group and inside else None)
        )

    @rule(target=states, data=st.data(), seed=seeds)
    def change(self, data, seed) -> str:
        one = self.pick(data)
        if one is None:
            return self.history.current.id
        blends = [mode for mode in BLEND_MODES if one.is_group or mode != "pass-through"]
        name, value = data.draw(
            st.sampled_from(
                [
                    ("opacity", 0.3),
                    ("opacity", 1.0),
                    ("blend", blends[seed]),
                    ("blend", blends[-1]),
                    ("visible", not one.visible),
                    ("clipping", not one.clipping),
                    ("locked", not one.locked),
                    ("name", f"name {seed}"),
                    ("mask", mask(self.document.size, seed)),
                    ("mask", self.document.selection),
                    ("mask", None),
                ]
            )
        )
        return self.apply(an_edit(change_layer, one.id, **{name: value}))

    @rule(target=states, data=st.data(), verb=st.sampled_from(["down", "group", "all"]))
    def merge(self, data, verb) -> str:
        one = self.pick(data, groups=True if verb == "group" else None)
        if one is None:
            return self.history.current.id
        match verb:
            case "down":
                return self.apply(an_edit(merge_down, one.id))
            case "group":
                return self.apply(an_edit(merge_group, one.id))
        return self.apply(an_edit(flatten_image, layer_id=f"flat {len(self.history)}"))

    @rule(target=states, data=st.data(), x=st.integers(-40, 40), y=st.integers(-40, 40))
    def transform(self, data, x, y) -> str:
        size = self.document.size
        smaller = Size(
            min(max(size.width - x, 20), LARGEST.width),
            min(max(size.height - y, 20), LARGEST.height),
        )
        edit = data.draw(
            st.sampled_from(
                [
                    an_edit(crop, Box(x, y, smaller.width, smaller.height)),
                    an_edit(rotate, 1 + abs(x) % 3),
                    an_edit(flip, "horizontal" if x < 0 else "vertical"),
                    an_edit(scale, smaller),
                    an_edit(set_depth, 16 if self.document.depth == 8 else 8),
                ]
            )
        )
        return self.apply(edit)

    @rule(
        target=states,
        kind=st.sampled_from(["lasso", "ellipse", "rectangle"]),
        mode=modes,
        corners=st.lists(
            st.builds(Point, st.floats(-10, 160), st.floats(-10, 150)), min_size=3, max_size=6
        ),
    )
    def outline(self, kind, mode, corners) -> str:
        a, b = corners[:2]
        if kind != "lasso":
            draw = shapes.ellipse_points if kind == "ellipse" else shapes.rectangle_points
            corners = draw(a.x, a.y, b.x, b.y)
        return self.apply(an_edit(select_polygon, tuple(corners), mode))

    @rule(target=states, data=st.data(), mode=modes, x=st.integers(0, 149), y=st.integers(0, 139))
    def find(self, data, mode, x, y) -> str:
        seen = self.pick(data, groups=False)
        choices: list[Edit] = [
            an_edit(select_wand, x, y, mode, contiguous=x % 2 == 0),
            an_edit(select_color, (x / 150, 0.4, y / 140), mode),
            an_edit(select, mask(self.document.size, x), mode),
            *([an_edit(select_layer_alpha, seen.id, mode)] if seen else []),
        ]
        return self.apply(data.draw(st.sampled_from(choices)))

    @rule(
        target=states,
        name=st.sampled_from(["grow", "shrink", "feather", "smooth", "fill holes"]),
        pixels=st.floats(0, 9),
    )
    def reshape(self, name, pixels) -> str:
        return self.apply(an_edit(shape_mask, name, pixels))

    @rule(target=states, data=st.data(), mode=modes, name=st.sampled_from(["one", "two"]))
    def keep(self, data, mode, name) -> str:
        saved = [one.name for one in self.document.saved_masks]
        choices: list[Edit] = [
            an_edit(save_mask, name),
            an_edit(invert_mask),
            an_edit(select_all),
            an_edit(clear_mask),
            *([an_edit(load_mask, saved[0], mode)] if saved else []),
            *([an_edit(delete_mask, saved[-1])] if saved else []),
        ]
        return self.apply(data.draw(st.sampled_from(choices)))

    @rule(target=states, seed=seeds, keep=st.booleans())
    def accept(self, seed, keep) -> str:
        new = result(self.document, seed)
        if new is None:
            return self.history.current.id
        edit = an_edit(add_layer, new)
        return self.apply(edit if keep else lambda document: clear_mask(edit(document)))

    # Moves in the tree.

    @rule()
    def undo(self) -> None:
        self.history.undo()

    @rule()
    def redo(self) -> None:
        self.history.redo()

    @rule(state=states)
    def jump(self, state) -> None:
        self.history.jump(state)

    @precondition(lambda self: len(self.history) % 8 == 7)
    @rule()
    def save(self) -> None:
        """The saved file opens with the same tree and, in every state, the same document."""
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            mine = WorkingStore.create(self.history, "script", folder=home / "stores")
            mine.write_project(home / "script.glide")
            mine.close(discard=True)
            store, opened = open_project(home / "script.glide", folder=home / "stores")
            assert not store.unreadable
            assert opened.current.id == self.history.current.id
            assert [(one.id, one.parent, one.label) for one in opened.states] == [
                (one.id, one.parent, one.label) for one in self.history.states
            ]
            for state in opened.states:
                assert fingerprint(state.document) == self.known[state.id][0]
            store.close(discard=True)

    # What must always hold.

    @invariant()
    def the_current_document_is_the_one_that_was_made(self) -> None:
        if hasattr(self, "history"):
            self.check()

    def check(self) -> None:
        digest, made_of = self.known[self.history.current.id]
        assert objects(self.document) == made_of
        assert fingerprint(self.document) == digest

    def teardown(self) -> None:
        if not hasattr(self, "history"):
            return
        last, steps = self.document, 0
        while self.history.undo():
            steps += 1
            self.check()
        assert self.document is self.first
        for _ in range(steps):
            self.history.redo()
            self.check()
        assert self.document is last


@pytest.mark.parametrize("scripts", [15, pytest.param(600, marks=pytest.mark.slow)])
def test_any_script_undone_is_identical_and_redone_identical_again(scripts):
    run_state_machine_as_test(
        Script, settings=settings(max_examples=scripts, stateful_step_count=30)
    )
