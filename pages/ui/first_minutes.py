"""The first five minutes: five things worth doing once, that tick themselves; hidden for good with one click."""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from core.errors import ClaudePrompterError
from pages.ui import remembered, services
from pages.ui.page import Page

OWN: Final = "own"
STEPS: Final = (
    ("run", "Run a sample"),
    ("pick", "Pick the winner"),
    ("cost", "See what it cost"),
    ("auto", "Ask Auto"),
    (OWN, "Use your own models"),
)
PLACES: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "run": ("run", {}),
    "pick": ("run", {}),
    "cost": ("costs", {}),
    "auto": ("run", {}),
    OWN: ("settings", {"tab": "Models and keys"}),
}
"""Where each step is done."""

KEPT: Final = "first_minutes"
HIDDEN: Final = "hidden"


def draw_first_minutes(page: Page, *, narrow: bool) -> None:
    """Draw the card in the demo, until it is hidden or everything is done; on a phone only the next step."""
    if not page.demo:
        return
    done = _done(page)
    left = [(step, words) for step, words in STEPS if step not in done]
    if HIDDEN in done or not left:
        return
    if narrow:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="first_minutes"):
            number = [step for step, _ in STEPS].index(left[0][0]) + 1
            st.caption("First five minutes:", width="content")
            _step(page, number, *left[0], done=False, following=False)
            st.space("stretch")
            st.button("Hide", type="tertiary", key="hide_first_minutes", on_click=tick, args=(page, HIDDEN))
        return
    with (
        st.container(border=True, key="first_minutes"),
        st.container(horizontal=True, vertical_alignment="center", gap="small"),
    ):
        st.markdown("**First five minutes**", width="content")
        with st.container(horizontal=True, vertical_alignment="center", gap="medium", width="stretch"):
            for number, (step, words) in enumerate(STEPS, start=1):
                _step(page, number, step, words, done=step in done, following=step == left[0][0])
        st.button("Hide", type="tertiary", key="hide_first_minutes", on_click=tick, args=(page, HIDDEN))


def tick(page: Page, step: str) -> None:
    """Mark a step as done; only the demo has steps."""
    if not page.demo:
        return
    done = _ticked(page)
    if step not in done:
        remembered.keep(page, KEPT, sorted({*done, step}))


def _step(page: Page, number: int, step: str, words: str, *, done: bool, following: bool) -> None:
    """Draw one step as a link to where it is done; on the Run page itself it stays where it is."""
    icon = ":material/check_circle:" if done else f":material/counter_{number}:"
    name, parameters = PLACES[step]
    label = f":gray[{words}]" if done else f"**{words}**" if following else words
    if name == page.name:
        st.markdown(f":small[{f':green[{icon}]' if done else icon} {label}]", width="content")
    else:
        page.link(name, label, icon=icon, **parameters)


def _done(page: Page) -> set[str]:
    done = _ticked(page)
    return done | {OWN} if _own_models_used() else done


def _ticked(page: Page) -> set[str]:
    kept = remembered.value(page, KEPT)
    return {str(step) for step in kept} if isinstance(kept, list) else set()


def _own_models_used() -> bool:
    try:
        return services.team_holds_a_run()
    except ClaudePrompterError:
        return False
