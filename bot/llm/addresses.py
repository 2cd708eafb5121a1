"""Where a model may be asked."""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

LONGEST = 2048
NOT_A_URL = "the base URL must be https://HOST[:PORT][/PATH], without credentials, query or fragment"


def clean_base_url(url: str, plain_hosts: Collection[str] = ()) -> str:
    """Gives the address of a model's server without a slash at its end; an empty one stays empty.

    Keys and logs go there: it must be https, or a loopback address, or one of `plain_hosts` where the operator trusts
    the way. Raises ValueError.
    """
    url = url.strip().rstrip("/")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        host, bad_port = parts.hostname or "", parts.port == 0
    except ValueError:
        raise ValueError(NOT_A_URL) from None
    odd = parts.username is not None or "?" in url or "#" in url or not url.isascii() or not url.isprintable()
    if parts.scheme not in ("http", "https") or not host or bad_port or odd or " " in url or len(url) > LONGEST:
        raise ValueError(NOT_A_URL)
    if _is_link_local(host):
        raise ValueError(f"{host} is no address of a model: such addresses are for a machine's own network")
    if parts.scheme == "http" and not _is_loopback(host) and host not in plain_hosts:
        raise ValueError(
            f"the way to {host} is not encrypted: use https, or name the host in AGNOX_LLM_PLAIN_HOSTS if you trust it"
        )
    return url


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _is_link_local(host: str) -> bool:
    """Where clouds keep the credentials of a machine (169.254.169.254, RFC 3927; fe80::/10)."""
    address = _address(host)
    return address is not None and (address.is_link_local or address.is_multicast or address.is_unspecified)
