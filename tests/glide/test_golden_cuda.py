"""The released networks' numbers on a CUDA device, in single and in half precision."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.glide.golden import close, condition, files, name, tensors, unet
from tests.glide.test_clip import encoders

pytestmark = [
    pytest.mark.golden,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
# The goldens were made on a CPU. In half precision only the large matrices are rounded
# (`UNet.cast`).
TOLERANCES = [(torch.float32, 2e-4), (torch.float16, 2e-2)]


@pytest.fixture(autouse=True)
def exact_products() -> Iterator[None]:
    """No TF32, which rounds factors to ten bits."""
    kept = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    yield
    torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = kept


def there(given: dict[str, Tensor]) -> dict[str, Tensor]:
    """All tensors on the device."""
    return {key: tensor.cuda() for key, tensor in given.items()}


@pytest.mark.parametrize(("precision", "tolerance"), TOLERANCES, ids=str)
@pytest.mark.parametrize("path", files("*/models/unet_*.json"), ids=name)
def test_unet(path: Path, precision: torch.dtype, tolerance: float) -> None:
    io = there(tensors(path.with_suffix(".io.safetensors")))
    network = deepcopy(unet(path)).cuda().cast(precision).to_fastest_layout("cuda")
    text = network.text(io["in.tokens"], io["in.mask"])
    seen = condition(
        text, io.get("in.inpaint_image"), io.get("in.inpaint_mask"), io.get("in.low_res")
    )
    with torch.inference_mode():
        found = network(io["in.x"], io["in.timesteps"], seen)
    assert found.is_cuda
    close(found, io["out"], tolerance)


@pytest.mark.parametrize(("precision", "tolerance"), TOLERANCES, ids=str)
@pytest.mark.parametrize("path", files("*/models/clip.json"), ids=name)
def test_clip(path: Path, precision: torch.dtype, tolerance: float) -> None:
    io = there(tensors(path.with_name("clip.io.safetensors")))
    images, captions = (encoder.cuda() for encoder in encoders(path))
    with torch.inference_mode(), torch.autocast("cuda", precision, precision != torch.float32):
        close(captions(io["in.tokens"], io["in.text_len"]), io["out.text"], tolerance)
        close(images(io["in.x"], io["in.t"]), io["out.image"], tolerance)
