"""Makes the list of a bulk run: its targets as the dashboard has them at one moment, frozen in the log part by part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import structlog

from adapters.postgres.bookmarks import Bookmark
from adapters.postgres.connections import connect
from adapters.postgres.questions import stream
from adapters.workers.bulk_items import item_command, item_envelope, our_envelope
from adapters.workers.states import load_states
from commands.command import Envelope
from commands.executor import Executor
from commands.foreseeing import foresee
from commands.freeze_bulk_part import FreezeBulkPart
from commands.freeze_bulk_run import FreezeBulkRun
from commands.outcome import OutcomeKind
from commands.ports import Log
from commands.principal import Principal, PrincipalKind, Role, person, service
from commands.stop_bulk_run import StopBulkRun
from domain.bulk_order import BulkAction, BulkOrder
from domain.bulk_part import BulkTarget, Foreseen, part_id
from domain.bulk_run import BulkRequested, BulkRun, BulkStatus
from domain.limits import BULK_PART_IDS_MAX, BULK_PART_TARGETS_MAX, BULK_TARGETS_MAX
from domain.recorded import event_id
from projections.bulk import BULK
from projections.dashboard import DASHBOARD
from readmodels.bulk import RunToDo
from readmodels.bulk_targets import FoundTarget, find_targets

PARTS_TOGETHER: Final = 2
"""Frozen in one transaction: some 200 KB, decided and stored in a tenth of a second."""
PLAN: Final = {"enable_seqscan": "on", "plan_cache_mode": "force_custom_plan"}
"""A list is looked up once, and may well be of everything."""
NEEDED: Final = (Bookmark(DASHBOARD.name, DASHBOARD.version), Bookmark(BULK.name, BULK.version))

log = structlog.get_logger()


class Preparing:
    """Makes lists. Two at once harm nothing: the first that is complete stands."""

    def __init__(self, url: str, events: Log, executor: Executor) -> None:
        self._url = url
        self._log = events
        self._executor = executor

    def prepare(self, todo: RunToDo) -> bool:
        """Freeze a run's list; false while the dashboard has not come to where it was asked for. Raises LogUnavailable, psycopg.Error."""
        asked = BulkRun.at(todo.bulk_id)
        found = load_states(self._log, [asked])
        if found.of(BulkRun, todo.bulk_id).status is not BulkStatus.PREPARING:
            return True  # It is made, or was called off; its row only does not say so yet.
        requested = found.event(asked, 1)
        if not isinstance(requested, BulkRequested):
            raise TypeError(f"bulk run {todo.bulk_id} does not begin with its request")
        with connect(self._url, **PLAN) as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            as_of = min(each.find(connection) for each in NEEDED)
            if as_of < todo.position:
                return False
            self._freeze(connection, todo.bulk_id, requested, as_of)
        return True

    def _freeze(self, connection: psycopg.Connection[Any], bulk_id: UUID, requested: BulkRequested, as_of: int) -> None:
        attempt, cause = uuid4(), event_id(BulkRun.at(bulk_id), 1)
        sums: Counter[str] = Counter()
        codes: Counter[str] = Counter()
        numbers = count()

        def frozen() -> Iterator[list[Envelope]]:
            pieces = _parts(stream(connection, find_targets(requested.order, requested.criteria)))
            while some := list(islice(pieces, PARTS_TOGETHER)):
                batch = []
                for found in some:
                    targets = self._foreseen(requested, found)
                    sums.update(each.foreseen for each in targets)
                    codes.update(each.code or "unknown" for each in targets if each.foreseen is Foreseen.WOULD_BE_REFUSED)
                    part = FreezeBulkPart(
                        part_id=part_id(attempt, number := next(numbers)),
                        bulk_id=bulk_id,
                        attempt=attempt,
                        number=number,
                        targets=targets,
                    )
                    batch.append(our_envelope(part, cause))
                yield batch

        for outcomes in self._executor.stream(frozen()):
            if any(outcome.kind is not OutcomeKind.ACCEPTED for outcome in outcomes):
                return  # Somebody has called it off, or another worker was first.
            if sums.total() > BULK_TARGETS_MAX:
                break
        if sums.total() > BULK_TARGETS_MAX:
            reason = f"more than {BULK_TARGETS_MAX} targets fit: name narrower criteria"
            self._executor.execute([our_envelope(StopBulkRun(bulk_id=bulk_id, reason=reason), cause)])
            return
        list_ = FreezeBulkRun(
            bulk_id=bulk_id,
            attempt=attempt,
            parts=next(numbers),
            as_of=as_of,
            would_do=sums[Foreseen.WOULD_DO],
            already_so=sums[Foreseen.ALREADY_SO],
            would_be_refused=dict(sorted(codes.items())),
        )
        (outcome,) = self._executor.execute([our_envelope(list_, cause)])
        log.info("bulk", run=str(bulk_id), state="prepared", targets=sums.total(), outcome=outcome.kind.value, code=outcome.code)

    def _foreseen(self, requested: BulkRequested, found: list[FoundTarget]) -> tuple[BulkTarget, ...]:
        targets = [_target(each) for each in found]
        if requested.order.action is not BulkAction.APPROVE:
            return tuple(targets)
        # Who asked for a product is no business of the dashboard's, and nobody decides for himself: the rules themselves are asked.
        return tuple(_decided(self._log, requested.order, targets, _principal(requested.requested_by)))


def _decided(events: Log, order: BulkOrder, targets: list[BulkTarget], asker: Principal) -> Iterator[BulkTarget]:
    commands = [item_command(order, each) for each in targets]
    envelopes = [
        item_envelope(uuid4(), target, command, asker, on_behalf_of=None, cause="")
        for target, command in zip(targets, commands, strict=True)
        if command is not None
    ]
    told = iter(foresee(events, envelopes))
    for target, command in zip(targets, commands, strict=True):
        if command is None:
            yield target
            continue
        would_be = next(told)
        foreseen = Foreseen.WOULD_DO if would_be.changes else Foreseen.ALREADY_SO
        if would_be.code is not None:
            foreseen = Foreseen.WOULD_BE_REFUSED
        yield target.model_copy(update={"foreseen": foreseen, "code": would_be.code})


def _target(found: FoundTarget) -> BulkTarget:
    return BulkTarget(
        app_id=found.app_id,
        id=found.id,
        version=found.version,
        products=found.products,
        foreseen=Foreseen(found.foreseen),
        code=found.code if found.foreseen == Foreseen.WOULD_BE_REFUSED else None,
    )


def _principal(text: str) -> Principal:
    """An admin as he asked for the list."""
    roles = frozenset({Role.PORTAL_ADMIN})
    kind, _, name = text.partition(":")
    return person(UUID(name), roles) if kind == PrincipalKind.PERSON else service(name, roles)


def _parts(found: Iterator[FoundTarget]) -> Iterator[list[FoundTarget]]:
    """Cut a list into parts, each of which fits into one event."""
    part: list[FoundTarget] = []
    ids = 0
    for target in found:
        if part and (len(part) == BULK_PART_TARGETS_MAX or ids + len(target.products) > BULK_PART_IDS_MAX):
            yield part
            part, ids = [], 0
        part.append(target)
        ids += len(target.products)
    if part:
        yield part
