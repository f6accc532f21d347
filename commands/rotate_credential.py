"""Replace a credential by a new one; for a while both work. We are handed the new secret's digest, never the secret."""

from typing import Self
from uuid import UUID

from pydantic import model_validator

from commands.closing import close_credential
from commands.command import AppCommand
from commands.fields import Expiry, Overlap, Reason, SHA256Hex
from commands.found import Found
from commands.work import Known, Work
from domain.app import App, AppStatus
from domain.credential import OVERLAP_ENDED, Credential, CredentialKind, CredentialStatus
from domain.limits import OVERLAP_DEFAULT
from domain.refused import Refused
from domain.state import Stream


class RotateCredential(AppCommand):
    """Without `expires_at`, the successor lives as long as the old one was meant to, from now.

    `reason` says why the old one is revoked at once, as after a leak; only a rotation without overlap has one.
    """

    credential_id: UUID
    successor_id: UUID
    secret_digest: SHA256Hex | None = None
    expires_at: Expiry | None = None
    overlap: Overlap = OVERLAP_DEFAULT
    reason: Reason | None = None

    @model_validator(mode="after")
    def _reason_fits_overlap(self) -> Self:
        if self.reason is not None and self.overlap:
            raise ValueError("a reason is given for an overlap of nothing (PT0S): with an overlap, nothing is revoked yet")
        return self


def reads(command: RotateCredential) -> list[Stream]:
    return [App.at(command.app_id), Credential.at(command.credential_id), Credential.at(command.successor_id)]


def reads_more(command: RotateCredential, found: Found) -> list[Stream]:
    predecessor = found.state(Credential, command.credential_id).replaces
    return [] if predecessor is None else [Credential.at(predecessor)]


def rotate_credential(command: RotateCredential, work: Work) -> None:
    app = work.load(App, command.app_id)
    old = work.load(Credential, command.credential_id)
    new = work.load(Credential, command.successor_id)
    app.state.must_be(AppStatus.ACTIVE)
    app.state.must_know_credential(command.credential_id)
    if old.state.successor_id == command.successor_id:
        _must_be_same(command, old.state, new.state, work)
        return
    _must_bring_what_the_kind_needs(command, old.state)
    if old.state.replaces is not None:
        _must_be_alone(work.load(Credential, old.state.replaces), work)
    expires_at = old.state.successor_expiry(work.now) if command.expires_at is None else command.expires_at
    rotated = old.state.rotate(command.successor_id, work.now, command.overlap, command.reason or OVERLAP_ENDED)
    issued = new.state.issue(
        old.state.kind,
        command.secret_digest,
        now=work.now,
        client_id=old.state.client_id,
        expires_at=expires_at,
        replaces=command.credential_id,
    )
    work.record(app, app.state.replace_credential(command.credential_id, command.successor_id))
    work.record(new, issued)
    work.record(new, new.state.activate(work.now))
    work.record(old, rotated)
    if old.state.status is CredentialStatus.REVOKED:  # No overlap was wanted.
        close_credential(work, app, old, [])


def _must_be_same(command: RotateCredential, old: Credential, new: Credential, work: Work) -> None:
    """Take the same request again only while its successor works, and only where it would have had the same effect at the time."""
    rotated_at = new.issued_at or work.now
    asked = (command.secret_digest, command.expires_at or old.successor_expiry(rotated_at), old.retires_by(rotated_at, command.overlap))
    works = new.status is CredentialStatus.ACTIVE and not new.is_over(work.now)
    if not works or asked != (new.secret_digest, new.expires_at, old.retires_at):
        raise Refused("id_used", "this id belongs to an earlier credential; ids are never used again")


def _must_bring_what_the_kind_needs(command: RotateCredential, old: Credential) -> None:
    if command.secret_digest is None and old.kind is not CredentialKind.JWT:
        raise Refused(
            "secret_digest_missing", "api_key and oauth_client are rotated with secret_digest, the new credential's SHA-256 in hex"
        )


def _must_be_alone(predecessor: Known[Credential], work: Work) -> None:
    if predecessor.state.status is CredentialStatus.RETIRING and not predecessor.state.is_over(work.now):
        raise Refused("overlap_open", "this credential's predecessor still works; end that overlap first")
