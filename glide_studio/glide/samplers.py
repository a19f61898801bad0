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
    """Evaluations of the denoiser in `steps` steps of that sampler."""
    if sampler == "prk":
        return max(0, 4 * (steps - 1)) + min(1, steps)
    if sampler == "plms":
        return steps + 3 * min(3, max(0, steps - 1))
    return steps
