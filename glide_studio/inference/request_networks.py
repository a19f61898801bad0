"""Which networks of a model set a request uses, and their configs, read from the files' headers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import safetensors

from glide_studio.api.request import Request, named_nouns
from glide_studio.glide.config import OFFICIAL, UNetConfig
from glide_studio.glide.pipeline import Conditioning
from glide_studio.glide.weights import HEADER, WeightsError
from glide_studio.inference.gradients import known_class
from glide_studio.inference.models.model_set import MAX_SIDE, MIN_SIDE, ModelSet, Role
from glide_studio.translation import translate

CLIP_ROLES: tuple[Role, ...] = ("clip-image", "clip-text")


def read_config(path: Path, role: str) -> UNetConfig:
    """Read the config of a diffusion network from the header of its file.

    A file without a config in its header is a released one, and its role says which.

    Raises:
        WeightsError: if the file is damaged.
        FileNotFoundError: if there is no such file.
    """
    status = path.stat()
    return _read_config(path, role, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _read_config(path: Path, role: str, size: int, modified: int) -> UNetConfig:
    """See `read_config`; size and time of the file are keys of the cache."""
    if path.suffix == ".safetensors":
        try:
            with safetensors.safe_open(path, framework="pt") as file:
                header = (file.metadata() or {}).get(HEADER)
        except safetensors.SafetensorError:
            raise WeightsError(
                translate("RequestNetworks", "{name} is damaged; add the model again.").format(
                    name=path.name
                )
            ) from None
        if header is not None:
            return _parse_config(header, path.name)
    released = {"plain-base": "base", "base": "base-inpaint", "plain-upsampler": "upsample"}
    return OFFICIAL[released.get(role, "upsample-inpaint")]


def _parse_config(header: str, name: str) -> UNetConfig:
    try:
        config = UNetConfig.from_json(header)
    except ValueError as error:
        raise WeightsError(
            translate("RequestNetworks", "{name} cannot be used: {error}").format(
                name=name, error=error
            )
        ) from None
    except (RecursionError, ArithmeticError):
        raise WeightsError(
            translate(
                "RequestNetworks", "The header of {name} does not describe a network."
            ).format(name=name)
        ) from None
    if config.size % config.step or not MIN_SIDE <= config.size <= MAX_SIDE:
        raise WeightsError(
            translate(
                "RequestNetworks",
                "The network in {name} is for pictures of {size} pixels, which it cannot make "
                "(a multiple of {step} up to {most}); choose another file.",
            ).format(name=name, size=config.size, step=config.step, most=MAX_SIDE)
        )
    return config


def taught_noun(request: Request, model: ModelSet) -> str | None:
    """Return the first noun in a request's prompt that the model was taught, None without one."""
    if not model.taught:
        return None
    named = named_nouns(request.prompt, (*model.nouns, *model.taught))
    return next((noun for noun in named if noun in model.taught), None)


def base_path(request: Request, model: ModelSet) -> Path:
    """Return the weights of the base network that a request asks for."""
    noun = taught_noun(request, model)
    if noun is not None:
        return model.taught[noun]
    plain = request.sampling.context == "plain"
    return model.files["plain-base"] if plain and "plain-base" in model.files else model.base


def base_config(request: Request, model: ModelSet) -> UNetConfig:
    """Return the config of the base network that a request asks for."""
    return read_config(base_path(request, model), "base")


def upsampler_config(model: ModelSet) -> UNetConfig | None:
    """Return the config of the upsampler, None if the model has none."""
    return None if model.upsampler is None else read_config(model.upsampler, "upsampler")


def base_strength(request: Request) -> float:
    """Return the denoising strength of the base network."""
    return request.sampling.strength if request.like is None else request.like_strength


def refine_strength(request: Request) -> float:
    """Return that of the upsampler; a varied draft is enlarged from noise alone."""
    return request.sampling.strength if request.like is None else 1.0


def base_conditioning(request: Request, model: ModelSet) -> Conditioning:
    """Return how the base network meets the known pixels of a request."""
    config = base_config(request, model)
    if config.inpaint and request.sampling.context == "shown":
        return "concat"
    return "none" if request.kind == "generate" or config.alpha else "replace"


def has_alpha(model: ModelSet) -> bool:
    """Tell whether the model's pictures have alpha; one that cannot be read has none."""
    try:
        return read_config(model.base, "base").alpha
    except (WeightsError, OSError):
        return False


def has_clip(model: ModelSet) -> bool:
    """Tell whether the model has both encoders of CLIP."""
    return model.files.keys() >= set(CLIP_ROLES)


def required_files(request: Request, model: ModelSet) -> list[Path]:
    """Return the weight files that a request needs, as far as the model has them."""
    sampling = request.sampling
    clip = [model.files[role] for role in CLIP_ROLES if role in model.files]
    if request.kind == "select" and known_class(request, model) is not None:
        return [model.files["classifier"]]
    if request.kind == "select":
        return clip if has_clip(model) else [base_path(request, model)]
    found: list[Path] = []
    if request.draft is None and request.kind != "upscale":
        found.append(base_path(request, model))
    if model.upsampler is not None and not request.drafts_only:
        found.append(model.upsampler)
    if request.kind == "upscale":
        return found
    if sampling.clip_scale:
        found += clip
    if sampling.classifier_scale and "classifier" in model.files:
        found.append(model.files["classifier"])
    return found
