"""What the networks are shown: a request's crop at a level's size, and its captions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from glide_studio.api.request import Request
from glide_studio.glide.text import TextStates
from glide_studio.glide.unet import UNet
from glide_studio.imaging.geometry import Size
from glide_studio.inference.model_cache import tokenizer
from glide_studio.inference.pixels import Floats, known_mask, to_tensor


@dataclass(frozen=True, slots=True)
class Canvas:
    """A request's crop for one network: known [1, 3, H, W] and mask [1, 1, H, W] (1 = known).

    Without a picture nothing is known. What shall change is part of `known` too: a variation begins
    from it, and the networks look at known * mask.
    """

    size: Size
    known: Tensor
    mask: Tensor


def canvas(request: Request, crop: Size, size: Size, device: torch.device) -> Canvas:
    """The request's crop, filled up to `crop` at its right and lower edges, at `size`."""
    if request.image is None:
        nothing = torch.zeros(1, 4, size.height, size.width, device=device)
        return Canvas(size, nothing[:, :3], nothing[:, 3:])
    known = to_tensor(grown(request.image, crop), size, device)
    if request.mask is None:
        return Canvas(size, known, torch.zeros_like(known[:, :1]))
    painted = grown((request.mask > 0).astype(np.float32), crop, 0)
    return Canvas(size, known, known_mask(painted, size, device))


def grown(array: Floats, size: Size, value: float | None = None) -> Floats:
    """[h, w, ...] at its right and lower edges filled up to `size`, with its own border or `value`."""
    height, width = array.shape[:2]
    if (width, height) == (size.width, size.height):
        return array
    more = [(0, size.height - height), (0, size.width - width)] + [(0, 0)] * (array.ndim - 2)
    if value is None:
        return np.pad(array, more, mode="edge")
    return np.pad(array, more, constant_values=value)


@dataclass(slots=True)
class Captions:
    """The captions of one run, each encoded once a network."""

    states: dict[tuple[str, str], TextStates] = field(default_factory=dict)

    @torch.inference_mode()
    def encode(self, network: UNet, name: str, text: str, batch: int) -> TextStates:
        """`text` for a batch, with the keys and values that every attention block makes of it.

        name: of the network.
        """
        if (name, text) not in self.states:
            self.states[name, text] = encoded(network, text)
        return over(self.states[name, text], lambda one: one.expand(batch, *[-1] * (one.ndim - 1)))


@torch.inference_mode()
def encoded(network: UNet, text: str) -> TextStates:
    """A caption as a batch of one."""
    device = network.text.positional_embedding.device
    tokens, mask = tokenizer().padded(text, network.config.text.context)
    ids = torch.from_numpy(tokens)[None].to(device)
    states = network.text(ids, torch.from_numpy(mask)[None].to(device))
    return network.prepared(states)


def over(states: TextStates, change: Callable[[Tensor], Tensor]) -> TextStates:
    """The same change to each of a caption's tensors."""
    keys = tuple((change(k), change(v)) for k, v in states.keys)
    return TextStates(change(states.sequence), change(states.vector), keys)
