"""What the composer holds of Auto: whether it chooses, the route last shown, and what a person asked in its place."""

import time
from dataclasses import replace
from typing import Any, Final

import streamlit as st

from core.domain.route import Route
from core.domain.run import RunPlan
from core.router.routes import request_of
from pages.ui.page import Page

KEPT: Final = "run_auto"
"""The remembered choice of a person: whether their last run was Auto's."""

FRESH_SECONDS: Final = 20.0
BRIEFLY: Final = 0.9


class AutoDraft:
    """Auto in the composer of one workspace in this tab."""

    def __init__(self, page: Page) -> None:
        """Read what this tab holds."""
        self.page = page

    @property
    def on(self) -> bool:
        """Tell whether the router chooses the models."""
        return bool(self._get("on", False))

    @on.setter
    def on(self, value: bool) -> None:
        self._set("on", value)
        self._set("instead", None)

    @property
    def shown(self) -> Route | None:
        """Give the route that the strip shows, None while it shows none."""
        found = self._get("shown", None)
        return found if isinstance(found, Route) else None

    @property
    def waits(self) -> bool:
        """Tell whether the route on show would be another one in a moment: something is still being read or asked."""
        route = self.shown
        return route is not None and (route.unread or route.asking)

    def instead(self) -> tuple[str, ...]:
        """Give the models asked in place of the route on show; what was said of another prompt does not count."""
        kept, route = self._get("instead", None), self.shown
        return tuple(kept[1]) if kept and route is not None and kept[0] == route.prompt_sha256 else ()

    def ask_instead(self, models: tuple[str, ...]) -> None:
        """Ask these models in place of Auto's choice for the prompt on show; none to go back to it."""
        route = self.shown
        self._set("instead", (route.prompt_sha256, list(models)) if route is not None and models else None)

    def look(self, plan: RunPlan) -> Route | None:
        """Give what Auto would do with a plan, computed anew where prompt or bookings changed. Raises StoreError."""
        if not plan.prompt.strip():
            self._set("shown", None)
            return None
        network = self.page.services.network
        broken = network.broken() if network is not None else None
        asked = (plan.prompt, plan.settings, plan.strategy, plan.team, plan.project, plan.tags, broken)
        kept = self._get("asked", None)
        age = time.monotonic() - kept[1] if kept is not None and kept[0] == asked else FRESH_SECONDS
        if self.shown is None or age >= (BRIEFLY if self.waits else FRESH_SECONDS):
            self._set("shown", self.page.services.routes.propose(replace(request_of(plan), may_ask=True)))
            self._set("asked", (asked, time.monotonic()))
        return self.shown

    def chosen(self, plan: RunPlan) -> RunPlan:
        """Give the plan with the models that Auto, or the person in its place, chooses at the press.

        Raises EmptyPrompt, NothingAllowed, StoreError.
        """
        return self.page.services.routes.at_press(plan, shown=self.shown, instead=self.instead())

    def _key(self, name: str) -> str:
        return f"auto_{self.page.workspace.value}_{name}"

    def _get(self, name: str, default: Any) -> Any:
        return st.session_state.get(self._key(name), default)

    def _set(self, name: str, value: Any) -> None:
        st.session_state[self._key(name)] = value
