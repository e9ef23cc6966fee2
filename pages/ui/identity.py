"""Who is at the page: by sign-in, by a trusted proxy's header, or by the name given to this browser."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import streamlit as st

from core.settings import Settings
from pages.ui import gate

COOKIE: Final = "claudeprompter_name"
SOMEONE: Final = "someone"
LONGEST_NAME: Final = 60

_GIVEN: Final = "_given_name"
_LATER: Final = "_name_later"

_REMEMBER_JS: Final = """
export default function ({ data }) {
  const age = data.name ? 31536000 : 0;
  const safe = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${data.cookie}=${encodeURIComponent(data.name)}; Path=/; Max-Age=${age}; SameSite=Lax${safe}`;
}
"""
_REMEMBER = st.components.v2.component("remember_name", js=_REMEMBER_JS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The person at this page. `name` is empty while nobody has said who they are; runs are then "someone's"."""

    name: str
    email: str = ""
    signed_in: bool = False
    admin: bool = True

    @property
    def shown(self) -> str:
        """Give the name as a page shows it."""
        return self.name or SOMEONE

    @property
    def initial(self) -> str:
        """Give the first letter of the name."""
        return self.name[:1].upper() or "?"


def who(settings: Settings) -> Identity:
    """Give the person at this page; where sign-in is set up and missing, draw the door and stop the page."""
    if gate.oidc_configured():
        if not st.user.get("is_logged_in"):
            _door()
        return _signed_in(settings)
    if gate.trusted_headers():
        if not (_claim("email") or _claim("name")):
            _no_header()
        return _signed_in(settings)
    return Identity(name=_given_name())


def may_administer(settings: Settings, *, name: str, email: str) -> bool:
    """Tell whether a signed-in person may connect models and change rules: anybody, unless admins are listed."""
    listed = {entry.casefold() for entry in settings.admins}
    return not listed or bool(listed & {name.casefold(), email.casefold()} - {""})


def tidy_name(text: str) -> str:
    """Give a name on one line without control characters, cut to a length that fits a card."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())[:LONGEST_NAME].strip()


def give_name(text: str) -> None:
    """Take the name for this browser; an empty one takes it back."""
    st.session_state[_GIVEN] = tidy_name(text)


def ask_name(identity: Identity) -> None:
    """Draw the one question of a browser's first visit; it can be answered later at the sidebar's foot."""
    if identity.name or identity.signed_in or st.session_state.get(_LATER):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="who_am_i"):
        st.markdown("**Your name?** It is put on your runs and picks.", width="content")
        st.text_input(
            "Your name",
            key="_name_answer",
            label_visibility="collapsed",
            placeholder="Anna",
            max_chars=LONGEST_NAME,
            width=180,
            on_change=_answered,
        )
        st.button("Save", on_click=_answered, key="save_name")
        st.button("Later", type="tertiary", on_click=_put_off, key="name_later")


def remember() -> None:
    """Keep the name in this browser for a year; drawn once a page, it takes no room."""
    if gate.sign_in_configured() or _GIVEN not in st.session_state:
        return
    if st.session_state[_GIVEN] != _cookie_name():
        _REMEMBER(key="remember_name", data={"cookie": COOKIE, "name": st.session_state[_GIVEN]}, height="content")


def _answered() -> None:
    if name := tidy_name(str(st.session_state.get("_name_answer") or "")):
        st.session_state[_GIVEN] = name


def _put_off() -> None:
    st.session_state[_LATER] = True


def _given_name() -> str:
    return str(st.session_state.get(_GIVEN, _cookie_name()))


def _cookie_name() -> str:
    kept = st.context.cookies.get(COOKIE, "")
    return tidy_name(unquote(kept)) if isinstance(kept, str) else ""


def _claim(name: str) -> str:
    return tidy_name(str(st.user.get(name) or ""))


def _signed_in(settings: Settings) -> Identity:
    email = _claim("email")
    name = _claim("name") or email or _claim("sub")
    return Identity(name=name, email=email, signed_in=True, admin=may_administer(settings, name=name, email=email))


def _door() -> None:
    with st.container(border=True, width=420, horizontal_alignment="center", key="sign_in"):
        st.markdown("#### Sign in to ClaudePrompter")
        st.caption("Your runs, picks and costs carry your name.")
        for provider in _providers():
            words = f"Sign in with {provider.capitalize()}" if provider else "Sign in"
            st.button(words, type="primary", on_click=st.login, args=(provider,) if provider else (), width="stretch")
    st.stop()


def _no_header() -> None:
    names = ", ".join(gate.trusted_headers())
    st.error(
        f"The proxy in front of this app did not say who you are: the header {names} is missing. "
        "Open the app through the proxy, or correct server.trustedUserHeaders.",
        icon=":material/lock:",
    )
    st.stop()


def _providers() -> tuple[str, ...]:
    auth = st.secrets["auth"]
    if "client_id" in auth:
        return ("",)
    return tuple(name for name in auth if hasattr(auth[name], "keys")) or ("",)
