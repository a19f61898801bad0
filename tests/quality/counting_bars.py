"""Bars on stderr that count what a measure has done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


@contextmanager
def counting_bars() -> Iterator[Callable[[str, int], Callable[[int], None]]]:
    """Show counting bars on stderr.

    Yields a function (title, total) -> advance, where `advance(count)` moves that bar on.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:

        def begin(title: str, total: int) -> Callable[[int], None]:
            task = bar.add_task(title, total=total)
            return lambda count: bar.advance(task, count)

        yield begin
