"""Health, readiness, the OpenAPI document and the plain pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import psycopg
import pytest
from jsonschema import Draft202012Validator

from adapters.compose import Launchpad
from adapters.http.examples import DATA
from adapters.local.postgres import LocalPostgres
from adapters.postgres.following import Follower
from adapters.settings import Settings
from commands.catalogue import CATALOGUE
from tests import servers
from tests.http.conftest import As, create_app, is_problem, register, served


def test_health_says_that_we_live_and_whether_local_tokens_are_trusted(nobody: httpx.Client) -> None:
    assert nobody.get("/health").json() == {"status": "live", "local_issuer": True}


def test_ready_says_how_far_the_dashboard_is(nobody: httpx.Client, as_: As, follower: Follower) -> None:
    register(as_("developer:ready"), "ready")
    said = nobody.get("/ready").json()
    assert (said["status"], said["local_issuer"]) == ("ready", True)
    assert said["dashboard"]["head"] >= 1
    assert said["dashboard"]["lag_events"] == said["dashboard"]["head"] - said["dashboard"]["position"]
    assert follower.status.healthy


@pytest.fixture
def lost(settings: Settings, migrated: LocalPostgres) -> Iterator[tuple[str, str]]:
    """A server whose database can be taken away: its address, and the database's."""
    with servers.fresh_database(migrated, "base") as url, Launchpad(settings.but(database_url=url)) as launchpad, served(launchpad) as at:
        yield at, url


def test_without_a_database_everything_says_so_and_nothing_more(lost: tuple[str, str], as_: As, migrated: LocalPostgres) -> None:
    at, url = lost
    database = url.rpartition("/")[2]
    with httpx.Client(base_url=at, headers=as_("developer:ada").headers, timeout=30) as client:
        assert client.get("/ready").status_code == 200
        servers.run(migrated, f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
        servers.run(migrated, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
        for answered in (
            client.get("/ready"),
            client.get("/v1/apps"),
            client.post("/v1/commands", json={"id": "7e9c0f3a-52c1-4d0b-9d3a-0f6f4a1f3a11", "type": "app.suspend.v1", "data": SUSPEND}),
        ):
            assert is_problem(answered, 503, "database_away")
            assert int(answered.headers["retry-after"]) > 0
            assert database not in answered.text
        assert client.get("/health").status_code == 200
        servers.run(migrated, f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
        told = client.post("/v1/commands", json={"id": "7e9c0f3a-52c1-4d0b-9d3a-0f6f4a1f3a11", "type": "app.suspend.v1", "data": SUSPEND})
        assert is_problem(told, 404, "app_unknown")


SUSPEND = {"app_id": "3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21", "reason": "x"}


def test_not_ready_before_the_migrations(lost: tuple[str, str]) -> None:
    at, url = lost
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM log.migrations WHERE number = (SELECT max(number) FROM log.migrations)")
    answered = httpx.get(f"{at}/ready")
    assert is_problem(answered, 503, "not_migrated")
    assert "launchpad migrate" in answered.json()["detail"]


def test_what_nobody_foresaw_is_a_problem_with_an_id_and_no_more(
    lost: tuple[str, str], as_: As, capsys: pytest.CaptureFixture[str]
) -> None:
    at, url = lost
    with psycopg.connect(url) as connection:
        connection.execute("DROP VIEW dashboard.apps")
    # Logging is not set up here as in production: to print the traceback as structlog would by itself takes seconds.
    answered = httpx.get(f"{at}/v1/apps", headers=as_("developer:ada").headers, timeout=60)
    assert is_problem(answered, 500, "internal")
    assert answered.json()["mark"] in answered.json()["detail"]
    assert "dashboard" not in answered.text
    assert answered.json()["mark"] in "".join(capsys.readouterr())


def test_the_document_names_every_command_and_one_form_of_error(nobody: httpx.Client) -> None:
    document = nobody.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert set(document["components"]["schemas"]["Command"]["discriminator"]["mapping"]) == set(CATALOGUE)
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for operations in document["paths"].values():
        for operation in operations.values():
            assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"]
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', nobody.get("/openapi.json").text))
    assert references <= set(document["components"]["schemas"])


def test_every_example_is_valid_by_the_document_and_by_the_command(nobody: httpx.Client) -> None:
    document = nobody.get("/openapi.json").json()
    body = document["paths"]["/v1/commands"]["post"]["requestBody"]["content"]["application/json"]
    validator = Draft202012Validator({**body["schema"], "components": document["components"]})
    for example in body["examples"].values():
        validator.validate(example["value"])
    assert set(body["examples"]) == {*CATALOGUE, "a list"}
    assert set(DATA) == set(CATALOGUE)
    for name, entry in CATALOGUE.items():
        (shown,) = document["components"]["schemas"][entry.command.__name__]["examples"]
        assert shown == DATA[name]
        entry.command.model_validate_json(json.dumps(shown))


class Links(HTMLParser):
    """What a page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.found += [value or "" for name, value in attributes if name in {"href", "src"}]


@pytest.mark.parametrize("path", ["/", "/docs", "/dashboard"])
def test_a_page_needs_nothing_from_elsewhere_and_its_links_work(nobody: httpx.Client, path: str) -> None:
    answered = nobody.get(path)
    assert answered.status_code == 200
    assert answered.headers["content-security-policy"].startswith("default-src 'none'")
    links = Links()
    links.feed(answered.text)
    assert "script" not in links.tags
    assert not [each for each in links.found if "//" in each]
    for link in {each for each in links.found if each.startswith(("/", "?"))}:
        target = link if link.startswith("/") else path + link
        assert nobody.get(target).status_code == 200, target


def test_the_reference_shows_every_command_and_call(nobody: httpx.Client) -> None:
    page = nobody.get("/docs").text
    assert [name for name in CATALOGUE if f'<details id="{name}">' not in page] == []
    assert "/v1/apps/{app_id}" in page


def test_the_sample_dashboard_shows_texts_as_texts(nobody: httpx.Client, as_: As, follower: Follower) -> None:
    mallory = as_("developer:mallory")
    owner = register(mallory, "mallory")
    _, position = create_app(mallory, owner, "<script>alert(1)</script>")
    mallory.get("/v1/apps", params={"min_position": position})
    page = nobody.get("/dashboard", params={"owner": str(owner)}).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert "Apps of Mallory" in page
    assert follower.status.healthy


def test_the_sample_dashboard_is_shown_to_this_machine_only(nobody: httpx.Client) -> None:
    assert is_problem(nobody.get("/dashboard", headers={"host": "evil.example"}), 403, "not_allowed")


def test_without_the_local_issuer_there_is_no_sample_dashboard(settings: Settings) -> None:
    with Launchpad(settings.but(local_issuer="off")) as launchpad, served(launchpad) as at:
        assert is_problem(httpx.get(f"{at}/dashboard"), 404, "not_found")
        assert httpx.get(f"{at}/health").json()["local_issuer"] is False
        assert "Sample dashboard" not in httpx.get(at).text


def test_every_answer_says_that_it_is_what_it_says_and_those_with_data_are_not_kept(nobody: httpx.Client, as_: As) -> None:
    for path in ("/", "/style.css", "/health", "/openapi.json", "/nowhere"):
        assert nobody.get(path).headers["x-content-type-options"] == "nosniff", path
    for answered in (nobody.get("/v1/apps"), as_("admin:grace").get("/v1/apps"), as_("admin:grace").post("/v1/commands", content="{")):
        assert answered.headers["cache-control"] == "no-store"
        assert answered.headers["x-content-type-options"] == "nosniff"


def test_every_parameter_has_its_meaning(nobody: httpx.Client) -> None:
    for path, operations in nobody.get("/openapi.json").json()["paths"].items():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                assert parameter.get("description"), (path, parameter["name"])
