"""Which item people mean: a key in any case, ``connection:id``, or the address that they copied."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sqlalchemy import Connection

from connectors.model import Item
from sync.store import items

_KEYS = (
    (re.compile(r"/browse/([A-Za-z][A-Za-z0-9_]*-\d+)"), r"\1"),
    (re.compile(r"/([^/]+/[^/]+)/issues/(\d+)"), r"\1#\2"),
    (re.compile(r"/(?:agent/)?(?:tickets|requests)/(\d+)"), r"ZD-\1"),
    (
        re.compile(r"/(?:.*[/-])?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})"),
        r"\1-\2-\3-\4-\5",
    ),
)
"""The path of an address in each of the tools, and the key or id that it shows."""


class NotOne(Exception):
    """No item or several are called so: the message says what to write."""


def meant(tx: Connection, name: str) -> Item:
    """The one item that ``name`` stands for. Raises NotOne."""
    address = urlsplit(name) if name.lower().startswith(("http://", "https://")) else None
    called = _called(address.path) if address else name
    found = [stored.item for stored in items.find(tx, called)] if called else []
    if address:
        found = [item for item in found or _formerly(tx, called) if _host(item.url) == _host(name)]
    else:
        # A bare number is an id in several tools at once.
        found = [item for item in found if called.lower() in (item.ref.key.lower(), _full(item))]
        found = found or _formerly(tx, called)
    if not found:
        raise NotOne(
            "no item of this name has been seen; a new one is known a minute after it is made "
            "(keys look like ENG-12, ZD-9 or acme/app#12)"
        )
    if len(found) > 1:
        raise NotOne(f"several are called so; write one of {', '.join(map(_full, found))}")
    return found[0]


def _formerly(tx: Connection, called: str) -> list[Item]:
    """Items that were called so before they were moved or renamed."""
    return [stored.item for stored in items.formerly(tx, called)]


def _host(address: str) -> str:
    return urlsplit(address).netloc.lower()


def _called(path: str) -> str:
    for pattern, name in _KEYS:
        if hit := pattern.fullmatch(path.rstrip("/")):
            return hit.expand(name)
    return ""


def _full(item: Item) -> str:
    return f"{item.ref.connection}:{item.ref.id}"
