"""Training samples for networks with alpha: one premultiplied object, and the scene around."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.training import hole_masks
from glide_studio.training.captions import article
from glide_studio.training.image_folder import Bytes, Entry, entries, read_rgba
from glide_studio.training.inpaint_dataset import Floats, Sample, Scenes

# A noun alone means its most photographic pictures; other styles have to be asked for by name.
TEMPLATES = {
    "photo": ("a photo of {}", "a picture of {}"),
    "render": ("a 3d render of {}", "a picture of {}"),
    "emoji": ("an emoji of {}", "a 3d emoji of {}"),
}
PLAIN = 0.7  # share of captions without a word of style
DETAILED = 0.7  # share of captions with the adjectives of the entry, if it has any
COLORED = 0.3  # share of captions with the color of the design, if it has one
EMOJI_WEIGHT = 0.02  # of nouns of which there is no more than an emoji
TELLING_AZIMUTHS, MAX_ELEVATION = (20, 57), 28  # degrees, of the renderings that are learned
FEWEST_VIEWS = 10  # of a noun; where fewer are telling, all are learned
UNCONDITIONAL = 0.85  # share of samples without a scene, hence drawn from nothing
MAX_ROTATION = 4.0  # degrees
FRINGES = {"photo-cutouts": 3}  # folder -> pixels along an edge that show the white background
MIDDLE_GRAY = 0.45  # mean brightness of a scene in which an object keeps its own
OPAQUE = 0.35  # share of the upsampler's samples that are whole squares of photographs
TEXTURE = 0.2  # share of them that are shapes cut out of photographs
SMALLEST_CROP = 160  # pixels of a scene's 512
SMALLEST_LEVEL = 48  # pixels of the longer side; smaller copies of a picture are not kept


@dataclass(frozen=True, slots=True)
class CutOut:
    """A picture to learn from: its entry, what it shows, its style, and its premultiplied pixels.

    levels: [H, W, 4] uint8 each, at full size, at half of it, and so on. color: a word for it that
    the entry's text lacks, "" without one.
    """

    entry: Entry
    noun: str
    style: str
    levels: list[Bytes]
    color: str = ""


class ObjectDataset:
    """Endless samples of objects with alpha, of `renders`, `photo-cutouts` and `cutouts`.

    root: holds those and `scenes`. table: a JSON file: which labels of `cutouts` stand for which
    noun, for the styles "rendered" and "emoji"; beside it lies `designs.json` (see `Designs`). A
    noun is drawn in proportion to the square root of the number of its pictures. seed with a
    position fixes a sample.
    """

    def __init__(
        self, root: Path, table: Path | None, side: int, seed: int = 0, split: str = "train"
    ) -> None:
        self.side, self.seed = side, seed
        self.scenes = Scenes(list(entries(root / "scenes", split)))
        self.objects = self.find_objects(root, table, split)
        of_noun = defaultdict(list)
        for index, found in enumerate(self.objects):
            of_noun[found.noun].append(index)
        self.nouns = list(of_noun.items())
        weights = np.array([self.weight(indices) for _, indices in self.nouns])
        self.chances = np.cumsum(weights / weights.sum())

    def weight(self, indices: list[int]) -> float:
        """Return how often a noun is drawn, relative to others."""
        is_emoji = self.objects[indices[0]].style == "emoji"
        return (EMOJI_WEIGHT if is_emoji else 1.0) * float(np.sqrt(len(indices)))

    def find_objects(self, root: Path, table: Path | None, split: str) -> list[CutOut]:
        """Read the objects to learn from."""
        assert table is not None
        return find_cutouts(root, table, split)

    def sample(self, position: int, null_text: float) -> Sample:
        """Sample number `position`; `null_text`: share of them without a caption."""
        rng = np.random.Generator(np.random.Philox(key=[self.seed, position]))
        found = self.objects[self.choose(rng)]
        text = choose_caption(found, rng) if rng.random() >= null_text else ""
        unconditional = rng.random() < UNCONDITIONAL
        longest = self.side * (rng.uniform(0.82, 0.95) if unconditional else rng.uniform(0.4, 0.9))
        spread = 0.02 if unconditional else 0.08
        rgba, edges = self.place(found, longest, spread, rng, choose_flip(found, rng))
        exposure = rng.normal(0, 0.1 if unconditional else 0.18)
        light = np.exp(exposure + rng.normal(0, 0.05, 3))
        if unconditional:
            everything = np.ones((self.side, self.side), np.float32)
            nothing = np.full((self.side, self.side, 3), -1, np.float32)
            return Sample(to_model(rgba, light), everything, text, found.noun, nothing)
        scene = self.scene(rng).astype(np.float32) / 255
        # The same light falls on both, and an object in a dark scene is dark.
        shade = np.clip((scene.mean() / MIDDLE_GRAY) ** 0.5, 0.6, 1.25)
        grow = rng.uniform(0.5, 0.1 * self.side)
        left, top, right, bottom = edges
        shape = hole_masks.box if rng.random() < 0.5 else hole_masks.ellipse
        mask = shape(self.side, left - grow, top - grow, right + grow, bottom + grow)
        known = np.clip(scene * light, 0, 1).astype(np.float32) * 2 - 1
        return Sample(to_model(rgba, light * shade), mask, text, found.noun, known)

    def scene(self, rng: np.random.Generator) -> Bytes:
        """Return a random crop of a scene, [S, S, 3] uint8, scales log-uniform."""
        index = int(rng.integers(len(self.scenes)))
        side = round(SMALLEST_CROP * (512 / SMALLEST_CROP) ** rng.random())
        return self.scenes.crop(index, side, self.side, rng)

    def choose(self, rng: np.random.Generator) -> int:
        """Choose an object: a noun first, then one of its pictures."""
        place = min(int(np.searchsorted(self.chances, rng.random())), len(self.nouns) - 1)
        _, indices = self.nouns[place]
        return indices[rng.integers(len(indices))]

    def place(
        self,
        found: CutOut,
        longest: float,
        spread: float,
        rng: np.random.Generator,
        flipped: bool,
    ) -> tuple[Floats, tuple[float, float, float, float]]:
        """Draw an object on a transparent canvas: flipped or not, turned a little, somewhere.

        longest: side of its box in pixels. spread: standard deviation of its place, in canvas
        sides.

        Returns:
            [S, S, 4] float32, premultiplied, 0 .. 1, and the edges of its box: left, top, right,
            bottom.
        """
        large = [level for level in found.levels if max(level.shape[:2]) >= 0.8 * longest]
        level = (large or found.levels)[-1 if large else 0]
        height, width = level.shape[:2]
        across, down = longest / max(height, width) * np.exp(rng.normal(0, 0.03, 2))
        angle = np.deg2rad(rng.uniform(-MAX_ROTATION, MAX_ROTATION)) if rng.random() < 0.7 else 0.0
        cosine, sine = np.cos(angle), np.sin(angle)
        matrix = np.array([[cosine * across, -sine * down], [sine * across, cosine * down]])
        if flipped:
            matrix[:, 0] *= -1
        reach = np.abs(matrix) @ np.array([width, height]) / 2
        room = np.maximum(self.side / 2 - reach, 0)
        middle = self.side / 2 + np.clip(rng.normal(0, spread * self.side, 2), -room, room)
        shift = middle - 0.5 - matrix @ (np.array([width, height]) / 2 - 0.5)
        moved = cv2.warpAffine(
            level,
            np.column_stack([matrix, shift]),
            (self.side, self.side),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(0, 0, 0, 0),
        )
        (left, top), (right, bottom) = middle - reach, middle + reach
        return np.float32(1 / 255) * moved.astype(np.float32), (left, top, right, bottom)

    def entries_used(self) -> list[Entry]:
        """Return every picture that samples are made of."""
        return [*self.scenes.entries, *(found.entry for found in self.objects)]

    def texts(self) -> set[str]:
        """Return every caption that may occur."""
        return {text for found in self.objects for text in captions(found)}


class ObjectUpsampleDataset(ObjectDataset):
    """Endless samples for the upsampler: nothing is larger than its picture really is.

    Objects; squares of photographs with alpha 1, so that the network enlarges photographs too; and
    shapes cut out of photographs, with finer texture than the cut-outs of some 160 pixels have.
    """

    def sample(self, position: int, null_text: float) -> Sample:
        """Sample number `position`; `null_text`: share of objects without a caption."""
        rng = np.random.Generator(np.random.Philox(key=[self.seed, position]))
        everything = np.ones((self.side, self.side), np.float32)
        light = np.exp(rng.normal(0, 0.15) + rng.normal(0, 0.05, 3))
        kind = rng.random()
        if kind < OPAQUE + TEXTURE:
            rgba = self.opaque_scene(rng) if kind < OPAQUE else self.cut_scene(rng)
            return Sample(to_model(rgba, light), everything, "")
        found = self.objects[self.choose(rng)]
        longest = max(found.levels[0].shape[:2]) * rng.uniform(0.85, 1.0)
        rgba, _ = self.place(found, longest, 0.1, rng, choose_flip(found, rng))
        text = choose_caption(found, rng) if rng.random() >= null_text else ""
        return Sample(to_model(rgba, light), everything, text, found.noun)

    def opaque_scene(self, rng: np.random.Generator) -> Floats:
        """Take a square of a photograph, at no more than its own resolution, with alpha 1."""
        side = int(rng.integers(self.side, 3 * self.side + 1))
        crop = self.scenes.crop(int(rng.integers(len(self.scenes))), side, self.side, rng)
        opaque = np.ones((self.side, self.side, 1), np.float32)
        return np.concatenate([crop.astype(np.float32) / 255, opaque], axis=-1)

    def cut_scene(self, rng: np.random.Generator) -> Floats:
        """Cut a random shape out of a photograph: premultiplied, [S, S, 4]."""
        rgba = self.opaque_scene(rng)
        mask = hole_masks.random_mask(self.side, rng)
        alpha = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.4, 0.9))[..., None]
        return rgba * alpha


class Designs:
    """Which pictures are learned: chosen designs from a telling side, and chosen photographs.

    One noun's renderings may show several designs; a small network draws mixtures of many, so only
    one to three that resemble each other are learned.

    table: a JSON file: noun -> how many views there are of each design, and the color of each
    design in their order, "" without one, null if it is not learned; or noun -> ranges of the
    numbers of its photographs. Nouns that it lacks are learned whole. renders: all of the data.
    """

    def __init__(self, table: Path, renders: Iterable[Entry]) -> None:
        self.table: dict[str, dict[str, Any]] = json.loads(table.read_text("utf-8"))
        of_label = defaultdict(list)
        for entry in renders:
            of_label[entry.label.lower()].append(entry)
        self.places = {
            name: place
            for found in of_label.values()
            for place, name in enumerate(sorted(entry.path.name for entry in found))
        }
        self.from_one_side = {
            label
            for label, found in of_label.items()
            if sum(is_telling(e) and self.design_color(e) is not None for e in found)
            >= FEWEST_VIEWS
        }

    def color(self, entry: Entry) -> str | None:
        """Return the color of a rendering's design, None if the rendering is not learned."""
        if entry.label.lower() in self.from_one_side and not is_telling(entry):
            return None
        return self.design_color(entry)

    def design_color(self, entry: Entry) -> str | None:
        """Return the color of a rendering's design, None if the design is not learned."""
        row = self.table.get(entry.label.lower())
        if row is None:
            return ""
        colors: list[str | None] = row["colors"]
        design = self.places[entry.path.name] // int(row["views"])
        return colors[min(design, len(colors) - 1)]

    def has_photo(self, entry: Entry) -> bool:
        """Tell whether a photograph is learned; the number at the end of its name decides."""
        ranges = self.table.get(entry.label.lower(), {}).get("photos")
        number = entry.path.stem.rpartition("-")[2]
        if ranges is None or not number.isdecimal():
            return True
        return any(first <= int(number) <= last for first, last in ranges)


def is_telling(entry: Entry) -> bool:
    """Tell whether a rendering shows its thing from a side that says most about it."""
    if entry.view is None:
        return True
    azimuth, elevation = np.degrees(np.abs(entry.view))
    lowest, highest = TELLING_AZIMUTHS
    return bool(lowest <= azimuth <= highest and elevation <= MAX_ELEVATION)


def choose_flip(found: CutOut, rng: np.random.Generator) -> bool:
    """Tell whether to flip a picture: so that it faces left or the viewer, if the view is known.

    Networks learn one direction alone and draw the other mirrored; between both they would hesitate
    and draw two heads. Emoji, of which there is one picture each, stay as they are.
    """
    if found.entry.view is not None:
        return found.entry.view[0] > 0
    return found.style != "emoji" and bool(rng.random() < 0.5)


def find_cutouts(root: Path, table: Path, split: str) -> list[CutOut]:
    """Read the objects of all folders; of `cutouts` only those that nothing better names.

    Raises:
        FileNotFoundError, ValueError: see `image_folder.entries`.
    """
    renders = list(entries(root / "renders"))
    designs = Designs(table.with_name("designs.json"), renders)
    found = [
        CutOut(e, e.label.lower(), "photo", read_levels(e.path))
        for e in entries(root / "photo-cutouts", split)
        if designs.has_photo(e)
    ]
    for entry in renders:
        color = designs.color(entry) if entry.split == split else None
        if color is not None:
            levels = read_levels(entry.path)
            found.append(CutOut(entry, entry.label.lower(), "render", levels, color))
    rendered = {entry.label.lower() for entry in renders}
    words = json.loads(table.read_text("utf-8"))
    nouns = {
        style: {label: noun for noun, labels in words[style].items() for label in labels}
        for style in ("rendered", "emoji")
    }
    for entry in entries(root / "cutouts", split):
        if entry.kind == "drawing":
            continue
        style = "emoji" if "emoji" in entry.source else "rendered"
        noun = nouns[style].get(entry.label.lower())
        if noun is not None and noun not in rendered:
            levels = read_levels(entry.path)
            found.append(CutOut(entry, noun, "emoji" if style == "emoji" else "render", levels))
    return found


def read_levels(path: Path) -> list[Bytes]:
    """Read a cut-out at the sizes of `levels_of`, without the fringe of its folder."""
    pixels, fringe = read_rgba(path), FRINGES.get(path.parent.name, 0)
    return levels_of(trim_edge(pixels, fringe) if fringe else pixels)


def trim_edge(pixels: Bytes, radius: int) -> Bytes:
    """Make [H, W, 4] transparent within `radius` pixels of its edge, and at the picture's border.

    What is left ends softly, in colors of the object alone.
    """
    side = 2 * radius + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    edges = (radius, radius, radius, radius)
    alpha = cv2.copyMakeBorder(pixels[..., 3], *edges, cv2.BORDER_CONSTANT, value=0)
    soft = cv2.GaussianBlur(cv2.erode(alpha, disc), (0, 0), 0.7)[radius:-radius, radius:-radius]
    return np.dstack([pixels[..., :3], np.minimum(soft, pixels[..., 3])])


def levels_of(pixels: Bytes) -> list[Bytes]:
    """Premultiply [H, W, 4] and crop to what is visible: as it is, halved, halved again."""
    straight = pixels.astype(np.float32)
    alpha = straight[..., 3:] / 255
    level = np.concatenate([straight[..., :3] * alpha, straight[..., 3:]], axis=-1)
    rows, columns = (np.flatnonzero((alpha[..., 0] > 0.02).any(axis=axis)) for axis in (1, 0))
    if len(rows):
        level = level[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    found = [level]
    while max(level.shape[:2]) > SMALLEST_LEVEL:
        size = (max(1, round(level.shape[1] / 2)), max(1, round(level.shape[0] / 2)))
        level = np.asarray(cv2.resize(level, size, interpolation=cv2.INTER_AREA), np.float32)
        found.append(level)
    return [level.round().astype(np.uint8) for level in found]


def to_model(rgba: Floats, light: NDArray[np.float64]) -> Floats:
    """Return premultiplied RGBA in 0 .. 1 under light of that color [3], in -1 .. 1."""
    color = np.minimum(rgba[..., :3] * light, rgba[..., 3:])
    joined = np.concatenate([color, rgba[..., 3:]], axis=-1)
    return (joined * 2 - 1).astype(np.float32)


def names_of(noun: str, text: str, color: str = "") -> tuple[str, ...]:
    """Name an object by its noun and, if they tell more, by its entry's text and color."""
    is_plural = noun.endswith("s") and not noun.endswith(("ss", "us"))
    names = [noun if is_plural else f"{article(noun)} {noun}"]
    if noun in text and text not in (noun, names[0]):
        rest = without_article(text)
        names.append(f"{article(rest)} {rest}")
    if color:
        names.append(f"{color} {noun}" if is_plural else f"{article(color)} {color} {noun}")
    return tuple(names)


def choose_caption(found: CutOut, rng: np.random.Generator) -> str:
    """Choose one caption of an object."""
    colored = found.color and rng.random() < COLORED
    names = names_of(found.noun, found.entry.text.lower(), found.color if colored else "")
    name = names[-1 if colored or rng.random() < DETAILED else 0]
    if rng.random() < PLAIN:
        return name if rng.random() < 0.7 else without_article(name)
    templates = TEMPLATES[found.style]
    return templates[rng.integers(len(templates))].format(name)


def captions(found: CutOut) -> set[str]:
    """Return every caption that `choose_caption` may return."""
    names = names_of(found.noun, found.entry.text.lower(), found.color)
    templates = ("{}", *TEMPLATES[found.style])
    return {template.format(name) for template in templates for name in names} | {
        without_article(name) for name in names
    }


def without_article(name: str) -> str:
    """Return a name without its article."""
    return name.removeprefix("an ").removeprefix("a ")
