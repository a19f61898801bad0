"""What samples of objects with alpha are made of."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from glide_studio.glide.tokenizers import Tokenizer
from glide_studio.paths import resources_folder
from glide_studio.training import object_dataset, sample_sheet, trainer_factory
from glide_studio.training.batch_loader import collate
from glide_studio.training.diffusion_trainer import DiffusionTrainer
from glide_studio.training.image_folder import Entry
from glide_studio.training.object_dataset import (
    FEWEST_VIEWS,
    CutOut,
    Designs,
    ObjectDataset,
    ObjectUpsampleDataset,
    captions,
    choose_caption,
    choose_flip,
    names_of,
    read_levels,
    trim_edge,
)
from glide_studio.training.sample_sheet import sheet
from tests.training.conftest import OBJECT_TABLE, disk, tiny_recipe


@pytest.fixture
def data(object_folder: Path) -> ObjectDataset:
    return ObjectDataset(object_folder, OBJECT_TABLE, 64)


def test_each_noun_has_its_best_pictures_and_no_judged_one(data: ObjectDataset) -> None:
    found = {(o.entry.path.name, o.noun, o.style) for o in data.objects}
    assert found == {
        ("apple.png", "apple", "photo"),
        ("cake.png", "cake", "render"),
        ("lion.png", "lion", "emoji"),
    }


def test_a_sample_depends_on_its_position_alone(data: ObjectDataset, object_folder: Path) -> None:
    other = ObjectDataset(object_folder, OBJECT_TABLE, 64)
    for position in (0, 5, 17):
        data.sample(position + 1, 0.1)
        one, two = data.sample(position, 0.1), other.sample(position, 0.1)
        assert one.text == two.text
        np.testing.assert_array_equal(one.picture, two.picture)
        np.testing.assert_array_equal(one.scene, two.scene)


def test_pictures_are_premultiplied_and_show_nothing_from_under_transparency(
    data: ObjectDataset,
) -> None:
    for position in range(40):
        sample = data.sample(position, 0.2)
        assert sample.picture.shape == (64, 64, 4)
        rgba = (sample.picture + 1) / 2
        assert (rgba[..., :3] <= rgba[..., 3:] + 1e-6).all()
        assert rgba.min() >= 0
        assert rgba.max() <= 1
        # Each disk has one or two channels; white from below would light the others.
        assert rgba[..., :3].min(axis=-1).max() < 1e-6
        assert 0.05 < rgba[..., 3].mean() < 0.8


def test_an_object_lies_in_its_hole_and_most_have_no_scene(data: ObjectDataset) -> None:
    alone = 0
    for position in range(100):
        sample = data.sample(position, 0.2)
        opaque = sample.picture[..., 3] > 0
        if (sample.scene == -1).all():
            alone += 1
            assert sample.mask.all()
        else:
            assert sample.mask[opaque].mean() > 0.98
    assert 75 < alone < 95


def test_captions_come_with_words_of_style_and_color(
    object_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_dataset, "EMOJI_WEIGHT", 0.5)
    data = ObjectDataset(object_folder, OBJECT_TABLE, 64)
    said = [data.sample(position, 0.2).text for position in range(1500)]
    assert set(said) == data.texts() | {""}
    assert 0.12 < said.count("") / len(said) < 0.28
    assert {"a red apple", "a photo of an apple", "an emoji of a lion", "cake"} <= set(said)
    assert not {"a 3d render of a red apple", "a photo of a cake"} & set(said)


@pytest.mark.parametrize(
    ("noun", "text", "names"),
    [
        ("cherry", "a orange cherry", ("a cherry", "an orange cherry")),
        ("scissors", "scissors", ("scissors",)),
        ("cactus", "a cactus", ("a cactus",)),
        ("car", "vw new beetle", ("a car",)),
    ],
)
def test_names_have_the_article_they_need(noun: str, text: str, names: tuple[str, ...]) -> None:
    assert names_of(noun, text) == names
    assert set(names) <= captions(CutOut(rendering("one", noun, text=text), noun, "render", []))


def rendering(
    name: str, noun: str, view: tuple[float, float] | None = None, text: str = ""
) -> Entry:
    """An entry of that noun; view in degrees."""
    radians = None if view is None else (float(np.radians(view[0])), float(np.radians(view[1])))
    path = Path(f"{name}.webp")
    return Entry(path, text or noun, noun, "3d-render", "train", "", "", radians)


def test_captions_say_the_color_of_a_design() -> None:
    car = CutOut(rendering("one", "car"), "car", "render", [], "yellow")
    rng = np.random.default_rng(0)
    said = [choose_caption(car, rng) for _ in range(300)]
    assert {"a car", "a yellow car", "yellow car", "a 3d render of a yellow car"} <= set(said)
    assert set(said) <= captions(car)
    assert 0.2 < sum("yellow" in text for text in said) / len(said) < 0.4


def test_the_place_among_all_renderings_of_a_noun_tells_the_design(tmp_path: Path) -> None:
    table = tmp_path / "designs.json"
    table.write_text(json.dumps({"car": {"views": 2, "colors": ["red", None]}}))
    cars = [rendering(f"car-{number}", "car") for number in (3, 1, 2, 0)]
    designs = Designs(table, cars)
    assert [designs.color(car) for car in cars] == [None, "red", None, "red"]
    assert designs.color(rendering("lily-0", "lily", (0, 0))) == ""


def test_telling_views_are_learned_where_there_are_enough(tmp_path: Path) -> None:
    table = tmp_path / "designs.json"
    table.write_text(json.dumps({noun: {"views": 30, "colors": [""]} for noun in ("cake", "cup")}))
    sides = [(0, 10), (-40, 20), (50, 20), (30, 36)]

    def renderings(noun: str, telling: int) -> list[Entry]:
        views = [*sides, *[(35, number) for number in range(telling)]]
        return [rendering(f"{noun}-{i}", noun, view) for i, view in enumerate(views)]

    cakes, cups = renderings("cake", FEWEST_VIEWS - 2), renderings("cup", FEWEST_VIEWS - 3)
    designs = Designs(table, [*cakes, *cups])
    assert [designs.color(cake) for cake in cakes[:4]] == [None, "", "", None]
    assert [designs.color(cup) for cup in cups[:4]] == ["", "", "", ""]


def test_photographs_are_chosen_by_their_numbers(tmp_path: Path) -> None:
    table = tmp_path / "designs.json"
    table.write_text(json.dumps({"apple": {"photos": [[3, 5], [9, 9]]}}))
    designs = Designs(table, [])
    learned = [designs.has_photo(rendering(f"apple-{n:04}", "apple")) for n in range(11)]
    assert [number for number, one in enumerate(learned) if one] == [3, 4, 5, 9]
    assert designs.has_photo(rendering("cherry-0001", "cherry"))


def test_renderings_are_turned_to_face_left() -> None:
    rng = np.random.default_rng(0)
    for azimuth, flipped in ((30, True), (-30, False)):
        cup = CutOut(rendering("cup", "cup", (azimuth, 10)), "cup", "render", [])
        assert {choose_flip(cup, rng) for _ in range(20)} == {flipped}
    entry = rendering("one", "lion")
    assert {choose_flip(CutOut(entry, "lion", "emoji", []), rng) for _ in range(20)} == {False}
    assert {choose_flip(CutOut(entry, "lion", "photo", []), rng) for _ in range(20)} == {
        True,
        False,
    }


def test_smaller_copies_keep_the_color_at_the_edge(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "disk.png"), disk(120, (0, 0, 200)))
    levels = read_levels(tmp_path / "disk.png")
    assert [max(level.shape[:2]) for level in levels] == [96, 48]
    small = levels[-1].astype(float)
    rim = (small[..., 3] > 60) & (small[..., 3] < 200)
    assert rim.any()
    np.testing.assert_allclose(small[rim][:, 0] / small[rim][:, 3] * 255, 200, atol=4)


def test_a_network_with_alpha_learns_from_them(data: ObjectDataset) -> None:
    tokenizer = Tokenizer(resources_folder() / "vocabulary" / "glide")
    ids = sorted({token for text in data.texts() for token in tokenizer.encode(text)})
    words = torch.tensor(sorted({*ids, tokenizer.padding}), dtype=torch.int32)
    trainer = DiffusionTrainer(
        tiny_recipe("mini-objects", len(words) + 1, 64, batch=8), data, tokenizer, words
    )
    batch = collate([data.sample(position, 0.0) for position in range(3)])
    assert batch.pictures.shape == (3, 4, 64, 64)
    assert batch.scenes is not None
    assert batch.scenes.shape == (3, 3, 64, 64)
    steps = trainer.steps()
    first = next(steps).loss
    for _ in range(3):
        last = next(steps).loss
    assert np.isfinite(first)
    assert last != first
    moved = trainer.network.state_dict()["out.2.last.bias"]
    assert moved.shape == (4,)
    assert (moved != 0).all()


def test_the_upsampler_sees_objects_at_their_size_and_photographs_whole_and_in_pieces(
    object_folder: Path,
) -> None:
    data = ObjectUpsampleDataset(object_folder, OBJECT_TABLE, 128)
    kinds = set()
    opaque = pieces = 0
    for position in range(100):
        sample = data.sample(position, 0.1)
        kinds.add(sample.noun)
        rgba = (sample.picture + 1) / 2
        assert rgba.shape == (128, 128, 4)
        assert (rgba[..., :3] <= rgba[..., 3:] + 1e-6).all()
        assert sample.mask.all()
        if sample.noun:
            widest = (rgba[..., 3] > 0.5).any(axis=0).sum()
            assert widest <= 106  # the largest disk has 96 pixels
        elif (rgba[..., 3] == 1).all():
            opaque += 1
            assert sample.text == ""
        else:
            pieces += 1
    assert 25 < opaque < 45
    assert 10 < pieces < 30
    assert kinds == {"", "apple", "cake", "lion"}


@pytest.mark.parametrize("preset", ["mini-objects", "mini-objects-upsampler"])
def test_a_sheet_shows_objects_on_their_scenes(
    object_folder: Path, preset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_sheet, "STEPS", 3)
    tokenizer = Tokenizer(resources_folder() / "vocabulary" / "glide")
    chosen = tiny_recipe(preset, 2, 128 if "upsampler" in preset else 64)
    data = trainer_factory.object_dataset(chosen, object_folder)
    trainer = DiffusionTrainer(chosen, data, tokenizer, torch.tensor([tokenizer.padding]))
    page = sheet(trainer)
    assert page.shape == (3 * chosen.side, 8 * chosen.side, 3)
    made, true = page[chosen.side : 2 * chosen.side], page[2 * chosen.side :]
    assert not np.array_equal(made, true)
    assert true.max() > 150


def test_a_cut_out_loses_the_white_fringe_of_its_backdrop() -> None:
    yy, xx = np.mgrid[:100, :100]
    distance = np.hypot(yy - 50, xx - 50)
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[distance < 44] = (255, 255, 255, 255)
    pixels[distance < 42] = (160, 20, 20, 255)
    pixels[:3, 48:52] = (255, 255, 255, 255)  # a tick at the picture's border
    trimmed = trim_edge(pixels, 3)
    white = pixels[..., 1] == 255
    assert trimmed[white][:, 3].max() < 0.2 * 255
    assert (trimmed[..., 3] == 255).sum() > 0.75 * (distance < 44).sum()
    assert (trimmed[..., 3] <= pixels[..., 3]).all()
