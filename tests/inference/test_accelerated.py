"""The accelerator's code path, on the CPU in bfloat16 always, on a CUDA device where there is one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from glide_studio.api.events import Failed, Finished
from glide_studio.api.request import Request
from glide_studio.glide.torch_compile import compile_network
from glide_studio.glide.unet import UNet
from glide_studio.inference import model_cache
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.model_cache import ModelCache

cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.fixture(autouse=True)
def on_the_cpu(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests but those of the device run on the CPU, wherever they run."""
    if "cuda" not in request.node.name:
        monkeypatch.setattr(
            "glide_studio.inference.engine.best_device", lambda: torch.device("cpu")
        )


def patches(engine: LocalEngine, request: Request) -> np.ndarray:
    done = list(engine.run(request, lambda: False))[-1]
    assert isinstance(done, Finished), done
    return np.stack([patch.image for patch in done.patches])


def wide(fill: Request) -> Request:
    """A fill that goes through all three levels, with everything that pushes."""
    image = np.tile(fill.image, (2, 2, 1))[:200, :200].copy()
    mask = np.tile(fill.mask, (2, 2))[:200, :200].copy()
    sampling = replace(
        fill.sampling, clip_scale=1.0, classifier_scale=1.0, classifier_class=1, count=1
    )
    box = replace(fill.box, width=200, height=200)
    return replace(fill, image=image, mask=mask, box=box, sampling=sampling)


def test_a_fill_in_bfloat16_is_the_same_picture(able: LocalEngine, fill: Request) -> None:
    half = LocalEngine(able.folders, precision=torch.bfloat16)
    request = wide(fill)
    exact, rough = patches(able, request), patches(half, request)
    assert half.cache.unet(able.folders[0] / "able" / "base.safetensors").dtype == (torch.bfloat16)
    assert not np.array_equal(exact, rough)
    assert np.abs(exact - rough).mean() < 0.01
    known = request.mask == 0
    np.testing.assert_allclose(rough[0][known], request.image[known], atol=2e-6)


def test_a_fill_under_autocast_is_the_same_picture(able: LocalEngine, fill: Request) -> None:
    request = wide(fill)
    exact = patches(able, request)
    with torch.autocast("cpu", torch.bfloat16):
        rough = patches(able, request)
    assert not np.array_equal(exact, rough)
    assert np.abs(exact - rough).mean() < 0.01


@pytest.mark.parametrize("said", [pytest.param("1", marks=pytest.mark.slow), "0"])
def test_the_environment_asks_for_compiled_networks(
    able_models: Path, fill: Request, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("GLIDE_STUDIO_COMPILE", said)
    made: list[UNet] = []

    def by_eager(network: UNet) -> UNet:
        made.append(network)
        return compile_network(network, "eager")

    monkeypatch.setattr(model_cache, "compile_network", by_eager)
    request = wide(fill)
    found = patches(LocalEngine([able_models]), request)
    assert len(made) == (2 if said == "1" else 0)
    np.testing.assert_allclose(
        found, patches(LocalEngine([able_models], compiled=False), request), atol=1e-4
    )
    torch.compiler.reset()


def test_a_machine_that_can_not_compile_is_told_so(
    able_models: Path, fill: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(graph: object, inputs: object) -> object:
        raise RuntimeError("no C++ compiler")

    monkeypatch.setattr(
        model_cache, "compile_network", lambda network: compile_network(network, broken)
    )
    (*_, failed) = LocalEngine([able_models], compiled=True).run(fill, lambda: False)
    assert isinstance(failed, Failed)
    assert "start without GLIDE_STUDIO_COMPILE" in failed.message
    torch.compiler.reset()


def test_the_device_decides_on_the_precision() -> None:
    assert ModelCache(torch.device("cpu")).precision is torch.float32
    assert ModelCache(torch.device("cuda")).precision is torch.float16
    assert ModelCache(torch.device("cpu"), torch.bfloat16).precision is torch.bfloat16


@cuda
@pytest.mark.parametrize(
    ("precision", "tolerance"), [(torch.float32, 1e-3), (torch.float16, 1e-2)], ids=str
)
def test_a_fill_on_cuda_is_the_picture_of_the_cpu(
    able_models: Path, fill: Request, precision: torch.dtype, tolerance: float
) -> None:
    there = LocalEngine([able_models], precision=precision)
    here = LocalEngine([able_models])
    here.device = torch.device("cpu")
    here.cache = ModelCache(here.device)
    request = wide(fill)
    assert np.abs(patches(there, request) - patches(here, request)).mean() < tolerance


@cuda
def test_the_same_fill_twice_on_cuda_is_the_same(able_models: Path, fill: Request) -> None:
    first, second = (patches(LocalEngine([able_models]), wide(fill)) for _ in range(2))
    np.testing.assert_allclose(first, second, atol=1e-5)
