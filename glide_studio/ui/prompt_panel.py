"""The panel with the prompt, the settings of a fill, Generate and its progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QMimeData, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QStackedWidget,
    QWidget,
)

from glide_studio.api.request import DEFAULT_MODEL
from glide_studio.api.sampling import PlanName
from glide_studio.editor.editor import Editor
from glide_studio.editor.fill_requests import Preflight
from glide_studio.editor.jobs import Job, JobState
from glide_studio.editor.retouch_work import RetouchWork
from glide_studio.editor.settings import MAX_CANDIDATES
from glide_studio.editor.word_actions import parse_replacement
from glide_studio.translation import QT_TRANSLATE_NOOP, number, translate
from glide_studio.ui import theme
from glide_studio.ui.icons import icon
from glide_studio.ui.placement_box import PlacementBox
from glide_studio.ui.widgets import (
    CheckBox,
    ElidedLabel,
    LabeledSlider,
    Section,
    format_duration,
    make_column,
    make_icon_button,
    make_label,
)
from glide_studio.ui.word_completer import WordCompleter

POLL_INTERVAL_MS = 300  # shorter work shows no progress
BAR_STEPS = 1000  # of a whole work
FORECAST_DELAY_MS = 150  # after the last change
STEADY_SHARE = 0.3  # by which a forecast of the same may differ from the one that is shown
ENLARGEMENT_HINT = 1.5  # from this factor on the panel mentions it
MIN_SPIN_PX = 64
STRENGTH_WIDTH_PX = 80  # of its slider
PLANS: Mapping[PlanName, str] = {
    "draft": QT_TRANSLATE_NOOP("PromptPanel", "Draft"),
    "good": QT_TRANSLATE_NOOP("PromptPanel", "Good"),
    "best": QT_TRANSLATE_NOOP("PromptPanel", "Best"),
}
LIST_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
MAX_SEED = 2**31 - 1  # of a spin box; the engine takes 63 bits


class PromptPanel(Section):
    """Prompt, settings and Generate; below them the forecast, or the progress of the newest job.

    Signal `submitting`: a fill is about to be asked for.
    """

    submitting = Signal()

    def __init__(self, editor: Editor) -> None:
        super().__init__(translate("PromptPanel", "Generate"))
        self._editor = editor
        self._job: Job | None = None
        self._alpha: frozenset[str] | None = None  # models that draw objects of their own
        self._refused = ""  # the sentence on unknown words, while a notice says it
        self.prompt = _PromptEdit(
            translate(
                "PromptPanel", "What should be there?  Leave it empty to remove what is painted."
            ),
            54,
        )
        self.prompt.setAccessibleName(translate("PromptPanel", "Prompt"))
        self.prompt.setToolTip(
            translate(
                "PromptPanel",
                "Describe what the painted area should show, then press Enter; empty removes what"
                " is there",
            )
        )
        self.negative = _PromptEdit(
            translate("PromptPanel", "What should not be there (optional)"), 34
        )
        self.negative.setAccessibleName(translate("PromptPanel", "Negative prompt"))
        self.negative.setToolTip(
            translate("PromptPanel", "Describe what the result should not show")
        )
        self.prompt.completer = WordCompleter(editor, self.prompt)
        self.body.addWidget(self.prompt)
        self.body.addWidget(self.negative)
        self.body.addLayout(self._make_settings())
        self.placement = PlacementBox(editor)
        self.body.addLayout(self._make_buttons())
        self.body.addWidget(self._make_status())
        last = QHBoxLayout()
        last.addWidget(self.keep_mask, 1)
        last.addWidget(self.placement.header)
        last.addWidget(self.strength)
        self.body.addLayout(last)
        self.body.addWidget(self.placement)
        self.prompt.textChanged.connect(
            lambda: editor.set_generation_settings(prompt=self.prompt.toPlainText())
        )
        self.negative.textChanged.connect(
            lambda: editor.set_generation_settings(negative=self.negative.toPlainText())
        )
        for edit in (self.prompt, self.negative):
            edit.submitted.connect(self.submit)
        self._retouches = False  # for long enough to show it
        self._poll = QTimer(self, interval=POLL_INTERVAL_MS)
        self._poll.timeout.connect(self._show_retouching)
        editor.retouch_work.changed.connect(self._follow_retouching)
        editor.background_edits.changed.connect(self._follow_retouching)
        editor.words.changed.connect(self._show_preflight)
        editor.jobs_changed.connect(self._job_changed)
        editor.settings_changed.connect(self._recipe_changed)
        editor.engine_changed.connect(self._engine_changed)
        editor.models.changed.connect(self._models_changed)
        editor.document_changed.connect(lambda *_: self._document_changed())
        self._preflight = QTimer(self, singleShot=True, interval=FORECAST_DELAY_MS)
        self._preflight.timeout.connect(self._show_preflight)
        self._untold_plans: list[int] = []
        self._told: tuple[object, float] = (None, 0.0)  # what was forecast last, and its seconds
        self._seconds: float | None = None  # of the plan as it is, told of whole candidates
        self._next_plan = QTimer(self)
        self._next_plan.timeout.connect(self._show_next_plan)
        self._engine_changed()
        self._show()
        self._show_generate()

    def _make_settings(self) -> QGridLayout:
        self.model = QComboBox(
            sizeAdjustPolicy=QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon,
            minimumContentsLength=6,
        )
        self.model.setAccessibleName(translate("PromptPanel", "Model"))
        self.model.setToolTip(translate("PromptPanel", "The model that makes the fill"))
        self.model.activated.connect(
            lambda: self._editor.requests.use_model(self.model.currentData() or DEFAULT_MODEL)
        )
        self.plan = QComboBox(
            sizeAdjustPolicy=QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon,
            minimumContentsLength=6,
        )
        self.plan.setAccessibleName(translate("PromptPanel", "Quality"))
        self.plan.setToolTip(translate("PromptPanel", "Fewer steps are faster, more are finer"))
        for plan, word in PLANS.items():
            self.plan.addItem(translate("PromptPanel", word), plan)
        self.plan.addItem(translate("PromptPanel", "Own"))  # shown for any other number of steps
        self.plan.activated.connect(lambda: self._use_plan(self.plan.currentData()))
        self.count = _make_spin_box(
            translate("PromptPanel", "Candidates"),
            1,
            MAX_CANDIDATES,
            translate("PromptPanel", "How many different results to make"),
        )
        self.steps = _make_spin_box(
            translate("PromptPanel", "Steps"),
            1,
            1000,
            translate("PromptPanel", "Denoising steps: more are slower and finer"),
        )
        self.seed = _make_spin_box(
            translate("PromptPanel", "Seed"),
            0,
            MAX_SEED,
            translate("PromptPanel", "The same seed gives the same result"),
        )
        self.guidance = QDoubleSpinBox(minimum=0.0, maximum=20.0, singleStep=0.5, decimals=1)
        self.guidance.setAccessibleName(translate("PromptPanel", "Guidance"))
        self.guidance.setToolTip(
            translate(
                "PromptPanel", "How closely the result follows the prompt; 2 to 3 is a good start"
            )
        )
        self.new_seed = CheckBox(translate("PromptPanel", "Random"))
        self.new_seed.setToolTip(translate("PromptPanel", "Use a new seed for every Generate"))
        self.keep_mask = CheckBox(translate("PromptPanel", "Keep mask"))
        self.keep_mask.setToolTip(
            translate(
                "PromptPanel",
                "Leave the mask in place after Accept, for another fill of the same area",
            )
        )
        self.strength = LabeledSlider(
            translate("PromptPanel", "Strength"),
            1,
            100,
            lambda value: f"{value} %",
            STRENGTH_WIDTH_PX,
            translate("PromptPanel", "How far the result may go from what is there; 100 % is new"),
        )
        self.strength.chosen.connect(lambda value: self._sample(strength=value / 100))
        for name, box in (("count", self.count), ("steps", self.steps), ("seed", self.seed)):
            box.valueChanged.connect(lambda value, name=name: self._sample(**{name: value}))
        self.guidance.valueChanged.connect(lambda value: self._sample(guidance=value))
        self.new_seed.toggled.connect(lambda on: self._editor.set_generation_settings(new_seed=on))
        self.keep_mask.toggled.connect(
            lambda on: self._editor.set_generation_settings(keep_mask=on)
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        spins: tuple[QAbstractSpinBox, ...] = (self.count, self.steps, self.seed, self.guidance)
        for spin in spins:
            spin.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            spin.setMinimumWidth(MIN_SPIN_PX)
        for column, (name, widget) in enumerate(
            (
                (translate("PromptPanel", "Candidates"), self.count),
                (translate("PromptPanel", "Steps"), self.steps),
                (translate("PromptPanel", "Guidance"), self.guidance),
            )
        ):
            grid.addWidget(make_label(name, "hint"), 0, 2 * column, 1, 2)
            grid.addWidget(widget, 1, 2 * column, 1, 2)
        for column in range(6):
            grid.setColumnStretch(column, 1)
        seed = QHBoxLayout()
        seed.setSpacing(10)
        seed.addWidget(make_label(translate("PromptPanel", "Seed"), "hint"))
        seed.addWidget(self.seed, 1)
        seed.addWidget(self.new_seed)
        grid.addLayout(seed, 2, 0, 1, 6)
        grid.addWidget(make_label(translate("PromptPanel", "Model"), "hint"), 3, 0, 1, 3)
        grid.addWidget(make_label(translate("PromptPanel", "Quality"), "hint"), 3, 3, 1, 3)
        grid.addWidget(self.model, 4, 0, 1, 3)
        grid.addWidget(self.plan, 4, 3, 1, 3)
        return grid

    def _make_buttons(self) -> QHBoxLayout:
        self.generate = QPushButton(
            icon("spark", theme.ON_ACCENT), translate("PromptPanel", "Generate")
        )
        self.generate.setProperty("role", "primary")
        self.generate.clicked.connect(self.submit)
        self.generate.setMinimumHeight(22)
        self.pause = make_icon_button("pause", translate("PromptPanel", "Pause"), self._pause)
        self.cancel = QPushButton(translate("PromptPanel", "Cancel"))
        self.cancel.setAccessibleName(translate("PromptPanel", "Cancel"))
        self.cancel.setToolTip(translate("PromptPanel", "Stop this fill  (Esc)"))
        self.cancel.clicked.connect(self.stop)
        row = QHBoxLayout()
        row.addWidget(self.generate, 1)
        row.addWidget(self.pause)
        row.addWidget(self.cancel)
        return row

    def _make_status(self) -> QStackedWidget:
        """Build two pages of one height, so that the panels below never move."""
        self._hint: QLabel = make_label("", "hint")
        self._hint.setWordWrap(True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._status = QStackedWidget()
        self._progress_box = self._make_progress()
        self._status.addWidget(self._hint)
        self._status.addWidget(self._progress_box)
        font = QFont(self._hint.font())  # as it will be once the panel is in a window
        font.setPixelSize(theme.HINT_SIZE_PX)
        self._status.setFixedHeight(3 * QFontMetrics(font).lineSpacing() + 4)
        return self._status

    def _make_progress(self) -> QWidget:
        self.bar = QProgressBar(textVisible=False, maximum=BAR_STEPS)
        self.bar.setAccessibleName(translate("PromptPanel", "Progress"))
        self.stage = ElidedLabel()
        self.remaining: QLabel = make_label("", "hint")
        line = QHBoxLayout()
        line.addWidget(self.stage, 1)
        line.addWidget(self.remaining)
        box = QWidget()
        column = make_column(box, (0, 2, 0, 0), 6)
        column.addWidget(self.bar)
        column.addLayout(line)
        return box

    def submit(self) -> None:
        """Generate, or replace what the prompt names if it says so."""
        self.submitting.emit()
        editor = self._editor
        wish = parse_replacement(editor.generation_settings.prompt)
        if wish is None:
            is_queued = editor.attempt(
                lambda: editor.generation.generate(
                    drafts_first=True, by_islands=True, fills_holes=True
                )
            )
            prompt = editor.generation_settings.prompt
            self._refused = "" if is_queued else editor.requests.explain_words(prompt)
            self._show_preflight()
        else:
            editor.attempt(lambda: editor.words.replace(wish))

    def _use_plan(self, name: PlanName | None) -> None:
        editor = self._editor
        sampling = editor.generation_settings.sampling
        editor.set_generation_settings(sampling=editor.requests.plan(name) if name else sampling)

    def _sample(self, **changes: Any) -> None:
        recipe = self._editor.generation_settings
        self._editor.set_generation_settings(sampling=replace(recipe.sampling, **changes))

    def _show(self) -> None:
        self._shown = recipe = self._editor.generation_settings
        for edit, text in ((self.prompt, recipe.prompt), (self.negative, recipe.negative)):
            if edit.toPlainText() != text:
                edit.setPlainText(text)
        for box, value in (
            (self.count, recipe.sampling.count),
            (self.steps, recipe.sampling.steps),
            (self.seed, min(recipe.sampling.seed, MAX_SEED)),
        ):
            with QSignalBlocker(box):
                box.setValue(value)
        with QSignalBlocker(self.guidance):
            self.guidance.setValue(recipe.sampling.guidance)
        for check, on in ((self.new_seed, recipe.new_seed), (self.keep_mask, recipe.keep_mask)):
            with QSignalBlocker(check):
                check.setChecked(on)
        self.model.setCurrentIndex(max(0, self.model.findData(recipe.model)))
        self.strength.show_value(round(100 * recipe.sampling.strength))
        draws_objects = self._alpha is None or recipe.model in self._alpha
        self.strength.setVisible(not draws_objects)
        self.placement.header.setVisible(draws_objects)
        self.seed.setEnabled(not recipe.new_seed)
        plans = (self._editor.requests.plan(name) for name in PLANS)
        own = next((at for at, plan in enumerate(plans) if plan == recipe.sampling), len(PLANS))
        self.plan.setCurrentIndex(own)

    def _engine_changed(self) -> None:
        engine = self._editor.engine
        self.model.clear()
        self._alpha = None if engine is None else engine.capabilities.alpha
        current = (self._editor.generation_settings.model,)
        for name in engine.capabilities.models if engine else current:
            self.model.addItem(name, name)
        self._show_preflight()
        self._show()
        self._show_buttons()

    def _models_changed(self) -> None:
        """Offer models that were added, and no removed ones."""
        if self._editor.models.work is None:
            self._engine_changed()

    def _recipe_changed(self) -> None:
        if self._editor.generation_settings is not self._shown:  # else a tool's settings changed
            self._show()
        self._show_generate()
        self._forecast_soon()

    def _document_changed(self) -> None:
        self._refused = ""  # the notice is gone with an edit
        self._show_generate()
        self._show_buttons()
        self._forecast_soon()

    def _forecast_soon(self) -> None:
        if self.isVisible():  # a document out of view may be closed before, or be on the disk alone
            self._preflight.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._preflight.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._preflight.stop()
        self._next_plan.stop()

    def _show_preflight(self) -> None:
        """Show what Generate would cost, or why it cannot be pressed yet."""
        text = self._editor.engine_state
        requests = self._editor.requests
        preflight = self._steady(requests.preflight(drafts_first=True))
        is_told = preflight is not None and preflight.forecast and not preflight.is_drafts
        self._seconds = self._told[1] if is_told else None
        if self._editor.words.is_searching:
            text = translate("PromptPanel", "Looking for it in the picture…")
        elif parse_replacement(self._editor.generation_settings.prompt) is not None:
            text = translate(
                "PromptPanel", "Finds it, shows the mask, and asks before anything is replaced."
            )
        elif preflight is not None and requests.is_removal:
            text = translate("PromptPanel", "Fills the painted area from the photo itself.")
            text = f"{describe_preflight(preflight)} {text}"
        elif preflight is not None and (
            not preflight.unknown or preflight.unknown != self._refused
        ):
            text = " ".join(part for part in (text, describe_preflight(preflight)) if part)
        elif preflight is None and not text and self._editor.history is not None:
            text = translate("PromptPanel", "Paint over what should change.")
        self._hint.setText(text)
        self._untold_plans = list(range(len(PLANS)))
        self._next_plan.start()

    def _steady(self, preflight: Preflight | None) -> Preflight | None:
        """Keep the seconds that are shown while the same is asked for: the load wavers."""
        if preflight is None or preflight.forecast is None:
            return preflight
        settings, seconds = self._editor.generation_settings, preflight.forecast.seconds
        sampling = replace(settings.sampling, seed=0)
        area = self._editor.document.selection.content_box()
        kind = self._editor.requests.is_removal, preflight.is_drafts
        asked = area, kind, sampling, settings.model, settings.clear_first
        if asked != self._told[0] or abs(seconds - self._told[1]) > STEADY_SHARE * self._told[1]:
            self._told = asked, seconds
        return replace(preflight, forecast=replace(preflight.forecast, seconds=self._told[1]))

    def _show_next_plan(self) -> None:
        """Say how long one plan takes; each in a turn of its own, so that clicks come between."""
        if not self._untold_plans:
            self._next_plan.stop()
            return
        at = self._untold_plans.pop(0)
        plan, word = list(PLANS.items())[at]
        requests = self._editor.requests
        told: str = translate("PromptPanel", word)
        if not requests.is_removal:
            planned = requests.preflight(requests.plan(plan))
            if planned and planned.forecast and not planned.unknown:
                seconds = planned.forecast.seconds
                if at == self.plan.currentIndex() and self._seconds is not None:
                    seconds = self._seconds  # the line below the button says the same
                told = translate("PromptPanel", "{plan} ≈ {time}").format(
                    plan=told, time=format_duration(seconds)
                )
        self.plan.setItemText(at, told)

    def _job_changed(self, job: Job) -> None:
        self._job = self._editor.generation.jobs.active or job
        self._show_status()

    def _follow_retouching(self) -> None:
        """Show the progress of what is being retouched or edited, unless it is done at once."""
        if not (self._editor.retouch_work.is_pending or self._editor.background_edits.label):
            self._poll.stop()
            self._retouches = False
            self._show_status()
        elif not self._poll.isActive():
            self._poll.start()

    def _show_retouching(self) -> None:
        self._retouches = True
        self._show_status()

    @property
    def _is_busy(self) -> bool:
        return self._job is not None and not self._job.state.final

    def _show_status(self) -> None:
        """Show the progress of the job, else that of the retouching, else what Generate costs."""
        self._show_buttons()
        work, is_busy = self._editor.retouch_work, self._is_busy
        shown = self._progress_box if is_busy or self._retouches else self._hint
        self._status.setCurrentWidget(shown)
        # Without a known end the bar runs back and forth.
        edit = "" if work.is_pending else self._editor.background_edits.label
        self.bar.setMaximum(0 if (work.selects or edit) and not is_busy else BAR_STEPS)
        if self._job is not None and is_busy:
            self.bar.setValue(round(self._job.fraction * BAR_STEPS))
            self.stage.show_text(describe_job(self._job))
            self.remaining.setText(describe_remaining(self._job))
        elif self._retouches:
            self.bar.setValue(round(work.done * BAR_STEPS))
            self.stage.show_text(f"{edit}…" if edit else describe_retouching(work))
            self.remaining.clear()

    def _show_generate(self) -> None:
        """Name the button by what it does: without a prompt it removes what is painted."""
        name, tip = name_submit(self._editor)
        self.generate.setText(name)
        self.generate.setAccessibleName(name)
        self.generate.setToolTip(f"{tip}  (Ctrl+Enter)")

    def _show_buttons(self) -> None:
        busy = self._is_busy
        paused = self._job is not None and self._job.state is JobState.PAUSED
        self.generate.setEnabled(self._editor.history is not None)
        self.cancel.setVisible(busy or self._retouches)
        self.pause.setVisible(busy)
        self.pause.setIcon(icon("play" if paused else "pause"))
        name = translate("PromptPanel", "Resume") if paused else translate("PromptPanel", "Pause")
        self.pause.setAccessibleName(name)
        self.pause.setToolTip(name)

    def _pause(self) -> None:
        if self._job is None:
            return
        if self._job.state is JobState.PAUSED:
            self._editor.generation.resume(self._job.id)
        else:
            self._editor.generation.pause(self._job.id)

    def stop(self) -> bool:
        """Stop the fill that runs, else what is being retouched; False if there is neither."""
        if self._job is not None and self._is_busy:
            self._editor.generation.cancel(self._job.id)
            return True
        is_retouching = self._editor.retouch_work.is_pending
        self._editor.retouch_work.stop()
        is_edited = bool(self._editor.background_edits.label)
        self._editor.background_edits.drop()
        return is_retouching or is_edited


class _PromptEdit(QPlainTextEdit):
    """A small text field: Enter submits, Shift+Enter breaks the line, Tab goes on."""

    submitted = Signal()

    def __init__(self, placeholder: str, height: int) -> None:
        super().__init__()
        self.completer: WordCompleter | None = None
        self.setPlaceholderText(placeholder)
        palette = self.palette()
        palette.setColor(palette.ColorRole.PlaceholderText, QColor(theme.HINT))
        self.setPalette(palette)
        self.setFixedHeight(height)
        self.setTabChangesFocus(True)
        if height < 48:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self.completer is not None and self.completer.is_open and event.key() in LIST_KEYS:
            event.ignore()  # the list of words takes it
        elif not shift and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submitted.emit()
        else:
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Leave files to the page, which opens them."""
        return not source.hasUrls() and super().canInsertFromMimeData(source)


def _make_spin_box(name: str, low: int, high: int, tip: str) -> QSpinBox:
    box = QSpinBox(minimum=low, maximum=high)
    box.setAccessibleName(name)
    box.setToolTip(tip)
    return box


def name_submit(editor: Editor) -> tuple[str, str]:
    """Return the word on the button that submits the prompt, and a sentence on what it does."""
    prompt = editor.generation_settings.prompt
    if editor.history is not None and not prompt.strip():
        return translate("PromptPanel", "Remove"), translate(
            "PromptPanel", "Remove what is painted, from the photo's own pixels"
        )
    if parse_replacement(prompt) is not None:
        return translate("PromptPanel", "Replace"), translate(
            "PromptPanel", "Find what is to be replaced, and ask"
        )
    return translate("PromptPanel", "Generate"), translate(
        "PromptPanel", "Fill the painted area with what the prompt describes"
    )


def describe_retouching(work: RetouchWork) -> str:
    """Describe what is being made from the photo itself, and how much of it is done if known."""
    if work.selects:
        return translate("PromptPanel", "Selecting the object…")
    what = (
        translate("PromptPanel", "Filling from the photo  {done}")
        if work.extending is None
        else translate("PromptPanel", "Extending the canvas  {done}")
    )
    return what.format(done=f"{work.done:.0%}")


def describe_preflight(preflight: Preflight) -> str:
    """Describe time, memory and enlargement, or that the model does not know what is asked for."""
    if preflight.unknown:
        return preflight.unknown
    parts = []
    if preflight.wanted > 1 and preflight.places != preflight.wanted:
        parts.append(
            translate(
                "PromptPanel",
                "One is drawn in each painted place; for {count}, paint {count} places apart from"
                " each other.",
            ).format(count=number(preflight.wanted))
        )
    if preflight.forecast is not None:
        told = translate("PromptPanel", "About {time}.")
        if preflight.is_drafts:
            told = translate("PromptPanel", "Drafts in about {time}.")
        parts.append(told.format(time=format_duration(preflight.forecast.seconds)))
        if not preflight.forecast.fits:
            needed = preflight.forecast.peak_bytes / 1e9
            parts.append(
                translate(
                    "PromptPanel",
                    "That needs {needed} GB of memory, more than is free; ask for fewer "
                    "candidates.",
                ).format(needed=number(needed, 1))
            )
    if preflight.enlargement > ENLARGEMENT_HINT:
        parts.append(
            translate(
                "PromptPanel",
                "The result is enlarged {enlargement}× to fill this area; a smaller "
                "area gets finer detail.",
            ).format(enlargement=number(preflight.enlargement, 1))
        )
    return " ".join(parts)


def describe_job(job: Job) -> str:
    """Describe what a job is doing."""
    match job.state:
        case JobState.QUEUED:
            return translate("PromptPanel", "Waiting for the model")
        case JobState.PAUSED:
            return translate("PromptPanel", "Paused at {done}").format(done=f"{job.fraction:.0%}")
        case JobState.FITTING:
            part = f": {job.stage[:1].lower()}{job.stage[1:]}" if job.fit_fraction else ""
            return translate("PromptPanel", "Fitting it into the photo{part}").format(part=part)
        case _:
            done = f"  {job.fraction:.0%}" if job.fraction else ""
            return (job.stage or translate("PromptPanel", "Starting")) + done


def describe_remaining(job: Job) -> str:
    """Describe the time that a job still needs."""
    if job.remaining is None or job.state is JobState.PAUSED:
        return ""
    seconds = round(job.remaining)
    if seconds < 60:
        return translate("PromptPanel", "{seconds} s left").format(seconds=seconds)
    return translate("PromptPanel", "{minutes} min {seconds} s left").format(
        minutes=seconds // 60, seconds=f"{seconds % 60:02}"
    )
