"""Managing the installed models from the window: what is told, and when the list is read again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from glide_studio.api.model_library import ModelInfo, Step
from glide_studio.editor.model_actions import ModelActions, ModelWork
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.workers import InlineWorker
from glide_studio.errors import GlideError


class Library:
    """Keeps names; a source whose name begins with "bad" is refused."""

    def __init__(self) -> None:
        self.names = ["mini-objects"]
        self.files = 1

    def list(self) -> tuple[ModelInfo, ...]:
        return tuple(ModelInfo(name, name, "MIT", 1, 64, ("base",)) for name in self.names)

    def add(self, source: Path, step: Step) -> ModelInfo:
        step(source.name)
        if source.name.startswith("bad"):
            raise GlideError(f"'{source.name}' is no model; choose another file.")
        self.names.append(source.stem)
        return self.list()[-1]

    def verify(self, name: str, step: Step) -> int:
        step(f"{name}.safetensors")
        return self.files

    def keep_taught(self, source: str, base: Path, noun: str, name: str, step: Step) -> ModelInfo:
        return self.add(Path(name), step)

    def remove(self, name: str) -> None:
        self.names.remove(name)


Notices = list[tuple[str, Severity]]
Make = Callable[[Callable[[], Library] | None], ModelActions]


@pytest.fixture
def notices() -> Notices:
    return []


@pytest.fixture
def make(notices: Notices) -> Make:
    state = EditorState()
    state.notice.connect(lambda one: notices.append((one.text, one.severity)))
    return lambda build: ModelActions(state, InlineWorker(), build)


def test_what_was_added_is_listed_and_told(make: Make, notices: Notices) -> None:
    models = make(Library)
    models.add((Path("scene.safetensors"), Path("faces.safetensors")))
    assert [one.name for one in models.models] == ["mini-objects", "scene", "faces"]
    assert notices == [("Added 'scene', 'faces'.", Severity.SUCCESS)]


def test_what_is_done_is_shown_and_its_end_as_well(make: Make) -> None:
    models = make(Library)
    seen: list[ModelWork | None] = []
    models.changed.connect(lambda: seen.append(models.work))
    models.verify("mini-objects")
    assert seen == [
        ModelWork("Verifying", "mini-objects"),
        ModelWork("Verifying", "mini-objects.safetensors"),
        None,
    ]


def test_after_a_refusal_the_next_thing_can_be_done(make: Make, notices: Notices) -> None:
    models = make(Library)
    models.add((Path("bad.safetensors"),))
    assert models.work is None
    models.remove("mini-objects")
    assert models.models == ()
    assert notices == [
        ("'bad.safetensors' is no model; choose another file.", Severity.ERROR),
        ("Removed 'mini-objects'.", Severity.INFO),
    ]


def test_where_models_cannot_be_managed_the_command_is_named(make: Make) -> None:
    with pytest.raises(GlideError, match="use 'glide-studio models'"):
        make(None).refresh()


@pytest.mark.parametrize(
    ("files", "said"), [(1, "Its file is as recorded"), (3, "All 3 files are as recorded")]
)
def test_what_was_verified_is_counted(make: Make, notices: Notices, files: int, said: str) -> None:
    library = Library()
    library.files = files
    make(lambda: library).verify("mini-objects")
    assert notices[-1] == (f"'mini-objects' works. {said}.", Severity.SUCCESS)
