"""`launchpad migrate`: bring the databases up to this version."""

from __future__ import annotations


def migrate() -> None:
    """Create or update the tables of log, read models and vault.

    Safe to repeat, and when two start at once. Needs LAUNCHPAD_DATABASE_URL, as the database's owner.

    \b
    launchpad migrate
    """
    from adapters import compose
    from adapters.cli.here import settings_here

    applied = compose.migrate(settings_here())
    for name in applied:
        print(f"applied {name}")
    print(f"{len(applied)} applied; both databases are up to date" if applied else "nothing to do: both databases are up to date")
