"""`Viewport`: which part of the document is visible, and at which scale; `ViewRotation`. No Qt.

Device pixels are the screen's own; on a display with a scale factor they are smaller than Qt's. A
turned view is drawn upright into a frame, and the frame is turned: what a viewport calls device
pixels are those of the frame, which are the widget's own while the view is upright.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from glide_studio.imaging.geometry import Box, Point, Size

MIN_SCALE, MAX_SCALE = 1 / 128, 64.0
MIN_VISIBLE_PX = 48  # of the image, in device pixels, that cannot be moved out of view
SMALL_STEPS = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 6, 1 / 4, 1 / 3, 1 / 2, 2 / 3)
ZOOM_STEPS = (*SMALL_STEPS, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0)


@dataclass(frozen=True, slots=True)
class ViewRotation:
    """Turns the frame about its middle, which lies in the middle of the widget.

    angle: degrees clockwise. widget: its size in device pixels.
    """

    angle: float
    widget: Size

    @property
    def frame(self) -> Size:
        """The size of an upright frame that covers the widget once it is turned."""
        return Size(*(math.ceil(round(side, 6)) for side in self._extent(*self._sides)))

    def to_frame(self, x: float, y: float) -> tuple[float, float]:
        """Map a position on the widget to one in the frame."""
        dx, dy = self.vector_to_frame(x - self.widget.width / 2, y - self.widget.height / 2)
        return dx + self.frame.width / 2, dy + self.frame.height / 2

    def to_widget(self, x: float, y: float) -> tuple[float, float]:
        """Map a position in the frame to one on the widget."""
        dx, dy = self.vector_to_widget(x - self.frame.width / 2, y - self.frame.height / 2)
        return dx + self.widget.width / 2, dy + self.widget.height / 2

    def vector_to_frame(self, dx: float, dy: float) -> tuple[float, float]:
        """Turn a way on the widget to one in the frame."""
        return _turn(dx, dy, -self.angle)

    def vector_to_widget(self, dx: float, dy: float) -> tuple[float, float]:
        """Turn a way in the frame to one on the widget."""
        return _turn(dx, dy, self.angle)

    def widget_box(self, box: Box) -> Box:
        """Return the device pixels of the widget that show any of a box of the frame."""
        return box if self.angle == 0 else _bounds(box, self.to_widget)

    def frame_box(self, box: Box) -> Box:
        """Return the pixels of the frame that a box of the widget shows."""
        return box if self.angle == 0 else _bounds(box, self.to_frame)

    def fit(self, viewport: Viewport, margin: int = 24) -> Viewport:
        """Show the whole image centered; a small one is not enlarged beyond 100 %.

        margin: device pixels that stay free on all sides.
        """
        width, height = self._extent(max(1, viewport.image.width), max(1, viewport.image.height))
        scale = min(
            (self.widget.width - 2 * margin) / width,
            (self.widget.height - 2 * margin) / height,
            1.0,
        )
        return viewport.center(max(MIN_SCALE, scale))

    @property
    def _sides(self) -> tuple[int, int]:
        return self.widget.width, self.widget.height

    def _extent(self, width: float, height: float) -> tuple[float, float]:
        """Return the sides of an upright box around a turned one."""
        cosine, sine = (abs(part(math.radians(self.angle))) for part in (math.cos, math.sin))
        return cosine * width + sine * height, sine * width + cosine * height


def _turn(dx: float, dy: float, degrees: float) -> tuple[float, float]:
    if degrees == 0:
        return dx, dy
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return cosine * dx - sine * dy, sine * dx + cosine * dy


def _bounds(box: Box, place: Callable[[float, float], tuple[float, float]]) -> Box:
    """Return the whole pixels around a box whose corners are placed elsewhere."""
    corners = [place(x, y) for x in (box.x, box.right) for y in (box.y, box.bottom)]
    across, down = zip(*corners, strict=True)
    return Box.between(
        math.floor(min(across)),
        math.floor(min(down)),
        math.ceil(max(across)),
        math.ceil(max(down)),
    )


@dataclass(frozen=True, slots=True)
class Viewport:
    """device = document * scale + (left, top), both offsets whole device pixels.

    size: of the frame in device pixels. image: of the document. scale: device pixels a document
    pixel. Whole offsets make a pan an exact copy of pixels, and 100 % pixel-exact.
    """

    size: Size
    image: Size
    scale: float = 1.0
    left: int = 0
    top: int = 0

    @property
    def level(self) -> int:
        """The mip level to draw from, 0 .. 7: the coarsest that is not finer than the screen."""
        return max(0, min(7, math.floor(math.log2(1 / self.scale) + 1e-9)))

    def to_document(self, x: float, y: float) -> Point:
        """Map a device position to a document position."""
        return Point((x - self.left) / self.scale, (y - self.top) / self.scale)

    def to_device(self, point: Point) -> tuple[float, float]:
        """Map a document position to a device position."""
        return point.x * self.scale + self.left, point.y * self.scale + self.top

    def device_box(self, box: Box) -> Box:
        """Return the device pixels that show any of `box`, with a margin of 1 for smoothing."""
        left, top = self.to_device(Point(box.x, box.y))
        right, bottom = self.to_device(Point(box.right, box.bottom))
        return Box.between(
            math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)
        ).pad(1 if self.scale < 1 else 0)

    @property
    def image_box(self) -> Box:
        """The device pixels that the image covers, seen or not."""
        return Box(
            self.left,
            self.top,
            max(1, round(self.image.width * self.scale)),
            max(1, round(self.image.height * self.scale)),
        )

    def visible(self, level: int) -> Box:
        """Return the visible part of the image, in pixels of a mip level."""
        corner = self.to_document(0, 0)
        far = self.to_document(self.size.width, self.size.height)
        whole = Box(0, 0, -(-self.image.width >> level), -(-self.image.height >> level))
        unit = 1 << level
        return Box.between(
            math.floor(corner.x / unit) - 1,
            math.floor(corner.y / unit) - 1,
            math.ceil(far.x / unit) + 2,
            math.ceil(far.y / unit) + 2,
        ).clamp(whole)

    def fit(self) -> Viewport:
        """Show the whole image upright and centered, see `ViewRotation.fit`."""
        return ViewRotation(0.0, self.size).fit(self)

    def center(self, scale: float) -> Viewport:
        """Show the image at a scale, centered."""
        left = round((self.size.width - self.image.width * scale) / 2)
        top = round((self.size.height - self.image.height * scale) / 2)
        return replace(self, scale=scale, left=left, top=top)

    def zoom(self, scale: float, x: float, y: float) -> Viewport:
        """Change the scale; the document position under device position (x, y) stays there."""
        scale = min(MAX_SCALE, max(MIN_SCALE, scale))
        if abs(scale - 1) < 0.01:
            scale = 1.0
        under = self.to_document(x, y)
        left, top = round(x - under.x * scale), round(y - under.y * scale)
        return replace(self, scale=scale, left=left, top=top)._keep_in_sight()

    def zoom_step(self, direction: int, x: float, y: float) -> Viewport:
        """Change to the next round scale above (direction 1) or below (-1), around (x, y)."""
        if direction > 0:
            scale = next((step for step in ZOOM_STEPS if step > self.scale * 1.001), MAX_SCALE)
        else:
            scale = next(
                (step for step in reversed(ZOOM_STEPS) if step < self.scale / 1.001), MIN_SCALE
            )
        return self.zoom(scale, x, y)

    def pan(self, dx: int, dy: int) -> Viewport:
        """Move the image by whole device pixels."""
        return replace(self, left=self.left + dx, top=self.top + dy)._keep_in_sight()

    def resize(self, size: Size) -> Viewport:
        """Change the widget size; the document position in its center stays there."""
        return replace(
            self,
            size=size,
            left=self.left + (size.width - self.size.width) // 2,
            top=self.top + (size.height - self.size.height) // 2,
        )._keep_in_sight()

    def _keep_in_sight(self) -> Viewport:
        box = self.image_box
        left = min(max(self.left, MIN_VISIBLE_PX - box.width), self.size.width - MIN_VISIBLE_PX)
        top = min(max(self.top, MIN_VISIBLE_PX - box.height), self.size.height - MIN_VISIBLE_PX)
        return replace(self, left=left, top=top)
