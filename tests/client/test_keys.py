"""The format of a credential: what is made is read again, what was changed is not, and nothing shows the secret."""

import string
from hashlib import sha256
from uuid import UUID
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchpad_client import Environment, NotACredential, compare_digest, digest, make_credential, parse
from launchpad_client.keys import _base62, checksum

LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
EXAMPLE = "lpklive_0123456789abcdef0123456789abcdef_" + "A" * 43
kinds = st.sampled_from(["api_key", "oauth_client"])
environments = st.sampled_from(Environment)


@given(kinds, environments, st.uuids())
def test_what_is_made_is_read_again(kind: str, environment: Environment, credential_id: UUID) -> None:
    made = make_credential(kind, environment, credential_id)
    read = parse(made.text)
    assert (read.kind, read.environment, read.credential_id) == (kind, environment, credential_id)
    assert (read.key_id, read.digest) == (made.key_id, made.digest)
    assert made.digest == sha256(made.text.encode()).hexdigest()
    assert [len(part) for part in made.text.split("_")] == [7, 32, 49]


@given(kinds, st.uuids(), st.data())
def test_no_letter_can_be_changed(kind: str, credential_id: UUID, data: st.DataObject) -> None:
    text = make_credential(kind, "live", credential_id).text
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from(LETTERS + "_").filter(lambda letter: letter != text[place]))
    with pytest.raises(NotACredential):
        parse(text[:place] + letter + text[place + 1 :])


@given(kinds, st.uuids(), st.data())
def test_neighbours_cannot_be_swapped_and_nothing_cut_or_added(kind: str, credential_id: UUID, data: st.DataObject) -> None:
    text = make_credential(kind, "test", credential_id).text
    place = data.draw(st.integers(0, len(text) - 2))
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    for changed in {swapped, text[:place], text[place + 1 :], text + "\n", " " + text, text * 2} - {text}:
        with pytest.raises(NotACredential):
            parse(changed)


@given(st.text(max_size=200))
def test_whatever_comes_as_a_credential_there_is_no_other_error(text: str) -> None:
    with pytest.raises(NotACredential) as refused:
        parse(text)
    assert len(text) < 8 or text not in str(refused.value)


def test_the_format_is_pinned() -> None:
    """Keys that are out there must be read for ever: never change this line."""
    assert checksum(EXAMPLE) == "3gcdYG"
    assert parse(EXAMPLE + "3gcdYG").digest == "8c216caa19a604f8853e6debd5d044a1400cc23ba16785d984277e1b64756134"


@given(st.integers(0, 2**256 - 1))
def test_every_secret_fits_and_none_looks_like_another(number: int) -> None:
    text = _base62(number, 43)
    back = 0
    for letter in text:
        back = back * 62 + LETTERS.index(letter)
    assert back == number


@given(st.text(alphabet=LETTERS, max_size=80))
def test_the_checksum_is_crc32(text: str) -> None:
    number = 0
    for letter in checksum(text):
        number = number * 62 + LETTERS.index(letter)
    assert number == crc32(text.encode())


def test_secrets_differ_and_use_all_letters(seed: int) -> None:
    texts = [make_credential("api_key", "live", UUID(int=number)).text.split("_")[2][:43] for number in range(500)]
    assert len(set(texts)) == 500
    assert set("".join(texts)) == set(LETTERS)


def test_nothing_shows_the_secret() -> None:
    made = make_credential("api_key", "live", UUID(int=1))
    assert made.text not in repr(made)
    assert made.text.split("_")[2] not in repr(made)
    assert made.digest not in repr(parse(made.text))


def test_a_jwt_has_no_made_up_secret() -> None:
    with pytest.raises(ValueError, match="signed, not made up"):
        make_credential("jwt", "live", UUID(int=1))
    with pytest.raises(ValueError, match="staging"):
        make_credential("api_key", "staging", UUID(int=1))


@given(st.text(max_size=70), st.text(max_size=70))
def test_digests_are_compared_as_a_whole(one: str, other: str) -> None:
    assert compare_digest(one, other) == (one == other)
    assert compare_digest(digest(one), digest(one))
