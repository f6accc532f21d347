"""What anybody can see who reads the events, and nothing but the events: statuses, by the events' names."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.event import Event
from domain.state import State, Stream

APP_AFTER = {
    "AppCreated": "pending",
    "AppResubmitted": "pending",
    "AppApproved": "active",
    "AppReinstated": "active",
    "AppRejected": "rejected",
    "AppSuspended": "suspended",
    "AppDeleted": "deleted",
}
SUBSCRIPTION_AFTER = {
    "SubscriptionRequested": "pending",
    "SubscriptionApproved": "approved",
    "SubscriptionRejected": "rejected",
    "SubscriptionReturned": "pending",
    "SubscriptionRemoved": "removed",
}
ENDS = {"SubscriptionRejected", "SubscriptionRemoved"}
ANSWERS = {"ApprovalProductAsked", "ApprovalProductReevaluated", "ApprovalProductStaysOpen"}
CREDENTIAL_AFTER = {
    "CredentialIssued": "pending",
    "CredentialActivated": "active",
    "CredentialRotated": "retiring",
    "CredentialRevoked": "revoked",
    "CredentialExpired": "expired",
}
APPROVAL_AFTER = {
    "ApprovalOpened": "open",
    "ApprovalGranted": "granted",
    "ApprovalRejected": "rejected",
    "ApprovalWithdrawn": "withdrawn",
}
ALLOWED = {
    "app": {
        ("", "pending"), ("pending", "active"), ("pending", "rejected"), ("rejected", "pending"), ("active", "suspended"),
        ("suspended", "active"), ("pending", "deleted"), ("active", "deleted"), ("rejected", "deleted"), ("suspended", "deleted"),
    },
    "subscription": {
        ("", "pending"), ("pending", "approved"), ("pending", "rejected"), ("pending", "removed"), ("approved", "removed"),
        ("approved", "pending"), ("rejected", "removed"), ("rejected", "pending"), ("removed", "pending"),
    },
    "credential": {
        ("", "pending"), ("pending", "active"), ("pending", "revoked"), ("pending", "expired"), ("active", "retiring"),
        ("active", "revoked"), ("active", "expired"), ("retiring", "revoked"), ("retiring", "expired"),
    },
    "approval": {("", "open"), ("open", "granted"), ("open", "rejected"), ("open", "withdrawn")},
}  # fmt: skip
"""The design's transitions, and no others."""


class Observed:
    """Statuses of everything, as the events tell them; every transition is checked against the design's."""

    def __init__(self) -> None:
        self.apps: dict[UUID, str] = {}
        self.subscriptions: dict[tuple[UUID, UUID], str] = {}
        self.credentials: dict[UUID, str] = {}
        self.approvals: dict[UUID, str] = {}
        self.approval_of: dict[tuple[UUID, UUID], UUID | None] = {}
        self.rules: dict[tuple[UUID, UUID], tuple[str, str]] = {}
        """What the policy said last in an approval of a product, unless the product stayed open in spite of it."""
        self.app_of: dict[UUID, UUID] = {}
        self.retired: dict[UUID, bool] = {}
        self.times: dict[UUID, list[datetime]] = {}
        self.cut_offs: dict[UUID, datetime] = {}
        self.names: dict[UUID, UUID] = {}
        self.events = 0
        self.members: dict[UUID, list[tuple[int, dict[UUID, str]]]] = {}
        """Who belonged to each team, as what, from which event on."""
        self.owners: dict[UUID, list[tuple[int, UUID]]] = {}
        """Whose each app was, from which event on."""
        self.kinds: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()

    def see(self, stream: Stream, event: Event) -> None:
        """Take the next event."""
        self.events += 1
        id_, what, said = State.id_in(stream), type(event).__name__, dict(event)
        self.kinds[what] += 1
        if what == "AppCreated":
            self.owners[id_] = [(self.events, said["owner"].id)]
        if what in APP_AFTER:
            self._move("app", self.apps, id_, APP_AFTER[what])
        elif what in SUBSCRIPTION_AFTER:
            asked = (id_, said["product_id"])
            assert (what == "SubscriptionReturned") is (self.subscriptions.get(asked) == "approved" and what not in ENDS)
            self._move("subscription", self.subscriptions, asked, SUBSCRIPTION_AFTER[what])
            if said.get("approval_id"):
                self.app_of[said["approval_id"]] = id_
            if "approval_id" in said:
                self.approval_of[asked] = said["approval_id"]
        elif what in ANSWERS and said["answer"] != ("review" if what == "ApprovalProductStaysOpen" else ""):
            self.rules[id_, said["product_id"]] = (str(said["answer"]), said["rule"])
        elif what in CREDENTIAL_AFTER:
            self._move("credential", self.credentials, id_, CREDENTIAL_AFTER[what])
            self.times.setdefault(id_, []).extend(time for time in (said.get("expires_at"), said.get("retires_at")) if time)
        elif what == "RotationDemanded" and said["then"] == "revoke":
            self.cut_offs[id_] = said["deadline"]
        elif what in {"RotationDemanded", "RotationMissed"}:
            self.cut_offs.pop(id_, None)
        elif what in APPROVAL_AFTER:
            self._move("approval", self.approvals, id_, APPROVAL_AFTER[what])
        elif what == "AppCredentialAdded":
            assert said["credential_id"] not in self.app_of
            self.app_of[said["credential_id"]] = id_
        elif what in {"ProductAdded", "ProductRetired"}:
            self.retired[id_] = what == "ProductRetired"
        elif what == "AppNameTaken":
            assert id_ not in self.names
            self.names[id_] = said["app_id"]
        elif what == "AppNameFreed":
            assert self.names.pop(id_) == said["app_id"]
        elif what.startswith("Team"):
            self._team(id_, what, said)
        elif what == "AppTransferred":
            self.owners[id_].append((self.events, said["owner"].id))
        elif what == "CommandRefused":
            self.refusals[said["code"]] += 1

    def _team(self, team: UUID, what: str, said: dict[str, Any]) -> None:
        known = self.members.setdefault(team, [(0, {})])
        members = dict(known[-1][1])
        if what == "TeamCreated":
            members[said["admin"]] = "admin"
        elif what == "TeamMemberInvited":
            members[said["developer_id"]] = "invited admin" if said["as_admin"] else "invited member"
        elif what == "TeamMemberJoined":
            members[said["developer_id"]] = members[said["developer_id"]].removeprefix("invited ")
        elif what in {"TeamMemberPromoted", "TeamMemberDemoted"}:
            members[said["developer_id"]] = "admin" if what == "TeamMemberPromoted" else "member"
        elif "developer_id" in said:
            del members[said["developer_id"]]
        assert "admin" in members.values(), "a team has an admin"
        known.append((self.events, members))

    def owner_at(self, app: UUID, position: int) -> UUID:
        """Whose an app was, after that event."""
        return [owner for since, owner in self.owners[app] if since <= position][-1]

    def role_at(self, team: UUID, developer: UUID, position: int) -> str | None:
        """What a developer was in a team, after that event."""
        return [members for since, members in self.members[team] if since <= position][-1].get(developer)

    def _move(self, kind: str, known: dict[Any, str], key: object, status: str) -> None:
        before = known.get(key, "")
        assert (before, status) in ALLOWED[kind], f"{kind}: {before} -> {status}"
        known[key] = status

    def opens(self, credential_id: UUID, product_id: UUID, now: datetime) -> bool:
        """The design's rule of what a credential opens now."""
        app_id = self.app_of.get(credential_id)
        return (
            app_id is not None
            and product_id in self.retired
            and self.credentials[credential_id] in {"active", "retiring"}
            and all(now < time for time in self.times[credential_id])
            and (credential_id not in self.cut_offs or now < self.cut_offs[credential_id])
            and self.apps[app_id] == "active"
            and self.subscriptions.get((app_id, product_id)) == "approved"
            and not self.retired[product_id]
        )

    def waiting(self, app_id: UUID) -> set[UUID]:
        """The products of an app that wait."""
        return {product for (app, product), status in self.subscriptions.items() if app == app_id and status == "pending"}

    def open_approvals(self, app_id: UUID) -> list[UUID]:
        """The app's approvals that are open."""
        return [each for each, status in self.approvals.items() if status == "open" and self.app_of[each] == app_id]
