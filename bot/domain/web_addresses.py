"""Where requests that carry secrets may go: by https, or on this machine itself."""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

LONGEST = 2048


class NotAnAddress(ValueError):
    """The text is no address of a web server, or one with parts that must not be there."""


class OwnNetwork(ValueError):
    """The address is for a machine's own network, where clouds keep its credentials."""


class NotEncrypted(ValueError):
    """The way to the address can be listened to."""


def check_address(url: str, plain_hosts: Collection[str] = (), *, plain: bool = False, query: bool = False) -> str:
    """Gives an address's host. It must be https, loopback, or one of `plain_hosts`; `plain` lets any host be.

    Credentials and fragments never stand in it, a query only if `query` says so. Raises NotAnAddress, OwnNetwork and
    NotEncrypted.
    """
    try:
        parts = urlsplit(url)
        host, bad_port = parts.hostname or "", parts.port == 0
    except ValueError:
        raise NotAnAddress from None
    odd = parts.username is not None or "#" in url or not url.isascii() or not url.isprintable() or " " in url
    odd = odd or ("?" in url and not query)
    if parts.scheme not in ("http", "https") or not host or bad_port or odd or len(url) > LONGEST:
        raise NotAnAddress
    if is_link_local(host):
        raise OwnNetwork(host)
    if parts.scheme == "http" and not (plain or is_loopback(host) or host in plain_hosts):
        raise NotEncrypted(host)
    return host


def is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def is_link_local(host: str) -> bool:
    """Where clouds keep the credentials of a machine (169.254.169.254, RFC 3927; fe80::/10)."""
    address = _address(host)
    return address is not None and (address.is_link_local or address.is_multicast or address.is_unspecified)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
