"""The README and CI name what the program asks for."""

from __future__ import annotations

from glide_studio import app
from tests import architecture


def test_every_system_library_of_qt_is_named() -> None:
    packages = [*app.QT.values(), *app.PLUGINS["xcb"].values()]
    for path in (architecture.ROOT / "README.md", architecture.ROOT / ".ci" / "run"):
        words = path.read_text("utf-8").replace("(", " ").replace(")", " ").split()
        assert [name for name in packages if name not in words] == [], path.name
