"""The rows of the walk: what a designer does, and what must come of it.

The order is that of a day: open, paint, fill, choose, layers, retouch, save, what goes wrong, help.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QInputDialog, QMessageBox

from glide_studio.document.transform_edits import content_box
from glide_studio.editor.jobs import JobState, Mark
from glide_studio.imaging.geometry import Box
from glide_studio.translation import translate
from glide_studio.ui.command_palette import CommandPalette
from glide_studio.ui.export_dialog import ExportDialog
from glide_studio.ui.help_windows import GuideWindow, ShortcutSheet
from glide_studio.ui.models_dialog import ModelsDialog
from glide_studio.ui.new_dialog import NewDialog
from glide_studio.ui.preferences_dialog import PreferencesDialog
from glide_studio.ui.size_dialog import CanvasDialog, ExtendDialog, ScaleDialog
from glide_studio.ui.upscale_dialog import UpscaleDialog
from tests.quality.walk_driver import ROWS, Walk, row
from tests.ui.windows import tile_place

__all__ = ["ROWS"]

TOOL_DRAGS = {
    "b": ((300, 100), (340, 120)),
    "l": ((300, 100), (400, 120), (350, 200), (300, 100)),
    "m": ((300, 100), (400, 200)),
    "o": ((300, 100), (400, 200)),
}
"""Key of a mask tool -> where it is dragged."""


@row("welcome screen: calm, a sample, recent files")
def welcome(walk: Walk) -> None:
    page = walk.page.welcome
    assert page.isVisible()
    assert page.sample.isVisible()
    assert not walk.page.layers.opacity.isEnabled(), "layer controls are live with nothing open"


@row("open by dialog")
def open_by_dialog(walk: Walk) -> None:
    walk.press("ctrl+o")
    walk.answer_file(walk.photo)
    walk.wait(lambda: walk.editor.name == walk.photo.name)


@row("several pictures at once: tabs")
def several(walk: Walk) -> None:
    walk.window.open_paths([walk.photo, walk.other])
    walk.wait(lambda: len(walk.window.pages) == 2)
    walk.wait(lambda: walk.editor.name == walk.other.name)
    walk.press("ctrl+Tab")
    assert walk.editor.name == walk.photo.name
    walk.press("ctrl+Tab", "ctrl+w")
    walk.wait(lambda: len(walk.window.pages) == 1)


@row("open by drag from another program: as a layer, as the mask, in a tab")
def drop(walk: Walk) -> None:
    walk.fresh()
    zones = walk.page.drop_zones
    walk.drop_file(walk.other, zones.layer_zone, "drop-zones")
    walk.wait(lambda: len(walk.editor.document.layers) == 2)
    assert walk.painted.empty
    walk.drop_file(walk.photo, zones.mask_zone)
    walk.wait(lambda: not walk.painted.empty)
    assert len(walk.window.pages) == 1
    walk.drop_file(walk.other, zones.open_zone)
    walk.wait(lambda: len(walk.window.pages) == 2)
    walk.press("ctrl+w")
    walk.wait(lambda: len(walk.window.pages) == 1)


@row("new, an empty picture")
def new(walk: Walk) -> None:
    walk.press("ctrl+n")
    walk.dialog(NewDialog)
    walk.shoot("new")
    walk.press("Return")
    walk.wait(lambda: len(walk.window.pages) == 2)
    walk.wait(lambda: walk.editor.history is not None)
    walk.window.close_page(walk.page)
    walk.wait(lambda: len(walk.window.pages) == 1)


@row("brush, eraser, lasso, polygon, rectangle, ellipse, wand, color range")
def mask_tools(walk: Walk) -> None:
    walk.fresh()
    for key, points in TOOL_DRAGS.items():
        walk.press("ctrl+d", key)
        walk.drag(*points)
        assert not walk.painted.empty, f"the tool {key} paints nothing"
    walk.press("ctrl+d", "p")
    for point in ((300, 100), (400, 100), (350, 200)):
        walk.click(walk.page.canvas, walk.at(*point))
    walk.press("Return")
    assert not walk.painted.empty, "the polygon paints nothing"
    for key in ("w", "r"):
        walk.press("ctrl+d", key)
        walk.click(walk.page.canvas, walk.at(120, 300))
        assert not walk.painted.empty, f"the tool {key} selects nothing"
    walk.press("ctrl+a", "e")
    walk.drag((10, 100), (590, 100))
    assert walk.editor.selection.painted_mask(Box(300, 100, 1, 1))[0, 0] == 0, "nothing is erased"


@row("invert, grow, shrink, feather, smooth, fill holes")
def mask_menu(walk: Walk) -> None:
    walk.fresh()
    walk.press("m")
    walk.drag((300, 100), (400, 200))
    for name, change in (("Grow", 10), ("Shrink", -10)):
        before = walk.painted
        walk.command(f"mask {name}")
        walk.dialog(QInputDialog)
        walk.press("ctrl+a")
        walk.type("10")
        walk.press("Return")
        walk.wait(lambda before=before: walk.painted != before, f"{name} does nothing")
        assert walk.painted.width == before.width + 2 * change
    for name in ("Feather", "Smooth"):
        count = len(walk.labels)
        walk.command(f"mask {name}")
        walk.dialog(QInputDialog)
        walk.press("Return")
        walk.wait(lambda count=count: len(walk.labels) > count, f"{name} does nothing")
    walk.command("fill holes")
    walk.press("x")
    assert walk.painted == walk.editor.document.box


@row("keep and take a mask again")
def keep_mask(walk: Walk) -> None:
    walk.fresh()
    walk.press("m")
    walk.drag((300, 100), (400, 200))
    walk.press("ctrl+alt+m")
    walk.dialog(QInputDialog)
    walk.press("Return")
    walk.wait(lambda: walk.editor.document.saved_masks)
    walk.press("ctrl+d")
    walk.command("kept masks replace")
    walk.wait(lambda: not walk.painted.empty, "the mask does not come back")


@row("mask to and from an image file")
def mask_files(walk: Walk) -> None:
    walk.fresh()
    walk.press("m")
    walk.drag((300, 100), (400, 200))
    before = walk.painted
    path = walk.folder / "mask.png"
    walk.command("save as an image")
    walk.answer_file(path)
    walk.wait(path.exists)
    walk.press("ctrl+d")
    walk.command("load from an image")
    walk.answer_file(path)
    walk.wait(lambda: walk.painted == before)


@row("zoom, pan, fit, 100 %; before and after by a held key")
def views(walk: Walk) -> None:
    walk.fresh()
    canvas = walk.page.canvas
    walk.press("ctrl+2")
    assert canvas.view.viewport.scale == 2
    left = canvas.view.viewport.left
    walk.press("h")
    walk.drag((300, 200), (320, 210))
    assert canvas.view.viewport.left > left
    walk.press("ctrl+1")
    assert canvas.view.viewport.scale == 1
    walk.press("ctrl+0")
    assert canvas.rect().contains(canvas.view.widget_rect(walk.editor.document.box))
    walk.press("b")
    walk.drag((300, 100), (340, 120))
    walk.press("ctrl+i")
    walk.send("keydown", "backslash")
    assert walk.editor.shown is walk.editor.timeline.states[0].document
    walk.send("keyup", "backslash")
    assert walk.editor.shown is walk.editor.document


@row("prompt, negative prompt, seed, steps, guidance")
def settings(walk: Walk) -> None:
    walk.fresh()
    panel = walk.page.prompt
    for widget, words in ((panel.prompt, "a cup"), (panel.negative, "a hat")):
        walk.click(widget)
        walk.type(words)
        walk.press("Escape")
    walk.click(panel.steps)
    walk.press("ctrl+a")
    walk.type("7")
    walk.press("Tab")
    settings = walk.editor.generation_settings
    assert (settings.prompt, settings.negative) == ("a cup", "a hat")
    assert settings.sampling.steps == 7
    assert settings.new_seed
    walk.click(panel.new_seed)
    assert panel.seed.isEnabled()
    walk.click(panel.new_seed)


@row("the bar at the mask, words complete, live preview, results, arrow keys, accept")
def first_fill(walk: Walk) -> None:
    walk.fill()
    strip = walk.page.results
    canvas = walk.page.canvas
    filled = walk.editor.results.filled_box()
    assert filled is not None
    assert canvas.rect().contains(canvas.view.widget_rect(filled)), "results cover the fill"
    walk.shoot("results")
    walk.click(strip.list)
    walk.click(*_tile(walk, 0))
    walk.press("Right")
    assert walk.editor.candidates.selected == 1
    walk.wait(lambda: walk.editor.candidates.is_ready(1))
    walk.press("Return")
    walk.wait(lambda: len(walk.editor.document.layers) == 2)
    assert walk.editor.candidates.report is not None
    assert walk.editor.candidates.report.ok
    assert walk.painted.empty, "the mask stays over the result"


@row("progress with pause, resume and cancel; several queued, in an order")
def queue(walk: Walk) -> None:
    walk.fresh()
    walk.drag((480, 80), (540, 110))
    sampling = walk.sampling
    walk.editor.set_generation_settings(
        prompt="a red apple",
        sampling=type(sampling)(count=2, steps=900),
    )
    walk.press("ctrl+Return")
    jobs, panel = walk.editor.generation.jobs, walk.page.prompt
    walk.wait(lambda: panel.pause.isVisible())
    walk.click(panel.pause)
    walk.wait(lambda: any(job.state is JobState.PAUSED for job in jobs.values()))
    walk.click(panel.pause)
    walk.wait(lambda: not any(job.state is JobState.PAUSED for job in jobs.values()))
    walk.press("ctrl+Return")
    walk.wait(lambda: len(jobs.unfinished) == 2)
    walk.press("F8")
    walk.wait(walk.page.queue.isVisible)
    walk.shoot("queue")
    walk.click(walk.page.queue.cancel_all)
    walk.wait(lambda: not jobs.unfinished, "Cancel all leaves something running")


@row("candidates side by side and before/after; favorite, reject, search, one more, more like this")
def choosing(walk: Walk) -> None:
    walk.fill()
    results, generation = walk.page.results, walk.editor.generation
    walk.click(*_tile(walk, 0))
    walk.press("c")
    walk.wait(walk.page.compare.isVisible)
    walk.wait(lambda: all(one.has_picture for one in walk.page.compare.pictures.values()))
    walk.shoot("compare")
    walk.press("Escape")
    walk.wait(walk.page.canvas.isVisible)
    walk.click(*_tile(walk, 0))
    walk.press("w")
    walk.wait(
        lambda: (
            walk.page.canvas.before_after.wipe is not None
            and walk.page.canvas.before_after.wipe.is_ready
        )
    )
    walk.shoot("wipe")
    walk.press("w", "f")
    job = generation.candidates.current
    assert job is not None
    assert generation.jobs[job.id].marks.get(0) is Mark.FAVORITE
    walk.click(results.search)
    walk.type("apple")
    assert results.model.rowCount() > 0
    walk.press("ctrl+a", "Delete")
    for key in ("r", "l"):
        count = len(generation.jobs)
        walk.click(*_tile(walk, 0))
        walk.press(key)
        walk.wait(lambda count=count: len(generation.jobs) > count, f"{key} queues nothing")
        walk.wait(lambda: not generation.jobs.unfinished)
    walk.press("Escape")


@row("undo, redo, branches, jump")
def history(walk: Walk) -> None:
    walk.fresh()
    walk.drag((300, 100), (340, 120))
    walk.press("ctrl+z")
    assert walk.painted.empty
    walk.press("ctrl+shift+z")
    assert not walk.painted.empty
    walk.press("ctrl+z")
    walk.drag((100, 100), (140, 120))
    tree = walk.page.history.tree
    tree.scrollToTop()
    walk.click(tree.viewport(), tree.visualItemRect(tree.topLevelItem(0)).center())
    assert walk.editor.timeline.current is walk.editor.timeline.states[0]


@row(
    "layers: add, duplicate, opacity, blend, mask, visibility, rename, group, order, merge, flatten"
)
def layers(walk: Walk) -> None:
    walk.fresh()
    walk.press("ctrl+j", "ctrl+shift+n")
    assert len(walk.editor.document.layers) == 3
    panel = walk.page.layers
    walk.click(panel.opacity.slider, QPoint(20, panel.opacity.slider.height() // 2))
    walk.wait(lambda: walk.editor.document.active_layer.opacity < 1)
    walk.wait(lambda: panel.rows[0].eye.isVisible(), "the uppermost layer is not in view")
    walk.click(panel.rows[0].eye)
    assert not walk.editor.document.active_layer.visible
    row_ = panel.rows[0]
    place = row_.mapToGlobal(QPoint(120, 12))
    walk.send("mousemove", place.x(), place.y(), "click", "--repeat", 2, 1)
    walk.dialog(QInputDialog)
    walk.press("ctrl+a")
    walk.type("Sky")
    walk.press("Return")
    walk.wait(lambda: walk.editor.document.active_layer.name == "Sky")
    walk.press("ctrl+bracketleft")
    assert walk.editor.document.layers[1].name == "Sky"
    walk.press("ctrl+g")
    assert walk.editor.document.active_layer.is_group
    walk.press("ctrl+shift+g")
    walk.command("add layer mask")
    assert any(one.mask is not None for one in walk.editor.document.layers)
    walk.press("ctrl+e")
    walk.command("flatten")
    walk.wait(lambda: len(walk.editor.document.layers) == 1)


@row("several layers: chosen with Ctrl and Shift, hidden, grouped, merged and deleted in one step")
def several_layers(walk: Walk) -> None:
    walk.fresh()
    walk.press("ctrl+j", "ctrl+j")
    panel, chosen = walk.page.layers, QPoint(120, 20)
    walk.wait(lambda: panel.rows[0].isVisible())
    walk.click(panel.rows[0], chosen)
    walk.click(panel.rows[1], chosen, keys="ctrl")
    assert [one.is_chosen for one in panel.rows] == [True, True, False]
    walk.wait(lambda: panel.rows[0].eye.isVisible())
    walk.click(panel.rows[0].eye)
    assert [one.visible for one in walk.editor.document.layers] == [True, False, False]
    walk.press("ctrl+z", "ctrl+g")
    assert len(walk.editor.document.layers) == 2
    walk.press("ctrl+z", "ctrl+alt+a", "ctrl+e")
    assert len(walk.editor.document.layers) == 1
    walk.press("ctrl+z")
    assert len(walk.editor.document.layers) == 3


@row("layers are dragged to another place")
def drag_layers(walk: Walk) -> None:
    walk.fresh()
    walk.press("ctrl+j")
    rows = walk.page.layers.rows
    walk.wait(lambda: rows[1].y() > rows[0].y())
    lower, upper = [one.id for one in walk.editor.document.layers]
    place, height = rows[0].mapToGlobal(QPoint(120, 20)), rows[0].height()
    walk.send("mousemove", place.x(), place.y(), "mousedown", 1)
    walk.send("mousemove", place.x(), place.y() + height // 2)
    walk.send("mousemove", place.x(), place.y() + height + 12)
    walk.shoot("dragged-layer")
    walk.send("mouseup", 1)
    assert [one.id for one in walk.editor.document.layers] == [upper, lower]
    assert walk.labels[-1] == translate("LayerActions", "Move layer")


@row("several chosen layers are moved together; Esc ends the drag of a row")
def move_layers(walk: Walk) -> None:
    walk.fresh()
    for x in (100, 300):
        walk.press("ctrl+shift+n", "u")
        walk.drag((x, 100), (x + 60, 130))
    panel, chosen = walk.page.layers, QPoint(120, 20)
    walk.wait(lambda: panel.rows[1].y() > panel.rows[0].y())
    walk.click(panel.rows[1], chosen, keys="ctrl")
    walk.press("v")
    walk.pause(0.3)
    before = [content_box(one) for one in walk.editor.document.layers[1:]]
    middle = before[0].union(before[1])
    x, y = middle.x + middle.width / 2, middle.y + middle.height / 2
    walk.drag((x, y), (x + 40, y + 90))
    walk.shoot("moved-layers")
    walk.press("Return")
    walk.wait(lambda: not walk.editor.transform.is_changed)
    after = [content_box(one) for one in walk.editor.document.layers[1:]]
    dx, dy = after[0].x - before[0].x, after[0].y - before[0].y
    assert dx > 20
    assert after == [one.move(dx, dy) for one in before]
    order = walk.editor.document.layers
    place = panel.rows[0].mapToGlobal(chosen)
    walk.send("mousemove", place.x(), place.y(), "mousedown", 1)
    walk.send("mousemove", place.x(), place.y() + 40)
    walk.send("mousemove", place.x(), place.y() + 70)
    walk.press("Escape")
    walk.send("mouseup", 1)
    assert walk.editor.document.layers is order


@row("rulers and guides: dragged out, snapped to, moved, deleted")
def rulers(walk: Walk) -> None:
    walk.fresh()
    walk.press("ctrl+r")
    top = walk.page.ruled.rulers[0]
    walk.wait(top.isVisible, "the rulers do not appear")
    canvas = walk.page.canvas
    start = top.mapToGlobal(top.rect().center())
    end = canvas.mapToGlobal(walk.at(300, 150))
    walk.send("mousemove", start.x(), start.y(), "mousedown", 1)
    walk.send("mousemove", end.x(), (start.y() + end.y()) // 2)
    walk.send("mousemove", end.x(), end.y(), "mouseup", 1)
    walk.wait(lambda: walk.editor.document.guides.horizontal, "no guide is there")
    (place,) = walk.editor.document.guides.horizontal
    assert abs(place - 150) <= 2 / canvas.view.viewport.scale
    walk.press("m")
    near = 2 / canvas.view.viewport.scale
    walk.drag((300, place + near), (400, 250))
    assert walk.painted.y == place, "the rectangle does not snap to the guide"
    walk.press("h")
    walk.drag((420, place), (420, place + 60))
    assert abs(walk.editor.document.guides.horizontal[0] - place - 60) <= near
    walk.command("delete all guides")
    assert not walk.editor.document.guides
    walk.press("ctrl+r")
    assert not top.isVisible()


@row("a turned view: by keys and by Shift+R, painted in, upright again")
def turned_view(walk: Walk) -> None:
    walk.fresh()
    canvas = walk.page.canvas
    walk.press("6", "6")
    assert canvas.view.angle == 30
    walk.drag((300, 150), (360, 180))
    assert Box(290, 140, 20, 20).clamp(walk.painted).area, "it is painted elsewhere"
    middle = canvas.mapToGlobal(canvas.rect().center())
    walk.send("keydown", "shift", "keydown", "r")
    walk.send("mousemove", middle.x() + 100, middle.y(), "mousedown", 1)
    walk.send("mousemove", middle.x() + 60, middle.y() + 60)
    walk.send("mousemove", middle.x(), middle.y() + 100, "mouseup", 1)
    walk.send("keyup", "r", "keyup", "shift")
    assert abs(canvas.view.angle - 120) < 3
    walk.press("5")
    assert canvas.view.angle == 0


@row("adjustment layers with their sliders")
def adjustments(walk: Walk) -> None:
    walk.fresh()
    walk.command("new adjustment exposure")
    walk.wait(walk.page.adjustments.isVisible)
    slider = walk.page.adjustments.sliders["stops"].slider
    walk.click(slider, QPoint(slider.width() - 12, slider.height() // 2))
    walk.wait(lambda: walk.editor.document.active_layer.adjustment.stops > 0)


@row("move and transform; crop and straighten")
def transform(walk: Walk) -> None:
    walk.fresh()
    walk.press("ctrl+j", "v")
    walk.pause(0.3)
    walk.drag((300, 200), (330, 220))
    assert walk.editor.transform.is_changed
    walk.shoot("transform")
    walk.press("Return")
    walk.wait(lambda: not walk.editor.transform.is_changed)
    walk.press("c")
    walk.pause(0.2)
    walk.drag((598, 200), (500, 200))
    walk.drag((100, 200), (400, 215), keys="ctrl")
    assert round(walk.editor.crop.quad.angle) == 3, "a line is straightened"
    walk.shoot("crop")
    walk.press("Return")
    walk.wait(lambda: walk.editor.document.size.width < 600)


@row("paint, erase, bucket and gradient on a layer")
def paint(walk: Walk) -> None:
    walk.fresh()
    walk.press("ctrl+shift+n", "u")
    walk.drag((300, 100), (340, 120))
    assert not walk.editor.document.active_layer.raster.content_box().empty
    for key in ("shift+e", "g"):
        count = len(walk.labels)
        walk.press(key)
        walk.drag((300, 100), (420, 130))
        assert len(walk.labels) > count, f"{key} changes nothing"
    walk.press("f")
    walk.click(walk.page.canvas, walk.at(100, 100))


@row("remove by a stroke, heal, clone; remove what is painted with candidates")
def retouch(walk: Walk) -> None:
    walk.fresh()
    walk.press("j")
    walk.drag((510, 90), (530, 100))
    walk.wait(lambda: not walk.editor.retouch_work.is_running and len(walk.labels) > 1)
    for key in ("k", "s"):
        count = len(walk.labels)
        walk.press(key)
        walk.click(walk.page.canvas, walk.at(560, 60), keys="alt")
        walk.drag((500, 60), (520, 64))
        walk.wait(
            lambda count=count: not walk.editor.retouch_work.is_running and len(walk.labels) > count
        )
    walk.press("b")
    walk.drag((510, 90), (530, 100))
    assert walk.page.prompt.generate.text() == walk.page.bar.generate.text() == _say("Remove")
    walk.press("Delete")
    walk.wait(lambda: walk.editor.candidates.current is not None)
    walk.press("Escape")


@row("extend the canvas by a handle, and by a shape")
def extend(walk: Walk) -> None:
    walk.fresh()
    walk.press("n")
    walk.pause(0.2)
    walk.drag((600, 200), (640, 200))
    walk.press("Return")
    walk.wait(lambda: walk.editor.document.size.width > 600)
    walk.wait(lambda: not walk.editor.retouch_work.is_running)
    walk.press("ctrl+alt+e")
    walk.dialog(ExtendDialog)
    walk.shoot("extend-dialog")
    walk.press("Escape")


@row("select by a box and by words; replace by words")
def words(walk: Walk) -> None:
    walk.fresh()
    walk.press("a")
    walk.drag((160, 5), (440, 345))
    walk.wait(
        lambda: not walk.editor.retouch_work.is_running and not walk.painted.empty,
        f"the box selects nothing: {_notice(walk.page)}",
    )
    walk.press("ctrl+d")
    walk.command("select by words")
    walk.dialog(QInputDialog)
    walk.type("the cup")
    walk.press("Return")
    walk.wait(lambda: not walk.painted.empty, "the words select nothing")
    walk.close_dialogs()
    walk.editor.set_generation_settings(prompt="replace the cup with an apple")
    assert walk.page.prompt.generate.text() == _say("Replace")
    assert walk.page.bar.generate.text() == _say("Replace")


@row("canvas size, scale and upscale dialogs")
def sizes(walk: Walk) -> None:
    walk.fresh()
    for keys, kind in (
        ("ctrl+alt+c", CanvasDialog),
        ("ctrl+alt+i", ScaleDialog),
        ("ctrl+alt+u", UpscaleDialog),
    ):
        walk.press(keys)
        walk.dialog(kind)
        walk.shoot(kind.__name__)
        walk.press("Escape")
        walk.wait(lambda kind=kind: walk.shown(kind) is None)


@row("clipboard: copy a layer, paste it")
def clipboard(walk: Walk) -> None:
    walk.fresh()
    walk.press("ctrl+c", "ctrl+v")
    walk.wait(lambda: len(walk.editor.document.layers) == 2)


@row("save as a project and reopen it; the history is in it")
def save(walk: Walk) -> None:
    walk.fresh()
    walk.drag((300, 100), (340, 120))
    path = walk.folder / "work.glide"
    labels = walk.labels
    walk.press("ctrl+s")
    walk.answer_file(path)
    walk.wait(lambda: path.exists() and not walk.editor.modified)
    walk.press("ctrl+w")
    walk.wait(lambda: walk.editor.history is None)
    walk.press("ctrl+o")
    walk.answer_file(path)
    walk.wait(lambda: walk.editor.name == path.name)
    assert walk.labels == labels


@row("export with options")
def export(walk: Walk) -> None:
    walk.press("ctrl+shift+e")
    dialog = walk.dialog(ExportDialog)
    walk.shoot("export")
    assert walk.window.screen().geometry().contains(dialog.frameGeometry())
    walk.press("Return")
    path = walk.folder / "out.png"
    walk.answer_file(path)
    walk.wait(path.exists)
    assert Image.open(path).size == (600, 400)


@row("unsaved changes are a question, also while another file opens")
def unsaved(walk: Walk) -> None:
    walk.fresh()
    walk.drag((300, 100), (340, 120))
    walk.press("ctrl+w")
    box = walk.dialog(QMessageBox)
    walk.shoot("unsaved")
    walk.answer(box, QMessageBox.ButtonRole.RejectRole)
    assert not walk.painted.empty
    walk.press("ctrl+w")
    walk.answer(walk.dialog(QMessageBox), QMessageBox.ButtonRole.DestructiveRole)
    walk.wait(lambda: walk.editor.history is None)


@row("a kill loses nothing: the photo offers the work on it when it is opened again")
def kill(walk: Walk) -> None:
    command = [sys.executable, "-m", "tests.quality.walk", "-o", ".", "--die", str(walk.photo)]
    assert subprocess.run(command, check=False, timeout=120).returncode < 0
    walk.press("ctrl+o")
    walk.answer_file(walk.photo)
    box = walk.dialog(QMessageBox)
    walk.shoot("recover")
    walk.answer(box, QMessageBox.ButtonRole.AcceptRole)
    walk.wait(lambda: walk.editor.history is not None)
    assert walk.painted == walk.editor.document.box


@row("recent files are in the menu and on the first page")
def recent(walk: Walk) -> None:
    names = [path.name for path in walk.page._preferences.recent_files]
    assert walk.photo.name in names
    assert "work.glide" in names


@row("errors: no mask, a text file, a missing file")
def errors(walk: Walk) -> None:
    walk.fresh()
    walk.press("ctrl+Return")
    walk.wait(walk.page.notices.isVisible, "nothing says that there is no mask")
    assert walk.page.notices.text.text()
    path = walk.folder / "letter.jpg"
    path.write_text("Dear Sir")
    walk.window.open_paths([path])
    walk.wait(lambda: any("letter.jpg" in _notice(page) for page in walk.window.pages))
    while len(walk.window.pages) > 1:
        walk.press("ctrl+w")
        walk.pause(0.2)


@row("24 megapixels: open, and a stroke")
def large(walk: Walk) -> None:
    path = walk.folder / "large.png"
    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 255, (40, 60, 3), dtype=np.uint8))
    small.resize((6000, 4000)).save(path)
    walk.window.open_paths([path])
    walk.wait(lambda: walk.editor.name == path.name)
    walk.press("b")
    walk.editor.set_tool_settings(size=400.0)
    walk.drag((2000, 1500), (4000, 2500))
    assert walk.painted.area > Box(0, 0, 2000, 1000).area
    walk.press("ctrl+z", "ctrl+w")
    walk.wait(lambda: walk.editor.name != path.name)


@row("keys alone: palette, prompt, focus rings on Tab")
def keyboard(walk: Walk) -> None:
    walk.fresh()
    walk.drag((300, 100), (340, 120))
    walk.press("ctrl+l")
    assert walk.page.bar.prompt.hasFocus() or walk.page.prompt.prompt.hasFocus()
    seen = set()
    for _ in range(6):
        walk.press("Tab")
        seen.add(QApplication.focusWidget())
    assert len(seen) >= 4, "Tab does not go on"
    walk.shoot("focus")
    walk.press("ctrl+k")
    walk.dialog(CommandPalette)
    walk.type("flip")
    walk.shoot("palette")
    walk.press("Escape")


@row("preferences, models, shortcuts (F1), the guide, About")
def help_(walk: Walk) -> None:
    for keys, words, kind in (
        ("ctrl+comma", "", PreferencesDialog),
        ("", "models", ModelsDialog),
        ("F1", "", ShortcutSheet),
        ("", "user guide", GuideWindow),
        ("", "about", QMessageBox),
    ):
        if keys:
            walk.press(keys)
        else:
            walk.command(words)
        dialog = walk.dialog(kind)
        walk.pause(0.4)
        walk.shoot(kind.__name__)
        room = walk.window.screen().geometry()
        assert room.contains(dialog.geometry()), f"{kind.__name__} does not fit the screen"
        dialog.close()


@row("tooltips on every button, a name on every control")
def names(walk: Walk) -> None:
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QSlider

    without = [
        type(one).__name__
        for kind in (QAbstractButton, QComboBox, QSlider, QLineEdit)
        for one in walk.page.findChildren(kind)
        if one.isVisible() and not (one.accessibleName() or getattr(one, "text", str)())
    ]
    assert not without, f"controls without a name: {without}"


@row("the window and its panels fit the screen")
def fits(walk: Walk) -> None:
    walk.fill()
    room = walk.window.screen().geometry()
    assert room.contains(walk.window.geometry()), f"{walk.window.geometry()} on {room}"
    for widget in (walk.page.prompt.generate, walk.page.results.accept, walk.page.status):
        place = walk.window.rect()
        corner = widget.mapTo(walk.window, widget.rect().bottomRight())
        assert place.contains(corner), f"{widget.accessibleName()} lies outside of the window"


@row("first photos: remove a post, an apple on the table, extend to 16:9, export both as JPEG")
def first_photos(walk: Walk) -> None:
    posts, apple = walk.folder / "posts.jpg", walk.folder / "apple.jpg"
    started, waited = time.monotonic(), 0.0

    def wait_for(condition: Callable[[], object], what: str) -> None:
        nonlocal waited
        since = time.monotonic()
        walk.wait(condition, what)
        waited += time.monotonic() - since

    def open_photo(path: Path) -> None:
        walk.think()
        walk.press("ctrl+o")
        walk.think()
        walk.answer_file(path)
        wait_for(lambda: walk.editor.name == path.name, "the photo does not open")
        walk.pause(0.3)

    def export_to(path: Path) -> None:
        walk.think()
        walk.press("ctrl+shift+e")
        walk.dialog(ExportDialog)
        walk.think()
        walk.press("Return")
        walk.answer_file(path)
        wait_for(path.exists, "nothing is exported")

    open_photo(walk.other)
    walk.think()
    walk.press("j")
    walk.page.editor.set_tool_settings(size=44.0)
    walk.think()
    walk.drag((448, 120), (452, 250), (456, 420))
    wait_for(
        lambda: not walk.editor.retouch_work.is_running and len(walk.labels) > 1,
        f"the post stays: {_notice(walk.page)}",
    )
    walk.shoot("first-photo-without-the-post")
    export_to(posts)

    open_photo(walk.photo)
    walk.think()
    walk.press("b")
    walk.page.editor.set_tool_settings(size=90.0)
    walk.think()
    walk.drag((500, 290), (545, 290), (545, 335), (500, 335), (520, 310))
    bar = walk.page.bar
    wait_for(bar.isVisible, "the bar at the mask does not appear")
    walk.think()
    walk.click(bar.prompt)
    walk.press("ctrl+a")
    walk.type("a red apple")
    walk.think()
    if bar.completer.is_open:
        walk.press("Escape")
        walk.click(bar.prompt)
    walk.click(bar.generate)
    generation = walk.editor.generation
    wait_for(lambda: generation.jobs.unfinished, "nothing is queued")
    wait_for(lambda: generation.candidates.current is not None, "no results come")
    wait_for(lambda: not generation.jobs.unfinished, "the results are not finished")
    walk.pause(0.3)
    walk.shoot("first-photo-apples")
    walk.think()
    walk.press("Return")
    wait_for(lambda: walk.editor.candidates.current is None, "the result is not accepted")
    walk.think()
    walk.press("ctrl+alt+e")
    walk.dialog(ExtendDialog)
    walk.think()
    walk.press("Return")
    wait_for(lambda: walk.editor.document.size.width == 711, "the canvas is not extended")
    walk.shoot("first-photo-extended")
    export_to(apple)
    print(f"first photos: {time.monotonic() - started:.0f} s, {waited:.0f} s of them waiting")
    assert Image.open(posts).format == Image.open(apple).format == "JPEG"
    assert Image.open(apple).size == (711, 400)
    for name, path in (("posts", posts), ("apple", apple)):
        shutil.copy(path, walk.output / f"first-photo-{name}.jpg")


def _tile(walk: Walk, index: int) -> tuple[object, QPoint]:
    """Return where a result of the newest fill is clicked."""
    widget, _, _, place = tile_place(walk.page.results, index)
    return widget, place


def _say(verb: str) -> str:
    """Return the word on the button of the prompt in the language of the walk."""
    return str(translate("PromptPanel", verb))


def _notice(page) -> str:  # type: ignore[no-untyped-def]
    return str(page.notices.text.text())
