"""The key that seals all that the vault holds; it lies in the environment or a file, never beside what it seals."""

from __future__ import annotations

import base64
import secrets
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.kept_file import NotKept, kept
from adapters.settings import Settings
from adapters.settings_values import MASTER_KEY_BYTES, master_key

KEY_FILE: Final = "master.key"
NONCE_BYTES: Final = 12
"""What AES-GCM is made for (NIST SP 800-38D, 8.2.2); random, as each of our keys seals far less than 2**32 texts."""
_VERSION: Final = b"\x01"
_NAME_BYTES: Final = 8
"""Enough of a digest to tell master keys apart, and no help in guessing one."""


class WrongMasterKey(Exception):
    """The vault was sealed under another master key than the one at hand, or what it holds was changed."""


class MasterKey:
    """Seals and opens with AES-256-GCM. What is sealed is bound to what it is for, so that rows can't be swapped."""

    def __init__(self, key: bytes) -> None:
        if len(key) != MASTER_KEY_BYTES:
            raise ValueError(f"a master key has {MASTER_KEY_BYTES} bytes")
        self._cipher = AESGCM(key)
        self._name = sha256(b"launchpad master key\n" + key).digest()[:_NAME_BYTES]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The master key from LAUNCHPAD_MASTER_KEY, or from the file in LAUNCHPAD_HOME, made when there is none. Raises NotKept."""
        if settings.master_key is not None:
            return cls(master_key(settings.master_key.get_secret_value()))
        path = settings.home / KEY_FILE
        text = kept(path, lambda: base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)) + b"\n")
        try:
            return cls(master_key(text.decode("latin-1").strip()))
        except ValueError as error:
            raise NotKept(f"{path} {error}; put the right one back, what it sealed opens with no other") from None

    def seal(self, purpose: str, content: bytes) -> bytes:
        """Seal that content for that purpose."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return _VERSION + self._name + nonce + self._cipher.encrypt(nonce, content, purpose.encode())

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """What was sealed for that purpose. Raises WrongMasterKey."""
        start = len(_VERSION) + _NAME_BYTES
        if sealed[:start] != _VERSION + self._name:
            raise WrongMasterKey(
                "the vault was sealed under another master key: put back the LAUNCHPAD_MASTER_KEY (or the file master.key in"
                " LAUNCHPAD_HOME) that this vault was made with, or point LAUNCHPAD_VAULT_URL to the vault of this key"
            )
        try:
            return self._cipher.decrypt(sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :], purpose.encode())
        except InvalidTag:
            raise WrongMasterKey(f"the vault's {purpose} was changed since it was sealed; restore the vault from its dump") from None
