"""`.glide` files: one file, whole or not at all, and not to be trusted."""

import errno
import json
import platform
import shutil
import sqlite3
from dataclasses import replace

import numpy as np
import pytest

from glide_studio import translation
from glide_studio.document.guides import NO_GUIDES, Guides
from glide_studio.document.history import History
from glide_studio.document.layer_edits import change_layer
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box
from glide_studio.io.project import project_lock as lock_module
from glide_studio.io.project import schema, tile_codec
from glide_studio.io.project.open_project import open_project
from glide_studio.io.project.recovery import forget, recoverable
from glide_studio.io.project.store_files import in_use_error
from glide_studio.io.project.tile_codec import pack_array
from glide_studio.io.project.working_store import WorkingStore
from glide_studio.translation import FilledText, translate
from tests.io.project.makers import fingerprint, photo, rich, stored, stroke, whole


@pytest.fixture
def saved(tmp_path):
    """A saved project; its store is gone."""
    history = rich()
    store = stored(history, tmp_path / "a")
    store.put("candidate", "x", {"index": 1}, {"image": pack_array(np.ones((4, 4, 3), np.float32))})
    store.write_project(tmp_path / "photo.glide")
    store.close(discard=True)
    assert list((tmp_path / "a").iterdir()) == []
    return tmp_path / "photo.glide", history


def opened(path):
    store, history = open_project(path, folder=path.parent / "stores")
    return store, history


def refused(path):
    with pytest.raises(GlideError) as caught:
        opened(path)
    stores = path.parent / "stores"
    assert not stores.exists() or list(stores.iterdir()) == []
    assert str(caught.value).endswith(".")
    return str(caught.value)


def altered(path, *statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(*([statement] if isinstance(statement, str) else statement))
    connection.commit()
    connection.close()


def test_one_file_alone_in_a_read_only_folder(saved, tmp_path):
    path, history = saved
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".glide"] == ["photo.glide"]
    assert path.read_bytes()[18:20] == b"\1\1", "a rollback journal, no write-ahead log"
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    shutil.copyfile(path, folder / "copy.glide")
    (folder / "copy.glide").chmod(0o444)
    folder.chmod(0o555)
    store, back = open_project(folder / "copy.glide", folder=tmp_path / "stores")
    assert whole(back) == whole(history)
    assert store.items("candidate") == {"x": {"index": 1}}
    assert store.array("candidate", "x", "image").shape == (4, 4, 3)
    store.close(discard=True)
    assert [one.name for one in folder.iterdir()] == ["copy.glide"]
    folder.chmod(0o755)


@pytest.fixture
def chinese():
    told = {"Open {name}": "打开 {name}", "Add {name}": "添加{name}", "Levels": "色阶"}
    yield lambda: translation.install(lambda context, source, comment, n: told.get(source, ""))
    translation.install(None)


def test_steps_are_named_in_the_language_of_the_day(tmp_path, chinese):
    path = tmp_path / "photo.glide"

    def open_and_rebuild():
        store, back = opened(path)
        store.rebuild(back)
        store.write_project(path)
        store.close(discard=True)
        return [state.label for state in back.states]

    history = History.begin(photo(), translate("Test", "Open {name}").format(name="a{b}.jpg"))
    add = translate("Test", "Add {name}").format(name=translate("Test", "Levels"))
    history.record(add, stroke(history.document, 1))
    history.record("A name", stroke(history.document, 2))
    store = stored(history, tmp_path / "a")
    store.write_project(path)
    store.close(discard=True)
    chinese()
    assert open_and_rebuild() == ["打开 a{b}.jpg", "添加色阶", "A name"]
    translation.install(None)
    assert open_and_rebuild() == ["Open a{b}.jpg", "Add Levels", "A name"]


def test_a_label_that_would_grow_without_end_is_left_out(tmp_path):
    packed = "x"
    for _ in range(30):  # each holds the one before twice
        packed = f"\x02Test\x1f{{a}}{{a}}\x1f\x1f-1\x1fa={packed}\x03"
    history = History.begin(photo(), FilledText("Short", packed))
    store = stored(history, tmp_path / "a")
    store.write_project(tmp_path / "photo.glide")
    store.close(discard=True)
    store, back = opened(tmp_path / "photo.glide")
    assert back.current.label == "Short"
    store.close(discard=True)


def test_save_again_and_save_as(saved, tmp_path):
    path, _ = saved
    store, history = opened(path)
    history.record("Paint mask", stroke(history.document, 5))
    store.record(history, durable=True)
    store.write_project(path)
    other = tmp_path / "other.glide"
    store.write_project(other)
    assert store.project == other
    second, back = opened(path)  # free again after Save As
    assert whole(back) == whole(history)
    with pytest.raises(GlideError, match="another window"):
        opened(other)
    with pytest.raises(GlideError, match="another window"):
        second.write_project(other)
    for one in (store, second):
        one.close(discard=True)


def test_a_project_is_open_once_whatever_the_folder_of_stores(saved, tmp_path):
    path, _ = saved
    store, _ = open_project(path, folder=tmp_path / "mine")
    with pytest.raises(GlideError, match="another window"):
        open_project(path, folder=tmp_path / "theirs")
    onlooker, back = open_project(path, folder=tmp_path / "theirs", claims=False)
    assert onlooker.project is None
    with pytest.raises(GlideError, match="another window"):
        onlooker.write_project(path)
    onlooker.close(discard=True)
    store.close(discard=True)
    assert list(tmp_path.glob(".*")) == []
    store, _ = open_project(path, folder=tmp_path / "theirs")
    store.close(discard=True)
    assert len(back) > 1


def test_a_place_without_locks_is_no_hindrance(saved, tmp_path, monkeypatch):
    path, _ = saved
    real = lock_module.FileLock

    def without_locks(place, **settings):
        if place.name == ".photo.glide.lock":
            raise OSError(errno.ENOLCK, "No locks available")
        return real(place, **settings)

    monkeypatch.setattr(lock_module, "FileLock", without_locks)
    store, _ = opened(path)
    with pytest.raises(GlideError, match="another window"):
        opened(path)
    store.close(discard=True)


def test_what_a_crash_left_beside_a_project_goes_with_its_store(saved, tmp_path):
    path, _ = saved
    store, history = open_project(path, folder=tmp_path / "stores")
    history.record("Paint mask", stroke(history.document, 1))
    store.record(history)
    copy = tmp_path / "left"
    shutil.copytree(tmp_path / "stores", copy)
    store.close(discard=True)
    (tmp_path / ".photo.glide.lock").write_text("{}")
    (found,) = recoverable(copy)
    forget(found.path)
    assert not (tmp_path / ".photo.glide.lock").exists()
    assert path.exists()


def test_a_save_that_fails_keeps_the_old_file(saved, tmp_path):
    path, history = saved
    store, _ = opened(path)
    before = path.read_bytes()
    store._sql.execute("PRAGMA journal_mode=DELETE")
    with pytest.raises(GlideError):
        store.write_project(tmp_path / "missing" / "a.glide")
    blocker = sqlite3.connect(store.path)
    blocker.execute("BEGIN EXCLUSIVE")
    store._sql.execute("PRAGMA busy_timeout=0")
    with pytest.raises(GlideError):
        store.write_project(path)
    blocker.rollback()
    blocker.close()
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".glide-*"))
    store.close(discard=True)
    store, back = opened(path)
    assert whole(back) == whole(history)
    store.close(discard=True)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON item BEGIN DELETE FROM state; END",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE extra (a)",
        "CREATE INDEX i ON tile (content)",
        "DROP TABLE thumbnail",
        "ALTER TABLE item ADD COLUMN more TEXT",
        "CREATE VIRTUAL TABLE f USING fts5(a)",
    ],
)
def test_any_other_schema_is_refused(saved, statement):
    path, _ = saved
    altered(path, statement)
    assert "altered" in refused(path)


def test_foreign_newer_and_no_database(saved, tmp_path):
    path, _ = saved
    for name, content in (("text.glide", b"hello"), ("empty.glide", b"")):
        (tmp_path / name).write_bytes(content)
        assert "not a Glide Studio project" in refused(tmp_path / name)
    assert "no file" in refused(tmp_path / "missing.glide")
    assert "folder" in refused(tmp_path / "a")
    foreign = tmp_path / "foreign.glide"
    altered(foreign, "CREATE TABLE a (b)")
    assert "not a Glide Studio project" in refused(foreign)
    altered(path, f"PRAGMA user_version={schema.version() + 1}")
    assert "newer" in refused(path)


def test_an_older_version_is_brought_up_to_date(saved, monkeypatch):
    path, history = saved
    before = path.read_bytes()
    monkeypatch.setattr(schema, "STEPS", (("ALTER TABLE item ADD COLUMN note TEXT",),))
    store, back = opened(path)
    assert store._sql.execute("PRAGMA user_version").fetchone() == (2,)
    assert whole(back) == whole(history)
    assert path.read_bytes() == before
    store.close(discard=True)


def test_a_damaged_tile_costs_that_tile(saved):
    path, history = saved
    first = history.states[0].document
    tile = first.layers[0].raster.tile((0, 1))
    altered(
        path,
        ("UPDATE content SET data = zeroblob(9) WHERE key = (SELECT content FROM tile WHERE id = ?)", (tile.id,)),
    )  # fmt: skip
    store, back = opened(path)
    raster = back.states[0].document.layers[0].raster
    assert not raster.tile((0, 1)).pixels.any()
    assert store.unreadable == [tile.id]
    assert np.array_equal(raster.tile((0, 0)).pixels, first.layers[0].raster.tile((0, 0)).pixels)
    store.close(discard=True)


def test_pixels_exchanged_for_others_are_noticed(saved):
    path, history = saved
    raster = history.states[0].document.layers[0].raster
    tile, other = raster.tile((0, 1)), raster.tile((0, 0))
    altered(
        path,
        (
            "UPDATE content SET data = (SELECT data FROM content WHERE key ="
            " (SELECT content FROM tile WHERE id = ?))"
            " WHERE key = (SELECT content FROM tile WHERE id = ?)",
            (other.id, tile.id),
        ),
    )
    store, back = opened(path)
    assert not back.states[0].document.layers[0].raster.tile((0, 1)).pixels.any()
    assert store.unreadable == [tile.id]
    store.close(discard=True)


def test_a_missing_tile_costs_that_tile(saved):
    path, history = saved
    tile = history.states[0].document.layers[0].raster.tile((1, 2))
    altered(path, ("DELETE FROM tile WHERE id = ?", (tile.id,)))
    store, back = opened(path)
    assert back.states[0].document.layers[0].raster.tile((1, 2)) is None
    assert set(store.unreadable) == {tile.id}
    store.close(discard=True)


def test_nothing_is_decompressed_past_its_size(saved):
    path, history = saved
    tile = history.states[0].document.layers[0].raster.tile((0, 0))
    bomb = tile_codec.pack(bytes(50 << 20))
    assert len(bomb) < 10_000
    altered(
        path,
        ("UPDATE content SET data = ?, hash = ? WHERE key = (SELECT content FROM tile WHERE id = ?)",
         (bomb, tile_codec.digest(bomb), tile.id)),
    )  # fmt: skip
    store, back = opened(path)
    assert not back.states[0].document.layers[0].raster.tile((0, 0)).pixels.any()
    assert store.unreadable == [tile.id]
    store.close(discard=True)


def change(fields, path, value):
    *way, last = path
    for step in way:
        fields = fields[step]
    fields[last] = value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["size"], [0, 0]),
        (["size"], [10**6, 10**6]),
        (["size"], [-1, 5]),
        (["size"], "xx"),
        (["size"], [10_000, 200]),
        (["depth"], 16),
        (["depth"], 12),
        (["layers"], [10**6]),
        (["layers"], [1, 1]),
        (["layers"], 5),
        (["parent"], "nobody"),
        (["selection", "channels"], 4),
        (["selection", "depth"], 16),
        (["selection", "blocks"], []),
        (["selection", "blocks"], [12345]),
        (["icc"], 10**6),
        (["metadata"], {"exif": "x"}),
        (["time"], "noon"),
        (["masks"], [[1]]),
    ],
)
def test_rows_that_make_no_sense_are_refused(saved, path, value):
    file, _ = saved
    connection = sqlite3.connect(file)
    number, text = connection.execute("SELECT number, json FROM state ORDER BY number").fetchall()[
        1
    ]
    fields = json.loads(text)
    change(fields, path, value)
    connection.execute("UPDATE state SET json = ? WHERE number = ?", (json.dumps(fields), number))
    connection.commit()
    connection.close()
    assert "damaged" in refused(file) or path == ["size"]


@pytest.mark.parametrize("path", [["depth"], ["selection", "depth"], ["selection", "channels"]])
def test_whole_numbers_may_come_as_decimals(saved, path):
    file, _ = saved
    connection = sqlite3.connect(file)
    rows = connection.execute("SELECT number, json FROM state").fetchall()
    for number, text in rows:
        fields = json.loads(text)
        outer = fields[path[0]] if len(path) == 2 else fields
        change(fields, path, float(outer[path[-1]]))
        sql = "UPDATE state SET json = ? WHERE number = ?"
        connection.execute(sql, (json.dumps(fields), number))
    connection.commit()
    connection.close()
    store, history = opened(file)
    document = history.document
    assert document.max_value in (255, 65535)
    assert document.selection.read(document.box).shape[2] == 1
    box = Box(0, 0, 1, 1)
    painted = document.selection.write(box, np.full((1, 1, 1), 7, np.uint8))
    assert painted.read(box).tolist() == [[[7]]]
    store.close(discard=True)


@pytest.mark.parametrize("when", ["NaN", "1e300", "-1e18"])
def test_a_time_that_no_calendar_has_hinders_nothing(saved, when):
    file, _ = saved
    connection = sqlite3.connect(file)
    for number, text in connection.execute("SELECT number, json FROM state").fetchall():
        text = text.replace(f'"time": {json.loads(text)["time"]}', f'"time": {when}')
        connection.execute("UPDATE state SET json = ? WHERE number = ?", (text, number))
    connection.commit()
    connection.close()
    store, history = opened(file)
    assert {state.time for state in history.states} == {0.0}
    store.close(discard=True)


def test_pixels_under_a_key_that_is_no_number_are_told_and_leave_nothing_on_the_terminal(
    saved, capfd
):
    file, _ = saved
    altered(file, "UPDATE tile SET content = 'abc'")
    store, _ = opened(file)
    assert store.verify() > 0
    assert capfd.readouterr() == ("", "")
    store.close(discard=True)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("opacity", 2),
        ("opacity", float("nan")),
        ("blend", "evil"),
        ("blend", ["normal"]),
        ("children", [99]),
        ("raster", {"channels": 1, "depth": 8, "blocks": [0]}),
        ("provenance", "{}"),
    ],
)
def test_layers_that_make_no_sense_are_refused(saved, key, value):
    file, _ = saved
    connection = sqlite3.connect(file)
    number, text = connection.execute("SELECT key, json FROM layer ORDER BY key").fetchone()
    fields = json.loads(text) | {key: value}
    connection.execute("UPDATE layer SET json = ? WHERE key = ?", (json.dumps(fields), number))
    connection.commit()
    connection.close()
    assert "damaged" in refused(file)


def test_states_that_are_not_numbered_one_by_one_are_refused(saved):
    file, _ = saved
    altered(file, "UPDATE state SET number = 77 WHERE number = 3")
    assert "damaged" in refused(file)


def test_rows_under_false_names_cost_no_edit(saved):
    """A file that claims to hold, under the hash of what comes next, something else."""
    file, _ = saved
    store, history = opened(file)
    history.record("Paint mask", stroke(history.document, 6))
    document = change_layer(history.document, history.document.layers[0].id, opacity=0.25)
    history.record("Change layer", document)
    store.record(history)
    store.write_project(file)
    wanted = whole(history)  # all pixels are in memory now
    store.close(discard=True)
    connection = sqlite3.connect(file)
    number = connection.execute("SELECT max(key) FROM layer").fetchone()[0]
    connection.execute("UPDATE layer SET json = (SELECT json FROM layer) WHERE key = ?", (number,))
    connection.execute("DELETE FROM state WHERE number > 5")
    connection.execute("""UPDATE item SET json = '[5]' WHERE kind = 'store'""")
    connection.execute("UPDATE item SET json = '{' WHERE kind = 'candidate'")
    connection.commit()
    connection.close()
    store, back = opened(file)
    assert len(back) == 5
    assert store.items("candidate") == {"x": None}
    store.record(history)
    store.close(discard=False)
    store = WorkingStore.recover(store.path)
    assert whole(store.history()) == wanted
    store.close(discard=True)


def test_a_group_that_multiplies_itself_is_refused(saved):
    file, _ = saved
    connection = sqlite3.connect(file)
    (text,) = connection.execute("SELECT json FROM layer WHERE key = 1").fetchone()
    fields = json.loads(text) | {"raster": None}
    for key in range(100, 160):
        children = [key - 1, key - 1] if key > 100 else []
        row = json.dumps(fields | {"children": children, "id": f"{key}"})
        connection.execute("INSERT INTO layer VALUES (?, ?, ?)", (key, bytes([key]), row))
    number, text = connection.execute("SELECT number, json FROM state").fetchone()
    state = json.loads(text) | {"layers": [159]}
    connection.execute("UPDATE state SET json = ? WHERE number = ?", (json.dumps(state), number))
    connection.commit()
    connection.close()
    assert "damaged" in refused(file)


def test_truncated_and_flipped_files(saved, tmp_path):
    path, history = saved
    data = path.read_bytes()
    wanted = {fingerprint(state.document) for state in history.states}
    random = np.random.default_rng(0)
    for case in range(30):
        broken = bytearray(data)
        if case % 3 == 0:
            broken = broken[: int(random.integers(1, len(data)))]
        else:
            for at in random.integers(0, len(data), 20):
                broken[at] ^= 1 << int(random.integers(0, 8))
        file = tmp_path / "broken.glide"
        file.write_bytes(broken)
        try:
            store, back = opened(file)
        except GlideError:
            continue
        for state in back.states:
            assert fingerprint(state.document) in wanted or store.unreadable or case
        store.close(discard=True)


def test_a_new_picture_saves_small(tmp_path):
    store = stored(History.begin(photo()), tmp_path / "s")
    store.write_project(tmp_path / "p.glide")
    assert (tmp_path / "p.glide").stat().st_size < 600_000
    store.close(discard=True)


def test_guides_come_back_with_each_state(saved):
    path, _ = saved
    store, history = opened(path)
    history.record("Add guide", replace(history.document, guides=Guides((10.0, 33.5), (120.0,))))
    store.record(history, durable=True)
    store.write_project(path)
    store.close(discard=True)
    store, back = opened(path)
    assert [state.document.guides for state in back.path()][-2:] == [
        NO_GUIDES,
        Guides((10.0, 33.5), (120.0,)),
    ]
    store.close(discard=True)


@pytest.mark.parametrize("guides", ["[[1], [NaN]]", "[[1]]", "7", '[["a"], []]', "null"])
def test_guides_that_make_no_sense_are_refused(saved, guides):
    path, _ = saved
    sql = "UPDATE state SET json = replace(json, '\"guides\": [[], []]', ?)"
    altered(path, (sql, (f'"guides": {guides}',)))
    assert "damaged" in refused(path)


def test_the_computer_that_holds_a_project_is_named_if_it_is_another_one() -> None:
    here = in_use_error("a.glide", lock_module.Locked({"process": 7, "host": platform.node()}))
    there = in_use_error("a.glide", lock_module.Locked({"process": 7, "host": "attic"}))
    assert str(here) == "'a.glide' is open in another window; go on there or close it."
    assert str(there) == "'a.glide' is open on the computer attic; go on there or close it."
