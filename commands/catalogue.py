"""Everything the system can be asked to do: each command's name, its handler, what it reads, and who may send it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from commands import (
    accept_transfer,
    add_product_to_catalogue,
    add_products,
    assign_approval,
    change_developer,
    change_product,
    claim_credential,
    comment_approval,
    create_app,
    create_team,
    deactivate_developer,
    decide_approval,
    decline_transfer,
    delete_app,
    demand_rotation,
    demote_member,
    edit_app,
    end_overlap,
    expire_credential,
    finish_bulk_run,
    freeze_bulk_part,
    freeze_bulk_run,
    invite_member,
    issue_credential,
    join_team,
    leave_team,
    mark_read,
    miss_rotation,
    offer_credential,
    offer_transfer,
    prepare_bulk_run,
    promote_member,
    raise_notice,
    record_delivery,
    record_failure,
    redeliver_notice,
    reevaluate_approval,
    register_developer,
    register_webhook,
    reinstate_app,
    remove_attributes,
    remove_member,
    remove_products,
    remove_webhook,
    rename_team,
    report_bulk_part,
    resubmit_app,
    retire_product,
    revoke_credential,
    rotate_credential,
    set_approval_policy,
    set_attributes,
    set_preferences,
    start_bulk_run,
    stop_bulk_run,
    suspend_app,
    take_offered_credential,
    withdraw_approval,
    withdraw_credential_offer,
    withdraw_team_invitation,
    withdraw_transfer,
)
from commands.command import Command
from commands.found import Found
from commands.who_may import NEW_OWNER, OWNER, PORTAL_ADMIN, SELF, SYSTEM, TEAM_ADMIN, TEAM_MEMBER, Who
from commands.work import Work
from domain.state import Stream

Reads = Callable[[Any], list[Stream]]
ReadsMore = Callable[[Any, Found], list[Stream]]
Handler = Callable[[Any, Work], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One command of the catalogue."""

    command: type[Command]
    handler: Handler
    reads: Reads
    reads_more: ReadsMore | None
    who: frozenset[Who]
    opens: bool
    """Whether it lets something in: that needs an owner who is registered and not deactivated. Closing never does, nor does leaving
    such an owner: a transfer asks for the new one alone."""

    def target(self, command: Command) -> Stream:
        """The stream of what a command is about: the first that it reads."""
        return self.reads(command)[0]


def _opens(room: ModuleType, *who: Who) -> Entry:
    return _entry(room, who, opens=True)


def _closes(room: ModuleType, *who: Who) -> Entry:
    return _entry(room, who, opens=False)


def _entry(room: ModuleType, who: tuple[Who, ...], *, opens: bool) -> Entry:
    """Read one command's file: `create_app.py` holds CreateApp, reads, perhaps reads_more, and create_app."""
    verb = room.__name__.rpartition(".")[2]
    command = getattr(room, verb.title().replace("_", ""))
    return Entry(command, getattr(room, verb), room.reads, getattr(room, "reads_more", None), frozenset(who), opens)


CATALOGUE: dict[str, Entry] = {
    "developer.register.v1": _opens(register_developer, SELF, PORTAL_ADMIN, SYSTEM),
    "developer.change.v1": _opens(change_developer, SELF, PORTAL_ADMIN, SYSTEM),
    "developer.deactivate.v1": _closes(deactivate_developer, PORTAL_ADMIN),
    "product.add.v1": _opens(add_product_to_catalogue, PORTAL_ADMIN),
    "product.change.v1": _opens(change_product, PORTAL_ADMIN),
    "product.retire.v1": _closes(retire_product, PORTAL_ADMIN),
    "policy.set.v1": _opens(set_approval_policy, PORTAL_ADMIN),
    "app.create.v1": _opens(create_app, OWNER, TEAM_ADMIN, PORTAL_ADMIN),
    "app.edit.v1": _opens(edit_app, OWNER, TEAM_ADMIN, PORTAL_ADMIN),
    "app.add_products.v1": _opens(add_products, OWNER, TEAM_ADMIN, PORTAL_ADMIN),
    "app.remove_products.v1": _closes(remove_products, OWNER, TEAM_ADMIN, PORTAL_ADMIN),
    "app.set_attributes.v1": _opens(set_attributes, OWNER, TEAM_ADMIN, PORTAL_ADMIN),
    "app.remove_attributes.v1": _opens(remove_attributes, OWNER, TEAM_ADMIN, PORTAL_ADMIN),
    "app.resubmit.v1": _opens(resubmit_app, OWNER, TEAM_ADMIN, PORTAL_ADMIN),
    "app.suspend.v1": _closes(suspend_app, PORTAL_ADMIN, SYSTEM),
    "app.reinstate.v1": _opens(reinstate_app, PORTAL_ADMIN),
    "app.delete.v1": _closes(delete_app, OWNER, TEAM_ADMIN, PORTAL_ADMIN),
    "app.offer_transfer.v1": _closes(offer_transfer, OWNER, TEAM_ADMIN, PORTAL_ADMIN),
    "app.withdraw_transfer.v1": _closes(withdraw_transfer, OWNER, TEAM_ADMIN, PORTAL_ADMIN),
    "app.accept_transfer.v1": _closes(accept_transfer, NEW_OWNER, PORTAL_ADMIN),
    "app.decline_transfer.v1": _closes(decline_transfer, NEW_OWNER, PORTAL_ADMIN),
    "credential.issue.v1": _opens(issue_credential, OWNER, TEAM_ADMIN, PORTAL_ADMIN),
    "credential.rotate.v1": _opens(rotate_credential, OWNER, TEAM_ADMIN, PORTAL_ADMIN),
    "credential.end_overlap.v1": _closes(end_overlap, OWNER, TEAM_ADMIN, PORTAL_ADMIN, SYSTEM),
    "credential.revoke.v1": _closes(revoke_credential, OWNER, TEAM_ADMIN, PORTAL_ADMIN),
    "credential.expire.v1": _closes(expire_credential, SYSTEM),
    "credential.claim.v1": _opens(claim_credential, OWNER, TEAM_ADMIN, PORTAL_ADMIN),
    "credential.demand_rotation.v1": _closes(demand_rotation, TEAM_ADMIN, PORTAL_ADMIN),
    "credential.miss_rotation.v1": _closes(miss_rotation, SYSTEM),
    "credential.offer.v1": _opens(offer_credential, TEAM_ADMIN, PORTAL_ADMIN),
    "credential.withdraw_offer.v1": _closes(withdraw_credential_offer, TEAM_ADMIN, PORTAL_ADMIN),
    "credential.take_offer.v1": _opens(take_offered_credential, TEAM_MEMBER),
    "team.create.v1": _opens(create_team, SELF, PORTAL_ADMIN),
    "team.rename.v1": _opens(rename_team, TEAM_ADMIN, PORTAL_ADMIN),
    "team.invite.v1": _opens(invite_member, TEAM_ADMIN, PORTAL_ADMIN),
    "team.withdraw_invitation.v1": _closes(withdraw_team_invitation, SELF, TEAM_ADMIN, PORTAL_ADMIN),
    "team.join.v1": _opens(join_team, SELF),
    "team.leave.v1": _closes(leave_team, SELF),
    "team.promote.v1": _opens(promote_member, TEAM_ADMIN, PORTAL_ADMIN),
    "team.demote.v1": _closes(demote_member, TEAM_ADMIN, PORTAL_ADMIN),
    "team.remove.v1": _closes(remove_member, TEAM_ADMIN, PORTAL_ADMIN),
    "approval.assign.v1": _closes(assign_approval, PORTAL_ADMIN),
    "approval.comment.v1": _closes(comment_approval, PORTAL_ADMIN),
    "approval.decide.v1": _opens(decide_approval, PORTAL_ADMIN),
    "approval.reevaluate.v1": _opens(reevaluate_approval, PORTAL_ADMIN),
    "approval.withdraw.v1": _closes(withdraw_approval, OWNER, TEAM_ADMIN, PORTAL_ADMIN),
    "bulk.prepare.v1": _closes(prepare_bulk_run, PORTAL_ADMIN),
    "bulk.freeze_part.v1": _closes(freeze_bulk_part, SYSTEM),
    "bulk.freeze.v1": _closes(freeze_bulk_run, SYSTEM),
    "bulk.start.v1": _closes(start_bulk_run, PORTAL_ADMIN),
    "bulk.stop.v1": _closes(stop_bulk_run, PORTAL_ADMIN, SYSTEM),
    "bulk.report_part.v1": _closes(report_bulk_part, SYSTEM),
    "bulk.finish.v1": _closes(finish_bulk_run, SYSTEM),
    "notice.raise.v1": _closes(raise_notice, SYSTEM),
    "notice.record_delivery.v1": _closes(record_delivery, SYSTEM),
    "notice.record_failure.v1": _closes(record_failure, SYSTEM),
    "notice.redeliver.v1": _closes(redeliver_notice, SELF, PORTAL_ADMIN),
    "notice.mark_read.v1": _closes(mark_read, SELF, PORTAL_ADMIN),
    "preferences.set.v1": _closes(set_preferences, SELF, PORTAL_ADMIN, SYSTEM),
    "webhook.register.v1": _closes(register_webhook, SELF, PORTAL_ADMIN),
    "webhook.remove.v1": _closes(remove_webhook, SELF, PORTAL_ADMIN),
}

NAME_OF: dict[type[Command], str] = {entry.command: name for name, entry in CATALOGUE.items()}
