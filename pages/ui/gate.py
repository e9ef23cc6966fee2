"""What stands before every response: the security headers, and the refusal to serve a network without sign-in.

Without sign-in whoever reaches the app may read every run and spend on every key, so the app then answers this machine
alone: by the address it listens on, by the address a request came in on, and by the host name it was asked for (which
also stops a foreign web page that points its own name at this machine).
"""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.errors import StreamlitSecretNotFoundError

HEADERS: Final = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'self'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "style-src 'self' 'unsafe-inline'",
            "font-src 'self' data:",
            "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:",  # blob: is how Streamlit loads components
            "connect-src 'self' ws: wss:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

REFUSAL: Final = """\
ClaudePrompter is not open to the network yet: nobody would have to sign in.

To use it on this machine, start it with --server.address 127.0.0.1 and open it as http://127.0.0.1.
To open it for a team, let people sign in first. Either write to .streamlit/secrets.toml

    [auth]
    redirect_uri = "https://YOUR-HOST/oauth2callback"    # and cookie_secret = "a long random text"
    server_metadata_url = "https://YOUR-SIGN-IN/.well-known/openid-configuration"    # and client_id, client_secret

or, behind a proxy that signs people in and sets the header itself, write to .streamlit/config.toml

    [server.trustedUserHeaders]
    X-Forwarded-Email = "email"
"""


class SecurityHeaders:
    """ASGI middleware that puts `HEADERS` on every HTTP response, whatever made it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to what comes back."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class Gate:
    """ASGI middleware that answers this machine alone until sign-in is set up."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or refuse it with the lines that switch sign-in on (HTTP 503; websockets are closed)."""
        if scope["type"] not in ("http", "websocket") or sign_in_configured() or only_this_machine(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse(REFUSAL, status_code=503)(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "sign-in is not set up"})


def sign_in_configured() -> bool:
    """Tell whether people sign in: by OIDC (`[auth]` in secrets.toml) or by a header that a trusted proxy sets."""
    return oidc_configured() or bool(trusted_headers())


def oidc_configured() -> bool:
    """Tell whether `[auth]` in secrets.toml names where to sign in and what signs the cookie."""
    try:
        auth = st.secrets["auth"]
    except (KeyError, FileNotFoundError, StreamlitSecretNotFoundError):
        return False
    return "redirect_uri" in auth and "cookie_secret" in auth


def trusted_headers() -> dict[str, str]:
    """Give the headers a trusted proxy sets, each with the name under which `st.user` has its value."""
    mapping = st.get_option("server.trustedUserHeaders")
    return mapping if isinstance(mapping, dict) else {}


def only_this_machine(scope: Scope) -> bool:
    """Tell whether server, connection and requested host name are all this machine's own."""
    names: Iterable[str | None] = (
        st.get_option("server.address"),
        (scope.get("server") or (None,))[0],
        (scope.get("client") or ("127.0.0.1",))[0],
        _host_name(Headers(scope=scope).get("host", "")),
    )
    return all(name is not None and is_loopback(name) for name in names)


def is_loopback(name: str) -> bool:
    """Tell whether an address or name can only mean this machine; names are not looked up."""
    bare = name.strip("[]").rstrip(".").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        address = ip_address(bare)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _host_name(host: str) -> str:
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and not host.endswith("]") else host
