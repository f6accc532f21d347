"""The vault's promises, on a real PostgreSQL."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from adapters.kept_file import NotKept
from adapters.settings import Settings
from adapters.vault import CONTENT_DIGEST, MasterKey, Vault, WrongMasterKey, create_database_if_missing, migrate
from adapters.vault.database import STEPS
from adapters.vault.vault import NotMigrated
from tests.vault.conftest import MASTER


def test_a_secret_is_made_once_and_read_back_by_whoever_opens_the_vault(vault: Vault, vault_url: str) -> None:
    secret = vault.secret(CONTENT_DIGEST)
    assert len(secret) == 32
    with Vault(vault_url, MASTER) as another:
        assert another.secret(CONTENT_DIGEST) == secret
        assert another.secret("another") != secret


def test_whoever_asks_for_a_new_secret_at_the_same_moment_gets_the_same(vault_url: str) -> None:
    vaults = [Vault(vault_url, MASTER) for _ in range(6)]
    try:
        for round_ in range(10):
            with ThreadPoolExecutor(len(vaults)) as threads:
                secrets = set(threads.map(lambda vault, name=f"race {round_}": vault.secret(name), vaults))
            assert len(secrets) == 1
    finally:
        for vault in vaults:
            vault.close()


def test_a_wrong_master_key_is_told_when_the_vault_is_opened(vault: Vault, vault_url: str) -> None:
    with pytest.raises(WrongMasterKey, match="LAUNCHPAD_MASTER_KEY"):
        Vault(vault_url, MasterKey(bytes(32)))


def test_a_changed_row_is_told_from_a_wrong_key(vault: Vault, vault_url: str) -> None:
    vault.secret(CONTENT_DIGEST)
    with psycopg.connect(vault_url) as connection:
        connection.execute(
            "UPDATE vault.secrets SET sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1) WHERE name = %s", [CONTENT_DIGEST]
        )
    with Vault(vault_url, MASTER) as again, pytest.raises(WrongMasterKey, match="was changed"):
        again.secret(CONTENT_DIGEST)


def test_one_secret_cannot_be_put_in_another_ones_place(vault: Vault, vault_url: str) -> None:
    vault.secret("one")
    with psycopg.connect(vault_url) as connection:
        connection.execute("INSERT INTO vault.secrets SELECT 'other', sealed FROM vault.secrets WHERE name = 'one'")
    with pytest.raises(WrongMasterKey, match="was changed"):
        vault.secret("other")


def test_what_the_database_holds_is_sealed(vault: Vault, vault_url: str) -> None:
    secret = vault.secret(CONTENT_DIGEST)
    key = vault.persons.for_sealing([uuid4()]).popitem()[1]
    with psycopg.connect(vault_url) as connection:
        stored = b"".join(
            row[0] for row in connection.execute("SELECT sealed FROM vault.secrets UNION ALL SELECT sealed FROM vault.person_keys")
        )
    assert secret not in stored
    assert key not in stored


def test_a_vault_without_tables_says_what_to_run(empty_database: str) -> None:
    with pytest.raises(NotMigrated, match="launchpad migrate"):
        Vault(empty_database, MASTER)


def test_migrations_that_start_at_once_both_succeed_and_change_nothing_twice(empty_database: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(migrate, [empty_database] * 4))
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT array_agg(step) FROM vault.steps").fetchone() == ([*range(1, len(STEPS) + 1)],)


def test_a_missing_database_is_made_even_when_two_start_at_once(empty_database: str) -> None:
    url = empty_database.rsplit("/", 1)[0] + f"/v{uuid4().hex}"
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(create_database_if_missing, [url] * 4))
    try:
        migrate(url)
        create_database_if_missing(url)
        with Vault(url, MASTER) as vault:
            assert vault.secret("any")
    finally:
        with psycopg.connect(empty_database, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {url.rsplit('/', 1)[1]} WITH (FORCE)".encode())


def test_no_server_is_an_error_at_once_and_not_a_wait() -> None:
    with pytest.raises(psycopg.OperationalError):
        Vault("postgresql://postgres@127.0.0.1:1/launchpad_vault", MASTER)


def test_an_open_vault_survives_the_end_of_its_connections(vault: Vault, vault_url: str) -> None:
    vault.secret("before")
    with psycopg.connect(vault_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert vault.secret("after")
    assert vault.persons.for_sealing([uuid4()])


def test_the_master_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings.load({"LAUNCHPAD_HOME": str(tmp_path / "home")})
    sealed = MasterKey.of(settings).seal("test", b"content")
    path = tmp_path / "home" / "master.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert MasterKey.of(settings).open("test", sealed) == b"content"
    same = Settings.load({"LAUNCHPAD_MASTER_KEY": path.read_text().strip(), "LAUNCHPAD_HOME": str(tmp_path / "elsewhere")})
    assert MasterKey.of(same).open("test", sealed) == b"content"
    assert not (tmp_path / "elsewhere").exists()


def test_starts_at_the_same_moment_agree_on_one_master_key(tmp_path: Path) -> None:
    for round_ in range(20):
        settings = Settings.load({"LAUNCHPAD_HOME": str(tmp_path / str(round_))})
        with ThreadPoolExecutor(8) as threads:
            keys = list(threads.map(MasterKey.of, [settings] * 8))
        sealed = keys[0].seal("test", b"content")
        assert all(key.open("test", sealed) == b"content" for key in keys)
        assert [file.name for file in (tmp_path / str(round_)).iterdir()] == ["master.key"]


def test_a_master_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    settings = Settings.load({"LAUNCHPAD_HOME": str(tmp_path)})
    MasterKey.of(settings)
    (tmp_path / "master.key").chmod(0o644)
    with pytest.raises(NotKept, match="chmod 600"):
        MasterKey.of(settings)


def test_a_spoilt_master_key_file_is_told_without_showing_it(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_text("not base64!")
    (tmp_path / "master.key").chmod(0o600)
    with pytest.raises(NotKept, match=r"master\.key is not base64") as told:
        MasterKey.of(Settings.load({"LAUNCHPAD_HOME": str(tmp_path)}))
    assert "not base64!" not in str(told.value)
