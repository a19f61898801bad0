"""Every verb is where a designer looks for it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QLabel, QMenu, QStyle

from glide_studio.document.document import Document
from glide_studio.document.tile import Tile
from glide_studio.editor import background_edits
from glide_studio.editor.editor import Editor
from glide_studio.editor.settings import Tool
from glide_studio.imaging.geometry import Point, Size
from glide_studio.ui.history_panel import HistoryFilter
from glide_studio.ui.options_bar import OptionsBar
from glide_studio.ui.size_dialog import CanvasDialog, ScaleDialog
from tests.ui.windows import WindowDriver


def entries(menu: QMenu) -> dict[str, QAction]:
    """All entries by their words, those of submenus after a slash."""
    found = {}
    for action in menu.actions():
        name = action.text().replace("&", "")
        if action.menu() is not None:
            found |= {f"{name}/{key}": one for key, one in entries(action.menu()).items()}
        elif name:
            found[name] = action
    return found


def bar(driver: WindowDriver) -> dict[str, QAction]:
    """Every entry of the menu bar."""
    found = {}
    for action in driver.window.menuBar().actions():
        name = action.text().replace("&", "")
        found |= {f"{name}/{key}": one for key, one in entries(action.menu()).items()}
    return found


@pytest.fixture
def opened(driver: WindowDriver, photo_file: Path) -> WindowDriver:
    driver.open(photo_file)
    return driver


def labels(driver: WindowDriver) -> list[str]:
    return [state.label for state in driver.editor.timeline.path()][1:]


def test_no_menu_of_the_mask_is_long(opened: WindowDriver) -> None:
    """What is used often stands at the top, the rest in menus of plain words."""
    (mask,) = [one.menu() for one in opened.window.menu_bar.actions() if one.text() == "&Mask"]
    shown = [action for action in mask.actions() if not action.isSeparator()]
    inner = [action.menu() for action in shown if action.menu()]
    assert [menu.title().replace("&", "") for menu in inner] == ["Modify", "Tools", "Kept masks"]
    assert all(len(actions) <= 14 for actions in (shown, *(menu.actions() for menu in inner)))


def test_every_menu_is_one_column_on_a_small_screen(opened: WindowDriver) -> None:
    """All of it has room below the menu bar at 125 % on a screen of 900 pixels, else it scrolls."""
    for menu in (action.menu() for action in opened.window.menu_bar.actions()):
        assert menu.sizeHint().height() <= 900 / 1.25 - opened.window.menu_bar.height()
        scrolls = menu.style().styleHint(QStyle.StyleHint.SH_Menu_Scrollable, None, menu)
        assert scrolls, menu.title()


def test_an_entry_does_what_it_says(opened: WindowDriver) -> None:
    menu = bar(opened)
    for path, label in (
        ("Layer/New layer", "Add layer"),
        ("Layer/Duplicate", "Duplicate layer"),
        ("Layer/Group", "Group layers"),
        ("Layer/Layer mask/Add layer mask", "Add layer mask"),
        ("Layer/Clip to the layer below", "Clip layer"),
        ("Layer/Lock", "Lock layer"),
        ("Layer/Visible", "Hide layer"),
        ("Layer/Load layer pixels as mask", "Select layer"),
        ("Layer/Flatten image", "Flatten"),
        ("Image/Rotate 90° right", "Rotate"),
        ("Image/Rotate 180°", "Rotate"),
        ("Image/Flip horizontally", "Flip"),
        ("Image/Flip vertically", "Flip"),
        ("Image/16 bits per channel", "16 bits a channel"),
        ("Mask/Select all", "Select all"),
        ("Mask/Invert", "Invert mask"),
        ("Mask/Load layer pixels as mask", "Select layer"),
    ):
        menu[path].trigger()
        opened.wait(lambda: not opened.editor.background_edits.label)
        assert labels(opened) == [label], path
        opened.editor.undo()
        assert labels(opened) == []


def test_nothing_is_offered_that_can_not_be_done(driver: WindowDriver, photo_file: Path) -> None:
    assert not bar(driver)["Layer/New layer"].isEnabled()
    assert not bar(driver)["Image/Canvas size…"].isEnabled()
    driver.open(photo_file)
    menu = bar(driver)
    assert menu["Layer/New layer"].isEnabled()
    assert menu["Image/Canvas size…"].isEnabled()
    inner = ("Layer mask/Remove layer mask", "Layer mask/Load layer mask as mask")
    for name in ("Ungroup", "Merge group", *inner):
        assert not menu[f"Layer/{name}"].isEnabled(), name
    menu["Layer/Lock"].trigger()
    assert not menu["Layer/Delete"].isEnabled()
    assert menu["Layer/Lock"].isChecked()
    menu["Layer/Lock"].trigger()
    menu["Layer/Group"].trigger()
    assert menu["Layer/Ungroup"].isEnabled()
    assert not menu["Layer/Load layer pixels as mask"].isEnabled()


def test_the_depth_of_the_picture_is_ticked(opened: WindowDriver) -> None:
    menu = bar(opened)
    eight, sixteen = (menu[f"Image/{depth} bits per channel"] for depth in (8, 16))
    assert eight.isChecked()
    eight.trigger()
    assert eight.isChecked(), "it is that already"
    sixteen.trigger()
    opened.wait(lambda: opened.editor.document.depth == 16)
    assert sixteen.isChecked()
    assert not eight.isChecked()
    opened.editor.undo()
    assert eight.isChecked()


@pytest.mark.parametrize(
    ("path", "field", "label"),
    [
        ("Mask/Modify/Grow…", "grow", "Grow mask by 3 px"),
        ("Mask/Modify/Shrink…", "grow", "Shrink mask by 3 px"),
        ("Mask/Modify/Feather…", "feather", "Feather mask by 3 px"),
        ("Mask/Modify/Smooth…", "smooth", "Smooth mask by 3 px"),
    ],
)
def test_how_far_is_asked_and_remembered(
    opened: WindowDriver, path: str, field: str, label: str
) -> None:
    opened.editor.selection.rectangle(Point(50, 50), Point(200, 200))
    bar(opened)[path].trigger()
    (dialog,) = opened.window.findChildren(QInputDialog)
    assert dialog.intValue() == 8
    dialog.setIntValue(3)
    dialog.accept()
    assert labels(opened)[-1] == label
    assert getattr(opened.editor.tool_settings, field) == 3


def test_masks_are_kept_and_taken_back_from_the_menu(opened: WindowDriver) -> None:
    opened.editor.selection.rectangle(Point(50, 50), Point(200, 200))
    bar(opened)["Mask/Keep as…"].trigger()
    (dialog,) = opened.window.findChildren(QInputDialog)
    assert dialog.textValue() == "Mask 1"
    dialog.setTextValue("Fish & chips")
    dialog.accept()
    opened.editor.selection.select_all()
    painted = opened.editor.document.selection
    kept = bar(opened)
    kept["Mask/Kept masks/Fish  chips/Subtract"].trigger()
    left = opened.editor.document.selection
    assert left.read(left.box).sum() < painted.read(painted.box).sum()
    kept["Mask/Kept masks/Fish  chips/Replace"].trigger()
    assert opened.editor.document.selection.content_box().size == Size(150, 150)
    bar(opened)["Mask/Kept masks/Fish  chips/Delete"].trigger()
    assert not [path for path in bar(opened) if path.startswith("Mask/Kept masks/")]


def test_turning_again_and_saving_wait_for_nothing(opened: WindowDriver, tmp_path: Path) -> None:
    """Edits in the background: each begins at once, and what is saved has all of them."""
    opened.editor.files.save(tmp_path / "work.glide")
    turn = bar(opened)["Image/Rotate 90° right"]
    for _ in range(3):
        turn.trigger()
    bar(opened)["File/Save"].trigger()
    opened.wait(lambda: not opened.editor.modified)
    assert labels(opened)[-3:] == ["Rotate", "Rotate", "Rotate"]
    opened.open(tmp_path / "work.glide")
    assert opened.editor.document.size == Size(400, 600)


def test_a_long_edit_is_shown_and_can_be_cancelled(
    opened: WindowDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()
    panel = opened.window.prompt
    opened.editor.background_edits.run(
        "Scale to 3 x 2 px", lambda document: (held.wait(9), document)[1]
    )
    opened.wait(panel.cancel.isVisible)
    assert panel.stage.text() == "Scale to 3 x 2 px…"
    assert panel.bar.maximum() == 0
    panel.cancel.click()
    held.set()
    opened.wait(lambda: not panel.cancel.isVisible())
    assert opened.editor.background_edits.label == ""
    assert labels(opened) == []


@pytest.mark.parametrize("by_key", [True, False])
def test_undo_drops_an_edit_that_is_being_made(opened: WindowDriver, by_key: bool) -> None:
    held, made = threading.Event(), threading.Event()

    def wait(document: Document) -> Document:
        held.wait(9)
        made.set()
        return document

    opened.editor.background_edits.run("Scale to 3 x 2 px", wait)
    if by_key:
        QTest.keyClick(opened.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    else:
        opened.window.tools._verb_buttons["undo"].click()
    assert opened.editor.background_edits.label == ""
    assert not made.is_set(), "the window does not wait for it"
    held.set()


def test_undo_and_redo_pressed_while_a_step_is_loaded_are_not_lost(
    opened: WindowDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_edits, "FEW_TILES", 0)
    editor, menu = opened.editor, bar(opened)
    menu["Image/Rotate 180°"].trigger()
    opened.wait(lambda: labels(opened) == ["Rotate"])
    opened.wait(lambda: all(map(editor.files.autosave.store.holds, first_tiles(editor))))
    editor.timeline.spill(0, is_shown=True)
    held = threading.Event()
    editor.background_edits._worker.run(lambda: held.wait(9), print, print)
    menu["Edit/Undo"].trigger()
    assert editor.background_edits.label == "Load step"
    menu["Edit/Redo"].trigger()
    opened.window.tools._verb_buttons["undo"].click()
    assert labels(opened) == ["Rotate"]
    held.set()
    opened.wait(lambda: not editor.background_edits.label)
    assert labels(opened) == []
    assert menu["Edit/Redo"].isEnabled()
    assert not menu["Edit/Undo"].isEnabled()


def first_tiles(editor: Editor) -> list[Tile]:
    """The tiles of the picture as it was opened."""
    raster = editor.timeline.path()[0].document.layers[0].raster
    assert raster is not None
    return [tile for _, tile in raster.tiles()]


def test_the_canvas_dialog(opened: WindowDriver) -> None:
    bar(opened)["Image/Canvas size…"].trigger()
    (dialog,) = opened.window.findChildren(CanvasDialog)
    assert dialog.size_ == Size(600, 400)
    dialog.width_.setValue(700)
    dialog.anchors.button(3).click()
    dialog._apply()
    opened.wait(lambda: opened.editor.document.size == Size(700, 400))
    raster = opened.editor.document.layers[0].raster
    assert raster is not None
    assert raster.content_box().x == 0, "the picture stays at the left"


def test_the_scale_dialog_keeps_the_proportions(opened: WindowDriver) -> None:
    bar(opened)["Image/Scale…"].trigger()
    (dialog,) = opened.window.findChildren(ScaleDialog)
    QTest.keyClicks(dialog.width_, "300")
    assert dialog.size_ == Size(300, 200), "what stood there is replaced"
    dialog.width_.selectAll()
    QTest.keyClicks(dialog.width_, "25%")
    QApplication.sendEvent(dialog.width_, QFocusEvent(QEvent.Type.FocusOut))
    assert dialog.size_ == Size(150, 100)
    assert dialog.width_.text() == "150 px"
    dialog.height_.setValue(200)
    assert dialog.size_ == Size(300, 200)
    dialog.height_.setValue(100)
    dialog.linked.setChecked(False)
    dialog.width_.setValue(400)
    assert dialog.size_ == Size(400, 100)
    dialog._apply()
    opened.wait(lambda: opened.editor.document.size == Size(400, 100))


def test_a_row_offers_the_layer_menu(opened: WindowDriver) -> None:
    row = opened.window.layers.rows[0]
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, QPoint(60, 10), row.mapToGlobal(QPoint(60, 10))
    )
    QApplication.sendEvent(row, event)
    assert opened.window.layer_menu.isVisible()
    opened.window.layer_menu.hide()


def test_layers_show_their_pictures_masks_and_locks(opened: WindowDriver) -> None:
    editor, panel = opened.editor, opened.window.layers
    editor.selection.rectangle(Point(50, 50), Point(200, 200))
    editor.layers.add_mask()
    opened.wait(lambda: not panel.rows[0].mask_picture.icon().isNull())
    assert not panel.rows[0].picture.icon().isNull()
    assert panel.rows[0].mask_picture.isVisible()
    QTest.mouseClick(panel.rows[0].mask_picture, Qt.MouseButton.LeftButton)
    assert editor.tool_settings.on_layer_mask
    QTest.mouseClick(panel.rows[0].picture, Qt.MouseButton.LeftButton)
    assert not editor.tool_settings.on_layer_mask
    QTest.mouseClick(panel.rows[0].lock, Qt.MouseButton.LeftButton)
    layer = editor.document.active_layer
    assert layer is not None
    assert layer.locked


def test_the_transparency_of_a_layer_is_locked_by_a_key_and_its_row_says_so(
    opened: WindowDriver,
) -> None:
    marks = "Transparency locked: only colors change"

    def marked() -> list[QLabel]:
        row = opened.window.layers.rows[0]
        return [label for label in row.findChildren(QLabel) if label.toolTip() == marks]

    opened.editor.layers.add()
    assert not marked()
    QTest.keyClick(opened.canvas, Qt.Key.Key_Slash)
    layer = opened.editor.document.active_layer
    assert layer is not None
    assert layer.keeps_alpha
    assert len(marked()) == 1
    opened.editor.undo()
    assert not marked()


def test_states_show_their_pictures_and_times(opened: WindowDriver) -> None:
    tree = opened.window.history.tree
    opened.editor.selection.select_all()
    opened.wait(lambda: not tree.topLevelItem(1).icon(0).isNull())
    assert not tree.topLevelItem(0).icon(0).isNull()
    assert tree.topLevelItem(1).text(0) == "Select all"
    hours, minutes = tree.topLevelItem(1).text(1).split(":")
    assert 0 <= int(hours) < 24
    assert 0 <= int(minutes) < 60


def test_equal_steps_are_one_line_of_the_history_and_mask_steps_can_be_left_out(
    opened: WindowDriver,
) -> None:
    panel, editor = opened.window.history, opened.editor

    def lines() -> list[str]:
        items = (panel.tree.topLevelItem(at) for at in range(panel.tree.topLevelItemCount()))
        return [item.text(0) for item in items if not item.isHidden()]

    def choose(wanted: HistoryFilter) -> None:
        (action,) = [one for one in panel.filter.menu().actions() if one.text() == wanted.value]
        action.trigger()
        assert action.isChecked()

    for x in (100, 200, 300):
        opened.drag((x, 100), (x + 20, 120))
    editor.layers.add()
    opened.drag((400, 100), (420, 120))
    assert lines() == ["Open holiday.png", "Brush mask  × 3", "Add layer", "Brush mask"]
    editor.undo()
    editor.undo()
    editor.undo()
    assert lines() == [
        "Open holiday.png",
        "Brush mask  × 2",
        "Brush mask",
        "Add layer",
        "Brush mask",
    ]
    assert not panel.tree.currentItem().isHidden()
    choose(HistoryFilter.ALL)
    assert lines() == [
        "Open holiday.png",
        "Brush mask",
        "Brush mask",
        "Brush mask",
        "Add layer",
        "Brush mask",
    ]
    choose(HistoryFilter.PICTURE)
    assert lines() == ["Open holiday.png", "Brush mask", "Add layer"], "the current one stays"
    editor.jump(editor.timeline.states[-1].id)
    assert lines() == ["Open holiday.png", "Add layer", "Brush mask"]
    editor.undo()
    editor.layers.add()
    choose(HistoryFilter.GROUPED)
    assert "Brush mask  × 3" in lines(), "what stands beside a branch is still grouped"


def test_the_options_bar_sets_what_belongs_to_the_tool(opened: WindowDriver) -> None:
    (options,) = opened.window.findChildren(OptionsBar)
    editor = opened.editor
    assert options.more.isVisible()
    assert not options.mode.isVisible()
    options.more.spacing.slider.setValue(40)
    options.more.size_.setChecked(False)
    options.more.flow.setChecked(True)
    tools = editor.tool_settings
    assert (tools.spacing, tools.pressure_size, tools.pressure_flow) == (0.4, False, True)
    editor.set_tool_settings(tool=Tool.WAND)
    assert options.contiguous.isVisible()
    options.contiguous.setChecked(False)
    assert not editor.tool_settings.contiguous
    editor.set_tool_settings(tool=Tool.COLOR)
    assert options.softness.isVisible()
    options.softness.slider.setValue(20)
    assert editor.tool_settings.softness == 0.2
    options.mode.setCurrentIndex(options.mode.findData("intersect"))
    options.mode.activated.emit(options.mode.currentIndex())
    assert editor.tool_settings.mode == "intersect"


def test_a_click_with_the_color_tool_takes_a_color(opened: WindowDriver) -> None:
    opened.editor.set_tool_settings(tool=Tool.COLOR, tolerance=0.05)
    opened.drag((300, 200))
    assert labels(opened) == ["Color range mask"]


def test_the_line_at_the_bottom_says_which_mask_is_painted(opened: WindowDriver) -> None:
    editor, status = opened.editor, opened.window.status
    opened.window.resize(1600, 900)
    editor.set_tool_settings(tool=Tool.BRUSH)
    assert status.hint.toolTip() == "Paint the mask; Alt erases"
    editor.selection.rectangle(Point(50, 50), Point(200, 200))
    editor.layers.add_mask()
    opened.wait(lambda: opened.window.layers.rows[0].mask_picture.isVisible())
    QTest.mouseClick(opened.window.layers.rows[0].mask_picture, Qt.MouseButton.LeftButton)
    name = editor.document.active_layer.name
    shows = f"Mask of '{name}': paint to show; Alt hides"
    assert status.hint.toolTip() == shows
    editor.set_tool_settings(tool=Tool.ERASER)
    assert status.hint.toolTip().endswith("paint to hide; Alt shows")
    editor.set_tool_settings(tool=Tool.BRUSH)
    editor.layers.add()
    assert status.hint.toolTip() == "Paint the mask; Alt erases", "the new layer has no mask"
    QTest.mouseClick(opened.window.layers.rows[0].picture, Qt.MouseButton.LeftButton)
    assert status.hint.toolTip() == "Paint the mask; Alt erases"
