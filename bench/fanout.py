"""Fan-out: 100 prompts × 4 models, 16 at a time, every shot streamed and persisted, against two peers in the same run.

    python -m bench.fanout                       # all three, five rounds each, in turn
    python -m bench.fanout --rounds 3 --chunks 100 --chunk-delay 0.002

The peers ask the same loopback server for the same answers and keep nothing: (a) httpx reading the raw stream,
(b) bare litellm (`acompletion`, `stream=True`, usage included, one loop, one process). Ours is the engine on a fresh
SQLite file, from the first press to the last settled shot. Each measurement is a process of its own, warmed up by one
request, so that imports count for nobody. What is printed last is the median of each and the two ratios.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.store.database import Database

MODES = ("httpx", "litellm", "ours")
ROOT = Path(__file__).resolve().parent.parent
MODELS = ("a", "b", "c", "d")
PROMPT = "Tell me about number {number}."


def main() -> None:
    options = _options()
    if options.mode:
        print(json.dumps({"seconds": MEASURES[options.mode](options)}))
        return
    server, base = _server(options)
    times: dict[str, list[float]] = {mode: [] for mode in MODES}
    try:
        for number in range(options.rounds):
            for mode in MODES:
                seconds = _measure(mode, base, options)
                times[mode].append(seconds)
                print(f"round {number + 1} {mode:8} {seconds:7.2f} s", flush=True)
    finally:
        server.terminate()
        server.wait()
    middle = {mode: statistics.median(each) for mode, each in times.items()}
    shots = options.prompts * len(MODELS)
    print(f"\n{shots} shots, {options.at_once} at a time, {options.chunks} chunks each, {os.cpu_count()} cores")
    for mode in MODES:
        print(f"{mode:8} median {middle[mode]:7.2f} s   {shots / middle[mode]:7.1f} shots/s")
    print(f"ours / httpx   {middle['ours'] / middle['httpx']:.3f}")
    print(f"ours / litellm {middle['ours'] / middle['litellm']:.3f}   (limit 1.10)")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--chunks", type=int, default=50)
    parser.add_argument("--chunk-delay", type=float, default=0.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mode", choices=MODES)
    parser.add_argument("--base", default="")
    return parser.parse_args()


def _server(options: argparse.Namespace) -> tuple["subprocess.Popen[str]", str]:
    server = subprocess.Popen(
        [
            sys.executable, "-m", "tests.servers.openai_server",
            "--chunks", str(options.chunks), "--chunk-delay", str(options.chunk_delay), "--models", ",".join(MODELS),
        ],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    line = server.stdout.readline() if server.stdout else ""
    address = next(word for word in line.split() if word.startswith("http"))
    return server, address.rstrip("/") if address.rstrip("/").endswith("/v1") else f"{address.rstrip('/')}/v1"


def _measure(mode: str, base: str, options: argparse.Namespace) -> float:
    arguments = [
        f"--{name.replace('_', '-')}={value}" for name, value in vars(options).items() if name not in ("mode", "base")
    ]
    done = subprocess.run(
        [sys.executable, "-m", "bench.fanout", *arguments, "--mode", mode, "--base", base],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def _jobs(options: argparse.Namespace) -> list[tuple[str, str]]:
    return [(PROMPT.format(number=number), model) for number in range(options.prompts) for model in MODELS]


def _httpx(options: argparse.Namespace) -> float:
    import httpx

    async def run() -> float:
        gate = asyncio.Semaphore(options.at_once)
        async with httpx.AsyncClient(timeout=120) as client:

            async def one(prompt: str, model: str) -> int:
                body = {
                    "model": model, "messages": [{"role": "user", "content": prompt}],
                    "stream": True, "stream_options": {"include_usage": True},
                }  # fmt: skip
                length = 0
                async with gate, client.stream("POST", f"{options.base}/chat/completions", json=body) as answer:
                    async for line in answer.aiter_lines():
                        length += len(line)
                return length

            await one("warm up", "a")
            start = time.perf_counter()
            await asyncio.gather(*(one(*job) for job in _jobs(options)))
            return time.perf_counter() - start

    return asyncio.run(run())


def _litellm(options: argparse.Namespace) -> float:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm

    litellm.suppress_debug_info = True

    async def run() -> float:
        gate = asyncio.Semaphore(options.at_once)

        async def one(prompt: str, model: str) -> int:
            length = 0
            async with gate:
                stream = await litellm.acompletion(
                    model=f"hosted_vllm/{model}", messages=[{"role": "user", "content": prompt}], stream=True,
                    stream_options={"include_usage": True}, api_base=options.base, api_key="none", max_retries=0,
                )  # fmt: skip
                async for chunk in stream:
                    if chunk.choices:
                        length += len(chunk.choices[0].delta.content or "")
            return length

        await one("warm up", "a")
        start = time.perf_counter()
        await asyncio.gather(*(one(*job) for job in _jobs(options)))
        return time.perf_counter() - start

    return asyncio.run(run())


def _ours(options: argparse.Namespace) -> float:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "CLAUDEPROMPTER_DATA": folder,
            "CLAUDEPROMPTER_ENDPOINTS": f"bench={options.base};place=cloud",
        }
        os.environ.pop("DATABASE_URL", None)
        from core.bootstrap import build, build_engine
        from core.domain.run import RunPlan
        from core.domain.workspace import Workspace
        from core.runs.limits import Limits
        from core.settings import read_settings

        settings = read_settings()
        services = build(settings, Workspace.TEAM)
        services.catalogue.look()
        services.remember_models()
        engine = build_engine(settings, Workspace.TEAM, limits=Limits(total=options.at_once, cloud=options.at_once))
        engine.start()
        names = tuple(f"bench/{model}" for model in MODELS)
        services.runs.start(RunPlan(prompt="warm up", models=names[:1]))
        _wait(services.database)
        start = time.perf_counter()
        runs = [
            services.runs.start(RunPlan(prompt=PROMPT.format(number=number), models=names))
            for number in range(options.prompts)
        ]
        _wait(services.database)
        seconds = time.perf_counter() - start
        engine.stop()
        records = [services.runs.record(run) for run in runs]
        assert all(shot.state == "done" and shot.cost_state for record in records for shot in record.shots)
        return seconds


def _wait(database: "Database") -> None:
    """Wait until nothing is left to do, looking rarely: the reading is no part of what is measured."""
    import sqlalchemy as sa

    from core.store import tables
    from core.store.database import table

    run = table(tables.Run)
    open_ones = sa.select(sa.func.count()).where(run.c.state.in_(("queued", "running")))
    while True:
        with database.read() as connection:
            if not connection.execute(open_ones).scalar():
                return
        time.sleep(0.05)


MEASURES = {"httpx": _httpx, "litellm": _litellm, "ours": _ours}

if __name__ == "__main__":
    main()
