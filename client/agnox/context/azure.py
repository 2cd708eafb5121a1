"""Azure Pipelines. Source: learn.microsoft.com "Use predefined variables"."""

from urllib.parse import quote

from agnox.context.git import Git
from agnox.context.values import Context, Value, host_of
from agnox.context.variables import Variables, named


def here(env: Variables) -> bool:
    """Whether this is Azure Pipelines."""
    return env.is_true("TF_BUILD")


def read(env: Variables, git: Git) -> Context:
    """Reads the variables; a repository of GitHub has its number in another one than those of Azure Repos."""
    scm = host_of(env.first("BUILD_REPOSITORY_PROVIDER"))
    ours = scm is None or scm.text == "azure"
    head = env.first("SYSTEM_PULLREQUEST_SOURCECOMMITID")
    number = env.number("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER")
    if number is None and ours:
        number = env.number("SYSTEM_PULLREQUEST_PULLREQUESTID")
    branch = env.branch("SYSTEM_PULLREQUEST_SOURCEBRANCH") if head else None
    return Context(
        source=Value("azure", "TF_BUILD"),
        scm=None if ours else scm,
        repository=env.address("BUILD_REPOSITORY_URI") or env.first("BUILD_REPOSITORY_NAME"),
        pr_number=number,
        # Without its head a pull request's commit is the merge, which the ref in the other variable tells.
        commit_sha=head or env.first("BUILD_SOURCEVERSION"),
        branch=branch or env.branch("BUILD_SOURCEBRANCH"),
        run_url=_run_url(env),
        runner=Value("Azure Pipelines", "TF_BUILD"),
        suite=named(
            env.first("BUILD_DEFINITIONNAME"),
            env.first("SYSTEM_JOBDISPLAYNAME", "AGENT_JOBNAME"),
            env.part("SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE", first=1),
        ),
    )


def _run_url(env: Variables) -> Value | None:
    organization = env.first("SYSTEM_COLLECTIONURI", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI")
    project, build = env.first("SYSTEM_TEAMPROJECT"), env.first("BUILD_BUILDID")
    if organization is None or project is None or build is None:
        return None
    address = f"{organization.text.rstrip('/')}/{quote(project.text)}/_build/results?buildId={build.text}"
    return Value(address, " + ".join((organization.origin, project.origin, build.origin)))
