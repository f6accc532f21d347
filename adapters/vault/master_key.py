"""The key that seals all that the vault holds; it lies in the environment or a file, never beside what it seals."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.kept_file import NotKept, kept, kept_or_none
from adapters.settings import Settings
from adapters.settings_values import MASTER_KEY_BYTES, master_key

KEY_FILE: Final = "master.key"
NEXT_FILE: Final = "master.key.next"
"""Lies beside the other while the master key is changed: the vault opens with one of the two, whenever the change was cut off."""
NONCE_BYTES: Final = 12
"""What AES-GCM is made for (NIST SP 800-38D, 8.2.2); random, as each of our keys seals far less than 2**32 texts."""
_VERSION: Final = b"\x01"
_NAME_BYTES: Final = 8
"""Enough of a digest to tell master keys apart, and no help in guessing one."""


class WrongMasterKey(Exception):
    """The vault was sealed under another master key than the one at hand, or what it holds was changed."""


class MasterKey:
    """Seals and opens with AES-256-GCM. What is sealed is bound to what it is for, so that rows can't be swapped.

    While the key is changed there are two, and it opens what either sealed; `look_again` tells which keys there are now, for a process
    that runs on while they change. It seals with the first, or with the one in `use`.
    """

    def __init__(self, key: bytes, *others: bytes, look_again: Callable[[], Sequence[bytes]] | None = None) -> None:
        self._ciphers = _ciphers((key, *others))
        self._name = _name(key)
        self._look_again = look_again

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The master key from LAUNCHPAD_MASTER_KEY, or from the file in LAUNCHPAD_HOME, made when there is none. Raises NotKept."""
        return cls(*_at_hand(settings), look_again=lambda: _at_hand(settings))

    @property
    def name(self) -> bytes:
        """Of the key that it seals with."""
        return self._name

    def use(self, name: bytes) -> None:
        """Seal with the key of that name from now on. Raises WrongMasterKey."""
        self._find(name)
        self._name = name

    def seal(self, purpose: str, content: bytes) -> bytes:
        """Seal that content for that purpose."""
        nonce, name = secrets.token_bytes(NONCE_BYTES), self._name
        return _VERSION + name + nonce + self._ciphers[name].encrypt(nonce, content, purpose.encode())

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """What was sealed for that purpose. Raises WrongMasterKey."""
        start = len(_VERSION) + _NAME_BYTES
        cipher = self._find(name_of(sealed))
        try:
            return cipher.decrypt(sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :], purpose.encode())
        except InvalidTag:
            raise WrongMasterKey(f"the vault's {purpose} was changed since it was sealed; restore the vault from its dump") from None

    def _find(self, name: bytes) -> AESGCM:
        if name not in self._ciphers and self._look_again is not None:
            self._ciphers |= _ciphers(self._look_again())
        if name not in self._ciphers:
            raise WrongMasterKey(
                "the vault was sealed under another master key: put back the LAUNCHPAD_MASTER_KEY (or the file master.key in"
                " LAUNCHPAD_HOME) that this vault was made with or changed to, and start this again; or point LAUNCHPAD_VAULT_URL to the"
                " vault of this key"
            )
        return self._ciphers[name]


def name_of(sealed: bytes) -> bytes:
    """The name of the master key that sealed this."""
    return sealed[len(_VERSION) : len(_VERSION) + _NAME_BYTES] if sealed.startswith(_VERSION) else b""


def new_master_key() -> bytes:
    """A new random key, as its file holds it."""
    return base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)) + b"\n"


def read_master_key(path: Path, text: bytes) -> bytes:
    """The key in that file. Raises NotKept."""
    try:
        return master_key(text.decode("latin-1").strip())
    except ValueError as error:
        raise NotKept(f"{path} {error}; put the right one back, what it sealed opens with no other") from None


def _at_hand(settings: Settings) -> list[bytes]:
    """The one that should seal stands first."""
    coming = [] if settings.master_key_next is None else [master_key(settings.master_key_next.get_secret_value())]
    if settings.master_key is not None:
        return [master_key(settings.master_key.get_secret_value()), *coming]
    path, next_path = settings.home / KEY_FILE, settings.home / NEXT_FILE
    following = kept_or_none(next_path)  # Looked for first: it may be given the other's name at this very moment.
    key = read_master_key(path, kept(path, new_master_key))
    return [key, *([] if following is None else [read_master_key(next_path, following)]), *coming]


def _ciphers(keys: Sequence[bytes]) -> dict[bytes, AESGCM]:
    if any(len(key) != MASTER_KEY_BYTES for key in keys):
        raise ValueError(f"a master key has {MASTER_KEY_BYTES} bytes")
    return {_name(key): AESGCM(key) for key in keys}


def _name(key: bytes) -> bytes:
    return sha256(b"launchpad master key\n" + key).digest()[:_NAME_BYTES]
