"""Ports of this machine: one that is free, and whether one is taken."""

import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
# Below the ports that systems lend to outgoing connections (from 32768 on): a client that tries again and again to reach a server that
# is down would otherwise be lent the server's own port one day, connect to itself, and keep the server from coming back.
PORTS = range(20_000, 32_000)


def free_port(kept_in: Path | None = None) -> int:
    """Name a port that is free at the moment: the one that was kept, if it still is, so that a second start has the first one's address."""
    kept = kept_in.read_text() if kept_in is not None and kept_in.exists() else ""
    if kept.isdigit() and not is_taken(int(kept)):
        return int(kept)
    port = next(port for port in iter(lambda: random.choice(PORTS), None) if not is_taken(port))  # noqa: S311 - nothing is secret here
    if kept_in is not None:
        kept_in.write_text(str(port))
    return port


def is_taken(port: int) -> bool:
    """Say whether some program listens on this port of the loopback address."""
    try:
        socket.create_server((LOOPBACK, port)).close()
    except OSError:
        return True
    return False
