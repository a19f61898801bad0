"""Models and resources are found from the checkout and from a wheel in an empty folder."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from glide_studio.paths import find_bundled, models_folder, resources_folder

ROOT = Path(__file__).parents[1]


def test_the_folders_are_there() -> None:
    assert (resources_folder() / "vocabulary" / "glide" / "encoder.json").is_file()
    assert models_folder().is_dir()


def test_a_missing_folder_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="'nowhere' is missing"):
        find_bundled("nowhere")


def test_a_wheel_in_an_empty_folder_finds_its_own(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path / "w")]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True)
    (wheel,) = (tmp_path / "w").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    resources = tmp_path / "site" / "glide_studio" / "resources"
    assert (resources / "translations" / "glide-studio_zh_CN.qm").is_file()
    code = (
        "import glide_studio.paths as p; "
        "print(p.models_folder()); print(p.resources_folder() / 'demo' / 'coffee.jpg')"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, 'site'); {code}"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    models, photo = (tmp_path / line for line in run.stdout.split())
    assert models == tmp_path / "site" / "glide_studio" / "models"
    assert photo.is_file()
