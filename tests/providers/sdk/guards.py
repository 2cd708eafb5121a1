"""The guard of a connection to a host of one test."""

from collections.abc import Mapping
from typing import Any

from providers.clock import Clock
from providers.errors import ProviderError
from providers.failures import Failures
from providers.sdk.hold import Hold
from providers.sdk.session import Guard, bearer, origins
from providers.sdk.tokens import FixedToken
from tests.providers.sdk.fakes import Moment

FAILURES = Failures("Acme")


def guard(url: str, moment: Moment, **changes: Any) -> Guard:
    clock = Clock(moment)
    hold = Hold(clock)

    def judge(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError | None:
        return None if 200 <= status < 300 else FAILURES.failure(status, headers, body, clock, hold.strikes)

    parts: dict[str, Any] = {
        "host": "Acme",
        "origins": origins(url),
        "tokens": FixedToken("t0ken"),
        "sign": bearer,
        "judge": judge,
        "hold": hold,
        "slow_down": lambda headers: FAILURES.slow_down(headers, clock),
    }
    return Guard(**{**parts, **changes})
