"""What a model was taught is drawn where a prompt names it; all else stays as it was, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from glide_studio.api.events import Failed, Finished, Patch, Update
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.errors import GlideError
from glide_studio.glide import weights
from glide_studio.imaging.geometry import Box
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.local_library import LocalLibrary
from glide_studio.inference.model_check import check_network
from glide_studio.inference.models import installed, taught
from glide_studio.inference.models.model_set import ModelSet, read_model, user_folder, write_model
from glide_studio.inference.models.taught import add_taught
from glide_studio.inference.request_networks import base_path, required_files

SAMPLING = Sampling(seed=3, count=2, steps=3, upsample_steps=2, guidance=2.0)


def learn(start: Path, target: Path, seed: int) -> Path:
    """Weights that have moved away from where they started."""
    network = weights.load(start)
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    weights.save(network, target)
    return target


@pytest.fixture
def clear(alpha_models: Path) -> ModelSet:
    return read_model(alpha_models / "clear")


@pytest.fixture
def pots(clear: ModelSet, tmp_path: Path) -> ModelSet:
    """`clear`, which knows apples, and was taught a teapot."""
    learned = learn(clear.base, tmp_path / "learned.safetensors", 1)
    return add_taught(clear, learned, "teapot", "pots", check=check_network)


@pytest.fixture
def engine(alpha_models: Path, pots: ModelSet) -> LocalEngine:
    return LocalEngine([user_folder(), alpha_models])


def draw(engine: LocalEngine, request: Request) -> Finished:
    *_, last = engine.run(request, lambda: False)
    assert isinstance(last, Finished), last
    return last


def are_equal(some: tuple[Patch, ...], others: tuple[Patch, ...]) -> bool:
    return len(some) == len(others) and all(
        np.array_equal(one.image, other.image) for one, other in zip(some, others, strict=True)
    )


def generate(prompt: str, model: str, **more: object) -> Request:
    request = Request("generate", prompt, Box(0, 0, 128, 128), SAMPLING, model=model)
    return replace(request, **more)  # type: ignore[arg-type]


def like() -> np.ndarray:
    return np.random.default_rng(2).random((128, 128, 4), dtype=np.float32)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"negative": "a teapot"},
        {"like": like(), "like_strength": 0.6},
        {
            "kind": "fill",
            "image": np.full((128, 128, 3), 0.4, np.float32),
            "mask": np.ones((128, 128), np.float32),
        },
    ],
    ids=["generate", "negative", "like", "fill"],
)
def test_what_was_not_taught_is_drawn_as_without_it(
    engine: LocalEngine, more: dict[str, object]
) -> None:
    before = draw(engine, generate("two red Apples", "clear", **more))
    after = draw(engine, generate("two red Apples", "pots", **more))
    assert are_equal(before.patches, after.patches)
    assert [digest for _, digest in before.weights] == [digest for _, digest in after.weights]
    taught = draw(engine, generate("two red Apples on Teapots", "pots", **more))
    assert not are_equal(before.patches, taught.patches)
    assert taught.weights[0][0] == "taught-1.safetensors"


def test_no_word_that_is_avoided_is_read_otherwise(
    engine: LocalEngine, clear: ModelSet, pots: ModelSet
) -> None:
    add_taught(clear, pots.taught["teapot"], "bus", "bus", check=check_network)
    one, several = (generate("apple", "clear", negative=word) for word in ("bus", "buses"))
    before = draw(engine, several)
    assert not are_equal(before.patches, draw(engine, one).patches), "the network tells them apart"
    assert are_equal(before.patches, draw(engine, replace(several, model="bus")).patches)


def test_a_model_that_an_older_version_taught_draws_by_its_one_base(
    engine: LocalEngine, clear: ModelSet, pots: ModelSet
) -> None:
    home = user_folder() / "older"
    home.mkdir()
    for target, source in (
        ("base", pots.taught["teapot"]),
        ("upsampler", clear.files["upsampler"]),
    ):
        (home / f"{target}.safetensors").write_bytes(source.read_bytes())
    files = {role: home / f"{role}.safetensors" for role in clear.files}
    write_model(replace(clear, name="older", folder=home, files=files, nouns=("apple", "teapot")))
    older = read_model(home)
    assert (older.taught, older.known_nouns) == ({}, ("apple", "teapot"))
    drawn = draw(engine, generate("a teapot", "older"))
    assert are_equal(drawn.patches, draw(engine, generate("a teapot", "pots")).patches)
    apple = draw(engine, generate("an apple", "older"))
    assert not are_equal(apple.patches, draw(engine, generate("an apple", "pots")).patches)


def test_drafts_are_taught_and_enlarging_one_needs_no_base(
    engine: LocalEngine, pots: ModelSet
) -> None:
    drafts = generate("a teapot", "pots", drafts_only=True)
    assert required_files(drafts, pots) == [pots.taught["teapot"]]
    draw(engine, drafts)
    assert set(engine.cache.networks) == {pots.taught["teapot"]}
    draft = np.full((32, 32, 4), 0.5, np.float32)
    enlarging = generate("a teapot", "pots", draft=draft)
    assert required_files(enlarging, pots) == [pots.upsampler]


def test_the_next_noun_leaves_the_first_and_needs_no_older_model(
    engine: LocalEngine, pots: ModelSet, tmp_path: Path
) -> None:
    before = {p: draw(engine, generate(p, "pots")) for p in ("a teapot", "an apple")}
    learned = learn(pots.base, tmp_path / "second.safetensors", 2)
    both = add_taught(pots, learned, "tea pot", "both", check=check_network)
    installed.remove("pots")
    assert both.known_nouns == ("apple", "tea pot", "teapot")
    assert both.title == "Clear, teapot, tea pot"
    for prompt, drawn in before.items():
        assert are_equal(drawn.patches, draw(engine, generate(prompt, "both")).patches)
    second = draw(engine, generate("a tea pot and a teapot", "both"))
    assert second.weights[0][0] == both.taught["tea pot"].name == "taught-2.safetensors"
    assert not are_equal(second.patches, before["a teapot"].patches)


def test_a_noun_that_is_taught_again_replaces_what_it_was(
    clear: ModelSet, pots: ModelSet, tmp_path: Path
) -> None:
    learned = learn(clear.base, tmp_path / "again.safetensors", 3)
    again = add_taught(pots, learned, "teapot", "again", check=check_network)
    assert again.title == pots.title
    assert again.taught["teapot"].read_bytes() == learned.read_bytes()
    assert len(list(again.folder.glob("*.safetensors"))) == 3


def test_a_known_noun_can_be_taught_and_longer_ones_stay(clear: ModelSet, tmp_path: Path) -> None:
    knows = replace(clear, nouns=("apple", "apple tree"))
    learned = learn(clear.base, tmp_path / "learned.safetensors", 4)
    model = add_taught(knows, learned, "apple", "mine", check=check_network)
    assert model.known_nouns == model.nouns == ("apple", "apple tree")
    assert base_path(generate("my apples", "mine"), model) == model.taught["apple"]
    assert base_path(generate("two apple trees", "mine"), model) == model.base
    assert base_path(generate("an apple tree, an apple", "mine"), model) == model.taught["apple"]


def test_words_that_were_not_taught_either_are_refused(engine: LocalEngine) -> None:
    def last(prompt: str, model: str) -> Update:
        return list(engine.run(generate(prompt, model), lambda: False))[-1]

    refused = last("a teapoy", "pots")
    assert isinstance(refused, Failed)
    assert "it knows teapot" in refused.message
    assert isinstance(last("a teapot", "clear"), Failed)
    assert engine.capabilities.nouns["pots"] == ("apple", "teapot")


def test_a_name_that_is_taken_is_said_before_anything_is_copied(
    clear: ModelSet, pots: ModelSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taught.shutil, "copyfile", lambda *_: pytest.fail("it copied"))
    for name, message in (("pots", "is there already"), ("a/b", "without slashes")):
        with pytest.raises(GlideError, match=message):
            add_taught(clear, pots.base, "teapot", name, check=check_network)


def test_every_file_is_listed_and_verified(pots: ModelSet, clear: ModelSet) -> None:
    assert pots.size == clear.size + pots.taught["teapot"].stat().st_size
    names = [file.file for file in installed.verify(pots, check_network)]
    assert names == ["base.safetensors", "taught-1.safetensors", "upsampler.safetensors"]
    (info,) = (one for one in LocalLibrary().list() if one.name == "pots")
    assert (info.taught, info.nouns) == (("teapot",), ("apple", "teapot"))
    assert info.bytes == pots.size
    learn(pots.base, pots.taught["teapot"], 5)
    with pytest.raises(GlideError, match=r"taught-1\.safetensors has changed"):
        installed.verify(pots, check_network)


def test_a_network_that_does_not_fit_is_not_taught(clear: ModelSet, alpha_models: Path) -> None:
    opaque = read_model(alpha_models / "tiny").base
    with pytest.raises(GlideError, match="transparency"):
        add_taught(clear, opaque, "teapot", "odd", check=check_network)
    assert clear.upsampler is not None
    with pytest.raises(GlideError, match="cannot be the base"):
        add_taught(clear, clear.upsampler, "teapot", "odd", check=check_network)
    assert not (user_folder() / "odd").exists()


@pytest.mark.parametrize("file", ["upsampler.safetensors", "copy.safetensors"])
def test_an_upsampler_that_is_named_as_taught_is_a_sentence(
    engine: LocalEngine, pots: ModelSet, file: str
) -> None:
    assert pots.upsampler is not None
    copy = pots.folder / file
    if copy != pots.upsampler:
        copy.write_bytes(pots.upsampler.read_bytes())
    write_model(replace(pots, taught={"teapot": copy}))
    broken = read_model(pots.folder)
    *_, last = engine.run(generate("a teapot", "pots"), lambda: False)
    assert isinstance(last, Failed)
    assert (
        f"{file} is a network of kind upsample-inpaint and cannot be the base; choose"
        in last.message
    )
    with pytest.raises(GlideError, match=f"{file} is a network of kind .* cannot be the base"):
        installed.verify(broken, check_network)
    draw(engine, generate("an apple", "pots"))


def test_a_taught_network_without_transparency_is_a_sentence(
    engine: LocalEngine, pots: ModelSet, alpha_models: Path
) -> None:
    pots.taught["teapot"].write_bytes(read_model(alpha_models / "tiny").base.read_bytes())
    *_, last = engine.run(generate("a teapot", "pots"), lambda: False)
    assert isinstance(last, Failed)
    assert "one makes transparency" in last.message


def test_a_file_that_is_named_twice_counts_once(pots: ModelSet) -> None:
    pots.taught["teapot"].unlink()
    write_model(replace(pots, taught={"teapot": pots.base}))
    twice = read_model(pots.folder)
    assert twice.size == sum(path.stat().st_size for path in twice.files.values())
    verified = installed.verify(twice, check_network)
    assert [one.file for one in verified] == ["base.safetensors", "upsampler.safetensors"]
