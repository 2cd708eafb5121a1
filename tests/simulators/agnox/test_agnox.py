"""The simulated Agnox server is as strict as the one it stands for."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from simulators.agnox import Account, AgnoxSimulator
from simulators.agnox.simulator import signature

CONFIG = {"environment": "staging", "envVars": {"A": "1"}}


@pytest.fixture
def simulator() -> AgnoxSimulator:
    return AgnoxSimulator()


@pytest.fixture
def account(simulator: AgnoxSimulator) -> Account:
    return simulator.add_account()


@pytest.fixture
def client(simulator: AgnoxSimulator, account: Account) -> Iterator[httpx2.Client]:
    with (
        simulator.serve() as url,
        httpx2.Client(base_url=url, headers={"x-api-key": account.key}, trust_env=False) as client,
    ):
        yield client


def body(account: Account, **changes: Any) -> dict[str, Any]:
    wire = {"projectId": account.projects[0], "image": "tests", "command": "pytest", "config": CONFIG}
    return {**wire, "ciContext": {"source": "github", "prNumber": 7}} | changes


def test_a_trigger_can_be_read_back(simulator: AgnoxSimulator, client: httpx2.Client, account: Account) -> None:
    answer = client.post("/api/ci/trigger", json=body(account))
    told = answer.json()["data"]
    assert (answer.status_code, told["status"]) == (201, "PENDING")
    simulator.finish(simulator.executions[0], "FAILED", "1 failed")
    read = client.get(f"/api/executions/{told['taskId']}").json()["data"]["execution"]
    assert (read["status"], read["output"], read["config"]["envVars"]) == ("FAILED", "1 failed", {"A": "1"})
    (cycle,) = client.get("/api/test-cycles").json()["data"]["cycles"]
    assert (cycle["_id"], cycle["ciContext"]["prNumber"]) == (told["cycleId"], 7)


@pytest.mark.parametrize(
    "changes",
    [{"image": ""}, {"command": None}, {"ciContext": {"source": "gitea"}}, {"config": {}}, {"projectId": ""}],
)
def test_a_wrong_trigger_is_refused(client: httpx2.Client, account: Account, changes: dict[str, Any]) -> None:
    answer = client.post("/api/ci/trigger", json=body(account, **changes))
    assert (answer.status_code, answer.json()["success"]) == (400, False)


def test_others_see_nothing(simulator: AgnoxSimulator, client: httpx2.Client, account: Account) -> None:
    run = simulator.add_execution(simulator.add_account())
    assert client.get(f"/api/executions/{run.task_id}").status_code == 404
    assert client.post("/api/ci/trigger", json=body(account, projectId="f" * 24)).status_code == 404
    account.revoked = True
    assert client.get("/api/executions").status_code == 401


def test_a_webhook_is_signed_over_its_bytes(simulator: AgnoxSimulator, account: Account) -> None:
    run = simulator.add_execution(account, group="smoke")
    simulator.finish(run, "PASSED")
    delivery = simulator.sign(run, "secret")
    assert delivery.headers["x-agnox-signature"] == f"sha256={signature('secret', delivery.body)}"
    assert "x-agnox-signature" not in simulator.sign(run, "").headers
    assert set(delivery.payload) == {
        "event", "executionId", "taskId", "status", "summary", "groupName", "startedAt", "finishedAt",
    }  # fmt: skip
