"""What a job prints, as GitLab keeps it: sections, colours and the runner's own lines (GitLab, Job logs)."""

from simulators.gitlab.runs import Job

_ENDS = {
    "success": "\x1b[32;1mJob succeeded\n\x1b[0;m",
    "failed": "\x1b[31;1mERROR: Job failed: exit code 1\n\x1b[0;m",
    "canceled": "\x1b[31;1mERROR: Job failed: canceled\n\x1b[0;m",
}


def trace(job: Job) -> bytes:
    """Empty for a job that never ran or whose log was erased."""
    if job.started_at is None or job.log is None:
        return b""
    began = int(job.started_at.timestamp())
    ended = int((job.finished_at or job.started_at).timestamp())
    text = (
        "\x1b[0KRunning with gitlab-runner 19.4.0 (a1b2c3d4)\x1b[0;m\n"
        "\x1b[0K  on shared-runner-7 t1_aBcDeF, system ID: s_0123456789ab\x1b[0;m\n"
        + _section("prepare_executor", began, began, '\x1b[36;1mPreparing the "docker" executor\x1b[0;m', "")
        + _section(
            "step_script", began, ended, '\x1b[36;1mExecuting "step_script" stage of the job script\x1b[0;m', job.log
        )
        + _ENDS.get(job.status, "")
    )
    return text.encode("utf-8", "replace")


def _section(name: str, began: int, ended: int, heading: str, text: str) -> str:
    body = text if not text or text.endswith("\n") else f"{text}\n"
    return f"section_start:{began}:{name}\r\x1b[0K\x1b[0K{heading}\n{body}section_end:{ended}:{name}\r\x1b[0K"
