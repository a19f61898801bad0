"""Check that the network in a weight file loads and works, before it is offered as a model.

Loading compares every name, shape and kind with a network on the meta device, and refuses values
that are not finite. Here its values are checked for their magnitude, and the network is run once on
noise.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from glide_studio.errors import GlideError
from glide_studio.glide import classifier, clip, weights
from glide_studio.glide.config import UNetConfig
from glide_studio.glide.pipeline import encode_captions
from glide_studio.glide.unet import Condition
from glide_studio.glide.weights import WeightsError
from glide_studio.inference.model_cache import clip_tokenizer, tokenizer
from glide_studio.inference.models.detect import check_regular
from glide_studio.inference.models.installed import NetworkInfo
from glide_studio.inference.models.model_set import MIN_SIDE, Role
from glide_studio.inference.request_networks import read_config
from glide_studio.translation import translate

MAX_WEIGHT = 1e5  # no trained network has a weight as large
MAX_OUTPUT = 1e4  # predictions of noise and of pictures are in the order of 1
CAPTION = "a red apple on a table"


def check_network(path: Path, role: Role) -> NetworkInfo | None:
    """Load the network of a weight file and run it once.

    Returns what pictures it makes, None for encoders and classifiers.

    Raises:
        GlideError: if it cannot be used in that role.
    """
    check_regular(path)
    try:
        if role == "clip-image":
            _check_image_encoder(path)
        elif role == "clip-text":
            _check_caption_encoder(path)
        elif role == "classifier":
            _check_classifier(path)
        else:
            return _check_unet(path, role)
    except WeightsError as error:
        raise GlideError(str(error)) from None
    except GlideError:
        raise
    except (MemoryError, torch.OutOfMemoryError):
        raise GlideError(
            translate(
                "ModelCheck",
                "There is not enough memory to load {name}; close other programs and try again.",
            ).format(name=path.name)
        ) from None
    except Exception as error:
        # The file decides about sizes and options, so that any layer may fail.
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise GlideError(
            translate(
                "ModelCheck", "The network in {name} does not run ({reason}); choose another file."
            ).format(name=path.name, reason=reason)
        ) from None
    return None


def _check_unet(path: Path, role: Role) -> NetworkInfo:
    read_config(path, role)
    network = weights.load(path)
    config = network.config
    _check_config(config, path.name, upsamples="upsampler" in role)
    _check_weights(network, path.name)
    side = config.step * -(-MIN_SIDE // config.step)
    generator = torch.Generator().manual_seed(0)

    def noise(channels: int) -> Tensor:
        return torch.randn(1, channels, side, side, generator=generator)

    with torch.inference_mode():
        condition = Condition(
            encode_captions(network, tokenizer(), [CAPTION]),
            noise(3) if config.inpaint else None,
            torch.ones(1, 1, side, side),
            noise(config.picture_channels) if config.super_res else None,
        )
        for t in (0, 999):
            x = noise(config.picture_channels)
            _check_output(network(x, torch.tensor([t]), condition), path.name)
    return NetworkInfo(config.size, config.picture_channels)


def _check_config(config: UNetConfig, name: str, *, upsamples: bool) -> None:
    if config.super_res != upsamples:
        role, other = ("upsampler", "base") if upsamples else ("base", "upsampler")
        raise GlideError(
            translate(
                "ModelCheck",
                "{name} is the {other} network and not the {role}; choose the other one.",
            ).format(name=name, other=other, role=role)
        )
    ids = tokenizer().size
    if config.text.vocabulary < ids:
        raise GlideError(
            translate(
                "ModelCheck",
                "The network in {name} knows {vocabulary} tokens where GLIDE's captions"
                " use {ids}; choose another file.",
            ).format(name=name, vocabulary=config.text.vocabulary, ids=ids)
        )


def _check_image_encoder(path: Path) -> None:
    encoder = clip.load_image_encoder(path)
    _check_weights(encoder, path.name)
    with torch.inference_mode():
        x = torch.zeros(1, encoder.channels, encoder.size, encoder.size)
        for t in (0, 999):
            _check_output(encoder(x, torch.tensor([t])), path.name)


def _check_caption_encoder(path: Path) -> None:
    encoder = clip.load_caption_encoder(path)
    _check_weights(encoder, path.name)
    context = len(encoder.blocks["input"].w_pos)  # type: ignore[arg-type]
    with torch.inference_mode():
        for text in (CAPTION, "", CAPTION * 100):
            tokens, length = clip_tokenizer().encode_padded(text, context)
            ids = torch.from_numpy(tokens)[None]
            _check_output(encoder(ids, torch.tensor([length])), path.name)


def _check_classifier(path: Path) -> None:
    network = classifier.load(path)
    _check_weights(network, path.name)
    with torch.inference_mode():
        side, channels = network.config.size, network.config.picture_channels
        out = network(torch.zeros(1, channels, side, side), torch.tensor([0]))
    _check_output(out, path.name)
    names = classifier.class_names(path)
    if names and len(names) != out.shape[1]:
        raise GlideError(
            translate(
                "ModelCheck",
                "{name} names {names} classes where its network knows {shape}; choose "
                "another file.",
            ).format(name=path.name, names=len(names), shape=out.shape[1])
        )


def _check_weights(network: nn.Module, name: str) -> None:
    for parameter, values in network.state_dict().items():
        if values.numel() and values.is_floating_point():
            largest = float(values.abs().max())
            if not largest <= MAX_WEIGHT:
                raise GlideError(
                    translate(
                        "ModelCheck",
                        "{name} holds a number as large as {largest} in {parameter}, as no "
                        "trained network does; choose another file.",
                    ).format(name=name, largest=f"{largest:.1e}", parameter=parameter)
                )


def _check_output(output: Tensor, name: str) -> None:
    if not bool(output.isfinite().all()) or float(output.abs().max()) > MAX_OUTPUT:
        raise GlideError(
            translate(
                "ModelCheck",
                "The network in {name} gives no usable numbers; its weights are "
                "damaged, so choose another file.",
            ).format(name=name)
        )
