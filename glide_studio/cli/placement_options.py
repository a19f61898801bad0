"""Options that say how an object is placed in the photo."""

from __future__ import annotations

import argparse
from typing import Any, get_args

from glide_studio.errors import GlideError
from glide_studio.imaging.blending.object_placement import Align, Fit, PlacementOptions

SWITCHES = {
    "exposure": "keep its brightness within what the scene suggests",
    "white_balance": "light it as warm or cold as the scene",
    "shade": "lighten its shaded side where that is too dark",
    "contrast": "move its contrast toward the scene's",
    "sharpness": "soften it where the photo is out of focus",
    "grain": "give it the photo's grain",
}
"""Fields of `PlacementOptions` that are on or off -> help."""


def add_placement_options(parser: argparse.ArgumentParser, *, clears: bool = False) -> None:
    """Add the options from which `parse_placement` makes settings.

    clears: the verb removes what is there in any case, so that there is no option for it.
    """
    usual = PlacementOptions()
    group = parser.add_argument_group("placement of objects with transparency")
    group.add_argument(
        "--fit", choices=get_args(Fit), default=usual.fit,
        help="scale it into the mask, over all of the mask, or keep it as drawn",
    )  # fmt: skip
    group.add_argument(
        "--align", choices=get_args(Align), default=usual.align,
        help="stand it on the mask's lower edge, or put it in the middle",
    )  # fmt: skip
    for name, text in SWITCHES.items():
        group.add_argument(
            f"--{name.replace('_', '-')}",
            action=argparse.BooleanOptionalAction,
            default=getattr(usual, name),
            help=text,
        )
    group.add_argument(
        "--shadow", type=float, default=usual.shadow, help="darkness of its shadow, 0 .. 1"
    )
    group.add_argument(
        "--shadow-direction", type=float,
        help="where it falls: -1 left .. 1 right; default: estimated from the photo",
    )  # fmt: skip
    group.add_argument(
        "--shadow-outside", action="store_true", help="let the shadow fall beyond the mask"
    )
    group.add_argument(
        "--shadow-layer", action="store_true",
        help="keep the shadow as a layer of its own, in .glide, .psd and .ora files",
    )  # fmt: skip
    if clears:
        parser.set_defaults(clear_first=False)
        return
    group.add_argument(
        "--clear-first", action="store_true", help="remove what is there before drawing"
    )


def parse_placement(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options of `add_placement_options` as fields of `GenerationSettings`.

    Raises:
        GlideError: if a value is out of its range.
    """
    names = ("fit", "align", *SWITCHES, "shadow", "shadow_direction", "shadow_outside")
    try:
        placement = PlacementOptions(**{name: getattr(options, name) for name in names})
    except ValueError as error:
        raise GlideError(str(error)) from None
    return {
        "placement": placement,
        "shadow_layer": options.shadow_layer,
        "clear_first": options.clear_first,
    }
