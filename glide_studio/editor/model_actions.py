"""Managing the installed models: list, add, verify, remove; in the background, with cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from glide_studio.api.model_library import ModelInfo, ModelLibrary
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.workers import Task, Worker
from glide_studio.errors import GlideError
from glide_studio.signals import Signal
from glide_studio.translation import translate

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ModelWork:
    """What is being done. verb: a word such as "Verifying". subject: the file or model."""

    verb: str
    subject: str


class ModelActions:
    """What the models dialog does; one thing at a time.

    changed: the list or the work is another one. models: as they were listed last. work: None while
    nothing runs. build: makes the library, in the background, since that loads the networks' code.
    """

    def __init__(
        self, state: EditorState, worker: Worker, build: Callable[[], ModelLibrary] | None
    ) -> None:
        self.changed: Signal[()] = Signal()
        self.models: tuple[ModelInfo, ...] = ()
        self.work: ModelWork | None = None
        self._state, self._worker, self._build = state, worker, build
        self._library: ModelLibrary | None = None
        self._task: Task | None = None

    def refresh(self) -> None:
        """List the models again."""
        self._run(
            translate("ModelActions", "Reading"),
            translate("ModelActions", "the list"),
            lambda library, task: None,
            lambda _: None,
        )

    def add(self, sources: tuple[Path, ...]) -> None:
        """Copy weight files or folders to the user's models, after every network was tried."""

        def work(library: ModelLibrary, task: Task) -> list[ModelInfo]:
            return [
                library.add(source, self._stepper(translate("ModelActions", "Trying"), task))
                for source in sources
            ]

        def tell(added: list[ModelInfo]) -> None:
            names = ", ".join(f"'{model.name}'" for model in added)
            self._state.notify(
                translate("ModelActions", "Added {names}.").format(names=names), Severity.SUCCESS
            )

        self._run(
            translate("ModelActions", "Adding"),
            ", ".join(source.name for source in sources),
            work,
            tell,
        )

    def verify(self, name: str) -> None:
        """Load and try every network of a model."""

        def work(library: ModelLibrary, task: Task) -> int:
            return library.verify(name, self._stepper(translate("ModelActions", "Verifying"), task))

        def tell(files: int) -> None:
            if files == 1:
                text = translate("ModelActions", "'{name}' works. Its file is as recorded.")
            else:
                text = translate(
                    "ModelActions", "'{name}' works. All {files} files are as recorded."
                )
            self._state.notify(
                text.format(name=name, files=files),
                Severity.SUCCESS,
            )

        self._run(translate("ModelActions", "Verifying"), name, work, tell)

    def remove(self, name: str) -> None:
        """Delete one of the user's own models."""
        self._run(
            translate("ModelActions", "Removing"),
            name,
            lambda library, task: library.remove(name),
            lambda _: self._state.notify(
                translate("ModelActions", "Removed '{name}'.").format(name=name)
            ),
        )

    def keep_taught(
        self, source: str, base: Path, noun: str, name: str, then: Callable[[], object]
    ) -> None:
        """Add a copy of the model `source` that was taught `noun`, then call `then`."""

        def work(library: ModelLibrary, task: Task) -> ModelInfo:
            return library.keep_taught(
                source, base, noun, name, self._stepper(translate("ModelActions", "Trying"), task)
            )

        def tell(added: ModelInfo) -> None:
            then()
            self._state.notify(
                translate("ModelActions", "Added '{name}', which knows “{noun}”.").format(
                    name=added.name, noun=noun
                ),
                Severity.SUCCESS,
            )

        self._run(translate("ModelActions", "Adding"), name, work, tell)

    def cancel(self) -> None:
        """Stop what runs, before the next file."""
        if self._task is not None:
            self._task.cancel()
            self._finish()

    def _run(
        self,
        verb: str,
        subject: str,
        work: Callable[[ModelLibrary, Task], T],
        then: Callable[[T], object],
    ) -> None:
        if self._build is None:
            raise GlideError(
                translate(
                    "ModelActions", "Models cannot be managed here; use 'glide-studio models'."
                )
            )
        if self._task is not None:
            raise GlideError(
                translate(
                    "ModelActions",
                    "Something is being done with the models; wait or cancel it first.",
                )
            )
        build, task = self._build, Task()
        self._task, self.work = task, ModelWork(verb, subject)
        self.changed.emit()

        def do() -> tuple[ModelLibrary, T, tuple[ModelInfo, ...]]:
            library = self._library or build()
            result = work(library, task)
            return library, result, library.list()

        def finish(done: tuple[ModelLibrary, T, tuple[ModelInfo, ...]]) -> None:
            self._library, result, self.models = done
            self._finish()
            then(result)

        def fail(error: GlideError) -> None:
            self._finish()
            self._state.notify(str(error), Severity.ERROR)

        self._worker.run(do, finish, fail, task)

    def _stepper(self, verb: str, task: Task) -> Callable[[str], object]:
        """Make the function that says which file is tried, and leaves once cancelled."""

        def step(name: str) -> None:
            task.check()
            self._worker.post(lambda: self._show(verb, name, task))

        return step

    def _show(self, verb: str, name: str, task: Task) -> None:
        if task is self._task:
            self.work = ModelWork(verb, name)
            self.changed.emit()

    def _finish(self) -> None:
        self._task = self.work = None
        self.changed.emit()
