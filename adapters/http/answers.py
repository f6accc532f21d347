"""Examples of answers in OpenAPI: what is told of the app, the credential and the product whose commands `examples.py` tells."""

from __future__ import annotations

from typing import Any, Final

from adapters.http.examples import (
    ADMIN,
    APP,
    APPROVAL,
    BULK,
    COLLEAGUE,
    CREDENTIAL,
    DATA,
    DEVELOPER,
    MAIL,
    NOTICE,
    OFFER,
    PRODUCT,
    SUCCESSOR,
    TEAM,
    WEBHOOK,
)
from adapters.http.oauth.bodies import ERROR_EXAMPLE
from domain.notice_kind import Channel, NoticeKind

CURSOR: Final = "WyIyMDI2LTExLTAyVDA5OjE0OjAzWiIsICIzZDBhOGI4ZS02ZDhkLTRmNWMtOWE1MS0wYzdkNmExZTJiMjEiXQ=="
CREATED, DECIDED, ROTATED, RETIRES = "2026-11-02T09:14:03Z", "2026-11-02T11:40:27Z", "2026-11-20T08:00:00Z", "2026-11-21T08:00:00Z"
DEADLINE: Final = "2027-03-01T12:00:00Z"
ISSUED_AT, ENDS_AT = 1_793_610_843, 1_793_611_143
ISSUER: Final = "https://launchpad.example.com"
CLIENT_ID: Final = f"client-{CREDENTIAL}"
OWNER: Final = {"owner_id": DEVELOPER, "owner_name": "Ada Nowak"}
OUTCOME: Final = {"command_id": "7e9c0f3a-52c1-4d0b-9d3a-0f6f4a1f3a11", "outcome": "accepted", "position": 42}
NEW_SECRET: Final = {
    "key_id": SUCCESSOR.replace("-", ""),
    "kind": "api_key",
    "client_id": None,
    "expires_at": None,
    "secret": "(the new credential's whole text)",
}
RECORD: Final = {"owner_rejections": 2, "owner_suspensions": 0, "assignee": ADMIN, "assignee_name": "Grace Hill"}
COMMENT: Final = {
    "text": "The contract is with legal; expected on Thursday.",
    "commented_by": f"person:{ADMIN}",
    "commented_at": "2026-11-02T10:02:11Z",
}
ASKED_INPUT: Final = {
    "product_id": PRODUCT,
    "category": "maps",
    "owner": {"kind": "developer", "id": DEVELOPER},
    "attributes": {},
    "callback_hosts": ["trams.example.com"],
    "earlier_rejections": 1,
}
SHOWN_PRODUCT: Final = {
    "product_id": PRODUCT,
    "name": "Route Planning",
    "category": "maps",
    "product_status": "offered",
    "status": "approved",
    "reason": None,
    "requested_at": CREATED,
    "decided_at": DECIDED,
}
SHOWN_CREDENTIAL: Final = {
    "credential_id": CREDENTIAL,
    "key_id": CREDENTIAL.replace("-", ""),
    "kind": "api_key",
    "state": "retiring",
    "client_id": None,
    "issued_at": CREATED,
    "activated_at": DECIDED,
    "expires_at": None,
    "retires_at": RETIRES,
    "replaces": None,
    "successor_id": SUCCESSOR,
    "ended_at": None,
    "ended_reason": None,
    "claimed_at": None,
    "rotation_due_at": None,
    "rotation_then": None,
    "rotation_reason": None,
    "rotation_missed_at": None,
    "shown_to": DEVELOPER,
}
TOLD: Final[dict[str, Any]] = {
    "ShownApp": {
        "app_id": APP,
        "owner_kind": "developer",
        **OWNER,
        "name": "Tram Times",
        "description": "The next tram, large, on the kitchen wall.",
        "callback_urls": ["https://trams.example.com/callback"],
        "attributes": {"team": "kitchen"},
        "status": "active",
        "status_reason": None,
        "created_at": CREATED,
        "changed_at": ROTATED,
        "version": 7,
        "open_approval_id": None,
        "products": [SHOWN_PRODUCT],
        "credentials": [SHOWN_CREDENTIAL],
        "offered_to": {"kind": "team", "id": TEAM},
    },
    "ShownCredential": SHOWN_CREDENTIAL,
    "OfferedProduct": {
        "product_id": PRODUCT,
        "name": "Route Planning",
        "description": "Ways from door to door, by tram and on foot.",
        "category": "maps",
        "needs_approval": True,
        "status": "offered",
    },
    "OpenApproval": {
        "approval_id": APPROVAL,
        "app_id": APP,
        "app_name": "Tram Times",
        "app_status": "pending",
        "owner_kind": "developer",
        **OWNER,
        "requested_at": CREATED,
        "age_seconds": 8784,
        "products": [{"product_id": PRODUCT, "name": "Route Planning", "requested_at": CREATED}],
        **RECORD,
        "comments": 1,
        "last_comment": COMMENT["text"],
        "last_comment_at": COMMENT["commented_at"],
    },
    "ShownApproval": {
        "approval_id": APPROVAL,
        "app_id": APP,
        "app_name": "Tram Times",
        "app_status": "active",
        "owner_kind": "developer",
        **OWNER,
        "status": "granted",
        "requested_at": CREATED,
        "closed_at": DECIDED,
        "products": [
            {
                "product_id": PRODUCT,
                "name": "Route Planning",
                "status": "approved",
                "decided_by": "person",
                "reason": None,
                "requested_at": CREATED,
                "ended_at": DECIDED,
            }
        ],
        **RECORD,
        "decided_by": f"person:{ADMIN}",
        "decided_at": DECIDED,
        "decision_comment": None,
        "answers": [
            {
                "product_id": PRODUCT,
                "kind": "asked",
                "asked_by": f"person:{DEVELOPER}",
                "answered_at": CREATED,
                "answer": "review",
                "policy_version": 3,
                "rule": "no_rule_held",
                "reason": None,
                "input": ASKED_INPUT,
            }
        ],
        "comments": [COMMENT],
    },
    "PolicyVersion": {
        "version": 3,
        "mode": "conditional",
        "rules": DATA["policy.set.v1"]["rules"],
        "set_at": CREATED,
        "set_by": f"person:{ADMIN}",
        "on_behalf_of": None,
    },
    "PolicyTrial": {
        "requests": 1204,
        "otherwise": 311,
        "against_a_person": 2,
        "turns": [
            {
                "was": "review",
                "outcome": "rejected",
                "decided_by": "person",
                "would_be": "approve",
                "requests": 2,
                "otherwise": True,
                "against_a_person": True,
            }
        ],
        "items": [
            {
                "approval_id": APPROVAL,
                "app_id": APP,
                "app_name": "Tram Times",
                "owner_kind": "developer",
                **OWNER,
                "product_id": PRODUCT,
                "product_name": "Route Planning",
                "requested_at": CREATED,
                "was": "review",
                "policy_version": 3,
                "rule": "no_rule_held",
                "outcome": "rejected",
                "decided_by": "person",
                "would_be": "approve",
                "would_be_rule": "Our own apps",
                "would_be_reason": None,
                "against_a_person": True,
            }
        ],
        "next": CURSOR,
    },
    "OpenDemand": {
        "app_id": APP,
        "app_name": "Tram Times",
        **OWNER,
        "credential_id": CREDENTIAL,
        "key_id": CREDENTIAL.replace("-", ""),
        "kind": "api_key",
        "state": "active",
        "deadline": DEADLINE,
        "then": "revoke",
        "reason": "the build server was broken into",
        "missed": False,
    },
    "ShownTeam": {
        "team_id": TEAM,
        "name": "Kitchen",
        "created_at": CREATED,
        "version": 3,
        "members": [
            {
                "developer_id": DEVELOPER,
                "name": "Ada Nowak",
                "status": "registered",
                "role": "admin",
                "invited_at": None,
                "joined_at": CREATED,
            }
        ],
        "apps": 1,
    },
    "ShownOffer": {
        "offer_id": OFFER,
        "app_id": APP,
        "app_name": "Tram Times",
        "team_id": TEAM,
        "member": COLLEAGUE,
        "member_name": "Bob Okafor",
        "kind": "api_key",
        "rotates": None,
        "expires_at": None,
        "until": DEADLINE,
        "state": "open",
        "offered_at": ROTATED,
        "offered_by": DEVELOPER,
        "credential_id": None,
        "ended_at": None,
    },
    "ShownSecret": {
        "app_id": APP,
        "app_name": "Tram Times",
        "credential_id": CREDENTIAL,
        "key_id": CREDENTIAL.replace("-", ""),
        "kind": "api_key",
        "state": "active",
        "issued_at": CREATED,
        "rotation_due_at": DEADLINE,
        "rotation_then": "revoke",
    },
    "OfferedApp": {
        "app_id": APP,
        "name": "Tram Times",
        "owner_kind": "developer",
        **OWNER,
        "to_kind": "team",
        "to_id": TEAM,
        "to_name": "Kitchen",
    },
    "ShownRun": {
        "bulk_id": BULK,
        "requested_by": f"person:{ADMIN}",
        "action": "suspend",
        "reason": DATA["bulk.prepare.v1"]["reason"],
        "deadline": None,
        "then": None,
        "undoes": None,
        "criteria": DATA["bulk.prepare.v1"]["criteria"],
        "status": "running",
        "requested_at": CREATED,
        "prepared_at": "2026-11-02T09:14:05Z",
        "as_of": 41,
        "targets": 1204,
        "would_do": 1200,
        "would_be_so": 3,
        "would_be_refused": {"app_pending": 1},
        "started_at": DECIDED,
        "started_by": ADMIN,
        "start_event_id": "2f7c4f0e-8f0b-5f7e-9a57-5b0d3c1e6a42",
        "stopped_at": None,
        "stop_reason": None,
        "finished_at": None,
        "done": 800,
        "already_so": 3,
        "refused": {},
        "not_sent": 0,
    },
    "ItemOut": {
        "app_id": APP,
        "id": APP,
        "foreseen": "would_do",
        "foreseen_code": None,
        "result": "done",
        "code": None,
        "command_id": "0c7a1b8e-4d1e-5a3b-8c22-6f1d7e9a0b35",
        "reported_at": DECIDED,
    },
    "ShownDeveloper": {"developer_id": DEVELOPER, "name": "Ada Nowak", "status": "registered", "apps": 2},
    "Myself": {"developer_id": DEVELOPER, "name": "Ada Nowak", "email": "ada@example.com", "status": "registered"},
    "DemandsOut": {"outcomes": [{**OUTCOME, "app_id": APP, "credential_id": CREDENTIAL}], "more": False},
    "LookedUp": {
        "kind": "api_key",
        "credential_id": CREDENTIAL,
        "key_id": CREDENTIAL.replace("-", ""),
        "genuine": True,
        "state": "active",
        "opens": True,
        "reason": None,
        "app": {
            "app_id": APP,
            "name": "Tram Times",
            "status": "active",
            "owner": {"kind": "developer", "id": DEVELOPER, "name": "Ada Nowak"},
        },
        "products": [{"product_id": PRODUCT, "name": "Route Planning"}],
        "client_id": None,
        "issued_at": CREATED,
        "expires_at": None,
        "ended_at": None,
        "ended_reason": None,
        "successor_id": None,
    },
    "CredentialMade": {
        **OUTCOME,
        "app_id": APP,
        "credential_id": SUCCESSOR,
        **NEW_SECRET,
        "replaces": CREDENTIAL,
        "overlap_ends_at": RETIRES,
    },
    "LeakReplaced": {**OUTCOME, "app_id": APP, "revoked": CREDENTIAL, "credential_id": SUCCESSOR, **NEW_SECRET},
    "Health": {"status": "live", "local_issuer": False},
    "Ready": {
        "status": "ready",
        "local_issuer": False,
        "dashboard": {"position": 42, "head": 42, "lag_events": 0, "lag_seconds": 0.0},
    },
    "TokenOut": {"access_token": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9...", "token_type": "Bearer", "expires_in": 299},
    "IntrospectionOut": {
        "active": True,
        "token_type": "Bearer",
        "app_id": APP,
        "credential_id": CREDENTIAL,
        "products": [PRODUCT],
        "iss": ISSUER,
        "sub": CLIENT_ID,
        "aud": "launchpad-apps",
        "jti": "f3b1c6de-2a0b-4d55-8f8c-0d1f0a6f4b9e",
        "iat": ISSUED_AT,
        "exp": ENDS_AT,
        "client_id": CLIENT_ID,
    },
    "Revoked": {},
    "OAuthErrorOut": ERROR_EXAMPLE,
    "ServerMetadata": {
        "issuer": ISSUER,
        "token_endpoint": f"{ISSUER}/oauth/token",
        "jwks_uri": f"{ISSUER}/.well-known/jwks.json",
        "introspection_endpoint": f"{ISSUER}/oauth/introspect",
        "revocation_endpoint": f"{ISSUER}/oauth/revoke",
        "service_documentation": f"{ISSUER}/docs",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "Bearer"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    },
    "KeySet": {
        "keys": [
            {
                "kty": "EC",
                "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
                "use": "sig",
                "alg": "ES256",
                "kid": "wrJ0yJ8vVbQ6bq4R",
            }
        ]
    },
    "ShownNotice": {
        "notice_id": NOTICE,
        "recipient_id": DEVELOPER,
        "kind": "rotation_demanded",
        "told_at": ROTATED,
        "read_at": None,
        "app_id": APP,
        "app_name": "Tram Times",
        "approval_id": None,
        "credential_id": CREDENTIAL,
        "team_id": None,
        "developer_id": None,
        "reason": "the build server was broken into",
        "at": DEADLINE,
        "days": None,
        "position": 42,
    },
    "ShownDelivery": {
        "notice_id": MAIL,
        "recipient_id": DEVELOPER,
        "channel": "email",
        "webhook_id": None,
        "kind": "rotation_demanded",
        "told_at": ROTATED,
        "status": "given_up",
        "due_at": ROTATED,
        "attempts": 1,
        "last_error": "smtp 550",
        "ended_at": ROTATED,
        "position": 43,
    },
    "PreferencesOut": {
        "timings": {
            kind.value: {channel.value: "daily" if channel is Channel.EMAIL else "immediate" for channel in Channel} for kind in NoticeKind
        },
        "digest_hour": 7,
    },
    "WebhooksOut": {"items": [{"webhook_id": WEBHOOK, "url": "https://trams.example.com/launchpad", "kinds": ["rotation_demanded"]}]},
    "SecretOut": {"secret": "whsec_(32 bytes in base64)"},
    "ClientOut": {
        "client_id": CLIENT_ID,
        "client_id_issued_at": ISSUED_AT,
        "client_name": "Tram Times",
        "redirect_uris": ["https://trams.example.com/callback"],
        "grant_types": ["client_credentials", "authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "app_id": APP,
        "app_status": "active",
        "active": True,
    },
}
"""By the name of the model that is told. Here, not in the models: FastAPI leaves out of those whatever is null."""


def show_answers(document: dict[str, Any]) -> None:
    """Give each answer of the document its example; a model's own is shown where it has one. Raises KeyError where there is none."""
    schemas = document["components"]["schemas"]
    for operations in document["paths"].values():
        for operation in operations.values():
            for answered in operation["responses"].values():
                body = answered.get("content", {}).get("application/json", {})
                if "$ref" in body.get("schema", {}) and "example" not in body:
                    body["example"] = _example(body["schema"]["$ref"].rpartition("/")[2], schemas)
    posted = document["paths"]["/v1/commands"]["post"]["responses"]["200"]["content"]["application/json"]
    posted["examples"] = {"one": {"value": OUTCOME}, "a list": {"value": [OUTCOME]}}


def _example(model: str, schemas: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    schema = schemas[model]
    if model in TOLD:
        return TOLD[model]
    if "examples" in schema:
        return schema["examples"][0]
    items = schema["properties"]["items"]["items"]["$ref"].rpartition("/")[2]
    return {"items": [_example(items, schemas)], "next": CURSOR}
