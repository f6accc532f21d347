"""Credentials: what histories do with them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from commands.claim_credential import ClaimCredential
from commands.demand_rotation import DemandRotation
from commands.end_overlap import EndOverlap
from commands.expire_credential import ExpireCredential
from commands.issue_credential import IssueCredential
from commands.miss_rotation import MissRotation
from commands.principal import SYSTEM
from commands.revoke_credential import RevokeCredential
from commands.rotate_credential import RotateCredential
from domain.credential import AtDeadline, CredentialKind
from tests.commands.history.choosing import (
    ANY_APP,
    APPS,
    HOUR,
    KEYS,
    LIFETIMES,
    OVERLAPS,
    SOMEONE,
    Pick,
    one_in,
    step,
)
from tests.commands.history.sending import Sending
from tests.examples import an_id, digest

JWT_LIFETIME = timedelta(days=300)


class Credentials(Sending):
    """Steps."""

    def _new_key(self, app: UUID, key: UUID, lifetime: timedelta | None, kind: CredentialKind) -> IssueCredential:
        if kind is CredentialKind.JWT and lifetime is None:
            lifetime = JWT_LIFETIME
        expires_at = None if lifetime is None else self.model.world.now + lifetime
        secret = None if kind is CredentialKind.JWT else digest(key)
        return IssueCredential(app_id=app, credential_id=key, kind=kind, secret_digest=secret, expires_at=expires_at)

    def _a_key(self, pick: Pick) -> UUID:
        """Mostly one that there is, and of those mostly one that works."""
        world = self.model.world
        known = [id_ for id_, key in world.keys.items() if not key.ended]
        works = [id_ for id_ in known if world.keys[id_].status != "pending" and world.apps[world.keys[id_].app].status == "active"]
        return pick([*works[-4:] * 4, *known[-4:], *KEYS])

    def _app_of(self, key: UUID, pick: Pick) -> UUID:
        """Mostly the app that holds the credential; sometimes another, which must get nowhere."""
        known = self.model.world.keys.get(key)
        return pick(APPS) if known is None or one_in(8, pick) else known.app

    @step
    def issue(self, pick: Pick) -> None:
        key = pick(KEYS)
        known = self.model.world.keys.get(key)
        if known is not None and known.replaces is None and one_in(2, pick):  # The same again.
            app, kind, secret, expires_at = known.content
            command = IssueCredential(app_id=app, credential_id=key, kind=kind, secret_digest=secret, expires_at=expires_at)
        else:
            command = self._new_key(pick(ANY_APP), key, pick(LIFETIMES), pick(list(CredentialKind)))
        self.send(command, pick(SOMEONE))

    @step
    def issue_many(self, pick: Pick) -> None:
        """So many that the limit is met."""
        app, first = pick(ANY_APP), pick(range(40))
        if one_in(4, pick):
            for n in range(first, first + 10):
                self.send(self._new_key(app, an_id(f"many {n}"), None, CredentialKind.API_KEY))

    @step
    def rotate(self, pick: Pick) -> None:
        world, old = self.model.world, self._a_key(pick)
        free = [each for each in KEYS if each not in world.keys]
        new = pick([*free * 4, *KEYS])
        overlap, lifetime = pick(OVERLAPS), pick(LIFETIMES)
        rotated = [id_ for id_, key in world.keys.items() if key.successor is not None]
        expiry = "its own"
        if rotated and one_in(3, pick):  # The same again, or nearly.
            old = pick(rotated)
            new = world.keys[old].successor or new
            expiry = pick(["as shown", "default", "its own"])
        known = world.keys.get(old)
        if known is not None and known.successor == new and (lifetime or known.expires or expiry == "as shown"):
            self.flush()  # A moment that is compared must be known to the microsecond: it is once it was recorded.
        is_jwt = known is not None and known.content[1] == CredentialKind.JWT
        odd = one_in(12, pick)
        own = None if lifetime is None else self.model.world.now + lifetime
        command = RotateCredential(
            app_id=self._app_of(old, pick),
            credential_id=old,
            successor_id=new,
            secret_digest=None if is_jwt is not odd else digest(new),
            overlap=overlap,
            expires_at=own if expiry == "its own" else world.keys[new].expires if expiry == "as shown" else None,
            reason=None if overlap else pick([None, "leaked"]),
        )
        self.send(command, pick(SOMEONE))

    @step
    def claim(self, pick: Pick) -> None:
        free = [each for each in KEYS if each not in self.model.world.keys]
        if free and one_in(3, pick):
            self.send(self._new_key(pick(ANY_APP), pick(free), None, CredentialKind.JWT))
        tokens = [id_ for id_, key in self.model.world.keys.items() if key.content[1] == CredentialKind.JWT]
        key = pick([*tokens * 3, self._a_key(pick)])
        text = pick([key, key, an_id("another token")])
        self.send(ClaimCredential(app_id=self._app_of(key, pick), credential_id=key, secret_digest=digest(text)), pick(SOMEONE))

    @step
    def demand_rotation(self, pick: Pick) -> None:
        key = self._a_key(pick)
        deadline = self.model.world.now + pick([-HOUR, 2 * HOUR, 2 * HOUR, 30 * HOUR])
        demanded = [id_ for id_, known in self.model.world.keys.items() if known.demand is not None]
        if demanded and one_in(3, pick):  # The same again.
            key = pick(demanded)
            deadline = self.model.world.keys[key].demand[0]
        command = DemandRotation(
            app_id=self._app_of(key, pick), credential_id=key, deadline=deadline, then=pick(list(AtDeadline)), reason="leaked"
        )
        self.send(command, pick(SOMEONE))

    @step
    def miss_rotation(self, pick: Pick) -> None:
        demanded = [id_ for id_, known in self.model.world.keys.items() if known.demand is not None]
        key = pick([*demanded * 3, self._a_key(pick)])
        known = self.model.world.keys.get(key)
        self.wait_until(known.demand[0] if known is not None and known.demand is not None else None, pick)
        self.send(MissRotation(app_id=self._app_of(key, pick), credential_id=key), pick([*SOMEONE, *[(SYSTEM, None)] * 10]))

    @step
    def end_overlap(self, pick: Pick) -> None:
        retiring = [id_ for id_, key in self.model.world.keys.items() if key.status == "retiring"]
        key = pick([*retiring * 2, self._a_key(pick)])
        self.send(EndOverlap(app_id=self._app_of(key, pick), credential_id=key), pick([*SOMEONE, *[(SYSTEM, None)] * 10]))

    @step
    def revoke(self, pick: Pick) -> None:
        key = self._a_key(pick)
        if one_in(2, pick):
            self.send(RevokeCredential(app_id=self._app_of(key, pick), credential_id=key, reason="leaked"), pick(SOMEONE))

    @step
    def expire(self, pick: Pick) -> None:
        expiring = [id_ for id_, key in self.model.world.keys.items() if key.expires is not None and not key.ended]
        key = pick([*expiring, *expiring, self._a_key(pick)])
        known = self.model.world.keys.get(key)
        self.wait_until(None if known is None else known.expires, pick)
        self.send(ExpireCredential(app_id=self._app_of(key, pick), credential_id=key), pick(SOMEONE))
