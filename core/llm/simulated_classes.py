"""How a made-up model sorts prompts for the router: by a few words, as sure as a small model would be."""

import json
import re
from typing import Final

MARK: Final = "[kind of prompt]"
"""Begins the system text of a question about a prompt's kind."""

_TASKS = re.compile(r'"task": one of (\[.*?\]);', re.DOTALL)

_WORDS: Final = (
    ("Write SQL", ("sql", "query", "table", "select")),
    ("Reply to people", ("reply", "customer", "complaint", "answer this", "writes:", "dear", "antwort")),
    ("Pull out facts", ("pull out", "extract", "list all", "dates", "names from", "which dates")),
    ("Explain numbers", ("explain", "why did", "dip", "figures", "percent", "sales", "numbers")),
    ("Summarise", ("summar", "in short", "key points", "tl;dr")),
    ("Translate", ("translate", "into german", "into english", "into french")),
    ("Write code", ("python", "function", "code", "script")),
    ("Draft a text", ("write", "draft", "poem", "post", "article")),
)


def says_kind(system: str, text: str) -> str | None:
    """Give the answer to a question about a prompt's kind, None where the request is none."""
    if not system.startswith(MARK):
        return None
    found = _TASKS.search(system)
    tasks = json.loads(found[1]) if found else []
    low = text.casefold()
    hits = {task: sum(word in low for word in words) for task, words in _WORDS if task in tasks}
    best = max(hits, key=lambda task: hits[task], default="") if any(hits.values()) else ""
    task = best or (tasks[-1] if tasks else "")
    needs = [need for need, words in (("structure", ("table", "list", "json")), ("maths", ("percent", "sum"))) if any(
        word in low for word in words
    )]  # fmt: skip
    return json.dumps(
        {
            "task": task,
            "difficulty": "easy" if len(text) < 600 else "medium",
            "needs": needs,
            "confidence": 0.9 if best else 0.4,
        }
    )
