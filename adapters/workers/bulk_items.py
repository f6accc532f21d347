"""A target of a bulk run as the ordinary command that it becomes; its id follows from the run's start, so that a repeat changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID, uuid4, uuid5

from commands.catalogue import NAME_OF
from commands.command import Command, Envelope
from commands.decide_approval import DecideApproval, Decision
from commands.demand_rotation import DemandRotation
from commands.principal import SYSTEM, Principal
from commands.reinstate_app import ReinstateApp
from commands.suspend_app import SuspendApp
from domain.approval import Verdict
from domain.bulk_order import BulkAction, BulkOrder
from domain.bulk_part import BulkTarget
from domain.bulk_run import StartedRun
from domain.credential import AtDeadline


def item_id(start_event: UUID, action: str, target: UUID) -> UUID:
    """Name the command that a target becomes: the same in every process, however often it is sent."""
    return uuid5(start_event, f"{action}\n{target}")


def item_command(order: BulkOrder, target: BulkTarget) -> Command | None:
    """The command that a target becomes; none where there is nothing that it could be about."""
    if target.app_id is None:
        return None
    match order.action:
        case BulkAction.SUSPEND:
            return SuspendApp(app_id=target.app_id, reason=order.reason or "")
        case BulkAction.REINSTATE:
            return ReinstateApp(app_id=target.app_id)
        case BulkAction.DEMAND_ROTATION if order.deadline is not None:
            demanded = order.then or AtDeadline.REPORT
            return DemandRotation(
                app_id=target.app_id, credential_id=target.id, deadline=order.deadline, then=demanded, reason=order.reason or ""
            )
        case BulkAction.APPROVE if target.products:
            grants = tuple(Decision(product_id=product_id, verdict=Verdict.GRANT) for product_id in target.products)
            return DecideApproval(app_id=target.app_id, approval_id=target.id, decisions=grants)
        case _:
            return None


def item_ids(run: StartedRun, targets: Sequence[BulkTarget]) -> list[UUID]:
    """Name the commands that targets become."""
    cause, action = run.start_event, run.order.action
    return [item_id(cause, action, target.id) for target in targets]


def item_envelope(
    command_id: UUID, target: BulkTarget, command: Command, principal: Principal, *, on_behalf_of: UUID | None, cause: str
) -> Envelope:
    """Wrap a target's command: from ourselves on behalf of whoever started the run, whose start is the cause.

    What it says follows from the run's order and the target, which never change, so that the target stands for it in the digest.
    """
    name = NAME_OF[type(command)]
    digest = hashlib.sha256(f"{name}\n{target.id}\n{target.version}".encode()).digest()
    return Envelope(command_id, name, command, principal, digest, on_behalf_of, causation_id=cause, if_version=target.version)


def our_envelope(command: Command, cause: UUID) -> Envelope:
    """Wrap a command that keeps a run's books. Its id is any: what it decides is the same however often it is asked."""
    return Envelope(uuid4(), NAME_OF[type(command)], command, SYSTEM, _digest(command), causation_id=str(cause))


def _digest(command: Command) -> bytes:
    return hashlib.sha256(f"{NAME_OF[type(command)]}\n{command.model_dump_json()}".encode()).digest()
