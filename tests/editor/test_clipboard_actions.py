"""Copying layers and pasting pictures, with transparency, depth and profile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import imagecodecs
import numpy as np
import pytest

from glide_studio.document.adjustments import Exposure
from glide_studio.document.compositing import composite
from glide_studio.editor import clipboard_actions
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.workers import Workers
from glide_studio.errors import GlideError
from glide_studio.imaging import icc
from glide_studio.imaging.geometry import Point, Size
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.read import decode_in_process
from tests.editor.held import HeldWorker
from tests.editor.standin import StandInEngine
from tests.editor.test_exports import told

WIDE = imagecodecs.cms_profile("adobergb")


def copied(editor: Editor, *, merged: bool = False) -> tuple[Picture, bytes]:
    found: list[tuple[Picture, bytes]] = []
    editor.clipboard.copy_later(lambda *made: made, found.append, merged=merged)
    return found[0]


def cut(editor: Editor) -> Picture:
    found: list[Picture] = []
    editor.clipboard.cut_later(lambda picture, _: picture, found.append)
    return found[0]


def square(side: int = 20, value: int = 200, alpha: int = 255) -> Picture:
    pixels = np.full((side, side, 4), value, np.uint8)
    pixels[..., 1] = 10
    pixels[..., 3] = alpha
    return Picture(pixels, alpha < 255)


def test_what_is_copied_comes_back_by_its_png(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    picture, png = copied(editor)
    shown = composite(editor.document, editor.document.box)
    assert np.array_equal(picture.pixels, shown)
    assert np.array_equal(decode_in_process("png", png, "a.png").pixels, shown)


def test_the_painted_mask_cuts_out_what_is_copied(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    editor.selection.rectangle(Point(20, 30), Point(60, 50))
    picture, _ = copied(editor)
    assert picture.size == Size(40, 20)
    shown = composite(editor.document, editor.document.box)
    assert np.array_equal(picture.pixels[..., :3], shown[30:50, 20:60, :3])
    editor.undo()
    editor.selection.ellipse(Point(20, 30), Point(60, 50))
    picture, _ = copied(editor)
    assert picture.has_alpha
    assert picture.pixels[0, 0, 3] == 0
    assert picture.pixels[10, 20, 3] == 255


def test_what_is_cut_is_what_would_be_copied_and_lies_there_again_once_pasted(
    editor: Editor, photo_file: Path
) -> None:
    editor.files.open(photo_file)
    editor.clipboard.paste(lambda: square(100, alpha=180))
    before = editor.document
    layer = before.active_layer
    assert layer is not None
    assert layer.raster is not None
    y, x = np.nonzero(layer.raster.read(before.box)[..., 3])
    corner, end = Point(x.min() + 20, y.min() + 30), Point(x.min() + 60, y.min() + 70)
    editor.selection.ellipse(corner, end)
    editor.selection.feather(5)
    wanted, _ = copied(editor)
    states, painted = len(editor.timeline), editor.document.selection
    taken = cut(editor)
    assert np.array_equal(taken.pixels, wanted.pixels)
    assert len(editor.timeline) == states + 1, "one entry, one undo"
    assert editor.timeline.current.label == "Cut"
    assert editor.document.layers[0] == before.layers[0], "other layers stay"
    assert editor.document.selection == painted
    after = editor.document.layer(layer.id).raster
    assert after is not None
    share = painted.read(before.box)[..., 0] / 255
    alpha = layer.raster.read(before.box)[..., 3]
    left = after.read(before.box)[..., 3]
    assert np.abs(left - alpha * (1 - share)).max() <= 1
    assert left.min() == 0 < left.max()
    editor.clipboard.paste(lambda: taken)
    pasted = editor.document.active_layer
    assert pasted is not None
    assert pasted.raster is not None
    assert np.array_equal(left + pasted.raster.read(before.box)[..., 3], alpha)
    editor.undo()
    editor.undo()
    assert editor.document.layers == before.layers


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda editor: editor.selection.clear(), "Nothing is painted"),
        (lambda editor: editor.layers.set_locked(None, True), "'photo' is locked"),
        (lambda editor: editor.layers.set_keeps_alpha(None, True), "transparency of 'photo'"),
        (lambda editor: editor.layers.group(), "a layer with pixels"),
        (lambda editor: editor.layers.add_adjustment(Exposure(1.0)), "a layer with pixels"),
    ],
)
def test_what_cannot_be_cut_is_said(
    editor: Editor, photo_file: Path, prepare: Callable[[Editor], object], said: str
) -> None:
    editor.files.open(photo_file)
    editor.selection.rectangle(Point(20, 30), Point(60, 50))
    prepare(editor)
    heard = told(editor)
    with pytest.raises(GlideError, match=said):
        cut(editor)
    editor.layers.add()
    editor.selection.rectangle(Point(20, 30), Point(60, 50))
    before = editor.document
    editor.clipboard.cut_later(lambda *_: None, lambda _: None)
    assert [text[:32] for text in heard] == ["There is nothing to cut in 'Laye"]
    editor.clipboard.copy_later(lambda *_: None, lambda _: None)
    assert heard[1:] == ["There is nothing to copy here: all of it is transparent."]
    assert editor.document is before


def test_a_layer_that_is_changed_while_it_is_copied_is_not_cut(photo_file: Path) -> None:
    pool, inline = HeldWorker(), Workers.inline()
    editor = Editor(InlineRunner(StandInEngine), replace(inline, pool=pool))
    editor.files.open(photo_file)
    pool.catch_up()
    editor.selection.rectangle(Point(20, 30), Point(60, 50))
    heard = told(editor)
    editor.clipboard.cut_later(lambda *_: None, lambda _: None)
    editor.layers.set_opacity(None, 0.5)
    before = editor.document
    pool.catch_up()
    assert heard == ["'photo' was changed while it was copied; cut it again."]
    assert editor.document is before
    editor.close()


def test_a_layer_or_all_that_is_visible(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    editor.clipboard.paste(lambda: square(alpha=128))
    layer, _ = copied(editor)
    assert layer.size == Size(20, 20)
    assert set(np.unique(layer.pixels[..., 3])) == {128}
    merged, _ = copied(editor, merged=True)
    assert merged.size == editor.document.size
    assert not merged.has_alpha


def test_what_is_pasted_lies_in_the_middle_and_can_be_undone(
    editor: Editor, photo_file: Path
) -> None:
    editor.files.open(photo_file)
    before = editor.document
    editor.clipboard.paste(lambda: square())
    layer = editor.document.active_layer
    assert layer is not None
    assert layer.raster is not None
    alpha = layer.raster.read(editor.document.box)[..., 3]
    y, x = np.nonzero(alpha)
    size = editor.document.size
    assert (x.min() + x.max() + 1, y.min() + y.max() + 1) == (size.width, size.height)
    assert editor.timeline.current.label == "Paste"
    editor.undo()
    assert editor.document is before


def test_it_lies_in_the_painted_mask_if_there_is_one(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    editor.selection.rectangle(Point(10, 20), Point(50, 60))
    editor.clipboard.paste(lambda: square(10))
    layer = editor.document.active_layer
    assert layer is not None
    assert layer.raster is not None
    y, x = np.nonzero(layer.raster.read(editor.document.box)[..., 3])
    assert (x.min(), x.max(), y.min(), y.max()) == (25, 34, 35, 44)


def test_colors_and_depth_become_those_of_the_document(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    editor.canvas.set_depth(16)
    wide = replace(square(4), icc=WIDE)
    editor.clipboard.paste(lambda: wide)
    layer = editor.document.active_layer
    assert layer is not None
    assert layer.raster is not None
    pixels = layer.raster.read(editor.document.box)
    found = pixels[pixels[..., 3] > 0]
    wanted = icc.convert(wide.pixels[..., :3], WIDE, editor.document.icc)[0, 0].astype(int) * 257
    assert np.array_equal(found[0, :3], wanted)
    assert not np.array_equal(wanted, wide.pixels[0, 0, :3].astype(int) * 257)


def test_what_is_too_large_is_cut_with_a_word(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    heard = told(editor)
    editor.clipboard.paste(lambda: square(20))
    assert heard == []
    editor.clipboard.paste(lambda: square(2000))
    assert "its edges were cut" in heard[0]


def test_without_a_document_it_becomes_one(editor: Editor) -> None:
    editor.clipboard.paste(lambda: square())
    assert editor.document.size == Size(20, 20)
    assert editor.modified
    assert editor.name == "Pasted"


def test_what_cannot_be_copied_is_said(editor: Editor, photo_file: Path) -> None:
    with pytest.raises(GlideError):
        editor.clipboard.copy_later(lambda *_: None, lambda _: None)
    editor.files.open(photo_file)
    editor.layers.add()
    heard = told(editor)
    editor.clipboard.copy_later(lambda *_: None, lambda _: None)
    assert heard == ["There is nothing to copy here: all of it is transparent."]
    editor.layers.group()
    with pytest.raises(GlideError, match="Choose a layer with pixels"):
        editor.clipboard.copy_later(lambda *_: None, lambda _: None)


def test_what_waits_for_copies_is_called_once_all_are_made_and_never_after_a_failure(
    photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, inline = HeldWorker(), Workers.inline()
    editor = Editor(InlineRunner(StandInEngine), replace(inline, pool=pool))
    editor.files.open(photo_file)
    pool.catch_up()
    clipboard, done, heard = editor.clipboard, [], told(editor)
    clipboard.wait_for_copies(lambda: done.append("at once"))
    for number in range(2):
        clipboard.copy_later(lambda *_: None, lambda _, number=number: done.append(number))
    clipboard.wait_for_copies(lambda: done.append("all"))
    pool.catch_up()
    assert done == ["at once", 0, 1, "all"]

    def fail(*_: object, **__: object) -> Picture:
        raise GlideError("There is no room in memory.")

    monkeypatch.setattr(clipboard_actions, "copy_pixels", fail)
    clipboard.copy_later(lambda *_: None, lambda _: done.append("copied"))
    clipboard.wait_for_copies(lambda: done.append("never"))
    pool.catch_up()
    assert heard[-1:] == ["There is no room in memory."]
    clipboard.wait_for_copies(lambda: done.append("after"))
    assert done[4:] == ["after"]
    editor.close()
