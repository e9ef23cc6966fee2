"""Where prompts went: every request with its place, host and size, which rule spoke, and what was refused."""

from datetime import UTC, datetime
from typing import Any, Final

import streamlit as st

from core.domain.model import Place
from core.store.departures import Departure, DepartureFilter
from core.store.recent import Recent, bounds
from core.transfer.departures import departures_csv
from pages.ui.history_address import reader_zone
from pages.ui.model_names import names_of
from pages.ui.page import Page
from pages.ui.palette import place_icon, place_words
from pages.ui.router_routes import draw_routes
from pages.ui.text import safe_label
from pages.ui.words import bytes_words, plural, when

SHOWN: Final = 100
REFUSED: Final = "refused"
PLACES: Final = {**{place.value: place_words(place) for place in Place}, REFUSED: "refused"}


def draw(page: Page, *, narrow: bool) -> None:
    """Draw the filters, the list, and Auto's choices over time. Raises StoreError."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="where_filters"):
        wanted = _filters(page)
        st.space("stretch")
        _export(page, wanted)
    rows = page.services.departures.page(wanted, limit=SHOWN)
    if not rows:
        _nothing()
    else:
        _list(page, rows, narrow=narrow)
    draw_routes(page, since=wanted.since, until=wanted.until)


def _filters(page: Page) -> DepartureFilter:
    period = st.selectbox(
        "When", list(Recent), index=None, key="where_when", bind="query-params", placeholder="Any time", width=160,
        format_func=lambda each: str(each).capitalize(), label_visibility="collapsed",
    )  # fmt: skip
    place = st.selectbox(
        "Where", list(PLACES), index=None, key="where_place", bind="query-params", placeholder="Anywhere", width=150,
        format_func=PLACES.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    person = _one("Who", list(page.services.people.names()), "where_who", "Anyone")
    project = _one("Project", [each.name for each in page.services.people.projects()], "where_project", "Any project")
    pinned = st.toggle("Kept inside only", key="where_pinned", bind="query-params")
    zone = reader_zone()
    since, until = bounds(Recent(period), now=datetime.now(UTC), zone=str(zone)) if period else (None, None)
    where: Any = "" if place is None else REFUSED if place == REFUSED else Place(place)
    return DepartureFilter(
        since=since, until=until, place=where, person=person, project=project, pinned_only=bool(pinned)
    )


def _one(label: str, options: list[str], key: str, nobody: str) -> str:
    chosen = st.selectbox(label, options, index=None, key=key, bind="query-params", placeholder=nobody, width=150,
                          label_visibility="collapsed")  # fmt: skip
    return str(chosen or "")


def _export(page: Page, wanted: DepartureFilter) -> None:
    st.download_button(
        "Export", data=lambda: departures_csv(page.services.departures.rows(wanted), simulated=page.demo),
        file_name=f"where-prompts-went{'-demo' if page.demo else ''}.csv", mime="text/csv", icon=":material/download:",
        key="where_export", help="For the security team: one row a request, without any prompt's text.",
    )  # fmt: skip


def _list(page: Page, rows: tuple[Departure, ...], *, narrow: bool) -> None:
    names = names_of(page)
    outside = sum(each.place is Place.CLOUD and not each.refused for each in rows)
    refused = sum(each.refused for each in rows)
    words = f"The newest {plural(len(rows), 'request')}: {outside:,} outside, {len(rows) - outside - refused:,} inside"
    st.caption(words + (f", {refused:,} refused" if refused else ""))
    if narrow:
        for each in rows[:40]:
            with st.container(border=True, gap="xsmall"):
                went = "refused" if each.refused else place_words(each.place)
                st.markdown(f"**{safe_label(names[each.model])}** · {place_icon(each.place)} {went}")
                facts = filter(
                    None, (when(each.at), each.who or "someone", each.host, bytes_words(each.bytes), each.rule)
                )
                st.caption(safe_label(" · ".join(facts)))
        return
    st.dataframe(
        [_row(page, each, names) for each in rows], hide_index=True, width="stretch", key="where_rows",
        column_config={
            "Run": st.column_config.LinkColumn("Run", display_text="open", width="small"),
            "When": st.column_config.TextColumn("When", width="small"),
        },
        alt="Each request with when, who, model, place, host, size and rule, newest first.",
    )  # fmt: skip


def _row(page: Page, each: Departure, names: dict[str, str]) -> dict[str, str]:
    return {
        "When": when(each.at),
        "Who": each.who or "someone",
        "Project": each.project,
        "Model": names[each.model] if "," not in each.model else each.model,
        "Went": "refused" if each.refused else place_words(each.place),
        "Host": each.host,
        "Bytes": f"{each.bytes:,}",
        "Rule": each.rule,
        "Run": f"/history?ws={page.workspace.value}&run={each.run}" if each.run else "",
    }


def _nothing() -> None:
    with st.container(border=True, horizontal_alignment="center", gap="xsmall", key="where_nothing"):
        st.markdown("**Nothing was sent in this view**", width="content")
        st.caption("Every request to a model appears here, and every one that a rule refused.", width="content")
