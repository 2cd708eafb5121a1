"""Credentials and webhooks from the command line, beside simulated hosts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.store.models import Installation, Integration
from bot.store.sealed import HOOK_SECRET
from bot.store.vault import Keyring, Vault
from simulators.azure.stage import AzureStage
from simulators.faults import Fault, html_page
from simulators.gitea.stage import GiteaStage
from simulators.gitlab.stage import GitlabStage
from simulators.stage import Stage
from tests.cli.conftest import KEY, Agnox
from tests.stages import a_stage
from tests.usecases.hosts import WHERE, on, once_on

PUBLIC = "https://agnox.example.com"


@pytest.fixture
def host(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@dataclass
class Shell:
    """The commands on an instance beside a host, where organization `acme` is."""

    agnox: Agnox
    stage: Stage

    @property
    def access(self) -> tuple[str, str, str]:
        assert self.stage.integration is not None
        return self.stage.integration

    def add(self, *options: str, credential: str = "", base_url: str = "") -> Any:
        token, address, _ = self.access
        arguments = ("integration", "add", self.stage.name, "--org", "acme", "--base-url", base_url or address)
        return self.agnox.json(*arguments, "--token-stdin", *options, stdin=credential or token)

    def add_refused(self, credential: str, *options: str) -> str:
        arguments = ("integration", "add", self.stage.name, "--org", "acme", "--base-url", self.access[1])
        return self.agnox.refused(*arguments, "--token-stdin", *options, stdin=credential)

    def told(self) -> list[str]:
        """The addresses that are told of a new pull request."""
        return [post.path for post in self.stage.opened(self.stage.open_pull("another"))]


def forget_hooks(stage: Stage) -> None:
    """Somebody removes our webhooks on the host."""
    if isinstance(stage, GitlabStage):
        stage.simulator.hooks.all.clear()
    elif isinstance(stage, AzureStage):
        stage.simulator.hooks.subscriptions.clear()
    else:
        assert isinstance(stage, GiteaStage)
        stage.simulator.state.hooks.clear()


def switch_off(stage: Stage) -> None:
    """The host, or somebody there, has our webhooks no longer send."""
    if isinstance(stage, GitlabStage):
        for hook in stage.simulator.hooks.all.values():
            hook.failures = 40
    elif isinstance(stage, AzureStage):
        for subscription in stage.simulator.hooks.subscriptions.values():
            subscription.status = "disabledByUser"
    else:
        assert isinstance(stage, GiteaStage)
        for hooked in stage.simulator.state.hooks.values():
            hooked.active = False


@pytest.fixture
def shell(agnox: Agnox, host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    monkeypatch.setenv("AGNOX_PUBLIC_URL", PUBLIC)
    stage = a_stage(host)
    with stage.serve():
        agnox("org", "create", "acme")
        yield Shell(agnox, stage)
    assert not stage.violations


@on(WHERE["hooks"])
def test_a_credential_is_checked_and_a_hook_put_up_at_once(shell: Shell) -> None:
    _, address, place = shell.access
    made = shell.add("--hook", place)
    assert (made["provider"], made["base_url"], made["broken"]) == (shell.stage.name, address, "")
    assert made["account"] and made["checked_at"]
    assert made["hooks"] == [place]
    (row,) = shell.agnox.all(Installation)
    assert shell.told() == [f"/webhooks/{shell.stage.name}/{row.hook_key}"]
    secret = HOOK_SECRET.open(Vault(Keyring(KEY)), row)
    assert secret and "\n" not in secret
    for shape in ("text", "json"):
        shown = shell.agnox("installation", "list", "--check", "--format", shape).output
        assert secret not in shown and shell.access[0] not in shown
    (listed,) = shell.agnox.json("installation", "list", "--check")
    assert (listed["account"], listed["state"], listed["problem"], listed["hook"]) == (place, "active", "", True)
    assert shell.agnox.audit()[1:] == [
        ("integration.added", f"{shell.stage.name} {address}"),
        ("hook.added", f"{shell.stage.name} {place}"),
    ]


@once_on(WHERE["hooks"])
def test_what_the_host_refuses_is_not_stored(shell: Shell) -> None:
    told = shell.add_refused("not-a-token-of-this-host")
    assert f"{shell.stage.name} does not accept the credential" in told
    assert shell.agnox.all(Integration) == []
    made = shell.add("--no-check", credential="not-a-token-of-this-host")
    assert made["checked_at"] is None
    assert "agnox integration check" in made["notes"][0]
    checked = shell.agnox.json("integration", "check", made["id"])
    assert checked["broken"].startswith(f"{shell.stage.name} refuses us: ")
    replaced = shell.agnox.json("integration", "replace", made["id"], "--token-stdin", stdin=shell.access[0])
    assert (replaced["id"], replaced["broken"]) == (made["id"], "") and replaced["account"]
    assert shell.agnox.json("integration", "check", made["id"])["broken"] == ""


@once_on({"gitlab"})
def test_a_credential_that_lacks_a_right_is_told(shell: Shell) -> None:
    assert isinstance(shell.stage, GitlabStage)
    user = shell.stage.simulator.add_user("grace")
    weak = shell.stage.simulator.add_personal_token(user, scopes=("read_api",))
    told = shell.add_refused(weak.value)
    assert "the credential of grace lacks: " in told and "api" in told and "--no-check" in told
    assert weak.value not in told


@once_on(WHERE["hooks"])
def test_a_host_that_is_away_is_asked_later(shell: Shell) -> None:
    shell.stage.faults.add(html_page(503, times=None))
    made = shell.add()
    assert (made["account"], made["checked_at"]) == ("", None)
    assert "503" in shell.agnox.refused("integration", "check", made["id"])
    shell.stage.faults.clear()
    assert shell.agnox.json("integration", "check", made["id"])["account"]


@once_on(WHERE["hooks"])
def test_the_state_of_hooks_is_asked_for_and_mended(shell: Shell) -> None:
    place = shell.access[2]
    shell.add()
    added = shell.agnox.json("installation", "add", shell.stage.name, place, "--org", "acme")
    assert (added["place"], added["state"]) == (place, "active") and added["events"]
    for spoil, words in ((switch_off, ""), (forget_hooks, "agnox installation add")):
        spoil(shell.stage)
        (listed,) = shell.agnox.json("installation", "list", "--check")
        assert listed["state"] == "broken" and listed["problem"] and words in listed["problem"]
        # Without asking we know nothing of it.
        assert shell.agnox.json("installation", "list")[0]["state"] == "active"
        again = shell.agnox.json("installation", "add", shell.stage.name, f"/{place}/", "--org", "acme")
        assert again["id"] == added["id"]
        if spoil is forget_hooks or shell.stage.name != "gitlab":
            # Only a successful test switches GitLab's on again.
            assert shell.agnox.json("installation", "list", "--check")[0]["state"] == "active"
    assert len(shell.told()) == 1


@once_on(WHERE["hooks"])
def test_a_removed_hook_is_taken_off_the_host(shell: Shell) -> None:
    shell.add("--hook", shell.access[2])
    (listed,) = shell.agnox.json("installation", "list")
    removed = shell.agnox.json("installation", "remove", listed["id"])
    assert removed["state"] == "removed"
    assert shell.told() == []
    assert shell.agnox.all(Installation)[0].hook_secret is None
    assert "agnox installation list" in shell.agnox.refused("installation", "remove", listed["id"])
    shell.agnox("installation", "add", shell.stage.name, shell.access[2], "--org", "acme")
    assert len(shell.told()) == 1


@once_on(WHERE["hooks"])
def test_what_the_host_does_not_let_go_is_told(shell: Shell) -> None:
    made = shell.add("--hook", shell.access[2])
    (row,) = shell.agnox.all(Installation)
    shell.stage.faults.add(Fault(status=403, body=b"{}", times=None))
    result = shell.agnox("integration", "remove", made["id"])
    assert f"Left on the host, remove it there: {PUBLIC}/webhooks/{shell.stage.name}/{row.hook_key}" in result.stderr
    assert shell.agnox.all(Installation) == []
    assert shell.agnox.all(Integration) == []


@once_on(WHERE["hooks"])
def test_a_removed_integration_takes_its_hooks_along(shell: Shell) -> None:
    made = shell.add("--hook", shell.access[2])
    result = shell.agnox("integration", "remove", made["id"])
    assert result.stderr == ""
    assert shell.told() == []


@once_on(WHERE["hooks"])
def test_where_no_hook_can_hang(shell: Shell) -> None:
    shell.add()
    for place in ("no/such/place", "nobody", "..", ""):
        told = shell.agnox.refused("installation", "add", shell.stage.name, place, "--org", "acme")
        assert f"{shell.stage.name} takes no hook on {place!r}" in told
    assert shell.agnox.json("installation", "list") == []
    assert shell.told() == []


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_an_app_has_a_webhook_of_its_own(agnox: Agnox) -> None:
    agnox("org", "create", "acme")
    told = agnox.refused("installation", "add", "github", "octo-org/shop", "--org", "acme")
    assert "acme has no github integration" in told
    agnox("integration", "add", "github", "--org", "acme", "--token-stdin", "--no-check", stdin="token")
    told = agnox.refused("installation", "add", "github", "octo-org/shop", "--org", "acme")
    assert "its app's own webhook" in told
