"""The page of a cycle shows the past of its failures as the report does."""

from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from bot.store.models import Execution, TestCycle
from bot.web.cycles import Pages
from simulators.diff import FileDiff
from tests.e2e.suites import junit
from tests.llm.runs import LOG
from tests.usecases.conftest import Desk
from tests.usecases.hosts import once_on
from tests.usecases.past import Past, commit

pytestmark = pytest.mark.anyio

CART = [FileDiff("shop/cart.py", "@@ -0,0 +1,4 @@\n+one\n+two\n+three\n+four")]


async def page_of(desk: Desk, execution: Execution) -> str:
    async with desk.database.read() as session:
        key = (await session.get_one(TestCycle, execution.cycle_id)).page_key
    transport = httpx2.ASGITransport(app=Starlette(routes=Pages(desk.services).routes()))
    async with httpx2.AsyncClient(transport=transport, base_url="http://bot") as client:
        answer = await client.get(f"/cycles/{key}")
    assert answer.status_code == 200
    return answer.text


@once_on({"github"})
async def test_the_page_tells_new_from_known_and_whose_code_it_is(desk: Desk, tmp_path: Path) -> None:
    past = Past(desk, tmp_path)
    commit(desk, {"CODEOWNERS": "* <b>@x\n/shop/ @acme/shop\n"})
    pull = desk.stage.open_pull(files=CART)
    text = await page_of(desk, await past.change(pull, junit(1)))
    assert "no run of main is known yet to compare with" in text and "New ·" not in text
    await past.main(junit(1))
    desk.stage.push(pull)
    text = await page_of(desk, await past.change(pull, junit(2)))
    assert "2 of 4 tests failed — 2 causes, 1 new" in " ".join(text.split())
    assert text.index("1 · New · ") < text.index("2 · Already failing · ")
    assert "also fails on main since" in text
    assert "Raised at <code>shop/cart.py:" in text
    assert "owned by <code>@acme/shop</code>" in text
    assert "Changed here: <code>shop/cart.py</code>" in text
    assert "known yet" not in text


@once_on({"github"})
async def test_the_comment_and_the_page_name_the_step_of_a_failure(desk: Desk, tmp_path: Path) -> None:
    past, pull = Past(desk, tmp_path), desk.stage.open_pull()
    execution = await past.send_logs(desk.context(pull), {"build.log": LOG.replace("Run pytest -q", "Run make <b> -q")})
    (said,) = desk.stage.comments(pull)
    assert "In step `make <b> -q`:" in said.body
    assert "in step <code>make &lt;b&gt; -q</code>" in await page_of(desk, execution)
