"""What `select` looks at without any sampler: which windows and noise levels, how many in all."""

from __future__ import annotations

from collections.abc import Iterator

from glide_studio.api.request import Request
from glide_studio.imaging.geometry import Size

TIMESTEPS = (250, 350, 450, 550, 650)  # where shapes show through the noise and words still count
WINDOWS = (0.5, 0.3)  # sides of CLIP's windows over the crop's sides


def glances(request: Request, by_clip: bool) -> int:
    """Evaluations that a selection takes: of CLIP's image encoder, or else of the base network."""
    if not by_clip:
        return len(TIMESTEPS)
    return sum(len(list(windows(request.box.size, share))) for share in WINDOWS)


def windows(size: Size, share: float) -> Iterator[tuple[int, int, int, int]]:
    """(top, left, height, width) of square windows that overlap by half and cover `size`."""
    side = max(1, round(share * max(size.width, size.height)))
    height, width = min(side, size.height), min(side, size.width)
    for top in places(size.height, height):
        for left in places(size.width, width):
            yield top, left, height, width


def places(length: int, side: int) -> list[int]:
    """Where windows begin."""
    count = 1 + -(-2 * (length - side) // side)
    return [(length - side) * i // max(1, count - 1) for i in range(count)]
