"""Identifiers that sort by the time they were made."""

import os
import re
import time

_ID = re.compile(r"[0-9a-f]{32}")


def new_id() -> str:
    """Makes a UUIDv7 as 32 hexadecimal digits (RFC 9562, section 5.7)."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return f"{value:032x}"


def is_id(text: str) -> bool:
    """Tells whether a text from outside can be an id of ours at all."""
    return _ID.fullmatch(text) is not None
