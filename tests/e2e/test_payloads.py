"""Every sample delivery goes in by the door and is handled by its job, once."""

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import select

from bot.store.models import Delivery, DeliveryState, Installation, Job, JobState, Organization
from bot.store.sealed import HOOK_SECRET
from simulators.gitea.webhooks import signature as gitea_signature
from simulators.github.webhooks import signature as github_signature
from simulators.gitlab.hooks import signature as gitlab_signature
from tests.e2e.inside import Inside, Open
from tests.usecases.hosts import on

pytestmark = pytest.mark.anyio

DATA = Path(__file__).parents[1] / "data"
SAMPLES: Mapping[str, list[Path]] = {
    name: sorted((DATA / name).glob("*.json")) for name in ("azure", "gitea", "github", "gitlab")
}
USED: Mapping[str, set[str]] = {
    "azure": {
        "build.complete",
        "git.pullrequest.created",
        "git.pullrequest.merged",
        "git.pullrequest.updated",
        "git.push",
        "ms.vss-code.git-pullrequest-comment-event",
    },
    "gitea": {"issue_comment", "pull_request"},
    "github": {
        "check_suite",
        "installation",
        "installation_repositories",
        "installation_target",
        "issue_comment",
        "merge_group",
        "pull_request",
        "pull_request_review_comment",
        "push",
        "repository",
        "workflow_run",
    },
    "gitlab": {"merge_request", "note", "pipeline", "push"},
}
"""Events that change something or ask something of us; re-runs of a check run do too, but only of our own app's."""
Sign = Callable[[Path, str, bytes, str], dict[str, str]]


def _github(sample: Path, secret: str, body: bytes, guid: str) -> dict[str, str]:
    return {
        "x-github-event": sample.name.partition(".")[0],
        "x-github-delivery": guid,
        "x-hub-signature-256": github_signature(secret, body),
    }


def _gitlab(sample: Path, secret: str, body: bytes, guid: str) -> dict[str, str]:
    name, sent = sample.name.partition(".")[0], str(int(time.time()))
    return {
        "x-gitlab-event": f"{name.replace('_', ' ').title()} Hook",
        "idempotency-key": guid,
        "webhook-id": guid,
        "webhook-timestamp": sent,
        "webhook-signature": gitlab_signature(secret, guid, sent, body),
    }


def _azure(sample: Path, secret: str, body: bytes, guid: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(f'agnox:{secret}'.encode()).decode()}"}


def _gitea(sample: Path, secret: str, body: bytes, guid: str) -> dict[str, str]:
    return {
        "x-gitea-event": sample.name.partition(".")[0],
        "x-gitea-delivery": guid,
        "x-gitea-signature": gitea_signature(secret, body),
    }


SIGN: Mapping[str, Sign] = {"azure": _azure, "gitea": _gitea, "github": _github, "gitlab": _gitlab}


async def _way_in(bot: Inside) -> tuple[str, str]:
    """The path of our webhook on the host, and the secret that proves a delivery to it."""
    if bot.stage.integration is None:
        return f"/webhooks/{bot.stage.name}", bot.stage.settings()["webhook_secret"]
    await bot.install()
    async with bot.database.read() as session:
        row = (await session.scalars(select(Installation))).one()
    secret = HOOK_SECRET.open(bot.services.vault, row)
    assert secret
    return f"/webhooks/{bot.stage.name}/{row.hook_key}", secret


async def _post(
    bot: Inside, way_in: tuple[str, str], sample: Path, guid: str, *, form: bool = False
) -> tuple[str, bool]:
    """Posts a sample as the host does; gives the delivery's id, empty for a mere test, and whether it was known."""
    path, secret = way_in
    body = sample.read_bytes()
    if form:
        body = b"payload=" + quote(body, safe="").encode()
    headers = {
        "content-type": "application/x-www-form-urlencoded" if form else "application/json",
        **SIGN[bot.stage.name](sample, secret, body, guid),
    }
    answer = await bot.http.post(path, content=body, headers=headers)
    assert answer.status_code == 202, (sample.name, answer.text)
    data = answer.json()["data"]
    return data["deliveryId"] or "", data["duplicate"]


async def _rows(bot: Inside) -> tuple[Mapping[str, Delivery], Sequence[Job]]:
    async with bot.database.read() as session:
        deliveries = (await session.scalars(select(Delivery))).all()
        jobs = (await session.scalars(select(Job).where(Job.function == "handle_delivery"))).all()
    return {row.id: row for row in deliveries}, jobs


async def _all_samples(bot: Inside, *, form: bool = False) -> Mapping[Path, Delivery]:
    """Posts all samples, and all once more; gives what was stored of each."""
    way_in = await _way_in(bot)
    guids = {sample: str(uuid4()) for sample in SAMPLES[bot.stage.name]}
    first = {sample: await _post(bot, way_in, sample, guid, form=form) for sample, guid in guids.items()}
    await bot.idle()
    again = {sample: await _post(bot, way_in, sample, guid, form=form) for sample, guid in guids.items()}
    assert again == {sample: (delivery, bool(delivery)) for sample, (delivery, _) in first.items()}
    await bot.idle()
    deliveries, jobs = await _rows(bot)
    stored = {delivery for delivery, _ in first.values() if delivery}
    assert len(jobs) == len(deliveries) == len(stored)
    assert {(job.state, job.attempts, job.error) for job in jobs} == {(JobState.DONE, 1, "")}
    async with bot.database.read() as session:
        assert "" not in set(await session.scalars(select(Organization.name)))
    return {sample: deliveries[delivery] for sample, (delivery, _) in first.items() if delivery}


@on()
async def test_samples_are_taken_and_handled_once(bot: Inside) -> None:
    webhooks = bot.services.registry.get(bot.stage.name).webhooks
    used = set()
    for sample, row in (await _all_samples(bot)).items():
        told = webhooks.parse(row.event, row.headers, row.body)
        wanted = DeliveryState.HANDLED if told else DeliveryState.IGNORED
        assert (row.state, bool(row.note)) == (wanted, True), (sample.name, row.note)
        if told:
            used.add(row.event)
    assert used == USED[bot.stage.name]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_samples_may_come_as_forms(bot: Inside) -> None:
    assert len(await _all_samples(bot, form=True)) > 60


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ("check_run.requested_action.agnox.json", "there is no button 'agnox_rerun'"),
        ("check_run.rerequested.1.json", "installation 1 is not active"),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_button_of_another_instance_is_answered_in_words(open_bot: Open, sample: str, words: str) -> None:
    path = DATA / "github" / sample
    bot = await open_bot(simulated={"app_id": json.loads(path.read_bytes())["check_run"]["app"]["id"]})
    delivery, _ = await _post(bot, await _way_in(bot), path, str(uuid4()))
    await bot.idle()
    row = await bot.delivery(delivery)
    assert (row.state, row.note) == (DeliveryState.HANDLED, words)
