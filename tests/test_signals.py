"""Signals call what is connected, in order, also while slots come and go."""

from glide_studio.signals import Signal


def test_slots_are_called_in_order_until_disconnected() -> None:
    heard: list[str] = []
    signal: Signal[str] = Signal()
    end = signal.connect(lambda text: heard.append("a" + text))
    signal.connect(lambda text: heard.append("b" + text))
    signal.emit("1")
    end()
    signal.emit("2")
    assert heard == ["a1", "b1", "b2"]


def test_a_slot_may_disconnect_another_while_a_signal_runs() -> None:
    heard: list[str] = []
    signal: Signal[()] = Signal()
    ends = []
    signal.connect(lambda: ends[0]())
    ends.append(signal.connect(lambda: heard.append("late")))
    signal.emit()
    assert heard == []
    assert len(signal) == 1


def test_all_connections_end_at_once() -> None:
    heard: list[str] = []
    signal: Signal[str] = Signal()
    signal.connect(heard.append)
    signal.disconnect_all()
    signal.emit("late")
    assert heard == []
