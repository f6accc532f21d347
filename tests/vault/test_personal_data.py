"""Personal data: sealed under the person's key, gone with it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.vault import ERASED, Vault
from adapters.vault import person_keys as keys_module
from adapters.vault.personal_data import CannotOpen, open_, seal
from tests.vault.conftest import MASTER

ADA, BOB = uuid4(), uuid4()
KEY, OTHER_KEY = bytes(range(32)), bytes(32)


def erase(url: str, person: UUID) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM vault.person_keys WHERE person = %s", [person])


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400))
def test_whatever_is_sealed_opens_as_it_was_and_shows_nothing(text: str) -> None:
    sealed = seal(KEY, ADA, text)
    assert open_(KEY, ADA, sealed) == text
    assert sealed.isascii()
    assert len(text) < 4 or text not in sealed


def test_the_same_text_is_never_sealed_alike() -> None:
    assert seal(KEY, ADA, "Ada") != seal(KEY, ADA, "Ada")


@pytest.mark.parametrize(
    ("key", "person", "change"),
    [
        (OTHER_KEY, ADA, lambda sealed: sealed),
        (KEY, BOB, lambda sealed: sealed),
        (KEY, ADA, lambda sealed: sealed[:-2] + ("AA" if sealed[-2:] != "AA" else "BB")),
        (KEY, ADA, lambda sealed: sealed[:12]),
        (KEY, ADA, lambda _: "sealed1."),
        (KEY, ADA, lambda sealed: sealed.removeprefix("sealed1.")),
        (KEY, ADA, lambda sealed: sealed.replace("sealed1.", "sealed2.")),
        (KEY, ADA, lambda sealed: sealed + "\n!"),
        (KEY, ADA, lambda _: "Ada Lovelace"),
    ],
    ids=["key", "person", "changed", "cut", "empty", "bare", "version", "garbage", "plain"],
)
def test_what_was_not_sealed_for_this_person_does_not_open(key: bytes, person: UUID, change: Callable[[str], str]) -> None:
    with pytest.raises(CannotOpen):
        open_(key, person, change(seal(KEY, ADA, "Ada Lovelace")))


def test_what_one_process_seals_another_opens(vault: Vault, vault_url: str) -> None:
    sealed = vault.personal_data.seal(ADA, "ada@example.com")
    with Vault(vault_url, MASTER) as another:
        another.personal_data.prepare_opening([ADA])
        assert another.personal_data.open(ADA, sealed) == "ada@example.com"


def test_an_erased_person_reads_as_erased_prepared_or_not(vault: Vault, vault_url: str) -> None:
    ada, bob = (vault.personal_data.seal(person, "name") for person in (ADA, BOB))
    erase(vault_url, ADA)
    with Vault(vault_url, MASTER) as another:
        assert another.personal_data.open(ADA, ada) == ERASED
        another.personal_data.prepare_opening([ADA, BOB])
        assert another.personal_data.open(ADA, ada) == ERASED
        assert another.personal_data.open(BOB, bob) == "name"


def test_a_key_in_memory_does_not_outlive_its_erasure_for_long(vault: Vault, vault_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "CACHE_SECONDS", 0)
    sealed = vault.personal_data.seal(ADA, "name")
    erase(vault_url, ADA)
    assert vault.personal_data.open(ADA, sealed) == ERASED


def test_a_page_asks_once_and_then_answers_from_memory(vault: Vault, vault_url: str) -> None:
    persons = [uuid4() for _ in range(50)]
    vault.personal_data.prepare_sealing(persons)
    sealed = {person: vault.personal_data.seal(person, str(person)) for person in persons}
    erase(vault_url, persons[0])
    with Vault(vault_url, MASTER) as another:
        another.personal_data.prepare_opening(persons)
        another.close()  # From here on any query would fail.
        opened = {person: another.personal_data.open(person, text) for person, text in sealed.items()}
    assert opened == {person: str(person) for person in persons} | {persons[0]: ERASED}


def test_whoever_seals_for_the_same_new_persons_at_the_same_moment_gets_the_same_keys(vault_url: str) -> None:
    vaults = [Vault(vault_url, MASTER) for _ in range(4)]
    try:
        for _ in range(20):
            persons = [uuid4() for _ in range(30)]
            orders = [persons, persons[::-1], persons[15:] + persons[:15], persons]
            with ThreadPoolExecutor(4) as threads:
                found = list(threads.map(lambda vault, order: vault.persons.for_sealing(order), vaults, orders))
            assert all(keys == found[0] for keys in found)
            assert found[0].keys() == set(persons)
    finally:
        for vault in vaults:
            vault.close()


def test_memory_of_keys_is_bounded(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "CACHE_KEYS_MAX", 10)
    persons = [uuid4() for _ in range(40)]
    keys = vault.persons.for_sealing(persons)
    assert len(vault.persons._recent) == 10
    assert vault.persons.for_opening(persons) == keys


def test_nobody_to_prepare_is_no_query(vault: Vault) -> None:
    vault.close()
    vault.personal_data.prepare_opening([])
    vault.personal_data.prepare_sealing([])
