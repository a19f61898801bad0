"""`glide-studio teach`, with the tiny networks."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.cli import teach
from glide_studio.errors import GlideError
from glide_studio.glide import weights
from glide_studio.inference.model_check import check_network
from glide_studio.inference.models.model_set import (
    find_model,
    model_folders,
    read_model,
    user_folder,
)
from glide_studio.inference.models.taught import add_taught
from glide_studio.training import sample_sheet, trainer_factory
from glide_studio.training.trainer_factory import TrainOptions


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    teach.add_arguments(parser)
    return parser.parse_args(list(words))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pots"
    folder.mkdir()
    for number in range(5):
        pixels = np.zeros((32, 32, 4), np.uint8)
        pixels[8:24, 8 - number : 24 - number] = (200, 20 * number, 0, 255)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


def test_few_pictures_and_an_empty_noun_are_a_sentence(pictures: Path, tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    with pytest.raises(GlideError, match="no word in the noun “”"):
        teach.run(options(str(pictures), "--noun", " ", "--state", state))
    (pictures / "0.png").unlink()
    with pytest.raises(GlideError, match="holds 4 pictures; 5 or more"):
        teach.run(options(str(pictures), "--noun", "pot", "--state", state))
    with pytest.raises(GlideError, match="no state to resume"):
        teach.run(options(str(pictures), "--noun", "pot", "--state", state, "--resume"))


def test_a_state_goes_on_with_the_noun_that_it_was_begun_for(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Built(Exception):
        pass

    def build(order: TrainOptions) -> None:
        raise Built((order.data / teach.TABLE).read_text("utf-8"))

    def resume(noun: str) -> None:
        words = ["--noun", noun, "--state", str(state), "--resume"]
        teach.run(options(str(pictures), *words))

    monkeypatch.setattr(teach, "build", build)
    state = tmp_path / "state"
    table = teach.list_pictures(pictures, state, "a gizmo") / teach.TABLE
    (state / f"{teach.PRESET}.state.pt").touch()
    with pytest.raises(GlideError, match="begun for 'gizmo', not 'teapot'"):
        resume("teapot")
    assert "a gizmo" in table.read_text("utf-8")
    with pytest.raises(Built, match='"text": "gizmo"'):
        resume("The  Gizmo")
    for older in ("", "[1]\n", '{"text": 7}\n', "half a li"):
        table.write_text(older)
        with pytest.raises(Built, match='"text": "teapot"'):
            resume("teapot")
    table.unlink()
    with pytest.raises(Built, match='"text": "teapot"'):
        resume("teapot")


@pytest.mark.parametrize(
    ("name", "message"),
    [("pots", "'pots' is there already"), ("bad/name", "without slashes"), (".pots", "cannot be")],
)
def test_a_name_that_cannot_be_kept_is_said_before_teaching(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    def build(_: TrainOptions) -> None:
        pytest.fail("it began to teach")

    monkeypatch.setattr(teach, "build", build)
    (user_folder() / "pots").mkdir(parents=True)
    state = tmp_path / "state"
    words = ["--noun", "pot", "--state", str(state), "--keep", name]
    with pytest.raises(GlideError, match=message):
        teach.run(options(str(pictures), *words))
    assert not state.exists()


def test_the_table_names_every_picture_and_no_mask(pictures: Path, tmp_path: Path) -> None:
    Image.new("L", (32, 32)).save(pictures / "0-mask.png")
    folder = teach.list_pictures(pictures, tmp_path / "state", "pot")
    rows = [json.loads(line) for line in (folder / "metadata.jsonl").read_text().splitlines()]
    assert [Path(row["file_name"]).name for row in rows] == [f"{n}.png" for n in range(5)]
    assert {row["text"] for row in rows} == {"pot"}


def test_a_noun_goes_on_from_what_was_learned_of_it_and_others_begin_at_the_base(
    pictures: Path, tmp_path: Path, alpha_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clear = read_model(alpha_models / "clear")
    taught = add_taught(clear, clear.base, "teapot", "pots", check=check_network)

    class Built(Exception):
        pass

    def build(order: TrainOptions) -> None:
        raise Built(order)

    monkeypatch.setattr(teach, "build", build)
    for noun, start, nouns in (
        ("Teapot", taught.taught["teapot"], ("apple",)),
        ("bowl", taught.base, ("apple",)),
        ("apple", taught.base, ()),
    ):
        words = ["--noun", noun, "--model", "pots", "--state", str(tmp_path / noun)]
        with pytest.raises(Built) as built:
            teach.run(options(str(pictures), *words))
        (order,) = built.value.args
        assert (order.init, order.nouns) == (start, nouns)


@pytest.mark.slow
def test_a_run_ends_with_weights_and_a_model_that_knows_the_noun(
    pictures: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sample_sheet, "STEPS", 2)
    monkeypatch.setattr(trainer_factory, "REPLAYED", 2)
    state = tmp_path / "state"
    words = [str(pictures), "--noun", "Pot", "--state", str(state), "--minutes", "0.05", "--json"]
    assert teach.run(options(*words, "--keep", "pots")) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["event"] for one in said if "event" in one] == ["preparing", "kept", "done"]
    assert any(one.get("step", 0) > 0 for one in said)
    assert list(state.glob("*.png")), "samples on the way"
    model, before = (find_model(name, model_folders()) for name in ("pots", "objects"))
    assert "pot" in model.known_nouns
    assert model.taught["pot"].read_bytes() == (state / teach.WEIGHTS).read_bytes()
    assert model.base.read_bytes() == before.base.read_bytes()
    assert weights.load(model.taught["pot"]).config.inpaint
