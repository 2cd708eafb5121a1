"""What a provider answers whose host's own CI we do not read."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from providers.errors import Rejected
from providers.runs import CiRun, Fetched, FetchLimits, Reading, RerunScope, Resent
from providers.values import PullRequest, Repository, Revision


class NoRuns:
    """The verbs on runs, to be inherited where `Capabilities.runs` is false."""

    async def open_pull_requests(self, repository: Repository) -> Sequence[PullRequest]:
        return ()

    async def get_run(self, repository: Repository, run_id: str) -> CiRun:
        return _refuse()

    async def find_runs(self, revision: Revision) -> Sequence[CiRun]:
        return ()

    async def fetch_run(
        self, repository: Repository, run: CiRun, folder: Path, reading: Reading, limits: FetchLimits
    ) -> Fetched:
        return _refuse()

    async def rerun(self, repository: Repository, run: CiRun, scope: RerunScope, jobs: Sequence[str] = ()) -> None:
        _refuse()

    async def cancel_run(self, repository: Repository, run: CiRun) -> None:
        _refuse()

    async def resend_missed(self, place: str, url: str, since: datetime) -> Resent:
        return Resent()


def _refuse() -> NoReturn:
    raise Rejected("CI runs of this host are not read")
