"""What calls need is imported once, apart from the loop, and by nobody who only hears."""

import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from threading import Event
from typing import Any

import pytest
from anyio import to_thread

from providers.azure import AzureDevOpsHost
from providers.factory import Loads
from providers.gitlab import GitlabHost

pytestmark = pytest.mark.anyio

HOSTS: Mapping[str, tuple[type[GitlabHost] | type[AzureDevOpsHost], str]] = {
    "gitlab": (GitlabHost, "https://gitlab.example.com"),
    "azure": (AzureDevOpsHost, "https://dev.azure.com/acme"),
}
NOTHING_NEW = """
import sys
from {module} import {name}
from providers.interface import Connection
host = {name}({{}})
before = set(sys.modules)
host.load()
loaded = set(sys.modules)
host.connect(Connection(credential="x", base_url="{url}"))
print(len(loaded - before) > 50, sorted(set(sys.modules) - loaded))
"""


@pytest.mark.parametrize("host", HOSTS)
def test_a_connection_imports_nothing_that_was_loaded(host: str) -> None:
    kind, url = HOSTS[host]
    code = NOTHING_NEW.format(module=kind.__module__, name=kind.__name__, url=url)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split(maxsplit=1) == ["True", "[]\n"]


@pytest.mark.parametrize("host", HOSTS)
async def test_who_loads_at_the_same_time_waits_and_shares(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module(f"providers.{host}.connections")
    make, made, begun, go_on = module.Connections, list[object](), Event(), Event()

    def slowly(*args: Any, **parts: Any) -> Any:
        begun.set()
        assert go_on.wait(30)
        made.append(make(*args, **parts))
        return made[-1]

    monkeypatch.setattr(module, "Connections", slowly)
    kind, _ = HOSTS[host]
    one = kind({})
    assert isinstance(one, Loads)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(one.load)
        assert await to_thread.run_sync(begun.wait, 30)
        others = [threads.submit(one.load) for _ in range(3)]
        assert not any(each.done() for each in (first, *others))
        go_on.set()
    assert all(each.exception() is None for each in (first, *others))
    assert len(made) == 1
    await one.aclose()
