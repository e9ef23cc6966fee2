"""From one run to the next: the same again, changed first, or with the winning answer to be made better."""

import streamlit as st

from core.domain.run import Origin, RunPlan, RunRecord, ShotRecord
from pages.ui.budget_lines import act
from pages.ui.draft import Draft
from pages.ui.page import Page


def edit_as_new(page: Page, record: RunRecord) -> None:
    """Put a run into the composer, to be changed and sent as a new one. For a button's callback on the Run page."""
    Draft(page).load(record)
    st.query_params.pop("run", None)
    st.query_params.pop("hide", None)


def refine(page: Page, record: RunRecord, winner: ShotRecord) -> None:
    """Put the prompt and the winning answer into the composer, to ask for a better one."""
    draft = Draft(page)
    draft.load(record)
    draft.take(f"{record.prompt}\n\nHere is an answer to this:\n\n{winner.text.strip()}\n\nMake it better: ")
    st.query_params.pop("run", None)
    st.query_params.pop("hide", None)


def run_again(page: Page, record: RunRecord) -> None:
    """Send a run once more just as it was, and open the new one; what is in the way is said in a line."""
    st.query_params.pop("hide", None)

    def again(_public_id: str) -> None:
        st.query_params["run"] = page.services.runs.start(plan_again(page, record))

    act(record.public_id, again)


def plan_again(page: Page, record: RunRecord) -> RunPlan:
    """Give the plan that repeats a run in this person's name."""
    return RunPlan(
        prompt=record.prompt,
        models=record.models,
        shots_per_model=record.shots_per_model,
        settings=record.settings,
        per_model=record.per_model,
        template=record.template,
        variables=record.variables,
        strategy=page.strategy,
        visibility=record.visibility,
        blind=record.blind,
        origin=Origin.PAGE,
        person=page.person,
        team=page.team,
        project=page.project or record.project,
        tags=record.tags,
        parent_public_id=record.public_id,
    )
