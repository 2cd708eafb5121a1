"""Comments that ask for something and are not to be heard, as each host tells of them."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from simulators.azure.stage import AzureStage
from simulators.github.stage import GithubStage
from simulators.gitlab.stage import GitlabStage
from simulators.stage import Post, Pull, Stage

Telling = Callable[[Stage, Pull, str], list[Post]]


def _edited_on_github(stage: Stage, pull: Pull, body: str) -> list[Post]:
    assert isinstance(stage, GithubStage)
    number = stage.comment(pull, "grace", "Looks good.")
    stage.edit_comment(pull, number, body)
    return stage.posts(stage.simulator.events.issue_comment("edited", stage.simulator.state.comments[int(number)]))


def _edited_on_gitlab(stage: Stage, pull: Pull, body: str) -> list[Post]:
    assert isinstance(stage, GitlabStage)
    note = stage.simulator.add_note(pull.native, "grace", "Looks good.")
    assert note is not None
    stage.simulator.edit_note(note, body)
    return stage.posts(stage.simulator.events.note(note, "update"))


def _edited_on_azure(stage: Stage, pull: Pull, body: str) -> list[Post]:
    assert isinstance(stage, AzureStage)
    comment = stage.simulator.add_comment(pull.native, "grace", "Looks good.")
    # Nothing but the dates tells an edit from a new comment.
    comment.published -= timedelta(minutes=1)
    stage.simulator.edit_comment(comment, body)
    return stage.posts(stage.simulator.events.comment(comment))


def _by_a_bot_of_github(stage: Stage, pull: Pull, body: str) -> list[Post]:
    assert isinstance(stage, GithubStage)
    comment = stage.simulator.add_comment(pull.native, "", body, stage.simulator.add_app("dependabot"))
    stage.allow(comment.user.login)
    return stage.posts(stage.simulator.events.issue_comment("created", comment))


def _by_a_bot_of_gitlab(stage: Stage, pull: Pull, body: str) -> list[Post]:
    assert isinstance(stage, GitlabStage)
    bot = stage.simulator.add_access_token(stage.project).user
    return stage.commented(pull, stage.comment(pull, bot.username, body))


def _by_a_bot_of_azure(stage: Stage, pull: Pull, body: str) -> list[Post]:
    assert isinstance(stage, AzureStage)
    writers = stage.simulator.group("Contributors", stage.project)
    bot = stage.simulator.add_service_principal("renovate", writers, ours=False)
    return stage.posts(stage.simulator.events.comment(stage.simulator.add_comment(pull.native, bot, body)))


EDITED: Mapping[str, Telling] = {
    "azure": _edited_on_azure,
    "github": _edited_on_github,
    "gitlab": _edited_on_gitlab,
}
"""`grace` said something else at first."""
BY_A_BOT: Mapping[str, Telling] = {
    "azure": _by_a_bot_of_azure,
    "github": _by_a_bot_of_github,
    "gitlab": _by_a_bot_of_gitlab,
}
"""Another program says it, which may write to the repository."""
