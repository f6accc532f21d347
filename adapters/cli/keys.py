"""`launchpad keys`: the keys that we sign tokens with, and the master key that seals the vault."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from adapters.vault.signing_keys import SigningKeys

keys = typer.Typer(
    no_args_is_help=True,
    help="The keys that we sign tokens with: list, make, rotate and retire them; and change the master key that seals the vault.",
    epilog="launchpad keys list\n\nlaunchpad keys rotate\n\nlaunchpad keys retire 20260301-9f3a1c2b\n\nlaunchpad keys change-master",
)
COLUMNS_MIN = 79
"""What the list of keys needs for no time to be broken within."""
Kid = Annotated[str, typer.Argument(metavar="KID", help="The key's id, as `launchpad keys list` shows it.")]


@keys.command("list")
def list_keys() -> None:
    """Show every key: since when and until when it signs, and until when it is published.

    \b
    launchpad keys list
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    colours = {"signing": "green", "waiting": "yellow", "verifying": "cyan", "dropped": "dim"}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("Key id", no_wrap=True)
    table.add_column("State", no_wrap=True)
    for heading in ("Signs from", "Signs until", "Last token ends", "Dropped by hand"):
        table.add_column(heading, min_width=len("2026-03-01"))  # Where there is little room, a day stands above its time.
    with _signing_keys() as signing_keys:
        listed = signing_keys.listed()
    for key, state in listed:
        times = (key.signs_from, key.signs_until, key.last_expiry, key.unpublished_at)
        table.add_row(key.kid, Text(state, style=colours[state]), *map(_time, times))
    if listed:
        Console(width=max(Console().width, COLUMNS_MIN)).print(table)
    else:
        print("there is no signing key yet; the first is made when it is needed, or now with: launchpad keys make")


@keys.command()
def make() -> None:
    """Make the first key, which signs at once; where one signs already, nothing changes.

    \b
    launchpad keys make
    """
    with _signing_keys() as signing_keys:
        print(f"{signing_keys.make().kid} signs")


@keys.command()
def rotate() -> None:
    """Make the next key: it is published now, signs in an hour, and then the old one signs no more.

    What the old one signed stays valid. Where a key waits already, nothing changes.

    \b
    launchpad keys rotate
    """
    with _signing_keys() as signing_keys:
        key = signing_keys.rotate()
        waits = any(found.kid == key.kid and state == "waiting" for found, state in signing_keys.listed())
    print(f"{key.kid} is published and signs from {_time(key.signs_from)} UTC on" if waits else f"{key.kid} signs: it is the first key")


@keys.command()
def retire(
    kid: Kid, now: Annotated[bool, typer.Option("--now", help="It was stolen: refuse whatever it signed, from now on.")] = False
) -> None:
    """End a key for signing, at once; another one takes over. What it signed stays valid until it expires, but with --now.

    \b
    launchpad keys retire 20260301-9f3a1c2b
    launchpad keys retire 20260301-9f3a1c2b --now
    """
    from adapters.vault.known_signing_keys import FRESH_SECONDS, STALE_SECONDS

    with _signing_keys() as signing_keys:
        signs = signing_keys.unpublish(kid) if now else signing_keys.retire(kid)
    print(f"{kid} {'is in no key set any more' if now else 'signs no more'}; {signs.kid} signs")
    if now:
        within, away = 2 * FRESH_SECONDS, STALE_SECONDS / 60
        print(f"whatever it signed is refused by every running process within {within:.0f} seconds")
        print(f"(within {away:.0f} minutes by one that can't reach the vault); its JWT credentials must be issued anew")


@keys.command("change-master")
def change_master(
    new_key_file: Annotated[
        Path | None, typer.Option("--new-key-file", metavar="FILE", help="The new key: 32 bytes in base64. Unset: one is made.")
    ] = None,
) -> None:
    """Seal everything in the vault under another master key. Cut off at any moment, it loses nothing: run it again.

    The file master.key in LAUNCHPAD_HOME is replaced, and running processes with that folder go on. Where LAUNCHPAD_MASTER_KEY holds the
    key, give every process LAUNCHPAD_MASTER_KEY_NEXT beside it first (docs/how-to/keys.md).

    \b
    launchpad keys change-master
    launchpad keys change-master --new-key-file /run/secrets/new-master-key
    """
    from rich.console import Console

    from adapters.cli.here import settings_here
    from adapters.vault.change_master import Changed, change_master_key

    settings = settings_here()
    with Console(stderr=True).status("sealing the vault anew") as status:
        changed = change_master_key(settings, new_key_file, lambda done: status.update(f"sealing the vault anew: {done} keys and secrets"))
    earlier = changed is Changed.FINISHED
    print("an earlier change is finished: the vault is sealed under its key" if earlier else "the vault is sealed under the new master key")
    if settings.master_key is not None:
        print("now make LAUNCHPAD_MASTER_KEY_NEXT the LAUNCHPAD_MASTER_KEY of every process, and start each again")
    print("keep the old key as long as dumps of the vault from before")


@contextmanager
def _signing_keys() -> Iterator[SigningKeys]:
    from adapters.cli.here import settings_here
    from adapters.compose import Launchpad

    with Launchpad(settings_here()) as launchpad:
        yield launchpad.vault.signing_keys


def _time(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M}"
