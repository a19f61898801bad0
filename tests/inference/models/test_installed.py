"""The user's own models are added, verified, pulled and removed as documented."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from glide_studio.errors import GlideError
from glide_studio.inference.models import installed, released
from glide_studio.inference.models.installed import NetworkInfo, remove
from glide_studio.inference.models.model_set import ModelSet, find_models, read_model, write_model
from glide_studio.inference.models.released import RELEASED, ReleasedFile
from tests.inference.models.weight_files import accept, arrays, write, write_ours

add = partial(installed.add, check=accept)
verify = partial(installed.verify, check=accept)
replace_file = partial(installed.replace_file, check=accept)
pull = partial(released.pull, accept)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "models"


def everything(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*")) if folder.exists() else []


def test_a_folder_becomes_a_set(tmp_path: Path, shelf: Path) -> None:
    source = tmp_path / "laionide"
    source.mkdir()
    write(source / "b.pt", "base-inpaint")
    write(source / "u.pt", "upsample-inpaint")
    write(source / "plain.safetensors", "base")
    (source / "readme.txt").write_text("hello")
    model = add(source, folder=shelf)
    assert model.name == "laionide"
    assert {role: path.name for role, path in model.files.items()} == {
        "base": "b.pt",
        "upsampler": "u.pt",
        "plain-base": "plain.safetensors",
    }
    assert find_models([shelf]) == (model,)
    assert not any(verified.first for verified in verify(model))
    assert everything(shelf)[0] == "laionide"
    assert not any(name.endswith(".part") for name in everything(shelf))


def test_files_are_added_one_after_the_other(tmp_path: Path, shelf: Path) -> None:
    add(write(tmp_path / "mine.pt", "base"), folder=shelf)
    model = add(write(tmp_path / "up.pt", "upsample-inpaint"), "mine", shelf)
    assert read_model(shelf / "mine") == model
    assert model.upsampler == shelf / "mine" / "up.pt"
    with pytest.raises(GlideError, match="'mine' already has a network as its upsampler"):
        add(write(tmp_path / "up2.pt", "upsample-inpaint"), "mine", shelf)


def test_a_described_folder_keeps_what_it_says(tmp_path: Path, shelf: Path) -> None:
    source = tmp_path / "mini"
    source.mkdir()
    base = write_ours(source / "base.safetensors", inpaint=True, super_res=False)
    write_model(ModelSet("mini", "Mini", "MIT", source, {"base": base}, 128, ("apple",)))
    model = add(source, "own", shelf)
    assert (model.title, model.licence, model.side, model.nouns) == ("Mini", "MIT", 128, ("apple",))
    assert read_model(shelf / "own") == model
    with pytest.raises(GlideError, match="'own' is there already"):
        add(source, "own", shelf)


def test_what_a_folder_was_taught_comes_along_and_must_fit_an_upsampler(
    tmp_path: Path, shelf: Path
) -> None:
    source = tmp_path / "pots"
    source.mkdir()
    base = write_ours(source / "base.safetensors", inpaint=True, super_res=False)
    taught = {"teapot": write_ours(source / "pot.safetensors", inpaint=True, super_res=False)}
    write_model(ModelSet("pots", "Pots", "MIT", source, {"base": base}, 64, taught=taught))
    model = add(source, folder=shelf)
    assert model.taught == {"teapot": shelf / "pots" / "pot.safetensors"}
    assert read_model(shelf / "pots") == model
    assert model.taught["teapot"].read_bytes() == taught["teapot"].read_bytes()

    def check(path: Path, role: str) -> NetworkInfo:
        return NetworkInfo(256 if role == "upsampler" else 64, 4 if path.stem == "pot" else 3)

    upsampler = write_ours(tmp_path / "up.safetensors", inpaint=True, super_res=True)
    with pytest.raises(GlideError, match="makes transparency and the other does not"):
        installed.add(upsampler, "pots", shelf, check=check)
    assert read_model(shelf / "pots") == model
    assert add(upsampler, "pots", shelf).taught == model.taught


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        (("upsample",), "holds no base network"),
        (("base-inpaint", "base-inpaint"), "are both a base"),
        ((), "The folder 's' holds no weight file"),
    ],
)
def test_incomplete_folders_leave_nothing(
    tmp_path: Path, shelf: Path, kinds: tuple[str, ...], message: str
) -> None:
    source = tmp_path / "s"
    source.mkdir()
    for i, kind in enumerate(kinds):
        write(source / f"{i}.pt", kind)  # type: ignore[arg-type]
    with pytest.raises(GlideError, match=message):
        add(source, folder=shelf)
    assert everything(shelf) == []


def test_a_file_of_another_kind_is_named(tmp_path: Path, shelf: Path) -> None:
    (tmp_path / "notes.txt").write_text("apples\n")
    with pytest.raises(GlideError, match=r"'notes.txt' is no weight file.*\.safetensors"):
        add(tmp_path / "notes.txt", folder=shelf)
    assert everything(shelf) == []


@pytest.mark.parametrize("name", ["../evil", ".hidden", "a/b", ""])
def test_names_stay_inside_the_folder(tmp_path: Path, shelf: Path, name: str) -> None:
    path = write(tmp_path / ".pt", "base")
    with pytest.raises(GlideError, match="cannot be a model's name"):
        add(path, name, shelf)
    with pytest.raises(GlideError, match="no model of your own"):
        remove(name, shelf)


def test_a_changed_file_is_noticed(tmp_path: Path, shelf: Path) -> None:
    model = add(write(tmp_path / "mine.pt", "base"), folder=shelf)
    write(model.base, "base", value=0.25)
    with pytest.raises(GlideError, match=r"mine.pt has changed since it was first verified"):
        verify(model)
    (model.folder / "hashes.json").write_text("[[")
    with pytest.raises(GlideError, match=r"hashes.json is damaged"):
        verify(model)


def test_damaged_numbers_are_found_before_a_hash_is_recorded(tmp_path: Path, shelf: Path) -> None:
    tensors = {name: torch.from_numpy(array) for name, array in arrays("base").items()}
    path = tmp_path / "mine.pt"
    torch.save(tensors, path)
    whole = path.read_bytes()
    numbers = tensors["transformer_proj.weight"].numpy().tobytes()
    at = whole.index(numbers)
    damaged = whole[:at] + b"\x01" + whole[at + 1 :]
    path.write_bytes(damaged)
    with pytest.raises(GlideError, match=r"Some numbers of mine\.pt are damaged"):
        add(path, folder=shelf)
    assert everything(shelf) == []
    path.write_bytes(whole)
    assert add(path, "whole", folder=shelf).base.name == "mine.pt"


def test_removal_takes_the_whole_set(tmp_path: Path, shelf: Path) -> None:
    add(write(tmp_path / "mine.pt", "base"), folder=shelf)
    remove("mine", shelf)
    assert everything(shelf) == []
    with pytest.raises(GlideError, match="no model of your own called 'mine'"):
        remove("mine", shelf)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """(url, the folder it serves)."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", folder
    server.shutdown()
    thread.join()
    server.server_close()


TINY = tuple(ReleasedFile(entry.file, entry.kind, entry.role, 100) for entry in RELEASED)


def test_the_released_set_is_pulled(server: tuple[str, Path], shelf: Path) -> None:
    url, folder = server
    for entry in TINY:
        write(folder / entry.file, entry.kind)
    seen: set[str] = set()
    model = pull(shelf, lambda file, done, total: seen.add(file), url, TINY)
    assert set(model.files) == {"base", "upsampler"}
    assert seen == {"base_inpaint.pt", "upsample_inpaint.pt"}
    model = pull(shelf, lambda file, done, total: seen.add(file), url, TINY, only="all")
    assert find_models([shelf]) == (model,)
    assert len(model.files) == 6
    assert len(seen) == 6
    (folder / "base.pt").unlink()  # What is there already is not asked for again.
    assert pull(shelf, url=url, released=TINY) == model


def test_a_wrong_network_or_a_page_is_not_kept(server: tuple[str, Path], shelf: Path) -> None:
    url, folder = server
    write(folder / "base_inpaint.pt", "base")
    with pytest.raises(GlideError, match="should be base-inpaint but is base"):
        pull(shelf, url=url, released=TINY)
    (folder / "base_inpaint.pt").write_bytes(b"<html>" + bytes(2000))
    with pytest.raises(GlideError, match="is a web page"):
        pull(shelf, url=url, released=TINY)
    torch.save({n: torch.tensor(a) for n, a in arrays("base-inpaint").items()}, folder / "a.pt")
    whole = (folder / "a.pt").read_bytes()
    numbers = arrays("base-inpaint")["transformer_proj.weight"].tobytes()
    (folder / "base_inpaint.pt").write_bytes(whole.replace(numbers, numbers[:-1] + b"\0"))
    with pytest.raises(GlideError, match="are damaged"):
        pull(shelf, url=url, released=TINY)
    (folder / "base_inpaint.pt").write_bytes(b"tiny")
    with pytest.raises(GlideError, match="arrived with only 4 bytes"):
        pull(shelf, url=url, released=TINY)
    assert everything(shelf) == ["glide"]
    assert find_models([shelf]) == ()


def test_the_released_table_is_whole() -> None:
    assert len({entry.file for entry in RELEASED}) == len({entry.role for entry in RELEASED}) == 6
    for path in Path(__file__).parents[2].glob("goldens/manifests/*.json"):
        manifest = json.loads(path.read_text("utf-8"))
        (entry,) = (entry for entry in RELEASED if entry.file == manifest["file"])
        assert entry.parameters == manifest["n_params"]


def test_an_exchanged_file_is_recorded_and_not_pulled_again(
    server: tuple[str, Path], shelf: Path
) -> None:
    url, folder = server
    for entry in TINY:
        write(folder / entry.file, entry.kind)
    model = pull(shelf, url=url, released=TINY)
    smaller = write(model.folder / "base-half.safetensors", "base-inpaint", value=0.25)
    changed = replace_file(model, "base", smaller)
    assert changed.base == smaller
    assert read_model(model.folder) == changed
    assert [found.first for found in verify(changed)] == [False, False]
    assert not model.base.exists()
    (folder / "base_inpaint.pt").unlink()
    assert pull(shelf, url=url, released=TINY) == changed


def test_a_file_that_is_no_network_is_not_exchanged(tmp_path: Path, shelf: Path) -> None:
    model = add(write(tmp_path / "mine.pt", "base"), folder=shelf)
    (model.folder / "new.safetensors").write_bytes(b"<html>")
    with pytest.raises(GlideError, match="is a web page"):
        replace_file(model, "base", model.folder / "new.safetensors")
    assert read_model(model.folder) == model


@pytest.mark.parametrize(
    ("upsampler", "sentence"),
    [(NetworkInfo(256, 4), "makes transparency"), (NetworkInfo(64, 3), "one that enlarges")],
)
def test_networks_that_do_not_belong_together_are_not_added(
    tmp_path: Path, shelf: Path, upsampler: NetworkInfo, sentence: str
) -> None:
    infos = {"base": NetworkInfo(64, 3), "upsampler": upsampler}
    check = lambda path, role: infos[role]  # noqa: E731
    source = tmp_path / "s"
    source.mkdir()
    base = write(source / "b.pt", "base-inpaint")
    write(source / "u.pt", "upsample-inpaint")
    with pytest.raises(GlideError, match=sentence):
        installed.add(source, "both", shelf, check=check)
    assert everything(shelf) == []
    added = installed.add(base, "one", shelf, check=check)
    assert added.side == 64
    with pytest.raises(GlideError, match=sentence):
        installed.add(source / "u.pt", "one", shelf, check=check)
    assert read_model(shelf / "one") == added
    infos["upsampler"] = NetworkInfo(256, 3)
    assert installed.add(source / "u.pt", "one", shelf, check=check).side == 256
