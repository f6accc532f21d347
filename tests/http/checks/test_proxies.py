"""Proxies, with the very configurations that docs/how-to/gateways.md shows: nginx runs, the others are compared with our headers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import yaml

from adapters.http.forward_auth import HEADERS
from adapters.identity.local_issuer import LocalIssuer
from adapters.local.ports import free_port
from adapters.settings import Settings
from tests.http.checks.conftest import Door
from tests.servers import need

PAGE = Path(__file__).parents[3] / "docs/how-to/gateways.md"
NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
MISSING = None if NGINX else "nginx is not installed; on Debian or Ubuntu: sudo apt install nginx-light"
START_SECONDS_MAX = 20
OURS = {*(name.lower() for name in HEADERS), "x-launchpad-gateway"}
AROUND = """
daemon off;
pid {folder}/nginx.pid;
{user}
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{shown}
}}
"""


def shown(language: str, number: int = 0) -> str:
    """A block of the page."""
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return blocks[number]


class Api(BaseHTTPRequestHandler):
    """The guarded API: tells what reached it."""

    def _tell(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        told = json.dumps({"headers": {name.lower(): value for name, value in self.headers.items()}, "body": body.decode()}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_POST = do_DELETE = _tell  # noqa: N815 - http.server looks for these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own
        """Say nothing."""


@pytest.fixture
def api() -> Iterator[int]:
    """The port of the API behind the gateway."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def nginx(url: str, door: Door, settings: Settings, api: int, tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of nginx, in front of the API."""
    need(MISSING)
    port = free_port()
    token = LocalIssuer(settings.home, settings.audience).issue("gateway:nginx")
    changes = {
        "launchpad.example.com:8000": url.removeprefix("http://"),
        "api.internal:8000": f"127.0.0.1:{api}",
        "listen 8080": f"listen 127.0.0.1:{port}",
        "PRODUCT_ID": door.product_id,
        "GATEWAY_TOKEN": token,
    }
    text = shown("nginx")
    for placeholder, ours in changes.items():
        assert text.count(placeholder) == 1, placeholder
        text = text.replace(placeholder, ours)
    configuration = tmp_path / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    configuration.write_text(AROUND.format(folder=tmp_path, user=user, shown=text))
    log = tmp_path / "error.log"
    process = subprocess.Popen([str(NGINX), "-c", configuration, "-e", log], stdin=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            wait_for(client, process, log)
            yield client
    finally:
        process.terminate()
        process.wait(20)


def wait_for(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until nginx answers."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            client.get("/")
        except httpx.TransportError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        else:
            return


def test_nginx_lets_in_who_may_and_tells_the_api_who_it_is(nginx: httpx.Client, door: Door) -> None:
    credential_id, key = door.issues("api_key")
    door.sends(door.owner, "app.set_attributes.v1", app_id=door.app_id, attributes={"tier": "gøld", "note": "x" * 2_000})
    spoofed = dict.fromkeys([*HEADERS, "X-Launchpad-Gateway"], "spoofed") | {"X-Forwarded-For": "203.0.113.9"}
    for sent in ({"x-api-key": key}, {"authorization": f"Bearer {key}"}):
        told = nginx.post("/orders?page=2", headers={**spoofed, **sent}, content=b"a body" * 10_000)
        assert told.status_code == 200, told.text
        reached = told.json()["headers"]
        assert told.json()["body"] == "a body" * 10_000
        ours = {name: value for name, value in reached.items() if name.startswith("x-launchpad")}
        owner = ours.pop("x-launchpad-owner")
        assert owner.startswith("developer:")
        assert ours == {
            "x-launchpad-app": door.app_id,
            "x-launchpad-app-name": "Weather",
            "x-launchpad-credential": str(credential_id),
            "x-launchpad-kind": "api_key",
            "x-launchpad-attributes": json.dumps({"note": "x" * 2_000, "tier": "gøld"}, separators=(",", ":")),
        }
        assert "spoofed" not in told.text
        assert key not in told.text


def test_nginx_hands_refusals_on_with_their_reason(nginx: httpx.Client, door: Door) -> None:
    credential_id, key = door.issues("api_key")
    nothing = nginx.get("/orders", headers={"X-Launchpad-App": door.app_id})
    assert (nothing.status_code, nothing.headers["www-authenticate"]) == (401, "Bearer")
    for method in ("GET", "POST", "DELETE"):
        assert nginx.request(method, "/orders", headers={"x-api-key": key}).status_code == 200
    both = nginx.get("/orders", headers={"x-api-key": key, "authorization": f"Bearer {key}"})
    assert (both.status_code, both.headers["x-launchpad-reason"]) == (401, "malformed")
    door.sends(door.admin, "app.suspend.v1", app_id=door.app_id, reason="late")
    suspended = nginx.get("/orders", headers={"x-api-key": key})
    assert (suspended.status_code, suspended.headers["x-launchpad-reason"]) == (403, "app_suspended")
    door.sends(door.owner, "credential.revoke.v1", app_id=door.app_id, credential_id=str(credential_id), reason="lost")
    revoked = nginx.get("/orders", headers={"x-api-key": key})
    assert (revoked.status_code, revoked.headers["x-launchpad-reason"]) == (401, "revoked")
    assert revoked.headers["www-authenticate"].startswith('Bearer error="invalid_token"')


def test_nobody_reaches_the_check_from_outside(nginx: httpx.Client) -> None:
    assert nginx.get("/_launchpad", headers={"x-api-key": "x"}).status_code == 404


def test_traefik_removes_all_that_we_tell_before_it_puts_ours_in() -> None:
    middlewares = yaml.safe_load(shown("yaml"))["http"]["middlewares"]
    check = middlewares["launchpad-check"]["forwardAuth"]
    pattern = re.compile(check["authResponseHeadersRegex"], re.IGNORECASE)
    assert all(pattern.search(name) for name in OURS)
    assert set(middlewares["launchpad-token"]["headers"]["customRequestHeaders"]) == {"X-Launchpad-Gateway"}
    assert set(check["authRequestHeaders"]) == {"Authorization", "X-API-Key", "X-Launchpad-Gateway"}
    assert check["trustForwardHeader"] is False


def test_envoy_removes_all_that_we_tell_before_it_asks() -> None:
    strips, asks, _ = yaml.safe_load(shown("yaml", 1))["http_filters"]
    removed = {each["remove"] for each in strips["typed_config"]["mutations"]["request_mutations"]}
    assert removed == OURS
    assert asks["typed_config"]["failure_mode_allow"] is False


def test_nginx_s_file_names_every_header_of_ours() -> None:
    block = shown("nginx")
    assert {name.lower() for name in re.findall(r"proxy_set_header (X-Launchpad-\S+)", block.partition("location = ")[0])} == OURS
