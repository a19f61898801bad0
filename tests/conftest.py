"""What all tests share: an offscreen window system, a state folder of their own, tiny real models."""

from __future__ import annotations

import gc
import itertools
import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")

from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter
from hypothesis import settings

# A busy machine is no defect: no example is failed by the clock.
settings.register_profile("glide-studio", deadline=None)
settings.load_profile("glide-studio")


def golden_cases(reporter: TerminalReporter, outcome: str) -> int:
    """How many golden cases have ended like that, in all processes."""
    return sum("golden" in report.keywords for report in reporter.stats.get(outcome, []))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail if GLIDE_GOLDENS names a folder without golden cases."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("GLIDE_GOLDENS") or reporter is None:
        return  # a process of pytest-xdist has no reporter
    if golden_cases(reporter, "skipped") and not golden_cases(reporter, "passed"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    where = os.environ.get("GLIDE_GOLDENS", "the small selection")
    passed = golden_cases(terminalreporter, "passed")
    if passed:
        terminalreporter.write_line(f"{passed} golden cases ({where})")


@pytest.fixture(autouse=True, scope="module")
def nothing_old_to_search() -> None:
    """Leave what earlier files imported and kept out of every search for garbage and timers."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def user_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of folders that no other test has."""
    home = tmp_path_factory.mktemp("users")
    return (home / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def subnormal_numbers() -> Iterator[None]:
    """Training flushes subnormal numbers to zero in its whole thread; other tests need them."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)


@pytest.fixture(autouse=True)
def own_folders(user_folders: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees or writes the user's projects and models."""
    folder = next(user_folders)
    folder.mkdir()
    monkeypatch.setenv("GLIDE_STUDIO_STATE", str(folder / "state"))
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(folder / "models"))


def make_model_set(folder: Path, name: str, *, alpha: bool = False) -> None:
    """Write a model set into a models folder: real networks with random weights that take milliseconds."""
    import torch

    from glide_studio.glide import weights
    from glide_studio.glide.config import TextConfig, UNetConfig
    from glide_studio.glide.unet import UNet
    from glide_studio.inference.models.model_set import ModelSet, write_model

    home = folder / name
    home.mkdir()
    text = TextConfig(context=8, width=16, layers=1, heads=2, rows=50)
    common = {
        "channels": 16,
        "blocks": 1,
        "multipliers": (1, 2),
        "attention": (2,),
        "head_width": 16,
        "dropout": 0.0,
        "inpaint": True,
        "alpha": alpha,
        "patch": 4,
        "head": 4,
        "predicts": "x0",
        "learned_variance": False,
        "norm_groups": 8,
        "text": text,
    }
    base = UNetConfig(size=32, **common)
    upsampler = UNetConfig(size=128, super_res=True, schedule="linear", **common)
    torch.manual_seed(0)
    for role, config in (("base", base), ("upsampler", upsampler)):
        network = UNet(config)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(0.02 * torch.randn_like(parameter))
        weights.save(network, home / f"{role}.safetensors")
    files = {role: home / f"{role}.safetensors" for role in ("base", "upsampler")}
    title = name.capitalize()
    write_model(ModelSet(name, title, "CC0-1.0", home, files, side=128, nouns=("apple",)))


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with one set, `tiny`."""
    folder = tmp_path_factory.mktemp("models")
    make_model_set(folder, "tiny")
    return folder


@pytest.fixture(scope="session")
def alpha_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with `tiny` and a set that draws objects with alpha, `clear`."""
    folder = tmp_path_factory.mktemp("alpha-models")
    make_model_set(folder, "tiny")
    make_model_set(folder, "clear", alpha=True)
    return folder
