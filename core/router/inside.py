"""Stay inside, asked again by whoever starts a run or sends a request: what may not leave does not, whatever fails."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from core.domain.model import ModelCard
from core.domain.route import RouteRequest
from core.domain.run import RunPlan
from core.errors import ClaudePrompterError, StaysInside
from core.router import policy
from core.router.policy import Ground, Pin
from core.router.routes import Pins, request_of
from core.router.rules import Rules
from core.store.rule_hits import RuleHits


class StayInside:
    """The first rule of one workspace, for runs by hand as for Auto. Raises StoreError where it cannot be known."""

    def __init__(self, rules: Callable[[], Rules], pins: Pins, hits: RuleHits | None = None) -> None:
        """Keep who gives the rules and the pins; both are asked anew each time. `hits` notes what is refused."""
        self._rules = rules
        self._pins = pins
        self._hits = hits

    def pins(self, request: RouteRequest) -> tuple[Pin, ...]:
        """Give every part of the rule that keeps a prompt inside; none means that it may leave."""
        ground = Ground(
            rules=self._rules(),
            project_inside=bool(request.project) and self._pins.project_inside(request.project),
            parent_pin=self._pins.of_parent(request.parent_public_id),
        )
        return policy.pins_of(request, ground)

    def check(self, plan: RunPlan, cards: Sequence[ModelCard]) -> Pin | None:
        """Give why a plan stays inside, None where it may leave. Raises StaysInside where it may not and would."""
        found = self.pins(request_of(plan))
        outside = [card.label for card in cards if not card.place.inside]
        if found and outside:
            self._note(plan, cards, found[0])
            raise StaysInside(f"{found[0].reason} {', '.join(outside)} would be asked outside.")
        return found[0] if found else None

    def _note(self, plan: RunPlan, cards: Sequence[ModelCard], pin: Pin) -> None:
        if self._hits is not None:
            with suppress(ClaudePrompterError):  # the refusal stands, whether or not it could be noted
                self._hits.refuse(plan, cards, name=pin.name, reason=pin.reason, at=datetime.now(UTC))
