"""A run as JSON: what the shell prints for machines and what History exports, in one form.

Money is a string of decimal digits, because a JSON number is read as a float; durations are milliseconds; times are ISO
8601 in UTC.
"""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.domain.run import RunRecord, ShotRecord, ShotSettings

FORMAT = "claudeprompter-run/1"


def run_to_dict(record: RunRecord) -> dict[str, Any]:
    """Give a run as plain values, ready for `json.dumps`."""
    return {
        "format": FORMAT,
        "id": record.public_id,
        "source_id": record.source_id,
        "state": record.state.value,
        "origin": record.origin.value,
        "simulated": record.simulated,
        "created_at": _moment(record.created_at),
        "finished_at": _moment(record.finished_at),
        "prompt": record.prompt,
        "template": record.template,
        "variables": dict(record.variables),
        "models": list(record.models),
        "shots_per_model": record.shots_per_model,
        "settings": _settings(record.settings),
        "per_model": {model: _settings(settings) for model, settings in record.per_model},
        "strategy": record.strategy.value,
        "visibility": record.visibility.value,
        "names_hidden": record.blind,
        "person": record.person,
        "team": record.team,
        "project": record.project,
        "tags": list(record.tags),
        "parent": record.parent_public_id,
        "cost": _money(record.cost),
        "unpriced_shots": record.unpriced_shots,
        "warnings": list(record.warnings),
        "shots": [shot_to_dict(shot) for shot in record.shots],
    }


def shot_to_dict(shot: ShotRecord) -> dict[str, Any]:
    """Give one shot as plain values."""
    return {
        "ordinal": shot.ordinal,
        "model": shot.model,
        "label": shot.label,
        "shot": shot.shot_index,
        "place": shot.place.value,
        "state": shot.state.value,
        "text": shot.text,
        "thinking": shot.thinking,
        "ttft_ms": _tidy(shot.ttft_ms),
        "total_ms": _tidy(shot.total_ms),
        "tokens_per_second": _tidy(shot.tokens_per_second),
        "input_tokens": shot.input_tokens,
        "output_tokens": shot.output_tokens,
        "thinking_tokens": shot.thinking_tokens,
        "cost": _money(shot.cost),
        "cost_state": shot.cost_state.value,
        "finish_reason": shot.finish_reason.value if shot.finish_reason else None,
        "attempts": shot.attempts,
        "error": (
            {"kind": shot.error_kind, "message": shot.error_message, "next_step": shot.error_next_step}
            if shot.error_kind
            else None
        ),
        "settings": _settings(shot.settings),
    }


def run_to_json(record: RunRecord) -> str:
    """Give a run as indented JSON text with a final line break."""
    return json.dumps(run_to_dict(record), indent=2, ensure_ascii=False) + "\n"


def _settings(settings: ShotSettings) -> dict[str, Any]:
    return {"temperature": settings.temperature, "max_tokens": settings.max_tokens, "system": settings.system}


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def _tidy(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
