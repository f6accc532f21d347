"""Examples of commands for OpenAPI and the reference page: one app's life, told in the order in which it would be sent."""

from __future__ import annotations

from typing import Any, Final

DEVELOPER: Final = "0f4ce0e4-2f0b-5bd0-8a5e-5d6f8b3e7a10"
ADMIN: Final = "5c8f0a7d-2b14-5e96-b3a1-7d40e9c6f285"
APP: Final = "3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21"
PRODUCT: Final = "9b1f7c52-1f63-4a58-8f0e-7c2c53d0a4f1"
CREDENTIAL: Final = "c2a4d1f0-8d41-4b7a-9b55-2f1de6c0a8e3"
SUCCESSOR: Final = "d7e1b2a3-40c9-4d1f-8a66-91b0c3f5e7d4"
OTHER_PRODUCT: Final = "4e2d6a90-7b35-4c1e-a8d2-5f90b1c7e346"
APPROVAL: Final = "a1b2c3d4-5e6f-5a7b-8c9d-0e1f2a3b4c5d"
OTHER_APPROVAL: Final = "b7d0e6f2-93a4-5c18-8e5b-6a2c4d8f1e07"
TEAM: Final = "5b8e0d7c-3f62-4a19-b0c4-d81e7a95f236"
COLLEAGUE: Final = "e6a1f3d9-0c84-5b72-9d2e-417f8c6b5a03"
OFFER: Final = "8c3d5e17-b2a0-4f96-8e41-6d09f7c2b158"
BULK: Final = "f3c9a1d7-0b5e-4c62-8f1d-2a7e6b9c4d80"
ATTEMPT: Final = "5d1e8c2a-7f34-4b90-a6c1-3e9d0f2b7a54"
OCCASION: Final = "5b8e2c41-7d90-5f3a-8b16-c4e0a9d2f7b8"
NOTICE: Final = "6030020b-eeff-5439-8778-332e0faa529b"
MAIL: Final = "000c39b3-5698-5845-b305-7dc848c44b47"
MESSAGE: Final = "1c7d5e9b-8a30-5f62-b4e1-0d9c6f2a7b53"
WEBHOOK: Final = "86f2b0d9-4e1c-4a75-93b8-5d0e7c2f1a64"
DIGEST: Final = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"

DATA: Final[dict[str, dict[str, Any]]] = {
    "developer.register.v1": {"developer_id": DEVELOPER, "name": "Ada Nowak", "email": "ada@example.com"},
    "developer.change.v1": {"developer_id": DEVELOPER, "email": "ada.nowak@example.com"},
    "product.add.v1": {"product_id": PRODUCT, "name": "Route Planning", "category": "maps", "needs_approval": True},
    "product.change.v1": {"product_id": PRODUCT, "description": "Ways from door to door, by tram and on foot."},
    "policy.set.v1": {
        "mode": "conditional",
        "rules": [
            {
                "name": "Known abuse",
                "when": {"callback_hosts": {"any": ["*.free-hosting.example.net"]}},
                "then": "reject",
                "reason": "apps are not hosted there: their pages change hands within days",
            },
            {
                "name": "Our own apps",
                "when": {"callback_hosts": {"all": ["*.example.com"]}, "attributes": {"stage": ["test", "beta"]}},
                "then": "approve",
            },
            {
                "name": "Maps for those whom nobody rejected",
                "when": {"categories": ["maps"], "earlier_rejections": {"at_most": 0}},
                "then": "approve",
                "when_changed": "stay_open",
            },
        ],
    },
    "app.create.v1": {
        "app_id": APP,
        "owner": {"kind": "developer", "id": DEVELOPER},
        "name": "Tram Times",
        "description": "The next tram, large, on the kitchen wall.",
        "callback_urls": ["https://trams.example.com/callback"],
        "products": [PRODUCT],
    },
    "app.edit.v1": {"app_id": APP, "name": "Tram and Bus Times"},
    "app.set_attributes.v1": {"app_id": APP, "attributes": {"team": "kitchen", "cost-centre": "4711"}},
    "app.remove_attributes.v1": {"app_id": APP, "names": ["cost-centre"]},
    "approval.assign.v1": {"app_id": APP, "approval_id": APPROVAL, "assignee": ADMIN},
    "approval.comment.v1": {"app_id": APP, "approval_id": APPROVAL, "text": "The contract is with legal; expected on Thursday."},
    "approval.decide.v1": {"app_id": APP, "approval_id": APPROVAL, "decisions": [{"product_id": PRODUCT, "verdict": "grant"}]},
    "app.add_products.v1": {"app_id": APP, "products": [OTHER_PRODUCT]},
    "approval.reevaluate.v1": {"app_id": APP, "approval_id": OTHER_APPROVAL},
    "approval.withdraw.v1": {"app_id": APP, "approval_id": OTHER_APPROVAL},
    "app.remove_products.v1": {"app_id": APP, "products": [OTHER_PRODUCT]},
    "app.resubmit.v1": {"app_id": APP, "products": [PRODUCT]},
    "credential.issue.v1": {"app_id": APP, "credential_id": CREDENTIAL, "kind": "api_key", "secret_digest": DIGEST},
    "credential.rotate.v1": {
        "app_id": APP,
        "credential_id": CREDENTIAL,
        "successor_id": SUCCESSOR,
        "secret_digest": DIGEST[::-1],
        "overlap": "PT24H",
    },
    "credential.end_overlap.v1": {"app_id": APP, "credential_id": CREDENTIAL},
    "credential.revoke.v1": {"app_id": APP, "credential_id": SUCCESSOR, "reason": "it was seen in a public repository"},
    "credential.expire.v1": {"app_id": APP, "credential_id": SUCCESSOR},
    "credential.demand_rotation.v1": {
        "app_id": APP,
        "credential_id": SUCCESSOR,
        "deadline": "2027-03-01T12:00:00Z",
        "then": "revoke",
        "reason": "the build server was broken into",
    },
    "credential.miss_rotation.v1": {"app_id": APP, "credential_id": SUCCESSOR},
    "credential.claim.v1": {"app_id": APP, "credential_id": SUCCESSOR, "secret_digest": DIGEST},
    "app.suspend.v1": {"app_id": APP, "reason": "a hundred times the agreed traffic since Friday"},
    "app.reinstate.v1": {"app_id": APP},
    "app.delete.v1": {"app_id": APP, "reason": "the kitchen has a new wall"},
    "bulk.prepare.v1": {
        "bulk_id": BULK,
        "action": "suspend",
        "criteria": {"product_id": PRODUCT, "statuses": ["active"], "created_before": "2026-01-01T00:00:00Z"},
        "reason": "the product's terms have changed, and nobody has agreed to them",
    },
    "bulk.freeze_part.v1": {
        "part_id": "ffc3ef43-b196-57f5-9f7f-89136dbc2d2c",
        "bulk_id": BULK,
        "attempt": ATTEMPT,
        "number": 0,
        "targets": [{"app_id": APP, "id": APP, "foreseen": "would_do"}],
    },
    "bulk.freeze.v1": {
        "bulk_id": BULK,
        "attempt": ATTEMPT,
        "parts": 1,
        "as_of": 41,
        "would_do": 1,
        "already_so": 0,
        "would_be_refused": {},
    },
    "bulk.start.v1": {"bulk_id": BULK},
    "bulk.report_part.v1": {
        "part_id": "ffc3ef43-b196-57f5-9f7f-89136dbc2d2c",
        "bulk_id": BULK,
        "first": 0,
        "outcomes": [{"result": "done", "version": 7}],
    },
    "bulk.stop.v1": {"bulk_id": BULK, "reason": "the list was wrong"},
    "bulk.finish.v1": {"bulk_id": BULK, "done": 1, "already_so": 0, "refused": {}, "not_sent": 0},
    "preferences.set.v1": {
        "recipient_id": DEVELOPER,
        "timings": {"approval_granted": {"email": "daily"}, "credential_expires": {"webhook": "off"}},
        "digest_hour": 6,
    },
    "webhook.register.v1": {
        "recipient_id": DEVELOPER,
        "webhook_id": WEBHOOK,
        "url": "https://trams.example.com/launchpad",
        "kinds": ["app_suspended", "rotation_demanded"],
    },
    "webhook.remove.v1": {"recipient_id": DEVELOPER, "webhook_id": WEBHOOK},
    "notice.raise.v1": {
        "occasion_id": OCCASION,
        "kind": "app_suspended",
        "concerns": OCCASION,
        "about": {"app_id": APP, "reason": "a hundred times the agreed traffic since Friday"},
        "to": [
            {"recipient_id": DEVELOPER, "channel": "inbox", "due_at": "2026-11-02T09:00:00Z"},
            {"recipient_id": DEVELOPER, "channel": "email", "due_at": "2026-11-02T09:00:30Z"},
        ],
    },
    "notice.mark_read.v1": {"recipient_id": DEVELOPER, "notices": [NOTICE]},
    "notice.record_failure.v1": {
        "message_id": MESSAGE,
        "notices": [{"notice_id": MAIL, "attempt": 1, "wait": "PT10S"}],
        "reason": "smtp 450",
    },
    "notice.record_delivery.v1": {"message_id": MESSAGE, "notices": [MAIL]},
    "notice.redeliver.v1": {"recipient_id": DEVELOPER, "notice_id": MAIL},
    "product.retire.v1": {"product_id": PRODUCT, "reason": "its successor is called Journeys"},
    "team.create.v1": {"team_id": TEAM, "name": "Kitchen", "admin": DEVELOPER},
    "team.rename.v1": {"team_id": TEAM, "name": "Kitchen and Hall"},
    "team.invite.v1": {"team_id": TEAM, "developer_id": COLLEAGUE, "as_admin": False},
    "team.withdraw_invitation.v1": {"team_id": TEAM, "developer_id": COLLEAGUE},
    "team.join.v1": {"team_id": TEAM, "developer_id": COLLEAGUE},
    "team.promote.v1": {"team_id": TEAM, "developer_id": COLLEAGUE},
    "team.demote.v1": {"team_id": TEAM, "developer_id": COLLEAGUE},
    "app.offer_transfer.v1": {"app_id": APP, "to": {"kind": "team", "id": TEAM}},
    "app.accept_transfer.v1": {"app_id": APP, "to": {"kind": "team", "id": TEAM}},
    "app.decline_transfer.v1": {"app_id": APP, "to": {"kind": "team", "id": TEAM}},
    "app.withdraw_transfer.v1": {"app_id": APP},
    "credential.offer.v1": {
        "app_id": APP,
        "offer_id": OFFER,
        "member": COLLEAGUE,
        "kind": "api_key",
        "until": "2027-03-01T12:00:00Z",
    },
    "credential.take_offer.v1": {"app_id": APP, "offer_id": OFFER, "credential_id": SUCCESSOR, "secret_digest": DIGEST},
    "credential.withdraw_offer.v1": {"app_id": APP, "offer_id": OFFER},
    "team.leave.v1": {"team_id": TEAM, "developer_id": COLLEAGUE},
    "team.remove.v1": {"team_id": TEAM, "developer_id": COLLEAGUE},
    "developer.deactivate.v1": {"developer_id": DEVELOPER, "reason": "left the company"},
}


def example(name: str, number: int = 1) -> dict[str, Any]:
    """One of these as a whole command."""
    return {"id": f"7e9c0f3a-52c1-4d0b-9d3a-0f6f4a1f3a{number:02x}", "type": name, "data": DATA[name]}


EXAMPLES: Final[dict[str, Any]] = {name: {"summary": name, "value": example(name, number)} for number, name in enumerate(DATA, 1)}
EXAMPLES["a list"] = {
    "summary": "several at once",
    "value": [example("app.create.v1", len(DATA) + 1), example("credential.issue.v1", len(DATA) + 2)],
}
