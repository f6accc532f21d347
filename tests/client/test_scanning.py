"""Scanning: whatever surrounds a credential it is found, once, with its place; and nothing else is."""

from __future__ import annotations

import json
import random
import string
import tracemalloc
from base64 import urlsafe_b64encode
from io import BytesIO
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchpad_client import NotACredential, make_credential, parse
from launchpad_client.keys import checksum
from launchpad_client.scanning import CREDENTIAL_BYTES_MAX, identify, scan
from launchpad_client.tokens import TOKEN_LETTERS_MAX, NotAToken, read_token
from tests.counts import Counts

LETTERS = string.digits + string.ascii_letters
KEY_ID, APP_ID = UUID(int=7), UUID(int=8)
KEY = make_credential("api_key", "live", KEY_ID).text
OTHER = make_credential("oauth_client", "test", UUID(int=9)).text
SURROUNDINGS = st.text(st.sampled_from("lpkc_iveteyJ.0aZ\n\x00 é-"), max_size=60)
"""Of what credentials are made of, and of what they are not."""


def token(*, header: dict[str, object] | None = None, signature: bytes = b"\x5a" * 64, **claims: object) -> str:
    """A token as we would sign it, but for the signature."""
    said = {"iss": "http://127.0.0.1:8000", "sub": str(APP_ID), "aud": "launchpad-apis", "jti": str(KEY_ID), "products": []} | claims
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header or {"alg": "ES256", "typ": "JWT", "kid": "one"}, said)]
    return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, signature))


JWT = token()


@given(SURROUNDINGS, st.sampled_from([KEY, OTHER, JWT]), SURROUNDINGS, st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-16"]))
def test_whatever_surrounds_a_credential_it_is_found_once(before: str, credential: str, after: str, encoding: str) -> None:
    found = list(scan((before + credential + after).encode(encoding)))
    assert [each.text for each in found] == [credential]
    assert found[0].line == before.count("\n") + 1 or encoding in {"utf-16-le", "utf-16-be"}  # Without its mark, it is no UTF-16 to us.


@given(st.lists(st.tuples(SURROUNDINGS, st.sampled_from([KEY, OTHER, JWT])), max_size=5), SURROUNDINGS)
def test_all_are_found_in_order_with_their_places(parts: list[tuple[str, str]], rest: str) -> None:
    text = "".join(before + credential for before, credential in parts) + rest
    found = list(scan(text))
    assert [each.text for each in found] == [credential for _, credential in parts]
    for each in found:
        before = text.encode()[: each.offset].decode()
        assert text.encode()[each.offset :].decode().startswith(each.text)
        assert each.line == before.count("\n") + 1


@given(st.integers(1, 400), st.integers(0, 3 * CREDENTIAL_BYTES_MAX), st.sampled_from([KEY, JWT]), st.booleans())
def test_a_credential_is_found_across_any_border_of_chunks(chunk_bytes: int, before: int, credential: str, wide: bool) -> None:  # noqa: FBT001
    text = (b"\n" * before) + credential.encode("utf-16-be" if wide else "utf-8") + b"\n" * 50
    found = list(scan(text, chunk_bytes=chunk_bytes * 50))
    assert [(each.text, each.offset, each.line) for each in found] == [(credential, before + wide, before + 1)]


@given(st.integers(0, 200), st.integers(1, 7))
def test_a_pipe_that_gives_little_at_a_time_is_read_as_a_whole(before: int, bytes_at_a_time: int) -> None:
    class Pipe(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, bytes_at_a_time))

    pipe = Pipe(b"x" * before + KEY.encode() + b"x")
    assert [(each.text, each.offset) for each in scan(pipe)] == [(KEY, before)]


def test_a_look_alike_does_not_hide_the_real_one_that_begins_inside_of_it() -> None:
    alike = f"lpklive_{KEY_ID.hex}_" + "a" * 42
    assert [each.text for each in scan(alike + KEY)] == [KEY]
    assert [each.text for each in scan("eyJ" * 20 + JWT + JWT[3:])] == [JWT]


def test_lines_of_utf_16_are_counted_as_such() -> None:
    text = "ਊ" * 9 + "\n\r\n" + KEY  # Each of the first letters holds the byte of a line break.
    for encoding in ("utf-16", "utf-8"):
        assert [each.line for each in scan(text.encode(encoding))] == [3]


def test_what_a_credential_says_is_told_and_its_secret_is_not() -> None:
    for text, kind, certain, credential_id in (
        (KEY, "api_key", True, KEY_ID),
        (OTHER, "oauth_client", True, UUID(int=9)),
        (JWT, "jwt", False, KEY_ID),
        (token(header={"alg": "ES256", "typ": "at+jwt", "kid": "one"}, credential_id=str(KEY_ID)), "access_token", False, KEY_ID),
    ):
        (found,) = scan(text)
        assert found.credential[:3] == (kind, credential_id, certain)
        assert not {text[45:], text[-20:]} & set(repr(found).split("'"))
        assert text[-20:] not in repr(found)
        assert found.credential.masked.endswith("...")
        assert text[-49:] not in found.credential.masked
    assert next(scan(KEY)).credential.masked == f"lpklive_{KEY_ID.hex}_..."


@pytest.mark.parametrize(
    "text",
    [
        token(header={"alg": "RS256", "typ": "JWT", "kid": "one"}),
        token(header={"alg": "ES256", "typ": "JWT"}),
        token(header={"alg": "ES256", "typ": "dpop+jwt", "kid": "one"}),
        token(header={"alg": "ES256", "typ": "at+jwt", "kid": "one"}),
        token(jti="4711"),
        token(jti=4711),
        token(products=None),
        token(iss=None),
        token(signature=b"short"),
        JWT.replace(".", ":"),
        "eyJ" + "[" * 40 + ".eyJ" + "W1tb" * 1_000 + "." + "a" * 86,
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    ],
)
def test_tokens_of_others_are_not_taken_for_ours(text: str) -> None:
    assert list(scan(text)) == []
    assert identify(text) is None
    with pytest.raises(NotAToken):
        read_token(text)


@given(st.text(max_size=300), st.binary(max_size=300))
def test_whatever_is_scanned_there_is_no_error(text: str, content: bytes) -> None:
    assert list(scan(text)) == list(scan(content)) == []
    assert identify(text) is None


@pytest.mark.part_credentials
def test_no_mutation_of_a_valid_key_is_taken_for_one(counts: Counts, seed: int) -> None:
    """Half as many as the count says; the other half are of tokens."""
    chance = random.Random(seed)
    keys = [
        make_credential(kind, env, UUID(int=chance.getrandbits(128))).text
        for kind in ("api_key", "oauth_client")
        for env in ("live", "test")
    ]
    mutated = [_mutated(chance.choice(keys), chance) for _ in range(counts.mutations // 2)]
    accepted = [text for text in mutated if _accepted(text)]
    assert accepted == []
    assert [each.text for each in scan("\n".join(mutated))] == [key for text in mutated for key in keys if key in text]


def _mutated(key: str, chance: random.Random) -> str:
    """The key with one to three letters changed, cut, doubled, moved or put in; never the key itself."""
    text = key
    while text == key:
        for _ in range(chance.randint(1, 3)):
            place, letter = chance.randrange(len(text)), chance.choice(LETTERS + "_")
            other = chance.randrange(len(text))
            text = chance.choice(
                [
                    text[:place] + letter + text[place + 1 :],
                    text[:place] + text[place + 1 :],
                    text[:place] + letter + text[place:],
                    text[:place] + text[place].swapcase() + text[place + 1 :],
                    _swapped(text, place, other),
                ]
            )
    return text


def _swapped(text: str, one: int, other: int) -> str:
    letters = list(text)
    letters[one], letters[other] = letters[other], letters[one]
    return "".join(letters)


def _accepted(text: str) -> bool:
    try:
        parse(text)
    except NotACredential:
        return False
    return True


def test_the_mutations_would_be_accepted_without_the_checksum() -> None:
    """The test above can fail: with its checksum made anew, nearly every change of a letter is another well-formed key."""
    bare = KEY[:-7] + ("a" if KEY[-7] != "a" else "b")
    assert not _accepted(bare + KEY[-6:])
    assert _accepted(bare + checksum(bare))


def test_a_large_stream_is_read_in_bounded_memory() -> None:
    class Large:
        left = 64

        def read(self, size: int, /) -> bytes:
            self.left -= 1
            return b"" if self.left < 0 else b"x" * size if self.left else KEY.encode()

    tracemalloc.start()
    found = [each.text for each in scan(Large())]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [KEY]
    assert peak < 8 * 1024 * 1024


def test_the_longest_token_fits_between_two_chunks() -> None:
    filler = token(note="")
    longest = token(note="x" * ((8_000 - len(filler.split(".")[1])) * 3 // 4))
    assert TOKEN_LETTERS_MAX - 300 < len(longest) <= TOKEN_LETTERS_MAX
    assert [each.text for each in scan(b" " * 50_000 + longest.encode("utf-16-le"), chunk_bytes=10_000)] == [longest]
    assert list(scan(token(note="x" * 7_000))) == []
