"""The words and figures a person reads: one place, so that a cost or a state is called the same on every page.

Everything here is a pure function from a value to a text. An unknown cost never reads as a sum of money.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal

from core.domain.model import ModelCard, ModelStatus, PriceState
from core.domain.money import CostState
from core.domain.run import FinishReason, RunState, ShotRecord, ShotState

NOTHING_YET = "…"
NO_CHARGE = "no charge"
NO_PRICE = "no price known"

_RUN_WORDS = {
    RunState.QUEUED: "waiting",
    RunState.RUNNING: "going",
    RunState.DONE: "done",
    RunState.FAILED: "failed",
    RunState.CANCELLED: "stopped",
    RunState.INTERRUPTED: "interrupted",
}
_FINISH_WORDS = {
    FinishReason.STOP: "done",
    FinishReason.LENGTH: "cut at the length limit",
    FinishReason.CONTENT_FILTER: "cut by the provider's content rules",
    FinishReason.CUT: "cut: the model broke off",
}
_STATUS_WORDS = {
    ModelStatus.UP: "up",
    ModelStatus.PAUSED: "paused",
    ModelStatus.NO_KEY: "no key",
    ModelStatus.DOWN: "down",
    ModelStatus.UNKNOWN: "not tried yet",
}
_STATUS_COLOURS = {
    ModelStatus.UP: "green",
    ModelStatus.PAUSED: "orange",
    ModelStatus.NO_KEY: "gray",
    ModelStatus.DOWN: "red",
    ModelStatus.UNKNOWN: "gray",
}


def dollars(amount: Decimal) -> str:
    """Give a known sum in USD: two decimals from ten cents on, four below, "under $0.0001" for a trace."""
    size = abs(amount)
    sign = "−" if amount < 0 else ""
    if size == 0:
        return "$0.00"
    if size >= Decimal("0.0995"):
        return f"{sign}${size.quantize(Decimal('0.01'), ROUND_HALF_EVEN):,}"
    if size >= Decimal("0.00005"):
        return f"{sign}${size.quantize(Decimal('0.0001'), ROUND_HALF_EVEN)}"
    return f"{sign}under $0.0001"


def cents(amount: Decimal) -> str:
    """Give a sum that was rounded so that a column adds up: always two decimals, `−$0.06`."""
    return f"{'−' if amount < 0 else ''}${abs(amount):,.2f}"


def about_dollars(amount: Decimal) -> str:
    """Give an estimated sum in USD with at most two telling digits: `$0.0042`, `$0.41`, `$12`."""
    size = abs(amount)
    if size == 0:
        return "$0.00"
    if size < Decimal("0.00005"):
        return "under $0.0001"
    if size >= 10:
        return f"${size.quantize(Decimal(1), ROUND_HALF_EVEN):,}"
    if size >= Decimal("0.0995"):
        return f"${size.quantize(Decimal('0.01'), ROUND_HALF_EVEN)}"
    step = Decimal(1).scaleb(max(size.adjusted() - 1, -5))
    return f"${size.quantize(step, ROUND_HALF_EVEN).normalize():f}"


def money(amount: Decimal | None, state: CostState) -> str:
    """Give a cost with its state: `$0.0021`, `~$0.0021`, `no charge`, `no price known`; never "$0" for unknown."""
    if state is CostState.FREE:
        return NO_CHARGE
    if state is CostState.UNPRICED:
        return NO_PRICE
    if amount is None:
        return NOTHING_YET if state is CostState.PENDING else NO_PRICE
    if state in (CostState.PENDING, CostState.ESTIMATED):
        return f"~{dollars(amount)}"
    return dollars(amount)


def sum_words(amount: Decimal, *, unpriced: int = 0, estimated: bool = False) -> str:
    """Give a sum of several costs; what has no price is counted beside it, never as nothing."""
    if not unpriced:
        return f"~{dollars(amount)}" if estimated else dollars(amount)
    missing = f"{unpriced:,} without a price"
    if amount == 0:
        return missing
    return f"{'~' if estimated else ''}{dollars(amount)} + {missing}"


def price_words(card: ModelCard) -> str:
    """Give a model's price in and out in USD per million tokens, or that it is free or not known."""
    if card.price_state is PriceState.FREE:
        return NO_CHARGE
    if card.price_state is PriceState.UNPRICED or card.input_price is None or card.output_price is None:
        return NO_PRICE
    return f"${_plain(card.input_price)} / ${_plain(card.output_price)} per 1M"


def seconds(milliseconds: float | None) -> str:
    """Give a duration held in milliseconds: `0.04 s`, `0.6 s`, `12 s`, `2 min 5 s`, `1 h 3 min`."""
    if milliseconds is None:
        return NOTHING_YET
    value = max(milliseconds, 0.0) / 1000
    if value < 0.095:
        return f"{value:.2f} s"
    if value < 9.95:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def speed(tokens_per_second: float | None) -> str:
    """Give tokens per second: `71/s`, `0.8/s`."""
    if tokens_per_second is None:
        return NOTHING_YET
    return f"{tokens_per_second:.1f}/s" if tokens_per_second < 9.95 else f"{tokens_per_second:,.0f}/s"


def count(number: int) -> str:
    """Give a count that fits a card: exact below ten thousand, then `41 k`, `2.1 M`."""
    if abs(number) < 10_000:
        return f"{number:,}"
    if abs(number) < 999_500:
        return f"{number / 1000:.0f} k"
    return f"{number / 1_000_000:.1f} M"


def tokens(shot: ShotRecord) -> str:
    """Give what a shot read and wrote: `96 in, 214 out`; thinking is named where there was any."""
    thinking = f" ({count(shot.thinking_tokens)} thinking)" if shot.thinking_tokens else ""
    return f"{count(shot.input_tokens)} in, {count(shot.output_tokens)} out{thinking}"


def plural(number: int, one: str, many: str = "") -> str:
    """Give a number with its noun: `1 run`, `6 shots`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def finish_words(reason: FinishReason | None) -> str:
    """Give why a model stopped; a cut answer is never called done."""
    return _FINISH_WORDS[reason] if reason else ""


def state_words(shot: ShotRecord) -> str:
    """Give how a shot stands: `waiting`, `writing`, `done`, `cut at the length limit`, `failed after 20 s`."""
    if shot.state is ShotState.QUEUED:
        return "waiting"
    if shot.state is ShotState.RUNNING:
        return "writing" if shot.text else "thinking" if shot.thinking else "waiting for the first word"
    if shot.state is ShotState.DONE:
        return "done"
    if shot.state is ShotState.TRUNCATED:
        return _FINISH_WORDS[shot.finish_reason if shot.finish_reason in _CUTS else FinishReason.CUT]
    if shot.state is ShotState.FAILED:
        return f"failed after {seconds(shot.total_ms)}" if shot.total_ms else "failed"
    return "stopped" if shot.state is ShotState.CANCELLED else "interrupted"


_CUTS = (FinishReason.LENGTH, FinishReason.CONTENT_FILTER, FinishReason.CUT)


def run_words(state: RunState) -> str:
    """Give how a whole run stands."""
    return _RUN_WORDS[state]


def status_words(card: ModelCard) -> str:
    """Give whether a model can be asked now, with the reason where it cannot."""
    words = _STATUS_WORDS[card.status]
    return f"{words}: {card.status_reason}" if card.status_reason else words


def status_colour(status: ModelStatus) -> str:
    """Give the theme's colour for a model's status; the words always stand beside it."""
    return _STATUS_COLOURS[status]


def when(moment: datetime, *, now: datetime | None = None, zone: tzinfo | None = None) -> str:
    """Give a moment in the reader's own time: `14:02` today, `yesterday 14:02`, `12 Oct 14:02`, `12 Oct 2025`."""
    here = moment.astimezone(zone)
    today = (now or datetime.now(UTC)).astimezone(zone)
    clock = f"{here:%H:%M}"
    if here.date() == today.date():
        return clock
    if here.date() == today.date() - timedelta(days=1):
        return f"yesterday {clock}"
    day = f"{here.day} {here:%b}"
    return f"{day} {clock}" if here.year == today.year else f"{day} {here.year}"


def day(moment: datetime, *, now: datetime | None = None, zone: tzinfo | None = None) -> str:
    """Give a day in the reader's own time: `12 Oct`, with the year where it is not this one's."""
    here = moment.astimezone(zone)
    this_year = (now or datetime.now(UTC)).astimezone(zone).year
    return f"{here.day} {here:%b}" + ("" if here.year == this_year else f" {here.year}")


def first_line(text: str, *, longest: int = 80) -> str:
    """Give the beginning of a text on one line, cut at a word, with an ellipsis where something is missing."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    cut = line[: longest - 1]
    head, _, _ = cut.rpartition(" ")
    return f"{(head if len(head) > longest // 2 else cut).rstrip(' ,.;:')}…"


def _plain(price: Decimal) -> str:
    """Give a price per million without an exponent and with cents where it has any."""
    text = f"{price.normalize():f}"
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(2, '0')}" if fraction else whole


def bytes_words(size: int) -> str:
    """Give a number of bytes: `512 B`, `47 kB`, `2.1 MB`, `340 MB`, `1.5 GB`."""
    if size < 10_000:
        return f"{size:,} B"
    if size < 999_500:
        return f"{size / 1e3:,.0f} kB"
    if size < 999_500_000:
        return f"{size / 1e6:,.1f} MB" if size < 1e7 else f"{size / 1e6:,.0f} MB"
    return f"{size / 1e9:,.1f} GB"
