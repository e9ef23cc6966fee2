"""What Auto has to say on a run: in its head that it chose and why, after a pick whom it would ask next time."""

import streamlit as st

from core.domain.route import Basis, Route, RouteRequest
from core.domain.run import RunRecord
from core.domain.verdict import Verdict
from core.errors import ClaudePrompterError
from pages.ui.look_again import look_again
from pages.ui.page import Page
from pages.ui.receipt import draw_receipt
from pages.ui.receipt_words import asked_words, headline, labels_of, network_words
from pages.ui.text import safe_label


def draw_chose(page: Page, record: RunRecord, *, hidden: bool) -> None:
    """Draw "Auto chose Swift, why?" where it did; nothing while names are hidden."""
    if hidden:
        return
    route = _route_of(page, record)
    if route is None:
        return
    labels = labels_of(route)
    if route.overridden:
        words = f"Auto would have asked {asked_words(route)}; you chose otherwise"
    else:
        words = f"Auto chose {' and '.join(labels.get(name, name) for name in route.choice)}"
    with st.popover(f"{safe_label(words)}: why?", type="tertiary", icon=":material/alt_route:",
                    key=f"auto_chose_{record.public_id}", on_change="rerun") as why:  # fmt: skip
        if why.open:
            st.markdown(f"**{safe_label(headline(route, past=True))}**")
            draw_receipt(page, route, key=f"run_{record.public_id}", narrow=True)
    if words := went_on_inside_words(record, route) or network_words(route):
        st.markdown(f":material/cloud_off: {safe_label(words)}")


def went_on_inside_words(record: RunRecord, route: Route) -> str:
    """Give that the run went on inside for want of a way out, "" where it did not."""
    labels = {shot.model: shot.label for shot in record.shots if shot.place.inside and shot.model not in route.asked}
    names = " and ".join(labels[model] for model in record.models if model in labels)
    return f"Nothing outside could be reached, so {names} was asked inside." if names else ""


def draw_next_time(page: Page, record: RunRecord, verdict: Verdict) -> None:
    """Draw whom Auto would ask next time, once a pick is given."""
    key = f"next_time_{page.workspace.value}_{verdict.id}"
    known = st.session_state.get(key)
    if key not in st.session_state or (isinstance(known, Route) and known.unread):
        st.session_state[key] = _proposed(page, record)
    route = st.session_state[key]
    if not isinstance(route, Route) or route.basis is Basis.NOTHING:
        return
    if route.unread:
        look_again(key)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="next_time"):
        st.markdown(f":material/alt_route: {safe_label(next_time_words(route))}", width="content")
        with st.popover("Why?", type="tertiary", key=f"why_{key}", on_change="rerun") as why:
            if why.open:
                draw_receipt(page, route, key="next_time", narrow=True)


def next_time_words(route: Route) -> str:
    """Give "Next time: Auto would ask Swift, and keep 98 in 100 of Sage's quality." or why it cannot say yet."""
    if route.basis is not Basis.EVIDENCE:
        return f"Next time: {route.reason[0].lower()}{route.reason[1:]}" if route.reason else ""
    chosen, best = route.candidate(route.choice[0]), route.candidate(route.baseline)
    words = f"Next time: Auto would ask {asked_words(route)}"
    if chosen is None or best is None or chosen.model == best.model or not best.quality:
        return f"{words}, the best here."
    return f"{words}, and keep {min(100, round(100 * chosen.quality / best.quality))} in 100 of {best.label}'s quality."


def _route_of(page: Page, record: RunRecord) -> Route | None:
    key = f"route_of_{page.workspace.value}_{record.public_id}"
    if key not in st.session_state:
        try:
            st.session_state[key] = page.services.routes.of_run(record.public_id, viewer=page.person)
        except ClaudePrompterError:
            return None
    found = st.session_state[key]
    return found if isinstance(found, Route) else None


def _proposed(page: Page, record: RunRecord) -> Route | None:
    request = RouteRequest(
        prompt=record.prompt, settings=record.settings, strategy=page.strategy, person=page.person, team=page.team,
        project=record.project, tags=record.tags,
    )  # fmt: skip
    try:
        return page.services.routes.propose(request)
    except ClaudePrompterError:
        return None
