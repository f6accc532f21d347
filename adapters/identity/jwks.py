"""The keys of one issuer, as fresh as need be: a key that the issuer retires is not trusted any longer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

REFRESH_SECONDS: Final = 300
"""A retired key is trusted for at most twice this long."""
RETRY_SECONDS: Final = 10
"""Unknown key ids make us ask the issuer at most this often, whoever invents them."""
STALE_SECONDS: Final = 3600
"""An issuer that we can't ask for an hour is not trusted on old keys; by then it has issued no tokens either."""
FETCH_TIMEOUT_SECONDS: Final = 5
KEY_SET_BYTES_MAX: Final = 256 * 1024
"""Issuers publish a few kilobytes."""
RSA_BITS_MIN: Final = 2048
"""NIST SP 800-57: less is broken within reach."""

VerifyKey = ECKey | RSAKey
KeyTable = dict[tuple[str, str], VerifyKey]
"""(key id, algorithm) -> key: a key serves the one algorithm that its own kind says, never what a token says."""

log = structlog.get_logger(__name__)


class KeysUnreadable(Exception):
    """What should be a JWKS can't be fetched or read."""


class Keys(Protocol):
    """Where the verifier finds an issuer's keys."""

    generation: int
    """Grows with every change of the keys: what was verified before counts no more."""
    due: float
    """When the keys must be looked at again (UNIX time)."""

    def find(self, kid: str, algorithm: str, now: float) -> tuple[VerifyKey, int] | None: ...
    def look_again(self, now: float) -> None: ...


class IssuerKeys:
    """Keys from a JWKS. `fetch` returns its bytes, or raises OSError or KeysUnreadable."""

    def __init__(self, issuer: str, fetch: Callable[[], bytes]) -> None:
        self.issuer = issuer
        self.generation = 0
        self.due = 0.0
        self._fetch = fetch
        self._in_force: tuple[KeyTable, int] = ({}, 0)
        self._described: frozenset[tuple[str, str, str]] = frozenset()
        self._tried_at = self._fresh_at = float("-inf")
        self._lock = threading.Lock()

    def find(self, kid: str, algorithm: str, now: float) -> tuple[VerifyKey, int] | None:
        """The key of that id for that algorithm and the generation it belongs to. Raises KeysUnreadable while there are no keys at all."""
        if now >= self.due:
            self.look_again(now)
        found = self._look_up(kid, algorithm)
        if found is None:
            self._refresh_now(now)
            found = self._look_up(kid, algorithm)
        if found is None and not self._in_force[0]:
            raise KeysUnreadable(f"the keys of {self.issuer} can't be had")
        return found

    def look_again(self, now: float) -> None:
        """Refresh keys that are due: in the background, or at once where nobody asked for so long that they prove little."""
        if now >= self.due + REFRESH_SECONDS:
            self._refresh_now(now)
            return
        self.due = now + RETRY_SECONDS
        threading.Thread(target=self._refresh_now, args=(now,), name="issuer keys", daemon=True).start()

    def _look_up(self, kid: str, algorithm: str) -> tuple[VerifyKey, int] | None:
        keys, generation = self._in_force
        key = keys.get((kid, algorithm))
        return None if key is None else (key, generation)

    def _refresh_now(self, now: float) -> None:
        with self._lock:  # Whoever waited here finds the keys fetched, or the issuer asked a moment ago.
            if 0 <= now - self._tried_at < RETRY_SECONDS:
                return
            self._tried_at = now
            try:
                keys = read_key_set(self._fetch())
            except (OSError, KeysUnreadable) as error:
                self.due = now + RETRY_SECONDS
                log.warning("issuer keys not refreshed", issuer=self.issuer, error=type(error).__name__)
                if now - self._fresh_at > STALE_SECONDS:
                    self._use({})
                return
            self._fresh_at, self.due = now, now + REFRESH_SECONDS
            self._use(keys)

    def _use(self, keys: KeyTable) -> None:
        described = frozenset((kid, algorithm, key.thumbprint()) for (kid, algorithm), key in keys.items())
        if described != self._described:
            self._described = described
            self._in_force = (keys, self.generation + 1)
            self.generation += 1


def read_key_set(text: bytes) -> KeyTable:
    """The keys of a JWKS that we can use: EC P-256 for ES256, RSA for RS256; all else in it is passed over. Raises KeysUnreadable."""
    try:
        entries = json.loads(text)["keys"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise KeysUnreadable("not a JWKS") from None
    if not isinstance(entries, list):
        raise KeysUnreadable("not a JWKS")
    keys: KeyTable = {}
    for entry in entries:
        try:
            key = _usable(entry)
        except (JoseError, UnsupportedAlgorithm, ValueError, TypeError, KeyError):
            continue  # RFC 7517, section 5: a key that is not understood doesn't spoil the others.
        if key is not None:
            keys.setdefault((entry["kid"], "ES256" if isinstance(key, ECKey) else "RS256"), key)
    return keys


def _usable(entry: object) -> VerifyKey | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or entry.get("use", "sig") != "sig":
        return None
    if entry.get("kty") == "EC" and entry.get("crv") == "P-256" and entry.get("alg", "ES256") == "ES256":
        return ECKey.import_key({name: entry[name] for name in ("kty", "crv", "x", "y")})
    if entry.get("kty") == "RSA" and entry.get("alg", "RS256") == "RS256":
        key = RSAKey.import_key({name: entry[name] for name in ("kty", "n", "e")})
        return key if key.public_key.key_size >= RSA_BITS_MIN else None
    return None


def keys_from(issuer: str, source: str) -> IssuerKeys:
    """The keys of an issuer at an https address or in a file."""
    return IssuerKeys(issuer, (lambda: _download(source)) if "://" in source else (lambda: _read(Path(source))))


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(KEY_SET_BYTES_MAX)


class _NoRedirect(HTTPRedirectHandler):
    """A redirect could lead from https to anywhere."""

    def redirect_request(self, *_: object, **__: object) -> None:
        raise URLError("the JWKS address answers with a redirect; give the final address")


def _download(url: str) -> bytes:
    request = Request(url, headers={"Accept": "application/json"})  # noqa: S310 - the settings allow https, or http on loopback
    with build_opener(_NoRedirect).open(request, timeout=FETCH_TIMEOUT_SECONDS) as answer:
        body: bytes = answer.read(KEY_SET_BYTES_MAX + 1)
    if len(body) > KEY_SET_BYTES_MAX:
        raise KeysUnreadable("the JWKS is too large")
    return body
