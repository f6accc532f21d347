"""A message on its way out."""

from __future__ import annotations

from typing import NamedTuple

Headers = list[tuple[str, bytes]]


class Outgoing(NamedTuple):
    """A message on its way out. The partition is given, since kafka-python's hash of keys is slow."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes
    headers: Headers
