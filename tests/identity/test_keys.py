"""The keys of an issuer, from a file and from a real HTTP server."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from adapters.identity.jwks import KEY_SET_BYTES_MAX, KeysUnreadable, keys_from, read_key_set
from adapters.identity.not_authenticated import NotAuthenticated
from adapters.identity.trusted import token_verifier
from adapters.settings import Settings
from tests.identity.issuer import AUDIENCE, EC, ISSUER, NOW, RSA, key_set, token


class Site(BaseHTTPRequestHandler):
    """Serves a JWKS, and what an issuer should not serve."""

    def do_GET(self) -> None:
        answers = {
            "/jwks": (200, key_set(EC, RSA)),
            "/html": (200, b"<html>"),
            "/huge": (200, b" " * (KEY_SET_BYTES_MAX + 10)),
            "/moved": (302, b""),
        }
        status, body = answers.get(self.path, (404, b""))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/jwks")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of that server."""
    with HTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_settings_become_a_verifier_of_each_issuer(site: str, tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(key_set(EC))
    settings = Settings.load(
        {
            "LAUNCHPAD_ISSUERS": json.dumps([{"issuer": ISSUER, "jwks": f"{site}/jwks"}]),
            "LAUNCHPAD_ISSUER": "from a file",
            "LAUNCHPAD_JWKS": str(file),
        }
    )
    ours, now = token_verifier(settings), time.time()
    ada = ours.verify(token(RSA, iat=now, exp=now + 60))
    other = ours.verify(token(EC, iss="from a file", iat=now, exp=now + 60))
    assert ada != other  # The same subject of another issuer is another person.
    with pytest.raises(NotAuthenticated):
        ours.verify(token(RSA, iss="from a file", iat=now, exp=now + 60))


def test_an_issuer_may_have_an_audience_of_its_own(site: str) -> None:
    listed = json.dumps([{"issuer": ISSUER, "jwks": f"{site}/jwks", "audience": "api://portal"}])
    ours = token_verifier(Settings.load({"LAUNCHPAD_ISSUERS": listed}))
    assert ours.verify(token(aud="api://portal"), NOW).text
    with pytest.raises(NotAuthenticated):
        ours.verify(token(aud=AUDIENCE), NOW)


@pytest.mark.parametrize("path", ["/html", "/huge", "/moved", "/missing"])
def test_what_is_no_jwks_gives_no_keys(site: str, path: str) -> None:
    with pytest.raises(KeysUnreadable):
        keys_from(ISSUER, f"{site}{path}").find("ec", "ES256", NOW)


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(key_set(EC))
    keys = keys_from(ISSUER, str(file))
    assert keys.find("ec", "ES256", NOW)
    file.write_bytes(key_set(RSA))
    assert keys.find("rsa", "RS256", NOW + 10)
    assert keys.find("ec", "ES256", NOW + 10) is None


def test_keys_that_we_cannot_use_are_passed_over() -> None:
    usable = json.loads(key_set(EC, RSA))["keys"]
    others = [
        OctKey.generate_key(256, {"kid": "oct"}).as_dict(private=True),
        ECKey.generate_key("P-384", {"kid": "p384"}).as_dict(private=False),
        RSA.as_dict(private=False) | {"kid": "enc", "use": "enc"},
        RSA.as_dict(private=False) | {"kid": "ps", "alg": "PS256"},
        EC.as_dict(private=False) | {"kid": 7},
        EC.as_dict(private=False) | {"kid": "off-curve", "x": EC.as_dict(private=False)["y"]},
        {"kid": "empty", "kty": "RSA"},
        {"kid": "new", "kty": "ML-DSA"},
        "text",
        None,
    ]
    assert read_key_set(json.dumps({"keys": others + usable}).encode()).keys() == {("ec", "ES256"), ("rsa", "RS256")}


@pytest.mark.filterwarnings("ignore")
def test_a_short_rsa_key_is_not_trusted() -> None:
    short = RSAKey.generate_key(1024, {"kid": "short"})
    assert read_key_set(key_set(short)) == {}


def test_a_private_key_in_a_key_set_is_read_as_its_public_half() -> None:
    keys = read_key_set(json.dumps({"keys": [EC.as_dict(private=True)]}).encode())
    assert not keys["ec", "ES256"].is_private


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"keys": {}}', b"\xff", b"[" * 100_000])
def test_what_is_no_key_set_is_told(text: bytes) -> None:
    with pytest.raises(KeysUnreadable):
        read_key_set(text)
