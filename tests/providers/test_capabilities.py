"""docs/providers.md says of each host what its provider says of itself."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from providers.azure import AzureDevOpsHost
from providers.gitea import GiteaHost
from providers.github import GithubHost
from providers.gitlab import GitlabHost
from providers.interface import Capabilities, Connection, Host
from tests.providers.benches.github import APP_ID, private_key

WORDS = ["seen", "done", "confused", "read", "triage", "write", "maintain", "admin", "failed", "all"]
DOCUMENT = Path(__file__).parents[2] / "docs" / "providers.md"


def capabilities() -> Iterator[Capabilities]:
    """In the order of the table's columns; nobody is called."""
    app = {"app_id": str(APP_ID), "private_key": private_key()}
    made: tuple[tuple[Host, Connection], ...] = (
        (AzureDevOpsHost({}), Connection(credential="token", base_url="https://dev.azure.com/acme")),
        (GiteaHost({}), Connection(credential="token", base_url="https://codeberg.org")),
        (GithubHost(app), Connection(installation="7")),
        (GithubHost({}), Connection(credential="token")),
        (GitlabHost({}), Connection(credential="token")),
    )
    for host, connection in made:
        yield host.connect(connection).capabilities


def shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "—"
    if isinstance(value, frozenset):
        # Reactions have words of their own; of the levels NONE is everywhere.
        named = {str(getattr(each, "name", each)).lower() for each in value} - {"none"}
        return ", ".join(sorted(named, key=WORDS.index)) or "—"
    return f"{value:,}"


def test_the_table_says_what_each_host_can_do() -> None:
    found = list(capabilities())
    lines = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    written = {line.split("`")[1]: [cell.strip() for cell in line.strip("| ").split(" | ")[1:]] for line in lines}
    assert written == {
        field.name: [shown(getattr(each, field.name)) for each in found] for field in fields(Capabilities)
    }
