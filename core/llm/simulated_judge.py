"""What a made-up model says when it is asked, as an AI judge, which of two answers is better.

It knows nothing of what it reads. It is made to behave as judges do: mostly it finds two good answers equal, now and
then it likes the longer one better, and rarely it just takes the one that stands first, which shows when the order is
turned. Every reason says that it is simulated.
"""

import json
import re

QUESTION = re.compile(
    r"<answer-1-(?P<mark>[0-9a-f]{12})>\n(?P<first>.*?)\n</answer-1-(?P=mark)>\s*"
    r"<answer-2-(?P=mark)>\n(?P<second>.*?)\n</answer-2-(?P=mark)>",
    re.DOTALL,
)
LIKES_LENGTH, LIKES_PLACE = 22, 6
"""Of 100 pairs: on how many the longer answer wins, and on how many the one that stands first."""
LONGER = 1.15
"""How much longer an answer must be to be called longer."""


def judged_answer(prompt: str) -> str | None:
    """Give what a simulated judge answers; None where the prompt is no question to a judge."""
    found = QUESTION.search(prompt)
    if found is None:
        return None
    first, second = len(found["first"]), len(found["second"])
    # The mark is the same in both orders, so that a judge contradicts itself only where it follows the place.
    lot = int(found["mark"][:6], 16) % 100
    if lot < LIKES_PLACE:
        return _said("1", "the first one reads better at once")
    longer = "1" if first > LONGER * second else "2" if second > LONGER * first else ""
    if longer and lot < LIKES_PLACE + LIKES_LENGTH:
        return _said(longer, "it covers more of what was asked")
    return _said("tie", "both can be used as they are")


def _said(choice: str, reason: str) -> str:
    return json.dumps({"reason": f"Simulated judge: {reason}.", "choice": choice})
