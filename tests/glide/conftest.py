"""Counts the golden cases and says how many passed; with GLIDE_GOLDENS set, none is a failure."""

import os

import pytest
from _pytest.terminal import TerminalReporter


def passed(reporter: TerminalReporter) -> int:
    return sum("golden" in report.keywords for report in reporter.stats.get("passed", []))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    wanted = os.environ.get("GLIDE_GOLDENS") and not session.config.option.collectonly
    if wanted and reporter is not None and passed(reporter) == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    where = os.environ.get("GLIDE_GOLDENS", "the small selection")
    terminalreporter.write_line(f"{passed(terminalreporter)} golden cases ({where})")
