"""Builds on the CI of a git host: GitLab and Azure Pipelines; GitHub's own are with its payloads."""

from tests.client.context.samples import HEAD, MERGE, Family

_GITLAB = Family(
    name="GitLab CI",
    always={
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_SERVER_URL": "https://gitlab.com",
        "CI_PROJECT_PATH": "acme/shop",
        "CI_PROJECT_URL": "https://gitlab.com/acme/shop",
        "CI_REPOSITORY_URL": "https://gitlab-ci-token:glcbt-64_x@gitlab.com/acme/shop.git",
        "CI_PIPELINE_URL": "https://gitlab.com/acme/shop/-/pipelines/7",
        "CI_JOB_NAME": "rspec 2/4",
        "CI_COMMIT_SHA": HEAD,
    },
    wire={
        "source": "gitlab",
        "repository": "acme/shop",
        "commitSha": HEAD,
        "runUrl": "https://gitlab.com/acme/shop/-/pipelines/7",
        "runner": "GitLab CI",
    },
    suite="rspec 2/4",
)
_MERGE_REQUEST = {
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_MERGE_REQUEST_IID": "42",
    "CI_MERGE_REQUEST_PROJECT_PATH": "acme/shop",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "fix",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    "CI_COMMIT_REF_NAME": "fix",
}

GITLAB = (
    _GITLAB.build(
        "merge request",
        {**_MERGE_REQUEST, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": ""},
        {"prNumber": 42, "branch": "fix"},
    ),
    _GITLAB.build(
        "merged results",
        {
            **_MERGE_REQUEST,
            "CI_MERGE_REQUEST_EVENT_TYPE": "merged_result",
            "CI_COMMIT_SHA": MERGE,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD,
        },
        {"prNumber": 42, "branch": "fix"},
    ),
    _GITLAB.build(
        "merge request, in the project of the fork",
        {
            **_MERGE_REQUEST,
            "CI_PROJECT_PATH": "eve/shop",
            "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "eve/shop",
        },
        {"prNumber": 42, "branch": "fix", "repository": "acme/shop"},
    ),
    _GITLAB.build("push", {"CI_COMMIT_BRANCH": "main", "CI_PIPELINE_SOURCE": "push"}, {"branch": "main"}),
    _GITLAB.build(
        "push with an open merge request",
        {"CI_COMMIT_BRANCH": "fix", "CI_OPEN_MERGE_REQUESTS": "acme/shop!42"},
        {"branch": "fix", "prNumber": 42},
    ),
    _GITLAB.build(
        "push with two open merge requests",
        {"CI_COMMIT_BRANCH": "fix", "CI_OPEN_MERGE_REQUESTS": "acme/shop!42,acme/shop!43"},
        {"branch": "fix"},
    ),
    _GITLAB.build("tag", {"CI_COMMIT_TAG": "v1.0", "CI_COMMIT_REF_NAME": "v1.0"}, {}),
    _GITLAB.build("schedule", {"CI_COMMIT_BRANCH": "main", "CI_PIPELINE_SOURCE": "schedule"}, {"branch": "main"}),
    _GITLAB.build(
        "pull request of a mirrored repository",
        {
            "CI_PIPELINE_SOURCE": "external_pull_request_event",
            "CI_EXTERNAL_PULL_REQUEST_IID": "42",
            "CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY": "eve/shop",
            "CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY": "acme-inc/shop",
            "CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME": "fix",
            "CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA": HEAD,
            "CI_COMMIT_SHA": MERGE,
        },
        {"scm": "github", "repository": "acme-inc/shop", "prNumber": 42, "branch": "fix"},
    ),
)

_AZURE = Family(
    name="Azure Pipelines",
    always={
        "TF_BUILD": "True",
        "BUILD_REPOSITORY_PROVIDER": "TfsGit",
        "BUILD_REPOSITORY_NAME": "shop",
        "BUILD_REPOSITORY_URI": "https://acme@dev.azure.com/acme/Web%20Shop/_git/shop",
        "BUILD_SOURCEVERSION": HEAD,
        "BUILD_BUILDID": "77",
        "BUILD_DEFINITIONNAME": "ci",
        "SYSTEM_JOBDISPLAYNAME": "test",
        "SYSTEM_JOBPOSITIONINPHASE": "2",
        "SYSTEM_TOTALJOBSINPHASE": "3",
        "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
        "SYSTEM_TEAMPROJECT": "Web Shop",
        "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": "$(System.PullRequest.PullRequestNumber)",
    },
    wire={
        "source": "azure",
        "repository": "https://dev.azure.com/acme/Web%20Shop/_git/shop",
        "commitSha": HEAD,
        "runUrl": "https://dev.azure.com/acme/Web%20Shop/_build/results?buildId=77",
        "runner": "Azure Pipelines",
    },
    suite="ci test 2/3",
)
_GITHUB_PULL = {
    "BUILD_REPOSITORY_PROVIDER": "GitHub",
    "BUILD_REPOSITORY_NAME": "acme/shop",
    "BUILD_REPOSITORY_URI": "https://github.com/acme/shop",
    "BUILD_SOURCEBRANCH": "refs/pull/42/merge",
    "BUILD_SOURCEVERSION": MERGE,
    "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": "42",
    "SYSTEM_PULLREQUEST_PULLREQUESTID": "1482239",
    "SYSTEM_PULLREQUEST_SOURCEBRANCH": "fix",
    "SYSTEM_PULLREQUEST_ISFORK": "True",
}

AZURE = (
    _AZURE.build(
        "pull request of Azure Repos",
        {
            "BUILD_SOURCEBRANCH": "refs/pull/42/merge",
            "BUILD_SOURCEVERSION": MERGE,
            "SYSTEM_PULLREQUEST_PULLREQUESTID": "42",
            "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/fix",
            "SYSTEM_PULLREQUEST_SOURCECOMMITID": HEAD,
        },
        {"prNumber": 42, "branch": "fix"},
    ),
    _AZURE.build(
        "pull request of GitHub, from a fork",
        {**_GITHUB_PULL, "SYSTEM_PULLREQUEST_SOURCECOMMITID": HEAD},
        {"scm": "github", "repository": "https://github.com/acme/shop", "prNumber": 42, "branch": "fix"},
    ),
    _AZURE.build(
        "pull request without its head: the ref tells that the commit is a merge",
        _GITHUB_PULL,
        {
            "scm": "github",
            "repository": "https://github.com/acme/shop",
            "prNumber": 42,
            "branch": "refs/pull/42/merge",
            "commitSha": MERGE,
        },
    ),
    _AZURE.build("push", {"BUILD_SOURCEBRANCH": "refs/heads/main"}, {"branch": "main"}),
    _AZURE.build("tag", {"BUILD_SOURCEBRANCH": "refs/tags/v1.0"}, {}),
    _AZURE.build("schedule", {"BUILD_REASON": "Schedule", "BUILD_SOURCEBRANCH": "refs/heads/a/b"}, {"branch": "a/b"}),
)

_TRAVIS = Family(
    name="Travis CI",
    always={
        "TRAVIS": "true",
        "TRAVIS_REPO_SLUG": "acme/shop",
        "TRAVIS_BRANCH": "main",
        "TRAVIS_TAG": "",
        "TRAVIS_COMMIT": HEAD,
        "TRAVIS_PULL_REQUEST": "false",
        "TRAVIS_BUILD_WEB_URL": "https://app.travis-ci.com/github/acme/shop/builds/1",
        "TRAVIS_JOB_NUMBER": "4.2",
    },
    wire={
        "source": "travis",
        "scm": "github",
        "repository": "acme/shop",
        "commitSha": HEAD,
        "runUrl": "https://app.travis-ci.com/github/acme/shop/builds/1",
        "runner": "Travis CI",
    },
    suite="job 2",
)

TRAVIS = (
    _TRAVIS.build(
        "pull request from a fork",
        {
            "TRAVIS_PULL_REQUEST": "42",
            "TRAVIS_PULL_REQUEST_BRANCH": "fix",
            "TRAVIS_PULL_REQUEST_SHA": HEAD,
            "TRAVIS_PULL_REQUEST_SLUG": "eve/shop",
            "TRAVIS_COMMIT": MERGE,
        },
        {"prNumber": 42, "branch": "fix"},
    ),
    _TRAVIS.build("push", {"TRAVIS_EVENT_TYPE": "push"}, {"branch": "main"}),
    _TRAVIS.build("tag", {"TRAVIS_TAG": "v1.0", "TRAVIS_BRANCH": "v1.0"}, {}),
    _TRAVIS.build("cron", {"TRAVIS_EVENT_TYPE": "cron"}, {"branch": "main"}),
)
