"""Builds on CIs that belong to no git host, from the variables that they document."""

from tests.client.context.samples import BASE, HEAD, MERGE, Family

SSH = "git@github.com:acme/shop.git"
WEB = "https://github.com/acme/shop"

_JENKINS = Family(
    name="Jenkins",
    always={
        "JENKINS_URL": "https://ci.acme.test/",
        "JOB_NAME": "web/shop",
        "BUILD_URL": "https://ci.acme.test/job/web/job/shop/7/",
        "STAGE_NAME": "Test",
        "GIT_URL": f"{WEB}.git",
        "GIT_COMMIT": HEAD,
    },
    wire={
        "source": "jenkins",
        "repository": f"{WEB}.git",
        "commitSha": HEAD,
        "runUrl": "https://ci.acme.test/job/web/job/shop/7/",
        "runner": "Jenkins",
    },
    suite="web/shop Test",
)


def _change(page: str) -> dict[str, str]:
    number = page.rpartition("/")[2]
    names = {"BRANCH_NAME": f"PR-{number}", "GIT_BRANCH": f"PR-{number}", "JOB_NAME": f"web/shop/PR-{number}"}
    change = {"CHANGE_ID": number, "CHANGE_URL": page, "CHANGE_BRANCH": "fix", "CHANGE_TARGET": "develop"}
    return {**names, **change, "CHANGE_FORK": "eve/shop", "GIT_URL": "https://github.com/eve/shop.git"}


JENKINS = (
    _JENKINS.build(
        "GitHub branch source, from a fork",
        _change(f"{WEB}/pull/42"),
        {"prNumber": 42, "branch": "fix", "repository": WEB},
    ),
    _JENKINS.build(
        "GitLab branch source",
        _change("https://gitlab.acme.test/web/team/shop/-/merge_requests/42"),
        {"prNumber": 42, "branch": "fix", "repository": "https://gitlab.acme.test/web/team/shop"},
    ),
    _JENKINS.build(
        "Bitbucket branch source",
        _change("https://bitbucket.org/acme/shop/pull-requests/42"),
        {"prNumber": 42, "branch": "fix", "repository": "https://bitbucket.org/acme/shop"},
    ),
    _JENKINS.build(
        "Gitea branch source",
        _change("https://git.acme.test/acme/shop/pulls/42"),
        {"prNumber": 42, "branch": "fix", "repository": "https://git.acme.test/acme/shop"},
    ),
    _JENKINS.build(
        "multibranch",
        {"BRANCH_NAME": "main", "GIT_BRANCH": "origin/main", "JOB_NAME": "web/shop/main"},
        {"branch": "main"},
    ),
    _JENKINS.build("multibranch, tag", {"TAG_NAME": "v1.0", "BRANCH_NAME": "v1.0", "JOB_NAME": "web/shop/v1.0"}, {}),
    _JENKINS.build(
        "multibranch, started by a timer",
        {"BRANCH_NAME": "a/b", "GIT_BRANCH": "a/b", "JOB_NAME": "web/shop/a%2Fb", "BUILD_CAUSE": "TIMERTRIGGER"},
        {"branch": "a/b"},
    ),
    _JENKINS.build("one branch", {"GIT_BRANCH": "origin/main"}, {"branch": "main"}),
    _JENKINS.build("detached head", {"GIT_BRANCH": "detached"}, {}),
)

_CIRCLE = Family(
    name="CircleCI",
    always={
        "CIRCLECI": "true",
        "CIRCLE_REPOSITORY_URL": SSH,
        "CIRCLE_SHA1": HEAD,
        "CIRCLE_BUILD_URL": "https://circleci.com/gh/acme/shop/7",
        "CIRCLE_JOB": "test",
        "CIRCLE_NODE_INDEX": "0",
        "CIRCLE_NODE_TOTAL": "4",
    },
    wire={
        "source": "circleci",
        "repository": SSH,
        "commitSha": HEAD,
        "runUrl": "https://circleci.com/gh/acme/shop/7",
        "runner": "CircleCI",
    },
    suite="test 1/4",
)
_CIRCLE_PULL = {"CIRCLE_PULL_REQUEST": f"{WEB}/pull/42", "CIRCLE_PULL_REQUESTS": f"{WEB}/pull/42"}

CIRCLECI = (
    _CIRCLE.build(
        "pull request", {**_CIRCLE_PULL, "CIRCLE_BRANCH": "fix"}, {"repository": WEB, "prNumber": 42, "branch": "fix"}
    ),
    _CIRCLE.build(
        "pull request from a fork",
        {**_CIRCLE_PULL, "CIRCLE_BRANCH": "pull/42", "CIRCLE_PR_NUMBER": "42", "CIRCLE_PR_USERNAME": "eve"},
        {"repository": WEB, "prNumber": 42, "branch": "pull/42"},
    ),
    _CIRCLE.build(
        "two pull requests",
        {"CIRCLE_PULL_REQUESTS": f"{WEB}/pull/42,{WEB}/pull/43", "CIRCLE_PULL_REQUEST": f"{WEB}/pull/42"},
        {},
    ),
    _CIRCLE.build("push", {"CIRCLE_BRANCH": "main"}, {"branch": "main"}),
    _CIRCLE.build("tag", {"CIRCLE_TAG": "v1.0"}, {}),
    _CIRCLE.build("schedule", {"CIRCLE_BRANCH": "release/2"}, {"branch": "release/2"}),
)

_BUILDKITE = Family(
    name="Buildkite",
    always={
        "BUILDKITE": "true",
        "BUILDKITE_REPO": SSH,
        "BUILDKITE_PIPELINE_PROVIDER": "github",
        "BUILDKITE_PIPELINE_SLUG": "shop",
        "BUILDKITE_LABEL": ":rspec: test",
        "BUILDKITE_PARALLEL_JOB": "1",
        "BUILDKITE_PARALLEL_JOB_COUNT": "2",
        "BUILDKITE_COMMIT": HEAD,
        "BUILDKITE_BRANCH": "main",
        "BUILDKITE_PULL_REQUEST": "false",
        "BUILDKITE_BUILD_URL": "https://buildkite.com/acme/shop/builds/7",
    },
    wire={
        "source": "buildkite",
        "scm": "github",
        "repository": SSH,
        "commitSha": HEAD,
        "runUrl": "https://buildkite.com/acme/shop/builds/7",
        "runner": "Buildkite",
    },
    suite="shop :rspec: test 2/2",
)

BUILDKITE = (
    _BUILDKITE.build(
        "pull request from a fork",
        {
            "BUILDKITE_PULL_REQUEST": "42",
            "BUILDKITE_PULL_REQUEST_REPO": "https://github.com/eve/shop.git",
            "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main",
            "BUILDKITE_BRANCH": "eve:fix",
        },
        {"prNumber": 42, "branch": "eve:fix"},
    ),
    _BUILDKITE.build("push", {}, {"branch": "main"}),
    _BUILDKITE.build("tag", {"BUILDKITE_TAG": "v1.0", "BUILDKITE_BRANCH": "v1.0"}, {}),
    _BUILDKITE.build(
        "merge queue",
        {"BUILDKITE_MERGE_QUEUE_BASE_BRANCH": "main", "BUILDKITE_BRANCH": "gh-readonly-queue/main/pr-42-00aa11"},
        {"branch": "gh-readonly-queue/main/pr-42-00aa11"},
    ),
    _BUILDKITE.build("schedule", {"BUILDKITE_SOURCE": "schedule"}, {"branch": "main"}),
    _BUILDKITE.build(
        "repository of a host without a provider",
        {"BUILDKITE_PIPELINE_PROVIDER": "bitbucket", "BUILDKITE_REPO": "git@bitbucket.org:acme/shop.git"},
        {"branch": "main", "scm": None, "repository": "git@bitbucket.org:acme/shop.git"},
    ),
)

_BITBUCKET = Family(
    name="Bitbucket Pipelines",
    always={
        "CI": "true",
        "BITBUCKET_BUILD_NUMBER": "7",
        "BITBUCKET_REPO_FULL_NAME": "acme/shop",
        "BITBUCKET_GIT_HTTP_ORIGIN": "http://bitbucket.org/acme/shop",
        "BITBUCKET_COMMIT": HEAD,
        "BITBUCKET_PARALLEL_STEP": "0",
        "BITBUCKET_PARALLEL_STEP_COUNT": "2",
    },
    wire={
        "source": "bitbucket",
        "repository": "http://bitbucket.org/acme/shop",
        "commitSha": HEAD,
        "runUrl": "https://bitbucket.org/acme/shop/pipelines/results/7",
        "runner": "Bitbucket Pipelines",
    },
    suite="1/2",
)

BITBUCKET = (
    _BITBUCKET.build(
        "pull request",
        {"BITBUCKET_PR_ID": "42", "BITBUCKET_BRANCH": "fix", "BITBUCKET_PR_DESTINATION_BRANCH": "main"},
        {"prNumber": 42, "branch": "fix"},
    ),
    _BITBUCKET.build("push", {"BITBUCKET_BRANCH": "main"}, {"branch": "main"}),
    _BITBUCKET.build("tag", {"BITBUCKET_TAG": "v1.0"}, {}),
    _BITBUCKET.build("schedule", {"BITBUCKET_BRANCH": "release/2"}, {"branch": "release/2"}),
    _BITBUCKET.build("custom pipeline of a commit", {}, {}),
)

_SEMAPHORE = Family(
    name="Semaphore",
    always={
        "SEMAPHORE": "true",
        "SEMAPHORE_GIT_PROVIDER": "github",
        "SEMAPHORE_GIT_URL": SSH,
        "SEMAPHORE_GIT_REPO_SLUG": "acme/shop",
        "SEMAPHORE_GIT_SHA": HEAD,
        "SEMAPHORE_GIT_BRANCH": "main",
        "SEMAPHORE_ORGANIZATION_URL": "https://acme.semaphoreci.com",
        "SEMAPHORE_WORKFLOW_ID": "65c3",
        "SEMAPHORE_JOB_NAME": "unit",
    },
    wire={
        "source": "semaphore",
        "scm": "github",
        "repository": SSH,
        "commitSha": HEAD,
        "runUrl": "https://acme.semaphoreci.com/workflows/65c3",
        "runner": "Semaphore",
    },
    suite="unit",
)

SEMAPHORE = (
    _SEMAPHORE.build(
        "pull request from a fork",
        {
            "SEMAPHORE_GIT_REF_TYPE": "pull-request",
            "SEMAPHORE_GIT_PR_NUMBER": "42",
            "SEMAPHORE_GIT_PR_SLUG": "eve/shop",
            "SEMAPHORE_GIT_PR_SHA": HEAD,
            "SEMAPHORE_GIT_PR_BRANCH": "fix",
            "SEMAPHORE_GIT_SHA": MERGE,
        },
        {"prNumber": 42, "branch": "fix"},
    ),
    _SEMAPHORE.build(
        "address as the documentation writes it",
        {"SEMAPHORE_GIT_URL": "http://git@github.com:acme/shop.git"},
        {"branch": "main", "repository": "acme/shop"},
    ),
    _SEMAPHORE.build("push", {"SEMAPHORE_GIT_REF_TYPE": "branch"}, {"branch": "main"}),
    _SEMAPHORE.build("tag", {"SEMAPHORE_GIT_REF_TYPE": "tag", "SEMAPHORE_GIT_TAG_NAME": "v1.0"}, {}),
    _SEMAPHORE.build("schedule", {"SEMAPHORE_WORKFLOW_TRIGGERED_BY_SCHEDULE": "true"}, {"branch": "main"}),
)

_APPVEYOR = Family(
    name="AppVeyor",
    always={
        "APPVEYOR": "True",
        "APPVEYOR_URL": "https://ci.appveyor.com",
        "APPVEYOR_ACCOUNT_NAME": "acme",
        "APPVEYOR_PROJECT_SLUG": "shop",
        "APPVEYOR_BUILD_ID": "77",
        "APPVEYOR_JOB_NAME": "Image: Ubuntu",
        "APPVEYOR_REPO_PROVIDER": "gitHub",
        "APPVEYOR_REPO_NAME": "acme/shop",
        "APPVEYOR_REPO_BRANCH": "main",
        "APPVEYOR_REPO_TAG": "false",
        "APPVEYOR_REPO_COMMIT": HEAD,
    },
    wire={
        "source": "appveyor",
        "scm": "github",
        "repository": "acme/shop",
        "commitSha": HEAD,
        "runUrl": "https://ci.appveyor.com/project/acme/shop/builds/77",
        "runner": "AppVeyor",
    },
    suite="Image: Ubuntu",
)

APPVEYOR = (
    _APPVEYOR.build(
        "pull request from a fork",
        {
            "APPVEYOR_PULL_REQUEST_NUMBER": "42",
            "APPVEYOR_PULL_REQUEST_HEAD_COMMIT": HEAD,
            "APPVEYOR_PULL_REQUEST_HEAD_REPO_NAME": "eve/shop",
            "APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH": "fix",
            "APPVEYOR_REPO_COMMIT": BASE,
        },
        {"prNumber": 42, "branch": "fix"},
    ),
    _APPVEYOR.build("push", {}, {"branch": "main"}),
    _APPVEYOR.build("tag", {"APPVEYOR_REPO_TAG": "true", "APPVEYOR_REPO_TAG_NAME": "v1.0"}, {}),
    _APPVEYOR.build("schedule", {"APPVEYOR_SCHEDULED_BUILD": "True"}, {"branch": "main"}),
)
