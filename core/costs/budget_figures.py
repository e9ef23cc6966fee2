"""How the budgets stand, as metrics: those of a person are left out, for no metric names a person."""

from core.costs.budget import BudgetScope, Period
from core.costs.budgets import Budgets
from core.metrics.figures import BudgetFigure


def budget_figures(budgets: Budgets) -> list[BudgetFigure]:
    """Give every budget that has a period and is no person's, oldest first. Raises StoreError and its kinds."""
    return [
        BudgetFigure(
            name=f"{standing.budget.scope} {standing.budget.name}".strip() + f" / {standing.budget.period}",
            spent=standing.spent,
            left=standing.left,
        )
        for standing in budgets.standings()
        if standing.budget.scope is not BudgetScope.PERSON and standing.budget.period is not Period.RUN
    ]
