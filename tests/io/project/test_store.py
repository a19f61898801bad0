"""The working store: what is recorded comes back, whatever happens to the process."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glide_studio.api.thread_priority import BACKGROUND_NICENESS
from glide_studio.document.document import changed_boxes
from glide_studio.document.history import History
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.project import document_rows, schema, tile_codec, working_store
from glide_studio.io.project.open_project import open_project
from glide_studio.io.project.project_lock import Claim, Lock, Locked
from glide_studio.io.project.recovery import forget, recoverable, restore
from glide_studio.io.project.store_files import FOLDER_VARIABLE, stores_folder
from glide_studio.io.project.tile_codec import pack_array
from glide_studio.io.project.working_store import WorkingStore
from tests.io.project.makers import fingerprint, photo, rich, stored, stroke, whole


def again(store):
    """The store as the next process finds it."""
    store.close(discard=False)
    return WorkingStore.recover(store.path)


@pytest.mark.parametrize("depth", [8, 16])
def test_a_history_comes_back_exactly(tmp_path, depth):
    history = rich(depth)
    store = again(stored(history, tmp_path))
    back = store.history()
    assert whole(back) == whole(history)
    assert np.array_equal(back.thumbnail(back.current.id), history.thumbnail(back.current.id))
    assert store.unreadable == []
    assert back.redo().id == history.redo().id
    store.close(discard=True)
    assert list(tmp_path.iterdir()) == []


def test_each_record_is_kept_and_undo_is_too(tmp_path):
    history = History.begin(photo())
    store = stored(history, tmp_path)
    for seed in range(5):
        history.record("Paint mask", stroke(history.document, seed))
        store.record(history)
    history.undo()
    history.undo()
    store.record(history)
    store = again(store)
    back = store.history()
    assert whole(back) == whole(history)
    back.record("Paint mask", stroke(back.document, 99))
    store.record(back, durable=True)
    store = again(store)
    assert whole(store.history()) == whole(back)
    store.close(discard=True)


def test_restored_states_share_what_they_shared(tmp_path):
    history = History.begin(photo(Size(600, 600)))
    history.record("Paint mask", stroke(history.document, 1))
    store = again(stored(history, tmp_path))
    first, second = (state.document for state in store.history().states)
    assert first.layers == second.layers
    assert changed_boxes(first, second) == []
    assert len(second.selection.changed_cells(first.selection)) <= 4
    store.close(discard=True)


def test_equal_tiles_are_stored_once(tmp_path):
    document = photo()
    history = History.begin(document)
    store = stored(history, tmp_path)
    edit = stroke(document, 1)
    history.record("Paint mask", edit)
    history.undo()
    history.record("Paint mask", stroke(document, 1))  # the same pixels in other tiles
    store.record(history)
    connection = schema.connect(store.path)
    tiles, contents = (
        connection.execute(f"SELECT count({one}) FROM tile").fetchone()[0]
        for one in ("*", "DISTINCT content")
    )
    connection.close()
    assert contents < tiles
    store.close(discard=True)


@pytest.mark.parametrize("batch", [1, 5, 1000])
def test_many_tiles_packed_in_several_threads_are_all_there(tmp_path, monkeypatch, batch):
    monkeypatch.setattr(working_store, "MANY", 4)
    monkeypatch.setattr(working_store, "BATCH", batch)
    history = History.begin(photo(Size(700, 500)))
    assert len(list(history.document.layers[0].raster.tiles())) > 12
    stored(history, tmp_path).close(discard=False)
    (found,) = recoverable(tmp_path)
    store = WorkingStore.recover(found.path)
    assert whole(store.history()) == whole(history)
    assert store.unreadable == []
    store.close(discard=True)


def test_threads_that_pack_get_many_tiles_at_a_time(tmp_path, monkeypatch):
    handed: list[object] = []
    submit = ThreadPoolExecutor.submit
    monkeypatch.setattr(
        ThreadPoolExecutor,
        "submit",
        lambda pool, *work: handed.append(work) or submit(pool, *work),
    )
    history = History.begin(photo(Size(1300, 1200)))
    tiles = list(history.document.layers[0].raster.tiles())
    stored(history, tmp_path).close(discard=True)
    assert 1 < len(handed) <= len(tiles) // 20


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has a priority")
def test_tiles_are_packed_in_threads_that_let_the_window_go_first(tmp_path, monkeypatch):
    niceness: set[int] = set()
    pack = tile_codec.pack_tile

    def pack_and_note(pixels):
        niceness.add(os.getpriority(os.PRIO_PROCESS, 0))
        return pack(pixels)

    monkeypatch.setattr(tile_codec, "pack_tile", pack_and_note)
    stored(History.begin(photo(Size(1200, 1100))), tmp_path).close(discard=True)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert niceness == {min(19, max(own, BACKGROUND_NICENESS))}


def test_unsaved_work_is_listed_with_the_newest_picture_up_to_its_current_state(tmp_path):
    history = History.begin(photo(Size(200, 100)))
    pictures = [np.full((32, 64, 4), value, np.uint8) for value in (10, 20)]
    history.set_thumbnail(history.current.id, pictures[0])
    history.record("Paint mask", stroke(history.document, 1))
    history.set_thumbnail(history.current.id, pictures[1])
    history.record(
        "Paint mask", stroke(history.document, 2)
    )  # killed before this one had a picture
    store = stored(history, tmp_path)
    store.close(discard=False)
    (found,) = recoverable(tmp_path)
    assert np.array_equal(found.picture, pictures[1])
    store = WorkingStore.recover(found.path)
    again = store.history()
    again.jump(again.states[0].id)
    store.record(again)
    store.close(discard=False)
    (found,) = recoverable(tmp_path)
    assert np.array_equal(found.picture, pictures[0])
    store = WorkingStore.recover(found.path)
    again = store.history()
    again.jump(again.states[0].id)
    again.record("Paint mask", stroke(again.document, 3))  # the others are undone
    store.record(again)
    store.close(discard=False)
    (found,) = recoverable(tmp_path)
    assert np.array_equal(found.picture, pictures[0])
    connection = sqlite3.connect(found.path)
    connection.execute("UPDATE thumbnail SET shape = '[4000, 4000, 4]'")
    connection.commit()
    connection.close()
    (found,) = recoverable(tmp_path)
    assert found.picture is None


def test_cold_tiles_are_spilled_and_come_back(tmp_path):
    document = photo(Size(512, 512))
    store = WorkingStore.create(None, "Photo", folder=tmp_path)
    history = History.begin(document, budget=3 << 18, store=store)
    for seed in range(40):
        history.record("Paint mask", stroke(history.document, seed, side=200))
        store.record(history)
    assert any(
        not tile.resident
        for state in history.states
        for _, tile in state.document.selection.tiles()
    )
    prints = [fingerprint(state.document) for state in history.states]
    assert len(set(prints)) == 41
    assert prints == [fingerprint(state.document) for state in history.states]
    store.record(history)
    store = again(store)
    assert [fingerprint(state.document) for state in store.history().states] == prints
    store.close(discard=True)


def test_a_tile_is_held_once_the_record_of_it_is_over(tmp_path, monkeypatch):
    history = History.begin(photo(Size(300, 200)))
    tiles = [tile for _, tile in history.document.layers[0].raster.tiles()]
    store = WorkingStore.create(None, "Photo", folder=tmp_path)
    held: list[bool] = []
    add_state = document_rows.Writer.add_state

    def note_and_add(writer, *state):
        held.append(any(map(store.holds, tiles)))
        add_state(writer, *state)

    monkeypatch.setattr(document_rows.Writer, "add_state", note_and_add)
    store.record(history)
    assert held == [False], "a rollback would lose it, and who reads tiles does not see it yet"
    assert all(map(store.holds, tiles))
    store.close(discard=True)


def test_values_and_arrays(tmp_path):
    store = stored(History.begin(photo()), tmp_path)
    patch = np.random.default_rng(0).random((30, 40, 3), np.float32)
    store.put(
        "candidate",
        "b",
        {"text": "\ud800"},
        {"image": pack_array(patch), "mask": pack_array(patch[..., 0] > 0.5)},
    )
    store.put("candidate", "a", 2)
    store.put("settings", "brush", {"size": 40})
    store = again(store)
    assert store.items("candidate") == {"b": {"text": "\ud800"}, "a": 2}
    assert np.array_equal(store.array("candidate", "b", "image"), patch)
    assert store.array("candidate", "b", "mask").dtype == bool
    assert store.array("candidate", "a", "image") is None
    assert store.item("settings", "brush") == {"size": 40}
    assert store.item("settings", "none") is None
    before = store.path.stat().st_size
    store.drop("candidate", "b")
    assert store.items("candidate") == {"a": 2}
    assert store.array("candidate", "b", "image") is None
    for number in range(20):
        store.put("candidate", "c", number, {"image": pack_array(patch + number)})
    sqlite3.connect(store.path).execute("PRAGMA wal_checkpoint(PASSIVE)")
    assert store.path.stat().st_size < before + 5 * patch.nbytes, "dropped arrays leave no litter"
    store.close(discard=True)


def test_damaged_bytes_are_healed_when_they_come_again(tmp_path):
    store = stored(History.begin(photo()), tmp_path)
    patch = np.random.default_rng(0).random((30, 40, 3), np.float32)
    store.put("candidate", "a", 1, {"image": pack_array(patch)})
    store._sql.execute("UPDATE content SET data = x'00' WHERE key = (SELECT content FROM picture)")
    assert store.array("candidate", "a", "image") is None
    store.put("candidate", "b", 2, {"image": pack_array(patch)})
    for key in ("a", "b"):
        assert np.array_equal(store.array("candidate", key, "image"), patch)
    store.close(discard=True)


def test_a_failed_record_leaves_the_store_whole_and_is_made_up_for(tmp_path, monkeypatch):
    history = History.begin(photo())
    store = stored(history, tmp_path)
    before = whole(history)
    history.record("Paint mask", stroke(history.document, 1))
    with monkeypatch.context() as patched:
        patched.setattr(tile_codec, "LEVEL", "nonsense")
        with pytest.raises((TypeError, ValueError)):
            store.record(history)
    assert whole(store.history()) == before
    store.record(history)
    assert whole(store.history()) == whole(history)
    store.close(discard=True)


def test_a_full_disk_is_one_sentence(tmp_path):
    history = History.begin(photo())
    store = stored(history, tmp_path)
    pages = store._sql.execute("PRAGMA page_count").fetchone()[0]
    store._sql.execute(f"PRAGMA max_page_count={pages}")
    history.record("Paint mask", stroke(history.document, 1, side=150))
    with pytest.raises(GlideError, match="disk is full"):
        store.record(history)
    store._sql.execute("PRAGMA max_page_count=1000000")
    store.record(history)
    store = again(store)
    assert whole(store.history()) == whole(history)
    store.close(discard=True)


def test_edits_may_go_on_while_one_is_recorded(tmp_path):
    class Busy:
        """A history that gets another state whenever it was looked at."""

        def __init__(self, history):
            self.history = history

        def __getattr__(self, name):
            found = getattr(self.history, name)
            if name in ("states", "visited"):
                self.history.record("Paint mask", stroke(self.history.document, len(self.history)))
            return found

    history = History.begin(photo())
    store = stored(history, tmp_path)
    for _ in range(3):
        store.record(Busy(history))
    back = store.history()
    assert 1 < len(back) <= len(history)
    assert back.current.id in history
    store.record(history)
    assert whole(store.history()) == whole(history)
    store.close(discard=True)


def test_a_store_in_use_is_refused_and_not_listed(tmp_path):
    store = stored(History.begin(photo()), tmp_path)
    assert recoverable(tmp_path) == []
    with pytest.raises(GlideError, match="another window"):
        WorkingStore.recover(store.path)
    with pytest.raises(GlideError):
        forget(store.path)
    store.close(discard=False)
    (found,) = recoverable(tmp_path)
    assert (found.title, found.states, found.path) == ("Photo", 1, store.path)
    discarded = forget(found.path)
    assert recoverable(tmp_path) == []
    assert restore(discarded) == found.path
    assert recoverable(tmp_path) == [found]
    store = WorkingStore.recover(found.path)
    assert len(store.history()) == 1
    store.close(discard=True)
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


@pytest.mark.parametrize("content", [b"no database" * 999, None])
def test_a_store_that_cannot_be_recovered_is_not_kept_locked(tmp_path, monkeypatch, content):
    def fail(*_):
        raise sqlite3.OperationalError("disk I/O error")

    store = stored(History.begin(photo()), tmp_path)
    store.close(discard=False)
    whole_store = store.path.read_bytes()
    if content is None:
        monkeypatch.setattr(schema, "check", fail)
    else:
        store.path.write_bytes(content)
    with pytest.raises(GlideError, match="damaged"):
        WorkingStore.recover(store.path)
    monkeypatch.undo()
    store.path.write_bytes(whole_store)
    WorkingStore.recover(store.path).close(discard=True)


CHILD = """
import os, sys
from pathlib import Path
from tests.io.project.makers import photo, stroke
from glide_studio.document.history import History
from glide_studio.io.project.working_store import WorkingStore
history = History.begin(photo())
store = WorkingStore.create(None, "Photo", source=Path("beach.jpg"), folder=Path(sys.argv[1]))
store.record(history)
history.record("Paint mask", stroke(history.document, 7))
store.record(history)
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_process_loses_nothing(tmp_path):
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(root / "tests")])}
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)], env=environment, check=False
    )
    assert done.returncode == -9
    (found,) = recoverable(tmp_path)
    assert (found.states, found.source) == (2, Path("beach.jpg"))
    store = WorkingStore.recover(found.path)
    history = store.history()
    wanted = stroke(photo(), 7)
    assert np.array_equal(
        history.document.selection.read(wanted.box), wanted.selection.read(wanted.box)
    )
    store.close(discard=True)


def test_a_store_that_was_never_filled_is_cleared_away(tmp_path):
    (tmp_path / "dead.work").write_bytes(b"")
    (tmp_path / "dead.lock").write_bytes(b"{")
    (tmp_path / "project.open").write_bytes(b"{}")
    assert recoverable(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
    assert recoverable(tmp_path / "missing") == []


def test_the_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert stores_folder() == tmp_path / "working"
    monkeypatch.delenv(FOLDER_VARIABLE)
    assert stores_folder().name == "working"
    (tmp_path / "file").touch()
    with pytest.raises(GlideError, match=FOLDER_VARIABLE):
        stored(History.begin(photo()), tmp_path / "file" / "inside")


def test_locks(tmp_path):
    lock = Lock(tmp_path / "a.lock", {"title": "x"})
    with pytest.raises(Locked) as caught:
        Lock(tmp_path / "a.lock")
    assert caught.value.holder["title"] == "x"
    assert "Held by" in str(caught.value)
    lock.release()
    lock.release()
    held = Lock(tmp_path / "a.lock")
    with pytest.raises(Locked):
        Lock(tmp_path / "a.lock")
    held.release()
    Lock(tmp_path / "a.lock").release()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_for_which_there_is_no_room_leaves_nothing_and_stops_no_claim(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Lock, "write", full)
    with pytest.raises(OSError, match="No space"):
        Lock(tmp_path / "a.lock", {"title": "x"})
    Claim(tmp_path / "a.glide", tmp_path).release()
    Claim(tmp_path / "a.glide", tmp_path / "missing").release()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_is_freed_by_another_thread_than_the_one_that_took_it(tmp_path):
    with ThreadPoolExecutor(1) as files:
        lock = files.submit(Lock, tmp_path / "a.lock").result()
    with pytest.raises(Locked):
        Lock(tmp_path / "a.lock")
    lock.release()
    Lock(tmp_path / "a.lock").release()


@settings(max_examples=25)
@given(
    st.sampled_from([np.uint8, np.uint16]),
    st.sampled_from([1, 4]),
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 7, 65535]),
)
def test_tiles_are_packed_without_loss(dtype, channels, seed, spread):
    random = np.random.default_rng(seed)
    pixels = random.integers(0, min(spread, np.iinfo(dtype).max) + 1, (128, 128, channels))
    pixels = pixels.astype(dtype)
    data = tile_codec.pack_tile(pixels)
    back = tile_codec.unpack_tile(data, channels, np.dtype(dtype))
    assert back.dtype == dtype
    assert np.array_equal(back, pixels)
    for other in ({1: 4, 4: 1}[channels], channels):
        wrong = np.dtype(np.uint16 if dtype == np.uint8 else np.uint8)
        with pytest.raises(ValueError):
            tile_codec.unpack_tile(data, other, wrong if other == channels else np.dtype(dtype))


@pytest.mark.parametrize("frame", [1 << 22, 7])
def test_arrays_of_any_shape_come_back_and_damage_is_told(
    frame: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_codec, "FRAME", frame)
    for shape in ((0,), (3, 0, 2), (1,), (5, 7, 3)):
        for dtype in (np.uint8, np.uint16, np.float32):
            array = np.random.default_rng(1).uniform(0, 200, shape).astype(dtype)
            back = tile_codec.unpack_array(pack_array(array).content, shape, np.dtype(dtype))
            assert back.dtype == dtype
            assert np.array_equal(back, array)
    content = pack_array(array).content
    for cut in (3, len(content) // 2, len(content)):
        with pytest.raises(ValueError, match=r"damaged|compressed"):
            tile_codec.unpack_array(content[:-cut], shape, np.dtype(dtype))
    packed = tile_codec.pack(bytes(range(100)))
    for data, size in ((packed, 99), (packed, 101), (packed[:-3], 100), (b"", 100)):
        with pytest.raises(ValueError, match=r"compressed|damaged"):
            tile_codec.unpack(data, size)


def test_an_open_project_is_found_by_its_store(tmp_path):
    store = stored(rich(), tmp_path)
    store.write_project(tmp_path / "a.glide")
    store = again(store)
    assert store.project == tmp_path / "a.glide"
    with pytest.raises(GlideError, match="another window"):
        open_project(tmp_path / "a.glide", folder=tmp_path)
    store.close(discard=True)


def test_a_durable_record_waits_for_the_disk_and_others_do_not(tmp_path):
    history = History.begin(photo())
    store = stored(history, tmp_path)
    statements = []
    store._sql.set_trace_callback(statements.append)
    for durable in (True, False):
        statements.clear()
        history.record("Paint mask", stroke(history.document, int(durable)))
        store.record(history, durable=durable)
        modes = [one for one in statements if "synchronous" in one]
        assert modes == [f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}"]
        assert statements.index(modes[0]) < statements.index("COMMIT")
    store.close(discard=True)
