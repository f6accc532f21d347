"""The API's reference as a page: made from the OpenAPI document and the catalogue, served by ourselves, without script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from adapters.http.examples import example
from adapters.http.openapi import DESCRIPTION, sentence
from adapters.http.pages import has_dashboard, page
from commands.catalogue import CATALOGUE, Entry

routes = APIRouter(include_in_schema=False)
SECTIONS: Final = {
    "developer": "Developers",
    "team": "Teams",
    "product": "Products",
    "policy": "Approval policy",
    "app": "Apps",
    "credential": "Credentials",
    "approval": "Approvals",
    "bulk": "Bulk runs",
    "notice": "Notices",
    "preferences": "Preferences",
    "webhook": "Webhooks",
}
SENT: Final = "Each is sent to <code>POST /v1/commands</code> as <code>data</code> of a command with this <code>type</code>:"
ERRORS: Final = (
    "An error is <code>application/problem+json</code> with a stable <code>code</code>: 401 nobody is recognised, 403 he may not, 404 it"
    " is not there, 409 it can't be done as things stand, 412 somebody was faster (<code>If-Match</code>), 422 it is not well-formed (the"
    " <code>errors</code> say where), 503 something is away: send the same request again after <code>Retry-After</code>."
)


@routes.get("/docs")
async def reference(request: Request) -> HTMLResponse:
    """Show every call and every command."""
    document = request.app.openapi()
    base = str(request.base_url).rstrip("/")
    parts = [
        f"<p>{_marked(DESCRIPTION)}</p>",
        '<p><a href="#calls">Calls</a> · <a href="#commands">Commands</a> · <a href="#errors">Errors</a></p>',
        '<h2 id="calls">Calls</h2>',
        *_calls(document),
        f'<h2 id="commands">Commands</h2><p>{SENT}</p><pre>{escape(_curl(base))}</pre>',
        *_commands(document),
        f'<h2 id="errors">Errors</h2><p>{ERRORS}</p>',
    ]
    return page("API reference", "".join(parts), dashboard=has_dashboard(request))


def _curl(base: str) -> str:
    body = json.dumps(example("app.create.v1"), indent=2)
    return f"TOKEN=$(launchpad token --as developer:ada)\ncurl {base}/v1/commands -H \"authorization: Bearer $TOKEN\" \\\n  --json '{body}'"


def _calls(document: dict[str, Any]) -> Iterator[str]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield f'<h3><span class="method">{method.upper()}</span><code>{escape(path)}</code></h3><p>{_marked(operation["summary"])}.'
            yield f"{' ' + _marked(operation['description']) if 'description' in operation else ''}</p>"
            rows = [
                (name["name"], name["in"], _type(name["schema"], document), _limits(name["schema"]), name.get("description", ""))
                for name in operation.get("parameters", [])
            ]
            if rows:
                yield _table(("Parameter", "In", "Type", "Limits", "Meaning"), rows)


def _commands(document: dict[str, Any]) -> Iterator[str]:
    section = ""
    for name, entry in CATALOGUE.items():
        kind = name.partition(".")[0]
        if kind != section:
            section = kind
            yield f"<h3>{SECTIONS[kind]}</h3>"
        yield f'<details id="{name}"><summary><code>{name}</code> {_marked(sentence(entry))}</summary>'
        yield f'<p class="soft">May be sent by: {escape(_who(entry))}.</p>'
        schema = document["components"]["schemas"][entry.command.__name__]
        required = schema.get("required", [])
        rows = [
            (field, "required" if field in required else "optional", _type(said, document), _limits(said))
            for field, said in schema.get("properties", {}).items()
        ]
        yield _table(("Field", "", "Type", "Limits"), rows)
        yield f"<pre>{escape(json.dumps(example(name), indent=2))}</pre></details>"


def _who(entry: Entry) -> str:
    return ", ".join(sorted(who.name.lower().replace("_", " ") for who in entry.who))


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join(_row(*row) for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _row(name: str, *cells: str) -> str:
    return f"<tr><td><code>{escape(name)}</code></td>{''.join(f'<td>{_marked(cell)}</td>' for cell in cells)}</tr>"


def _marked(text: str) -> str:
    """Text as HTML, with `code` as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _type(schema: dict[str, Any], document: dict[str, Any]) -> str:
    """Name a JSON schema in a few words."""
    if "$ref" in schema:
        named = schema["$ref"].rpartition("/")[2]
        target = document["components"]["schemas"].get(named, {})
        fields = ", ".join(target.get("properties", {}))
        return _type(target, document) if "enum" in target else f"{named} {{{fields}}}"
    if "anyOf" in schema:
        return " or ".join(_type(each, document) for each in schema["anyOf"] if each.get("type") != "null")
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}), document)}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'], document)}"
    return str(schema.get("format") or schema.get("type", "any"))


def _limits(schema: dict[str, Any]) -> str:
    schema = {**schema, **next((each for each in schema.get("anyOf", []) if each.get("type") != "null"), {})}
    words = {"maxLength": "at most {} characters", "maxItems": "at most {}", "minItems": "at least {}", "maxProperties": "at most {}"}
    words |= {"minimum": "from {}", "maximum": "to {}"}
    return ", ".join(text.format(schema[key]) for key, text in words.items() if key in schema)
