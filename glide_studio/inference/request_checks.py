"""Check a request against its own completeness and against the model, before anything is loaded."""

from __future__ import annotations

from typing import Literal

from glide_studio.api.request import Request
from glide_studio.api.unknown_words import explain_unknown_words
from glide_studio.errors import GlideError
from glide_studio.inference.gradients import known_class
from glide_studio.inference.models.installed import check_kind
from glide_studio.inference.models.model_set import ModelSet
from glide_studio.inference.request_networks import (
    base_config,
    base_path,
    has_alpha,
    has_clip,
    read_config,
    upsampler_config,
)
from glide_studio.translation import translate

Feature = Literal["clip", "classifier", "hidden", "plain"]
"""Optional features of a model: guidance by CLIP or a classifier; filling with its context hidden,
or by a text-to-image network."""


def features(model: ModelSet) -> set[Feature]:
    """Return the optional features that a model set has.

    Raises:
        WeightsError: if a weight file is damaged.
    """
    found: set[Feature] = set()
    if has_clip(model):
        found.add("clip")
    if "classifier" in model.files:
        found.add("classifier")
    inpaints = read_config(model.base, "base").inpaint
    if inpaints:
        found.add("hidden")
    if "plain-base" in model.files or not inpaints:
        found.add("plain")
    return found


def check_request(request: Request, model: ModelSet) -> None:
    """Check that the request is complete and that the model has what it needs.

    Raises:
        GlideError: if not.
        WeightsError: if a weight file is damaged.
    """
    check_inputs(request)
    check_words(request, model)
    sampling, available = request.sampling, features(model)
    needs: list[tuple[bool, Feature, str]] = [
        (sampling.clip_scale != 0, "clip", translate("RequestChecks", "guide by CLIP")),
        (
            sampling.classifier_scale != 0,
            "classifier",
            translate("RequestChecks", "guide by a classifier"),
        ),
        (
            sampling.context == "plain",
            "plain",
            translate("RequestChecks", "fill by a text-to-image network"),
        ),
        (
            sampling.context == "hidden",
            "hidden",
            translate("RequestChecks", "hide the context from its network"),
        ),
    ]
    if has_alpha(model):
        check_alpha_request(request, model)
    elif request.like is not None and request.like.shape[2] != 3:
        raise GlideError(
            translate(
                "RequestChecks",
                "The model '{name}' makes whole pictures; flatten this one before it is varied.",
            ).format(name=model.name)
        )
    networks = (base_config(request, model), upsampler_config(model))
    if any(one is not None and one.alpha != has_alpha(model) for one in networks):
        raise GlideError(
            translate(
                "RequestChecks",
                "Of the networks of '{name}' one makes transparency and the other does "
                "not; add an upsampler that fits its base network.",
            ).format(name=model.name)
        )
    check_kind(base_path(request, model), "base")
    if model.upsampler is not None:
        check_kind(model.upsampler, "upsampler")
    for needed, feature, what in needs:
        if needed and feature not in available:
            raise GlideError(
                translate(
                    "RequestChecks",
                    "The model '{name}' cannot {what}; switch that off or choose another model.",
                ).format(name=model.name, what=what)
            )


def check_words(request: Request, model: ModelSet) -> None:
    """Check that a model that is limited to a list of nouns knows one that the prompt names.

    Raises:
        GlideError: if not, with the nouns that are nearest.
    """
    unknown = explain_unknown_words(request.prompt, model.known_nouns)
    if request.kind in ("fill", "generate") and unknown:
        raise GlideError(unknown)


def check_alpha_request(request: Request, model: ModelSet) -> None:
    """Check a request to a model that draws objects with alpha.

    Raises:
        GlideError: if it asks for what needs whole pictures.
    """
    if request.kind == "select" and known_class(request, model) is None:
        unknown = explain_unknown_words(request.prompt, model.known_nouns)
        raise GlideError(
            unknown
            or translate(
                "RequestChecks", "The model '{name}' cannot select by words; choose another model."
            ).format(name=model.name)
        )
    if request.sampling.strength < 1:
        raise GlideError(
            translate(
                "RequestChecks",
                "The model '{model}' always draws a new object; set the strength to 1.",
            ).format(model=request.model)
        )
    if request.like is not None and request.like.shape[2] != 4:
        raise GlideError(
            translate(
                "RequestChecks",
                "The model '{model}' varies objects on transparency, and this picture "
                "has none; choose a PNG with transparency.",
            ).format(model=request.model)
        )


def check_inputs(request: Request) -> None:
    """Check that the request has what its kind needs.

    Raises:
        GlideError: if not.
    """
    kind, sampling = request.kind, request.sampling
    if kind == "upscale" and request.image is None:
        raise GlideError(
            translate("RequestChecks", "There is no picture to enlarge; open one first.")
        )
    if kind == "fill":
        if request.image is None or request.mask is None:
            raise GlideError(translate("RequestChecks", "A fill needs a picture and a mask."))
        if not (request.mask > 0).any():
            raise GlideError(
                translate("RequestChecks", "The mask is empty; paint over what should change.")
            )
    if kind == "select" and request.image is None:
        raise GlideError(
            translate("RequestChecks", "There is no picture to select in; open one first.")
        )
    if kind == "select" and not request.prompt:
        raise GlideError(
            translate("RequestChecks", "Nothing was said; type what should be selected.")
        )
    if sampling.strength < 1 and request.image is None:
        raise GlideError(
            translate(
                "RequestChecks", "Only a picture can be varied; set the strength to 1 or open one."
            )
        )
    for changed, name, sampler in (
        (sampling.eta != 0, "eta", "ddim"),
        (sampling.variance != "learned", "variance", "ancestral"),
    ):
        if changed and sampling.sampler != sampler:
            raise GlideError(
                translate(
                    "RequestChecks",
                    "{name} works with the sampler {sampler} only; leave it out or choose "
                    "{sampler}.",
                ).format(name=name, sampler=sampler)
            )
    if sampling.clip_scale and not request.prompt:
        raise GlideError(
            translate("RequestChecks", "CLIP compares pictures with a prompt; type one.")
        )
