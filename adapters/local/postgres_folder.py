"""What lies in the folder of a local PostgreSQL: its data, its settings, the superuser's password."""

import secrets
import shutil
from pathlib import Path

from adapters.local import LocalServerError, postgres_programs
from adapters.local.accounts import Account

SETTINGS = """\
# Written anew at each start.
port = {port}
listen_addresses = '127.0.0.1'
unix_socket_directories = ''  # A socket's path must be short; the loopback port is enough.
max_connections = 100
shared_buffers = 256MB
max_wal_size = 2GB            # Fewer checkpoints while commands come in bulk.
min_wal_size = 512MB          # Old segments are used again: to make a new one keeps every commit waiting for a tenth of a second.
jit = off                     # Our statements are short; compiling them costs more than it saves.
timezone = 'UTC'
log_timezone = 'UTC'
"""
# What is lost with the machine is no loss to a test.
FORGETFUL_SETTINGS = """\
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
"""
# The builtin locale is the same on every machine, whatever its LANG.
INITDB = "-U postgres -E UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 --no-instructions"

LINES_TOLD_MAX = 3
"""Of what went wrong: the reason, and what it ended."""


def create_data(folder: Path, account: Account, *, durable: bool) -> None:
    """Make the data folder under another name first: what was interrupted is made anew, and finished data are never touched."""
    if (folder / "data").exists():
        return
    unfinished = folder / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    account.own(unfinished)
    options = ["-A", "trust", "--no-sync", "--no-data-checksums"]
    if durable:
        password = folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        account.own(password)
        options = ["-A", "scram-sha-256", f"--pwfile={password}"]
    made = postgres_programs.run("initdb", "-D", str(unfinished), *INITDB.split(), *options, account=account, folder=folder)
    if made.returncode:
        # Its last line tells only that it has tidied up.
        why = [line.strip() for line in made.stderr.splitlines() if line.strip() and "removing" not in line]
        raise LocalServerError(f"initdb failed: {'; '.join(why[-LINES_TOLD_MAX:])}")
    with (unfinished / "postgresql.conf").open("a") as settings:
        settings.write("\ninclude '../server.conf'\n")
    unfinished.rename(folder / "data")


def write_settings(folder: Path, account: Account, port: int, *, durable: bool) -> None:
    """Write what the server is started with."""
    settings = folder / "server.conf"
    settings.write_text(SETTINGS.format(port=port) + ("" if durable else FORGETFUL_SETTINGS))
    account.own(settings)
