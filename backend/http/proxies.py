"""Who really asks when a proxy stands in front: forwarded headers, from proxies that are trusted.

Anybody can write such headers, so they count only where the peer itself is on the list of the
settings. Knows headers and addresses; nothing of tokens or routes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(entries: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks (`10.0.0.0/8`) as values. Raises `ValueError`."""
    return tuple(ipaddress.ip_network(entry, strict=False) for entry in entries)


def as_asked(scope: Scope, trusted: Sequence[Network]) -> Scope:
    """The scope with the client's own address and scheme, where a trusted proxy tells them.

    `X-Forwarded-For` is read from its end, the only part that the trusted proxies wrote: the
    first address that is none of theirs is the client's.
    """
    peer = scope["client"][0] if scope.get("client") else ""
    if not trusted or not _is_in(peer, trusted):
        return scope
    headers = Headers(scope=scope)
    scope = dict(scope)
    named = ",".join(headers.getlist("x-forwarded-for")).split(",")
    for address in (entry.strip() for entry in reversed(named)):
        if not _is_address(address):
            break
        scope["client"] = (address, 0)
        if not _is_in(address, trusted):
            break
    if headers.get("x-forwarded-proto", "").strip().lower() == "https":
        scope["scheme"] = "wss" if scope["type"] == "websocket" else "https"
    return scope


def _is_in(address: str, trusted: Sequence[Network]) -> bool:
    if not _is_address(address):
        return False
    value = ipaddress.ip_address(address)
    mapped = getattr(value, "ipv4_mapped", None)
    return any((mapped or value) in network for network in trusted)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
