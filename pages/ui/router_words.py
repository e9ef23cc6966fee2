"""The sentences of the Router page, made from the figures beside them."""

from collections.abc import Mapping

from core.router.replay_view import Replay, Setting, Sure, TaskLine
from pages.ui.words import dollars, plural, seconds


def saving_words(found: Replay, setting: Setting, names: Mapping[str, str]) -> tuple[str, str]:
    """Give what Auto would have cost and kept, and how sure that is: two texts."""
    best = names[found.baseline]
    runs = plural(found.runs, "judged run")
    first = (
        f"On your last {runs} Auto would have cost {dollars(setting.cost)} instead of "
        f"{dollars(found.baseline_cost)} and kept {100 * setting.kept.value:.0f} in 100 of {best}'s quality."
    )
    low, high = sorted((round(100 * setting.saved.low), round(100 * setting.saved.high)))
    likely = f"Likely {low} to {high} % saved." if low != high else f"Likely about {low} % saved."
    worse = plural(setting.worse, "prompt")
    better = f" and {setting.better:,} a better one" if setting.better else ""
    return first, f"{likely} {worse} of {found.runs:,} would have got a worse answer than {best}'s{better}."


def mix_words(setting: Setting, names: Mapping[str, str]) -> str:
    """Give who would have been asked: "46 % Swift · 29 % Pine · 25 % Sage · about 0.8 s faster"."""
    parts = [f"{100 * share:.0f} % {names[model]}" for model, share in setting.mix if share >= 0.005]
    if setting.faster is not None and abs(setting.faster) >= 0.05:
        word = "faster" if setting.faster > 0 else "slower"
        parts.append(f"about {seconds(1000 * abs(setting.faster))} {word}")
    return " · ".join(parts)


def kind_words(line: TaskLine, best: str, names: Mapping[str, str]) -> str:
    """Give what Auto does with one kind of prompt: whom it asks, and what that saves and keeps on the judged runs."""
    kind, runs = line.task.casefold(), plural(line.judged, "judged run")
    if line.asks == best:
        sure = "" if line.sure is Sure.YES else f" ({sure_words(line, names)})"
        return f"Where prompts are like these ({kind}), Auto goes on asking {names[best]}{sure}, on {runs}."
    kept, saved = round(100 * line.kept), round(100 * line.saved)
    cost = f"{saved} % less" if saved >= 0 else f"{-saved} % more"
    return (
        f"Because of picks like these ({kind}), Auto now asks {names[line.asks]} most: {cost} than always "
        f"{names[best]}, and {min(100, kept)} in 100 of its quality kept, on {runs}."
    )


def sure_words(line: TaskLine, names: Mapping[str, str]) -> str:
    """Give how sure the line of a task is."""
    if line.sure is Sure.YES:
        return "yes"
    if line.sure is Sure.LOSES:
        return f"{names[line.rival]} loses here" if line.rival else "the cheaper one loses here"
    return f"{line.more:,} more picks would tell" if line.more else "not sure yet"
