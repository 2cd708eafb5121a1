"""The api-version that every request must name (Azure DevOps REST, API and TFS version mapping)."""

import re
from collections.abc import Mapping

from simulators.azure.answers import AzureRefusal, bad_request

_VERSION = re.compile(r"(\d+)\.(\d+)(-preview(?:\.\d+)?)?")
_IN_ACCEPT = re.compile(r"api-version\s*=\s*([^;,\s]+)", re.IGNORECASE)

Version = tuple[int, int]


def parsed(text: str) -> Version:
    """`7.1` as (7, 1)."""
    major, _, minor = text.partition(".")
    return int(major), int(minor)


def requested(query: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """The version of a request: its query parameter, or a parameter of its Accept header."""
    if (version := query.get("api-version")) is not None:
        return version
    found = _IN_ACCEPT.search(headers.get("accept", ""))
    return found[1] if found else None


def check(version: str | None, method: str, latest: str, *, preview_only: bool) -> None:
    """400 for a version that is missing, unreadable, too new, or that must be asked for as a preview."""
    if version is None:
        raise bad_request(
            f'No api-version was supplied for the "{method}" request. The version must be supplied either as part of '
            'the Accept header (e.g. "application/json; api-version=1.0") or as a query parameter '
            '(e.g. "?api-version=1.0").',
            "VssVersionNotSpecifiedException",
        )
    found = _VERSION.fullmatch(version)
    if found is None:
        raise bad_request(f'The api-version "{version}" is not valid.', "VssInvalidApiVersionException")
    if (int(found[1]), int(found[2])) > parsed(latest):
        # Not a violation: a client may try a version and take a lower one after this answer.
        raise AzureRefusal(
            400,
            "VssVersionOutOfRangeException",
            f"The requested REST API version of {version} is out of range for this server. "
            f"The latest REST API version this server supports is {latest}.",
            namespace="Microsoft.VisualStudio.Services.WebApi",
        )
    if preview_only and not found[3]:
        raise bad_request(
            f'The requested version "{version}" of the resource is under preview. The -preview flag must be supplied '
            f'in the api-version for such requests. For example: "{version}-preview"',
            "VssInvalidPreviewVersionException",
        )
