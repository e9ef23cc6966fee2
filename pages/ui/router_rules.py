"""Rules in plain words, in the order in which they are applied, each with how often it spoke this month."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import streamlit as st

from core.domain.route import Rule
from core.errors import ClaudePrompterError
from core.router.rules import (
    BUDGET_ON,
    CHALLENGERS,
    CLASSIFIER,
    INSIDE_PATTERNS,
    INSIDE_TAGS,
    INSIDE_WORDS,
    KEEP,
    PATTERN_WORDS,
    UP_ON,
    VALUE_ON,
    Pattern,
    Rules,
)
from core.store.rule_hits import Spoken
from pages.ui.page import Page
from pages.ui.problems import problem_words
from pages.ui.router_network import draw_network
from pages.ui.router_text import draw_text_check
from pages.ui.text import safe_label
from pages.ui.words import plural, when

LISTED: Final = 12
CHANGED: Final = {
    INSIDE_PATTERNS: "what a text may hold",
    INSIDE_TAGS: "tags",
    INSIDE_WORDS: "words",
    BUDGET_ON: "Budget",
    UP_ON: "What is up",
    VALUE_ON: "Value",
    KEEP: "how much to keep",
    CHALLENGERS: "extra answers",
    CLASSIFIER: "asking a model",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """A rule that is on or off, and the page that holds what it goes by."""

    number: int
    rule: Rule
    title: str
    key: str
    words: str
    page: str
    link: str
    parameters: tuple[tuple[str, str], ...] = ()


BUDGET: Final = Switched(
    number=2,
    rule=Rule.BUDGET,
    title="Budget",
    key=BUDGET_ON,
    words="Near a limit cheaper models come first; over it only what the budget still allows is asked.",
    page="costs",
    link="Set budgets",
    parameters=(("tab", "Budgets"),),
)
UP: Final = Switched(
    number=3,
    rule=Rule.UP,
    title="What is up",
    key=UP_ON,
    words="Models that are paused, down, without a key or too small for the prompt are left out, and so is everything "
    "outside while the network is cut.",
    page="settings",
    link="See what is connected",
)


def draw(page: Page, *, narrow: bool) -> None:  # noqa: ARG001 - every tab takes it
    """Draw the four rules and the field to try a text on. Raises StoreError."""
    rules = page.services.routes.rules.rules()
    now = datetime.now(UTC)
    spoken = page.services.rule_hits.spoken(since=now.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    st.caption("Applied from top to bottom. Each model that is left over goes on to the next rule.")
    _inside(page, rules, spoken)
    for switched, on in ((BUDGET, rules.budget), (UP, rules.up)):
        _switched(page, switched, spoken, on=on)
    _value(page, rules, spoken)
    _changes(page)


def _head(number: int, rule: str, spoken: tuple[Spoken, ...], which: Rule) -> None:
    mine = [each for each in spoken if each.rule is which]
    times, refused = sum(each.times for each in mine), sum(each.refused for each in mine)
    words = f"spoke {plural(times, 'time')} this month" if times else "has not spoken this month"
    if refused:
        words += f", refused {plural(refused, 'send')}"
    names = ", ".join(f"{each.name} {each.times:,}" for each in mine[:4])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"##### {number} · {rule}", width="content")
        st.space("stretch")
        st.caption(safe_label(words), width="content", help=safe_label(names) if names else None)


def _inside(page: Page, rules: Rules, spoken: tuple[Spoken, ...]) -> None:
    with st.container(border=True, key="rule_box_inside"):
        _head(1, "Stay inside", spoken, Rule.INSIDE)
        st.markdown(
            "A prompt that this rule speaks of is sent to this machine or our network only, whatever else fails: with "
            "nothing inside up, it is not sent at all."
        )
        _kept(INSIDE_PATTERNS, [str(each) for each in sorted(rules.patterns)])
        st.pills(
            "Where the text holds", [str(each) for each in Pattern], selection_mode="multi",
            format_func=lambda each: PATTERN_WORDS[Pattern(each)], key=INSIDE_PATTERNS, disabled=not page.admin,
            on_change=_set, args=(page, INSIDE_PATTERNS),
        )  # fmt: skip
        left, right = st.columns(2)
        with left:
            _kept(INSIDE_TAGS, list(rules.tags))
            known = sorted({*page.services.people.tags(), *rules.tags})
            st.multiselect("Runs with the tags", known, key=INSIDE_TAGS, accept_new_options=True, placeholder="None",
                           disabled=not page.admin, on_change=_set, args=(page, INSIDE_TAGS))  # fmt: skip
        with right:
            _kept(INSIDE_WORDS, list(rules.words))
            st.multiselect("Texts with our words", list(rules.words), key=INSIDE_WORDS, accept_new_options=True,
                           placeholder="A name, a code word", disabled=not page.admin, on_change=_set,
                           args=(page, INSIDE_WORDS))  # fmt: skip
        pinned = [project.name for project in page.services.people.projects() if project.inside_only]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            words = ", ".join(pinned) if pinned else "none"
            st.markdown(f"Projects that stay inside: {safe_label(words)}", width="content")
            page.link("settings", "Choose projects", tab="People")
        draw_text_check(page, rules)


def _switched(page: Page, rule: Switched, spoken: tuple[Spoken, ...], *, on: bool) -> None:
    with st.container(border=True, key=f"rule_box_{rule.rule}"):
        _head(rule.number, rule.title, spoken, rule.rule)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _kept(rule.key, on)
            st.toggle("On", key=rule.key, disabled=not page.admin, on_change=_set, args=(page, rule.key),
                      width="content")  # fmt: skip
            st.markdown(rule.words, width="stretch")
            page.link(rule.page, rule.link, **dict(rule.parameters))
        if rule.rule is Rule.UP:
            draw_network(page)


def _value(page: Page, rules: Rules, spoken: tuple[Spoken, ...]) -> None:
    with st.container(border=True, key="rule_box_value"):
        _head(4, "Value", spoken, Rule.VALUE)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _kept(VALUE_ON, rules.value)
            st.toggle("On", key=VALUE_ON, disabled=not page.admin, on_change=_set, args=(page, VALUE_ON),
                      width="content")  # fmt: skip
            kept = f"{100 * rules.keep:g} in 100 of the best model's quality"
            st.markdown(f"Of what is left, the cheapest that keeps {kept}. Off: the best, whatever it costs.",
                        width="stretch")  # fmt: skip
            page.link("router", "See what it saves")
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            _kept(CHALLENGERS, f"{rules.challengers:g}")
            st.selectbox(
                "One extra answer, to keep learning", _shares(rules.challengers), key=CHALLENGERS, width=260,
                format_func=lambda each: "never" if float(each) == 0 else f"in {100 * float(each):g} of 100 runs",
                disabled=not page.admin, on_change=_set, args=(page, CHALLENGERS),
            )  # fmt: skip
            _kept(CLASSIFIER, rules.classifier)
            st.toggle(
                "May ask a model what a prompt is about", key=CLASSIFIER, disabled=not page.admin,
                on_change=_set, args=(page, CLASSIFIER),
                help="The cheapest, inside first; only where past runs leave it open and the answer pays for itself.",
            )  # fmt: skip


def _shares(now: float) -> list[str]:
    return [f"{each:g}" for each in sorted({0.0, 0.02, 0.05, 0.1, 0.2, now})]


def _changes(page: Page) -> None:
    """Draw the newest changes; the last one of each part can be taken back."""
    histories = [page.services.routes.rules.history(key, limit=3) for key in CHANGED]
    found = [change for history in histories for change in history]
    if not found:
        return
    newest = {history[0].id for history in histories if history}
    with st.expander("Who changed what"):
        for change in sorted(found, key=lambda each: each.id, reverse=True)[:LISTED]:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                moved = f"{_said(change.was)} → {_said(change.value)}"
                words = f"{CHANGED[change.key]}: {moved} · {change.person or 'someone'} · {when(change.changed_at)}"
                st.caption(safe_label(words), width="stretch")
                if page.admin and change.id in newest:
                    st.button("Undo", key=f"undo_{change.id}", type="tertiary", on_click=_undo,
                              args=(page, change.key))  # fmt: skip


def _said(value: Any) -> str:
    if value is None:
        return "as it came"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(PATTERN_WORDS.get(each, str(each)) for each in value) or "none"
    return f"{100 * float(value):g} in 100" if isinstance(value, int | float) else str(value)


def _kept(key: str, value: Any) -> None:
    """Show a setting as it stands now, whatever a widget of this tab showed before."""
    st.session_state[key] = value


def _set(page: Page, key: str) -> None:
    value = st.session_state[key]
    try:
        page.services.routes.rules.set(key, float(value) if key == CHALLENGERS else value, person=page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")


def _undo(page: Page, key: str) -> None:
    try:
        page.services.routes.rules.undo(key, person=page.person)
    except ClaudePrompterError as error:
        st.toast(problem_words(error), icon=":material/error:")
