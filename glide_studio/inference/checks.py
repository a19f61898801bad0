"""What a model can do, and whether a request asks for more: one sentence for the user each."""

from __future__ import annotations

from glide_studio.api.engine import Ability
from glide_studio.api.request import Request
from glide_studio.errors import GlideError
from glide_studio.inference.models.model_set import ModelSet
from glide_studio.inference.plan import config_of


def abilities(model: ModelSet) -> tuple[Ability, ...]:
    """See `contract.engine.Ability`.

    Raises:
        WeightsError: if a weight file is damaged.
    """
    found: list[Ability] = []
    if model.upsampler is not None:
        found.append("refine")
    if {"clip-image", "clip-text"} <= model.files.keys():
        found += ["rank", "clip"]
    if "classifier" in model.files:
        found.append("classifier")
    inpaints = config_of(model.base, "base").inpaint
    if inpaints:
        found.append("hidden")
    if "plain-base" in model.files or not inpaints:
        found.append("plain")
    return tuple(found)


def check(request: Request, model: ModelSet) -> None:
    """See whether the request has what its kind needs, and the model what the request needs.

    Raises:
        GlideError: if not; nothing has been loaded by then.
        WeightsError: if a weight file is damaged.
    """
    check_inputs(request)
    sampling, able = request.sampling, abilities(model)
    needs: list[tuple[bool, Ability, str]] = [
        (request.rank or request.kind == "rank", "rank", "score pictures"),
        (sampling.clip_scale != 0, "clip", "guide by CLIP"),
        (sampling.classifier_scale != 0, "classifier", "guide by a classifier"),
        (sampling.context == "plain", "plain", "fill by a text-to-image network"),
        (sampling.context == "hidden", "hidden", "hide the context from its network"),
    ]
    for needed, ability, what in needs:
        if needed and ability not in able:
            raise GlideError(
                f"The model '{model.name}' cannot {what}; switch that off or choose another model."
            )


def check_inputs(request: Request) -> None:
    """Whether the request is complete.

    Raises:
        GlideError: if not.
    """
    kind = request.kind
    if kind == "upscale" and request.draft is None:
        raise GlideError("A draft must be picked before it can be finished.")
    if kind in ("fill", "expand"):
        if request.image is None or request.mask is None:
            raise GlideError("A fill needs a picture and a mask.")
        if not (request.mask > 0).any():
            raise GlideError("The mask is empty; paint over what should change.")
    if kind in ("variation", "select") and request.image is None:
        raise GlideError(f"A {kind} needs a picture; open one first.")
    if kind == "select" and not request.prompt:
        raise GlideError("Nothing was said; type what should be selected.")
    if kind == "rank" and not request.pictures:
        raise GlideError("There is nothing to rank; make some candidates first.")
    if request.sampling.strength < 1 and request.image is None:
        raise GlideError("Only a picture can be varied; set the strength to 1 or open one.")
    sampling = request.sampling
    for alters, name, sampler in (
        (sampling.eta != 0, "eta", "ddim"),
        (sampling.variance != "learned", "variance", "ancestral"),
    ):
        if alters and sampling.sampler != sampler:
            raise GlideError(
                f"{name} is for the sampler {sampler} alone; leave it out or choose {sampler}."
            )
    if (request.kind == "rank" or request.rank or request.sampling.clip_scale) and (
        not request.prompt
    ):
        raise GlideError("CLIP compares pictures with a prompt; type one.")
