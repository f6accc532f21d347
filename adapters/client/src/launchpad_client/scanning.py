"""Find credentials of Launchpad Apps in any text or binary stream: offline, in one pass, in bounded memory.

An API key or a client secret is told by form and checksum, so a look-alike is not reported. A token (JWT) has no checksum: what has the
structure of ours is reported as likely, and only Launchpad Apps can confirm it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from launchpad_client import keys, tokens

CHUNK_BYTES: Final = 1024 * 1024
"""Looked at together."""
CREDENTIAL_BYTES_MAX: Final = 2 * tokens.TOKEN_LETTERS_MAX
"""The longest one, two bytes a letter: what begins nearer to the end of a chunk may go on in the next."""
_KEY: Final = re.compile(keys.FORM.encode())
_TOKEN: Final = re.compile(tokens.FORM.encode())
# Plain letters are found fast; all else is looked at where they are. With a zero behind each letter, it is UTF-16.
_BEGINNINGS: Final = ((re.compile(rb"lp[kc]"), _KEY), (re.compile(rb"eyJ"), _TOKEN))
_WIDE_BEGINNINGS: Final = (
    (re.compile(rb"l\x00p\x00[kc](?=\x00[lt]\x00)"), _KEY),
    (re.compile(rb"e\x00y\x00J(?=(?:\x00[A-Za-z0-9_-]){1,%d}\x00\.\x00e\x00y\x00J)" % tokens.HEADER_LETTERS_MAX), _TOKEN),
)
_UTF_16: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Readable(Protocol):
    """A binary file, a pipe, or whatever else gives bytes: none at its end."""

    def read(self, size: int, /) -> bytes:
        """At most that many bytes."""
        ...


class Identified(NamedTuple):
    """What a credential says of itself."""

    kind: str
    """`api_key`, `oauth_client`, `jwt`, or `access_token`: what our token endpoint gave to a client."""
    credential_id: UUID
    """Of an access token: the credential that it was given for."""
    certain: bool
    """Whether a checksum proves it; a token only looks like one of ours."""
    masked: str
    """What may be shown: enough to recognise it by, nothing to use it with."""


@dataclass(frozen=True, slots=True)
class Found:
    """A credential, and where it stands."""

    credential: Identified
    text: str = field(repr=False)
    """The credential as a whole: show it to nobody."""
    offset: int
    """In bytes, from 0."""
    line: int
    """From 1."""


def scan(source: Readable | bytes | str, *, chunk_bytes: int = CHUNK_BYTES) -> Iterator[Found]:
    """Every credential in a text, in bytes or in a binary stream, each once, in order. Reads UTF-16 as well as UTF-8 and its relatives."""
    if isinstance(source, str):
        source = source.encode("utf-8", "surrogatepass")
    stream: Readable = BytesIO(source) if isinstance(source, bytes) else source
    encoding: str | None = None
    buffer, start, line, last = b"", 0, 1, False
    while not last:
        chunk = _read(stream, chunk_bytes)
        last = len(chunk) < chunk_bytes
        buffer += chunk
        if start == 0:
            encoding = _UTF_16.get(buffer[:2])
        # What begins behind `end` may go on in the next chunk, and is looked at with that one. Even, for the sake of UTF-16.
        end = len(buffer) if last else max(0, len(buffer) - CREDENTIAL_BYTES_MAX) // 2 * 2
        passed = 0
        for offset, text in sorted(_candidates(buffer, end)):
            credential = identify(text)
            if credential is not None:
                line += _newlines(buffer[passed:offset], encoding)
                passed = offset
                yield Found(credential, text, start + offset, line)
        line += _newlines(buffer[passed:end], encoding)
        buffer, start = buffer[end:], start + end


def identify(text: str) -> Identified | None:
    """What a text is that is nothing but a credential; none where it is no credential of ours."""
    try:
        if text.startswith("eyJ"):
            token = tokens.read_token(text)
            return Identified(token.kind, token.credential_id, certain=False, masked="eyJ...")
        key = keys.parse(text)
        return Identified(key.kind, key.credential_id, certain=True, masked=f"{text[: text.index('_')]}_{key.key_id}_...")
    except (tokens.NotAToken, keys.NotACredential):
        return None


def _read(stream: Readable, size: int) -> bytes:
    """As many bytes as there are, up to that size: a pipe gives fewer at a time."""
    read = stream.read(size)
    while len(read) < size and (more := stream.read(size - len(read))):
        read += more
    return read


def _candidates(buffer: bytes, end: int) -> Iterator[tuple[int, str]]:
    """What has the form of a credential and begins before `end`. They may overlap: a look-alike hides none that begins inside of it."""
    for beginning, form in _BEGINNINGS:
        for begun in beginning.finditer(buffer):
            if begun.start() >= end:
                break
            if found := form.match(buffer, begun.start()):
                yield begun.start(), found[0].decode("ascii")
    if b"\x00" not in buffer:
        return
    for beginning, form in _WIDE_BEGINNINGS:
        for begun in beginning.finditer(buffer):
            if begun.start() >= end:
                break
            if found := form.match(_narrowed(buffer[begun.start() : begun.start() + CREDENTIAL_BYTES_MAX])):
                yield begun.start(), found[0].decode("ascii")


def _narrowed(wide: bytes) -> bytes:
    """Every other byte, as far as those between are zero: either order of UTF-16 looks so from its first letter on."""
    zeros = wide[1::2]
    return wide[: 2 * (len(zeros) - len(zeros.lstrip(b"\x00"))) + 1 : 2]


def _newlines(part: bytes, encoding: str | None) -> int:
    return part.count(b"\n") if encoding is None else part.decode(encoding, "replace").count("\n")
