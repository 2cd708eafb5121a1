"""Where the report will stand, as far as the run tells it."""

import pytest

from agnox.context import Context, Value
from agnox.context.pages import pull_page


def context(source: str, repository: str, *, scm: str = "", run: str = "") -> Context:
    def value(text: str) -> Value | None:
        return Value(text, "test") if text else None

    return Context(
        Value(source, "test"),
        scm=value(scm),
        repository=value(repository),
        pr_number=Value("42", "test"),
        run_url=value(run),
    )


@pytest.mark.parametrize(
    ("known", "page"),
    [
        (
            context("github", "acme/shop", run="https://github.com/acme/shop/actions/runs/7"),
            "https://github.com/acme/shop/pull/42",
        ),
        (
            context("gitlab", "web/team/shop", run="https://gitlab.acme.test/web/team/shop/-/pipelines/7"),
            "https://gitlab.acme.test/web/team/shop/-/merge_requests/42",
        ),
        (context("jenkins", "git@github.com:acme/shop.git"), "https://github.com/acme/shop/pull/42"),
        (
            context("azure", "https://dev.azure.com/acme/web/_git/shop"),
            "https://dev.azure.com/acme/web/_git/shop/pullrequest/42",
        ),
        (context("azure", "https://github.com/acme/shop", scm="github"), "https://github.com/acme/shop/pull/42"),
        (
            context("woodpecker", "https://git.acme.test/acme/shop.git", scm="gitea"),
            "https://git.acme.test/acme/shop/pulls/42",
        ),
        (context("jenkins", "https://git.acme.test/acme/shop.git"), ""),
        (context("appveyor", "acme/shop", scm="github", run="https://ci.appveyor.com/project/acme/shop"), ""),
        (context("local", "/srv/git/shop.git"), ""),
    ],
)
def test_the_page_of_the_pull_request(known: Context, page: str) -> None:
    assert pull_page(known) == page


def test_no_pull_request_has_no_page() -> None:
    assert pull_page(Context(Value("github", "test"), repository=Value("https://github.com/acme/shop", "test"))) == ""
