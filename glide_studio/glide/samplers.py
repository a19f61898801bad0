"""The samplers by the names that a Request uses, and how many evaluations a step of each costs."""

from __future__ import annotations

from glide_studio.glide.dpm import dpmpp_2m, dpmpp_2m_sde
from glide_studio.glide.pndm import plms, prk
from glide_studio.glide.sampling import Sampler, ancestral, ddim

SAMPLERS: dict[str, Sampler] = {
    "ddim": ddim,
    "ancestral": ancestral,
    "plms": plms,
    "prk": prk,
    "dpm++2m": dpmpp_2m,
    "dpm++2m-sde": dpmpp_2m_sde,
}


def evaluations(sampler: str, steps: int) -> int:
    """Evaluations of the denoiser in a whole run of `steps` steps of that sampler."""
    between = max(0, steps - 2)  # The first and the last step are single ones.
    if sampler == "prk":
        return steps + 3 * between
    if sampler == "plms":
        return steps + 3 * min(3, between)
    return steps
