"""The client's own address and scheme behind a reverse proxy, from forwarded headers.

Any client can send these headers, so they count only from a peer that the settings list as a
trusted proxy.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(entries: Sequence[str]) -> tuple[Network, ...]:
    """Parse addresses and networks (`10.0.0.0/8`). Raises `ValueError`."""
    return tuple(ipaddress.ip_network(entry, strict=False) for entry in entries)


def as_client_sent(scope: Scope, trusted: Sequence[Network]) -> Scope:
    """The scope with the client's own address and scheme, if the peer is a trusted proxy.

    `X-Forwarded-For` is read from its end, the part that trusted proxies appended: the first
    address that is not theirs is the client's.
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
