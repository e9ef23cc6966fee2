"""`python -m core backtest`: what routing would have kept and saved on known outcomes."""

import json
from pathlib import Path

import click

from core.errors import UnreadableFile
from core.inference import PACKAGED
from core.settings import read_settings

PATIENCE_SECONDS = 900.0


@click.command("backtest")
@click.option("--outcomes", "path", required=True, type=click.Path(path_type=Path), help="CSV or CSV.gz of outcomes.")
@click.option("--labels", type=click.IntRange(1), help="Learn from at most this many prompts.")
@click.option("--test-share", default=0.3, show_default=True, type=click.FloatRange(0, 1, min_open=True, max_open=True))
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Deals the prompts.")
@click.option("--use-task-column", is_flag=True, help="Let the file's tasks stand for the classifier's answers.")
@click.option("--embedding", default=PACKAGED, show_default=True, help="The packaged model, a folder, or `hashing`.")
@click.option("--cache", type=click.Path(path_type=Path), help="Where vectors are kept; by default in the data folder.")
@click.option("--json", "out", required=True, type=click.Path(path_type=Path), help="Write the report here.")
def command(  # noqa: PLR0917 - click hands over one argument per option
    path: Path, labels: int | None, test_share: float, seed: int, use_task_column: bool,
    embedding: str, cache: Path | None, out: Path,
) -> None:  # fmt: skip
    """Split known outcomes, learn on one part, choose on the other, and write what that kept and saved."""
    # numpy and scikit-learn take a second that no other command should pay
    from core.router.backtest import Plan, backtest, features_of  # noqa: PLC0415
    from core.router.embedding import Embedder  # noqa: PLC0415
    from core.router.embedding_cache import CachedEmbeddings, FileVectors  # noqa: PLC0415
    from core.router.hashing import HashingEmbedder  # noqa: PLC0415
    from core.router.outcomes import read_outcomes  # noqa: PLC0415

    outcomes = read_outcomes(path)
    if embedding == "hashing":
        features = features_of(outcomes.prompts, HashingEmbedder())
    else:
        embedder = Embedder(embedding, start_seconds=PATIENCE_SECONDS, reply_seconds=PATIENCE_SECONDS)
        kept = FileVectors(cache or read_settings().data_dir / "cache" / "vectors.npz")
        try:
            features = features_of(outcomes.prompts, CachedEmbeddings(embedder, kept))
        finally:
            embedder.close()
    plan = Plan(labels=labels, test_share=test_share, seed=seed, use_tasks=use_task_column)
    found = backtest(outcomes, features, plan)
    try:
        out.write_text(json.dumps(found, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise UnreadableFile(
            f"{out} cannot be written.", next_step="Give a file in a folder that exists.", detail=str(error)
        ) from error
    _say(found["routers"])


def _say(routers: dict[str, dict[str, float | None]]) -> None:
    click.echo(f"{'':12} quality      cost  saved at 98 %  saved at 95 %")
    for name, row in routers.items():
        cost, at_98, at_95 = row["cost_usd"], row["saved_at_98"], row["saved_at_95"]
        shown = [f"{row['quality']:.4f}", "-" if cost is None else f"{cost:.6f}"]
        shown += ["-" if saved is None else f"{100 * saved:.0f} %" for saved in (at_98, at_95)]
        click.echo(f"{name:12} {shown[0]:>7} {shown[1]:>9} {shown[2]:>14} {shown[3]:>14}")
