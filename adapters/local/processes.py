"""Processes of this machine: ids are given again, so a process is known by its id and its command line."""

import subprocess
from pathlib import Path


def living(pid: int, named: str) -> int | None:
    """Give the process id back if that process lives and its command line holds this name."""
    return pid if named in _command(pid) else None


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):  # The second where it ends while it is looked at.
        if Path("/proc/self").exists():
            return ""
    # No /proc, as on macOS; the system's own ps is always there.
    return subprocess.run(["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
