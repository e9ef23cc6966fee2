"""What the budgets say to the router, in its words."""

from collections.abc import Callable

from core.costs.budgets import Budgets
from core.domain.model import Place
from core.domain.route import RouteRequest
from core.router.policy import BudgetWord


def budget_word(budgets: Budgets) -> Callable[[RouteRequest], BudgetWord]:
    """Give the function that tells what the budgets which a request would meet leave it. Raises StoreError."""

    def word(request: RouteRequest) -> BudgetWord:
        facing = budgets.facing(person=request.person, team=request.team, project=request.project, tags=request.tags)
        if not facing.standings:
            return BudgetWord()
        cheaper = facing.prefers_cheaper
        hard = [each for each in facing.standings if each.budget.then.hard and each.left is not None]
        name = min(hard, key=lambda each: each.left or 0).budget.label if hard else ""
        left = {place: facing.left(place) for place in Place}
        return BudgetWord(
            cheaper=f"{_capital(cheaper.budget.label)} asks for cheaper models." if cheaper else "",
            left={place: (amount, _capital(name)) for place, amount in left.items() if amount is not None},
        )

    return word


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
