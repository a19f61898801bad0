"""The cascade of one request, 64 to 256, as generators of sampler steps.

GLIDE, section 4 and its released recipes: known pixels are given to both networks and imposed on x0
at each step; drafts are rounded to 8 bits before the upsampler sees them; the upsampler starts from
noise of 0.997 and takes no guidance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from glide_studio.base.geometry import Size
from glide_studio.contract.request import Request
from glide_studio.engine.pixels import known_mask, to_tensor, working_size
from glide_studio.engine.residents import tokenizer
from glide_studio.glide import schedule as schedules
from glide_studio.glide.diffusion import Denoiser
from glide_studio.glide.guidance import ClassifierFree, Clipped, KnownPixels, NetworkDenoiser
from glide_studio.glide.samplers import SAMPLERS
from glide_studio.glide.sampling import Step, ddim, philox_noise
from glide_studio.glide.schedule import Schedule
from glide_studio.glide.text import TextStates
from glide_studio.glide.unet import Between, Condition, UNet

BASE_NOISE, UPSAMPLER_NOISE = 0, 1  # streams of the counter-based noise
UPSAMPLE_TEMPERATURE = 0.997


@dataclass(frozen=True, slots=True)
class Canvas:
    """A request's crop for one network: known [1, 3, H, W] and mask [1, 1, H, W] (1 = known)."""

    size: Size
    known: Tensor
    mask: Tensor


def canvas(request: Request, network: UNet, side: int, device: torch.device) -> Canvas:
    """What the network sees of the crop; without a picture nothing is known."""
    size = working_size(request.box.size, side, network.config.step)
    if request.image is None or request.mask is None:
        nothing = torch.zeros(1, 4, size.height, size.width, device=device)
        return Canvas(size, nothing[:, :3], nothing[:, 3:])
    known = to_tensor(request.image, size, device)
    return Canvas(size, known, known_mask(request.mask, size, device))


@torch.inference_mode()
def encode(network: UNet, text: str, batch: int) -> TextStates:
    """A caption for a batch, encoded once, with every attention block's keys and values of it."""
    device = network.text.positional_embedding.device
    tokens, mask = tokenizer().padded(text, network.config.text.context)
    ids = torch.from_numpy(tokens)[None].to(device)
    states = network.text(ids, torch.from_numpy(mask)[None].to(device))
    sequence = states.sequence.expand(batch, -1, -1).contiguous()
    return network.prepared(TextStates(sequence, states.vector.expand(batch, -1)))


def evenly(schedule: Schedule, steps: int) -> Schedule:
    """`steps` steps of the schedule, the noisiest one among them."""
    if steps == 1:
        return schedule.subset([len(schedule) - 1])
    return schedule.respaced([steps])


@torch.inference_mode()
def drafts(request: Request, network: UNet, samples: range, between: Between) -> Iterator[Step]:
    """The base network's steps for candidates `samples`; the last x is the drafts [N, 3, h, w]."""
    sampling, device = request.sampling, network.text.positional_embedding.device
    view = canvas(request, network, network.config.size, device)
    n = len(samples)
    schedule = evenly(schedules.named(network.config.schedule), sampling.steps)
    condition = Condition(
        encode(network, request.prompt, n),
        view.known.expand(n, -1, -1, -1),
        view.mask.expand(n, -1, -1, -1),
    )
    denoiser: Denoiser = NetworkDenoiser(network, schedule, condition, between)
    if sampling.guidance != 1.0 and request.prompt != request.negative:
        null = replace(condition, text=encode(network, request.negative, n))
        unguided = NetworkDenoiser(network, schedule, null, between)
        denoiser = ClassifierFree(denoiser, unguided, schedule, sampling.guidance)
    denoiser = KnownPixels(denoiser, schedule, view.known, view.mask)
    denoiser = Clipped(denoiser, schedule)
    noise = philox_noise(sampling.seed, samples, BASE_NOISE)
    empty = torch.empty(n, 3, view.size.height, view.size.width, device=device)
    x = noise(len(schedule), empty).contiguous(memory_format=torch.channels_last)
    yield from SAMPLERS[sampling.sampler](denoiser, schedule, x, noise)


@torch.inference_mode()
def upsampled(
    request: Request, network: UNet, draft: Tensor, sample: int, between: Between
) -> Iterator[Step]:
    """The upsampler's steps for one draft [1, 3, h, w]; the last x is the picture [1, 3, 4h, 4w]."""
    sampling, device = request.sampling, draft.device
    view = canvas(request, network, network.config.size, device)
    schedule = evenly(schedules.named(network.config.schedule), sampling.upsample_steps)
    condition = Condition(
        encode(network, request.prompt, 1), view.known, view.mask, eight_bits(draft)
    )
    denoiser: Denoiser = NetworkDenoiser(network, schedule, condition, between)
    denoiser = KnownPixels(denoiser, schedule, view.known, view.mask)
    denoiser = Clipped(denoiser, schedule)
    noise = philox_noise(sampling.seed, range(sample, sample + 1), UPSAMPLER_NOISE)
    empty = torch.empty(1, 3, view.size.height, view.size.width, device=device)
    x = noise(len(schedule), empty) * UPSAMPLE_TEMPERATURE
    yield from ddim(denoiser, schedule, x.contiguous(memory_format=torch.channels_last), noise)


def eight_bits(x: Tensor) -> Tensor:
    """-1 .. 1 rounded to the 256 levels of a stored picture, as in training."""
    return ((x + 1) * 127.5).round() / 127.5 - 1


def draft_tensor(picture: np.ndarray, device: torch.device) -> Tensor:
    """A picked draft [h, w, 3] in 0 .. 1 as [1, 3, h, w]."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].to(device) * 2 - 1
