"""One period has one total: the sidebar, Costs, History, Settings and a run's own head show the same sum."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.domain.run import RunPlan
from pages.ui import services
from tests.budget_spender import settle

COST = Decimal("8.345678901234")


@pytest.fixture
def spent(app):
    """A demo workspace in which one run of Anna's cost $8.35 just now."""
    app("settings", name="Anna", ws="demo")
    here = services.services_of("demo")
    here.people.add_project("Spring")
    plan = RunPlan(prompt="Write a reply", models=("simulated/sage",), person="Anna", project="Spring")
    key = here.runs.start(plan)
    settle(here.database, key, COST)
    return key


def words(test):
    return " ".join(element.value for kind in (test.markdown, test.caption, test.metric) for element in kind).replace(
        "\\", ""
    )


def sidebar(test):
    links = [link.proto.label for link in test.sidebar.get("page_link")]
    captions = [caption.value for caption in test.sidebar.caption]
    return next(label for label in (*links, *captions) if label.startswith("Today")).replace("\\", "")


def test_every_page_shows_the_same_sum_of_the_month(app, spent):
    now = datetime.now(UTC)
    line = f"Today **$8.35** · {now:%b} **$8.35**"
    for page, parameters in (
        ("", {"run": spent}),
        ("history", {}),
        ("settings", {"tab": "Workspace and data"}),
        ("costs", {"tab": "Review"}),
    ):
        test = app(page, name="Anna", ws="demo", **parameters)
        assert not test.exception
        assert sidebar(test) == line, page
        assert "$8.35" in words(test), page


def test_a_run_that_goes_on_shows_its_cost_so_far_with_a_sign_that_it_may_change(app, spent):
    import sqlalchemy as sa  # noqa: PLC0415

    from core.store import tables  # noqa: PLC0415
    from core.store.database import table  # noqa: PLC0415

    here = services.services_of("demo")
    here.runs.start(RunPlan(prompt="Go on", models=("simulated/sage",), person="Anna", public_id="going"))
    run, shot = table(tables.Run), table(tables.Shot)
    with here.database.write() as connection:
        key = connection.execute(sa.select(run.c.id).where(run.c.public_id == "going")).scalar_one()
        connection.execute(
            sa.update(shot)
            .where(shot.c.run_id == key)
            .values(state="running", started_at=datetime.now(UTC), cost=Decimal("0.654321098766"))
        )
    assert sidebar(app(name="Anna", ws="demo")).startswith("Today **~$9.00**")
