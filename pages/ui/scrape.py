"""`/metrics`: the figures of a workspace for Prometheus, beside the pages and never in their way.

Who may scrape: without sign-in this machine alone, as for every page; with sign-in whoever has the token of
CLAUDEPROMPTER_METRICS_TOKEN. The figures hold no prompt, no answer and no person's name.
"""

import hmac
from functools import cache
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pages.ui import gate

if TYPE_CHECKING:
    from core.metrics.prometheus import Exposition

HOW_TO_SCRAPE: Final = """\
Metrics are behind a token once people sign in. Set CLAUDEPROMPTER_METRICS_TOKEN where the app is started, and in
Prometheus' scrape configuration:

    authorization:
      credentials: the same token
"""


async def metrics(request: Request) -> Response:
    """Answer a scrape: 200 with the figures, 401 without the token, 404 for no such workspace, 503 without a database.

    `?ws=demo` gives the demo's figures; the figures are the team's otherwise.
    """
    if not may_scrape(request.headers.get("authorization", "")):
        return PlainTextResponse(HOW_TO_SCRAPE, status_code=401, headers={"WWW-Authenticate": "Bearer"})
    # In a thread: the database and the writing of a thousand lines must not hold up the loop that serves the pages.
    status, page, content_type = await run_in_threadpool(
        _page, request.query_params.get("ws", ""), request.headers.get("accept", "")
    )
    return Response(page, status_code=status, headers={"Content-Type": content_type})


def may_scrape(authorization: str) -> bool:
    """Tell whether a request with this header may read the figures; the gate has let it through already."""
    from core.llm.environment import environment  # noqa: PLC0415 - the server starts without the product's own code

    token = environment().get("CLAUDEPROMPTER_METRICS_TOKEN", "")
    if not token:
        return not gate.sign_in_configured()
    scheme, _, given = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _page(wanted: str, accept: str) -> tuple[int, bytes, str]:
    from core.domain.workspace import Workspace  # noqa: PLC0415 - see above
    from core.errors import ClaudePrompterError  # noqa: PLC0415
    from pages.ui import services  # noqa: PLC0415

    plain = "text/plain; charset=utf-8"
    try:
        forced = services.settings().forced_workspace
        workspace = forced or Workspace(wanted or Workspace.TEAM)
        return (200, *_exposition(workspace.value).text(accept))
    except ValueError:
        return 404, b"There is no such workspace.\n", plain
    except ClaudePrompterError as error:
        return 503, f"{error.message} {error.next_step}\n".encode(), plain


@cache
def _exposition(workspace: str) -> "Exposition":
    from core.metrics.prometheus import Exposition  # noqa: PLC0415 - see above
    from pages.ui import services  # noqa: PLC0415

    return Exposition(services.services_of(workspace).figures.families)
