"""What pages say of AI judges and checks: pure functions from figures to sentences."""

from core.labels.assessments import JudgeQuote
from core.labels.judge_figures import JudgeFigures
from core.labels.second_raters import Contradiction, JudgeSaid
from core.store.assessments import AssessmentRecord
from pages.ui.label_words import said_words
from pages.ui.text import safe_label
from pages.ui.words import about_dollars, plural


def agrees_words(figures: JudgeFigures) -> str:
    """Give how far a judge agrees with people: `AI judge Grand agrees with people in 78 %`."""
    judge = f"AI judge {figures.label}"
    if figures.told is None:
        return f"{judge}: too few pairs judged by people too, to say how far it agrees"
    return f"{judge} agrees with people in {_percent(figures.told.value)}"


def beside_words(figures: JudgeFigures) -> str:
    """Give what stands beside the agreement: what people reach, how often it contradicts itself, if length wins."""
    parts = [plural(figures.pairs, "pair") + " compared, each in both orders"]
    among = figures.agreement.among_people
    if figures.told is not None and among is not None:
        parts.append(f"people agree with each other in {_percent(among.value)}")
    if figures.agreement.flips is not None:
        parts.append(f"{_percent(figures.agreement.flips.value)} contradicted with the order turned, counted as ties")
    if figures.longer is not None and figures.longer.number >= 10:
        mine = f"the longer answer wins {figures.longer.value * 100:.0f} in 100"
        people = figures.longer_people
        parts.append(f"{mine}, with people {people.value * 100:.0f}" if people and people.number >= 10 else mine)
    if figures.unread:
        parts.append(f"{figures.unread} could not be read")
    return " · ".join(parts)


def quote_words(quote: JudgeQuote) -> str:
    """Give what an order takes: `12 items, 24 questions, about $0.05, booked to you`."""
    cost = (
        "no charge"
        if quote.free
        else "no price known"
        if quote.amount is None
        else f"about {about_dollars(quote.amount)}"
    )
    return f"{plural(quote.items, 'item')}, {plural(quote.questions, 'question')}, {cost}, booked to you"


def progress_words(request: AssessmentRecord, label: str) -> str:
    """Give how far a judge or a check is."""
    left_out = f" · {request.left_out} not shown to it, because they stay inside" if request.left_out else ""
    failed = f" · {request.failed} without an answer" if request.failed else ""
    return f"{label}: {request.done} of {request.total} judged{failed}{left_out}"


def judge_words(said: JudgeSaid, label: str) -> str:
    """Give a judge's word on an item as Markdown."""
    how = " (it contradicted itself with the order turned)" if said.flipped else ""
    reason = f" — “{safe_label(said.reason)}”" if said.reason else ""
    return f":material/smart_toy: **AI judge {safe_label(label)}** {said_words(said.kind, said.number)}{how}{reason}"


def contradiction_words(found: Contradiction) -> str:
    """Give who else said what: `Ben and Cara picked 1`."""
    by_word: dict[str, list[str]] = {}
    for said in found.said:
        by_word.setdefault(said_words(said.kind, said.number), []).append(safe_label(said.person) or "someone")
    return "; ".join(f"{' and '.join(names)} {word}" for word, names in by_word.items())


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
