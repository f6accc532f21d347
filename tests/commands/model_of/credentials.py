"""What the design says of credentials."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.commands.model_of.world import Key, Part, need


class Credentials(Part):
    """One method for each command."""

    def _key(self, c: Any) -> Key:  # noqa: ANN401
        key = self.world.keys.get(c.credential_id)
        need(key is not None and key.app == c.app_id, "credential_unknown")
        assert key is not None
        return key

    def _expiry(self, kind: str, expires: datetime | None) -> None:
        need(expires is None or expires > self.world.now, "expiry_past")
        need(kind != "jwt" or (expires is not None and expires <= self.world.now + timedelta(days=366)), "expiry_too_late")

    def IssueCredential(self, c: Any) -> None:  # noqa: ANN401, N802
        app, old, now = self.world.apps[c.app_id], self.world.keys.get(c.credential_id), self.world.now
        app.must_be("pending", "active")
        content = (c.app_id, c.kind, c.secret_digest, c.expires_at)
        if old is not None:
            need(old.content == content and old.status in {"pending", "active"} and not old.over(now), "id_used")
            return
        self._expiry(c.kind, c.expires_at)
        need(sum(key.app == c.app_id and key.counts for key in self.world.keys.values()) < 10, "too_many_credentials")
        client_id = f"client-{c.credential_id}" if c.kind == "oauth_client" else None
        self.world.keys[c.credential_id] = Key(c.app_id, content, now, c.expires_at, client_id=client_id)
        if app.status == "active":
            self.world.keys[c.credential_id].status = "active"

    def RotateCredential(self, c: Any) -> None:  # noqa: ANN401, N802
        now = self.world.now
        self.world.apps[c.app_id].must_be("active")
        old, new = self._key(c), self.world.keys.get(c.successor_id)
        kind = old.content[1]
        lifetime = None if old.expires is None else old.expires - old.issued
        if old.successor == c.successor_id:
            assert new is not None
            expires = c.expires_at or (None if lifetime is None else new.issued + lifetime)
            retires = min(time for time in (new.issued + c.overlap, old.expires, old.cut_off) if time is not None)
            same = (c.secret_digest, expires, retires) == (new.content[2], new.expires, old.retires)
            need(same and new.status == "active" and not new.over(now), "id_used")
            return
        need(c.secret_digest is not None or kind == "jwt", "secret_digest_missing")
        before = None if old.replaces is None else self.world.keys[old.replaces]
        need(before is None or before.status != "retiring" or before.over(now), "overlap_open")
        need(not old.over(now), "is_over")
        need(old.status == "active", "not_active")
        need(new is None, "id_used")
        expires = c.expires_at or (None if lifetime is None else now + lifetime)
        self._expiry(kind, expires)
        retires = min(time for time in (now + c.overlap, old.expires, old.cut_off) if time is not None)
        content = (c.app_id, kind, c.secret_digest, "a successor")
        self.world.keys[c.successor_id] = Key(c.app_id, content, now, expires, "active", c.credential_id, client_id=old.client_id)
        old.status, old.successor, old.counts, old.retires = "retiring", c.successor_id, False, retires
        if c.overlap == timedelta(0):
            old.end("revoked")

    def EndOverlap(self, c: Any) -> None:  # noqa: ANN401, N802
        key = self._key(c)
        if not key.ended:
            need(key.status == "retiring", "not_retiring")
            need(not self.who.is_runner or (key.retires is not None and key.retires <= self.world.now), "not_due")
            key.end("revoked")

    def RevokeCredential(self, c: Any) -> None:  # noqa: ANN401, N802
        key = self._key(c)
        if not key.ended:
            key.end("revoked")

    def ExpireCredential(self, c: Any) -> None:  # noqa: ANN401, N802
        key = self._key(c)
        if not key.ended:
            need(key.expires is not None and key.expires <= self.world.now, "not_due")
            key.end("expired")

    def ClaimCredential(self, c: Any) -> None:  # noqa: ANN401, N802
        key = self._key(c)
        app, kind, digest, expires = key.content
        need(kind == "jwt", "nothing_to_claim")
        if digest != c.secret_digest:
            need(digest is None, "already_claimed")
            self._works(key)
            key.content = (app, kind, c.secret_digest, expires)

    def DemandRotation(self, c: Any) -> None:  # noqa: ANN401, N802
        key, demand = self._key(c), (c.deadline, c.then, c.reason)
        if key.demand != demand:
            self._works(key)
            need(c.deadline > self.world.now, "deadline_past")
            key.demand = demand

    def MissRotation(self, c: Any) -> None:  # noqa: ANN401, N802
        key = self._key(c)
        if key.demand is not None and key.status == "active":
            deadline, then, _ = key.demand
            need(deadline <= self.world.now, "not_due")
            key.demand = None
            if then == "revoke":
                key.end("revoked")

    def _works(self, key: Key) -> None:
        need(not key.over(self.world.now), "is_over")
        need(key.status == "active", "not_active")
