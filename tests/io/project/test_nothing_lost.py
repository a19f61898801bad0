"""Saving and recovery when other programs, crashes and full disks interfere."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from glide_studio import atomic
from glide_studio.document.history import History
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box
from glide_studio.io.project import document_rows, schema, tile_codec
from glide_studio.io.project.open_project import open_project
from glide_studio.io.project.project_lock import Claim
from glide_studio.io.project.recovery import (
    TRASH_DAYS,
    forget,
    measure_stores,
    recoverable,
    restore,
)
from glide_studio.io.project.working_store import (
    PICK_KIND,
    SESSION_KIND,
    ProjectChanged,
    StoreBroken,
    WorkingStore,
)
from tests.io.project.makers import noise, photo, rich, stored, stroke, whole

POSIX = pytest.mark.skipif(os.name != "posix", reason="open files cannot be removed")


def paint(history, seed):
    history.record("Paint mask", stroke(history.document, seed))


def reopened(path, folder):
    """All that a project holds."""
    store, history = open_project(path, folder=folder, claims=False)
    found = whole(history)
    store.close(discard=True)
    return found


@POSIX
def test_a_save_after_the_store_was_removed_holds_everything(tmp_path):
    history = rich()
    store = stored(history, tmp_path / "stores")
    path = tmp_path / "a.glide"
    store.write_project(path)
    paint(history, 5)
    store.record(history)
    shutil.rmtree(tmp_path / "stores")  # as a cleaner does
    store.write_project(path)
    assert reopened(path, tmp_path / "others") == whole(history)
    # The store itself is there again: what comes after outlives a crash too.
    paint(history, 6)
    store.record(history)
    store.close(discard=False)
    (found,) = recoverable(tmp_path / "stores")
    store = WorkingStore.recover(found.path)
    assert whole(store.history()) == whole(history)
    store.close(discard=True)


@POSIX
def test_an_edit_after_the_store_was_removed_is_recorded(tmp_path):
    history = History.begin(photo())
    store = stored(history, tmp_path / "stores")
    shutil.rmtree(tmp_path / "stores")
    paint(history, 5)
    store.record(history)
    store.close(discard=False)
    (found,) = recoverable(tmp_path / "stores")
    assert found.states == 2


def truncate(store):
    """What a program does that cleans by emptying files."""
    for end in ("", "-wal"):
        with store.path.with_name(store.path.name + end).open("rb+") as file:
            file.truncate(0)


def overwrite(store):
    for end in ("", "-wal"):
        path = store.path.with_name(store.path.name + end)
        size = path.stat().st_size
        with path.open("rb+") as file:
            file.write(bytes(range(1, 256)) * (size // 255))


@POSIX
@pytest.mark.parametrize("damage", [truncate, overwrite])
def test_a_store_that_is_damaged_while_it_is_open_is_written_again(tmp_path, damage):
    history = rich()
    store = stored(history, tmp_path / "stores")
    damage(store)
    paint(history, 5)
    store.record(history)
    paint(history, 6)
    store.record(history)
    path = tmp_path / "a.glide"
    store.write_project(path, history=history)
    assert reopened(path, tmp_path / "others") == whole(history)
    paint(history, 7)
    store.record(history)
    store.close(discard=False)
    (found,) = recoverable(tmp_path / "stores")
    store = WorkingStore.recover(found.path)
    assert whole(store.history()) == whole(history)
    store.close(discard=True)


@POSIX
def test_only_spilled_tiles_are_lost_with_a_damaged_store(tmp_path):
    store = WorkingStore.create(None, "P", folder=tmp_path / "stores")
    history = History.begin(photo(), budget=0, store=store)
    paint(history, 5)
    store.record(history)
    spilled = sum(
        tile._pixels is None
        for state in history.states
        for raster in state.document.rasters()
        for _, tile in raster.tiles()
    )
    truncate(store)
    paint(history, 6)
    store.record(history)
    assert len(store.unreadable) <= spilled
    layer = history.document.layers[0]
    store.write_project(tmp_path / "a.glide")
    again, opened = open_project(tmp_path / "a.glide", folder=tmp_path / "others", claims=False)
    assert len(opened.states) == len(history.states)
    assert opened.document.layers[0].name == layer.name
    again.close(discard=True)
    store.close(discard=True)


@POSIX
def test_a_store_that_cannot_be_written_again_says_so(tmp_path, monkeypatch):
    history = rich()
    store = stored(history, tmp_path / "stores")
    truncate(store)
    monkeypatch.setattr(schema, "build", failing)
    paint(history, 5)
    with pytest.raises(StoreBroken, match="save the document as PSD"):
        store.record(history)
    monkeypatch.undo()
    store.record(history)  # there is room again
    store.write_project(tmp_path / "a.glide")
    assert reopened(tmp_path / "a.glide", tmp_path / "others") == whole(history)
    store.close(discard=True)


def failing(_):
    raise sqlite3.OperationalError("disk I/O error")


def test_a_save_that_is_not_whole_replaces_nothing(tmp_path, monkeypatch):
    history = rich()
    store = stored(history, tmp_path / "stores")
    path = tmp_path / "a.glide"
    store.write_project(path)
    before = path.read_bytes()
    for statement in (
        "DELETE FROM state",
        "DELETE FROM content",
        "DELETE FROM content WHERE key = (SELECT max(content) FROM tile)",
        "DROP TABLE block",
    ):

        def spoil(connection, target, statement=statement):
            connection.execute("VACUUM INTO ?", (str(target),))
            with sqlite3.connect(target) as copy:
                copy.execute(statement)
            copy.close()

        monkeypatch.setattr("glide_studio.io.project.working_store.vacuum_into", spoil)
        with pytest.raises(GlideError):
            store.write_project(path)
        assert path.read_bytes() == before
    store.close(discard=True)


def test_a_store_that_lost_a_tile_itself_is_saved_without_it(tmp_path):
    store = stored(rich(), tmp_path / "stores")
    with sqlite3.connect(store.path) as other:
        other.execute("DELETE FROM content WHERE key = (SELECT max(content) FROM tile)")
    other.close()
    store.write_project(tmp_path / "a.glide")
    opened, history = open_project(tmp_path / "a.glide", folder=tmp_path / "b", claims=False)
    assert len(history) == len(rich())
    assert opened.verify() > 0
    opened.close(discard=True)
    store.close(discard=True)


def test_a_project_that_another_program_changed_is_not_overwritten(tmp_path):
    history = rich()
    store = stored(history, tmp_path / "stores")
    path, other = tmp_path / "a.glide", tmp_path / "b.glide"
    store.write_project(path)
    theirs, again = open_project(path, folder=tmp_path / "theirs", claims=False)
    paint(again, 9)
    theirs.record(again)
    theirs.write_project(other)
    theirs.close(discard=True)
    changed = other.read_bytes()
    os.replace(other, path)
    paint(history, 5)
    store.record(history)
    with pytest.raises(ProjectChanged, match="keep both"):
        store.write_project(path)
    assert path.read_bytes() == changed
    store.write_project(tmp_path / "c.glide")
    assert path.read_bytes() == changed
    store.close(discard=True)


def test_a_changed_project_is_replaced_if_the_user_says_so(tmp_path):
    history = rich()
    store = stored(history, tmp_path / "stores")
    path = tmp_path / "a.glide"
    store.write_project(path)
    path.write_bytes(b"of another program")
    with pytest.raises(ProjectChanged):
        store.write_project(path)
    store.write_project(path, replace_changed=True)
    store.write_project(path)
    assert reopened(path, tmp_path / "others") == whole(history)
    store.close(discard=True)


def test_a_copy_brought_back_by_a_sync_client_is_no_change(tmp_path):
    history = rich()
    store = stored(history, tmp_path / "stores")
    path = tmp_path / "a.glide"
    for _ in range(2):
        store.write_project(path)
        shutil.copyfile(path, tmp_path / "copy")
        os.replace(tmp_path / "copy", path)
        os.utime(path, (1, 1))
    store.write_project(path)
    store.close(discard=True)


def test_recovery_names_the_time_of_the_last_edit_newest_first(tmp_path):
    ends = []
    for number, moment in enumerate((3000.0, 9000.0, 6000.0)):
        history = History.begin(photo())
        paint(history, 1)
        for state in history.states:
            object.__setattr__(state, "time", moment)
        store = WorkingStore.create(history, f"Photo {number}", folder=tmp_path)
        store.close(discard=False)
        ends.append(moment)
    for _ in range(2):  # looking changes nothing
        assert [one.modified for one in recoverable(tmp_path)] == sorted(ends, reverse=True)


def test_recovery_lists_no_store_without_unsaved_work(tmp_path):
    source = tmp_path / "beach.jpg"
    source.write_bytes(b"x")
    folder = tmp_path / "stores"
    untouched = WorkingStore.create(History.begin(photo()), "Beach", source=source, folder=folder)
    untouched.close(discard=False)
    saved = stored(rich(), folder)
    saved.write_project(tmp_path / "a.glide")
    saved.close(discard=False)
    assert recoverable(folder) == []
    assert [one for one in folder.rglob("*") if one.is_file()] == []
    gone = WorkingStore.create(
        History.begin(photo()), "Gone", source=tmp_path / "no", folder=folder
    )
    gone.close(discard=False)
    assert [one.title for one in recoverable(folder)] == ["Gone"]


def test_what_the_stores_take_on_the_disk_is_counted_without_folders(tmp_path):
    assert measure_stores(tmp_path / "none") == 0
    (tmp_path / "trash" / "inner").mkdir(parents=True)
    (tmp_path / "a.work").write_bytes(bytes(1000))
    (tmp_path / "trash" / "inner" / "b.work").write_bytes(bytes(234))
    assert measure_stores(tmp_path) == 1234


def test_unsaved_work_stays_listed_after_a_second_crash(tmp_path):
    history = rich()
    store = stored(history, tmp_path / "stores")
    store.write_project(tmp_path / "a.glide")
    paint(history, 5)
    store.record(history)
    store.close(discard=False)
    for _ in range(2):
        (found,) = recoverable(tmp_path / "stores")
        WorkingStore.recover(found.path).close(discard=False)
    (found,) = recoverable(tmp_path / "stores")
    forget(found.path)


def test_discarded_work_can_be_taken_back_for_a_month(tmp_path):
    history = History.begin(photo())
    paint(history, 1)
    stored(history, tmp_path).close(discard=False)
    (found,) = recoverable(tmp_path)
    discarded = forget(found.path)
    assert recoverable(tmp_path) == []
    restore(discarded)
    assert recoverable(tmp_path) == [found]
    discarded = forget(found.path)
    old = time.time() - (TRASH_DAYS + 1) * 86_400
    os.utime(discarded, (old, old))
    assert recoverable(tmp_path) == []
    assert not discarded.exists()


KILLED = """
import os, sys
from pathlib import Path
from glide_studio.atomic import atomic_write, register_temporaries
register_temporaries(Path(sys.argv[1]))
with atomic_write(Path(sys.argv[2])) as temporary:
    temporary.write_bytes(b"half")
    temporary.with_name(temporary.name + "-journal").write_bytes(b"x")
    os.kill(os.getpid(), 9)
"""


@POSIX
def test_what_a_killed_save_left_is_removed_at_the_next_start(tmp_path):
    stores, pictures = tmp_path / "stores", tmp_path / "pictures"
    stores.mkdir()
    pictures.mkdir()
    target = pictures / "a.png"
    target.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(stores), str(target)], check=False)
    assert done.returncode == -9
    assert len(list(pictures.iterdir())) == 3
    assert recoverable(stores) == []
    assert list(pictures.iterdir()) == [target]
    assert target.read_bytes() == b"old"
    assert list(stores.iterdir()) == []


def test_the_temporary_file_of_a_running_save_is_left_alone(tmp_path):
    atomic.register_temporaries(tmp_path)
    with atomic.atomic_write(tmp_path / "a.txt") as temporary:
        temporary.write_bytes(b"new")
        atomic.remove_leftovers(tmp_path)
        assert temporary.exists()
    assert (tmp_path / "a.txt").read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]


def hostile(path, change):
    """A sound project with `change(connection)` applied to it."""
    store = stored(History.begin(photo()), path.parent / "stores")
    store.write_project(path)
    store.close(discard=True)
    connection = sqlite3.connect(path)
    with connection:
        change(connection)
    connection.execute("VACUUM")
    connection.close()


def test_metadata_of_all_states_together_is_bounded(tmp_path):
    def change(connection):
        writer = document_rows.Writer(connection)
        blobs = {f"m{n}": writer.blob(bytes([n]) * (1 << 23)) for n in range(12)}
        (text,) = connection.execute("SELECT json FROM state").fetchone()
        fields = json.loads(text) | {"metadata": blobs}
        connection.execute("UPDATE state SET json = ?", (json.dumps(fields),))

    hostile(tmp_path / "a.glide", change)
    with pytest.raises(GlideError, match="damaged"):
        open_project(tmp_path / "a.glide", folder=tmp_path)


def test_thumbnails_that_share_one_picture_are_decompressed_once(tmp_path, monkeypatch):
    def change(connection):
        writer = document_rows.Writer(connection)
        pixels = np.zeros((512, 512, 4), np.uint8)
        key = writer.content(tile_codec.pack_array(pixels).content, pixels.nbytes)
        (text,) = connection.execute("SELECT json FROM state").fetchone()
        fields = json.loads(text)
        for number in range(2, 40):
            more = fields | {"id": f"{number}", "parent": fields["id"]}
            connection.execute("INSERT INTO state VALUES (?, ?)", (number, json.dumps(more)))
            connection.execute(
                "INSERT INTO thumbnail VALUES (?, ?, ?)", (number, "[512, 512, 4]", key)
            )
        connection.execute("UPDATE item SET json = '[1]' WHERE key = 'visited'")

    hostile(tmp_path / "a.glide", change)
    unpacked = []
    real = tile_codec.unpack_array
    monkeypatch.setattr(tile_codec, "unpack_array", lambda *a: unpacked.append(a) or real(*a))
    store, history = open_project(tmp_path / "a.glide", folder=tmp_path)
    assert history.thumbnail("7") is history.thumbnail("30")
    assert len(unpacked) == 1
    store.close(discard=True)


def test_layers_of_all_states_together_are_bounded(tmp_path):
    def change(connection):
        (text,) = connection.execute("SELECT json FROM layer").fetchone()
        leaf = json.loads(text) | {"raster": None, "children": []}
        for number in range(900):
            fields = json.dumps(leaf | {"id": f"l{number}"})
            row = (tile_codec.digest(fields.encode()), fields)
            connection.execute("INSERT INTO layer (hash, json) VALUES (?, ?)", row)
        group = json.dumps(leaf | {"id": "group", "children": list(range(2, 902))})
        row = (tile_codec.digest(group.encode()), group)
        key = connection.execute("INSERT INTO layer (hash, json) VALUES (?, ?)", row).lastrowid
        (text,) = connection.execute("SELECT json FROM state").fetchone()
        fields = json.loads(text) | {"layers": [key], "active": None}
        connection.execute("UPDATE state SET json = ?", (json.dumps(fields),))
        for number in range(2, 3000):
            more = fields | {"id": f"{number}", "parent": fields["id"]}
            connection.execute("INSERT INTO state VALUES (?, ?)", (number, json.dumps(more)))

    hostile(tmp_path / "a.glide", change)
    with pytest.raises(GlideError, match="damaged"):
        open_project(tmp_path / "a.glide", folder=tmp_path)


def test_masks_of_all_states_together_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(document_rows, "MAX_MASKS_IN_HISTORY", 50)

    def change(connection, states):
        (text,) = connection.execute("SELECT json FROM state").fetchone()
        fields = json.loads(text)
        masks = [["a mask", fields["selection"]]] * 10
        for number in range(2, 2 + states):
            more = fields | {"id": f"{number}", "parent": fields["id"], "masks": masks}
            connection.execute("INSERT INTO state VALUES (?, ?)", (number, json.dumps(more)))

    hostile(tmp_path / "a.glide", lambda connection: change(connection, 5))
    store, history = open_project(tmp_path / "a.glide", folder=tmp_path / "stores")
    assert [len(state.document.saved_masks) for state in history.states[1:]] == [10] * 5
    store.close(discard=True)
    hostile(tmp_path / "b.glide", lambda connection: change(connection, 6))
    with pytest.raises(GlideError, match="damaged"):
        open_project(tmp_path / "b.glide", folder=tmp_path)


def test_a_block_of_tiles_that_two_kinds_of_rasters_name_is_refused(tmp_path):
    def change(connection):
        (text,) = connection.execute("SELECT json FROM layer").fetchone()
        (block, *_) = json.loads(text)["raster"]["blocks"]
        (text,) = connection.execute("SELECT json FROM state").fetchone()
        fields = json.loads(text)
        fields["selection"]["blocks"][0] = block
        connection.execute("UPDATE state SET json = ?", (json.dumps(fields),))

    hostile(tmp_path / "a.glide", change)
    with pytest.raises(GlideError, match="damaged"):
        open_project(tmp_path / "a.glide", folder=tmp_path)


@pytest.mark.parametrize("table", ["state", "layer", "item"])
def test_json_that_would_fill_the_memory_is_refused_unread(tmp_path, monkeypatch, table):
    def change(connection):
        lists = "[" + "[]," * (schema.MAX_JSON // 3) + "0]"
        connection.execute(f"UPDATE {table} SET json = ?", (lists,))

    hostile(tmp_path / "a.glide", change)
    monkeypatch.setattr(json, "loads", lambda text: pytest.fail("It was read."))
    with pytest.raises(GlideError, match="damaged"):
        open_project(tmp_path / "a.glide", folder=tmp_path)


def test_all_values_of_the_editor_together_are_bounded(tmp_path):
    def change(connection, count):
        half = json.dumps("a" * (schema.MAX_JSON // 2))
        rows = [("job", str(number), half) for number in range(count)]
        connection.executemany("INSERT INTO item VALUES (?, ?, ?)", rows)

    hostile(tmp_path / "a.glide", lambda connection: change(connection, 3))
    store, _ = open_project(tmp_path / "a.glide", folder=tmp_path / "stores")
    store.close(discard=True)
    hostile(tmp_path / "b.glide", lambda connection: change(connection, 4))
    with pytest.raises(GlideError, match="damaged"):
        open_project(tmp_path / "b.glide", folder=tmp_path)


def test_rows_beyond_what_the_file_can_hold_are_refused(tmp_path):
    path = tmp_path / "a.glide"
    hostile(path, lambda connection: None)
    connection = schema.connect(path)
    schema.check_sizes(connection, path.stat().st_size, path.name)
    with pytest.raises(GlideError, match="damaged"):
        schema.check_sizes(connection, 1000, path.name)
    endless = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    )
    with schema.time_limit(connection, 0.1), pytest.raises(sqlite3.OperationalError):
        connection.execute(endless).fetchone()
    connection.close()


@pytest.mark.parametrize("page", [512, 4096, 65536])
def test_a_project_is_as_long_as_its_header_says_whatever_its_pages(tmp_path, monkeypatch, page):
    path = tmp_path / "a.glide"
    hostile(path, lambda connection: None)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute(f"PRAGMA page_size = {page}")
    connection.execute("VACUUM")
    connection.close()
    monkeypatch.setattr("glide_studio.io.project.open_project.FREE_FILE", 0)
    store, _ = open_project(path, folder=tmp_path / "stores")
    store.close(discard=True)
    with path.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(GlideError, match="damaged"):
        open_project(path, folder=tmp_path / "stores")


def test_a_project_far_longer_than_its_pages_is_refused_uncopied(tmp_path, monkeypatch):
    path = tmp_path / "a.glide"
    hostile(path, lambda connection: None)
    length = path.stat().st_size
    with path.open("rb+") as file:
        file.truncate(3 << 30)
    monkeypatch.setattr(shutil, "copyfile", lambda *_: pytest.fail("It was copied."))
    with pytest.raises(GlideError, match="damaged"):
        open_project(path, folder=tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr("glide_studio.io.project.open_project.FREE_FILE", 0)
    with path.open("rb+") as file:
        file.truncate(length)
    store, _ = open_project(path, folder=tmp_path / "stores")
    store.close(discard=True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes in the file system")
def test_pipes_and_devices_are_refused_unopened(tmp_path):
    os.mkfifo(tmp_path / "a.glide")
    with pytest.raises(GlideError, match="pipe"):
        open_project(tmp_path / "a.glide", folder=tmp_path)
    with pytest.raises(GlideError, match="device"):
        open_project(Path("/dev/zero"), folder=tmp_path)


@POSIX
def test_a_claim_of_a_killed_first_save_leaves_no_lock_beside_the_project(tmp_path):
    (tmp_path / "stores").mkdir()
    (tmp_path / "own").mkdir()
    code = (
        "import os, sys; from pathlib import Path;"
        "from glide_studio.io.project.project_lock import Claim;"
        "Claim(Path(sys.argv[1]), Path(sys.argv[2])); os._exit(9)"
    )
    project = tmp_path / "own" / "phöto.glide"
    command = [sys.executable, "-c", code, str(project), str(tmp_path / "stores")]
    assert subprocess.run(command, check=False).returncode == 9
    assert [path.name for path in (tmp_path / "own").iterdir()] == [".phöto.glide.lock"]
    assert recoverable(tmp_path / "stores") == []
    assert list((tmp_path / "own").iterdir()) == []
    assert list((tmp_path / "stores").glob("*.open")) == []


def test_a_claim_that_is_held_stays(tmp_path):
    (tmp_path / "stores").mkdir()
    claim = Claim(tmp_path / "a.glide", tmp_path / "stores")
    recoverable(tmp_path / "stores")
    assert (tmp_path / ".a.glide.lock").exists()
    assert list((tmp_path / "stores").glob("*.open"))
    claim.release()
    assert not (tmp_path / ".a.glide.lock").exists()


def test_an_undo_after_the_last_save_is_unsaved_work(tmp_path):
    history = History.begin(photo())
    store = stored(history, tmp_path / "stores")
    paint(history, 5)
    store.record(history)
    store.write_project(tmp_path / "a.glide")
    history.undo()
    store.record(history)
    store.close(discard=False)
    (found,) = recoverable(tmp_path / "stores")
    store = WorkingStore.recover(found.path)
    assert store.history().current.id == history.current.id
    history.redo()
    store.record(history)
    store.close(discard=False)
    assert recoverable(tmp_path / "stores") == []


def put_result(store, job="a", value=1, seed=0):
    """Store a result of a job, and which candidate of it was looked at last."""
    pixels = tile_codec.pack_array(noise(Box(0, 0, 9, 7), seed=seed))
    store.put("job", job, {"candidates": [value]}, {"0": pixels, "painted": pixels})
    store.put(PICK_KIND, job, {"index": value})


@pytest.fixture
def saved(tmp_path):
    """A store with edits and results of two jobs, all saved as "a.glide"; and its history."""
    history = rich()
    store = stored(history, tmp_path / "stores")
    put_result(store, "a")
    put_result(store, "b", seed=1)
    store.write_project(tmp_path / "a.glide")
    yield store, history
    with contextlib.suppress(sqlite3.ProgrammingError):
        store.close(discard=True)


def crash(store):
    """What the next start offers once the process of a store is gone."""
    store.close(discard=False)
    return recoverable(store.path.parent)


def test_a_saved_project_with_results_is_no_unsaved_work(saved, tmp_path):
    assert crash(saved[0]) == []
    store, _ = open_project(tmp_path / "a.glide", folder=tmp_path / "stores")
    assert crash(store) == [], "nothing was done to it"
    assert not list((tmp_path / "stores").glob("*.work"))


@pytest.mark.parametrize(
    "look",
    [
        lambda store, history: store.put(PICK_KIND, "a", {"index": 3}),
        lambda store, history: store.put(SESSION_KIND, "offered", "a"),
        lambda store, history: history.set_thumbnail(
            history.states[0].id, noise(Box(0, 0, 7, 5), seed=3)
        ),
        lambda store, history: put_result(store, "a"),
        lambda store, history: store.drop("job", "b"),
    ],
    ids=["picked", "chosen from", "thumbnail", "written again", "no longer kept"],
)
def test_what_is_only_looked_at_after_a_save_is_no_unsaved_work(saved, look):
    look(*saved)
    saved[0].record(saved[1])
    assert crash(saved[0]) == []


@pytest.mark.parametrize(
    "work",
    [
        lambda store: put_result(store, "c", seed=2),
        lambda store: put_result(store, "b", seed=2),
        lambda store: put_result(store, "b", value=2, seed=1),
        lambda store: store.put("job-marks", "a", {"0": "star"}),
    ],
    ids=["new", "other pixels", "other value", "starred"],
)
def test_results_made_or_marked_after_a_save_are_unsaved_work(saved, tmp_path, work):
    store, _ = saved
    work(store)
    (found,) = crash(store)
    store = WorkingStore.recover(found.path)
    assert crash(store) == [found], "recovering it saves nothing"
    store = WorkingStore.recover(found.path)
    store.write_project(tmp_path / "a.glide")
    assert crash(store) == []


def test_edits_after_a_save_with_results_are_unsaved_work(saved):
    store, history = saved
    paint(history, 5)
    store.record(history)
    (found,) = crash(store)
    store = WorkingStore.recover(found.path)
    assert whole(store.history()) == whole(history)
    store.close(discard=True)


def save_elsewhere(path):
    """Go on with a project in another program, and save it."""
    store, history = open_project(path, folder=path.parent / "others", claims=False)
    paint(history, 7)
    store.record(history)
    store.write_project(path.parent / "theirs.glide")
    store.close(discard=True)
    os.replace(path.parent / "theirs.glide", path)


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b"of another program"),
        lambda path: os.truncate(path, path.stat().st_size // 2),
        lambda path: path.write_bytes(bytes(path.stat().st_size)),
        save_elsewhere,
    ],
    ids=["deleted", "replaced", "cut short", "emptied", "saved by another"],
)
def test_saved_work_whose_file_others_changed_is_offered(saved, tmp_path, harm):
    store, history = saved
    before = whole(history)
    harm(tmp_path / "a.glide")
    for _ in range(2):
        (found,) = crash(store)
        store = WorkingStore.recover(found.path)
    assert whole(store.history()) == before
    assert store.array("job", "b", "0") is not None
    store.close(discard=True)


def test_a_saved_project_that_was_copied_back_is_as_it_was_saved(saved, tmp_path):
    path = tmp_path / "a.glide"
    shutil.copyfile(path, tmp_path / "copy.glide")
    os.replace(tmp_path / "copy.glide", path)
    os.utime(path, (1e9, 1e9))
    assert crash(saved[0]) == []


def test_a_save_for_want_of_room_in_the_store_leaves_nothing_to_recover(saved, tmp_path):
    store, history = saved
    paint(history, 5)
    fuller = stored(history, tmp_path / "more")
    store.write_copy(tmp_path / "a.glide", fuller)
    fuller.close(discard=True)
    assert crash(store) == []


def test_a_result_whose_text_is_damaged_does_not_keep_a_project_shut(tmp_path):
    def change(connection):
        connection.execute("INSERT INTO item VALUES ('job', 'a', CAST(x'ff22' AS TEXT))")

    hostile(tmp_path / "a.glide", change)
    store, history = open_project(tmp_path / "a.glide", folder=tmp_path / "stores")
    assert len(history) == 1
    assert crash(store) == []
