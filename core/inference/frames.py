"""What goes over a child's pipes: frames of a JSON header and raw bytes.

A frame is four bytes (big-endian length of the header), a JSON header in UTF-8, and as many raw bytes as the header's
`bytes` says.
"""

import json
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

LARGEST_FRAME = 256 * 1024 * 1024
LENGTH = struct.Struct(">I")


class BrokenFrame(Exception):
    """The other side of the pipe sent something that is no frame."""


def encoded(header: Mapping[str, object], payload: bytes | memoryview = b"") -> bytes:
    """Give one frame as bytes, for a pipe that is written without waiting."""
    head = json.dumps({**header, "bytes": len(payload)}).encode()
    return LENGTH.pack(len(head)) + head + bytes(payload)


def write_frame(pipe: BinaryIO, header: Mapping[str, object], payload: bytes | memoryview = b"") -> None:
    """Write one frame and flush it. Raises OSError when the other side is gone."""
    head = json.dumps({**header, "bytes": len(payload)}).encode()
    pipe.write(LENGTH.pack(len(head)))
    pipe.write(head)
    pipe.write(payload)
    pipe.flush()


def read_frame(pipe: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Read one frame; None when the pipe ended between frames. Raises BrokenFrame where it ended inside one."""
    start = pipe.read(LENGTH.size)
    if not start:
        return None
    if len(start) < LENGTH.size:
        raise BrokenFrame("the pipe ended inside a frame")
    (length,) = LENGTH.unpack(start)
    header, size = decoded(_exactly(pipe, length))
    return header, _exactly(pipe, size)


def decoded(head: bytes) -> tuple[dict[str, Any], int]:
    """Give a frame's header and how many bytes follow it. Raises BrokenFrame."""
    try:
        header = json.loads(head)
        size = int(header["bytes"])
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenFrame(f"not a frame: {error}") from error
    if not 0 <= size <= LARGEST_FRAME:
        raise BrokenFrame(f"a frame of {size} bytes")
    return header, size


def _exactly(pipe: BinaryIO, size: int) -> bytes:
    if not 0 <= size <= LARGEST_FRAME:
        raise BrokenFrame(f"a frame of {size} bytes")
    data = pipe.read(size)
    if len(data) < size:
        raise BrokenFrame("the pipe ended inside a frame")
    return data
