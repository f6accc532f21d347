"""Change the master key: whenever this is cut off, the vault opens with the keys at hand, and a second run ends it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Final

import psycopg
from psycopg import Connection

from adapters.kept_file import keep, kept_or_none, move
from adapters.settings import Settings
from adapters.settings_values import master_key
from adapters.vault.database import CONNECT_TIMEOUT_SECONDS
from adapters.vault.key_in_force import name_in_force
from adapters.vault.master_key import KEY_FILE, NEXT_FILE, MasterKey, new_master_key, read_master_key
from adapters.vault.resealing import reseal
from adapters.vault.vault import Vault

_LOCK: Final = "SELECT pg_try_advisory_lock(hashtext('launchpad master key'))"


class CannotChange(Exception):
    """The master key can't be changed so; the sentence says what to do."""


class Changed(Enum):
    """What was done."""

    WHOLE = "whole"
    FINISHED = "finished"
    """An earlier change that was cut off; the key is that one's."""


def change_master_key(settings: Settings, new_key_file: Path | None, progress: Callable[[int], None]) -> Changed:
    """Seal the whole vault under another master key: that of the file, of the settings, or a new one.

    Tells `progress` how many things were sealed anew. Raises CannotChange, NotKept, WrongMasterKey, NotMigrated, OperationalError.
    """
    master = MasterKey.of(settings)
    Vault(settings.vault, master).close()  # It tells a wrong key, and makes what a vault that was never opened lacks.
    with psycopg.connect(settings.vault, autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS) as connection:
        if connection.execute(_LOCK).fetchone() != (True,):
            raise CannotChange("the master key is being changed by another command at this moment; wait for its end")
        if settings.master_key is not None:
            return _change_in_environment(settings, new_key_file, connection, master, progress)
        return _change_in_file(settings, new_key_file, connection, master, progress)


def _change_in_environment(
    settings: Settings, new_key_file: Path | None, connection: Connection, master: MasterKey, progress: Callable[[int], None]
) -> Changed:
    if settings.master_key_next is None or new_key_file is not None:
        raise CannotChange(
            "LAUNCHPAD_MASTER_KEY is set: give every process, and this command, the new key as LAUNCHPAD_MASTER_KEY_NEXT beside it and"
            " start them again; then run this without a file"
        )
    new = MasterKey(master_key(settings.master_key_next.get_secret_value()))
    if name_in_force(connection) == new.name:
        return Changed.FINISHED
    reseal(connection, master, new, progress)
    return Changed.WHOLE


def _change_in_file(
    settings: Settings, new_key_file: Path | None, connection: Connection, master: MasterKey, progress: Callable[[int], None]
) -> Changed:
    path, next_path = settings.home / KEY_FILE, settings.home / NEXT_FILE
    begun, wanted = kept_or_none(next_path), _wanted(settings, new_key_file)
    in_force = name_in_force(connection)
    if begun is not None and MasterKey(read_master_key(next_path, begun)).name == in_force:
        move(next_path, path)  # Cut off when all was sealed already.
        if wanted is None or MasterKey(read_master_key(path, wanted)).name == in_force:
            return Changed.FINISHED
        begun = None
    text = wanted or begun or new_master_key()
    new = MasterKey(read_master_key(new_key_file or next_path, text))
    if new.name == in_force:
        raise CannotChange("the vault is sealed under that key already: give another one, or none, and one is made")
    keep(next_path, text)
    reseal(connection, master, new, progress)
    move(next_path, path)
    return Changed.WHOLE


def _wanted(settings: Settings, new_key_file: Path | None) -> bytes | None:
    if new_key_file is not None:
        text = kept_or_none(new_key_file)
        if text is None:
            raise CannotChange(f"{new_key_file} is no file; make one with: (umask 077; openssl rand -base64 32 > {new_key_file})")
        return text
    return None if settings.master_key_next is None else settings.master_key_next.get_secret_value().encode()
