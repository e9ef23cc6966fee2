"""`python -m core learn`: learn from the judged runs of a workspace, and keep what pages read."""

import os

import click

from core.shell.workspaces import chosen, workspace_option

NICE = 10
PATIENCE_SECONDS = 900.0


@click.command("learn")
@workspace_option
@click.option("--embedding", default="", help="A folder with a model, or `hashing`; the packaged one by default.")
def command(workspace: str | None, embedding: str) -> None:
    """Read judged runs, decide each by what the others teach, and write it where the Router page looks."""
    # numpy and scikit-learn take a second that no other command should pay
    from core.inference import PACKAGED  # noqa: PLC0415
    from core.router.embedding import Embedder  # noqa: PLC0415
    from core.router.hashing import HashingEmbedder  # noqa: PLC0415
    from core.router.history import data_version, judged_runs  # noqa: PLC0415
    from core.router.holding_out import fit_all, hold_out  # noqa: PLC0415
    from core.router.learned import write_blend  # noqa: PLC0415
    from core.router.lessons import write_held  # noqa: PLC0415
    from core.router.replays import blend_path, held_path  # noqa: PLC0415
    from core.router.stored_embeddings import StoredEmbeddings  # noqa: PLC0415
    from core.store.database import Database  # noqa: PLC0415
    from core.store.upgrade import upgrade  # noqa: PLC0415
    from core.store.vectors import PromptVectors  # noqa: PLC0415

    os.nice(NICE)
    settings, where = chosen(workspace)
    database = Database(settings.url_of(where))
    upgrade(database)
    version = data_version(database)
    runs = judged_runs(database)
    if not len(runs):
        database.close()
        click.echo("Nothing to learn from yet: no run here is judged. Pick winners on the Run page or under Label.")
        return
    embedder = Embedder(embedding or PACKAGED, start_seconds=PATIENCE_SECONDS, reply_seconds=PATIENCE_SECONDS)
    source = HashingEmbedder() if embedding == "hashing" else embedder
    try:
        embeddings = StoredEmbeddings(source, PromptVectors(database))
        held = hold_out(runs, embeddings, version=version)
        blend = fit_all(runs, embeddings)
    finally:
        embedder.close()
        database.close()
    write_blend(blend, version, blend_path(settings, where), embedding=embedding or PACKAGED)
    write_held(held, held_path(settings, where))
    click.echo(f"Learned from {len(runs):,} judged runs of {len(runs.prompts):,} prompts.")
