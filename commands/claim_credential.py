"""Claim a jwt that was issued where no token could be signed, over the bus: it is signed where it is claimed, and shown there, once."""

from uuid import UUID

from commands.command import AppCommand
from commands.fields import SHA256Hex
from commands.work import Work
from domain.app import App
from domain.credential import Credential
from domain.state import Stream


class ClaimCredential(AppCommand):
    credential_id: UUID
    secret_digest: SHA256Hex


def reads(command: ClaimCredential) -> list[Stream]:
    return [App.at(command.app_id), Credential.at(command.credential_id)]


def claim_credential(command: ClaimCredential, work: Work) -> None:
    app = work.load(App, command.app_id)
    credential = work.load(Credential, command.credential_id)
    app.state.must_know_credential(command.credential_id)
    work.record(credential, credential.state.claim(command.secret_digest, work.now))
