"""What a setting may say: text from the environment, parsed into types that cannot be wrong."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from email.errors import HeaderParseError
from email.headerregistry import Address as MailBox
from pathlib import Path
from typing import Annotated, Final, NamedTuple
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints

MASTER_KEY_BYTES: Final = 32
"""AES-256."""
PORT_MAX: Final = 65_535
OWN_TOPICS: Final = ("launchpad.commands", "launchpad.events", "launchpad.quarantine", "launchpad.usage", "launchpad.access")
"""A reply must never land in one of these, whatever a sender asks for."""


class HttpAddress(NamedTuple):
    """Where HTTP listens."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Whether that host name or address is this very machine and nothing else."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def http_address(text: object) -> object:
    """Read `host:port`; an IPv6 address stands in brackets."""
    if not isinstance(text, str):
        return text
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:/\[\]]+)):(\d{1,5})", text)
    if found is None or int(found[3]) > PORT_MAX:
        raise ValueError("is not host:port, such as 127.0.0.1:8000 or [::1]:8000")
    return HttpAddress(found[1] or found[2], int(found[3]))


def postgres_url(url: str) -> str:
    """Accept a PostgreSQL URL that names its database; the message never repeats it, since it may hold a password."""
    if not re.match(r"postgres(ql)?://", url):
        raise ValueError("is not a PostgreSQL URL: write postgresql://user:password@host:5432/database")
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        raise ValueError("can't be read as a PostgreSQL URL; special characters in a password are written as %XX") from None
    if not re.fullmatch(r"[0-9,]*", str(parts.get("port") or "")):
        raise ValueError("has a port that is no number; special characters in a password are written as %XX")
    if not parts.get("dbname"):
        raise ValueError("names no database: end it with /launchpad, or whatever your database is called")
    return url


def beside(url: str, database: str) -> str:
    """The same server and user, another database."""
    found = re.fullmatch(r"(postgres(?:ql)?://[^/?]*)(?:/[^?]*)?(\?.*)?", url)
    derived = f"{found[1]}/{database}{found[2] or ''}" if found else ""
    if found is None or conninfo_to_dict(derived).get("dbname") != database:
        raise ValueError("names its database in a way that no neighbour can be derived from; set LAUNCHPAD_VAULT_URL as well")
    return derived


def comma_separated(text: object) -> object:
    """Read `a, b` as ("a", "b")."""
    return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


def kafka_servers(servers: tuple[str, ...]) -> tuple[str, ...]:
    """Each server as host:port."""
    for server in servers:
        http_address(server)
    return servers


def reply_prefixes(prefixes: tuple[str, ...]) -> tuple[str, ...]:
    """Prefixes that can't lead a reply into one of our own topics."""
    for prefix in prefixes:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,200}", prefix):
            raise ValueError(f"{prefix!r} is no beginning of a topic's name (letters, digits, dot, dash, underscore)")
        for topic in OWN_TOPICS:
            if topic.startswith(prefix) or prefix.startswith(topic):
                raise ValueError(f"{prefix!r} would let a reply be written to {topic}; choose a longer or another prefix")
    return prefixes


def master_key(text: str) -> bytes:
    """The 32 bytes of a master key; the message never repeats the value."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64; make one with: openssl rand -base64 32") from None
    if len(key) != MASTER_KEY_BYTES:
        raise ValueError(f"holds {len(key)} bytes instead of {MASTER_KEY_BYTES}; make one with: openssl rand -base64 32")
    return key


def key_source(jwks: str) -> str:
    """Where an issuer's keys come from: https, http on this machine only (others could forge the keys on the way), or an existing file."""
    if "://" not in jwks:
        if not Path(jwks).is_file():
            raise ValueError(f"{jwks} is no file; give the path of a JWKS file or its https:// address")
        return jwks
    parts = urlsplit(jwks)
    if parts.scheme == "https" and parts.hostname:
        return jwks
    if parts.scheme == "http" and parts.hostname and is_loopback(parts.hostname):
        return jwks
    raise ValueError("must be https:// (http:// only on a loopback address), or a file; plain http lets others swap the keys")


def public_url(url: str) -> str:
    """Our own address: https, http on this machine only; without a slash at its end, since paths follow."""
    parts = urlsplit(url)
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not parts.hostname or not secure:
        raise ValueError("is not an https:// address (http:// only on a loopback address)")
    if parts.query or parts.fragment or parts.username or parts.path.endswith("/") or url.endswith(("?", "#")):
        raise ValueError("has a query, a fragment, a user or a slash at its end; write https://host or https://host/path")
    return url


def mail_address(text: str) -> str:
    """An address that a mail can be sent from and to, without a name beside it."""
    try:
        MailBox(addr_spec=text)
    except (ValueError, HeaderParseError):
        raise ValueError(f"{text!r} is no e-mail address such as launchpad@example.com") from None
    if not text.isascii() or "@" not in text:
        raise ValueError(f"{text!r} is no e-mail address such as launchpad@example.com")
    return text


MailAddress = Annotated[str, AfterValidator(mail_address)]
MailAddresses = Annotated[tuple[MailAddress, ...], BeforeValidator(comma_separated)]
PublicUrl = Annotated[str, AfterValidator(public_url)]
KeySource = Annotated[str, AfterValidator(key_source)]
PostgresUrl = Annotated[str, AfterValidator(postgres_url)]
Servers = Annotated[tuple[str, ...], BeforeValidator(comma_separated), AfterValidator(kafka_servers)]
ReplyPrefixes = Annotated[tuple[str, ...], BeforeValidator(comma_separated), AfterValidator(reply_prefixes)]
Address = Annotated[HttpAddress, BeforeValidator(http_address)]


class IssuerSettings(BaseModel):
    """Who signs tokens that we trust, and where its public keys are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    jwks: KeySource
    audience: str | None = None
    """The audience that this issuer's tokens carry, where it is not LAUNCHPAD_AUDIENCE."""
