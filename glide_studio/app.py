"""Start and end of the program: libraries, event loop, editor, window, engine.

Nothing here is imported before it is known that Qt can start: Qt itself would abort the process.
"""

from __future__ import annotations

import asyncio
import ctypes
import faulthandler
import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

from glide_studio.api.engine_protocol import Engine
from glide_studio.api.machine_load import forget_waiting
from glide_studio.api.model_library import ModelLibrary
from glide_studio.api.sampling import Sampling
from glide_studio.errors import GlideError
from glide_studio.imaging.memory import map_large_blocks
from glide_studio.translation import translate

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

NO_WINDOW = 3  # exit status
IDLE = 300  # ms without input before the engine is loaded: importing torch stalls the interpreter
PASS_INTERVAL_MS = 60_000  # between full passes of the garbage collector
LONG_PASS_S = 0.02  # from which on what a pass has left is exempted from later ones

# What the Qt libraries of PySide6 need from the system (objdump -p), and the Debian packages.
QT = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
}
PLUGINS: Mapping[str, Mapping[str, str]] = {
    "xcb": {
        "libX11-xcb.so.1": "libx11-xcb1",
        "libxcb.so.1": "libxcb1",
        "libxcb-cursor.so.0": "libxcb-cursor0",
        "libxcb-icccm.so.4": "libxcb-icccm4",
        "libxcb-image.so.0": "libxcb-image0",
        "libxcb-keysyms.so.1": "libxcb-keysyms1",
        "libxcb-randr.so.0": "libxcb-randr0",
        "libxcb-render.so.0": "libxcb-render0",
        "libxcb-render-util.so.0": "libxcb-render-util0",
        "libxcb-shape.so.0": "libxcb-shape0",
        "libxcb-shm.so.0": "libxcb-shm0",
        "libxcb-sync.so.1": "libxcb-sync1",
        "libxcb-util.so.1": "libxcb-util1",
        "libxcb-xfixes.so.0": "libxcb-xfixes0",
        "libxcb-xkb.so.1": "libxcb-xkb1",
        "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    },
    "wayland": {
        "libwayland-client.so.0": "libwayland-client0",
        "libwayland-cursor.so.0": "libwayland-cursor0",
    },
}


def open_editor(paths: Sequence[Path] = ()) -> int:
    """Run the editor until its window is closed; the exit status.

    paths: pictures and projects to open. Returns 0, or 3 with one sentence on stderr if no window
    can be shown on this machine.
    """
    if reason := no_window(os.environ):
        sys.stderr.write(f"{reason}\n")
        return NO_WINDOW
    # PySide6 first: qasync takes the binding that is already there.
    import qasync
    from PySide6.QtCore import QLocale
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication

    from glide_studio.paths import resources_folder
    from glide_studio.ui.language import choose_language, list_languages, use_language
    from glide_studio.ui.preferences import Preferences
    from glide_studio.ui.theme_change import use_preferred_theme
    from glide_studio.version import __version__

    if sys.stderr is not None:
        faulthandler.enable()  # should Qt end the process, this says where
    sys.setswitchinterval(0.001)
    map_large_blocks()
    preferences = Preferences()
    if preferences.interface_size != 100:
        os.environ.setdefault("QT_SCALE_FACTOR", f"{preferences.interface_size / 100:g}")
    application = QApplication(sys.argv[:1])
    application.setApplicationName(translate("App", "Glide Studio"))
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("glide-studio")
    application.setWindowIcon(QIcon(str(resources_folder() / "icons" / "glide-studio.svg")))
    application.setQuitOnLastWindowClosed(False)
    languages = list_languages()
    use_language(application, choose_language(preferences.language, languages, QLocale.system()))
    use_preferred_theme(application, preferences)
    application.styleHints().colorSchemeChanged.connect(
        lambda _: use_preferred_theme(application, preferences)
    )
    with qasync.QEventLoop(application) as loop:
        loop.run_until_complete(main(paths))
    return 0


@contextmanager
def wake_on_signals() -> Iterator[None]:
    """Wake Qt's event loop at every signal: Python's handlers run between its own steps alone."""
    from PySide6.QtCore import QSocketNotifier

    reading, writing = socket.socketpair()
    with reading, writing:
        reading.setblocking(False)
        writing.setblocking(False)
        before = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        notifier = QSocketNotifier(reading.fileno(), QSocketNotifier.Type.Read)

        def drain() -> None:
            with suppress(BlockingIOError):
                reading.recv(64)

        notifier.activated.connect(drain)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            notifier.setEnabled(False)


@contextmanager
def catch_defects(notify: Callable[[BaseException], object]) -> Iterator[None]:
    """Print uncaught exceptions and hand them to `notify`."""

    def catch(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        notify(error)

    before = sys.excepthook
    sys.excepthook = catch
    try:
        yield
    finally:
        sys.excepthook = before


async def main(paths: Sequence[Path]) -> None:
    """Show the window, load the engine once it is idle, and end everything once it is closed."""
    from PySide6.QtCore import QCoreApplication

    from glide_studio.editor.editor import Editor
    from glide_studio.editor.runner import ThreadRunner
    from glide_studio.editor.shared_runner import SharedRunner
    from glide_studio.editor.state import Severity
    from glide_studio.editor.workers import Workers
    from glide_studio.ui.studio_window import StudioWindow
    from glide_studio.ui.window import IdleTrigger

    loop = asyncio.get_running_loop()
    post = loop.call_soon_threadsafe
    runner = SharedRunner(ThreadRunner(build_engine, post))

    def make_editor() -> Editor:
        workers = Workers.threads(post)
        editor = Editor(runner.lease(), workers, library=build_library, find_sampling=find_sampling)
        if runner.outcome is not None:
            editor.runner.start()
        return editor

    window = StudioWindow(make_editor)
    closed = asyncio.Event()
    window.closed.connect(closed.set)
    ended = False

    def end(*_: object) -> None:
        """Close without asking about unsaved changes: the system ends the session."""
        nonlocal ended
        ended = True
        closed.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)

    def notify_of_defect(error: BaseException) -> None:
        text = translate("App", "That did not work ({error}); please report it.")
        window.page.editor.state.notify(text.format(error=error), Severity.ERROR)

    window.show()
    window.activateWindow()  # a screen without a window manager gives no keyboard

    def load_slow_parts() -> None:
        window.page.editor.runner.start()
        window.page.editor.retouch_work.warm_up(note_loaded)

    IdleTrigger(window, IDLE, load_slow_parts)
    pace_garbage_collection(window)
    runner.base.ready.connect(lambda _: note_loaded())
    window.page_closed.connect(lambda: IdleTrigger(window, IDLE, collect_garbage))
    if paths:
        window.open_first(paths)
    else:
        window.page.editor.files.find_recoverable(window.offer)

    def close_editors(*, keep: bool) -> None:
        window.close_editors(keep=keep)
        runner.close()

    application = QCoreApplication.instance()
    assert application is not None
    leave = partial(leave_lost_display, partial(close_editors, keep=True))
    application.aboutToQuit.connect(leave)
    try:
        with wake_on_signals(), catch_defects(notify_of_defect):
            await closed.wait()
    finally:
        application.aboutToQuit.disconnect(leave)
        window.hide()
        close_editors(keep=ended)
        await asyncio.sleep(0)  # what was posted by then still finds its window
        window.deleteLater()


def note_loaded() -> None:
    """Leave what libraries have made out of full passes of the collector and of forecasts."""
    gc.freeze()
    forget_waiting()


def pace_garbage_collection(window: QWidget) -> None:
    """Leave the garbage collector's full passes to moments without input.

    Python would make them in any thread at any time; the window stands still meanwhile, the longer,
    the more objects libraries have made. The passes over young objects go on.
    """
    from PySide6.QtCore import QTimer

    from glide_studio.ui.window import IdleTrigger

    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, sys.maxsize >> 32)
    timer = QTimer(window, singleShot=True, interval=PASS_INTERVAL_MS)

    def make_pass() -> None:
        began = time.perf_counter()
        gc.collect()
        if time.perf_counter() - began > LONG_PASS_S:
            gc.freeze()
        timer.start()

    timer.timeout.connect(lambda: IdleTrigger(window, IDLE, make_pass))
    timer.start()


def collect_garbage() -> None:
    """Free what a closed document leaves, and exempt all that stays from later passes.

    A full pass over the objects of torch takes longer than the window may stand still.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def leave_lost_display(close_editors: Callable[[], object]) -> NoReturn:
    """Keep all work and end the process: Qt left its loop since the display does not answer.

    Nothing that belongs to Qt can be taken down any more.
    """
    close_editors()
    text = translate("App", "The display is gone; unsaved work is offered at the next start.")
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
    os._exit(NO_WINDOW)


def build_engine() -> Engine:
    """Build the engine; called in its own thread, and the only place that loads torch."""
    from glide_studio.inference.engine import LocalEngine

    return LocalEngine(background=True)


def find_sampling(model: str) -> Sampling | None:
    """Read the sampling that a model was tuned for, without loading the model or torch."""
    from glide_studio.inference.models.model_set import find_model, model_folders

    try:
        return find_model(model, model_folders()).default_sampling
    except GlideError:
        return None


def build_library() -> ModelLibrary:
    """Return what manages the models; called in a thread of its own, since it loads torch."""
    from glide_studio.inference.local_library import LocalLibrary

    return LocalLibrary()


def no_window(environment: Mapping[str, str]) -> str:
    """Return why Qt cannot show a window here, in one sentence; empty if it can."""
    if sys.platform != "linux":
        return ""
    plugins = wanted_plugins(environment)
    if not plugins:
        return translate(
            "App",
            "There is no display to show the editor on; start it in a graphical session, or use"
            " 'glide-studio fill' for work without a window.",
        )
    # Qt tries the plug-ins in turn, so one complete set of libraries is enough.
    lacks = [missing({**QT, **PLUGINS.get(plugin, {})}) for plugin in plugins]
    if not all(lacks):
        if plugins == ["xcb"] and not answers_x11():
            return translate(
                "App",
                "The display '{name}' does not answer; start the editor in a graphical session.",
            ).format(name=environment.get("DISPLAY", ""))
        return ""
    names, packages = zip(*lacks[-1].items(), strict=True)
    return translate(
        "App",
        "The editor needs {names} from the system; install with: sudo apt-get install {packages}",
    ).format(names=", ".join(names), packages=" ".join(packages))


def wanted_plugins(environment: Mapping[str, str]) -> list[str]:
    """Return names of the platform plug-ins that Qt will try, the best one first."""
    if chosen := environment.get("QT_QPA_PLATFORM"):
        return [name.partition(":")[0] for name in chosen.split(";")]
    plugins = []
    if environment.get("WAYLAND_DISPLAY"):
        plugins.append("wayland")
    if environment.get("DISPLAY"):
        plugins.append("xcb")
    return plugins


def answers_x11() -> bool:
    """Return True if the X server of this process's environment answers; Qt would abort if not."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = x11.XOpenDisplay(None)
    if display is None:
        return False
    x11.XCloseDisplay(ctypes.c_void_p(display))
    return True


def missing(libraries: Mapping[str, str]) -> dict[str, str]:
    """Return those of `libraries` (file name -> package) that cannot be loaded."""
    found = {}
    for name, package in libraries.items():
        try:
            ctypes.CDLL(name)
        except OSError:
            found[name] = package
    return found
