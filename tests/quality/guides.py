"""The kinds of guidance that are compared, and the networks that two of them need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from glide_studio.errors import GlideError
from glide_studio.glide import classifier, clip
from glide_studio.glide.guidance import Gradient
from glide_studio.glide.tokenizers import ClipTokenizer
from glide_studio.paths import resources_folder

Kind = Literal["unguided", "classifier-free", "clip", "classifier"]


@dataclass(frozen=True, slots=True)
class Guidance:
    """How a fill is led to its caption, which the network is always told.

    scale: of classifier-free guidance (1 = unguided), or of a gradient (0 = unguided).
    """

    kind: Kind = "classifier-free"
    scale: float = 3.0

    def __str__(self) -> str:
        return self.kind if self.kind == "unguided" else f"{self.kind} {self.scale:g}"


@dataclass(frozen=True, slots=True)
class Clip:
    """A noise-aware CLIP and its tokenizer."""

    images: clip.ImageEncoder
    captions: clip.CaptionEncoder
    tokenizer: ClipTokenizer
    known: dict[str, Tensor] = field(default_factory=dict)

    @torch.inference_mode()
    def encoded(self, text: str) -> Tensor:
        """A caption as [E], made once."""
        if text not in self.known:
            context = len(self.captions.state_dict()["blocks.input.w_pos"])
            ids, length = self.tokenizer.encode_padded(text, context)
            device = self.captions.token_embedding.w_voc.device
            tokens = torch.from_numpy(ids)[None].to(device)
            self.known[text] = self.captions(tokens, torch.tensor([length], device=device))[0]
        return self.known[text]


@dataclass(frozen=True, slots=True)
class Classes:
    """A noise-aware classifier and the nouns that its classes stand for, in their order."""

    network: classifier.Classifier
    nouns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guides:
    """The networks whose gradients can guide; None where there is none."""

    clip: Clip | None = None
    classes: Classes | None = None

    def gradient(self, guidance: Guidance, asked: Sequence[tuple[str, str]]) -> Gradient:
        """The gradient for a batch, one (prompt, noun) a row.

        Raises:
            GlideError: if the network for it is missing, or does not know a noun.
        """
        if guidance.kind == "clip" and self.clip is not None:
            captions = torch.stack([self.clip.encoded(prompt) for prompt, _ in asked])
            return clip.ClipGradient(self.clip.images, captions, guidance.scale)
        if guidance.kind == "classifier" and self.classes is not None:
            rows = torch.from_numpy(
                np.array([place(self.classes.nouns, noun) for _, noun in asked])
            ).to(next(self.classes.network.parameters()).device)
            return classifier.ClassifierGradient(self.classes.network, rows, guidance.scale)
        raise GlideError(f"There is no network for {guidance.kind} guidance; name its file.")


def place(nouns: Sequence[str], noun: str) -> int:
    """The class of a noun.

    Raises:
        GlideError: if there is none.
    """
    if noun not in nouns:
        raise GlideError(f"The classifier does not know '{noun}'; leave the noun out.")
    return nouns.index(noun)


def load_clip(images: Path, captions: Path, device: torch.device | str = "cpu") -> Clip:
    """A CLIP of two files in the format of the released ones, on a device.

    Raises:
        WeightsError, FileNotFoundError: if a file cannot be used.
    """
    tokenizer = ClipTokenizer(resources_folder() / "vocabulary" / "clip")
    encoders = (
        clip.load_image_encoder(images).to(device),
        clip.load_caption_encoder(captions).to(device),
    )
    return Clip(*encoders, tokenizer)


def load_classes(path: Path, device: torch.device | str = "cpu") -> Classes:
    """A classifier whose file names its classes, on a device.

    Raises:
        GlideError: if it names none.
        WeightsError, FileNotFoundError: if the file cannot be used.
    """
    nouns = classifier.class_names(path)
    if not nouns:
        raise GlideError(f"{path.name} does not say what its classes are; train one with ours.")
    return Classes(classifier.load(path).to(device), nouns)
