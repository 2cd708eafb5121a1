"""Files as Azure DevOps gives them: first what stands there, then its bytes."""

import pytest

from providers.errors import Unauthenticated
from simulators.faults import Fault
from tests.providers.benches.azure import AzureBench

pytestmark = pytest.mark.anyio

ITEMS = "/items"


async def test_what_is_absent_costs_one_call_less(azure: AzureBench) -> None:
    azure.commit({"CODEOWNERS": b"* @acme\n"})
    assert await azure.provider.get_file(azure.repository, "CODEOWNERS", "main") == b"* @acme\n"
    assert azure.calls() == (2, 0)
    assert await azure.provider.get_file(azure.repository, "docs/CODEOWNERS", "main") is None
    assert azure.calls() == (1, 0)


@pytest.mark.parametrize("first", [0, 1])
async def test_the_sign_in_page_is_no_file(azure: AzureBench, first: int) -> None:
    azure.commit({"CODEOWNERS": b"* @acme\n"})
    page = {"content-type": "text/html; charset=utf-8"}
    azure.fault(Fault(path=ITEMS, skip=first, status=200, headers=page, body=b"<!DOCTYPE html><p>Sign in</p>"))
    with pytest.raises(Unauthenticated):
        await azure.provider.get_file(azure.repository, "CODEOWNERS", "main")
