"""A run that is saved at any moment and finished in another process equals the unbroken one to the bit."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from glide_studio.api.checkpoint import Checkpoint
from glide_studio.api.events import (
    FINAL,
    Draft,
    Failed,
    Finished,
    Progress,
    Update,
)
from glide_studio.api.request import Request
from glide_studio.inference.engine import LocalEngine


@pytest.fixture
def large(fill: Request) -> Request:
    """A fill whose crop is made by tiles: three levels, two candidates."""
    image = np.tile(fill.image, (2, 3, 1))[:190, :270].copy()
    mask = np.zeros(image.shape[:2], np.float32)
    mask[40:140, 40:220] = 1
    box = replace(fill.box, width=270, height=190)
    sampling = replace(fill.sampling, sampler="dpm++2m-sde", upsample_steps=2)
    return replace(fill, image=image, mask=mask, box=box, sampling=sampling, model="tiny")


def finish(folder: Path) -> None:
    """What the other process does: the saved request goes on, from each checkpoint."""
    torch.set_num_threads(1)
    models, request = pickle.loads((folder / "request").read_bytes())
    for path in sorted(folder.glob("*.checkpoint")):
        resume = Checkpoint.from_bytes(path.read_bytes())
        updates = list(LocalEngine([models]).run(replace(request, resume=resume), lambda: False))
        path.with_suffix(".rest").write_bytes(pickle.dumps(updates))


def told(updates: list[Update]) -> tuple[list[np.ndarray], list[np.ndarray], list[int]]:
    done = updates[-1]
    assert isinstance(done, Finished), done
    drafts = [update.image for update in updates if isinstance(update, Draft)]
    counts = [update.done for update in updates if isinstance(update, Progress)]
    return drafts, [patch.image for patch in done.patches], counts


def test_a_run_is_finished_in_another_process(
    tmp_path: Path, tiny_models: Path, large: Request
) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    updates = list(LocalEngine([tiny_models]).run(large, lambda: False))
    torch.set_num_threads(threads)
    whole, total = told(updates), updates[1].total
    assert whole[2] == list(range(1, total + 1))
    steps = {u.done: u.checkpoint for u in updates if isinstance(u, Progress)}
    levels = [steps[done].level for done in whole[2]]
    assert levels == [0] * 4 + ([1] * 2 + [2] * 2) * 2
    # Inside of the first level, at the very end of the second, inside of the second candidate's tiles.
    moments = (2, 6, 11)
    for done in moments:
        (tmp_path / f"{done:02}.checkpoint").write_bytes(steps[done].to_bytes())
    (tmp_path / "request").write_bytes(pickle.dumps((tiny_models, large)))
    code = "import sys, pathlib; from engine.test_pause import finish; finish(pathlib.Path(sys.argv[1]))"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True, env=env)
    for done in moments:
        resumed = pickle.loads((tmp_path / f"{done:02}.rest").read_bytes())
        assert resumed[-1].weights == updates[-1].weights
        rest = told(resumed)
        assert rest[2] == list(range(done + 1, total + 1))
        for ours, theirs in zip(rest[0] + rest[1], whole[0] + whole[1], strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_fork_goes_its_own_way(tiny_models: Path, large: Request) -> None:
    engine = LocalEngine([tiny_models])
    fill = replace(large, drafts_only=True)
    steps = [u for u in engine.run(fill, lambda: False) if isinstance(u, Progress)]
    middle = steps[1].checkpoint
    assert middle is not None

    def drafts(request: Request) -> np.ndarray:
        updates = list(engine.run(replace(request, resume=middle), lambda: False))
        return np.stack(told(updates)[0])

    same = drafts(fill)
    other_seed = drafts(replace(fill, sampling=replace(fill.sampling, seed=99)))
    other_prompt = drafts(replace(fill, prompt="a cup of tea on the table"))
    assert not np.array_equal(same, other_seed)
    assert not np.array_equal(same, other_prompt)


@pytest.mark.parametrize(("sampler", "context"), [("plms", "hidden"), ("prk", "shown")])
def test_multistep_samplers_are_resumed(
    tiny_models: Path, large: Request, sampler: str, context: str
) -> None:
    engine = LocalEngine([tiny_models])
    sampling = replace(large.sampling, count=1, sampler=sampler, steps=6, context=context)
    fill = replace(large, drafts_only=True, sampling=sampling)
    updates = list(engine.run(fill, lambda: False))
    steps = [update for update in updates if isinstance(update, Progress)]
    for at in (1, 4):
        resume = Checkpoint.from_bytes(steps[at].checkpoint.to_bytes())
        rest = list(engine.run(replace(fill, resume=resume), lambda: False))
        assert told(rest)[2] == told(updates)[2][at + 1 :]
        for ours, theirs in zip(told(rest)[0], told(updates)[0], strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_stretches_that_are_walked_again_are_resumed(tiny_models: Path, large: Request) -> None:
    engine = LocalEngine([tiny_models])
    sampling = replace(large.sampling, count=1, steps=7, context="hidden", resamples=2, jump=3)
    fill = replace(large, drafts_only=True, sampling=sampling)
    updates = list(engine.run(fill, lambda: False))
    steps = [update for update in updates if isinstance(update, Progress)]
    assert [step.done for step in steps] == [1, 2, 3]
    rest = list(engine.run(replace(fill, resume=steps[0].checkpoint), lambda: False))
    assert told(rest)[2] == [2, 3]
    for ours, theirs in zip(told(rest)[0], told(updates)[0], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_checkpoint_of_something_else_is_refused(tiny_models: Path, large: Request) -> None:
    engine = LocalEngine([tiny_models])
    fill = replace(large, drafts_only=True)
    steps = [u for u in engine.run(fill, lambda: False) if isinstance(u, Progress)]
    middle = steps[1].checkpoint
    assert middle is not None
    wrong = [
        replace(middle, left=9),
        replace(middle, first=1),
        replace(middle, x=middle.x[:, :, :8]),
        replace(middle, level=1),
    ]
    for checkpoint in wrong:
        (failed,) = [
            u
            for u in engine.run(replace(fill, resume=checkpoint), lambda: False)
            if isinstance(u, FINAL)
        ]
        assert isinstance(failed, Failed)
        assert "does not fit its request" in failed.message
