"""Budgets in a person's words: for whom, what happens, how far it is used, what is left. Pure text."""

from datetime import tzinfo
from typing import Final

from core.costs.budget import BudgetRecord, BudgetScope, Period, Standing, Then
from core.costs.notices import Notice, Told
from pages.ui.words import dollars, when

PERIODS: Final = {Period.DAY: "a day", Period.WEEK: "a week", Period.MONTH: "a month", Period.RUN: "one run"}
THENS: Final = {
    Then.WARN: "warn",
    Then.CHEAPER: "prefer cheaper",
    Then.INSIDE: "inside only",
    Then.STOP: "stop",
}
THEN_MEANS: Final = {
    Then.WARN: "says so and lets every call be made",
    Then.CHEAPER: "Auto prefers cheaper models; every call is made",
    Then.INSIDE: "no call outside; this machine and our network may still be asked",
    Then.STOP: "no call is made",
}
SCOPES: Final = {
    BudgetScope.EVERYTHING: "everything",
    BudgetScope.TEAM: "a team",
    BudgetScope.PROJECT: "a project",
    BudgetScope.PERSON: "a person",
    BudgetScope.TAG: "a tag",
}
SCOPE_ICONS: Final = {
    BudgetScope.EVERYTHING: ":material/all_inclusive:",
    BudgetScope.TEAM: ":material/groups:",
    BudgetScope.PROJECT: ":material/folder:",
    BudgetScope.PERSON: ":material/person:",
    BudgetScope.TAG: ":material/sell:",
}
_OF_PERIOD: Final = {Period.DAY: "today", Period.WEEK: "this week", Period.MONTH: "this month", Period.RUN: "one run"}


def whom(budget: BudgetRecord) -> str:
    """Give for whom a budget is: `everything`, or the name."""
    return budget.name or SCOPES[BudgetScope.EVERYTHING]


def limits_words(budget: BudgetRecord) -> str:
    """Give its limits: `warn at $320.00, stop at $400.00, then inside only`."""
    parts = [
        f"{what} at {dollars(limit)}"
        for what, limit in (("warn", budget.warn_at), ("stop", budget.stop_at))
        if limit is not None
    ]
    return ", ".join((*parts, f"then {THENS[budget.then]}"))


def percent(share: float) -> str:
    """Give a share as whole percent, never 100 before all is used: `80 %`."""
    whole = round(share * 100)
    return f"{min(whole, 99) if share < 1 else whole} %"


def left_words(standing: Standing) -> str:
    """Give what is left in the fewest words: `$188 left`, `nothing left`, `$12 to the warning`."""
    to_go = standing.to_go
    if to_go is None:
        return ""
    if not to_go:
        return "nothing left" if standing.budget.stop_at is not None else "past the warning"
    return f"{dollars(to_go)} {'left' if standing.budget.stop_at is not None else 'to the warning'}"


def used_words(standing: Standing) -> str:
    """Give how far a budget is used: `$318.42, 80 % · $81.58 left`; what is under way is named."""
    if standing.budget.period is Period.RUN:
        return "counted for each run by itself"
    parts = [f"{dollars(standing.spent)}, {percent(standing.share)}"]
    if standing.held:
        parts.append(f"~{dollars(standing.held)} held by runs under way")
    parts.append(left_words(standing))
    return " · ".join(part for part in parts if part)


def of_whom(budget: BudgetRecord) -> str:
    """Give whose budget it is, for a line: `Support, this month`, `everything, today`."""
    return f"{whom(budget)}, {_OF_PERIOD[budget.period]}"


def crossed_words(standing: Standing) -> str:
    """Give one sentence on a budget whose warning or stop is passed, with what follows from it."""
    budget = standing.budget
    limit = budget.stop_at if budget.stop_at is not None else budget.warn_at
    spent = f"{dollars(standing.spent)} of {dollars(limit)}" if limit is not None else dollars(standing.spent)
    if standing.reached:
        follows = {
            Then.WARN: "Calls go on; this is a warning.",
            Then.CHEAPER: "Auto prefers cheaper models now; calls go on.",
            Then.INSIDE: "Nothing is sent outside now; this machine and our network may still be asked.",
            Then.STOP: "No call is made until it is changed or its period ends.",
        }[budget.then]
        return f"The budget of {of_whom(budget)}, is used up: {spent}. {follows}"
    cheaper = " Auto prefers cheaper models now." if standing.prefers_cheaper else ""
    return f"The budget of {of_whom(budget)}, has passed its warning: {spent}, {left_words(standing)}.{cheaper}"


def told_words(notices: tuple[Notice, ...], *, zone: tzinfo | None = None) -> str:
    """Give who was told: `Told of the warning: Anna 14:02. Not sent: Ben 15:10 (Sage × 2).`; empty for nobody."""
    warned = [f"{each.person or 'someone'} {when(each.at, zone=zone)}" for each in notices if each.what is Told.WARNED]
    refused = [
        f"{each.person or 'someone'} {when(each.at, zone=zone)} ({', '.join(each.calls)})"
        for each in notices
        if each.what is Told.REFUSED
    ]
    parts = []
    if warned:
        parts.append(f"Told of the warning: {', '.join(warned)}.")
    if refused:
        parts.append(f"Calls not made: {', '.join(refused)}.")
    return " ".join(parts)
