"""Guidance by CLIP and the noise-aware classifier: gradients for any x, and CLIP's scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glide_studio.api.events import Picture
from glide_studio.api.request import Request, named_nouns
from glide_studio.errors import GlideError
from glide_studio.glide.classifier import ClassifierGradient, class_names
from glide_studio.glide.clip import ClipAttention, ClipGradient, ClipMLP, similarity
from glide_studio.glide.guidance import Gradient, sum_gradients
from glide_studio.glide.layers import AttentionBlock, OnBlock, ResBlock
from glide_studio.imaging.geometry import Size
from glide_studio.inference.model_cache import ModelCache, clip_tokenizer
from glide_studio.inference.models.model_set import ModelSet
from glide_studio.inference.pixels import to_tensor
from glide_studio.translation import translate

BLOCKS = (ClipAttention, ClipMLP, ResBlock, AttentionBlock)


@contextmanager
def call_after_blocks(network: nn.Module, on_block: OnBlock) -> Iterator[None]:
    """Call `on_block` after each block of a network, forward and backward, within the context."""

    def after(module: nn.Module, given: object, out: Tensor) -> None:
        on_block()
        if out.requires_grad:
            out.register_hook(lambda gradient: on_block())  # type: ignore[no-untyped-call]

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
class ResizedGradient:
    """The gradient of a network that takes side x side and `channels` alone, for x of any shape.

    x is resized for it, and the gradient is propagated back through the resizing. Of a
    premultiplied object a network for red, green and blue sees the object on black.
    """

    gradient: Gradient
    network: nn.Module
    side: int
    channels: int
    check_cancelled: OnBlock

    def __call__(self, x: Tensor, timesteps: Tensor) -> Tensor:
        """Return the gradient at x_t [N, C, H, W].

        Raises:
            GlideError: if the network needs alpha, and x has none.
        """
        if self.channels > x.shape[1]:
            raise GlideError(
                translate(
                    "Gradients",
                    "This model's CLIP or classifier judges objects with transparency, which its"
                    " base network does not draw; set their strength to 0.",
                )
            )
        with call_after_blocks(self.network, self.check_cancelled):
            if x.shape[1:] == (self.channels, self.side, self.side):
                return self.gradient(x, timesteps)
            with torch.inference_mode(False), torch.enable_grad():
                leaf = x.detach().clone().requires_grad_()
                seen = leaf[:, : self.channels]
                small = F.interpolate(seen, (self.side, self.side), mode="bilinear", antialias=True)
                outer = self.gradient(small.detach(), timesteps).clone()
                (gradient,) = torch.autograd.grad(small, leaf, outer)
        return gradient


def build_gradient(
    request: Request,
    model: ModelSet,
    cache: ModelCache,
    n: int,
    check_cancelled: OnBlock,
) -> Gradient | None:
    """Return the gradient that guides x_t [n, C, H, W]: of CLIP, a classifier, or both."""
    sampling = request.sampling
    gradients: list[Gradient] = []
    if sampling.clip_scale:
        caption = encode_clip_caption(request.prompt, model, cache, check_cancelled)
        encoder = cache.image_encoder(model.files["clip-image"], check_cancelled)
        clip = ClipGradient(encoder, caption, sampling.clip_scale)
        gradients.append(
            ResizedGradient(clip, encoder, encoder.size, encoder.channels, check_cancelled)
        )
    if sampling.classifier_scale:
        path = model.files["classifier"]
        network = cache.classifier(path, check_cancelled)
        count = network.state_dict()["out.2.c_proj.weight"].shape[0]
        classes = torch.full((n,), class_number(request, path, count), device=cache.device)
        by_class = ClassifierGradient(network, classes, sampling.classifier_scale)
        side, channels = network.config.size, network.config.picture_channels
        gradients.append(ResizedGradient(by_class, network, side, channels, check_cancelled))
    return sum_gradients(*gradients) if gradients else None


def class_number(request: Request, path: Path, count: int) -> int:
    """Return the number of the class that a request asks for, or that its prompt names.

    path: of the classifier, which knows `count` classes.

    Raises:
        GlideError: if there is none.
    """
    number = request.sampling.classifier_class
    if number >= count:
        raise GlideError(
            translate(
                "Gradients", "This classifier knows the classes 0 .. {count}; choose one of them."
            ).format(count=count - 1)
        )
    if number >= 0:
        return number
    named = find_class(request.prompt, class_names(path))
    if named is None:
        raise GlideError(
            translate(
                "Gradients",
                "The prompt names no class of this model's classifier; name one or set its number.",
            )
        )
    return named


def known_class(request: Request, model: ModelSet) -> int | None:
    """Return the class of the model's classifier that a request names, None without one."""
    path = model.files.get("classifier")
    return None if path is None else find_class(request.prompt, class_names(path))


def find_class(prompt: str, names: Sequence[str]) -> int | None:
    """Return the number of the longest class name, or its plural, in a prompt; None without one."""
    named = named_nouns(prompt, names)
    return names.index(max(named, key=len)) if named else None


@torch.inference_mode()
def encode_clip_caption(
    prompt: str, model: ModelSet, cache: ModelCache, check_cancelled: OnBlock
) -> Tensor:
    """Return the embedding of a prompt in CLIP's space, [1, E]."""
    encoder = cache.caption_encoder(model.files["clip-text"], check_cancelled)
    context = len(encoder.blocks["input"].w_pos)  # type: ignore[arg-type]
    tokens, length = clip_tokenizer().encode_padded(prompt, context)
    ids = torch.from_numpy(tokens)[None].to(cache.device)
    return encoder(ids, torch.tensor([length], device=cache.device))  # type: ignore[no-any-return]


@torch.inference_mode()
def clip_scores(
    pictures: Iterable[Picture],
    prompt: str,
    model: ModelSet,
    cache: ModelCache,
    check_cancelled: OnBlock,
) -> Iterator[float]:
    """Yield the cosine of each picture and the prompt by the noise-aware CLIP at t = 0.

    pictures: [h, w, 3], or [h, w, 4] with premultiplied alpha.
    """
    caption = encode_clip_caption(prompt, model, cache, check_cancelled)
    encoder = cache.image_encoder(model.files["clip-image"], check_cancelled)
    t = torch.zeros(1, dtype=torch.int64, device=cache.device)
    with call_after_blocks(encoder, check_cancelled):
        for picture in pictures:
            x = guide_input(picture, encoder.size, encoder.channels, cache.device)
            yield float(similarity(encoder, x, t, caption))


def check_clip(model: ModelSet) -> None:
    """Refuse a model that has nothing to judge drafts by.

    Raises:
        GlideError: if it has no CLIP.
    """
    if not {"clip-image", "clip-text"} <= model.files.keys():
        raise GlideError(
            translate(
                "Gradients",
                "The model '{name}' has no CLIP to judge drafts by; leave --best-of out.",
            ).format(name=model.name)
        )


def guide_input(picture: Picture, side: int, channels: int, device: torch.device) -> Tensor:
    """Return a finished picture [h, w, 3 or 4] as a guide sees it: [1, channels, side, side].

    A photograph is opaque; a premultiplied object without its alpha lies on black.
    """
    x = to_tensor(picture, Size(side, side), device)
    if x.shape[1] < channels:
        x = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
    return x[:, :channels]
