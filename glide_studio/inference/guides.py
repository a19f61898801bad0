"""What looks at pictures besides the diffusion networks: CLIP and the classifier, to guide and to rank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glide_studio.api.events import Picture
from glide_studio.api.request import Request
from glide_studio.errors import GlideError
from glide_studio.glide.classifier import ClassifierGradient, class_names
from glide_studio.glide.clip import ClipAttention, ClipGradient, ClipMLP, similarity
from glide_studio.glide.guidance import Gradient, summed
from glide_studio.glide.layers import AttentionBlock, Between, ResBlock
from glide_studio.imaging.geometry import Size
from glide_studio.inference.model_cache import Residents, clip_tokenizer
from glide_studio.inference.models.model_set import ModelSet
from glide_studio.inference.pixels import resized

BLOCKS = (ClipAttention, ClipMLP, ResBlock, AttentionBlock)


@contextmanager
def interrupted(network: nn.Module, between: Between) -> Iterator[None]:
    """Call `between` after each block of a network, on the gradient's way back as well."""

    def after(module: nn.Module, given: object, out: Tensor) -> None:
        between()
        if out.requires_grad:
            out.register_hook(lambda gradient: between())  # type: ignore[no-untyped-call]

    hooks = [
        module.register_forward_hook(after)
        for module in network.modules()
        if isinstance(module, BLOCKS)
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@dataclass(frozen=True, slots=True)
class Fitted:
    """The gradient of a network that looks at side x side alone, for x of any shape.

    x is scaled for it, and the gradient takes the way back through that.
    """

    gradient: Gradient
    network: nn.Module
    side: int
    between: Between

    def __call__(self, x: Tensor, timesteps: Tensor) -> Tensor:
        """The gradient at x_t [N, 3, H, W]."""
        with interrupted(self.network, self.between):
            if x.shape[2:] == (self.side, self.side):
                return self.gradient(x, timesteps)
            with torch.inference_mode(False), torch.enable_grad():
                leaf = x.detach().clone().requires_grad_()
                small = F.interpolate(leaf, (self.side, self.side), mode="bilinear", antialias=True)
                push = self.gradient(small.detach(), timesteps).clone()
                (gradient,) = torch.autograd.grad(small, leaf, push)
        return gradient


def gradient(
    request: Request,
    model: ModelSet,
    residents: Residents,
    n: int,
    between: Between,
) -> Gradient | None:
    """What pushes x_t [n, 3, H, W] of a request besides the network: CLIP, a classifier, or both."""
    sampling = request.sampling
    found: list[Gradient] = []
    if sampling.clip_scale:
        caption = clip_caption(request.prompt, model, residents, between)
        images = residents.images(model.files["clip-image"], between)
        push = ClipGradient(images, caption, sampling.clip_scale)
        found.append(Fitted(push, images, images.size, between))
    if sampling.classifier_scale:
        path = model.files["classifier"]
        network = residents.classifier(path, between)
        number = class_of(request, path, network.state_dict()["out.2.c_proj.weight"].shape[0])
        classes = torch.full((n,), number, device=residents.device)
        pull = ClassifierGradient(network, classes, sampling.classifier_scale)
        found.append(Fitted(pull, network, network.config.size, between))
    return summed(*found) if found else None


def class_of(request: Request, path: Path, count: int) -> int:
    """The number of the class that a request asks for, or that its prompt names.

    Raises:
        GlideError: if there is none.
    """
    number = request.sampling.classifier_class
    if number >= count:
        raise GlideError(f"This classifier knows the classes 0 .. {count - 1}; choose one of them.")
    if number >= 0:
        return number
    prompt = f" {request.prompt.lower()} "
    named = [name for name in class_names(path) if f" {name.lower()} " in prompt]
    if not named:
        raise GlideError(
            "The prompt names no class of this model's classifier; name one or set its number."
        )
    return class_names(path).index(max(named, key=len))


@torch.inference_mode()
def clip_caption(prompt: str, model: ModelSet, residents: Residents, between: Between) -> Tensor:
    """The prompt in CLIP's space, [1, E]."""
    encoder = residents.captions(model.files["clip-text"], between)
    context = len(encoder.blocks["input"].w_pos)  # type: ignore[arg-type]
    tokens, length = clip_tokenizer().padded(prompt, context)
    ids = torch.from_numpy(tokens)[None].to(residents.device)
    return encoder(ids, torch.tensor([length], device=residents.device))  # type: ignore[no-any-return]


@torch.inference_mode()
def scores(
    pictures: Sequence[Picture],
    prompt: str,
    model: ModelSet,
    residents: Residents,
    between: Between,
) -> list[float]:
    """The cosine of each picture [h, w, 3] and the prompt by the noise-aware CLIP at t = 0."""
    caption = clip_caption(prompt, model, residents, between)
    images = residents.images(model.files["clip-image"], between)
    size = Size(images.size, images.size)
    found: list[float] = []
    with interrupted(images, between):
        for picture in pictures:
            x = torch.from_numpy(np.array(resized(picture, size))).permute(2, 0, 1)[None] * 2 - 1
            t = torch.zeros(1, dtype=torch.int64, device=residents.device)
            found.append(float(similarity(images, x.to(residents.device), t, caption)))
    return found
