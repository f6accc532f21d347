"""What an answer may be followed by, in OpenAPI: the calls that take the ids and secrets which it tells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from adapters.http.oauth.token import GRANT


class Link(NamedTuple):
    """A call, the parameters that it takes from the answer (or from the request before), and the whole body where that is known."""

    target: str
    parameters: dict[str, str]
    body: dict[str, Any] | None = None


def _told(*names: str) -> dict[str, str]:
    return {name: f"$response.body#/{name}" for name in names}


def _asked(*names: str) -> dict[str, str]:
    return {name: f"$request.path.{name}" for name in names}


APP, CREDENTIAL, APPROVAL = "/v1/apps/{app_id}", "/v1/apps/{app_id}/credentials/{credential_id}", "/v1/approvals/{approval_id}"
TEAM, OFFER = "/v1/teams/{team_id}", "/v1/apps/{app_id}/credential-offers/{offer_id}"
AT_ONCE: Final = {"min_position": "$response.body#/position"}
"""Reads one's own write."""
OUTCOME: Final = Link("GET /v1/commands/{command_id}", _told("command_id"))
OF_APP: Final = [
    Link(f"GET {APP}", _told("app_id") | AT_ONCE),
    *(Link(f"{method} {APP}", _told("app_id")) for method in ("PATCH", "DELETE")),
    *(Link(f"POST {APP}/{what}", _told("app_id")) for what in ("products", "credentials", "suspend")),
]
OF_CREDENTIAL: Final = [
    Link(f"GET {CREDENTIAL}", _told("app_id", "credential_id") | AT_ONCE),
    *(
        Link(f"POST {CREDENTIAL}/{what}", _told("app_id", "credential_id"))
        for what in ("rotate", "revoke", "claim", "demand-rotation", "replace-leaked")
    ),
    Link("POST /v1/credentials/lookup", {}, {"credential": "$response.body#/secret"}),
    Link("GET /v1/clients/{client_id}", _told("client_id")),
    Link("POST /oauth/token", {}, {"grant_type": GRANT, **_told("client_id"), "client_secret": "$response.body#/secret"}),
    Link("POST /oauth/introspect", {}, {"token": "$response.body#/secret"}),
]
LINKS: Final[dict[str, list[Link]]] = {
    "POST /v1/commands": [OUTCOME],
    "POST /v1/apps": [*OF_APP, OUTCOME],
    f"GET {APP}": [
        Link(f"GET {APP}/credentials", _told("app_id")),
        Link(f"GET {APPROVAL}", {"approval_id": "$response.body#/open_approval_id"}),
        Link(f"POST {APPROVAL}/decide", {"approval_id": "$response.body#/open_approval_id"}),
        Link(f"POST {APPROVAL}/withdraw", {"approval_id": "$response.body#/open_approval_id"}),
        Link(
            f"DELETE {APP}/products/{{product_id}}",
            {"app_id": "$response.body#/app_id", "product_id": "$response.body#/products/0/product_id"},
        ),
    ],
    f"PATCH {APP}": [Link(f"GET {APP}", _told("app_id") | AT_ONCE)],
    f"DELETE {APP}": [Link(f"GET {APP}", _told("app_id") | AT_ONCE)],
    f"POST {APP}/products": [Link(f"GET {APP}", _told("app_id") | AT_ONCE)],
    f"POST {APP}/suspend": [Link(f"POST {APP}/reinstate", _told("app_id")), Link(f"GET {APP}", _told("app_id") | AT_ONCE)],
    f"POST {APP}/reinstate": [Link(f"GET {APP}", _told("app_id") | AT_ONCE)],
    f"POST {APP}/resubmit": [Link(f"GET {APP}", _told("app_id") | AT_ONCE)],
    f"POST {APPROVAL}/decide": [
        Link(f"GET {APP}", _told("app_id") | AT_ONCE),
        Link(f"POST {APP}/resubmit", _told("app_id")),
    ],
    f"POST {APPROVAL}/withdraw": [Link(f"GET {APP}", _told("app_id") | AT_ONCE)],
    f"POST {APP}/credentials": OF_CREDENTIAL,
    f"POST {CREDENTIAL}/rotate": [*OF_CREDENTIAL, Link(f"POST {CREDENTIAL}/end-overlap", _asked("app_id", "credential_id"))],
    f"POST {CREDENTIAL}/revoke": [Link(f"GET {CREDENTIAL}", _told("app_id", "credential_id") | AT_ONCE)],
    f"POST {CREDENTIAL}/replace-leaked": [Link(f"GET {CREDENTIAL}", _told("app_id", "credential_id") | AT_ONCE)],
    f"GET {APPROVAL}": [Link(f"GET {APP}", _told("app_id")), Link(f"POST {APPROVAL}/reevaluate", _told("approval_id"))],
    "POST /v1/bulk": [
        Link("GET /v1/bulk/{bulk_id}", _told("bulk_id") | AT_ONCE),
        Link("GET /v1/bulk/{bulk_id}/items", _told("bulk_id")),
        *(Link(f"POST /v1/bulk/{{bulk_id}}/{what}", _told("bulk_id")) for what in ("start", "stop")),
    ],
    "POST /v1/bulk/{bulk_id}/start": [
        Link("GET /v1/bulk/{bulk_id}", _told("bulk_id") | AT_ONCE),
        *(Link(f"POST /v1/bulk/{{bulk_id}}/{what}", _told("bulk_id")) for what in ("stop", "undo")),
    ],
    "GET /v1/approvals": [
        Link(call, {"approval_id": "$response.body#/items/0/approval_id"})
        for call in (f"GET {APPROVAL}", *(f"POST {APPROVAL}/{what}" for what in ("assign", "comments", "decide", "withdraw")))
    ],
    "POST /v1/teams": [
        Link(f"GET {TEAM}", _told("team_id") | AT_ONCE),
        *(Link(f"{method} {TEAM}", _told("team_id")) for method in ("PATCH",)),
        *(Link(f"POST {TEAM}/{what}", _told("team_id")) for what in ("invitations", "join", "leave")),
    ],
    f"POST {TEAM}/invitations": [Link(f"GET {TEAM}", _told("team_id") | AT_ONCE)],
    f"POST {TEAM}/members/{{developer_id}}/promote": [
        Link(f"POST {TEAM}/members/{{developer_id}}/demote", _told("team_id", "developer_id")),
        Link(f"DELETE {TEAM}/members/{{developer_id}}", _told("team_id", "developer_id")),
    ],
    f"DELETE {TEAM}/members/{{developer_id}}": [
        Link(f"GET {TEAM}/members/{{developer_id}}/shown", _told("team_id", "developer_id") | AT_ONCE),
        Link(f"POST {TEAM}/members/{{developer_id}}/rotate-shown", _told("team_id", "developer_id") | AT_ONCE),
    ],
    f"POST {APP}/credential-offers": [
        Link(f"GET {APP}/credential-offers", _told("app_id") | AT_ONCE),
        Link(f"DELETE {OFFER}", _told("app_id", "offer_id")),
        Link(f"POST {OFFER}/take", _told("app_id", "offer_id")),
    ],
    f"POST {APP}/transfer": [
        Link(f"GET {APP}", _told("app_id") | AT_ONCE),
        Link(f"DELETE {APP}/transfer", _told("app_id")),
        *(Link(f"POST {APP}/transfer/{what}", _told("app_id")) for what in ("accept", "decline")),
    ],
    f"POST {APPROVAL}/assign": [Link(f"GET {APPROVAL}", _told("approval_id") | AT_ONCE)],
    f"POST {APPROVAL}/comments": [Link(f"GET {APPROVAL}", _told("approval_id") | AT_ONCE)],
    "POST /v1/products": [
        Link("GET /v1/products/{product_id}", _told("product_id") | AT_ONCE),
        Link("PATCH /v1/products/{product_id}", _told("product_id")),
        Link("POST /v1/products/{product_id}/retire", _told("product_id")),
    ],
    "POST /v1/webhooks": [
        Link("DELETE /v1/webhooks/{webhook_id}", _told("webhook_id")),
        Link("POST /v1/webhooks/{webhook_id}/secret", _told("webhook_id")),
    ],
    "GET /v1/notices": [Link("POST /v1/notices/{notice_id}/redeliver", {"notice_id": "$response.body#/items/0/notice_id"})],
    "POST /oauth/token": [
        Link("POST /oauth/introspect", {}, {"token": "$response.body#/access_token"}),
        Link("POST /oauth/revoke", {}, {"token": "$response.body#/access_token"}),
    ],
}


def link(document: dict[str, Any], links: dict[str, list[Link]] = LINKS) -> None:
    """Say with each answer where it leads. Raises KeyError where a call is not in the document."""
    for source, follow in links.items():
        operation = _operation(document, source)
        (answered,) = (said for status, said in operation["responses"].items() if status.startswith("2"))
        answered["links"] = answered.get("links", {}) | dict(_links(document, follow))


def _links(document: dict[str, Any], follow: Iterable[Link]) -> Iterable[tuple[str, dict[str, Any]]]:
    for each in follow:
        target = _operation(document, each.target)
        said: dict[str, Any] = {"operationId": target["operationId"], "description": target["summary"]}
        if each.parameters:
            said["parameters"] = each.parameters
        if each.body is not None:
            said["requestBody"] = each.body
        yield target["operationId"], said


def _operation(document: dict[str, Any], label: str) -> dict[str, Any]:
    method, _, path = label.partition(" ")
    found: dict[str, Any] = document["paths"][path][method.lower()]
    return found
