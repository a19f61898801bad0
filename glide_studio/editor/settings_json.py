"""Settings as JSON: a project opens with the tools and the prompt that it was saved with."""

from __future__ import annotations

import re
from dataclasses import asdict, fields
from typing import Any, get_args

from glide_studio.api.request import DEFAULT_MODEL, clean_prompt
from glide_studio.api.sampling import Sampling, apply_model_defaults
from glide_studio.document.selection import CombineMode
from glide_studio.document.shapes import ShapeKind
from glide_studio.editor.settings import (
    MAX_BRUSH_PX,
    MAX_CANDIDATES,
    MIN_BRUSH_PX,
    GenerationSettings,
    ToolSettings,
)
from glide_studio.imaging.blending.object_placement import PlacementOptions
from glide_studio.io.project.working_store import SESSION_KIND

SETTINGS_KEY = (SESSION_KIND, "hand")
"""Kind and key in the working store."""

RANGES = {
    "size": (MIN_BRUSH_PX, MAX_BRUSH_PX),
    "spacing": (0.01, 10),
    "grow": (1, 1000),
    "feather": (1, 1000),
    "smooth": (1, 1000),
}
"""Of the numbers among the settings of tools; all others lie in 0 .. 1."""

TRANSIENT_FIELDS = ("tool", "on_layer_mask")
"""Fields of `ToolSettings` that say what is being done, not how."""

COLOR_FIELDS = ("color", "second_color")

RETIRED_MODELS = ("mini",)
"""Model sets that earlier versions came with; the default one is used in their place."""

EditorSettings = tuple[ToolSettings, GenerationSettings]


def settings_to_json(hand: EditorSettings) -> dict[str, Any]:
    """Return settings of tools and recipe as a JSON value."""
    tools, recipe = hand
    kept = {name: value for name, value in asdict(tools).items() if name not in TRANSIENT_FIELDS}
    return {"tools": kept, "recipe": asdict(recipe)}


def settings_from_json(value: Any) -> EditorSettings | None:
    """Read what `settings_to_json` made; values that are not possible are left at their defaults.

    Returns None if `value` is no JSON object.
    """
    if not isinstance(value, dict):
        return None
    return ToolSettings(**_tools(value.get("tools"))), GenerationSettings(
        **_recipe(value.get("recipe"))
    )


def _tools(found: Any) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for field in fields(ToolSettings):
        value = found.get(field.name) if isinstance(found, dict) else None
        default = field.default
        if field.name in TRANSIENT_FIELDS:
            continue
        if field.name in COLOR_FIELDS:
            if isinstance(value, str) and re.fullmatch("#[0-9a-f]{6}", value):
                kept[field.name] = value
        elif isinstance(default, str):
            if value in get_args(ShapeKind if field.name == "shape" else CombineMode):
                kept[field.name] = value
        elif isinstance(default, bool):
            if isinstance(value, bool):
                kept[field.name] = value
        elif isinstance(default, int | float) and isinstance(value, int | float):
            low, high = RANGES.get(field.name, (0, 1))
            if low <= value <= high:
                kept[field.name] = type(default)(value)
    return kept


def _recipe(found: Any) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for field in fields(GenerationSettings):
        value = found.get(field.name) if isinstance(found, dict) else None
        if field.name == "sampling":
            sampling = _sampling(value)
            if sampling is not None:
                kept[field.name] = sampling
        elif field.name == "placement":
            kept[field.name] = _placement(value)
        elif isinstance(value, str) and isinstance(field.default, str):
            kept[field.name] = clean_prompt(value)
        elif isinstance(value, bool) and isinstance(field.default, bool):
            kept[field.name] = value
    if kept.get("model") in RETIRED_MODELS:
        kept["model"] = DEFAULT_MODEL
        if "sampling" in kept:  # which was tuned for the other model
            kept["sampling"] = apply_model_defaults(kept["sampling"], Sampling())
    return kept


def _placement(found: Any) -> PlacementOptions:
    try:
        return PlacementOptions(**found)
    except (TypeError, ValueError):
        return PlacementOptions()


def _sampling(found: Any) -> Sampling | None:
    try:
        sampling = Sampling(**found)
    except (TypeError, ValueError):
        return None
    whole = all(
        isinstance(getattr(sampling, one.name), int)
        for one in fields(Sampling)
        if isinstance(one.default, int)
    )
    return sampling if whole and sampling.count <= MAX_CANDIDATES else None
