"""An issuer in the tests' own hands, which can also lie."""

import base64
import hmac
import json
import threading
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, Key, RSAKey

from adapters.identity.jwks import IssuerKeys
from adapters.identity.verifier import TokenVerifier, TrustedIssuer

NOW = 1_800_000_000.0
ISSUER = "https://login.example.com/"
AUDIENCE = "launchpad-apps"
CLAIMS: dict[str, Any] = {"iss": ISSUER, "sub": "ada", "aud": AUDIENCE, "iat": NOW, "exp": NOW + 600, "kind": "person"}

EC = ECKey.generate_key("P-256", {"kid": "ec"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
STRANGER = ECKey.generate_key("P-256", {"kid": "ec"})


def b64(content: bytes) -> str:
    """Base64url as tokens use it."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(header: dict[str, Any], payload: bytes, key: Key) -> str:
    """Any header over any payload, really signed."""
    model = jws.JWSRegistry.algorithms[header["alg"]]
    head = f"{b64(json.dumps(header).encode())}.{b64(payload)}"
    return f"{head}.{b64(model.sign(head.encode(), key))}"


def token(key: Key = EC, header: dict[str, Any] | None = None, **claims: Any) -> str:  # noqa: ANN401 - a claim may be anything
    """An honest token, but for what is asked to differ; a claim of None is left out."""
    alg = {"EC": "ES256", "RSA": "RS256", "oct": "HS256"}[key.key_type]
    whole = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    return signed({"alg": alg, "typ": "at+jwt", "kid": key.kid} | (header or {}), json.dumps(whole).encode(), key)


def key_set(*keys: Key) -> bytes:
    """The public keys as a JWKS."""
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


class Publisher:
    """What an issuer publishes now, and how often it was asked."""

    def __init__(self, *keys: Key) -> None:
        self.keys = keys
        self.away = False
        self.asked = 0
        self.answers = threading.Event()
        self.answers.set()

    def fetch(self) -> bytes:
        """As a JWKS address would answer."""
        self.asked += 1
        assert self.answers.wait(10)
        if self.away:
            raise OSError("away")
        return key_set(*self.keys)


def verifier(publisher: Publisher | None = None) -> TokenVerifier:
    """A verifier that trusts one issuer."""
    publisher = publisher or Publisher(EC, RSA)
    return TokenVerifier([TrustedIssuer(ISSUER, IssuerKeys(ISSUER, publisher.fetch))], AUDIENCE)


def confused() -> str:
    """HS256 with the public RSA key as its secret: what a verifier falls for that believes `alg`."""
    head = f"{b64(json.dumps({'alg': 'HS256', 'typ': 'at+jwt', 'kid': 'rsa'}).encode())}.{b64(json.dumps(CLAIMS).encode())}"
    return f"{head}.{b64(hmac.digest(RSA.as_pem(private=False), head.encode(), 'sha256'))}"
