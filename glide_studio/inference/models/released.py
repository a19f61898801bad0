"""The networks that OpenAI released with GLIDE (Nichol et al. 2021, arXiv 2112.10741), December 2021.

The licence is the repository's, MIT. No checksum was ever published.
"""

from __future__ import annotations

from dataclasses import dataclass

from glide_studio.inference.models.detect import Kind
from glide_studio.inference.models.model_set import Role

NAME = "glide"
TITLE = "GLIDE (filtered), 300 M"
LICENCE = "MIT"
URL = "https://openaipublic.blob.core.windows.net/diffusion/dec-2021/"


@dataclass(frozen=True, slots=True)
class Released:
    """One released file: its name, what it is, its role in the set, and its parameters."""

    file: str
    kind: Kind
    role: Role
    parameters: int

    @property
    def least_bytes(self) -> int:
        """No smaller file can hold the network: two bytes a parameter."""
        return 2 * self.parameters


RELEASED = (
    Released("base_inpaint.pt", "base-inpaint", "base", 385_037_638),
    Released("upsample_inpaint.pt", "upsample-inpaint", "upsampler", 398_368_198),
    Released("base.pt", "base", "plain-base", 385_030_726),
    Released("upsample.pt", "upsample", "plain-upsampler", 398_361_286),
    Released("clip_image_enc.pt", "clip-image", "clip-image", 86_443_776),
    Released("clip_text_enc.pt", "clip-text", "clip-text", 71_679_488),
)
