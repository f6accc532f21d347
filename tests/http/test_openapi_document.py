"""The OpenAPI document by itself: every body has an example, every answer says what it may be followed by, and both are true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.http.conftest import As


@pytest.fixture(scope="module")
def document(nobody: httpx.Client) -> dict[str, Any]:
    said: dict[str, Any] = nobody.get("/openapi.json").json()
    return said


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each JSON body or form that is taken, and each that is answered where all went well."""
    for label, operation in operations(document):
        taken = operation.get("requestBody", {}).get("content", {})
        answered = [said.get("content", {}) for status, said in operation["responses"].items() if status.startswith("2")]
        for where, contents in (("takes", [taken]), ("answers", answered)):
            for content in contents:
                for media_type, body in content.items():
                    yield f"{label} {where} {media_type}", body


def examples(body: dict[str, Any]) -> list[Any]:
    return [each["value"] for each in body.get("examples", {}).values()] + ([body["example"]] if "example" in body else [])


def test_every_body_has_an_example_that_is_as_its_schema_says(document: dict[str, Any]) -> None:
    found = dict(bodies(document))
    assert len(found) > 70
    assert [label for label, body in found.items() if not examples(body)] == []
    for label, body in found.items():
        validator = Draft202012Validator(
            {**body["schema"], "components": document["components"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        for example in examples(body):
            wrong = [error.message for error in validator.iter_errors(example)]
            assert not wrong, (label, wrong)


def test_every_example_of_an_answer_shows_all_that_may_be_told(document: dict[str, Any]) -> None:
    """A reader learns a field from the example."""
    schemas = document["components"]["schemas"]
    for label, body in bodies(document):
        named = body["schema"].get("$ref", "").rpartition("/")[2]
        if " answers " in label and named:
            required = set(schemas[named].get("required", ()))
            assert all(required <= set(example) for example in examples(body)), label


def test_every_reference_leads_somewhere(nobody: httpx.Client, document: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref":\s*"([^"]+)"', nobody.get("/openapi.json").text))
    assert references
    assert {each for each in references if each.rpartition("/")[0] != "#/components/schemas"} == set()
    assert {each.rpartition("/")[2] for each in references} <= set(document["components"]["schemas"])


def answer_schema(document: dict[str, Any], answered: dict[str, Any]) -> dict[str, Any]:
    """Of an answer; of the first form where it has several."""
    schema: dict[str, Any] = next(iter(answered["content"].values()))["schema"]
    schema = schema["anyOf"][0] if "anyOf" in schema else schema
    named: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return named


def test_every_link_leads_to_a_call_that_takes_what_the_answer_has(document: dict[str, Any]) -> None:
    by_id = {operation["operationId"]: (label, operation) for label, operation in operations(document)}
    assert len(by_id) == len(list(operations(document)))
    followed = 0
    for label, operation in operations(document):
        for status, answered in operation["responses"].items():
            for name, link in answered.get("links", {}).items():
                assert status.startswith("2"), label
                target, called = by_id[link["operationId"]]
                taken = {parameter["name"] for parameter in called.get("parameters", ())}
                needed = set(re.findall(r"{(\w+)}", target))
                assert needed <= set(link.get("parameters", {})) <= taken, (label, name)
                said = [*link.get("parameters", {}).values(), *link.get("requestBody", {}).values()]
                for expression in (each for each in said if each.startswith("$")):
                    source, _, field = expression.rpartition("/" if "body" in expression else ".")
                    if source.startswith("$response.body#"):
                        first = expression.removeprefix("$response.body#/").partition("/")[0]
                        assert first in answer_schema(document, answered)["properties"], (label, name, expression)
                    else:
                        assert field in {each["name"] for each in operation["parameters"]}, (label, name, expression)
                if "requestBody" in link:
                    (body,) = called["requestBody"]["content"].values()
                    assert set(body["schema"].get("required", ())) <= set(link["requestBody"]), (label, name)
                followed += 1
    assert followed > 40


def test_what_is_answered_for_real_has_the_fields_of_the_example(document: dict[str, Any], as_: As) -> None:
    """An example is made by hand, so it is held against the server itself."""
    grace = as_("admin:grace")
    for path in ("/.well-known/oauth-authorization-server", "/.well-known/jwks.json", "/health", "/ready", "/v1/policy"):
        (example,) = examples(document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"])
        assert set(grace.get(path).json()) == set(example), path
