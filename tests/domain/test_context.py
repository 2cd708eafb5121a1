"""The CI context: whatever form a CI writes a thing in, it is read into one."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.ci_values import shown
from bot.domain.context import CiContext, runner_of

TOKEN = "ghp_" + "a1B2" * 9


def read(**wire: Any) -> CiContext:
    return CiContext.model_validate({"source": "jenkins"} | wire)


def told(**wire: Any) -> str:
    """Gives what is said of the one field that is wrong."""
    with pytest.raises(ValidationError) as caught:
        read(**wire)
    (problem,) = caught.value.errors()
    assert problem["loc"] == (next(iter(wire)),)
    return problem["msg"]


@pytest.mark.parametrize(
    "form",
    [
        42,
        42.0,
        "42",
        " 42 ",
        "#42",
        "!42",
        "042",
        "42/merge",
        "42/head",
        "pull/42",
        "pull/42/head",
        "refs/pull/42/merge",
        "refs/pull/42/head",
        "refs/merge-requests/42/head",
        "refs/merge-requests/42/merge",
        "refs/merge-requests/42/train",
        "PR-42",
        "MR-42",
        "https://github.com/acme/shop/pull/42",
        "https://gitlab.example.com/a/b/c/-/merge_requests/42#note_1",
        "https://dev.azure.com/acme/Shop/_git/shop/pullrequest/42?_a=files",
    ],
)
def test_a_number_is_read_in_all_its_forms(form: object) -> None:
    assert read(prNumber=form).pr_number == 42


@pytest.mark.parametrize(
    "form",
    [None, "", "  ", "false", "False", "0", 0, False, "null", "undefined", "$(System.PullRequest.PullRequestId)"],
)
def test_what_cis_send_for_no_pull_request_is_no_number(form: object) -> None:
    assert read(prNumber=form).pr_number is None


@pytest.mark.parametrize(
    ("form", "seen"),
    [
        ("x", "'x'"),
        (True, "true"),
        (-1, "-1"),
        (42.5, "42.5"),
        (1e300, "1e+300"),
        (2**31, "2147483648"),
        ("99999999999", "'99999999999'"),
        ("٤٢", "'٤٢'"),
        ([42], "a list"),
        ({"number": 42}, "an object"),
        (f"https://{TOKEN}@host/pulls", "'***@host/pulls'"),
    ],
)
def test_what_is_no_number_is_told_with_what_would_be(form: object, seen: str) -> None:
    assert told(prNumber=form) == (f"Value error, not a pull request number: {seen}; send 42 or refs/pull/42/merge")


@pytest.mark.parametrize(
    ("branch", "number", "merged"),
    [
        ("refs/pull/7/merge", 7, True),
        ("7/merge", 7, True),
        ("refs/remotes/pull/7/merge", 7, True),
        ("refs/merge-requests/7/merge", 7, True),
        ("refs/merge-requests/7/train", 7, True),
        ("refs/pull/7/head", 7, False),
        ("refs/merge-requests/7/head", 7, False),
        ("pull/7", 7, False),
        ("PR-7", None, False),
        ("7", None, False),
        ("feature/7/merge", None, False),
        ("refs/pull/0/merge", None, True),
        ("main", None, False),
    ],
)
def test_a_ref_tells_number_and_merge(branch: str, number: int | None, merged: bool) -> None:
    context = read(branch=branch)
    assert (context.pr_number, context.merged) == (number, merged)


def test_the_number_that_is_sent_wins_over_that_of_the_ref() -> None:
    assert read(prNumber="8", branch="7/merge").pr_number == 8
    assert read(prNumber="false", branch="7/merge").pr_number == 7


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("main", "main"),
        ("refs/heads/main", "main"),
        ("origin/main", "main"),
        ("refs/remotes/origin/fix/a", "fix/a"),
        ("refs/tags/v1", "refs/tags/v1"),
        ("PR-42", "PR-42"),
        ("HEAD", None),
        ("origin/HEAD", None),
        ("refs/heads/", None),
        (" ", None),
        ("$(Build.SourceBranch)", None),
        (f"fix-{TOKEN}", "fix-***"),
    ],
)
def test_a_branch_has_one_name(sent: str, kept: str | None) -> None:
    assert read(branch=sent).branch == kept


@pytest.mark.parametrize(
    ("sent", "kept"), [("ABCDEF1", "abcdef1"), (" " + "a" * 40, "a" * 40), ("0" * 40, None), ("", None)]
)
def test_a_commit_is_kept_in_lower_case(sent: str, kept: str | None) -> None:
    assert read(commitSha=sent).commit_sha == kept


@pytest.mark.parametrize("sent", ["main", "abcdef", "g" * 40, "a" * 65, 1234567, ["a" * 40]])
def test_what_is_no_commit_is_told(sent: object) -> None:
    assert told(commitSha=sent).endswith("; send 7 to 64 hexadecimal digits")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("acme/shop", "acme/shop"),
        (123, "123"),
        ("https://user:p%40ss@github.com/acme/shop.git", "https://github.com/acme/shop.git"),
        (f"https://{TOKEN}@github.com/acme/shop", "https://github.com/acme/shop"),
        ("ssh://git:pw@host:22/acme/shop.git", "ssh://host:22/acme/shop.git"),
        ("git@github.com:acme/shop.git", "git@github.com:acme/shop.git"),
        (f"x:{TOKEN}@host:acme/shop", "git@host:acme/shop"),
        ("$(Build.Repository.Name)", None),
    ],
)
def test_a_repository_is_kept_without_logins(sent: object, kept: str | None) -> None:
    assert read(repository=sent).repository == kept


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("https://ci.test/job/1/", "https://ci.test/job/1/"),
        ("https://me:pw@ci.test/job/a b", "https://ci.test/job/a%20b"),
        ("https://ci.test/1?buildId=7&access_token=xyz&view=1", "https://ci.test/1?buildId=7&access_token=***&view=1"),
    ],
)
def test_a_run_is_linked_without_secrets(sent: str, kept: str) -> None:
    assert read(runUrl=sent).run_url == kept


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        ({"runUrl": "ftp://ci.test"}, ("not a web address: 'ftp://ci.test'", "http:// or https://")),
        ({"runUrl": "http://[ci"}, ("not a web address",)),
        ({"runUrl": "https://"}, ("not a web address",)),
        ({"repository": "https://me:my/password@host/acme/shop"}, ("'***@host/acme/shop'", "without a password")),
        ({"repository": True}, ("not a text: true", "its path, its id or its clone URL")),
        ({"repository": "a" * 1025}, ("longer than 1024 characters: '" + "a" * 64 + "…'",)),
        ({"branch": "a\nb"}, ("'a\\nb'", "send the name of a branch")),
        ({"branch": 5}, ("not a text: 5",)),
        ({"scm": "a" * 65}, ("longer than 64 characters", "the git host")),
        ({"source": 1}, ("not a text: 1", "the git host or the runner")),
        ({"source": " "}, ("missing", "the git host or the runner")),
    ],
)
def test_each_wrong_field_is_told_with_what_was_sent_and_what_is_wanted(
    wire: dict[str, object], words: tuple[str, ...]
) -> None:
    message = told(**wire)
    for word in words:
        assert word in message
    assert "password@" not in message and "my/" not in message


def test_sources_are_one_word() -> None:
    assert read(source=" GitHub  Actions ").source == "github-actions"
    assert (runner_of("circle-ci"), runner_of("CircleCI"), runner_of("github")) == ("circleci", "circleci", None)


@pytest.mark.parametrize(
    "secret", [f"https://me:{'p' * 3000}@host/x", f"a {TOKEN} b", f"https://h/?private_token={'q' * 9}"]
)
def test_what_is_told_back_holds_no_secret(secret: str) -> None:
    said = shown(secret)
    assert len(said) < 80
    assert "***" in said and "ppp" not in said and TOKEN not in said and "qqq" not in said


hostile = st.text(max_size=40) | st.text("/:@.?#=-_%$()!refspulmhgado0123456789 \n", max_size=60)
real = st.sampled_from(["refs/pull/7/merge", "origin/origin/x", "https://u:p@h/a?token=b", "0" * 40, "ABCDEF12"])
plain = st.none() | st.booleans() | st.integers() | st.floats() | st.lists(st.integers(), max_size=2)
value = plain | hostile | real
fields = ("source", "scm", "repository", "branch", "prNumber", "commitSha", "runUrl", "runner")


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(fields, value)))
def test_what_is_accepted_is_in_its_one_form(wire: dict[str, object]) -> None:
    try:
        context = CiContext.model_validate(wire)
    except ValidationError as refusal:
        assert {error["loc"][0] for error in refusal.errors()} <= set(fields)
        return
    stored = context.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert CiContext.model_validate(stored) == context
