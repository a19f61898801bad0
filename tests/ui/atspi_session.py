"""A window on a bus of its own, read by AT-SPI as a screen reader reads it; prints what was found.

    dbus-run-session -- xvfb-run -a python -m tests.ui.atspi_session PHOTO

Prints `MARK` and JSON: "nodes", each with its role, name, description, value (None without one) whether it is
showing and whether another one labels it, and "spoken", the announcements that came after a notice.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, MatchRule, message_bus, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from tests.editor.standin import StandInEngine
from tests.ui.test_atspi import MARK, MESSAGE
from tests.ui.windows import WindowDriver

ACCESSIBLE, VALUE = "org.a11y.atspi.Accessible", "org.a11y.atspi.Value"
REGISTRY = "org.a11y.atspi.Registry"
SHOWING = 25  # number of the state, as in AtspiStateType
VALUED = ("slider", "spin box", "progress bar")
LABELLED_BY = 2  # number of the relation, as in AtspiRelationType
APPEARANCE_S, ANSWER_S = 60.0, 30.0


class Reader:
    """Asks a program over the bus of accessibility."""

    def __init__(self) -> None:
        session = open_dbus_connection(bus="SESSION")
        bus = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
        reply = session.send_and_get_reply(new_method_call(bus, "GetAddress"))
        self.connection: DBusConnection = open_dbus_connection(bus=reply.body[0])
        session.close()

    def call(self, place: tuple[str, str], interface: str, member: str, *body: Any) -> Any:
        """Return what a method answers. place: name on the bus and path of the object."""
        address = DBusAddress(place[1], place[0], interface)
        message = new_method_call(address, member, "s" * len(body) or None, body)
        reply = self.connection.send_and_get_reply(message, timeout=ANSWER_S)
        return reply.body[0] if reply.body else None

    def property(self, place: tuple[str, str], interface: str, name: str) -> Any:
        """Return a property; None if the object has no such interface."""
        found = self.call(place, "org.freedesktop.DBus.Properties", "Get", interface, name)
        return found[1] if isinstance(found, tuple) else None

    def find_program(self, name: str) -> tuple[str, str]:
        """Return the root of a program once it is there."""
        root = (REGISTRY, "/org/a11y/atspi/accessible/root")
        end = time.monotonic() + APPEARANCE_S
        while time.monotonic() < end:
            for child in self.call(root, ACCESSIBLE, "GetChildren"):
                if self.property(child, ACCESSIBLE, "Name") == name:
                    return child
            time.sleep(0.1)
        raise TimeoutError(f"{name} is not on the bus.")

    def walk(self, place: tuple[str, str], nodes: list[dict[str, Any]], depth: int = 0) -> None:
        """Add an object and all below it."""
        role = self.call(place, ACCESSIBLE, "GetRoleName")
        low = (self.call(place, ACCESSIBLE, "GetState") or [0])[0]
        nodes.append(
            {
                "role": role,
                "depth": depth,
                "name": self.property(place, ACCESSIBLE, "Name"),
                "description": self.property(place, ACCESSIBLE, "Description"),
                "showing": bool(low >> SHOWING & 1),
                "value": self.property(place, VALUE, "CurrentValue") if role in VALUED else None,
                "labelled": role == "combo box" and self.has_label(place),
            }
        )
        for child in self.call(place, ACCESSIBLE, "GetChildren") or ():
            self.walk(child, nodes, depth + 1)

    def has_label(self, place: tuple[str, str]) -> bool:
        """Tell if an object is labelled by another one, whose text a screen reader says first."""
        relations = self.call(place, ACCESSIBLE, "GetRelationSet")
        return any(kind == LABELLED_BY and targets for kind, targets in relations)

    def listen(self) -> None:
        """Ask for announcements."""
        registry = (REGISTRY, "/org/a11y/atspi/registry")
        self.call(registry, REGISTRY, "RegisterEvent", "object:announcement")
        rule = MatchRule(
            type="signal", interface="org.a11y.atspi.Event.Object", member="Announcement"
        )
        self.connection.send_and_get_reply(message_bus.AddMatch(rule))
        self._rule = rule

    def hear(self, wanted: str) -> list[str]:
        """Return the announcements up to one that holds a text."""
        spoken: list[str] = []
        end = time.monotonic() + ANSWER_S
        with self.connection.filter(self._rule, bufsize=100) as queue:
            while time.monotonic() < end and not any(wanted in one for one in spoken):
                try:
                    message = self.connection.recv_until_filtered(queue, timeout=1.0)
                except TimeoutError:
                    continue
                spoken.append(str(message.body[3][1]))
        return spoken


def main() -> None:
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    os.environ["QT_LINUX_ACCESSIBILITY_ALWAYS_ON"] = "1"
    application = QApplication(sys.argv[:1])
    application.setApplicationName("glide-studio-read")
    driver = WindowDriver(StandInEngine())
    driver.open(Path(sys.argv[1]))
    found: dict[str, Any] = {"nodes": [], "spoken": []}
    listening, failures = threading.Event(), list[BaseException]()

    def read() -> None:
        try:
            reader = Reader()
            program = reader.find_program("glide-studio-read")
            reader.walk(program, found["nodes"])
            reader.listen()
            listening.set()
            found["spoken"] = reader.hear(MESSAGE)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    poll, said = QTimer(interval=50), []

    def look() -> None:
        if listening.is_set() and not said:
            said.append(True)
            # until the program knows that it is listened to
            QTimer.singleShot(500, lambda: driver.editor.state.notify(MESSAGE))
        if not thread.is_alive():
            application.quit()

    poll.timeout.connect(look)
    poll.start()
    application.exec()
    poll.stop()
    driver.close()
    if failures:
        raise failures[0]
    print(MARK + json.dumps(found))


if __name__ == "__main__":
    main()
