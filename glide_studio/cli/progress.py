"""Progress bars of jobs and downloads on the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from glide_studio.editor.jobs import Job
from glide_studio.editor.state import Notification, Severity


@contextmanager
def _shown_progress(columns: tuple[ProgressColumn, ...]) -> Iterator[Progress]:
    """Show bars on stderr if it is a terminal; an error takes them away."""
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        try:
            yield bar
        except BaseException:
            bar.live.transient = True
            raise


@contextmanager
def job_bar(title: str) -> Iterator[Callable[[Job], None]]:
    """Show a bar on stderr; yield a function to call with every new state of the job."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} steps"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with _shown_progress(columns) as bar:
        task = bar.add_task(title, total=1, left="")

        def watch(job: Job) -> None:
            left = "" if job.remaining is None else f"{job.remaining:.0f} s left"
            stage = job.stage or "Loading the model"
            bar.update(
                task,
                description=f"{stage}: {title}",
                completed=job.done,
                total=max(1, job.total),
                left=left,
            )

        yield watch


@contextmanager
def download_bar() -> Iterator[Callable[[str, int, int | None], None]]:
    """Show bars on stderr; yield a function that takes (file, bytes done, total bytes if known)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with _shown_progress(columns) as bar:
        tasks: dict[str, TaskID] = {}

        def report(file: str, done: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(file, total=total)
            bar.update(tasks[file], completed=done, total=total)

        yield report


@contextmanager
def share_bar(count: int) -> Iterator[Callable[[str], Callable[[float], None]]]:
    """Show a bar over `count` pictures on stderr.

    Yields a function (file name) -> report, where `report(share)` says how much of it is done, 0 ..
    1.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[number]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with _shown_progress(columns) as bar:
        task = bar.add_task("", total=count, number=f"0/{count}")
        begun = 0

        def begin(name: str) -> Callable[[float], None]:
            nonlocal begun
            before = begun
            begun += 1
            bar.update(task, description=name, number=f"{begun}/{count}")
            return lambda share: bar.update(task, completed=before + share)

        yield begin


def print_warning(notice: Notification) -> None:
    """Print a warning of the editor on stderr."""
    if notice.severity is Severity.WARNING:
        text = f"glide-studio: {notice.text}"
        Console(stderr=True).print(text, markup=False, highlight=False, soft_wrap=True)
