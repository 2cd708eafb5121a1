"""Identifiers that sort by the time they were made."""

import os
import re
import time
from datetime import datetime

_ID = re.compile(r"[0-9a-f]{32}")


def new_id() -> str:
    """Makes a UUIDv7 as 32 hexadecimal digits (RFC 9562, section 5.7)."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return f"{value:032x}"


def first_id_at(at: datetime) -> str:
    """Gives what sorts before every id that was made at that time (aware) or later."""
    return f"{int(at.timestamp() * 1000):012x}" + "0" * 20


def is_id(text: str) -> bool:
    """Tells whether a text from outside can be an id of ours at all."""
    return _ID.fullmatch(text) is not None
