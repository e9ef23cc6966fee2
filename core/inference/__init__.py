"""The child processes that hold torch: one reads the meaning of texts, one lets a small model write, one fetches it.

torch takes seconds and hundreds of megabytes to load, which no page should pay; a process of its own pays it once. It
is started as a plain subprocess (`python -m core.inference`) and ends when its input does. It never reaches the
network, but for the one that is started to fetch a model because somebody pressed the button that says so.
"""

from core.inference.frames import BrokenFrame, read_frame, write_frame
from core.inference.meaning import PACKAGED, PACKAGED_SHA256

__all__ = ["PACKAGED", "PACKAGED_SHA256", "BrokenFrame", "read_frame", "write_frame"]
