"""A credential: what lets an app call, from its issue to its end. Its secret is never here, only the secret's digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, NamedTuple, assert_never
from uuid import UUID

from pydantic import AwareDatetime

from domain.event import Event
from domain.limits import JWT_LIFETIME_MAX
from domain.refused import Refused
from domain.state import State


class CredentialKind(StrEnum):
    """The kinds of credential."""

    API_KEY = "api_key"
    OAUTH_CLIENT = "oauth_client"
    JWT = "jwt"


class CredentialIssued(Event):
    """Always pending. `issued_at` is the decision's time: a successor's default lifetime is measured from it."""

    kind: CredentialKind
    secret_digest: str | None
    client_id: str | None
    issued_at: AwareDatetime
    expires_at: AwareDatetime | None
    replaces: UUID | None


class CredentialActivated(Event):
    pass


class CredentialRotated(Event):
    successor_id: UUID
    retires_at: AwareDatetime


class CredentialRevoked(Event):
    reason: str


class CredentialExpired(Event):
    pass


class CredentialClaimed(Event):
    """A token that nobody had seen yet was signed and shown, once; from here on its digest is known."""

    secret_digest: str


class AtDeadline(StrEnum):
    """What becomes of a credential that was not rotated by the deadline of a demand."""

    REPORT = "report"
    REVOKE = "revoke"


class RotationDemanded(Event):
    """An admin wants it rotated. No successor exists before the owner makes one: the claim is an ordinary rotation."""

    deadline: AwareDatetime
    then: AtDeadline
    reason: str


class RotationMissed(Event):
    """The deadline of a demand has passed without a rotation."""

    deadline: AwareDatetime


CredentialEvent = (
    CredentialIssued
    | CredentialActivated
    | CredentialRotated
    | CredentialRevoked
    | CredentialExpired
    | CredentialClaimed
    | RotationDemanded
    | RotationMissed
)


class CredentialStatus(StrEnum):
    """Where a credential stands, as far as events have recorded it."""

    ABSENT = "absent"
    PENDING = "pending"
    ACTIVE = "active"
    RETIRING = "retiring"
    REVOKED = "revoked"
    EXPIRED = "expired"


ENDED = frozenset({CredentialStatus.REVOKED, CredentialStatus.EXPIRED})

OVERLAP_ENDED = "overlap_ended"
"""The reason of a revocation that an overlap's end brings."""
ROTATION_MISSED = "rotation_missed"
"""The reason of a revocation that the deadline of a demanded rotation brings."""


class Demand(NamedTuple):
    """A rotation that an admin demands, and that was not missed yet."""

    deadline: datetime
    then: AtDeadline
    reason: str


@dataclass(frozen=True)
class Credential(State):
    """What past events make true of a credential, kept only as far as decisions need it."""

    KIND: ClassVar[str] = "credential"

    status: CredentialStatus = CredentialStatus.ABSENT
    kind: CredentialKind = CredentialKind.API_KEY
    secret_digest: str | None = None
    client_id: str | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    replaces: UUID | None = None
    successor_id: UUID | None = None
    retires_at: datetime | None = None
    demand: Demand | None = None

    def is_over(self, now: datetime) -> bool:
        """Time ends a credential, whether or not an event has recorded it yet."""
        if self.status in ENDED:
            return True
        return any(time is not None and time <= now for time in (self.expires_at, self.in_overlap_until, self.cut_off_at))

    @property
    def cut_off_at(self) -> datetime | None:
        """When a demand to rotate ends this credential at the latest; none where nothing of that kind is demanded."""
        return self.demand.deadline if self.demand is not None and self.demand.then is AtDeadline.REVOKE else None

    @property
    def in_overlap_until(self) -> datetime | None:
        """When the overlap with the successor ends; none where there is no overlap."""
        return self.retires_at if self.status is CredentialStatus.RETIRING else None

    def issue(
        self,
        kind: CredentialKind,
        secret_digest: str | None,
        *,
        now: datetime,
        client_id: str | None = None,
        expires_at: datetime | None = None,
        replaces: UUID | None = None,
    ) -> list[CredentialEvent]:
        if self.status is CredentialStatus.ABSENT:
            if expires_at is not None and expires_at <= now:
                raise Refused("expiry_past", "the expiry lies in the past; name a later one or none")
            if kind is CredentialKind.JWT and (expires_at is None or expires_at > now + JWT_LIFETIME_MAX):
                raise Refused("expiry_too_late", f"a jwt expires within {JWT_LIFETIME_MAX.days} days; name an earlier expiry")
            issued = CredentialIssued(
                kind=kind, secret_digest=secret_digest, client_id=client_id, issued_at=now, expires_at=expires_at, replaces=replaces
            )
            return [issued]
        same = (self.kind, self.secret_digest, self.expires_at, self.replaces) == (kind, secret_digest, expires_at, replaces)
        if same and self.status in {CredentialStatus.PENDING, CredentialStatus.ACTIVE} and not self.is_over(now):
            return []  # The same request, delivered twice.
        raise Refused("id_used", "this id belongs to an earlier credential; ids are never used again")

    def activate(self, now: datetime) -> list[CredentialEvent]:
        """Make a pending credential work, unless its time is over already."""
        if self.status is CredentialStatus.PENDING and not self.is_over(now):
            return [CredentialActivated()]
        return []

    def rotate(self, successor_id: UUID, now: datetime, overlap: timedelta, reason: str = OVERLAP_ENDED) -> list[CredentialEvent]:
        """Let a successor take over; without an overlap this one is revoked at once, for that reason."""
        if self.successor_id == successor_id:
            return []
        self.must_exist()
        if self.is_over(now):
            raise Refused("is_over", "this credential has ended; issue a new one")
        if self.status is not CredentialStatus.ACTIVE:
            raise Refused("not_active", f"only an active credential can be rotated; this one is {self.status}")
        rotated = CredentialRotated(successor_id=successor_id, retires_at=self.retires_by(now, overlap))
        return [rotated] if overlap else [rotated, CredentialRevoked(reason=reason)]

    def retires_by(self, now: datetime, overlap: timedelta) -> datetime:
        """When an overlap that begins now ends: never past this one's own expiry, nor past a deadline at which it would be cut off."""
        return min(time for time in (now + overlap, self.expires_at, self.cut_off_at) if time is not None)

    def successor_expiry(self, now: datetime) -> datetime | None:
        """When a successor expires that is asked for without an expiry: after this one's original lifetime, from now."""
        if self.expires_at is None or self.issued_at is None:
            return None
        return now + (self.expires_at - self.issued_at)

    def end_overlap(self) -> list[CredentialEvent]:
        """End the overlap now: the successor alone works from here on."""
        self.must_exist()
        if self.status is CredentialStatus.RETIRING:
            return [CredentialRevoked(reason=OVERLAP_ENDED)]
        if self.status in ENDED:
            return []
        raise Refused("not_retiring", f"no overlap is open: this credential was not rotated, it is {self.status}")

    def revoke(self, reason: str) -> list[CredentialEvent]:
        self.must_exist()
        return [] if self.status in ENDED else [CredentialRevoked(reason=reason)]

    def expire(self, now: datetime) -> list[CredentialEvent]:
        """Record that the expiry has passed."""
        self.must_exist()
        if self.status in ENDED:
            return []
        if self.expires_at is None or now < self.expires_at:
            raise Refused("not_due", "this credential has not reached its expiry")
        return [CredentialExpired()]

    def claim(self, secret_digest: str, now: datetime) -> list[CredentialEvent]:
        """Note the token that was signed for it; there is one at most, ever."""
        self.must_exist()
        if self.kind is not CredentialKind.JWT:
            raise Refused("nothing_to_claim", f"only a jwt is claimed; the secret of an {self.kind} was made where it was issued")
        if self.secret_digest == secret_digest:
            return []
        if self.secret_digest is not None:
            raise Refused("already_claimed", "this credential was shown once, and nobody can get it back; rotate it for a new one")
        self._must_work(now)
        return [CredentialClaimed(secret_digest=secret_digest)]

    def demand_rotation(self, demand: Demand, now: datetime) -> list[CredentialEvent]:
        """Want it rotated by a deadline; a later demand takes the place of one that is open."""
        self.must_exist()
        if self.demand == demand:
            return []
        self._must_work(now)
        if demand.deadline <= now:
            raise Refused("deadline_past", "the deadline lies in the past; name a later one")
        return [RotationDemanded(deadline=demand.deadline, then=demand.then, reason=demand.reason)]

    def miss_rotation(self, now: datetime) -> list[CredentialEvent]:
        """Record that a demand was not met in time, and end the credential where that was said."""
        self.must_exist()
        if self.demand is None or self.status is not CredentialStatus.ACTIVE:
            return []  # It was rotated in time, or has ended otherwise.
        if now < self.demand.deadline:
            raise Refused("not_due", "the deadline of this rotation has not passed")
        missed = RotationMissed(deadline=self.demand.deadline)
        return [missed] if self.demand.then is AtDeadline.REPORT else [missed, CredentialRevoked(reason=ROTATION_MISSED)]

    def _must_work(self, now: datetime) -> None:
        if self.is_over(now):
            raise Refused("is_over", "this credential has ended")
        if self.status is not CredentialStatus.ACTIVE:
            raise Refused("not_active", f"only for an active credential; this one is {self.status}")

    def must_exist(self) -> None:
        """Refuse an id that was never issued."""
        if self.status is CredentialStatus.ABSENT:
            raise Refused("credential_unknown", "the app has no credential with this id")

    def evolve(self, event: CredentialEvent) -> Credential:
        """History is never refused: no rule may be checked here."""
        match event:
            case CredentialIssued():
                return Credential(
                    CredentialStatus.PENDING,
                    event.kind,
                    event.secret_digest,
                    event.client_id,
                    event.issued_at,
                    event.expires_at,
                    event.replaces,
                )
            case CredentialActivated():
                return self.but(status=CredentialStatus.ACTIVE)
            case CredentialRotated(successor_id=successor_id, retires_at=retires_at):
                return self.but(status=CredentialStatus.RETIRING, successor_id=successor_id, retires_at=retires_at)
            case CredentialRevoked():
                return self.but(status=CredentialStatus.REVOKED)
            case CredentialExpired():
                return self.but(status=CredentialStatus.EXPIRED)
            case CredentialClaimed(secret_digest=secret_digest):
                return self.but(secret_digest=secret_digest)
            case RotationDemanded(deadline=deadline, then=then, reason=reason):
                return self.but(demand=Demand(deadline, then, reason))
            case RotationMissed():
                return self.but(demand=None)
        assert_never(event)
