"""The log of the long-running processes: what is quoted in it holds no secret."""

import logging
import re

from bot.domain.masking import MASK, mask

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_NOISY = ("httpx2", "arq", "alembic", "uvicorn")
_KEY = re.compile(r"(/webhooks/[\w.%-]+/|(?<!/api)/cycles/)[^\s/?#\"']+")
"""The key of a hook or of a page in its address: whoever has it is let in."""


class MaskingFormatter(logging.Formatter):
    """Masks all of a record: the message, the traceback and the stack."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(_KEY.sub(rf"\1{MASK}", super().format(record)))


def start_log() -> None:
    """Has everything from INFO on written to standard error, unless the process logs somewhere else already."""
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingFormatter(FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
