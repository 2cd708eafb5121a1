"""Every sample delivery goes in by the door and is handled by its job, on either database."""

import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import select

from bot.store.models import Delivery, DeliveryState, Job, JobState, Organization
from simulators.github.webhooks import signature
from tests.e2e.inside import Inside, Open

pytestmark = pytest.mark.anyio

SAMPLES = sorted((Path(__file__).parents[1] / "data" / "github").glob("*.json"))
USED = {"installation", "installation_repositories", "pull_request"}
"""Events that change something; re-runs of a check run do as well, but only of our own app's."""


async def _post(bot: Inside, sample: Path, guid: str, *, form: bool) -> tuple[str, bool]:
    """Posts a sample as the host does; gives the delivery's id and whether it was known already."""
    body = sample.read_bytes()
    if form:
        body = b"payload=" + quote(body, safe="").encode()
    secret = bot.simulator.deliveries.secret
    assert secret
    headers = {
        "content-type": "application/x-www-form-urlencoded" if form else "application/json",
        "x-github-event": sample.name.partition(".")[0],
        "x-github-delivery": guid,
        "x-hub-signature-256": signature(secret, body),
    }
    answer = await bot.http.post("/webhooks/github", content=body, headers=headers)
    assert answer.status_code == 202, (sample.name, answer.text)
    data = answer.json()["data"]
    return data["deliveryId"], data["duplicate"]


async def _rows(bot: Inside) -> tuple[Sequence[Delivery], Sequence[Job]]:
    async with bot.database.read() as session:
        return (await session.scalars(select(Delivery))).all(), (await session.scalars(select(Job))).all()


@pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
async def test_samples_are_taken_and_handled_once(bot: Inside, form: bool) -> None:
    assert len(SAMPLES) > 60
    guids = {sample: str(uuid4()) for sample in SAMPLES}
    first = {sample: await _post(bot, sample, guid, form=form) for sample, guid in guids.items()}
    assert not any(duplicate for _, duplicate in first.values())
    await bot.idle()
    again = {sample: await _post(bot, sample, guid, form=form) for sample, guid in guids.items()}
    assert again == {sample: (delivery, True) for sample, (delivery, _) in first.items()}
    await bot.idle()

    deliveries, jobs = await _rows(bot)
    assert len(deliveries) == len(jobs) == len(SAMPLES)
    assert {(job.state, job.attempts, job.error) for job in jobs} == {(JobState.DONE, 1, "")}
    found = {row.id: row for row in deliveries}
    for sample, (delivery, _) in first.items():
        row = found[delivery]
        wanted = DeliveryState.HANDLED if row.event in USED else DeliveryState.IGNORED
        assert (row.state, bool(row.note)) == (wanted, True), (sample.name, row.note)
    async with bot.database.read() as session:
        assert "" not in set(await session.scalars(select(Organization.name)))


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ("check_run.requested_action.agnox.json", "there is no button 'agnox_rerun'"),
        ("check_run.rerequested.1.json", "installation 1 is not active"),
    ],
)
async def test_a_button_of_another_instance_is_answered_in_words(open_bot: Open, sample: str, words: str) -> None:
    path = SAMPLES[0].with_name(sample)
    bot = await open_bot(host={"app_id": json.loads(path.read_bytes())["check_run"]["app"]["id"]})
    delivery, _ = await _post(bot, path, str(uuid4()), form=False)
    await bot.idle()
    row = await bot.delivery(delivery)
    assert (row.state, row.note) == (DeliveryState.HANDLED, words)
