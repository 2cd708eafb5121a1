"""What a suite is told about itself."""

import pytest
from pydantic import ValidationError

from bot.domain.trigger import Trigger
from bot.node.environment import suite_environment


def stored(**fields: object) -> dict[str, object]:
    trigger = Trigger.model_validate({"projectId": "p", "command": "pytest", **fields})
    return trigger.model_dump(mode="json", by_alias=True, exclude={"ci_context", "project_id"})


def test_all_that_is_known_is_told() -> None:
    request = stored(
        folder="checkout",
        config={"environment": "staging", "baseUrl": "https://shop.test", "envVars": {"SHARD": "1/2"}},
    )
    context = {
        "source": "jenkins",
        "scm": "github",
        "repository": "acme/shop",
        "prNumber": 7,
        "commitSha": "a1b2c3d",
        "branch": "fix/pay",
    }
    assert suite_environment(request, context, cycle_id="c1", execution_id="e1", attempt=2) == {
        "CI": "true",
        "ENVIRONMENT": "staging",
        "BASE_URL": "https://shop.test",
        "SHARD": "1/2",
        "AGNOX_CYCLE_ID": "c1",
        "AGNOX_EXECUTION_ID": "e1",
        "AGNOX_ATTEMPT": "2",
        "AGNOX_FOLDER": "checkout",
        "AGNOX_REPOSITORY": "acme/shop",
        "AGNOX_COMMIT_SHA": "a1b2c3d",
        "AGNOX_BRANCH": "fix/pay",
        "AGNOX_PULL_REQUEST": "7",
    }


@pytest.mark.parametrize("request_", [stored(), {"command": "pytest"}, {}])
def test_what_is_not_known_is_left_out(request_: dict[str, object]) -> None:
    assert suite_environment(request_, None, cycle_id="c1", execution_id="e1", attempt=1) == {
        "CI": "true",
        "ENVIRONMENT": "development",
        "AGNOX_CYCLE_ID": "c1",
        "AGNOX_EXECUTION_ID": "e1",
        "AGNOX_ATTEMPT": "1",
        "AGNOX_FOLDER": "all",
    }


def test_the_requests_variables_win_but_can_not_forge_ours() -> None:
    forged = {"CI": "no", "BASE_URL": "http://b", "AGNOX_CYCLE_ID": "forged"}
    request = stored(config={"baseUrl": "http://a", "envVars": forged})
    environment = suite_environment(request, None, cycle_id="c1", execution_id="e1", attempt=1)
    assert environment["CI"] == "no"
    assert environment["BASE_URL"] == "http://b"
    assert environment["AGNOX_CYCLE_ID"] == "c1"


def test_a_damaged_request_is_refused() -> None:
    with pytest.raises(ValidationError):
        suite_environment({"config": {"envVars": {"A=B": "x"}}}, None, cycle_id="c", execution_id="e", attempt=1)
