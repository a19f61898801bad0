"""Projects of older versions, kept as they were written: they open for ever."""

import lzma
import os
from pathlib import Path

import numpy as np
import pytest

from glide_studio.imaging.geometry import Box, Size
from glide_studio.io.project import schema
from glide_studio.io.project.open_project import open_project
from glide_studio.io.provenance import provenance_from_dict
from tests.io.project.makers import whole

HERE = Path(__file__).parent
MORE = (("ALTER TABLE item ADD COLUMN note TEXT", "CREATE INDEX tile_content ON tile (content)"),)


@pytest.fixture(params=sorted(HERE.glob("version-*.glide.xz")), ids=lambda path: path.name)
def old(request, tmp_path):
    """A project as its version wrote it."""
    (tmp_path / "old.glide").write_bytes(lzma.decompress(request.param.read_bytes()))
    return tmp_path / "old.glide"


def opened(path, folder):
    return open_project(path, folder=folder / "stores")


def check(store, history):
    """All that was put into the file."""
    labels = [(state.label, state.parent) for state in history.states]
    first = history.states[0].id
    assert [label for label, _ in labels] == ["Open", "Paint mask", "Add layer", "Keep mask"]
    assert [history.state(parent).label for _, parent in labels[1:]] == [
        "Open", "Paint mask", "Paint mask",
    ]  # fmt: skip
    document = history.document
    assert history.current.label == "Keep mask"
    assert (document.size, document.depth, document.icc) == (Size(150, 140), 16, b"a profile")
    assert dict(document.metadata) == {"dpi": b"[300.0, 300.0]"}
    (photo,) = history.state(first).document.layers
    y, x = np.mgrid[:140, :150]
    wanted = np.dstack([x, y, x + y, np.full_like(x, 255)]) * 200
    assert np.array_equal(photo.raster.read(document.box), wanted)
    assert document.selection.content_box() == Box(20, 30, 60, 50)
    assert [mask.name for mask in document.saved_masks] == ["Sky"]
    group = history.states[2].document.layers[-1]
    result, clipped = group.children
    assert (group.name, group.blend) == ("Group", "pass-through")
    assert (result.name, result.blend, result.opacity) == ("Résult", "multiply", 0.5)
    assert (clipped.clipping, clipped.locked, clipped.visible) == (True, True, False)
    made = provenance_from_dict(result.provenance)
    assert made.request.prompt == "a red hat"
    assert made.request.sampling.seed == 2**62
    assert made.candidate == 3
    assert int(result.raster.read(Box(30, 40, 1, 1))[0, 0, 2]) == 40000
    assert int(result.mask.read(Box(30, 40, 1, 1))[0, 0, 0]) == 200
    assert store.items("job") == {"j1": {"seed": 7}}
    assert store.array("job", "j1", "0").shape == (4, 5, 3)
    assert store.unreadable == []
    assert store.verify() == 0


def test_an_old_project_opens_and_is_saved_anew(old, tmp_path):
    before = old.read_bytes()
    store, history = opened(old, tmp_path)
    check(store, history)
    assert old.read_bytes() == before
    store.write_project(tmp_path / "new.glide")
    wanted = whole(history)
    store.close(discard=True)
    store, history = opened(tmp_path / "new.glide", tmp_path)
    assert whole(history) == wanted
    check(store, history)
    store.close(discard=True)


def test_an_old_project_goes_through_the_steps_of_versions_to_come(old, tmp_path, monkeypatch):
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, *MORE))
    store, history = opened(old, tmp_path)
    check(store, history)
    assert store._sql.execute("PRAGMA user_version").fetchone() == (schema.version(),)
    assert store._sql.execute("SELECT note FROM item").fetchall()
    store.close(discard=True)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can be another user")
def test_a_user_who_may_only_read_opens_a_project(old, tmp_path):
    """File modes bind everybody but root, so this is done as nobody."""
    tmp_path.chmod(0o555)
    old.chmod(0o444)
    stores = tmp_path / "stores"
    stores.mkdir()
    stores.chmod(0o777)
    above = [folder for folder in tmp_path.parents if folder.stat().st_mode & 0o005 != 0o005]
    modes = [folder.stat().st_mode for folder in above]
    try:
        for folder in above:
            folder.chmod(0o755)
        os.seteuid(65534)
        try:
            with pytest.raises(PermissionError):
                (tmp_path / "x").touch()
            store, history = opened(old, tmp_path)
            check(store, history)
            store.close(discard=True)
        finally:
            os.seteuid(0)
    finally:
        for folder, mode in zip(above, modes, strict=True):
            folder.chmod(mode)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["old.glide", "stores"]
