"""What a command is, what it is given and what it gives back."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.commands import Command
from bot.domain.policy import Policy, layered
from bot.store.models import PullRequest, Repository
from bot.usecases.errors import Invalid
from bot.usecases.read_policy import Reading
from bot.usecases.services import Services
from providers.values import Account, Permission


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command: plain text that may hold untrusted words, in lines where there is much to say.

    `done` is false where something was not done. `findings` are fingerprints of causes that are to be told in full.
    """

    words: str
    done: bool = True
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """A command of somebody who may give it, on an open pull request as its host shows it now.

    `seen_sha` is the head that we knew of when the comment was heard, empty if none: what its author may have looked
    at. `written_at` is the host's own time of the comment, None where it does not tell. `organization` are its
    defaults. Everything that is done is part of the transaction of `session`.
    """

    session: AsyncSession
    services: Services
    repository: Repository
    pull: PullRequest
    account: Account
    right: Permission
    reading: Reading
    organization: Policy
    seen_sha: str
    written_at: datetime | None
    known: "Mapping[str, Definition]"
    command: Command

    @property
    def actor(self) -> str:
        return f"{self.repository.provider}:{self.account.login}"

    @property
    def policy(self) -> Policy:
        """What holds for the repository."""
        return layered(self.reading.policy, self.organization)

    @property
    def wrong(self) -> Invalid:
        """What is raised for arguments that the command can't do anything with."""
        return Invalid(f"that is not how it is used: `/agnox {self.known[self.command.name].usage}`")

    def at_most_one(self) -> str:
        """Gives the only argument, empty where there is none. Raises Invalid for more, with what was meant."""
        first, *rest = self.command.arguments or ("",)
        if rest:
            together = " ".join(self.command.arguments)
            raise Invalid(f'a name with spaces stands in quotation marks: `/agnox {self.command.name} "{together}"`')
        return first


Do = Callable[[Request], Awaitable[Outcome]]
"""Does a command. Raises Refused where it can't, before it has written anything."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A command; `usage` begins with its name, `about` is one sentence, `examples` are pairs of a line and its meaning.

    `least` is the right that it takes on the repository besides what the policy asks for.
    """

    name: str
    usage: str
    about: str
    do: Do
    examples: tuple[tuple[str, str], ...] = ()
    details: str = ""
    """More about it for the documentation, in markdown."""
    aliases: tuple[str, ...] = ()
    least: Permission = Permission.NONE

    @property
    def who(self) -> str:
        """Says who may give it."""
        allowed = "whoever `commands.allow` of the policy admits: by default people with write access"
        if self.least is Permission.NONE:
            return allowed
        return f"people with {self.least.name.lower()} access to the repository, if `commands.allow` admits them"
