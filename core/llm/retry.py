"""When to ask again: full jitter, doubling, and what the provider itself asked for."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from core.errors import CutStream, ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how soon a failed request is made again. Times are seconds.

    The wait is drawn evenly between nothing and min(`longest`, `first` · 2ⁿ) ("full jitter", as described in the AWS
    Architecture Blog, "Exponential Backoff And Jitter", 2015), so that shots that failed together return apart. A
    provider that asks for a pause gets it, plus a little jitter, unless it asks for more than `longest_asked`.
    """

    attempts: int = 3
    attempts_when_cut: int = 2
    first: float = 0.5
    longest: float = 8.0
    longest_asked: float = 60.0
    draw: Callable[[], float] = field(default=random.random, repr=False)

    def delay(self, made: int, error: ModelError) -> float | None:
        """Give the wait after `made` attempts, the last of which ended with `error`; None where it is the last."""
        most = self.attempts_when_cut if isinstance(error, CutStream) else self.attempts
        if not error.retryable or made >= most:
            return None
        if error.retry_after is not None:
            return None if error.retry_after > self.longest_asked else error.retry_after + 0.25 * self.draw()
        return float(min(self.longest, self.first * 2 ** (made - 1)) * self.draw())
