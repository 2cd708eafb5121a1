"""What the doors log of a failure holds no secret and no key of a hook."""

import logging
from collections.abc import Iterator
from io import StringIO

import httpx2
import pytest

from bot.cli.logs import MaskingFormatter
from tests.inbound.conftest import SECRET, Behind, failed, sign

pytestmark = pytest.mark.anyio

KEY = "Nq3-x_7yZ0pLw8vKd2RtUmBs5cFhGjEa"
PASSWORD = "plum-pudding-at-noon"


@pytest.fixture
def written() -> Iterator[StringIO]:
    text, logger = StringIO(), logging.getLogger("bot.inbound")
    handler = logging.StreamHandler(text)
    handler.setFormatter(MaskingFormatter())
    logger.addHandler(handler)
    yield text
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (RuntimeError(f"postgresql://agnox:{PASSWORD}@db/agnox"), 500, "RuntimeError"),
        (ConnectionError(f"postgresql://agnox:{PASSWORD}@db/agnox"), 503, "the database does not answer"),
    ],
)
async def test_a_failure_at_the_door_of_a_hook(
    client: httpx2.AsyncClient, behind: Behind, written: StringIO, error: Exception, status: int, said: str
) -> None:
    behind.hooks["github", KEY] = (SECRET,)
    behind.error = error
    answer = failed(await client.post(f"/webhooks/github/{KEY}", content=b"{}", headers=sign(b"{}")), status)
    logged = written.getvalue()
    assert "POST /webhooks/github/***" in logged and "postgresql://agnox:***@db/agnox" in logged and said in logged
    assert KEY not in logged and PASSWORD not in logged
    # Whoever reports the record finds it.
    assert answer["message"].split()[-1] in logged
