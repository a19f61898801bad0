"""A model that is added works: whatever a user has got wrong is told at `add`, and touches no other model."""

from __future__ import annotations

import resource
import shutil
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glide_studio.api.events import FINAL, Failed, Finished
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.errors import GlideError
from glide_studio.glide import weights
from glide_studio.imaging.geometry import Box
from glide_studio.inference import request_networks
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.model_check import check_network
from glide_studio.inference.models.installed import add, verify
from glide_studio.inference.models.model_set import ModelSet, find_models, write_model
from tests.inference.models.malformed import OFFICIAL, Parts, make, make_parts

FAST, ALL = range(20), range(20, 240)
MAX_GROWTH_BYTES = 500 << 20
HANG_S = 120


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """Tiny networks that stand for the released ones."""
    monkeypatch.setattr(weights, "OFFICIAL", OFFICIAL)
    monkeypatch.setattr(request_networks, "OFFICIAL", OFFICIAL)
    return make_parts(tmp_path / "trap")


@contextmanager
def no_hang(what: object) -> Iterator[None]:
    """End what does not end by itself."""

    def stop(*_: object) -> None:
        pytest.fail(f"{what} hangs")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(HANG_S)
    try:
        yield
    finally:
        signal.alarm(0)


def fill(model: ModelSet) -> Request:
    """A fill with everything that the model has."""
    rng = np.random.default_rng(0)
    image, mask = rng.random((70, 70, 3), dtype=np.float32), np.zeros((70, 70), np.float32)
    mask[20:50, 20:50] = 1
    sampling = Sampling(
        steps=1,
        upsample_steps=1,
        clip_scale=float("clip-image" in model.files and "clip-text" in model.files),
        classifier_scale=float("classifier" in model.files),
        classifier_class=0,
    )
    return Request(
        "fill", "a red apple", Box(0, 0, 70, 70), sampling, image=image, mask=mask, model=model.name
    )


def one_sentence(text: str) -> bool:
    """On one line, with an end, and not endless."""
    return text.endswith(".") and len(text.splitlines()) == 1 and len(text) < 700


def add_all(numbers: range, parts: Parts, tmp_path: Path, tiny_models: Path) -> None:
    """Add each file; what is accepted must fill, and a sound model beside it is never disturbed."""
    shelf, source = tmp_path / "models", tmp_path / "source"
    shutil.copytree(tiny_models, shelf)
    (sound,) = find_models([shelf])
    engine = LocalEngine([shelf])
    accepted: dict[str, int] = {}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    for number in numbers:
        source.mkdir()
        how, path = make(number, parts, source)
        with no_hang((number, how)), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model, refused = None, ""
            try:
                model = add(path, "added", shelf, check=check_network)
            except GlideError as error:
                refused = str(error)
            if model is None:
                assert one_sentence(refused), (number, how, refused)
                assert how != "sound_variant", (number, refused)
                assert [p.name for p in shelf.iterdir()] == ["tiny"], (number, how)
            else:
                accepted[how] = accepted.get(how, 0) + 1
                final = [u for u in engine.run(fill(model), lambda: False) if isinstance(u, FINAL)]
                assert isinstance(final[0], Finished), (number, how, final)
                verify(model, check_network)
                shutil.rmtree(shelf / "added")
                engine.free_memory()
        assert not parts.trap.exists(), (number, how)
        shutil.rmtree(source)
    assert accepted["sound_variant"] == sum(number % 10 == 8 for number in numbers)
    assert engine.capabilities.models == ("tiny",)
    assert engine.forecast(fill(sound)).seconds > 0
    growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    assert growth < MAX_GROWTH_BYTES


def test_what_is_added_fills_and_the_rest_is_told(
    parts: Parts, tmp_path: Path, tiny_models: Path
) -> None:
    add_all(FAST, parts, tmp_path, tiny_models)


@pytest.mark.slow
def test_two_hundred_more(parts: Parts, tmp_path: Path, tiny_models: Path) -> None:
    add_all(ALL, parts, tmp_path, tiny_models)


@pytest.mark.parametrize("number", [1, 9, 11, 19, 21, 29, 31, 39, 2, 13])
def test_a_bad_file_that_is_already_there_touches_no_other_model(
    parts: Parts, tmp_path: Path, tiny_models: Path, number: int
) -> None:
    shelf = tmp_path / "models"
    shutil.copytree(tiny_models, shelf)
    home = shelf / "bad"
    home.mkdir()
    _, path = make(number, parts, home)
    bad = ModelSet("bad", "Bad", "MIT", home, {"base": path}, side=64)
    write_model(bad)
    engine = LocalEngine([shelf])
    assert engine.capabilities.models == ("bad", "tiny")
    sound = next(model for model in find_models([shelf]) if model.name == "tiny")
    assert engine.forecast(fill(sound)).seconds > 0
    engine.forecast(fill(bad))
    with no_hang(number):
        *_, final = engine.run(fill(bad), lambda: False)
        with pytest.raises(GlideError) as told:
            verify(bad, check_network)
    assert isinstance(final, Failed)
    assert one_sentence(final.message)
    assert one_sentence(str(told.value))
    *_, final = engine.run(replace(fill(sound), drafts_only=True), lambda: False)
    assert isinstance(final, Finished)
