"""Jenkins: branch sources for GitHub, GitLab, Bitbucket, Gitea, and jobs of one branch.

Sources: the "Global Variable Reference" of a pipeline; the plugins branch-api (BRANCH_NAME, CHANGE_*, TAG_NAME) and git
(GIT_*).
"""

from agnox.context.git import Git
from agnox.context.values import Context, Value, read_page
from agnox.context.variables import Variables, named


def here(env: Variables) -> bool:
    """Whether this is Jenkins."""
    return bool(env.text("JENKINS_URL") or env.text("JENKINS_HOME"))


def read(env: Variables, git: Git) -> Context:
    """Reads the variables; the page of a change names the repository that it goes to, a fork's address does not."""
    repository, number = read_page(env.first("CHANGE_URL"))
    number = number or env.number("CHANGE_ID")
    commit, branch = (
        env.first("GIT_COMMIT"),
        env.branch("CHANGE_BRANCH", "BRANCH_NAME", "GIT_BRANCH", unless="TAG_NAME"),
    )
    if number is not None:
        # Its own merge with the base is known to no host. A pipeline that lacks the git variables has the copy.
        commit = git.merged_head(env.text("CHANGE_TARGET")) or commit or git.head
    elif branch is not None and branch.text == "detached":
        branch = None
    return Context(
        source=Value("jenkins", "JENKINS_URL"),
        repository=repository or env.address("GIT_URL", "GIT_URL_1"),
        pr_number=number,
        commit_sha=commit,
        branch=Value(branch.text.removeprefix("origin/"), branch.origin) if branch else None,
        run_url=env.first("BUILD_URL"),
        runner=Value("Jenkins", "JENKINS_URL"),
        suite=named(_job(env), env.first("STAGE_NAME")),
    )


def _job(env: Variables) -> Value | None:
    """Gives the job without the branch that a multibranch project puts behind it."""
    told = env.first("JOB_NAME")
    if told is None or not env.text("BRANCH_NAME") or "/" not in told.text:
        return told
    return Value(told.text.rpartition("/")[0], told.origin)
