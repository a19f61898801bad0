"""A project is taken up with the recipe and the tools' settings that it was left with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glide_studio.api.request import DEFAULT_MODEL
from glide_studio.api.sampling import Sampling
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.settings import GenerationSettings, Tool, ToolSettings
from glide_studio.editor.settings_json import RANGES, settings_from_json, settings_to_json
from tests.editor.standin import StandInEngine

RECIPE = GenerationSettings(
    "a red apple", "blur", "own", Sampling(seed=2**40, count=3, steps=7), False, False
)
TOOLS = ToolSettings(
    size=12.5, hardness=0.25, flow=0.5, spacing=0.2, pressure_size=False, mode="subtract", grow=30
)


def take(editor: Editor) -> None:
    """Have recipe and settings in hand that are not those of the start."""
    editor.set_generation_settings(**{name: getattr(RECIPE, name) for name in RECIPE.__slots__})
    editor.set_tool_settings(
        **{n: getattr(TOOLS, n) for n in TOOLS.__slots__ if n not in ("tool", "on_layer_mask")}
    )


def forget(editor: Editor, photo_file: Path) -> None:
    """As at the start, on another picture, with another tool."""
    editor.files.open(photo_file)
    editor.set_generation_settings(
        **{name: getattr(GenerationSettings(), name) for name in RECIPE.__slots__}
    )
    editor.set_tool_settings(**{name: getattr(ToolSettings(), name) for name in TOOLS.__slots__})
    editor.set_tool_settings(tool=Tool.WAND)


def test_a_project_brings_them_back(editor: Editor, photo_file: Path, tmp_path: Path) -> None:
    editor.files.open(photo_file)
    take(editor)
    editor.files.save(tmp_path / "work.glide")
    forget(editor, photo_file)
    told: list[None] = []
    editor.settings_changed.connect(lambda: told.append(None))
    editor.files.open(tmp_path / "work.glide")
    assert editor.generation_settings == RECIPE
    assert editor.tool_settings == replace(TOOLS, tool=Tool.WAND, size_chosen=True)
    assert told


def test_they_outlive_a_crash(editor: Editor, engine: StandInEngine, photo_file: Path) -> None:
    editor.files.open(photo_file)
    take(editor)
    editor.selection.select_all()
    store = editor.files.autosave.store
    assert store is not None
    store.close(discard=False)
    next_one = Editor(InlineRunner(lambda: engine))
    (found,) = next_one.files.recoverable()
    next_one.files.recover_later(found.path)
    assert next_one.generation_settings == RECIPE
    next_one.close()


def test_a_project_made_with_a_retired_model_uses_the_default_one() -> None:
    old = replace(
        RECIPE, model="mini", sampling=Sampling(seed=5, count=3, steps=4, temperature=0.3)
    )
    found = settings_from_json(settings_to_json((TOOLS, old)))
    assert found is not None
    assert found[1] == replace(old, model=DEFAULT_MODEL, sampling=Sampling(seed=5, count=3))


def test_a_photo_changes_nothing_in_hand(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    take(editor)
    editor.files.open(photo_file)
    assert editor.generation_settings == RECIPE


def test_another_recipe_is_stored_anew(editor: Editor, photo_file: Path, tmp_path: Path) -> None:
    editor.files.open(photo_file)
    take(editor)
    editor.files.save(tmp_path / "work.glide")
    editor.set_generation_settings(prompt="a green pear")
    editor.files.save(tmp_path / "work.glide")
    forget(editor, photo_file)
    editor.files.open(tmp_path / "work.glide")
    assert editor.generation_settings == replace(RECIPE, prompt="a green pear")


def value() -> dict[str, Any]:
    """What stands in a project."""
    found: dict[str, Any] = json.loads(json.dumps(settings_to_json((TOOLS, RECIPE))))
    return found


def test_there_and_back() -> None:
    assert settings_from_json(value()) == (TOOLS, RECIPE)
    assert settings_from_json(None) is None


@pytest.mark.parametrize("end", [0, 1])
def test_the_ends_of_each_range_are_kept(end: int) -> None:
    found = value()
    ends = {name: limits[end] for name, limits in RANGES.items()} | {"hardness": float(end)}
    found["tools"] |= ends
    read = settings_from_json(found)
    assert read is not None
    assert {name: getattr(read[0], name) for name in ends} == ends


@pytest.mark.parametrize(
    ("part", "name", "bad"),
    [
        ("tools", "size", 1e9),
        ("tools", "size", "40"),
        ("tools", "hardness", -1),
        ("tools", "flow", float("nan")),
        ("tools", "mode", "explode"),
        ("tools", "contiguous", 1),
        ("tools", "grow", None),
        ("tools", "grow", 1001),
        ("tools", "feather", 1001),
        ("tools", "smooth", 0),
        ("recipe", "prompt", 7),
        ("recipe", "prompt", True),
        ("recipe", "new_seed", "no"),
        ("recipe", "sampling", {"seed": -1}),
        ("recipe", "sampling", {"count": 10**9}),
        ("recipe", "sampling", {"steps": 2.5}),
        ("recipe", "sampling", {"color": 1}),
        ("recipe", "sampling", [1]),
    ],
)
def test_what_can_not_be_is_as_at_the_start(part: str, name: str, bad: Any) -> None:
    found = value()
    found[part][name] = bad
    read = settings_from_json(found)
    assert read is not None
    tools, recipe = read
    if part == "tools":
        assert tools == replace(TOOLS, **{name: getattr(ToolSettings(), name)})
        assert recipe == RECIPE
    else:
        assert recipe == replace(RECIPE, **{name: getattr(GenerationSettings(), name)})
        assert tools == TOOLS


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["tools", "recipe", "sampling", "size", "prompt", "seed"]), inner
            )
        ),
        max_leaves=10,
    )
)
def test_any_value_is_survived(found: Any) -> None:
    read = settings_from_json(found)
    assert read is None or isinstance(read[1], GenerationSettings)
