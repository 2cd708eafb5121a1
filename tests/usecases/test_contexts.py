"""Which provider and repository a client's CI context means, and what it is told when it means none."""

import asyncio
import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.domain.context import CiContext
from bot.inbound.calls import Calls
from bot.store.database import Database
from bot.store.models import TestCycle
from bot.store.places import covered_repositories
from bot.usecases.caller import Caller
from bot.usecases.resolve_context import InvalidFields, Resolved, resolve_context
from tests.inbound.conftest import KEY, Behind, client_of, make_app
from tests.usecases.forge import Here, beside_forge

pytestmark = pytest.mark.anyio


REPOSITORIES = [
    ("github", "7", "acme/shop"),
    ("forge", "p1/r1", "Store/Web"),
    ("forge", "p1/r2", "Store/Api"),
    ("forge", "p2/r3", "Back/Api"),
    ("forge", "p2/r4", "Back/a_b"),
]
FOREIGN = [("github", "9", "acme/secret"), ("forge", "p9/r9", "Their/Own")]


async def filled(database: Database) -> Here:
    here = beside_forge(database)
    await here.fill()
    for provider, external_id, path in REPOSITORIES:
        await here.cover(path, external_id, provider)
    for provider, external_id, path in FOREIGN:
        await here.cover(path, external_id, provider, here.theirs)
    return here


async def resolve(here: Here, field: str = "ciContext", **wire: Any) -> Resolved:
    return await resolve_context(here.services, here.ours, CiContext.model_validate(wire), field)


@pytest.fixture
async def here(database: Database) -> Here:
    return await filled(database)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        # The source is the host, by any of its names.
        ({"source": " GitHub ", "repository": "acme/shop"}, ("github", None, "acme/shop")),
        ({"source": "github_actions", "repository": "ACME/Shop.git"}, ("github", None, "acme/shop")),
        ({"source": "GHES", "repository": "https://x:y@github.com/acme/shop"}, ("github", None, "acme/shop")),
        ({"source": "github", "repository": 7}, ("github", None, "acme/shop")),
        ({"source": "github", "repository": "acme/new"}, ("github", None, "acme/new")),
        ({"source": "github", "repository": 8}, ("github", None, "8")),
        # A runner names it.
        ({"source": "Circle CI", "scm": "GitHub", "repository": "acme/shop"}, ("circleci", "github", "acme/shop")),
        ({"source": "our own ci", "scm": "github", "repository": "acme/shop"}, ("our-own-ci", "github", "acme/shop")),
        # A runner tells where it cloned from.
        ({"source": "jenkins", "repository": "https://github.com/acme/shop.git"}, ("jenkins", "github", "acme/shop")),
        ({"source": "jenkins", "repository": "git@github.com:acme/shop.git"}, ("jenkins", "github", "acme/shop")),
        ({"source": "mine", "repository": "ssh://git@ssh.github.com:443/acme/shop"}, ("mine", "github", "acme/shop")),
        ({"source": "jenkins", "repository": "git@ssh.forge.test:Store/Web"}, ("jenkins", "forge", "Store/Web")),
        # A host's CI tests what is on another host.
        ({"source": "forge", "repository": "https://github.com/acme/shop"}, ("forge", "github", "acme/shop")),
        ({"source": "forge", "scm": "github", "repository": "acme/shop"}, ("forge", "github", "acme/shop")),
        ({"source": "forge-ci", "repository": "acme/shop"}, ("forge", "github", "acme/shop")),
        ({"source": "forge", "scm": "Forge", "repository": "acme/shop"}, ("forge", "forge", "acme/shop")),
        ({"source": "forge", "repository": "shop"}, ("forge", None, "shop")),
        ({"source": "forge", "repository": "acme/secret"}, ("forge", None, "acme/secret")),
        ({"source": "github", "repository": "Store/Web"}, ("github", None, "Store/Web")),
        # No more than the last word of the path.
        ({"source": "forge", "repository": "web"}, ("forge", None, "Store/Web")),
        ({"source": "forge", "repository": "r3"}, ("forge", None, "r3")),
        ({"source": "forge", "repository": "api"}, ("forge", None, "api")),
        ({"source": "forge", "repository": "Own"}, ("forge", None, "Own")),
        ({"source": "forge", "repository": "a%b"}, ("forge", None, "a%b")),
        ({"source": "github", "repository": "shop"}, ("github", None, "acme/shop")),
        # Nobody knows where it is.
        (
            {"source": "jenkins", "repository": "https://u:p@git.elsewhere.test/acme/shop.git"},
            ("jenkins", None, "https://git.elsewhere.test/acme/shop.git"),
        ),
        ({"source": "jenkins", "repository": "acme/shop"}, ("jenkins", None, "acme/shop")),
        ({"source": "local"}, ("local", None, None)),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_what_is_sent_and_what_is_stored(
    here: Here, sent: dict[str, Any], stored: tuple[str, str | None, str | None]
) -> None:
    context = (await resolve(here, **sent)).context
    assert context is not None
    assert (context.source, context.scm, context.repository) == stored
    again = (await resolve(here, **context.model_dump(by_alias=True))).context
    assert again == context


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({"source": "sourceforge"}, "source", ("'sourceforge' is not known", "forge, github", "jenkins", "scm")),
        ({"source": "jenkins", "scm": "svn"}, "scm", ("'svn' is not a provider", "forge, github")),
        ({"source": "jenkins", "scm": "jenkins"}, "scm", ("'jenkins' is not a provider",)),
        ({"source": "github", "repository": "shops"}, "repository", ("'shops' is not a repository of", "OWNER/NAME")),
        ({"source": "github", "repository": "a/b/c"}, "repository", ("'a/b/c' is not", "clone URL")),
        ({"source": "jenkins", "repository": "https://u:pw@github.com/a"}, "repository", ("'https://github.com/a'",)),
        ({"source": "forge", "repository": "a/b/" + "c" * 900}, "repository", ("'a/b/" + "c" * 60 + "…'",)),
        ({"source": "forge", "repository": "https://forge.test/a%00/b"}, "repository", ("no repository's name has",)),
        ({"source": "forge", "repository": "https://forge.test/a%0A/b"}, "repository", ("no repository's name has",)),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_what_means_nothing_is_refused_by_its_field(
    here: Here, sent: dict[str, Any], field: str, words: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidFields) as caught:
        await resolve(here, "context", **sent)
    (problem,) = caught.value.problems
    assert problem.field == f"context.{field}"
    assert str(caught.value) == f"{problem.field} {problem.message}"
    for word in words:
        assert word in problem.message
    assert "pw" not in problem.message


async def test_the_instance_of_an_integration_tells_the_provider(here: Here) -> None:
    address = "git@code.acme.test:Store/Web.git"
    assert (await resolve(here, source="jenkins", repository=address)).context == CiContext(
        source="jenkins", repository=address
    )
    await here.integrate("forge", "https://code.acme.test/forge", enabled=False)
    assert "send scm" in (await resolve(here, source="jenkins", repository=address)).warnings[0]
    await here.integrate("github", "https://api.code.acme.test")
    resolved = await resolve(here, source="jenkins", repository=address, commitSha="a" * 40)
    assert resolved.context is not None
    assert resolved.context.scm == "github"
    assert resolved.warnings == ()


async def test_only_what_the_organization_has_is_found(here: Here) -> None:
    async with here.services.database.read() as session:
        found = await covered_repositories(session, here.ours, "api", "forge")
        assert {row.path for row in found} == {"Store/Api", "Back/Api"}
        assert [row.path for row in await covered_repositories(session, here.ours, "A_B")] == ["Back/a_b"]
        assert not await covered_repositories(session, here.ours, "aXb")
        assert not await covered_repositories(session, here.ours, "acme/secret")
        assert [row.provider for row in await covered_repositories(session, here.theirs, "acme/secret")] == ["github"]


@pytest.mark.parametrize(
    ("sent", "warning"),
    [
        ({"source": "local"}, "local is no git host: send scm and repository"),
        (
            {"source": "jenkins", "repository": "https://u:p@git.test/a/b"},
            "https://git.test/a/b is on none that is known",
        ),
        ({"source": "github", "commitSha": "a" * 40}, "ciContext.repository is missing"),
        ({"source": "github", "repository": "acme/shop"}, "neither prNumber nor commitSha"),
        ({"source": "github", "repository": "acme/new", "prNumber": 1}, "no github installation of this organization"),
        ({"source": "github", "repository": "acme/shop", "prNumber": 1}, None),
        ({"source": "github", "repository": "acme/shop", "branch": "7/merge"}, None),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_what_will_not_be_reported_is_told_at_once(here: Here, sent: dict[str, Any], warning: str | None) -> None:
    warnings = (await resolve(here, **sent)).warnings
    assert [warning in each for each in warnings if warning] == ([True] if warning else [])
    assert bool(warnings) is bool(warning)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def served(loop: asyncio.Runner, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    path = tmp_path_factory.mktemp("contexts") / "agnox.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield loop.run(filled(database))
    loop.run(database.aclose())


text = st.text(max_size=30) | st.text("/:@.?#=-_%$()!refspulmhgado0129 \n", max_size=40)
sources = st.sampled_from(["github", "Forge", "forge-ci", "jenkins", "Circle CI", "x"])
places = st.sampled_from(["acme/shop", "web", "api", "7", "https://u:p@github.com/acme/shop.git", "git@forge.test:a/b"])
more = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["7/merge", "refs/heads/x", "ABCDEF12", "http://u:p@h/"])
)
names = ("prNumber", "commitSha", "branch", "runUrl", "runner", "commit_sha", "nothing")


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.fixed_dictionaries({"source": sources | text}, optional={"scm": sources | text, "repository": places | text}),
    st.dictionaries(st.sampled_from(names), more | text, max_size=4),
)
def test_no_context_breaks_the_door_and_what_it_takes_is_in_its_one_form(
    loop: asyncio.Runner, served: Here, named: dict[str, Any], others: dict[str, Any]
) -> None:
    async def send() -> None:
        async def known(_key: str) -> Caller:
            return Caller(served.ours, None, "ci")

        calls = dataclasses.replace(Calls.of(served.services), authenticate=known)
        behind = Behind()
        behind.calls = lambda: calls  # type: ignore[method-assign]
        body = {"projectId": served.project, "command": "true", "ciContext": named | others}
        async with client_of(make_app(behind), {"x-api-key": KEY}) as client:
            response = await client.post("/api/ci/trigger", json=body)
        answer = response.json()
        if response.status_code == 400:
            details = answer.get("details", [])
            assert len({each["field"] for each in details}) == len(details)
            assert all(each["field"].startswith("ciContext.") and each["message"] for each in details)
            assert details or "U+0000" in answer["message"]
            return
        assert response.status_code == 201, response.text
        async with served.services.database.read() as session:
            query = select(TestCycle.ci_context).where(TestCycle.id == answer["data"]["cycleId"])
            stored = (await session.scalars(query)).one()
        assert stored is not None
        again = await resolve_context(served.services, served.ours, CiContext.model_validate(stored))
        assert again.context is not None
        assert again.context.model_dump(mode="json", by_alias=True, exclude_none=True) == stored

    loop.run(send())
