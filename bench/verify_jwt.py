"""Our check of a JWT credential as far as it needs no database, beside joserfc's decode and claims: the same tokens, the same key."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice, repeat
from typing import Final, NamedTuple
from uuid import UUID, uuid4

from joserfc import jwt

from adapters.checking.presented import read
from adapters.checking.verdict import judged
from adapters.compose import Launchpad
from adapters.identity.own_tokens import ALGORITHM, OwnTokens
from adapters.logging import set_up_logging
from adapters.settings import Settings
from launchpad_client.keys import digest
from readmodels.access import AccessAnswer

TURN: Final = 50
"""Tokens in one turn: short beside the machine's moods."""
LIFETIME: Final = timedelta(days=1)
NOBODY: Final = UUID(int=0)


class SignedToken(NamedTuple):
    """A JWT credential, and what its row says."""

    text: str
    credential_id: UUID
    app_id: UUID
    digest: str


class Rates(NamedTuple):
    """Checks a second of one processor's time."""

    first: float
    again: float
    joserfc: float


class TokenChecker:
    """Signs tokens as the server does, and checks them in its own process: no question, no HTTP."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        set_up_logging("json", "warning")
        self._launchpad = Launchpad(Settings.load(environment))
        self._tokens: list[SignedToken] = []

    def sign(self, count: int, product_id: UUID) -> list[SignedToken]:
        """So many tokens, ten of each app."""
        now, own = datetime.now(UTC), self._launchpad.own_tokens
        for number in range(count):
            app_id = uuid4() if number % 10 == 0 else self._tokens[-1].app_id
            credential_id = uuid4()
            text = own.sign_credential(credential_id, app_id=app_id, products=[product_id], issued_at=now, expires_at=now + LIFETIME)
            self._tokens.append(SignedToken(text, credential_id, app_id, digest(text)))
        return self._tokens

    def measure(self, seconds: float) -> Rates:
        """Take turns for so long in all: ours on tokens that it has never seen, ours on the same again, joserfc on the same."""
        first = again = joserfc = 0.0
        done, end = 0, time.perf_counter() + seconds
        for number, (own, tokens) in enumerate(self._turns()):
            if number % 2:
                joserfc += self._joserfc(tokens)
            first += self._ours(own, tokens)
            again += self._ours(own, tokens)
            if number % 2 == 0:
                joserfc += self._joserfc(tokens)
            done += len(tokens)
            if number % 2 and time.perf_counter() > end:
                break
        return Rates(done / first, done / again, done / joserfc)

    def close(self) -> None:
        """Give back connections."""
        self._launchpad.close()

    def _turns(self) -> Iterator[tuple[OwnTokens, list[SignedToken]]]:
        """Tokens turn by turn; when all were seen, somebody who has seen none."""
        for tokens in repeat(self._tokens):
            settings = self._launchpad.settings
            own = OwnTokens(self._launchpad.vault.signing_keys, settings.own_issuer, settings.api_audience)
            one_by_one = iter(tokens)
            while turn := list(islice(one_by_one, TURN)):
                yield own, turn

    def _ours(self, own: OwnTokens, tokens: list[SignedToken]) -> float:
        """Seconds of the processor for all that is checked but for the question to the database, whose answer is there already."""
        now = datetime.now(UTC)
        answers = [AccessAnswer(now, each.app_id, "App", "developer", NOBODY, {}, "jwt", each.digest, None, None, None) for each in tokens]
        begun = time.process_time()
        verdicts = [judged(read(each.text, own), answer) for each, answer in zip(tokens, answers, strict=True)]
        spent = time.process_time() - begun
        if not all(verdict.allowed for verdict in verdicts):
            raise RuntimeError("a good token was refused")
        return spent

    def _joserfc(self, tokens: list[SignedToken]) -> float:
        """Seconds of the processor for the same tokens, with the key in hand."""
        settings = self._launchpad.settings
        (key,) = (each.key for each in self._launchpad.vault.signing_keys.published())
        claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": settings.own_issuer},
            aud={"essential": True, "value": settings.api_audience},
            exp={"essential": True},
            nbf={"essential": True},
        )
        begun = time.process_time()
        for each in tokens:
            claims.validate(jwt.decode(each.text, key, algorithms=[ALGORITHM]).claims)
        return time.process_time() - begun
