"""What a screen reader on Linux gets: names, roles, values and messages, read by AT-SPI over a bus."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

MARK = "found: "  # before the JSON: the registry prints to the same place
MESSAGE = "A message that has just appeared."
SERVICE = Path("/usr/share/dbus-1/services/org.a11y.Bus.service")
MISSING = [name for name in ("dbus-run-session", "xvfb-run") if shutil.which(name) is None]
MISSING += [] if SERVICE.exists() else ["at-spi2-core"]
MISSING += [] if importlib.util.find_spec("jeepney") else ["jeepney"]
LIMIT_S = 300
CONTROLS = {
    "push button": (),
    "button menu": (),
    "check box": (),
    "text": (),
    "menu item": (),
    "list": (),
    "tree": (),
    "slider": ("value",),
    "spin box": ("value",),
    "combo box": ("label",),
}
"""Roles and what objects of them need besides a name. The name of a combo box is what is chosen."""


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the window says on a bus of its own, see `atspi_session`."""
    if MISSING:
        pytest.skip(f"needs {', '.join(MISSING)}")
    photo = tmp_path_factory.mktemp("photo") / "holiday.png"
    Image.new("RGB", (300, 200), (120, 80, 60)).save(photo)
    command = ["dbus-run-session", "--", "xvfb-run", "-a", sys.executable]
    done = subprocess.run(
        [*command, "-m", "tests.ui.atspi_session", str(photo)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    assert lines, done.stderr
    found: dict[str, Any] = json.loads(lines[0].removeprefix(MARK))
    return found


def by_role(heard: dict[str, Any], role: str) -> list[dict[str, Any]]:
    return [node for node in heard["nodes"] if node["role"] == role]


def test_every_control_has_a_name_and_what_its_role_needs(heard: dict[str, Any]) -> None:
    faults = []
    for role, needs in CONTROLS.items():
        nodes = by_role(heard, role)
        assert nodes, f"there is no {role}"
        for node in nodes:
            if role == "list" and not node["showing"]:
                continue  # those of combo boxes are made by Qt
            if not node["name"]:
                faults.append(f"{role} without a name: {node}")
            if "value" in needs and node["value"] is None:
                faults.append(f"{role} without a value: {node}")
            if "label" in needs and not (node["labelled"] or node["description"]):
                faults.append(f"{role} without a label: {node}")
    assert not faults


def test_the_window_and_its_parts_are_told(heard: dict[str, Any]) -> None:
    (frame,) = by_role(heard, "frame")
    assert frame["name"].startswith("holiday.png")
    names = {node["name"] for node in heard["nodes"]}
    assert {"Tools", "Canvas", "Status", "Layers", "History", "Prompt"} <= names
    assert {"Layer holiday, chosen"} <= names
    tools = {node["name"] for node in by_role(heard, "check box") if node["showing"]}
    assert {"Brush", "Eraser", "Lasso", "Crop", "Hand"} <= tools
    (size,) = (node for node in by_role(heard, "slider") if node["name"] == "Size")
    assert size["value"] > 0
    (steps,) = (node for node in by_role(heard, "spin box") if node["name"] == "Steps")
    assert steps["value"] == 25


def test_a_message_is_announced(heard: dict[str, Any]) -> None:
    assert MESSAGE in heard["spoken"]
