"""Forged, borrowed, stale and broken tokens: each is refused, with a code that says why, in every state of the cache."""

import base64
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from adapters.identity.not_authenticated import NotAuthenticated
from adapters.identity.signature_form import P256_ORDER
from adapters.identity.token_form import TOKEN_BYTES_MAX
from tests.identity.issuer import AUDIENCE, CLAIMS, EC, ISSUER, NOW, RSA, STRANGER, b64, confused, signed, token, verifier

HONEST = token()
HEAD, BODY, SIGNATURE = HONEST.split(".")
R, S = (int.from_bytes(base64.urlsafe_b64decode(SIGNATURE + "==")[half : half + 32]) for half in (0, 32))
PLAIN = json.dumps(CLAIMS).encode()
UNSIGNED = b64(json.dumps({"alg": "none", "typ": "at+jwt", "kid": "ec"}).encode())
TWICE = b64(b'{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"ec"}')
LISTED = b64(b'{"alg":["ES256"]}')
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "ec"})
ES384 = ECKey.generate_key("P-384", {"kid": "ec"})


def with_header(**names: object) -> str:
    return signed({"alg": "ES256", "typ": "at+jwt", "kid": "ec"} | names, PLAIN, EC)


def with_body(text: str) -> str:
    return signed({"alg": "ES256", "typ": "at+jwt", "kid": "ec"}, text.encode(), EC)


FORGED = {
    "nothing at all": ("", "token_malformed"),
    "no JWT": ("lpklive_0123", "token_malformed"),
    "two parts": (f"{HEAD}.{BODY}", "token_malformed"),
    "four parts": (f"{HONEST}.{SIGNATURE}", "token_malformed"),
    "five parts, an encrypted token": (f"{HEAD}.a.b.c.d", "token_malformed"),
    "no signature": (f"{HEAD}.{BODY}.", "token_malformed"),
    "spaces inside": (f"{HEAD}. {BODY}.{SIGNATURE}", "token_malformed"),
    "a line break at the end": (f"{HONEST}\n", "token_malformed"),
    "letters beyond ASCII": (f"{HEAD}.{BODY}.{SIGNATURE}é", "token_malformed"),
    "padding": (f"{HEAD}=.{BODY}.{SIGNATURE}", "token_malformed"),
    "too large": ("a" * (TOKEN_BYTES_MAX + 1), "token_too_large"),
    "a header that is no JSON": (f"{b64(b'{')}.{BODY}.{SIGNATURE}", "token_malformed"),
    "a header that is a list": (f"{b64(b'[]')}.{BODY}.{SIGNATURE}", "token_malformed"),
    "a header that is deep": (f"{b64(b'[' * 3000)}.{BODY}.{SIGNATURE}", "token_malformed"),
    "a name twice in the header": (f"{TWICE}.{BODY}.{SIGNATURE}", "token_malformed"),
    "a name twice in the claims": (with_body('{"iss":"x","iss":"https://login.example.com/"}'), "token_malformed"),
    "NaN in the claims": (with_body(f'{{"iss":"{ISSUER}","exp":NaN}}'), "token_malformed"),
    "a number of 5,000 digits": (with_body(f'{{"iss":"{ISSUER}","exp":{"9" * 5000}}}'), "token_malformed"),
    "claims that are a list": (with_body("[]"), "token_malformed"),
    "claims in UTF-16": (signed({"alg": "ES256", "typ": "at+jwt", "kid": "ec"}, PLAIN.decode().encode("utf-16"), EC), "token_malformed"),
    "alg none": (f"{UNSIGNED}.{BODY}.{SIGNATURE}", "algorithm_not_allowed"),
    "alg nOnE": (f"{b64(json.dumps({'alg': 'nOnE', 'typ': 'at+jwt'}).encode())}.{BODY}.{SIGNATURE}", "algorithm_not_allowed"),
    "alg missing": (f"{b64(b'{}')}.{BODY}.{SIGNATURE}", "algorithm_not_allowed"),
    "alg a list": (f"{LISTED}.{BODY}.{SIGNATURE}", "algorithm_not_allowed"),
    "HS256 with the public key as secret": (confused(), "algorithm_not_allowed"),
    "HS256 with a made-up secret": (token(OctKey.generate_key(256, {"kid": "ec"})), "algorithm_not_allowed"),
    "ES384": (token(ES384, {"alg": "ES384"}), "algorithm_not_allowed"),
    "an embedded jwk": (token(STRANGER, {"jwk": STRANGER.as_dict(private=False)}), "header_not_allowed"),
    "a jku": (token(STRANGER, {"jku": "https://evil.example/jwks"}), "header_not_allowed"),
    "an x5u": (token(STRANGER, {"x5u": "https://evil.example/cert"}), "header_not_allowed"),
    "an x5c": (token(STRANGER, {"x5c": ["AAAA"]}), "header_not_allowed"),
    "a crit": (with_header(crit=["b64"], b64=False), "header_not_allowed"),
    "a zip": (with_header(zip="DEF"), "header_not_allowed"),
    "an ID token": (with_header(typ="JWT"), "type_not_allowed"),
    "no typ": (signed({"alg": "ES256", "kid": "ec"}, PLAIN, EC), "type_not_allowed"),
    "a typ that is a list": (with_header(typ=["at+jwt"]), "type_not_allowed"),
    "no kid": (signed({"alg": "ES256", "typ": "at+jwt"}, PLAIN, EC), "key_unknown"),
    "a kid that is a number": (with_header(kid=1), "key_unknown"),
    "a kid nobody listed": (with_header(kid="../../dev/null"), "key_unknown"),
    "RS256 said of an EC key": (token(OTHER_RSA, {"kid": "ec"}), "key_unknown"),
    "ES256 said of an RSA key": (token(EC, {"kid": "rsa"}), "key_unknown"),
    "another's key of the same name": (token(STRANGER), "signature_wrong"),
    "claims changed": (f"{HEAD}.{b64(json.dumps(CLAIMS | {'sub': 'bob'}).encode())}.{SIGNATURE}", "signature_wrong"),
    "the signature of zeros": (f"{HEAD}.{BODY}.{b64(bytes(64))}", "signature_wrong"),
    "the signature cut": (f"{HEAD}.{BODY}.{SIGNATURE[:-10]}", "signature_wrong"),
    "the signature in DER": (f"{HEAD}.{BODY}.{b64(b'0E' + bytes(70))}", "signature_wrong"),
    "the right signature in DER": (f"{HEAD}.{BODY}.{b64(encode_dss_signature(R, S))}", "signature_wrong"),
    "r of zero": (f"{HEAD}.{BODY}.{b64(bytes(32) + S.to_bytes(32))}", "signature_wrong"),
    "s of zero": (f"{HEAD}.{BODY}.{b64(R.to_bytes(32) + bytes(32))}", "signature_wrong"),
    "r and s of the order of the curve": (f"{HEAD}.{BODY}.{b64(P256_ORDER.to_bytes(32) * 2)}", "signature_wrong"),
    "a zero before the signature": (f"{HEAD}.{BODY}.{b64(bytes(1) + R.to_bytes(32) + S.to_bytes(32))}", "signature_wrong"),
    "alg es256": (f"{b64(json.dumps({'alg': 'es256', 'typ': 'at+jwt', 'kid': 'ec'}).encode())}.{BODY}.{SIGNATURE}", "algorithm_not_allowed"),
    "a jwk that is the issuer's own": (with_header(jwk=EC.as_dict(private=False)), "header_not_allowed"),
    "exp of infinity": (with_body(f'{{"iss":"{ISSUER}","exp":Infinity}}'), "token_malformed"),
    "exp of 1e999": (with_body(json.dumps(CLAIMS | {"exp": 0}).replace('"exp": 0', '"exp": 1e999')), "claims_wrong"),
    "exp below zero": (token(exp=-1), "claims_wrong"),
    "no issuer": (token(iss=None), "issuer_unknown"),
    "another issuer": (token(iss="https://evil.example/"), "issuer_unknown"),
    "the local issuer, which is off": (token(iss="launchpad-local"), "issuer_unknown"),
    "an issuer that is a list": (token(iss=[ISSUER]), "issuer_unknown"),
    "no audience": (token(aud=None), "audience_wrong"),
    "another audience": (token(aud="another-api"), "audience_wrong"),
    "an audience that holds ours": (token(aud=f"{AUDIENCE}-staging"), "audience_wrong"),
    "audiences without ours": (token(aud=["a", "b"]), "audience_wrong"),
    "no exp": (token(exp=None), "claims_wrong"),
    "exp as text": (token(exp="9999999999"), "claims_wrong"),
    "exp true": (token(exp=True), "claims_wrong"),
    "exp in milliseconds": (token(exp=(NOW + 600) * 1000), "claims_wrong"),
    "expired": (token(exp=NOW - 31), "expired"),
    "no iat": (token(iat=None), "claims_wrong"),
    "issued in the future": (token(iat=NOW + 60), "not_yet_valid"),
    "issued after it expired": (token(iat=NOW, exp=NOW - 10), "claims_wrong"),
    "not valid yet": (token(nbf=NOW + 60), "not_yet_valid"),
    "no subject": (token(sub=None), "claims_wrong"),
    "an empty subject": (token(sub=""), "claims_wrong"),
    "a subject with a line break": (token(sub="ada\nperson:bob"), "claims_wrong"),
    "a subject of 256 letters": (token(sub="a" * 256), "claims_wrong"),
    "no kind": (token(kind=None), "claims_wrong"),
    "a kind that we don't know": (token(kind="admin"), "claims_wrong"),
    "the system, said by somebody else": (token(kind="system", sub="system", roles=["system"]), "claims_wrong"),
    "a person as gateway": (token(roles=["gateway"]), "claims_wrong"),
    "a person as the system": (token(roles=["system"]), "claims_wrong"),
    "roles as text": (token(roles="portal_admin"), "claims_wrong"),
    "roles of numbers": (token(roles=[1]), "claims_wrong"),
    "may_act as text": (token(kind="service", may_act="*"), "claims_wrong"),
    "may_act of names": (token(kind="service", may_act=["ada"]), "claims_wrong"),
    "may_act of all and one": (token(kind="service", may_act=["*", "ada"]), "claims_wrong"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_proves_nobody(name: str) -> None:
    forged, code = FORGED[name]
    ours = verifier()
    for _ in range(2):  # The second time must not find the first one in the cache.
        with pytest.raises(NotAuthenticated) as refused:
            ours.verify(forged, NOW)
        assert refused.value.code == code
        assert len(forged) < 20 or forged[-20:] not in str(refused.value)
        assert ours.verify(HONEST, NOW).text.startswith("person:")


def test_what_is_badly_formed_costs_no_crypto(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_crypto(*_: object, **__: object) -> None:
        raise AssertionError("crypto was used")

    ours = verifier()
    monkeypatch.setattr(jws, "deserialize_compact", no_crypto)
    early = {"token_malformed", "token_too_large", "algorithm_not_allowed", "header_not_allowed", "type_not_allowed", "issuer_unknown"}
    for forged, code in FORGED.values():
        if code in early:
            with pytest.raises(NotAuthenticated):
                ours.verify(forged, NOW)
    with pytest.raises(AssertionError, match="crypto was used"):
        ours.verify(HONEST, NOW)


@given(st.data())
def test_no_letter_of_a_token_can_be_changed(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(HONEST) - 1))
    letter = data.draw(st.sampled_from("ABCDEFghijkl0123456789-_."))
    changed = HONEST[:place] + letter + HONEST[place + 1 :]
    if changed == HONEST:
        return
    with pytest.raises(NotAuthenticated):
        verifier().verify(changed, NOW)


def test_not_even_the_bits_that_mean_nothing_can_be_changed() -> None:
    """The last letter of a signature of 64 bytes carries two bits: sixteen letters would do."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for letter in letters.replace(HONEST[-1], ""):
        with pytest.raises(NotAuthenticated) as refused:
            verifier().verify(HONEST[:-1] + letter, NOW)
        # Refused by its form, whatever the library that decodes it thinks of such letters.
        assert refused.value.code == ("signature_wrong" if letter in "AQgw" else "token_malformed")


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_whatever_comes_as_a_token_there_is_no_other_error(text: str) -> None:
    with pytest.raises(NotAuthenticated):
        verifier().verify(text)
    with pytest.raises(NotAuthenticated):
        verifier().verify_bearer(f"Bearer {text}")


def test_a_flood_of_deep_json_is_refused_quickly() -> None:
    ours, started = verifier(), time.perf_counter()
    for _ in range(200):
        with pytest.raises(NotAuthenticated):
            ours.verify(f"{HEAD}.{b64(b'[' * 5000)}.{SIGNATURE}", NOW)
    assert time.perf_counter() - started < 2


def test_honest_tokens_of_both_algorithms_are_accepted() -> None:
    assert verifier().verify(token(EC), NOW) == verifier().verify(token(RSA), NOW)
