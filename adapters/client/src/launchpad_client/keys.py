"""A credential's text: `<prefix>_<key id>_<secret><checksum>`. The one copy of its format, checksum and digest.

The prefix names kind and environment, the key id (the credential's UUID in hex) is what it is looked up by, the secret is 256 random
bits, and the checksum (CRC32) lets a scanner tell a real key from a look-alike without asking anybody. Whoever makes a credential
shows its text once and sends only the digest.
"""

from __future__ import annotations

import hmac
import re
import secrets
import string
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID
from zlib import crc32

SECRET_BITS: Final = 256
"""At this entropy a plain SHA-256 can't be searched; bcrypt would only slow the gateway."""
SECRET_LETTERS: Final = 43
"""62**43 > 2**256."""
CHECKSUM_LETTERS: Final = 6
"""62**6 > 2**32."""
CREDENTIAL_LETTERS_MAX: Final = 128
"""Longer than any credential: what is longer is refused unread."""
_DIGITS: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
FORM: Final = rf"(lpk|lpc)(live|test)_([0-9a-f]{{32}})_([0-9A-Za-z]{{{SECRET_LETTERS}}})([0-9A-Za-z]{{{CHECKSUM_LETTERS}}})"
"""What every credential looks like; only its checksum tells it from a look-alike."""
_FORM: Final = re.compile(FORM, re.ASCII)


class Environment(StrEnum):
    LIVE = "live"
    TEST = "test"


_PREFIXES: Final = {"api_key": "lpk", "oauth_client": "lpc"}
_KINDS: Final = {prefix: kind for kind, prefix in _PREFIXES.items()}


class NotACredential(Exception):
    """A text that is no credential of ours; it is not repeated here, since it may be somebody's secret."""


@dataclass(frozen=True, slots=True)
class MadeCredential:
    """A new credential. Show `text` once, keep it nowhere, send `digest`."""

    text: str = field(repr=False)
    key_id: str
    digest: str


@dataclass(frozen=True, slots=True)
class ParsedCredential:
    """A well-formed credential; whether it is a valid one, only Launchpad Apps can tell."""

    kind: str
    environment: Environment
    key_id: str
    digest: str = field(repr=False)

    @property
    def credential_id(self) -> UUID:
        """The credential's id."""
        return UUID(hex=self.key_id)


def make_credential(kind: str, environment: Environment | str, credential_id: UUID) -> MadeCredential:
    """A new secret for a credential of that id and kind (`api_key` or `oauth_client`). Raises ValueError."""
    if kind not in _PREFIXES:
        raise ValueError(f"a secret is made for {' or '.join(_PREFIXES)}; a jwt is signed, not made up")
    key_id = credential_id.hex
    secret = _base62(secrets.randbits(SECRET_BITS), SECRET_LETTERS)
    bare = f"{_PREFIXES[kind]}{Environment(environment)}_{key_id}_{secret}"
    text = bare + checksum(bare)
    return MadeCredential(text, key_id, digest(text))


def parse(text: str) -> ParsedCredential:
    """Read a credential; form and checksum are verified, offline. Raises NotACredential."""
    found = _FORM.fullmatch(text) if len(text) <= CREDENTIAL_LETTERS_MAX else None
    if found is None:
        raise NotACredential("this is not a credential of Launchpad Apps (lpk... or lpc..., three parts separated by _)")
    prefix, environment, key_id, _, check = found.groups()
    if not compare_digest(check, checksum(text[:-CHECKSUM_LETTERS])):
        raise NotACredential("the credential's checksum is wrong: it was mistyped or cut; copy it again as a whole")
    return ParsedCredential(_KINDS[prefix], Environment(environment), key_id, digest(text))


def digest(text: str) -> str:
    """What is sent and stored in place of the credential: SHA-256 of the whole text, in lower-case hex."""
    return sha256(text.encode()).hexdigest()


def checksum(bare: str) -> str:
    """The checksum of prefix, key id and secret: CRC32 in base62."""
    return _base62(crc32(bare.encode()), CHECKSUM_LETTERS)


def compare_digest(one: str, other: str) -> bool:
    """Whether two digests are equal, in a time that tells nothing about where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def _base62(number: int, letters: int) -> str:
    text = ""
    for _ in range(letters):
        number, digit = divmod(number, len(_DIGITS))
        text = _DIGITS[digit] + text
    return text
