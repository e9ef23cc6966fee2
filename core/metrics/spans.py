"""One trace a run: a span for the run, one for each shot below it, one for each attempt below that.

The ids follow from the run's public id, so that spans of one run meet in one trace whichever engine sent them and
however often. Prompts and answers are in none of them unless that is switched on.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from core.domain.run import FinishReason
from core.metrics import names
from core.store.run_json import settings_from_json
from core.store.traced import Traced

SCOPE = InstrumentationScope(names.SCOPE, schema_url=names.SCHEMA_URL)
FINISH: Final[Mapping[str, str]] = {FinishReason.CUT: "error"}
"""Why an answer ended, where the conventions have another word for it."""


def run_span(traced: Traced, resource: Resource) -> ReadableSpan:
    """Give the span of a whole run that has settled."""
    run = traced.run
    return _span(
        "run",
        resource,
        {
            "gen_ai.conversation.id": run.public_id,
            "claudeprompter.run.state": run.state,
            "claudeprompter.run.models": list(run.models or ()),
            "claudeprompter.run.strategy": run.strategy,
            "claudeprompter.run.simulated": run.simulated,
        },
        public_id=run.public_id,
        start=run.created_at,
        end=run.finished_at,
        failed=run.state == "failed",
    )


def shot_spans(traced: Traced, resource: Resource, *, with_texts: bool = False) -> list[ReadableSpan]:
    """Give the spans of a settled shot and of its attempts; texts only where they may be shared."""
    run, shot = traced.run, traced.shot
    path = (str(shot.ordinal),)
    began = shot.started_at or shot.queued_at
    spans = [
        _span(
            "shot",
            resource,
            {
                "claudeprompter.shot.ordinal": shot.ordinal,
                "claudeprompter.shot.index": shot.shot_index,
                "claudeprompter.shot.state": shot.state,
                names.MODEL: shot.model,
                names.PLACE: shot.place,
                **({names.ERROR_TYPE: shot.error_kind} if shot.error_kind else {}),
            },
            public_id=run.public_id,
            path=path,
            start=began,
            end=shot.finished_at or began,
            failed=shot.state == "failed",
        )
    ]
    for attempt in traced.attempts:
        last = attempt is traced.attempts[-1]
        attributes = _attempt_attributes(traced, attempt)
        if with_texts and traced.shareable:
            attributes |= _texts(traced, answered=last)
        spans.append(
            _span(
                f"{names.CHAT} {attempt.model}",
                resource,
                attributes,
                public_id=run.public_id,
                path=(*path, str(attempt.number)),
                start=attempt.started_at,
                end=attempt.finished_at,
                kind=SpanKind.CLIENT,
                failed=attempt.state == "failed",
                why=attempt.error_kind,
            )
        )
    return spans


def _attempt_attributes(traced: Traced, attempt: Any) -> dict[str, Any]:
    settings = settings_from_json(traced.shot.settings)
    error = attempt.error_kind or (attempt.state if attempt.state in ("cancelled", "interrupted") else "")
    finish = attempt.finish_reason
    found: dict[str, Any] = {
        names.OPERATION: names.CHAT,
        names.PROVIDER: names.PROVIDERS.get(attempt.provider, attempt.provider),
        names.MODEL: attempt.model,
        names.PLACE: attempt.place,
        names.OUTCOME: attempt.state,
        "claudeprompter.attempt": attempt.number,
        "gen_ai.conversation.id": traced.run.public_id,
        "gen_ai.request.temperature": settings.temperature,
        "gen_ai.request.max_tokens": settings.max_tokens,
        "gen_ai.request.stream": True,
        "gen_ai.usage.input_tokens": attempt.input_tokens,
        "gen_ai.usage.output_tokens": attempt.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": attempt.cached_input_tokens or None,
        "gen_ai.usage.reasoning.output_tokens": attempt.thinking_tokens or None,
        "gen_ai.response.id": attempt.request_id or None,
        names.RESPONSE_MODEL: attempt.response_model or None,
        "gen_ai.response.finish_reasons": [FINISH.get(finish, finish)] if finish else None,
        "gen_ai.response.time_to_first_chunk": attempt.ttft_us / 1e6 if attempt.ttft_us is not None else None,
        names.SERVER: attempt.host or None,
        "http.response.status_code": attempt.http_status,
        names.ERROR_TYPE: error or None,
        # As proposed for the conventions, which have no names for money yet.
        "gen_ai.usage.cost.amount": float(attempt.cost) if attempt.cost is not None else None,
        "gen_ai.usage.cost.currency": "USD" if attempt.cost is not None else None,
        "claudeprompter.cost.state": attempt.cost_state,
    }
    return {name: value for name, value in found.items() if value is not None}


def _texts(traced: Traced, *, answered: bool) -> dict[str, str]:
    """Give prompt and answer in the conventions' form; the answer belongs to the last attempt."""

    def message(role: str, text: str, **more: str) -> dict[str, Any]:
        return {"role": role, "parts": [{"type": "text", "content": text}], **more}

    settings = settings_from_json(traced.shot.settings)
    found: dict[str, Any] = {"gen_ai.input.messages": [message("user", traced.run.prompt)]}
    if settings.system:
        found["gen_ai.system_instructions"] = [{"type": "text", "content": settings.system}]
    if answered and traced.shot.text:
        reason = str(traced.shot.finish_reason or FinishReason.CUT)
        answer = message("assistant", traced.shot.text, finish_reason=FINISH.get(reason, reason))
        found["gen_ai.output.messages"] = [answer]
    return {name: json.dumps(value, ensure_ascii=False) for name, value in found.items()}


def _span(
    name: str,
    resource: Resource,
    attributes: dict[str, Any],
    *,
    public_id: str,
    start: datetime,
    end: datetime,
    path: tuple[str, ...] = (),
    kind: SpanKind = SpanKind.INTERNAL,
    failed: bool = False,
    why: str = "",
) -> ReadableSpan:
    return ReadableSpan(
        name=name,
        context=_context(public_id, path),
        parent=_context(public_id, path[:-1]) if path else None,
        resource=resource,
        attributes=attributes,
        kind=kind,
        status=Status(StatusCode.ERROR, why or None) if failed else Status(StatusCode.UNSET),
        start_time=_nanoseconds(start),
        end_time=_nanoseconds(end),
        instrumentation_scope=SCOPE,
    )


def _context(public_id: str, path: tuple[str, ...]) -> SpanContext:
    trace = hashlib.sha256(public_id.encode()).digest()
    span = hashlib.sha256("/".join((public_id, *path)).encode() + b"/span").digest()
    return SpanContext(
        trace_id=int.from_bytes(trace[:16]) or 1,
        span_id=int.from_bytes(span[:8]) or 1,
        is_remote=False,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1_000
