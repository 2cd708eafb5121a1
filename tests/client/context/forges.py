"""Builds on Woodpecker and Drone, from the variables that they document."""

from tests.client.context.samples import HEAD, Family

_WOODPECKER = Family(
    name="Woodpecker",
    always={
        "CI": "woodpecker",
        "DRONE": "true",
        "CI_FORGE_TYPE": "forgejo",
        "CI_REPO": "acme/shop",
        "CI_REPO_CLONE_URL": "https://codeberg.org/acme/shop.git",
        "CI_COMMIT_SHA": HEAD,
        "CI_COMMIT_BRANCH": "main",
        "CI_PIPELINE_URL": "https://ci.codeberg.org/repos/7/pipeline/8",
        "CI_WORKFLOW_NAME": "test",
        "CI_STEP_NAME": "unit",
    },
    wire={
        "source": "woodpecker",
        "scm": "gitea",
        "repository": "https://codeberg.org/acme/shop.git",
        "commitSha": HEAD,
        "runUrl": "https://ci.codeberg.org/repos/7/pipeline/8",
        "runner": "Woodpecker",
    },
    suite="test unit",
)

WOODPECKER = (
    _WOODPECKER.build(
        "pull request",
        {"CI_PIPELINE_EVENT": "pull_request", "CI_COMMIT_PULL_REQUEST": "42", "CI_COMMIT_SOURCE_BRANCH": "fix"},
        {"prNumber": 42, "branch": "fix"},
    ),
    _WOODPECKER.build(
        "pull request without its branch",
        {"CI_PIPELINE_EVENT": "pull_request", "CI_COMMIT_PULL_REQUEST": "42"},
        {"prNumber": 42},
    ),
    _WOODPECKER.build("push", {"CI_PIPELINE_EVENT": "push"}, {"branch": "main"}),
    _WOODPECKER.build("tag", {"CI_PIPELINE_EVENT": "tag", "CI_COMMIT_TAG": "v1.0"}, {}),
    _WOODPECKER.build("cron", {"CI_PIPELINE_EVENT": "cron"}, {"branch": "main"}),
)

_DRONE = Family(
    name="Drone",
    always={
        "CI": "true",
        "DRONE": "true",
        "DRONE_REPO": "acme/shop",
        "DRONE_GIT_HTTP_URL": "https://git.acme.test/acme/shop.git",
        "DRONE_COMMIT_SHA": HEAD,
        "DRONE_BRANCH": "main",
        "DRONE_COMMIT_BRANCH": "main",
        "DRONE_BUILD_LINK": "https://drone.acme.test/acme/shop/8",
        "DRONE_STAGE_NAME": "default",
        "DRONE_STEP_NAME": "unit",
    },
    wire={
        "source": "drone",
        "repository": "https://git.acme.test/acme/shop.git",
        "commitSha": HEAD,
        "runUrl": "https://drone.acme.test/acme/shop/8",
        "runner": "Drone",
    },
    suite="default unit",
)

DRONE = (
    _DRONE.build(
        "pull request",
        {"DRONE_BUILD_EVENT": "pull_request", "DRONE_PULL_REQUEST": "42", "DRONE_SOURCE_BRANCH": "fix"},
        {"prNumber": 42, "branch": "fix"},
    ),
    _DRONE.build(
        "pull request of a host that tells no source branch",
        {"DRONE_BUILD_EVENT": "pull_request", "DRONE_PULL_REQUEST": "42", "DRONE_SOURCE_BRANCH": ""},
        {"prNumber": 42},
    ),
    _DRONE.build("push", {"DRONE_BUILD_EVENT": "push", "DRONE_SOURCE_BRANCH": "main"}, {"branch": "main"}),
    _DRONE.build("tag", {"DRONE_BUILD_EVENT": "tag", "DRONE_TAG": "v1.0"}, {}),
    _DRONE.build("cron", {"DRONE_BUILD_EVENT": "cron"}, {"branch": "main"}),
)
