"""Model sets are found, described and refused as documented."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from glide_studio.api.sampling import Sampling
from glide_studio.errors import GlideError
from glide_studio.inference.models.model_set import (
    ModelSet,
    find_model,
    find_models,
    read_model,
    user_folder,
    write_model,
)


def make(folder: Path, name: str = "tiny", **more: object) -> ModelSet:
    """A set of two (meaningless) files on disk."""
    home = folder / name
    home.mkdir(parents=True)
    for file in ("base.safetensors", "up.safetensors"):
        (home / file).write_bytes(b"12345")
    files = {"base": home / "base.safetensors", "upsampler": home / "up.safetensors"}
    model = replace(ModelSet(name, name.title(), "CC0-1.0", home, files), **more)  # type: ignore[arg-type]
    write_model(model)
    return model


def test_a_written_set_is_found_again(tmp_path: Path) -> None:
    model = make(tmp_path, nouns=("apple", "écharpe"), side=128, summary="A sentence.")
    (found,) = find_models([tmp_path])
    assert found == model
    assert found.summary == "A sentence."
    assert found.size == 10
    assert found.upsampler == found.folder / "up.safetensors"


def test_a_set_says_how_it_draws_best(tmp_path: Path) -> None:
    usual = Sampling(steps=2, sampler="ddim", guidance=2.0, guidance_low=0.3, temperature=0.7)
    model = make(tmp_path, default_sampling=usual)
    assert find_model("tiny", [tmp_path]).default_sampling == usual
    path = model.folder / "model.json"
    description = json.loads(path.read_text("utf-8"))
    named = {"steps", "sampler", "guidance", "guidance_low", "temperature"}
    assert set(description["sampling"]) == named
    for wrong in ({"seed": 3}, {"steps": 0}, {"sampler": "none"}, [1], 5, {"steps": "many"}):
        path.write_text(json.dumps(description | {"sampling": wrong}), "utf-8")
        with pytest.raises(GlideError, match="does not describe a model"):
            read_model(model.folder)


def test_the_first_folder_wins_and_absent_folders_are_empty(tmp_path: Path) -> None:
    ours, bundled = tmp_path / "user", tmp_path / "bundled"
    make(ours, "mini", title="Mine")
    make(bundled, "mini", title="Bundled")
    make(bundled, "b")
    found = find_models([tmp_path / "absent", ours, bundled])
    assert [model.title for model in found] == ["B", "Mine"]


def test_a_set_is_read_again_only_after_a_change(tmp_path: Path) -> None:
    model = make(tmp_path, "mini")
    found = find_models([tmp_path])
    assert find_models([tmp_path]) is found
    model.files["upsampler"].unlink()
    assert find_models([tmp_path]) == ()
    make(tmp_path, "b")
    assert [model.name for model in find_models([tmp_path])] == ["b"]


def test_an_unknown_name_says_which_are_known(tmp_path: Path) -> None:
    make(tmp_path, "mini")
    assert find_model("mini", [tmp_path]).name == "mini"
    with pytest.raises(GlideError, match=r"'glide'; choose one of these: mini\."):
        find_model("glide", [tmp_path])
    with pytest.raises(GlideError, match="none at all"):
        find_model("glide", [])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "other"}, "is about 'other'"),
        ({"base": "gone.safetensors"}, "lacks its file gone.safetensors"),
        (
            {"base": "../secret"},
            'base must name a weight file beside it, in quotes, not "../secret"',
        ),
        ({"upsampler": None}, "upsampler must name a weight file beside it, in quotes, not null"),
        ({"nouns": 3}, "does not describe a model"),
        *(
            ({"taught": wrong}, "taught must pair each noun with its file, such as {")
            for wrong in (["teapot"], "teapot", None, 7)
        ),
        *(
            ({"taught": {noun: "up.safetensors"}}, "taught must name things in plain words, not ")
            for noun in ("", " ", "!!", "tea\x07pot", "tea\npot", "\ud800pot")
        ),
        *(
            ({"taught": {"teapot": file}}, f"teapot must name a weight file .*, not {shown}")
            for file, shown in (
                (7, "7"),
                (None, "null"),
                ("", '""'),
                ("..", r'"\.\."'),
                ("a\\b", '"a'),
                ("../passwd", '"../passwd"'),
                (["x"] * 99, r'\["x"'),
            )
        ),
        ({"taught": {"teapot": "gone.safetensors"}}, "lacks its file gone.safetensors"),
        ({"side": "wide"}, "does not describe a model"),
    ],
)
def test_a_malformed_description_is_refused_in_one_sentence(
    tmp_path: Path, change: dict[str, object], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = make(tmp_path).folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(GlideError, match=message) as refused:
        read_model(path.parent)
    assert len(str(refused.value)) < len(str(path)) + 200
    assert find_models([tmp_path]) == ()
    assert str(refused.value) in caplog.text
    with pytest.raises(GlideError, match=message):
        find_model("tiny", [tmp_path / "absent", tmp_path])


def test_a_set_without_a_base_network_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path).folder / "model.json"
    path.write_text('{"name": "tiny", "upsampler": "up.safetensors"}')
    with pytest.raises(GlideError, match="names no base network"):
        read_model(path.parent)


def test_text_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path).folder / "model.json"
    path.write_text("[[[")
    with pytest.raises(GlideError, match="does not describe a model"):
        read_model(path.parent)


def test_the_user_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", "/somewhere/models")
    assert user_folder() == Path("/somewhere/models")
    monkeypatch.delenv("GLIDE_STUDIO_MODELS")
    assert user_folder().parts[-2:] == ("glide-studio", "models")


def test_the_library_needs_no_torch() -> None:
    code = (
        "import sys, pkgutil, importlib, glide_studio.inference.models as lib\n"
        "for m in pkgutil.iter_modules(lib.__path__): importlib.import_module(lib.__name__+'.'+m.name)\n"
        "assert 'torch' not in sys.modules and 'PySide6' not in sys.modules"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
