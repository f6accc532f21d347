"""Where a webhook may be called: its host is looked up, and the very addresses that were found are judged and used."""

from __future__ import annotations

import ipaddress
import socket
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from adapters.settings import Settings

HTTPS_PORT: Final = 443
HTTP_PORT: Final = 80
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses inside of IPv6 ones (RFC 6052): a gateway would bring us to the one inside."""

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotAllowed(Exception):
    """An address that is not called; the sentence says why."""


class Unresolved(Exception):
    """The host has no address at the moment."""


class Place(NamedTuple):
    """Where to connect to, and what to say there."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query."""
    addresses: tuple[str, ...]


def place_of(url: str, settings: Settings) -> Place:
    """Look the host up, and judge every address that it has. Raises NotAllowed, Unresolved."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.webhook_http):
        raise NotAllowed("a webhook is called by https")
    host = parts.hostname or ""
    try:
        port = parts.port or (HTTPS_PORT if parts.scheme == "https" else HTTP_PORT)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        raise Unresolved("the host has no address") from None
    addresses = tuple(dict.fromkeys(str(each[4][0]) for each in found))
    if not settings.webhook_private_addresses and not all(map(is_public, addresses)):
        raise NotAllowed("the host has a private, loopback or link-local address, or another one that is not of the public internet")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, host, port, target, addresses)


def is_public(text: str) -> bool:
    """Whether that address is one of the public internet, also after every gateway that we may be behind."""
    try:
        address: IpAddress = ipaddress.ip_address(text)
    except ValueError:
        return False  # With a zone (fe80::1%eth0) it is link-local anyway.
    return _is_public(address)


def _is_public(address: IpAddress) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address in NAT64:
        return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    if address.is_site_local:
        return False
    inner = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
    return all(each is None or _is_public(each) for each in inner)
