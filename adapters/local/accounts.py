"""PostgreSQL refuses to run as root: then it runs as a system user, who must be able to reach its files."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from adapters.local import LocalServerError

# Both may exist already; we create no user on a machine that is not ours.
SYSTEM_USERS = ("postgres", "nobody")


class RunAs(TypedDict, total=False):
    """The arguments of subprocess that name a user; none where we are an ordinary user already."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """Who runs the server: ourselves, or a system user when we are root."""

    uid: int
    gid: int
    name: str
    run_as: RunAs

    def closed_folder(self, path: Path) -> Path | None:
        """Name the first folder on the way to a path that this account may not pass, if there is one."""
        if not self.run_as:
            return None  # We run it ourselves, and what we can't pass raises as we come to it.
        for folder in [*reversed(path.resolve().parents), path.resolve()]:
            status = folder.stat()
            pass_bit = 0o100 if status.st_uid == self.uid else 0o010 if status.st_gid == self.gid else 0o001
            if not status.st_mode & pass_bit:
                return folder
        return None

    def own(self, path: Path) -> None:
        """Make a file or an empty folder this account's."""
        if self.run_as:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """Choose who runs a server that refuses root."""
    uid = os.geteuid()
    if uid != 0:
        return Account(uid, os.getegid(), str(uid), RunAs())
    for name in SYSTEM_USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(user.pw_uid, user.pw_gid, name, RunAs(user=user.pw_uid, group=user.pw_gid, extra_groups=[]))
    raise LocalServerError(f"PostgreSQL refuses to run as root, and none of the users {', '.join(SYSTEM_USERS)} exists here")
