"""Azure DevOps Services and Server behind the contract of a git host."""

import re
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from providers.azure import naming
from providers.azure.webhooks import AzureWebhooks
from providers.factory import Option
from providers.interface import CiProvider, Connection
from providers.runs import Resent
from providers.values import Repository

if TYPE_CHECKING:
    from providers.azure.connections import Connections

AUTHORITY = "https://login.microsoftonline.com"
_DONE = ("closed", "fixed")
_MODES = ("membership", "acl", "allowlist")


class AzureDevOpsHost:
    """A kind of host of which each tenant has its own organization or collection; `parts` go to `Connections`."""

    name = "azure"
    aliases = frozenset(
        {"azure-devops", "azuredevops", "azure-pipelines", "azure-repos", "azure-devops-server", "vsts", "tfs", "ado"}
    )
    builds_elsewhere = True
    """Azure Pipelines also tests repositories of GitHub, Bitbucket and any git server."""
    options = (
        # `closed` claims nothing; `fixed` is shown as "Resolved", which a first green report never was.
        Option("thread_done", "How our thread ends when it asks for nothing any more: `closed` or `fixed`.", "closed"),
        Option(
            "permission",
            "Who may command: members of the project's groups (`membership`), whom the repository's access control list"
            " lets contribute (`acl`), or those in `allow` only (`allowlist`).",
            "membership",
        ),
        Option(
            "allow",
            "Users (mail address, account name or id) and groups (`[Project]\\Team`) who may command besides, separated"
            " by commas or lines.",
        ),
        Option("authority", "Where service principals get their tokens.", AUTHORITY),
    )

    def __init__(self, options: Mapping[str, str], **parts: Any) -> None:
        self._parts = parts
        self._done = _choice(options, "thread_done", _DONE)
        self._mode = _choice(options, "permission", _MODES)
        listed = (each.strip().lower() for each in re.split(r"[,;\r\n]", options.get("allow", "")))
        self._allow = frozenset(each for each in listed if each)
        self._authority = options.get("authority", "").strip().rstrip("/") or AUTHORITY
        self._webhooks = AzureWebhooks()
        self._loading = threading.Lock()
        self._connections: Connections | None = None

    @property
    def webhooks(self) -> AzureWebhooks:
        return self._webhooks

    @property
    def hook_secrets(self) -> Sequence[str] | None:
        return None

    @property
    def install_url(self) -> str:
        """Tokens are made in each organization by itself."""
        return ""

    def read_repository(self, named: str, base_url: str = "") -> Repository:
        return naming.read_repository(named, base_url)

    def knows(self, address: str) -> bool:
        return naming.knows(address)

    def connect(self, connection: Connection) -> CiProvider:
        if connection.installation:
            raise ValueError("Azure DevOps knows no installations; a connection needs a token")
        if not connection.credential:
            raise ValueError("a connection to Azure DevOps needs a personal access token or a service principal")
        if not connection.base_url.strip():
            raise ValueError(f"a connection to Azure DevOps needs its address: {naming.ORGANIZATIONS}")
        return self._connect().provider(connection, naming.read_organization(connection.base_url))

    def load(self) -> None:
        """Imports what calls need; takes a second."""
        self._connect()

    async def resend_missed(self, since: datetime) -> Resent:
        return Resent()

    async def aclose(self) -> None:
        if self._connections is not None:
            await self._connections.aclose()

    def _connect(self) -> "Connections":
        """Loads what makes calls on first use: the web's door needs none of it."""
        with self._loading:
            if self._connections is None:
                from providers.azure.access import Mode, Rules
                from providers.azure.connections import Connections

                rules = Rules(Mode(self._mode), self._allow)
                self._connections = Connections(rules, self._done, self._authority, **self._parts)
            return self._connections


def _choice(options: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    chosen = options.get(name, "").strip().lower() or choices[0]
    if chosen not in choices:
        raise ValueError(f"Azure DevOps' option {name} is one of {', '.join(choices)}")
    return chosen
