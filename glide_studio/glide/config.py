"""The networks' sizes and options: the released GLIDE models and our small bundled ones.

Follows GLIDE (Nichol et al. 2021, arXiv 2112.10741) for the official rows. `patch`, `head`,
`predicts`, `learned_variance`, `norm_groups` and `TextConfig.rows` exist for networks
that must run on a CPU; their defaults are GLIDE's.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self

ANCHORS = ("input_blocks.0.0.weight", "blocks.input.w_t", "blocks.input.w_voc")
"""Tensors of every network of its kind; what precedes them in a name is the file's prefix."""


@dataclass(frozen=True, slots=True)
class TextConfig:
    """The text transformer inside a diffusion network (GLIDE, section 3).

    context: tokens in, always padded to this length. width, layers, heads: of the transformer.
    vocabulary: number of token ids. rows: rows of the embedding table; None = one row an id. With
    fewer rows, the network has rows for rows - 1 ids, and all others share the last row.
    """

    context: int = 128
    width: int = 512
    layers: int = 16
    heads: int = 8
    vocabulary: int = 50_257
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class UNetConfig:
    """An ADM U-Net (Dhariwal & Nichol 2021, arXiv 2105.05233) that attends to text.

    size: side of the training pictures; other sizes run if divisible by `step`.
    channels: width of the first level, multiplied by `multipliers` further down.
    blocks: residual blocks a level.
    attention: downsampling factors (of the trunk) at which attention stands.
    head_width: channels of an attention head.
    inpaint: the input also holds the known picture (3) and its mask (1).
    super_res: the input also holds the low-resolution picture (as many channels as x), scaled up.
    alpha: x has a fourth channel: it is an object's premultiplied color and its opacity, all in -1
        .. 1.
    patch: pixels of a patch side that the trunk sees as one position (1 = GLIDE).
    head: channels of the thin full-resolution head behind a patched trunk (0 = none).
    predicts: what the first output channels, as many as x has, mean. A super-resolution network
        that predicts x0 predicts its difference to the scaled-up low-resolution picture.
    learned_variance: as many output channels again, v of Nichol & Dhariwal 2021 (arXiv 2102.09672),
        eq. 15.
    residual_scale: multiplies the sum of each residual block (1 / sqrt(2) in one ablation of ADM).
    enlarge: how a super-resolution network scales its low-resolution picture up.

    Raises:
        ValueError: if channels cannot be divided into heads or groups, a number is out of range, or
            a word is not among those allowed.
    """

    size: int = 64
    channels: int = 192
    blocks: int = 3
    multipliers: tuple[int, ...] = (1, 2, 3, 4)
    attention: tuple[int, ...] = (2, 4, 8)
    head_width: int = 64
    dropout: float = 0.1
    inpaint: bool = False
    super_res: bool = False
    alpha: bool = False
    patch: int = 1
    head: int = 0
    predicts: Literal["epsilon", "x0"] = "epsilon"
    learned_variance: bool = True
    norm_groups: int = 32
    residual_scale: float = 1.0
    enlarge: Literal["bilinear", "bicubic"] = "bilinear"
    schedule: Literal["squaredcos_cap_v2", "linear"] = "squaredcos_cap_v2"
    text: TextConfig = field(default_factory=TextConfig)

    def __post_init__(self) -> None:
        for name, number, most in (
            ("channels", self.channels, 2048),
            ("blocks", self.blocks, 16),
            ("levels", len(self.multipliers), 8),
            ("multipliers", max(self.multipliers, default=0), 16),
            ("patch", self.patch, 16),
            ("norm_groups", self.norm_groups, 256),
            ("head_width", self.head_width, 1024),
            ("text layers", self.text.layers, 64),
            ("text width", self.text.width, 8192),
        ):
            if not 1 <= number <= most:
                raise ValueError(f"{name} of a network lies in 1 .. {most}; {number} does not.")
        for word, allowed in (
            (self.predicts, ("epsilon", "x0")),
            (self.enlarge, ("bilinear", "bicubic")),
            (self.schedule, ("squaredcos_cap_v2", "linear")),
        ):
            if word not in allowed:
                raise ValueError(f"A network knows {' and '.join(allowed)}, but not '{word}'.")
        for multiplier in self.multipliers:
            width = self.channels * multiplier
            if width % self.norm_groups or width % self.head_width:
                raise ValueError(
                    f"{width} channels cannot be split into {self.norm_groups} groups "
                    f"and heads of {self.head_width}."
                )

    @property
    def picture_channels(self) -> int:
        """Channels of x_t and of the picture: red, green, blue, and alpha if it has one."""
        return 4 if self.alpha else 3

    @property
    def in_channels(self) -> int:
        """Channels of the network's input at full resolution: x and what `UNet.inputs` adds."""
        pictures = self.picture_channels * (1 + self.super_res)
        return pictures + 4 * self.inpaint

    @property
    def out_channels(self) -> int:
        """Channels of the network's output: those of x, twice as many with a learned variance."""
        return self.picture_channels * (2 if self.learned_variance else 1)

    @property
    def step(self) -> int:
        """Height and width of a picture must be multiples of this."""
        return int(self.patch * 2 ** (len(self.multipliers) - 1))

    def to_json(self) -> str:
        """Return one line of JSON, as stored in the header of our weight files."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ValueError: if a field is unknown or a value does not fit.
        """
        try:
            values: dict[str, Any] = json.loads(text)
            # A part of small networks that is gone; files without it were written with a 0.
            if values.pop("sketch", 0) != 0:
                raise ValueError("it has a sketch, which only earlier versions knew")
            for name in ("multipliers", "attention"):
                values[name] = tuple(int(number) for number in values[name])
            values["text"] = TextConfig(**values["text"])
        except (TypeError, KeyError, AttributeError, ValueError, ArithmeticError) as error:
            raise ValueError(f"This is not the description of a GLIDE network: {error}.") from None
        try:
            made = cls(**values)
        except (TypeError, AttributeError) as error:
            raise ValueError(f"This is not the description of a GLIDE network: {error}.") from None
        usual = cls()
        for name in cls.__dataclass_fields__:
            if type(getattr(made, name)) is not type(getattr(usual, name)):
                raise ValueError(f"This is not the description of a GLIDE network: see {name}.")
        for name in TextConfig.__dataclass_fields__:
            if type(getattr(made.text, name)) not in (int, type(getattr(usual.text, name))):
                raise ValueError(
                    f"This is not the description of a GLIDE network: see text {name}."
                )
        return made


BASE = UNetConfig()
UPSAMPLER = UNetConfig(
    size=256,
    blocks=2,
    multipliers=(1, 1, 2, 2, 4, 4),
    attention=(8, 16, 32),
    super_res=True,
    schedule="linear",
)
OFFICIAL: dict[str, UNetConfig] = {
    "base": BASE,
    "upsample": UPSAMPLER,
    "base-inpaint": replace(BASE, inpaint=True),
    "upsample-inpaint": replace(UPSAMPLER, inpaint=True),
}
"""The four released diffusion networks by their official names."""
