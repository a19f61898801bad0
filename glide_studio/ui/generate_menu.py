"""The menu around a model: generate, choose among results, the queue."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from glide_studio.editor.editor import Editor
from glide_studio.translation import translate
from glide_studio.ui.commands import set_source
from glide_studio.ui.results_panel import ResultsPanel
from glide_studio.ui.widgets import add_action


class GenerateMenu(QMenu):
    """Every verb of the prompt panel, the results and the queue, with its shortcut."""

    def __init__(
        self,
        window: QWidget,
        editor: Editor,
        results: ResultsPanel,
        generate: Callable[[], object],
        bar_places: QMenu,
        focus_prompt: Callable[[], object],
        toggle_queue: Callable[[], object],
    ) -> None:
        """generate: what the button does. bar_places: menu of where the bar at the mask is shown.

        focus_prompt: goes to the prompt. toggle_queue: opens or closes the queue.
        """
        super().__init__(translate("GenerateMenu", "&Generate"), window)
        set_source(self, translate("GenerateMenu", "&Generate"))
        self._editor, self._results = editor, results
        generation, candidates = editor.generation, editor.candidates
        self._add(translate("GenerateMenu", "&Generate"), generate, "Ctrl+Return")
        self._drafts = self._add(translate("GenerateMenu", "&Drafts first"), self._toggle_drafts)
        self._drafts.setCheckable(True)
        self._drafts.setToolTip(
            translate(
                "GenerateMenu",
                "Where the detail takes long, make small drafts first and refine the picked ones",
            )
        )
        self._add(translate("GenerateMenu", "Go to the &prompt"), focus_prompt, "Ctrl+L")
        self.addMenu(bar_places)
        self.addSeparator()
        choosing = (
            self._add(
                translate("GenerateMenu", "&Accept result"),
                candidates.accept_selected,
                "Ctrl+Shift+Return",
            ),
            self._add(translate("GenerateMenu", "&Keep original"), editor.keep_original),
            self._add(translate("GenerateMenu", "D&iscard these results"), editor.results.discard),
        )
        self.addSeparator()
        existing = (
            self._add(
                translate("GenerateMenu", "&Next result"), lambda: results.step(1), "Alt+Right"
            ),
            self._add(
                translate("GenerateMenu", "Pre&vious result"), lambda: results.step(-1), "Alt+Left"
            ),
        )
        self._shown = self._add(
            translate("GenerateMenu", "Show &results"), self._toggle_results, "F7"
        )
        self._shown.setCheckable(True)
        self.addSeparator()
        self._add(translate("GenerateMenu", "&Queue"), toggle_queue, "F8")
        cancel = self._add(translate("GenerateMenu", "&Cancel all"), generation.cancel_all)
        self.addSeparator()
        self._add(translate("GenerateMenu", "&Free memory"), editor.runner.free_memory)

        def show() -> None:
            for action in choosing:
                action.setEnabled(candidates.current is not None)
            for action in existing:
                action.setEnabled(bool(generation.jobs.results))
            cancel.setEnabled(bool(generation.jobs.unfinished))
            self._shown.setChecked(results.isVisible())
            self._drafts.setChecked(editor.generation_settings.drafts_first)

        editor.candidates_changed.connect(show)
        editor.jobs_changed.connect(lambda job: show())
        self.aboutToShow.connect(show)
        show()

    def _add(self, text: str, verb: Callable[[], object], keys: str = "") -> QAction:
        return add_action(self, text, lambda: self._editor.attempt(verb), keys)

    def _toggle_drafts(self) -> None:
        self._editor.set_generation_settings(drafts_first=self._drafts.isChecked())

    def _toggle_results(self) -> None:
        if self._results.isVisible():
            self._results.close_by_user()
        else:
            self._results.reveal()
