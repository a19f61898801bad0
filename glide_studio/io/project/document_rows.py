"""Write documents as rows of tiles, blocks, layers and states, and rebuild them from rows."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from glide_studio.document.adjustments import adjustment_from_dict, adjustment_to_dict
from glide_studio.document.document import Depth, Document, SavedMask
from glide_studio.document.frame import Frame
from glide_studio.document.guides import NO_GUIDES, Guides
from glide_studio.document.history import HistoryState
from glide_studio.document.layer import MAX_LAYERS, MAX_NESTING, Layer
from glide_studio.document.raster import BLOCK_TILES, Raster, TileBlock
from glide_studio.document.tile import TILE_PX, Tile, TileSource
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.picture import check_size
from glide_studio.io.project import tile_codec
from glide_studio.io.provenance import provenance_from_json, provenance_to_dict
from glide_studio.translation import FilledText, pack, resolve

MAX_BLOBS = 64 << 20  # bytes of all profiles and metadata together
MAX_LAYERS_IN_HISTORY = 2_000_000  # of all states together
MAX_MASKS_IN_HISTORY = 500_000  # likewise
MAX_LAYERS_BUILT = 250_000
DTYPES: dict[int, np.dtype[Any]] = {8: np.dtype(np.uint8), 16: np.dtype(np.uint16)}
_MEMBER = np.dtype([("place", "u1"), ("tile", "<i8")])
MAX_PACKED_LABEL = 500  # characters
LATEST = 253_370_764_800.0  # the year 9999
NO_TILE = -1  # where a block has no tile; ids begin at 0
NO_TILES = np.full(BLOCK_TILES**2, NO_TILE)


class Writer:
    """Adds to a database what it does not hold yet, in the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection
        self._tiles = {row[0] for row in connection.execute("SELECT id FROM tile")}
        self._new_tiles: set[int] = set()  # of the transaction
        self._blocks = {row[0] for row in connection.execute("SELECT id FROM block")}
        # States share profiles and metadata, of which a JPEG that came in may have megabytes.
        self._blob_keys: dict[int, tuple[bytes, int]] = {}

    def missing(self, document: Document) -> tuple[list[Tile], list[TileBlock]]:
        """List tiles and blocks of `document` that the database does not hold, each once."""
        tiles: dict[int, Tile] = {}
        blocks: dict[int, TileBlock] = {}
        for raster in document.rasters():
            for block in raster.blocks:
                if block is None or block.id in self._blocks or block.id in blocks:
                    continue
                blocks[block.id] = block
                for tile in block.tiles:
                    if tile is not None and not (self.holds(tile) or tile.id in self._new_tiles):
                        tiles[tile.id] = tile
        return list(tiles.values()), list(blocks.values())

    def add_tiles(self, tiles: Sequence[tuple[Tile, bytes]]) -> None:
        """Store tiles with their packed pixels."""
        for tile, data in tiles:
            key = self.content(data, tile.nbytes)
            self._sql.execute(
                "INSERT OR IGNORE INTO tile VALUES (?, ?, ?, ?)",
                (tile.id, tile.channels, tile.dtype.itemsize * 8, key),
            )
            self._new_tiles.add(tile.id)

    def note_commit(self) -> None:
        """Note that the transaction is over: what it added is stored."""
        self._tiles |= self._new_tiles
        self._new_tiles.clear()

    def holds(self, tile: Tile) -> bool:
        """Return True if the tile is stored; in a transaction, if it was before."""
        return tile.id in self._tiles

    def add_blocks(self, blocks: Sequence[TileBlock]) -> None:
        """Store which tiles blocks are made of."""
        for block in blocks:
            there = [(at, tile.id) for at, tile in enumerate(block.tiles) if tile is not None]
            members = np.array(there, _MEMBER).tobytes()
            self._sql.execute("INSERT OR IGNORE INTO block VALUES (?, ?)", (block.id, members))
            self._blocks.add(block.id)

    def content(self, data: bytes, size: int) -> int:
        """Store packed bytes if they are new, or repair a damaged copy; returns their key."""
        name = tile_codec.digest(data)
        sql = "SELECT key, data = ? FROM content WHERE hash = ?"
        row = self._sql.execute(sql, (data, name)).fetchone()
        if row is not None:
            if not row[1]:
                sql = "UPDATE content SET data = ?, size = ? WHERE key = ?"
                self._sql.execute(sql, (data, size, row[0]))
            return int(row[0])
        sql = "INSERT INTO content (hash, size, data) VALUES (?, ?, ?)"
        return int(self._sql.execute(sql, (name, size, data)).lastrowid or 0)

    def blob(self, raw: bytes) -> int:
        """Store bytes if they are new; returns their key."""
        if id(raw) not in self._blob_keys:
            self._blob_keys[id(raw)] = raw, self.content(tile_codec.pack(raw), len(raw))
        return self._blob_keys[id(raw)][1]

    def add_state(self, state: HistoryState, number: int) -> None:
        """Store a state whose tiles and blocks are stored."""
        document = state.document
        fields = {
            "id": state.id,
            "parent": state.parent,
            "label": state.label,
            "time": state.time,
            "size": [document.size.width, document.size.height],
            "depth": document.depth,
            "layers": [self._layer(layer) for layer in document.layers],
            "active": document.active,
            "selection": _raster_fields(document.selection),
            "masks": [[one.name, _raster_fields(one.raster)] for one in document.saved_masks],
            "icc": None if document.icc is None else self.blob(document.icc),
            "metadata": {name: self.blob(raw) for name, raw in document.metadata.items()},
            "guides": [document.guides.horizontal, document.guides.vertical],
            "frame": str(document.frame),
        }
        if (packed := pack(state.label)) != state.label:  # earlier versions do not read this field
            fields["packed_label"] = packed
        self._sql.execute("INSERT INTO state VALUES (?, ?)", (number, json.dumps(fields)))

    def _layer(self, layer: Layer) -> int:
        fields = {
            "id": layer.id,
            "name": layer.name,
            "raster": None if layer.raster is None else _raster_fields(layer.raster),
            "children": [self._layer(child) for child in layer.children],
            "mask": None if layer.mask is None else _raster_fields(layer.mask),
            "opacity": layer.opacity,
            "blend": layer.blend,
            "clipping": layer.clipping,
            "visible": layer.visible,
            "locked": layer.locked,
            "provenance": None
            if layer.provenance is None
            else json.dumps(dict(layer.provenance), sort_keys=True),
            "adjustment": None
            if layer.adjustment is None
            else adjustment_to_dict(layer.adjustment),
        }
        if layer.keeps_alpha:  # a field that earlier versions do not read
            fields["keeps_alpha"] = True
        text = json.dumps(fields)
        name = tile_codec.digest(text.encode())
        sql = "SELECT key, json = ? FROM layer WHERE hash = ?"
        row = self._sql.execute(sql, (text, name)).fetchone()
        if row is not None and row[1]:
            return int(row[0])
        if row is not None:
            # A row of a file from elsewhere, under a hash that is not its own.
            sql = "UPDATE layer SET hash = randomblob(16) WHERE key = ?"
            self._sql.execute(sql, (row[0],))
        sql = "INSERT INTO layer (hash, json) VALUES (?, ?)"
        return int(self._sql.execute(sql, (name, text)).lastrowid or 0)


def _raster_fields(raster: Raster) -> dict[str, Any]:
    """Return a raster as JSON; its size is that of the document."""
    return {
        "channels": raster.channels,
        "depth": raster.dtype.itemsize * 8,
        "blocks": [0 if block is None else block.id for block in raster.blocks],
    }


def _guides(fields: Sequence[Sequence[float]]) -> Guides:
    """Rebuild guides.

    Raises:
        TypeError, ValueError: if they make no sense.
    """
    if fields == [[], []]:
        return NO_GUIDES
    horizontal, vertical = (tuple(float(one) for one in positions) for positions in fields)
    if not all(map(math.isfinite, (*horizontal, *vertical))):
        raise ValueError("A guide is nowhere.")
    return Guides(horizontal, vertical)


def _label(fields: Mapping[str, Any]) -> str:
    """Return a state's label, in the language of the process if the file tells how to say it."""
    packed = str(fields.get("packed_label", ""))
    # A long one of a file from elsewhere could grow without end.
    if not 0 < len(packed) <= MAX_PACKED_LABEL:
        return str(fields["label"])
    return FilledText(resolve(packed), packed)


def _time(value: Any) -> float:
    """Return the seconds of a state's time; 0 for one that no calendar has."""
    seconds = float(value)
    return seconds if 0 <= seconds < LATEST else 0.0


class Reader:
    """Rebuilds documents; what states share comes back shared. Pixels stay in the database.

    Every method raises ValueError, KeyError, TypeError or sqlite3.Error for rows that make no
    sense, which a file from elsewhere may hold.
    """

    def __init__(self, connection: sqlite3.Connection, source: TileSource) -> None:
        self._sql = connection
        self._source = source
        self._kinds: dict[int, tuple[int, int]] = {}
        self._tiles: dict[tuple[int, int], dict[int, Tile]] = {}  # by channels and depth, then id
        self._blocks: dict[int, TileBlock] = {}
        self._near: dict[
            tuple[int, int, int], tuple[NDArray[np.int64], tuple[Tile | None, ...]]
        ] = {}  # the block that was read last of each kind and spot: its tiles' ids, its tiles
        self._rasters: dict[tuple[Any, ...], Raster] = {}
        self._layers: dict[tuple[int, Size], tuple[Layer, int, int]] = {}
        self._blobs: dict[int, bytes] = {}
        self._blob_bytes = 0
        self._layer_count = self._mask_count = 0
        self.lost: list[int] = []

    def states(self) -> Iterator[HistoryState]:
        """Yield all states, in the order they were made."""
        for tile_id, channels, depth in self._sql.execute("SELECT id, channels, depth FROM tile"):
            if channels not in (1, 4) or depth not in DTYPES:
                raise ValueError("A tile has an impossible shape.")
            self._kinds[tile_id] = channels, depth
        rows = self._sql.execute("SELECT number, json FROM state ORDER BY number").fetchall()
        for expected, (number, text) in enumerate(rows, 1):
            if number != expected:
                raise ValueError("States are not numbered one by one.")
            yield self._state(json.loads(text))

    def _state(self, fields: dict[str, Any]) -> HistoryState:
        size = Size(*(int(side) for side in fields["size"]))
        check_size(size)
        found = [self._layer(int(key), size) for key in fields["layers"]]
        count = sum(count for _, count, _ in found)
        self._layer_count += count
        if count > MAX_LAYERS or self._layer_count > MAX_LAYERS_IN_HISTORY:
            raise ValueError("There are too many layers.")
        self._mask_count += len(fields["masks"])
        if self._mask_count > MAX_MASKS_IN_HISTORY:
            raise ValueError("There are too many masks.")
        layers = tuple(layer for layer, _, _ in found)
        depth = int(fields["depth"])
        if depth not in DTYPES:
            raise ValueError("The depth is impossible.")
        icc, parent, active = fields["icc"], fields["parent"], fields["active"]
        document = Document(
            size,
            cast(Depth, depth),
            layers,
            None if active is None else str(active),
            self._raster(fields["selection"], size),
            tuple(SavedMask(str(name), self._raster(one, size)) for name, one in fields["masks"]),
            None if icc is None else self._blob(int(icc)),
            {str(name): self._blob(int(key)) for name, key in fields["metadata"].items()},
            _guides(fields.get("guides", ((), ()))),  # not in files of the first versions
            Frame.parse(str(fields.get("frame", ""))),  # neither
        )
        return HistoryState(
            _label(fields),
            document,
            None if parent is None else str(parent),
            _time(fields["time"]),
            str(fields["id"]),
        )

    def _layer(self, key: int, size: Size) -> tuple[Layer, int, int]:
        """Return (layer, number of layers in it, how deep they are nested)."""
        if (key, size) in self._layers:
            return self._layers[key, size]
        row = self._sql.execute("SELECT json FROM layer WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise ValueError(f"Layer {key} is missing.")
        fields = json.loads(row[0])
        children = [int(child) for child in fields["children"]]
        if any(child >= key for child in children):
            raise ValueError("A group holds itself.")
        inner = [self._layer(child, size) for child in children]
        count = 1 + sum(many for _, many, _ in inner)
        nesting = 1 + max((deep for _, _, deep in inner), default=0)
        if count > MAX_LAYERS or nesting > MAX_NESTING or len(self._layers) > MAX_LAYERS_BUILT:
            raise ValueError("There are too many layers.")
        raster, mask, made = fields["raster"], fields["mask"], fields["provenance"]
        adjusts = fields.get("adjustment")  # not in files of the first versions
        layer = Layer(
            str(fields["name"]),
            None if raster is None else self._raster(raster, size),
            tuple(layer for layer, _, _ in inner),
            None if mask is None else self._raster(mask, size),
            float(fields["opacity"]),
            fields["blend"],
            bool(fields["clipping"]),
            bool(fields["visible"]),
            bool(fields["locked"]),
            bool(fields.get("keeps_alpha", False)),
            None if made is None else provenance_to_dict(provenance_from_json(made)),
            None if adjusts is None else adjustment_from_dict(adjusts),
            str(fields["id"]),
        )
        self._layers[key, size] = layer, count, nesting
        return self._layers[key, size]

    def _raster(self, fields: dict[str, Any], size: Size) -> Raster:
        channels, depth = int(fields["channels"]), int(fields["depth"])
        ids = tuple(int(block) for block in fields["blocks"])
        key = (size, channels, depth, ids)
        if key not in self._rasters:
            empty = Raster.empty(size, channels, DTYPES[depth])
            if len(ids) != len(empty.blocks):
                raise ValueError("A raster has too few or too many blocks.")
            blocks = tuple(
                self._block(one, channels, depth, place) if one else None
                for place, one in enumerate(ids)
            )
            self._rasters[key] = Raster(size, channels, empty.dtype, blocks)
        return self._rasters[key]

    def _block(self, block_id: int, channels: int, depth: int, spot: int) -> TileBlock:
        """Return a block; `spot` is its place in the raster.

        The block read before at that place shares most of its tiles, which makes this fast.
        """
        if block_id in self._blocks:
            block = self._blocks[block_id]
            first = next((tile for tile in block.tiles if tile is not None), None)
            if first is not None and (first.channels, first.dtype) != (channels, DTYPES[depth]):
                raise ValueError("A block is used by rasters of two kinds.")
            return block
        row = self._sql.execute("SELECT tiles FROM block WHERE id = ?", (block_id,)).fetchone()
        if row is None:
            raise ValueError(f"Block {block_id} is missing.")
        members = np.frombuffer(row[0], _MEMBER)
        ids = NO_TILES.copy()
        ids[members["place"]] = members["tile"]
        near, kind = (channels, depth, spot), (channels, depth)
        before, shared = self._near.get(near, (NO_TILES, (None,) * BLOCK_TILES**2))
        tiles = list(shared)
        known = self._tiles.setdefault(kind, {})
        dtype = DTYPES[depth]
        changed = (ids != before).nonzero()[0]
        for place, tile_id in zip(changed.tolist(), ids[changed].tolist(), strict=True):
            tile = known.get(tile_id)
            if tile is None and tile_id != NO_TILE:
                of = self._kinds.get(tile_id)
                if of is None:
                    self.lost.append(tile_id)
                elif of != kind:
                    raise ValueError("A tile does not fit its raster.")
                else:
                    tile = Tile.from_store(tile_id, channels, dtype, self._source)
                    known[tile_id] = tile
            tiles[place] = tile
        block = TileBlock(block_id, tuple(tiles))
        self._near[near] = ids, block.tiles
        self._blocks[block_id] = block
        return block

    def _blob(self, key: int) -> bytes:
        if key not in self._blobs:
            blob = read_blob(self._sql, key, MAX_BLOBS - self._blob_bytes)
            self._blob_bytes += len(blob)
            self._blobs[key] = blob
        return self._blobs[key]


def read_blob(connection: sqlite3.Connection, key: int, limit: int) -> bytes:
    """Return the bytes that `Writer.blob` stored.

    Raises:
        ValueError: if they are missing, damaged or more than `limit`.
    """
    data, size = read_content(connection, key)
    if size > limit:
        raise ValueError("A profile or metadata is too long.")
    return tile_codec.unpack(data, size)


def read_content(connection: sqlite3.Connection, key: int) -> tuple[bytes, int]:
    """Return (packed bytes, size once unpacked), the bytes as they were written.

    Raises:
        ValueError: if they are missing or were changed.
    """
    sql = "SELECT hash, size, data FROM content WHERE key = ?"
    row = connection.execute(sql, (key,)).fetchone()
    if row is None or tile_codec.digest(row[2]) != row[0]:
        raise ValueError(f"Content {key} is missing or was changed.")
    return row[2], int(row[1])


def read_tile(connection: sqlite3.Connection, tile_id: int) -> np.ndarray[Any, Any]:
    """Return the pixels [128, 128, C] of a stored tile.

    Raises:
        ValueError: if they are missing or damaged.
    """
    sql = "SELECT channels, depth, content FROM tile WHERE id = ?"
    row = connection.execute(sql, (tile_id,)).fetchone()
    if row is None:
        raise ValueError(f"Tile {tile_id} is missing.")
    channels, depth, key = row
    data, size = read_content(connection, key)
    dtype = DTYPES[depth]
    if size != TILE_PX * TILE_PX * channels * dtype.itemsize:
        raise ValueError(f"Tile {tile_id} has another size.")
    return tile_codec.unpack_tile(data, channels, dtype)
