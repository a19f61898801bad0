"""Adjustments of color: levels, curves, exposure, white balance, hue and saturation.

Each is a frozen value with its settings; `adjust` applies one to encoded colors. All but saturation
change every channel by itself and are applied by a table of 65,536 entries, which is exact for
pixels of 8 and 16 bits. Exposure and white balance compute in linear light, decoded by the curve of
sRGB (IEC 61966-2-1) whatever the document's profile is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.filters import LUMA_709
from glide_studio.imaging.types import Float32

TABLE_SIZE = 1 << 16
DAYLIGHT_K = 6504.0  # correlated color temperature of D65
MIREDS_PER_STEP = 0.9  # of the temperature: 4,100 K to 15,700 K, where daylight is defined
TINT_STOPS = 0.5  # by which green changes at the ends of the tint's range
MAX_CURVE_POINTS = 32

CurvePoints: TypeAlias = tuple[tuple[float, float], ...]
IDENTITY: CurvePoints = ((0.0, 0.0), (1.0, 1.0))


def _check_range(adjustment: Adjustment | ToneRange, low: float, high: float, *names: str) -> None:
    for name in names:
        value = getattr(adjustment, name)
        if not (math.isfinite(value) and low <= value <= high):
            raise ValueError(f"{name} lies in {low:g} .. {high:g}, {value} does not.")


@dataclass(frozen=True, slots=True)
class ToneRange:
    """Stretch the tones between two inputs, bend the middle, map them into an output range.

    black, white: inputs that become the outputs' ends, 0 <= black < white <= 1. gamma: 0.1 .. 10,
    above 1 brightens the middle. output_black, output_white: 0 .. 1.

    Raises:
        ValueError: if a value is out of its range.
    """

    black: float = 0.0
    gamma: float = 1.0
    white: float = 1.0
    output_black: float = 0.0
    output_white: float = 1.0

    def __post_init__(self) -> None:
        _check_range(self, 0.0, 1.0, "black", "white", "output_black", "output_white")
        _check_range(self, 0.1, 10.0, "gamma")
        if self.black >= self.white:
            raise ValueError("The black point of levels lies below the white point.")


@dataclass(frozen=True, slots=True)
class Levels(ToneRange):
    """Map the tones of all channels, after those of each.

    Raises:
        ValueError: if a value is out of its range.
    """

    red: ToneRange = ToneRange()
    green: ToneRange = ToneRange()
    blue: ToneRange = ToneRange()

    def __post_init__(self) -> None:
        ToneRange.__post_init__(self)  # `super()` does not find the class made for the slots
        if not all(isinstance(one, ToneRange) for one in (self.red, self.green, self.blue)):
            raise ValueError("The levels of a channel are a tone range.")


@dataclass(frozen=True, slots=True)
class Curves:
    """Map tones by smooth monotone curves through points: one for all channels, one for each.

    Each curve is 2 .. 32 points (input, output), 0 .. 1, with rising inputs; before the first and
    after the last it is level. The curve of a channel comes before that of all.

    Raises:
        ValueError: if a curve has too few or many points, or they do not rise.
    """

    rgb: CurvePoints = IDENTITY
    red: CurvePoints = IDENTITY
    green: CurvePoints = IDENTITY
    blue: CurvePoints = IDENTITY

    def __post_init__(self) -> None:
        for field in fields(self):
            points = tuple((float(x), float(y)) for x, y in getattr(self, field.name))
            if not 2 <= len(points) <= MAX_CURVE_POINTS:
                raise ValueError(f"A curve has 2 to {MAX_CURVE_POINTS} points.")
            if any(not (0 <= x <= 1 and 0 <= y <= 1) for x, y in points):
                raise ValueError("The points of a curve lie in 0 .. 1.")
            if any(left[0] >= right[0] for left, right in pairwise(points)):
                raise ValueError("The inputs of a curve's points rise.")
            object.__setattr__(self, field.name, points)


@dataclass(frozen=True, slots=True)
class Exposure:
    """Multiply linear light, then add to it and bend it.

    stops: -10 .. 10, each doubles the light. offset: -0.5 .. 0.5, added to it. gamma: 0.1 .. 10,
    above 1 brightens.

    Raises:
        ValueError: if a value is out of its range.
    """

    stops: float = 0.0
    offset: float = 0.0
    gamma: float = 1.0

    def __post_init__(self) -> None:
        _check_range(self, -10.0, 10.0, "stops")
        _check_range(self, -0.5, 0.5, "offset")
        _check_range(self, 0.1, 10.0, "gamma")


@dataclass(frozen=True, slots=True)
class WhiteBalance:
    """Scale the channels in linear light as if the light had another color.

    temperature: -100 (cooler) .. 100 (warmer), along the CIE daylight locus. tint: -100 (greener)
    .. 100 (more magenta). The luminance of gray stays.

    Raises:
        ValueError: if a value is out of its range.
    """

    temperature: float = 0.0
    tint: float = 0.0

    def __post_init__(self) -> None:
        _check_range(self, -100.0, 100.0, "temperature", "tint")


@dataclass(frozen=True, slots=True)
class Saturation:
    """Turn colors around their gray, and move them away from it or towards it; the luma stays.

    saturation: -100 (gray) .. 100 (twice as far from gray). vibrance: -100 .. 100, the same, but
    the less the more saturated a color is already. hue: -180 .. 180 degrees, from red to yellow and
    green above 0; done first.

    Raises:
        ValueError: if a value is out of its range.
    """

    saturation: float = 0.0
    vibrance: float = 0.0
    hue: float = 0.0

    def __post_init__(self) -> None:
        _check_range(self, -100.0, 100.0, "saturation", "vibrance")
        _check_range(self, -180.0, 180.0, "hue")


Adjustment: TypeAlias = Levels | Curves | Exposure | WhiteBalance | Saturation

KINDS: Mapping[str, type[Levels | Curves | Exposure | WhiteBalance | Saturation]] = {
    "levels": Levels,
    "curves": Curves,
    "exposure": Exposure,
    "white-balance": WhiteBalance,
    "saturation": Saturation,
}
"""Name in files -> type."""


def kind_of(adjustment: Adjustment) -> str:
    """Get the name of an adjustment's type in files."""
    return next(name for name, kind in KINDS.items() if isinstance(adjustment, kind))


def adjustment_to_dict(adjustment: Adjustment) -> dict[str, Any]:
    """Convert to a JSON object: "kind" and the settings."""
    return {"kind": kind_of(adjustment), **asdict(adjustment)}


def adjustment_from_dict(values: Mapping[str, Any]) -> Adjustment:
    """Convert from what `adjustment_to_dict` returned, also after a round trip through JSON.

    Raises:
        KeyError, TypeError, ValueError: if it is no such object.
    """
    settings = {name: value for name, value in values.items() if name != "kind"}
    kind: Callable[..., Adjustment] = KINDS[values["kind"]]
    return kind(**{name: _setting_from_json(value) for name, value in settings.items()})


def _setting_from_json(value: Any) -> float | CurvePoints | ToneRange:
    """Read a number, the points of a curve, or the levels of a channel."""
    if isinstance(value, Mapping):
        return ToneRange(**{name: float(number) for name, number in value.items()})
    if isinstance(value, list | tuple):
        return tuple((float(x), float(y)) for x, y in value)
    return float(value)


def adjust(color: Float32, adjustment: Adjustment) -> Float32:
    """Adjust encoded colors [3, h, w], 0 .. 1; returns a new array of the same kind."""
    if isinstance(adjustment, Saturation):
        return _saturate(color, adjustment)
    index = np.rint(np.clip(color, 0, 1) * np.float32(TABLE_SIZE - 1)).astype(np.uint16)
    out = np.empty_like(color)
    for channel, table in enumerate(_tables(adjustment)):
        np.take(table, index[channel], out=out[channel])
    return out


@lru_cache(maxsize=32)
def _tables(adjustment: Levels | Curves | Exposure | WhiteBalance) -> tuple[Float32, ...]:
    """Compute what becomes of each of 65,536 inputs, for red, green and blue."""
    inputs = np.linspace(0, 1, TABLE_SIZE)
    if isinstance(adjustment, Levels):
        channels = (adjustment.red, adjustment.green, adjustment.blue)
        outputs = [_map_tones(_map_tones(inputs, one), adjustment) for one in channels]
    elif isinstance(adjustment, Curves):
        every = monotone_curve(adjustment.rgb)
        outputs = [
            every(monotone_curve(points)(inputs))
            for points in (adjustment.red, adjustment.green, adjustment.blue)
        ]
    elif isinstance(adjustment, Exposure):
        light = decode_srgb(inputs) * 2**adjustment.stops + adjustment.offset
        outputs = [encode_srgb(np.clip(light, 0, 1) ** (1 / adjustment.gamma))] * 3
    else:
        light = decode_srgb(inputs)
        outputs = [encode_srgb(np.clip(light * gain, 0, 1)) for gain in _white_gains(adjustment)]
    tables = tuple(np.clip(one, 0, 1).astype(np.float32) for one in outputs)
    for table in tables:
        table.setflags(write=False)
    return tables


def _map_tones(inputs: NDArray[np.float64], levels: ToneRange) -> NDArray[np.float64]:
    stretched = np.clip((inputs - levels.black) / (levels.white - levels.black), 0, 1)
    span = levels.output_white - levels.output_black
    return levels.output_black + span * stretched ** (1 / levels.gamma)


def find_tone_range(values: NDArray[Any], clipped: float = 0.001) -> tuple[float, float]:
    """Find the black and the white point that clip a share of values, 0 .. 1, at either end."""
    if not values.size:
        return 0.0, 1.0
    black, white = np.quantile(values, (clipped, 1 - clipped))
    return (float(black), float(white)) if white > black else (0.0, 1.0)


def monotone_curve(
    points: CurvePoints,
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Make the curve through points: cubic Hermite, monotone wherever the points are.

    Tangents by Fritsch and Carlson, "Monotone Piecewise Cubic Interpolation" (1980), in the
    weighted harmonic mean of Fritsch and Butland (1984); no value leaves the range of the points.
    """
    x, y = np.array(points).T
    step = np.diff(x)
    slope = np.diff(y) / step
    tangent = np.zeros(len(x))
    tangent[[0, -1]] = slope[[0, -1]]
    before, after = slope[:-1], slope[1:]
    same = before * after > 0
    w1, w2 = 2 * step[1:] + step[:-1], step[1:] + 2 * step[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (w1 + w2) / (w1 / before + w2 / after)
    tangent[1:-1] = np.where(same, mean, 0.0)

    def curve(inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        t = np.clip(inputs, x[0], x[-1])
        i = np.clip(np.searchsorted(x, t, side="right") - 1, 0, len(step) - 1)
        u = (t - x[i]) / step[i]
        hermite = (
            (1 + 2 * u) * (1 - u) ** 2 * y[i]
            + u * (1 - u) ** 2 * step[i] * tangent[i]
            + u**2 * (3 - 2 * u) * y[i + 1]
            + u**2 * (u - 1) * step[i] * tangent[i + 1]
        )
        return np.asarray(hermite)

    return curve


def _white_gains(balance: WhiteBalance) -> tuple[float, float, float]:
    """Compute the gains of linear red, green and blue; gray keeps its luminance."""
    mireds = 1e6 / DAYLIGHT_K + MIREDS_PER_STEP * balance.temperature
    white, neutral = _daylight_rgb(1e6 / mireds), _daylight_rgb(DAYLIGHT_K)
    gains = [float(one) for one in white / neutral]
    gains[1] *= 2 ** (-TINT_STOPS * balance.tint / 100)
    luminance = sum(share * gain for share, gain in zip(LUMA_709, gains, strict=True))
    red, green, blue = (gain / luminance for gain in gains)
    return red, green, blue


def _daylight_rgb(kelvin: float) -> NDArray[np.float64]:
    """Compute linear sRGB of daylight of 4,000 .. 25,000 K and luminance 1 (CIE 15:2004, 3.1)."""
    if kelvin <= 7000:
        x = -4.6070e9 / kelvin**3 + 2.9678e6 / kelvin**2 + 0.09911e3 / kelvin + 0.244063
    else:
        x = -2.0064e9 / kelvin**3 + 1.9018e6 / kelvin**2 + 0.24748e3 / kelvin + 0.237040
    y = -3 * x * x + 2.87 * x - 0.275
    xyz = np.array([x / y, 1.0, (1 - x - y) / y])
    to_rgb = np.array(
        [
            [3.2406, -1.5372, -0.4986],
            [-0.9689, 1.8758, 0.0415],
            [0.0557, -0.2040, 1.0570],
        ]
    )
    return np.asarray(to_rgb @ xyz)


def _saturate(color: Float32, settings: Saturation) -> Float32:
    if settings.hue:
        color = _turn_hue(color, settings.hue)
    luma = _luma(color)
    gain: Float32 | np.float32 = np.float32(1 + settings.saturation / 100)
    if settings.vibrance:
        spread = np.clip(color.max(axis=0) - color.min(axis=0), 0, 1)
        gain = gain * (1 + np.float32(settings.vibrance / 100) * (1 - spread))
    return np.asarray(np.clip(luma + (color - luma) * gain, 0, 1), np.float32)


def _luma(color: Float32) -> Float32:
    red, green, blue = LUMA_709
    return np.asarray(red * color[0] + green * color[1] + blue * color[2], np.float32)


def _turn_hue(color: Float32, degrees: float) -> Float32:
    """Turn colors around the line of grays; what leaves 0 .. 1 goes to the gray of its luma."""
    angle = math.radians(degrees)
    aside = math.sin(angle) / math.sqrt(3) * np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    turn = math.cos(angle) * np.eye(3) + (1 - math.cos(angle)) / 3 + aside
    turn += np.array(LUMA_709) @ (np.eye(3) - turn)  # the luma stays
    turned = np.tensordot(turn.astype(np.float32), color, 1)
    luma = np.clip(_luma(color), 0, 1)
    lowest, highest, ones = turned.min(axis=0), turned.max(axis=0), np.ones_like(luma)
    below = np.divide(luma, luma - lowest, out=ones, where=lowest < 0)
    above = np.divide(1 - luma, highest - luma, out=np.ones_like(luma), where=highest > 1)
    return np.asarray(luma + (turned - luma) * np.minimum(below, above), np.float32)


def decode_srgb(encoded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Decode 0 .. 1 to linear light by the curve of sRGB."""
    low = encoded <= 0.04045
    return np.where(low, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def encode_srgb(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Encode linear light 0 .. 1 by the curve of sRGB."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
