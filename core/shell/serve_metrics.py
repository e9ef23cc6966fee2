"""`python -m core serve-metrics`: the figures for Prometheus on a port of their own, where no app runs."""

import threading

import click

from core.bootstrap import build
from core.shell.workspaces import chosen, workspace_option


@click.command("serve-metrics")
@workspace_option
@click.option("--port", type=click.IntRange(0, 65535), default=9464, show_default=True, help="0 takes any free one.")
@click.option("--address", default="127.0.0.1", show_default=True, help="Where to listen. Nobody has to sign in there.")
def command(workspace: str | None, port: int, address: str) -> None:
    """Serve metrics to Prometheus until stopped, by the names of OpenTelemetry's conventions."""
    from core.metrics.served import serve  # noqa: PLC0415 - other commands need no server

    settings, where = chosen(workspace)
    server = serve(build(settings, where).figures.families, address=address, port=port)
    click.echo(f"Metrics of the {where} workspace: http://{address}:{server.server_port}/metrics  (Ctrl+C stops it)")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.shutdown()
