"""Bills in a person's words: what came of reading one, what was seen, and why the rest differs. Pure text and rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.costs.bills.kept import BillReport
from core.costs.ledger import ZERO
from core.costs.reconcile import Compared, Reconciled, Seen
from core.costs.rounding import rounded_parts
from core.domain.money import TokenClass
from core.llm.providers import known_providers
from core.store.run_reads import label_of
from pages.ui.price_words import CLASS_WORDS
from pages.ui.words import cents, count, plural


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One shown line of a comparison; sums are USD, `why` says what makes the difference."""

    day: str
    model: str
    token_class: str
    seen: Decimal
    billed: Decimal
    our_tokens: str
    their_tokens: str
    why: str


def report_words(report: BillReport) -> str:
    """Give what came of reading a bill: `412 lines are new.`, or that nothing changed."""
    if not report.added and not report.replaced:
        return f"Nothing changed: all {plural(report.unchanged, 'line')} were known as they are."
    parts = []
    if report.added:
        parts.append(f"{plural(report.added, 'line')} new")
    if report.replaced:
        parts.append(f"{plural(report.replaced, 'line')} with later figures in place of earlier ones")
    if report.unchanged:
        parts.append(f"{report.unchanged:,} known as they are")
    return f"{', '.join(parts)}."


def provider_words(name: str) -> str:
    """Give a provider's name as people write it."""
    labels = {provider.id: provider.label for provider in known_providers()}
    return labels.get(name) or name.replace("_", " ").capitalize()


def day_words(day: date | None) -> str:
    """Give a day: `31 Oct 2026`."""
    return f"{day.day} {day:%b %Y}" if day else ""


def sentence(found: Reconciled) -> str:
    """Give in one or two sentences how far the bill and the ledger agree, and why the rest differs."""
    gap = found.billed - found.ours
    if not gap:
        words = "The bill and what was seen here are equal to the last digit."
    else:
        more = "more" if gap > 0 else "less"
        tokens, price, gap_shown = _in_cents(found)
        unsplit = gap_shown - tokens - price
        parts = []
        if tokens:
            side = "of tokens not seen here" if tokens > 0 else "less for tokens that the bill does not list"
            parts.append(f"{cents(abs(tokens))} {side}")
        if price:
            parts.append(f"{cents(abs(price))} {'of a higher' if price > 0 else 'less for a lower'} price")
        if unsplit:
            parts.append(f"{cents(abs(unsplit))} that cannot be split, for the bill counts no tokens there")
        words = f"{cents(abs(gap_shown))} {more} was billed than was seen here: {', '.join(parts)}."
    if found.other_currencies:
        words += f" {plural(found.other_currencies, 'line')} in other currencies are in no sum."
    return words


def rows_of(found: Reconciled, *, by_day: bool) -> list[Row]:
    """Give the lines of a comparison, by day or added up over the days; the greatest difference first, or in time."""
    groups: dict[tuple[date | None, str, str], list[Compared]] = {}
    for line in found.lines:
        groups.setdefault((line.day if by_day else None, line.model, line.token_class), []).append(line)
    rows = [_row(key[0], lines) for key, lines in groups.items()]
    if by_day:
        return rows
    order = sorted(range(len(rows)), key=lambda place: -abs(rows[place].billed - rows[place].seen))
    return [rows[place] for place in order]


def _row(day: date | None, lines: Sequence[Compared]) -> Row:
    first = lines[0]
    ours, billed = _sum(line.ours for line in lines), _sum(line.billed for line in lines)
    quantities = [line.billed_quantity for line in lines]
    return Row(
        day=day_words(day),
        model=label_of(first.model) if first.model else "not a model",
        token_class=CLASS_WORDS[TokenClass(first.token_class)] if first.token_class in list(TokenClass) else "all",
        seen=ours,
        billed=billed,
        our_tokens=count(sum(line.our_quantity for line in lines)),
        their_tokens="not said" if None in quantities else count(sum(each or 0 for each in quantities)),
        why=_why(lines),
    )


def _why(lines: Sequence[Compared]) -> str:
    if all(line.seen is Seen.BILL_ONLY for line in lines):
        return "not seen here"
    if all(line.seen is Seen.HERE_ONLY for line in lines):
        return "not on the bill"
    gap = _sum(line.difference for line in lines)
    if not gap:
        return "equal"
    if any(line.volume is None for line in lines):
        return "tokens not said, cannot be split"
    split = rounded_parts((_sum(line.volume or ZERO for line in lines), _sum(line.price or ZERO for line in lines)))
    parts = [
        f"{name} {'+' if amount > 0 else ''}{cents(amount)}"
        for name, amount in zip(("tokens", "price"), split, strict=True)
        if amount
    ]
    return ", ".join(parts) or "under a cent"


def _in_cents(found: Reconciled) -> tuple[Decimal, Decimal, Decimal]:
    """Give tokens, price and the whole difference to the cent, so that what is shown adds up."""
    gap = found.billed - found.ours
    tokens, price, rest = rounded_parts((found.volume, found.price, gap - found.volume - found.price))
    return tokens, price, tokens + price + rest


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
