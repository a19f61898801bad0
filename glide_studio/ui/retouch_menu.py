"""The retouch menu: removal from the photo's own pixels, without a model."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMenu, QWidget

from glide_studio.editor.editor import Editor
from glide_studio.editor.settings import Tool
from glide_studio.translation import translate
from glide_studio.ui.commands import set_source
from glide_studio.ui.tool_strip import ToolStrip
from glide_studio.ui.widgets import add_action

RETOUCH_TOOLS = (Tool.REMOVE, Tool.HEAL, Tool.CLONE)


class RetouchMenu(QMenu):
    """Remove, and where pixels may be taken from; disabled while nothing is open."""

    def __init__(self, window: QWidget, editor: Editor, tools: ToolStrip) -> None:
        super().__init__(translate("RetouchMenu", "&Retouch"), window)
        set_source(self, translate("RetouchMenu", "&Retouch"))
        self._editor = editor
        retouching = editor.retouch
        self._tools = [tools.actions_by_tool[tool] for tool in RETOUCH_TOOLS]
        self.addActions(self._tools)
        self.addSeparator()
        self._add(
            translate("RetouchMenu", "&Remove what is painted"),
            editor.generation.fill_from_photo,
            "Delete",
        )
        self._rim = add_action(
            self,
            translate("RetouchMenu", "Remove with ri&m and shadow"),
            lambda: editor.set_tool_settings(takes_rim=self._rim.isChecked()),
        )
        self._rim.setCheckable(True)
        self._rim.setToolTip(
            translate(
                "RetouchMenu",
                "Take along what lies beside the mask: soft edges, what the mask misses of a thing,"
                " and the shadow at its foot",
            )
        )
        self.addSeparator()
        self._add(
            translate("RetouchMenu", "&Sample only from the mask"), retouching.sample_from_mask
        )
        self._add(translate("RetouchMenu", "&Never sample from the mask"), retouching.avoid_mask)
        self._everywhere = add_action(
            self, translate("RetouchMenu", "Sample from e&verywhere"), retouching.sample_everywhere
        )
        self.addSeparator()
        self._stop = add_action(self, translate("RetouchMenu", "S&top"), editor.retouch_work.stop)
        editor.document_changed.connect(lambda *_: self._show())
        editor.settings_changed.connect(self._show)
        retouching.changed.connect(self._show)
        editor.retouch_work.changed.connect(self._show)
        self._show()

    def _add(self, text: str, verb: Callable[[], object], keys: str = "") -> None:
        add_action(self, text, lambda: self._editor.attempt(verb), keys)

    def _show(self) -> None:
        is_open = self._editor.history is not None
        for action in self.actions():
            if action not in self._tools:
                action.setEnabled(is_open)
        self._rim.setChecked(self._editor.tool_settings.takes_rim)
        sampling = self._editor.retouch.sampling
        restricted = sampling.source is not None or sampling.avoid is not None
        self._everywhere.setEnabled(is_open and restricted)
        self._stop.setEnabled(self._editor.retouch_work.is_pending)
