"""Personal data sealed under the person's own key, so that deleting one key erases him everywhere, backups included."""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.vault.master_key import NONCE_BYTES
from adapters.vault.person_keys import PersonKeys

ERASED: Final = "(erased)"
"""What an erased person's data reads as."""
SEALED_PREFIX: Final = "sealed1."
"""Says how it was sealed: another way gets another number."""
ERASED_KNOWN_SECONDS: Final = 2
"""One page of events asks once for the persons erased, not once for each event."""


class CannotOpen(Exception):
    """Not sealed text, or sealed for another person, or changed since."""


def seal(key: bytes, person: UUID, text: str) -> str:
    """Seal that text for that person (AES-256-GCM, a random nonce; it opens for nobody else)."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, text.encode(), person.bytes)
    return SEALED_PREFIX + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def open_(key: bytes, person: UUID, sealed: str) -> str:
    """The text that was sealed for that person. Raises CannotOpen."""
    if not sealed.startswith(SEALED_PREFIX):
        raise CannotOpen("this is not sealed text")
    encoded = sealed[len(SEALED_PREFIX) :]
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], person.bytes).decode()
    except (InvalidTag, binascii.Error, ValueError):
        raise CannotOpen("this text was sealed for another person, or changed since") from None


class PersonalDataVault:
    """Seals and opens for the codec. Prepare for all persons of a batch or page at once: then it asks the vault once."""

    def __init__(self, keys: PersonKeys) -> None:
        self._keys = keys
        self._erased: tuple[frozenset[UUID], float] = (frozenset(), 0.0)

    def prepare_sealing(self, persons: Iterable[UUID]) -> None:
        """Have the keys of these persons at hand; who has none gets one, before anything about him is written."""
        self._keys.for_sealing(persons)

    def prepare_opening(self, persons: Iterable[UUID]) -> None:
        """Have the keys of these persons at hand, and know who was erased."""
        asked = frozenset(persons)
        if asked:
            erased = asked.difference(self._keys.for_opening(asked))
            self._erased = (erased, time.monotonic() + ERASED_KNOWN_SECONDS)

    def seal(self, person: UUID, text: str) -> str:
        """Seal that text under that person's key."""
        return seal(self._keys.for_sealing((person,))[person], person, text)

    def open(self, person: UUID, sealed: str) -> str:
        """The plain text, or `(erased)`. Raises CannotOpen."""
        erased, until = self._erased
        if person in erased and time.monotonic() < until:
            return ERASED
        key = self._keys.for_opening((person,)).get(person)
        return ERASED if key is None else open_(key, person, sealed)
