"""GitLab CI. Source: docs.gitlab.com "Predefined CI/CD variables reference"."""

import re

from agnox.context.git import Git
from agnox.context.values import Context, Value
from agnox.context.variables import Variables

_OPEN = re.compile(r"([^!,\s]+)!([0-9]{1,10})")
_EXTERNAL = "CI_EXTERNAL_PULL_REQUEST"


def here(env: Variables) -> bool:
    """Whether this is GitLab CI."""
    return env.is_true("GITLAB_CI")


def read(env: Variables, git: Git) -> Context:
    """Reads the variables; a pipeline of a fork names the project that its merge request goes to."""
    source = Value("gitlab", "GITLAB_CI")
    runner = Value("GitLab CI", "GITLAB_CI")
    # One per parallel job, `rspec 2/4`.
    suite, run_url = env.first("CI_JOB_NAME"), env.first("CI_PIPELINE_URL")
    external = env.number(f"{_EXTERNAL}_IID")
    if external is not None:
        return Context(
            source=source,
            # Only repositories of GitHub are mirrored with their pull requests.
            scm=Value("github", external.origin),
            repository=env.first(f"{_EXTERNAL}_TARGET_REPOSITORY"),
            pr_number=external,
            commit_sha=env.first(f"{_EXTERNAL}_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA"),
            branch=env.branch(f"{_EXTERNAL}_SOURCE_BRANCH_NAME"),
            run_url=run_url,
            runner=runner,
            suite=suite,
        )
    repository, number = env.first("CI_MERGE_REQUEST_PROJECT_PATH"), env.number("CI_MERGE_REQUEST_IID")
    if number is None:
        repository, number = _open_merge_request(env)
    return Context(
        source=source,
        repository=repository or env.first("CI_PROJECT_PATH"),
        pr_number=number,
        # Merged results pipelines test a merge; only they name the head beside it.
        commit_sha=env.first("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA"),
        branch=env.branch("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_BRANCH", unless="CI_COMMIT_TAG"),
        run_url=run_url,
        runner=runner,
        suite=suite,
    )


def _open_merge_request(env: Variables) -> tuple[Value | None, Value | None]:
    """Gives the only open merge request of a branch; which of several is meant, the server knows better."""
    told = env.first("CI_OPEN_MERGE_REQUESTS")
    found = _OPEN.fullmatch(told.text) if told else None
    if told is None or found is None:
        return None, None
    return Value(found[1], told.origin), Value(found[2], told.origin)
