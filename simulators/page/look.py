"""A host's name, colour and words, and where its pages are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a host's pages differ from another's.

    `address` is a Starlette route template for one pull request, such as `/{owner}/{repo}/pull/{number:int}`; `accent`
    a CSS colour. The words are lower case and singular: `pull` is "merge request" on GitLab, `check` is "status" or
    "pipeline" where a host has no check runs.
    """

    name: str
    address: str
    accent: str = "#59636e"
    pull: str = "pull request"
    sign: str = "#"
    check: str = "check"
    placeholder: str = "/agnox rerun"

    @property
    def checks(self) -> str:
        """The plural."""
        return f"{self.check}{'es' if self.check.endswith('s') else 's'}"
