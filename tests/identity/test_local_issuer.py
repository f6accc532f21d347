"""The local issuer: tokens for development, trusted only where the settings say so."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from adapters.identity.local_issuer import CannotIssue, LocalIssuer, developer_id
from adapters.identity.not_authenticated import NotAuthenticated
from adapters.identity.trusted import token_verifier
from adapters.kept_file import NotKept
from adapters.settings import Settings
from commands.principal import EVERYONE, SYSTEM, Role
from tests.identity.issuer import AUDIENCE


def settings(home: Path, local_issuer: str = "on") -> Settings:
    return Settings.load({"LAUNCHPAD_HOME": str(home), "LAUNCHPAD_LOCAL_ISSUER": local_issuer})


@pytest.mark.parametrize(
    ("as_", "text", "roles"),
    [
        ("developer:ada", f"person:{developer_id('ada')}", set()),
        ("admin:ada", f"person:{developer_id('ada')}", {Role.PORTAL_ADMIN}),
        ("auditor:eve", f"person:{developer_id('eve')}", {Role.AUDITOR}),
        ("analyst:eve", f"person:{developer_id('eve')}", {Role.ANALYST}),
        ("gateway:edge-1", "service:edge-1@launchpad-local", {Role.GATEWAY}),
        ("service:billing", "service:billing@launchpad-local", set()),
        ("system", "system", {Role.SYSTEM}),
    ],
)
def test_a_token_proves_whom_it_was_made_for(as_: str, text: str, roles: set[Role], tmp_path: Path) -> None:
    token = LocalIssuer(tmp_path, AUDIENCE).issue(as_)
    principal = token_verifier(settings(tmp_path)).verify(token)
    assert principal.text == text
    assert principal.roles == roles


def test_the_system_is_one_and_the_same(tmp_path: Path) -> None:
    assert token_verifier(settings(tmp_path)).verify(LocalIssuer(tmp_path, AUDIENCE).issue("system")) is SYSTEM


def test_a_service_may_be_made_to_act_for_some_or_all(tmp_path: Path) -> None:
    issuer, ours, ada = LocalIssuer(tmp_path, AUDIENCE), token_verifier(settings(tmp_path)), uuid4()
    some = ours.verify(issuer.issue("service:portal", may_act=[ada]))
    assert some.may_act_for(ada)
    assert not some.may_act_for(uuid4())
    assert ours.verify(issuer.issue("service:portal", may_act=EVERYONE)).may_act is EVERYONE


def test_switched_off_its_tokens_prove_nobody(tmp_path: Path) -> None:
    token = LocalIssuer(tmp_path, AUDIENCE).issue("admin:ada")
    with pytest.raises(NotAuthenticated) as refused:
        token_verifier(settings(tmp_path, "off")).verify(token)
    assert refused.value.code == "issuer_unknown"
    assert token_verifier(settings(tmp_path, "container")).verify(token).text


def test_another_machines_key_proves_nobody(tmp_path: Path) -> None:
    token = LocalIssuer(tmp_path / "a", AUDIENCE).issue("admin:ada")
    with pytest.raises(NotAuthenticated):
        token_verifier(settings(tmp_path / "b")).verify(token)


def test_a_token_ends(tmp_path: Path) -> None:
    ours = token_verifier(settings(tmp_path))
    token = LocalIssuer(tmp_path, AUDIENCE).issue("developer:ada", lifetime=timedelta(minutes=1), now=1_800_000_000)
    assert ours.verify(token, 1_800_000_060).text
    with pytest.raises(NotAuthenticated, match="expired"):
        ours.verify(token, 1_800_000_090)


@pytest.mark.parametrize(
    "as_", ["", "ada", "developer:", "developer:a b", "king:ada", "developer:ada\n", "system:x", "developer:" + "a" * 101]
)
def test_what_cannot_be_made_says_what_can(as_: str, tmp_path: Path) -> None:
    with pytest.raises(CannotIssue, match="developer:NAME"):
        LocalIssuer(tmp_path, AUDIENCE).issue(as_)


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(seconds=-1), timedelta(days=31)])
def test_a_token_lives_some_days_at_most(lifetime: timedelta, tmp_path: Path) -> None:
    with pytest.raises(CannotIssue, match="30 days"):
        LocalIssuer(tmp_path, AUDIENCE).issue("developer:ada", lifetime=lifetime)


def test_persons_cannot_act_for_others(tmp_path: Path) -> None:
    with pytest.raises(CannotIssue, match="only service:NAME"):
        LocalIssuer(tmp_path, AUDIENCE).issue("developer:ada", may_act=EVERYONE)


def test_the_key_is_its_owners_alone_and_never_published(tmp_path: Path) -> None:
    issuer = LocalIssuer(tmp_path / "home", AUDIENCE)
    path = tmp_path / "home" / "local-issuer.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b'"d"' not in issuer.key_set()
    path.chmod(0o640)
    with pytest.raises(NotKept, match="chmod 600"):
        LocalIssuer(tmp_path / "home", AUDIENCE)


def test_starts_at_the_same_moment_agree_on_one_key(tmp_path: Path) -> None:
    for round_ in range(20):
        home = tmp_path / str(round_)
        with ThreadPoolExecutor(8) as threads:
            issuers = list(threads.map(lambda folder: LocalIssuer(folder, AUDIENCE), [home] * 8))
        assert len({issuer.key_set() for issuer in issuers}) == 1
        assert [file.name for file in home.iterdir()] == ["local-issuer.pem"]


def test_a_spoilt_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "local-issuer.pem").write_text("nonsense")
    (tmp_path / "local-issuer.pem").chmod(0o600)
    with pytest.raises(NotKept, match="remove it"):
        LocalIssuer(tmp_path, AUDIENCE)


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotKept, match="LAUNCHPAD_HOME"):
        LocalIssuer(tmp_path / "file" / "home", AUDIENCE)
