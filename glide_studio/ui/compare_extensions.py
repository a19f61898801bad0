"""The results of one extension of the canvas side by side."""

from __future__ import annotations

from functools import partial

from glide_studio.editor.editor import Editor
from glide_studio.editor.result_actions import RenderedBox, render_box
from glide_studio.imaging.display import make_display_transform
from glide_studio.translation import number, translate
from glide_studio.ui.compare_page import MAX_SIDE_PX, ComparePage, ComparePicture, make_image


class CompareExtensions(ComparePage):
    """What is chosen here is the picture from then on; undo leads back. pictures: by state's id."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        editor.document_changed.connect(lambda *_: self._follow())

    def open(self) -> bool:
        """Show the results of the extension in view; False if there is only one or none."""
        if len(self._editor.canvas.extension_results) < 2:
            return False
        self._show_pictures({})
        self._box = self._editor.document.box
        self._hint.setText(
            translate("CompareExtensions", "Click or use the arrow keys to choose  ·  Esc returns")
        )
        self._follow()
        self._focus_chosen()
        return True

    @property
    def _chosen(self) -> str:
        return self._editor.canvas.extension_in_view

    def _follow(self) -> None:
        """Show new results, and which one is chosen."""
        if self._box is None:
            return
        results = self._editor.canvas.extension_results
        if not results:  # the picture was changed
            self.leave()
            return
        self._show_pictures({state: number(place) for state, place in results.items()})
        for state, picture in self.pictures.items():
            picture.setChecked(state == self._chosen)
            if not picture.is_asked_for:
                picture.is_asked_for = True
                document = self._editor.timeline.state(state).document
                self._editor.run_in_background(
                    partial(render_box, document, self._box, MAX_SIDE_PX), partial(self._put, state)
                )

    def _put(self, state: str, rendered: RenderedBox) -> None:
        if (picture := self.pictures.get(state)) is not None:
            to_display = make_display_transform(rendered.profile, self._screen)
            picture.put(make_image(to_display(rendered.pixels)))

    def _describe(self, picture: ComparePicture, state: str) -> None:
        name = translate("CompareExtensions", "Result {number}").format(number=picture.text())
        picture.setAccessibleName(name)
        picture.setToolTip(
            translate(
                "CompareExtensions", "{name}: click to choose it, double-click to return"
            ).format(name=name)
        )

    def _choose(self, state: str) -> None:
        if state != self._chosen:
            self._editor.attempt(lambda: self._editor.jump(state))
        self._focus_chosen()
        self._follow()

    def _accept(self, state: str) -> None:
        self._choose(state)
        self.leave()
