"""The run that is being composed in this tab: everything the composer holds, under one typed wrapper.

Values live in the session under keys of the workspace, so that moving between demo and team mixes nothing. Those that a
widget edits have the widget's own key and are kept while the composer is not drawn.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import streamlit as st

from core.domain.run import RunPlan, RunRecord, ShotSettings, Visibility
from core.errors import ClaudePrompterError
from core.runs.plan import fill, variables_of
from core.runs.service import new_public_id
from pages.ui import auto_for_all, remembered
from pages.ui.auto_draft import KEPT as AUTO_KEPT
from pages.ui.auto_draft import AutoDraft
from pages.ui.page import Page

USUAL: Final = ShotSettings()
DEMO_MODELS: Final = ("simulated/sage", "simulated/swift", "simulated/pine")
SHOT_CHOICES: Final = (1, 2, 3, 5)
MODELS_KEPT: Final = "run_models"
SHOTS_KEPT: Final = "run_shots"
FILE_VARIABLE: Final = "text"


class Draft:
    """What the composer of one workspace holds in this tab."""

    def __init__(self, page: Page) -> None:
        """Open the draft; on the first visit it holds what this person used last."""
        self._page = page
        self._prefix = f"draft_{page.workspace.value}_"
        if not self._get("begun", False):
            self._set("begun", True)
            self._begin()

    def key(self, name: str) -> str:
        """Give the session's key of a value, for the widget that edits it."""
        return f"{self._prefix}{name}"

    @property
    def text(self) -> str:
        """Give the prompt as typed, its {{variables}} not filled in."""
        return str(self._get("text", "") or "")

    @text.setter
    def text(self, value: str) -> None:
        self._set("text", value)

    @property
    def models(self) -> list[str]:
        """Give the names of the chosen models in their order."""
        return list(self._get("models", []))

    @models.setter
    def models(self, value: list[str]) -> None:
        self._set("models", value)

    @property
    def shots(self) -> int:
        """Give the shots per model."""
        return int(self._get("shots", 1) or 1)

    @shots.setter
    def shots(self, value: int) -> None:
        self._set("shots", value)

    @property
    def blind(self) -> bool:
        """Tell whether names stay hidden until a pick."""
        return bool(self._get("blind", False))

    @property
    def settings(self) -> ShotSettings:
        """Give the settings that hold for every model without its own."""
        return ShotSettings(
            temperature=float(self._get("temperature", USUAL.temperature)),
            max_tokens=int(self._get("max_tokens", USUAL.max_tokens)),
            system=str(self._get("system", "") or ""),
        )

    @property
    def per_model(self) -> dict[str, ShotSettings]:
        """Give the settings of the models that have their own."""
        kept: dict[str, dict[str, Any]] = self._get("per_model", {})
        return {name: replace(self.settings, **changes) for name, changes in kept.items() if name in self.models}

    @property
    def changes(self) -> dict[str, dict[str, Any]]:
        """Give what differs by model: name of the model → name of the setting → value."""
        return dict(self._get("per_model", {}))

    @changes.setter
    def changes(self, value: dict[str, dict[str, Any]]) -> None:
        self._set("per_model", value)

    @property
    def tags(self) -> tuple[str, ...]:
        """Give the words put on the run."""
        return tuple(self._get("tags", []))

    @property
    def visibility(self) -> Visibility:
        """Give who may see the run."""
        return Visibility(self._get("visibility", Visibility.TEAM.value) or Visibility.TEAM.value)

    @property
    def files(self) -> dict[str, tuple[str, str]]:
        """Give the variables that a file fills: variable → name and text of the file."""
        return dict(self._get("files", {}))

    @files.setter
    def files(self, value: dict[str, tuple[str, str]]) -> None:
        self._set("files", value)

    @property
    def problem(self) -> ClaudePrompterError | None:
        """Give what was wrong at the last press."""
        found = self._get("problem", None)
        return found if isinstance(found, ClaudePrompterError) else None

    @problem.setter
    def problem(self, error: ClaudePrompterError | None) -> None:
        self._set("problem", error)

    @property
    def shown_estimate(self) -> Decimal | None:
        """Give the sum in USD that the Run button shows, None while it shows none."""
        found = self._get("shown_estimate", None)
        return found if isinstance(found, Decimal) else None

    @shown_estimate.setter
    def shown_estimate(self, amount: Decimal | None) -> None:
        self._set("shown_estimate", amount)

    @property
    def changed(self) -> bool:
        """Tell whether anything under More differs from the default."""
        return (
            self.settings != USUAL or bool(self.per_model) or bool(self.tags) or self.visibility is not Visibility.TEAM
        )

    def variables(self) -> dict[str, str]:
        """Give the prompt's variables in order, each with its value so far."""
        files = self.files
        return {
            name: files[name][1] if name in files else str(self._get(f"value_{name}", "") or "")
            for name in variables_of(self.text)
        }

    def set_variable(self, name: str, value: str) -> None:
        """Give a variable its value; a file that filled it before is put away."""
        self.files = {other: held for other, held in self.files.items() if other != name}
        self._set(f"value_{name}", value)

    def take_file(self, name: str, text: str) -> None:
        """Fill the first variable without a value with a file's text; without one, the prompt gets one at its end."""
        free = [variable for variable, value in self.variables().items() if not value.strip()]
        variable = free[0] if free else FILE_VARIABLE
        if not free:
            taken = set(variables_of(self.text))
            number = 2
            while variable in taken:
                variable, number = f"{FILE_VARIABLE} {number}", number + 1
            self.text = f"{self.text.rstrip()}\n\n{{{{{variable}}}}}" if self.text.strip() else f"{{{{{variable}}}}}"
        self.files = {**self.files, variable: (name, text)}

    def filled(self) -> str:
        """Give the prompt as it would be sent; variables without a value stay as typed."""
        values = self.variables()
        return fill(self.text, {name: value if value.strip() else f"{{{{{name}}}}}" for name, value in values.items()})

    def plan(self, *, consented: bool = False, prompt: str | None = None) -> RunPlan:
        """Give the plan as the page stands, or with another prompt. Raises MissingVariable where none is given.

        Where Auto chooses, the plan names no model.
        """
        page, values = self._page, self.variables()
        return RunPlan(
            prompt=fill(self.text, values) if prompt is None else prompt,
            models=() if AutoDraft(page).on else tuple(self.models),
            shots_per_model=self.shots,
            settings=self.settings,
            per_model=tuple(self.per_model.items()),
            template=self.text if values else "",
            variables=tuple(values.items()),
            strategy=page.strategy,
            visibility=self.visibility,
            blind=self.blind,
            person=page.person,
            team=page.team,
            project=page.project,
            tags=self.tags,
            parent_public_id=self._get("parent", None),
            shown_estimate=self.shown_estimate,
            consented=consented,
            public_id=self._public_id(),
        )

    def started(self) -> None:
        """Remember what was used, so that it is there next time."""
        self.problem = None
        self._set("started", self._get("public_id", None))
        remembered.keep(self._page, AUTO_KEPT, AutoDraft(self._page).on)
        remembered.keep(self._page, MODELS_KEPT, self.models)
        remembered.keep(self._page, SHOTS_KEPT, self.shots)

    def begin_anew(self) -> None:
        """Take a fresh id once the run of the old one has been started; the composer calls it when it is drawn."""
        if self._get("started", None) is not None:
            self._set("started", None)
            self._set("public_id", new_public_id())
            self._set("parent", None)

    def load(self, record: RunRecord) -> None:
        """Take a past run over, to be changed and sent as a new one."""
        self.begin_anew()
        self.take(record.template or record.prompt, dict(record.variables))
        AutoDraft(self._page).on = False
        self.models = list(record.models)
        self.shots = record.shots_per_model
        self._set("blind", record.blind)
        self._set("temperature", record.settings.temperature)
        self._set("max_tokens", record.settings.max_tokens)
        self._set("system", record.settings.system)
        self.changes = {
            name: {"temperature": own.temperature, "max_tokens": own.max_tokens} for name, own in record.per_model
        }
        self._set("tags", list(record.tags))
        self._set("visibility", record.visibility.value)
        self._set("parent", record.public_id)

    def take(self, text: str, values: dict[str, str] | None = None) -> None:
        """Put another prompt into the box, with the values of its variables."""
        self.text = text
        self.problem = None
        self.files = {}
        for name, value in (values or {}).items():
            self.set_variable(name, value)

    def _begin(self) -> None:
        for name, value in (("temperature", USUAL.temperature), ("max_tokens", USUAL.max_tokens), ("system", "")):
            self._set(name, value)
        self._set("visibility", Visibility.TEAM.value)
        kept = remembered.value(self._page, MODELS_KEPT)
        self.models = [str(name) for name in kept] if isinstance(kept, list) else []
        auto = remembered.value(self._page, AUTO_KEPT)
        AutoDraft(self._page).on = auto_for_all.is_on(self._page) if auto is None else auto is True
        shots = remembered.value(self._page, SHOTS_KEPT)
        self.shots = shots if isinstance(shots, int) else 1
        if self._page.demo:
            self._begin_demo(first=not self.models)

    def _begin_demo(self, *, first: bool) -> None:
        from core.demo.samples import samples  # noqa: PLC0415 - the team's workspace never reads the demo's texts

        sample = samples()[0]
        self.take(sample.prompt, dict(sample.variables))
        if first:
            self.models, self.shots = list(DEMO_MODELS), 2

    def _public_id(self) -> str:
        found = self._get("public_id", None)
        if not found:
            found = new_public_id()
            self._set("public_id", found)
        return str(found)

    def _get(self, name: str, default: Any) -> Any:
        return st.session_state.get(self.key(name), default)

    def _set(self, name: str, value: Any) -> None:
        st.session_state[self.key(name)] = value
