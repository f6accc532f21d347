"""The tokens that we sign: what they say, and 80 ways to forge one."""

from __future__ import annotations

import base64
import hmac
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey
from psycopg_pool import ConnectionPool

from adapters.identity import own_tokens
from adapters.identity.claims import LEEWAY_SECONDS
from adapters.identity.not_authenticated import NotAuthenticated
from adapters.identity.own_tokens import ACCESS_TOKEN_LIFETIME, NotOurs, OwnTokens, TokenKind
from adapters.identity.signature_form import P256_ORDER, has_smaller_s, with_smaller_s
from adapters.identity.token_form import TOKEN_BYTES_MAX, take_apart
from adapters.vault import MasterKey, migrate
from adapters.vault.signing_keys import SigningKeys
from launchpad_client.keys import digest
from tests.counts import Counts
from tests.identity.issuer import b64
from tests.identity.issuer import signed as signed_anyhow

ISSUER, AUDIENCE = "https://launchpad.example.com", "launchpad-apis"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
END = NOW + timedelta(days=90)
CREDENTIAL, APP, PRODUCT = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.fixture
def keys(empty_database: str) -> Iterator[SigningKeys]:
    migrate(empty_database)
    with ConnectionPool(empty_database, min_size=1, max_size=2, kwargs={"autocommit": True}) as pool:
        yield SigningKeys(pool, MasterKey(bytes(range(32))), lambda: NOW)


@pytest.fixture
def tokens(keys: SigningKeys) -> OwnTokens:
    return OwnTokens(keys, ISSUER, AUDIENCE)


def a_jwt(tokens: OwnTokens, expires_at: datetime = END) -> str:
    return tokens.sign_credential(CREDENTIAL, app_id=APP, products=[PRODUCT], issued_at=NOW, expires_at=expires_at)


def an_access_token(tokens: OwnTokens, ends_at: datetime | None = None) -> str:
    return tokens.sign_access_token(CREDENTIAL, app_id=APP, client_id="client-1", products=[PRODUCT], now=NOW, ends_at=ends_at).text


def test_a_jwt_credential_says_whose_it_is_what_it_opens_and_until_when(tokens: OwnTokens) -> None:
    text = a_jwt(tokens)
    token = tokens.read(text, NOW)
    assert (token.kind, token.credential_id, token.app_id, token.client_id) == (TokenKind.JWT, CREDENTIAL, APP, None)
    assert (token.expires_at, token.digest) == (END, digest(text))
    assert token.claims["products"] == [str(PRODUCT)]
    assert (token.claims["iss"], token.claims["aud"], token.claims["jti"]) == (ISSUER, AUDIENCE, str(CREDENTIAL))


def test_an_access_token_is_of_rfc_9068_and_lives_five_minutes(tokens: OwnTokens) -> None:
    text = an_access_token(tokens)
    assert take_apart(text).type == "at+jwt"
    token = tokens.read(text, NOW)
    assert (token.kind, token.credential_id, token.client_id) == (TokenKind.ACCESS_TOKEN, CREDENTIAL, "client-1")
    assert token.expires_at == NOW + ACCESS_TOKEN_LIFETIME
    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"} <= token.claims.keys()  # RFC 9068, section 2.2


def test_an_access_token_never_outlives_the_secret_that_got_it(tokens: OwnTokens) -> None:
    ends = NOW + timedelta(seconds=30)
    assert tokens.read(an_access_token(tokens, ends), NOW).expires_at == ends


@pytest.mark.parametrize(
    ("now", "ends", "told"),
    [(0.0, None, 300), (0.9, None, 299), (0.9, 30.2, 29), (0.0, 30.9, 30), (0.3, 0.8, 0), (0.9, 1.2, 0), (0.5, 0.5, 0)],
)
def test_no_access_token_is_said_to_live_longer_than_it_does(tokens: OwnTokens, now: float, ends: float | None, told: int) -> None:
    at, ends_at = NOW + timedelta(seconds=now), None if ends is None else NOW + timedelta(seconds=ends)
    signed = tokens.sign_access_token(CREDENTIAL, app_id=APP, client_id="client-1", products=[], now=at, ends_at=ends_at)
    assert signed.expires_in == told
    lives = tokens.recognise(signed.text).expires_at - at
    assert told == 0 or timedelta(0) <= lives - timedelta(seconds=told) < timedelta(seconds=1)


def test_a_token_is_expired_from_its_last_moment_on_and_the_cache_knows(tokens: OwnTokens) -> None:
    text = a_jwt(tokens)
    tokens.read(text, END - timedelta(milliseconds=1))
    for late in (END, END + timedelta(milliseconds=1)):
        with pytest.raises(NotOurs) as no:
            tokens.read(text, late)
        assert no.value.reason == "expired"


def test_what_a_stolen_key_signed_is_unknown_once_the_key_is_dropped(tokens: OwnTokens, keys: SigningKeys) -> None:
    text = a_jwt(tokens)
    tokens.read(text, NOW)
    keys.unpublish(take_apart(text, {"jwt"}).kid)
    with pytest.raises(NotOurs, match="unknown"):
        tokens.read(text, NOW)


def test_a_token_of_ours_opens_neither_our_own_api_nor_as_an_id_token(tokens: OwnTokens) -> None:
    with pytest.raises(NotAuthenticated):
        take_apart(a_jwt(tokens))


def forged(tokens: OwnTokens, keys: SigningKeys) -> dict[str, str]:
    """As many lies as come to mind, each really signed where a key is to be had."""
    honest = a_jwt(tokens)
    head, body, signature = honest.split(".")
    kid = take_apart(honest, {"jwt"}).kid
    ours = keys.signing(END).key
    claims: dict[str, Any] = take_apart(honest, {"jwt"}).claims
    access = tokens.read(an_access_token(tokens), NOW).claims
    stranger = ECKey.generate_key("P-256", {"kid": kid})
    rsa = RSAKey.generate_key(2048, {"kid": kid})
    found = keys.find(kid)
    assert found is not None
    pem = found[0].as_pem(private=False)
    plain = json.dumps(claims).encode()

    def headed(key: Any = ours, **names: object) -> str:  # noqa: ANN401 - any key
        header = {"alg": "ES256", "typ": "JWT", "kid": kid} | names
        return signed({name: value for name, value in header.items() if value is not None}, plain, key)

    def saying(base: dict[str, Any] = claims, typ: str = "JWT", **changed: object) -> str:
        whole = {name: value for name, value in (base | changed).items() if value is not None}
        return signed({"alg": "ES256", "typ": typ, "kid": kid}, json.dumps(whole).encode(), ours)

    def confused(alg: str) -> str:
        start = f"{b64(json.dumps({'alg': alg, 'typ': 'JWT', 'kid': kid}).encode())}.{body}"
        return f"{start}.{b64(hmac.digest(pem, start.encode(), 'sha256'))}"

    none = b64(json.dumps({"alg": "none", "typ": "JWT", "kid": kid}).encode())
    twice = b64(f'{{"alg":"none","alg":"ES256","typ":"JWT","kid":"{kid}"}}'.encode())
    return {
        "nothing": "",
        "two parts": f"{head}.{body}",
        "no signature": f"{head}.{body}.",
        "four parts": f"{honest}.{signature}",
        "a line break": f"{honest}\n",
        "white space before": f" {honest}",
        "padding": f"{head}.{body}.{signature}==",
        "beyond ASCII": f"{honest}é",
        "oversize": "a" * (TOKEN_BYTES_MAX + 1),
        "oversize and signed": saying(padding="x" * TOKEN_BYTES_MAX),
        "alg none": f"{none}.{body}.{signature}",
        "alg none without a signature": f"{none}.{body}.",
        "HS256 with the public key as its secret": confused("HS256"),
        "HS512 with the public key as its secret": confused("HS512"),
        "HS256 with a made-up secret": headed(OctKey.generate_key(256), alg="HS256"),
        "RS256 with a key of the same name": headed(rsa, alg="RS256"),
        "alg in lower case": f"{b64(json.dumps({'alg': 'es256', 'typ': 'JWT', 'kid': kid}).encode())}.{body}.{signature}",
        "alg missing": f"{b64(json.dumps({'typ': 'JWT', 'kid': kid}).encode())}.{body}.{signature}",
        "alg twice": f"{twice}.{body}.{signature}",
        "an embedded jwk": headed(stranger, jwk=stranger.as_dict(private=False)),
        "a jku": headed(stranger, jku="https://evil.example/jwks"),
        "an x5u": headed(stranger, x5u="https://evil.example/cert"),
        "an x5c": headed(stranger, x5c=["AAAA"]),
        "a crit": headed(crit=["exp"]),
        "a crit with b64": headed(crit=["b64"], b64=False),
        "a zip": headed(zip="DEF"),
        "a cty": headed(cty="JWT"),
        "a nested typ": headed(typ="at+JWT;x"),
        "no typ": headed(typ=None),
        "another typ": headed(typ="logout+jwt"),
        "no kid": headed(kid=None),
        "a kid that nobody has": headed(kid="20260301-00000000"),
        "a kid that is a path": headed(kid="../../../dev/null"),
        "a kid that is a number": headed(kid=1),
        "another's key of the same name": headed(stranger),
        "claims changed": f"{head}.{b64(json.dumps(claims | {'sub': str(CREDENTIAL)}).encode())}.{signature}",
        "a signature of zeros": f"{head}.{body}.{b64(bytes(64))}",
        "a signature cut": f"{head}.{body}.{signature[:-4]}",
        "a signature in DER": f"{head}.{body}.{b64(b'0E' + bytes(70))}",
        "the other s, of another message": f"{head}.{body}.{b64(bytes(32) + b'1' * 32)}",
        "an access token as a jwt": saying(access),
        "a jwt as an access token": saying(typ="at+jwt"),
        "no issuer": saying(iss=None),
        "another issuer": saying(iss="https://evil.example"),
        "our issuer with a slash": saying(iss=f"{ISSUER}/"),
        "an issuer that is a list": saying(iss=[ISSUER]),
        "no audience": saying(aud=None),
        "another audience": saying(aud="launchpad-apps"),
        "audiences": saying(aud=[AUDIENCE, "other"]),
        "no exp": saying(exp=None),
        "exp as text": saying(exp="9999999999"),
        "exp true": saying(exp=True),
        "exp as a fraction": saying(exp=9999999999.5),
        "exp beyond time": saying(exp=10**15),
        "exp as a whole fraction": saying(exp=float(claims["exp"])),
        "exp in exponents": signed({"alg": "ES256", "typ": "JWT", "kid": kid}, plain.replace(b'"exp": ', b'"exp": 1e0, "x": '), ours),
        "exp of infinity": signed({"alg": "ES256", "typ": "JWT", "kid": kid}, plain.replace(b'"exp": ', b'"exp": Infinity, "x": '), ours),
        "exp below zero": saying(exp=-1),
        "no iat": saying(iat=None),
        "no nbf": saying(nbf=None),
        "nbf as text": saying(nbf="0"),
        "not valid yet": saying(nbf=int(NOW.timestamp()) + LEEWAY_SECONDS + 1),
        "issued in the future": saying(iat=int(NOW.timestamp()) + LEEWAY_SECONDS + 1),
        "the same signature with the larger s": f"{head}.{body}.{larger_s(signature)}",
        "the same signature in DER, really": f"{head}.{body}.{in_der(signature)}",
        "r of zero": f"{head}.{body}.{b64(bytes(32) + raw(signature)[32:])}",
        "s of zero": f"{head}.{body}.{b64(raw(signature)[:32] + bytes(32))}",
        "r and s of the order of the curve": f"{head}.{body}.{b64(P256_ORDER.to_bytes(32) * 2)}",
        "a signature with a zero before r": f"{head}.{body}.{b64(bytes(1) + raw(signature))}",
        "a jwk that is ours, as header": headed(jwk=ours.as_dict(private=False)),
        "a jku and our own key": headed(jku=f"{ISSUER}/.well-known/jwks.json"),
        "alg a list": headed_raw({"alg": ["ES256"], "typ": "JWT", "kid": kid}, body, signature),
        "a header that is deep": f"{b64(b'[' * 3000)}.{body}.{signature}",
        "claims in UTF-16": signed({"alg": "ES256", "typ": "JWT", "kid": kid}, json.dumps(claims).encode("utf-16"), ours),
        "expired": saying(exp=int(NOW.timestamp())),
        "no jti": saying(jti=None),
        "a jti that is no id": saying(jti="../1"),
        "a jti that is a list": saying(jti=[str(CREDENTIAL)]),
        "no subject": saying(sub=None),
        "an access token without a client": saying(access, "at+jwt", client_id=None),
        "an access token without a credential": saying(access, "at+jwt", credential_id=None),
        "a name twice in the claims": signed({"alg": "ES256", "typ": "JWT", "kid": kid}, plain[:-1] + b', "exp": 9999999999}', ours),
        "claims that are a list": signed({"alg": "ES256", "typ": "JWT", "kid": kid}, b"[]", ours),
    }


def signed(header: dict[str, Any], payload: bytes, key: Any) -> str:  # noqa: ANN401 - any key
    """Signed as we do it, so that a lie is not refused for its s alone."""
    text = signed_anyhow(header, payload, key)
    return with_smaller_s(text) if header["alg"] == "ES256" else text


def raw(signature: str) -> bytes:
    return base64.urlsafe_b64decode(signature + "==")


def larger_s(signature: str) -> str:
    s = P256_ORDER - int.from_bytes(raw(signature)[32:])
    return b64(raw(signature)[:32] + s.to_bytes(32))


def in_der(signature: str) -> str:
    return b64(encode_dss_signature(int.from_bytes(raw(signature)[:32]), int.from_bytes(raw(signature)[32:])))


def headed_raw(header: dict[str, Any], body: str, signature: str) -> str:
    return f"{b64(json.dumps(header).encode())}.{body}.{signature}"


def test_of_two_signatures_that_are_both_right_ours_is_the_one_with_the_smaller_s(tokens: OwnTokens, keys: SigningKeys) -> None:
    for _ in range(20):
        text = a_jwt(tokens)
        head, body, signature = text.split(".")
        assert has_smaller_s(text)
        other = f"{head}.{body}.{larger_s(signature)}"
        assert jws.deserialize_compact(other, keys.signing(END).key, algorithms=["ES256"]).payload  # As valid to anybody else.
        with pytest.raises(NotOurs, match="unknown"):
            tokens.read(other, NOW)


def test_a_clock_may_be_behind_a_little_when_a_token_is_new(tokens: OwnTokens) -> None:
    text = a_jwt(tokens)
    assert tokens.read(text, NOW - timedelta(seconds=LEEWAY_SECONDS)).valid_from == NOW
    with pytest.raises(NotOurs, match="unknown"):
        tokens.read(text, NOW - timedelta(seconds=LEEWAY_SECONDS, milliseconds=1))
    assert tokens.recognise(text).credential_id == CREDENTIAL


def test_a_token_is_verified_once_and_memory_of_it_is_bounded(tokens: OwnTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_tokens, "READ_MAX", 3)
    texts = [an_access_token(tokens) for _ in range(4)]
    first = tokens.read(texts[0], NOW)
    for text in texts[1:]:
        assert tokens.read(texts[0], NOW) is first  # What is used stays.
        tokens.read(text, NOW)
    assert len(tokens._read) == 3
    monkeypatch.setattr(jws, "deserialize_compact", None)
    assert tokens.read(texts[0], NOW) is first


def test_80_forged_tokens_open_nothing_whether_or_not_an_honest_one_was_read_before(tokens: OwnTokens, keys: SigningKeys) -> None:
    lies = forged(tokens, keys)
    assert len(lies) >= 80
    honest = a_jwt(tokens)
    for name, text in lies.items():
        for _ in range(2):
            with pytest.raises(NotOurs) as no:
                tokens.read(text, NOW)
            assert no.value.reason == ("expired" if name == "expired" else no.value.reason), name
            assert no.value.reason in {"malformed", "unknown", "expired"}
        tokens.read(honest, NOW)


@pytest.mark.part_credentials
def test_no_mutation_of_a_valid_token_is_accepted(tokens: OwnTokens, counts: Counts, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rnd = random.Random(seed)
    honest = [a_jwt(tokens), an_access_token(tokens)]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    verified = 0
    real = jws.deserialize_compact

    def counted(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as it is
        nonlocal verified
        verified += 1
        return real(*given, **named)

    monkeypatch.setattr(jws, "deserialize_compact", counted)
    accepted = 0
    for _ in range(counts.mutations // 2):
        text = mutated(rnd.choice(honest), letters, rnd)
        try:
            tokens.read(text, NOW)
        except NotOurs:
            continue
        accepted += text not in honest
    assert accepted == 0
    assert verified > counts.mutations // 20, "most mutations must get as far as the signature"


def mutated(text: str, letters: str, rnd: random.Random) -> str:
    """Another text: a letter changed, dropped, doubled or swapped, or the tail of the signature rewritten."""
    place = rnd.randrange(len(text))
    changed = {
        "change": lambda: text[:place] + rnd.choice(letters) + text[place + 1 :],
        "bit": lambda: text[:place] + chr(ord(text[place]) ^ 1 << rnd.randrange(7)) + text[place + 1 :],
        "tail": lambda: text[:-1] + rnd.choice(letters),
        "signature": lambda: text[: -rnd.randint(1, 86)] + "".join(rnd.choices(letters[:-1], k=rnd.randint(1, 86))),
        "drop": lambda: text[:place] + text[place + 1 :],
        "double": lambda: text[:place] + text[place] + text[place:],
        "swap": lambda: text[:place] + text[place + 1 : place + 2] + text[place] + text[place + 2 :],
        "case": lambda: text[:place] + text[place].swapcase() + text[place + 1 :],
    }
    return changed[rnd.choice(list(changed))]()
