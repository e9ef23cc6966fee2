"""Every name under which figures leave the app, in one place.

The GenAI names follow OpenTelemetry's conventions for generative AI, v0.1.0 of
open-telemetry/semantic-conventions-genai (its first release by itself; before, v1.41.1 of semantic-conventions had the
text). All of it has the status Development: names may still change, and then they change here. What the conventions
have no name for begins with `claudeprompter`. No run's id and no person's name is ever an attribute of a metric.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

CONVENTIONS: Final = "GenAI semantic conventions 0.1.0 (status Development)"
SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.45.0"

OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
MODEL: Final = "gen_ai.request.model"
RESPONSE_MODEL: Final = "gen_ai.response.model"
TOKEN_TYPE: Final = "gen_ai.token.type"  # noqa: S105 - a kind of token, not a secret
ERROR_TYPE: Final = "error.type"
SERVER: Final = "server.address"

PLACE: Final = "claudeprompter.place"
OUTCOME: Final = "claudeprompter.outcome"
BUDGET: Final = "claudeprompter.budget"
SINK: Final = "claudeprompter.sink"
WORKSPACE: Final = "claudeprompter.workspace"

CHAT: Final = "chat"
OTHER: Final = "_OTHER"
"""The value for all that came after the first so many: what OpenTelemetry calls the rest."""

PROVIDERS: Final = MappingProxyType(
    {
        "azure": "azure.ai.openai",
        "azure_ai": "azure.ai.inference",
        "bedrock": "aws.bedrock",
        "gemini": "gcp.gemini",
        "mistral": "mistral_ai",
        "vertex_ai": "gcp.vertex_ai",
        "watsonx": "ibm.watsonx.ai",
        "xai": "x_ai",
    }
)
"""litellm's names of providers that the conventions know by another; any other goes as it is."""


class Kind(StrEnum):
    """What an instrument gives."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One metric: its name, its unit as OpenTelemetry writes it (UCUM), and what it says."""

    name: str
    kind: Kind
    unit: str = ""
    about: str


def _counter(name: str, about: str, unit: str = "") -> Instrument:
    return Instrument(name=name, kind=Kind.COUNTER, unit=unit, about=about)


def _gauge(name: str, about: str, unit: str = "") -> Instrument:
    return Instrument(name=name, kind=Kind.GAUGE, unit=unit, about=about)


def _histogram(name: str, about: str, unit: str) -> Instrument:
    return Instrument(name=name, kind=Kind.HISTOGRAM, unit=unit, about=about)


DURATION = _histogram("gen_ai.client.operation.duration", "Time of an attempt, first byte sent to last received.", "s")
FIRST_CHUNK = _histogram(
    "gen_ai.client.operation.time_to_first_chunk", "Time to the first piece of an answer or of its thinking.", "s"
)
OUTPUT_CHUNK = _histogram(
    "gen_ai.client.operation.time_per_output_chunk", "Time between two pieces of an answer, as they came.", "s"
)
TOKEN_USAGE = _histogram("gen_ai.client.token.usage", "Tokens of one attempt.", "{token}")
_USAGE = "gen_ai.client.inference.usage"
INPUT_TOKENS = _counter(f"{_USAGE}.input_tokens", "Tokens sent, those of the cache included.", "{token}")
OUTPUT_TOKENS = _counter(f"{_USAGE}.output_tokens", "Tokens received, those of thinking included.", "{token}")
CACHE_READ = _counter(f"{_USAGE}.cache_read.input_tokens", "Tokens sent that the cache knew.", "{token}")
CACHE_WRITE = _counter(f"{_USAGE}.cache_write.input_tokens", "Tokens sent that the cache kept.", "{token}")
REASONING = _counter(f"{_USAGE}.reasoning.output_tokens", "Tokens received that were thinking.", "{token}")

# The conventions have no name for money (a proposal is open), so these are our own.
COST = _counter("claudeprompter.cost_usd", "What attempts cost in US dollars, as far as a price is known.")
ATTEMPTS = _counter("claudeprompter.attempts", "Requests made, by how they ended.", "{attempt}")
RETRIES = _counter("claudeprompter.retries", "Requests that repeated an earlier one.", "{attempt}")
TRUNCATIONS = _counter("claudeprompter.truncations", "Answers that were cut.", "{attempt}")
UNPRICED = _counter("claudeprompter.unpriced_attempts", "Requests for which no price is known.", "{attempt}")
IN_FLIGHT = _gauge("claudeprompter.shots_in_flight", "Answers under way.", "{shot}")
QUEUED = _gauge("claudeprompter.shots_queued", "Answers that wait to be asked for.", "{shot}")
BREAKER = _gauge("claudeprompter.breaker_open", "1 where a model is left alone for a while, else 0.", "{breaker}")
BREAKER_FAILURES = _gauge("claudeprompter.breaker_failures", "Failures of a model in a row.", "{failure}")
BUDGET_LEFT = _gauge("claudeprompter.budget_left_usd", "What a budget leaves in its period, in US dollars.")
BUDGET_SPENT = _gauge("claudeprompter.budget_spent_usd", "What was spent of a budget in its period, in US dollars.")
DELIVERED = _counter("claudeprompter.sink_delivered", "What a sink has taken: events, spans or exports.", "{item}")
LOST = _counter("claudeprompter.sink_lost", "What was dropped because a sink did not take it.", "{item}")
WAITING = _gauge("claudeprompter.sink_waiting", "Events that a sink has still to take.", "{event}")
INFO = _gauge("claudeprompter.info", "Always 1; says which workspace and version this is.")

SCOPE: Final = "claudeprompter"
