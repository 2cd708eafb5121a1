"""What tests of calls under weather ask for, whatever the host."""

from tests.providers.benches.bench import Bench

JSON = {"content-type": "application/json"}
PULL = r"/(pulls|merge_requests|pullRequests)/1$"
"""In the address of what `read` asks for."""


async def read(bench: Bench) -> None:
    await bench.provider.get_pull_request(bench.repository, 1)
