"""Settings: what is wrong is told at start, by name, and never with a secret in it."""

import base64
import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka import KafkaConsumer, KafkaProducer
from pydantic import ValidationError

from adapters import settings_page
from adapters.settings import CLONE, Settings, SettingsError, default_home, variable
from adapters.settings_values import HttpAddress, beside

DATABASE = "postgresql://launchpad:s3cret-pw@db.example.com:5432/launchpad"


def refused(**environ: str) -> str:
    with pytest.raises(SettingsError) as told:
        Settings.load({f"LAUNCHPAD_{name}": value for name, value in environ.items()})
    return str(told.value)


def loaded(**environ: str) -> Settings:
    return Settings.load({f"LAUNCHPAD_{name}": value for name, value in environ.items()})


def test_nothing_set_is_enough_for_one_machine() -> None:
    settings = Settings.load({"PATH": "/bin"})
    assert settings.http == HttpAddress("127.0.0.1", 8000)
    assert settings.local_issuer == "off"
    assert settings.kafka == ()
    assert settings.batch_max == 300


def test_the_reference_page_is_not_stale() -> None:
    assert settings_page.PAGE.read_text() == settings_page.page(), "run: python -m adapters.settings_page"


def test_the_page_tells_every_setting() -> None:
    page = settings_page.page()
    for field in Settings.model_fields:
        assert f"## `{variable(field)}`" in page
        assert Settings.model_fields[field].description


def test_an_unknown_variable_is_an_error_that_says_which_one_was_meant() -> None:
    assert refused(KAFKAA="x:1") == "LAUNCHPAD_KAFKAA is no setting of ours: did you mean LAUNCHPAD_KAFKA?"
    assert "docs/reference/settings.md" in refused(QQQQQQQQQQQQQ="1")


def test_the_tests_own_variables_and_those_of_kubernetes_are_passed_over() -> None:
    assert loaded(TEST_COUNTS="large") == loaded()
    inside = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "LAUNCHPAD_PORT": "tcp://10.0.0.2:80", "LAUNCHPAD_HTTP_SERVICE_PORT_WEB": "80"}
    assert Settings.load(inside) == loaded()
    assert "LAUNCHPAD_PORT" in refused(PORT="80")


def test_all_that_is_wrong_is_told_at_once() -> None:
    told = refused(LOG="xml", BATCH_MAX="many", HTTPS="1")
    assert [line.split(":")[0].split(" ")[0] for line in told.splitlines()] == ["LAUNCHPAD_HTTPS", "LAUNCHPAD_BATCH_MAX", "LAUNCHPAD_LOG"]


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_variable_counts_as_unset(empty: str) -> None:
    assert loaded(KAFKA=empty, HTTP=empty) == loaded()


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"DATABASE_URL": "mysql://u:s3cret-pw@h/db"}, "LAUNCHPAD_DATABASE_URL: is not a PostgreSQL URL"),
        ({"DATABASE_URL": "postgresql://u:s3cret-pw@h"}, "names no database"),
        ({"DATABASE_URL": "postgresql://u:s3cret-pw@h:port:x/db"}, "LAUNCHPAD_DATABASE_URL: has a port that is no number"),
        ({"DATABASE_URL": "postgresql://u:s3cret-pw@[::1/db"}, "LAUNCHPAD_DATABASE_URL: can't be read"),
        ({"DATABASE_URL": DATABASE, "VAULT_URL": DATABASE}, "keys must lie apart"),
        ({"DATABASE_URL": "postgresql:///?dbname=launchpad&password=s3cret-pw"}, "LAUNCHPAD_VAULT_URL"),
        ({"HTTP": "8000"}, "LAUNCHPAD_HTTP: is not host:port"),
        ({"HTTP": "127.0.0.1:99999"}, "LAUNCHPAD_HTTP: is not host:port"),
        ({"KAFKA": "broker-without-port"}, "LAUNCHPAD_KAFKA: is not host:port"),
        ({"HOME": "relative/folder"}, "LAUNCHPAD_HOME: relative/folder is a relative path"),
        ({"HOME": str(CLONE / "data")}, "lies inside the source folder"),
        ({"MASTER_KEY": "s3cret-pw"}, "openssl rand -base64 32"),
        ({"MASTER_KEY": base64.b64encode(b"s3cret-pw").decode()}, "holds 9 bytes instead of 32"),
        ({"LOCAL_ISSUER": "yes"}, "LAUNCHPAD_LOCAL_ISSUER: input should be 'off', 'on' or 'container'"),
        ({"ISSUERS": "login.example.com"}, "LAUNCHPAD_ISSUERS: is not JSON"),
        ({"ISSUERS": '[{"issuer": "x"}]'}, "LAUNCHPAD_ISSUERS[0].jwks: field required"),
        ({"ISSUERS": '[{"issuer": "x", "jwks": "http://login.example.com/jwks"}]'}, "plain http lets others swap the keys"),
        ({"ISSUERS": '[{"issuer": "launchpad-local", "jwks": "https://a.example/jwks"}]'}, "may not name launchpad-local"),
        ({"ISSUERS": json.dumps([{"issuer": "x", "jwks": "https://a.example/jwks"}] * 2)}, "names an issuer twice"),
        ({"ISSUER": "https://login.example.com/"}, "belong together"),
        ({"JWKS": "/no/such/file.json"}, "LAUNCHPAD_JWKS: /no/such/file.json is no file"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_PASSWORD": "s3cret-pw"}, "needs LAUNCHPAD_KAFKA_SASL_MECHANISM"),
        ({"KAFKA_SASL_PASSWORD": "s3cret-pw"}, "needs LAUNCHPAD_KAFKA_SECURITY_PROTOCOL"),
        ({"KAFKA_SSL_CAFILE": "/no/such/ca.pem"}, "LAUNCHPAD_KAFKA_SSL_CAFILE: /no/such/ca.pem is not a file"),
        ({"REPLY_TOPIC_PREFIXES": "launchpad."}, "would let a reply be written to launchpad.commands"),
        ({"REPLY_TOPIC_PREFIXES": "launchpad.access.mine"}, "would let a reply be written to launchpad.access"),
        ({"REPLY_TOPIC_PREFIXES": "topic with spaces"}, "no beginning of a topic's name"),
        ({"BATCH_MAX": "0"}, "LAUNCHPAD_BATCH_MAX: input should be greater than or equal to 1"),
        ({"KAFKA_SSL_CHECK_HOSTNAME": "perhaps"}, "LAUNCHPAD_KAFKA_SSL_CHECK_HOSTNAME: "),
    ],
)
def test_what_is_wrong_is_told_by_name_and_without_secrets(environ: dict[str, str], said: str) -> None:
    told = refused(**environ)
    assert said in told
    assert "s3cret-pw" not in told


@pytest.mark.parametrize("http", ["0.0.0.0:8000", "[::]:8000", "192.168.1.5:80", "launchpad.example.com:80"])
def test_the_local_issuer_is_refused_where_others_can_reach_us(http: str) -> None:
    assert "open to other machines" in refused(LOCAL_ISSUER="on", HTTP=http)
    assert loaded(LOCAL_ISSUER="container", HTTP=http).local_issuer == "container"
    assert loaded(HTTP=http).local_issuer == "off"
    with pytest.raises(SettingsError, match="open to other machines"):
        loaded(LOCAL_ISSUER="on").but(http=http)


@pytest.mark.parametrize("http", ["127.0.0.1:8000", "127.9.9.9:1", "[::1]:8000", "localhost:80"])
def test_the_local_issuer_serves_this_machine(http: str) -> None:
    assert loaded(LOCAL_ISSUER="on", HTTP=http).local_issuer == "on"


def test_secrets_do_not_show_in_the_settings_repr() -> None:
    master = base64.b64encode(os.urandom(32)).decode()
    settings = loaded(
        DATABASE_URL=DATABASE, VAULT_URL=f"{DATABASE}_keys", MASTER_KEY=master, TOKEN="eyJ.s3cret-pw.x",
        KAFKA_SECURITY_PROTOCOL="SASL_SSL", KAFKA_SASL_MECHANISM="PLAIN", KAFKA_SASL_USERNAME="u", KAFKA_SASL_PASSWORD="s3cret-pw",
    )  # fmt: skip
    assert "s3cret-pw" not in repr(settings) + str(settings)
    assert master not in repr(settings)
    assert settings.kafka_client["sasl_plain_password"] == "s3cret-pw"


def test_what_is_said_about_kafka_is_known_to_its_client(tmp_path: Path) -> None:
    files = {f"KAFKA_SSL_{name}": str(tmp_path / name) for name in ("CAFILE", "CERTFILE", "KEYFILE")}
    for file in files.values():
        Path(file).touch()
    options = loaded(
        KAFKA="a:1, b:2", KAFKA_SECURITY_PROTOCOL="SASL_SSL", KAFKA_SASL_MECHANISM="SCRAM-SHA-512", KAFKA_SASL_USERNAME="u",
        KAFKA_SASL_PASSWORD="s3cret-pw", KAFKA_SSL_PASSWORD="key-pw", KAFKA_SSL_CHECK_HOSTNAME="false", **files,
    ).kafka_client  # fmt: skip
    assert options.keys() <= KafkaProducer.DEFAULT_CONFIG.keys() & KafkaConsumer.DEFAULT_CONFIG.keys()
    assert options == {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "u",
        "sasl_plain_password": "s3cret-pw",
        "ssl_check_hostname": False,
        "ssl_cafile": files["KAFKA_SSL_CAFILE"],
        "ssl_certfile": files["KAFKA_SSL_CERTFILE"],
        "ssl_keyfile": files["KAFKA_SSL_KEYFILE"],
        "ssl_password": "key-pw",
    }


def test_the_vault_is_a_neighbour_of_the_database() -> None:
    assert loaded(DATABASE_URL=DATABASE).vault == f"{DATABASE}_vault"
    assert beside("postgresql:///launchpad?host=/tmp/socket&port=1", "v") == "postgresql:///v?host=/tmp/socket&port=1"
    assert loaded(DATABASE_URL=DATABASE, VAULT_URL="postgres://other/keys").vault == "postgres://other/keys"


def test_a_command_that_needs_the_database_says_so() -> None:
    with pytest.raises(SettingsError, match="LAUNCHPAD_DATABASE_URL is not set"):
        _ = loaded().database
    with pytest.raises(SettingsError, match="LAUNCHPAD_DATABASE_URL is not set"):
        _ = loaded().vault


def test_issuers_come_as_a_list_and_the_short_way(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_text("{}")
    listed = json.dumps([{"issuer": "a", "jwks": "https://a.example/jwks", "audience": "api"}])
    issuers = loaded(ISSUERS=listed, ISSUER="b", JWKS=str(file)).trusted_issuers
    assert [(issuer.issuer, issuer.jwks, issuer.audience) for issuer in issuers] == [
        ("a", "https://a.example/jwks", "api"),
        ("b", str(file), None),
    ]


def test_the_home_is_outside_of_the_clone_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for_root = default_home()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for_user = default_home()
    assert for_root != for_user
    assert for_user.is_relative_to(Path.home())
    assert not for_root.is_relative_to(CLONE)
    assert {for_root.name, for_user.name} == {"launchpad-apps"}


def test_settings_cannot_be_changed() -> None:
    settings = loaded()
    with pytest.raises(ValidationError):
        settings.batch_max = 5  # type: ignore[misc]


def test_settings_with_some_replaced_are_checked_again() -> None:
    settings = loaded(DATABASE_URL=DATABASE, BATCH_MAX="7")
    changed = settings.but(kafka=("localhost:9092",))
    assert (changed.database, changed.batch_max, changed.kafka) == (DATABASE, 7, ("localhost:9092",))
    with pytest.raises(SettingsError, match="LAUNCHPAD_BATCH_MAX"):
        settings.but(batch_max=0)


@given(st.dictionaries(st.sampled_from([variable(field) for field in Settings.model_fields]), st.text(max_size=40), max_size=6))
def test_whatever_stands_in_the_environment_there_is_no_other_error(environ: dict[str, str]) -> None:
    with suppress(SettingsError):
        Settings.load(environ)
