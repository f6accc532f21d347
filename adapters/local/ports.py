"""Ports of this machine: one that is free, and whether one is taken."""

import socket

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Name a port that was free a moment ago; who starts a server on it must be ready to lose the race."""
    with socket.create_server((LOOPBACK, 0)) as chosen:
        port: int = chosen.getsockname()[1]
        return port


def is_taken(port: int) -> bool:
    """Say whether some program listens on this port of the loopback address."""
    try:
        socket.create_server((LOOPBACK, port)).close()
    except OSError:
        return True
    return False
