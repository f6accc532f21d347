"""Bulk runs: what histories do with them."""

from __future__ import annotations

from commands.finish_bulk_run import FinishBulkRun
from commands.freeze_bulk_part import FreezeBulkPart
from commands.freeze_bulk_run import FreezeBulkRun
from commands.prepare_bulk_run import Criteria, PrepareBulkRun
from commands.principal import SYSTEM
from commands.report_bulk_part import ReportBulkPart
from commands.start_bulk_run import StartBulkRun
from commands.stop_bulk_run import StopBulkRun
from domain.bulk_order import BulkAction
from domain.bulk_part import BulkOutcome, BulkResult, BulkTarget, Foreseen, part_id
from tests.commands.history.choosing import APPS, DEVELOPERS, SOMEONE, Pick, one_in, step
from tests.commands.history.sending import Sending
from tests.examples import an_id

RUNS = [an_id(f"bulk run {n}") for n in range(3)]
ATTEMPTS = [an_id(f"attempt {n}") for n in range(3)]
US = (SYSTEM, None)
DONE = BulkOutcome(result=BulkResult.DONE)
TARGETS = tuple(BulkTarget(app_id=app_id, id=app_id, foreseen=Foreseen.WOULD_DO) for app_id in APPS[:2])


class BulkRuns(Sending):
    """Steps."""

    @step
    def prepare_run(self, pick: Pick) -> None:
        who, run, undoes = pick(SOMEONE), pick(RUNS), pick([None, None, *RUNS])
        if undoes is not None:
            self.send(PrepareBulkRun(bulk_id=run, action=BulkAction.REINSTATE, undoes=undoes), who)
            return
        criteria = Criteria(owner_id=pick(DEVELOPERS))
        self.send(PrepareBulkRun(bulk_id=run, action=BulkAction.SUSPEND, criteria=criteria, reason="spam"), who)

    @step
    def freeze_part(self, pick: Pick) -> None:
        run, attempt = pick(RUNS), pick(ATTEMPTS)
        part = FreezeBulkPart(part_id=part_id(attempt, 0), bulk_id=run, attempt=attempt, number=0, targets=TARGETS)
        self.send(part, pick([US, US, US, *SOMEONE[-9:]]))

    @step
    def freeze_run(self, pick: Pick) -> None:
        run = FreezeBulkRun(
            bulk_id=pick(RUNS), attempt=pick(ATTEMPTS), parts=1, as_of=1, would_do=pick([2, 1]), already_so=0, would_be_refused={}
        )
        self.send(run, US)

    @step
    def start_run(self, pick: Pick) -> None:
        self.send(StartBulkRun(bulk_id=pick(RUNS)), pick(SOMEONE))

    @step
    def stop_run(self, pick: Pick) -> None:
        if one_in(3, pick):
            self.send(StopBulkRun(bulk_id=pick(RUNS), reason=pick([None, "abuse"])), pick(SOMEONE))

    @step
    def report_part(self, pick: Pick) -> None:
        part = part_id(pick(ATTEMPTS), 0)
        report = ReportBulkPart(part_id=part, bulk_id=pick(RUNS), first=pick([0, 1, 2]), outcomes=(DONE,) * pick([1, 2]))
        self.send(report, US)

    @step
    def finish_run(self, pick: Pick) -> None:
        self.send(FinishBulkRun(bulk_id=pick(RUNS), done=pick([2, 1]), already_so=0, refused={}, not_sent=0), US)

    @step
    def carry_a_run_on(self, pick: Pick) -> None:
        """The next things that a run needs, as a worker and an admin would do them."""
        number = pick(range(len(RUNS)))
        for _ in range(pick([1, 2, 5])):
            self._carry_on(number)

    def _carry_on(self, number: int) -> None:
        bulk_id, attempt = RUNS[number], ATTEMPTS[number]
        run, part_of_it = self.model.world.bulk.runs.get(bulk_id), part_id(attempt, 0)
        part = self.model.world.bulk.parts.get(part_of_it)
        mine = part is not None and part.run == bulk_id
        match "" if run is None else run.status:
            case "":
                criteria = Criteria(owner_id=DEVELOPERS[0])
                self.send(PrepareBulkRun(bulk_id=bulk_id, action=BulkAction.SUSPEND, criteria=criteria, reason="spam"))
            case "preparing" if part is None:
                self.send(FreezeBulkPart(part_id=part_of_it, bulk_id=bulk_id, attempt=attempt, number=0, targets=TARGETS), US)
            case "preparing":
                self.send(
                    FreezeBulkRun(bulk_id=bulk_id, attempt=attempt, parts=1, as_of=1, would_do=2, already_so=0, would_be_refused={}), US
                )
            case "prepared":
                self.send(StartBulkRun(bulk_id=bulk_id))
            case _ if part is not None and mine and part.reported < part.size:
                self.send(ReportBulkPart(part_id=part_of_it, bulk_id=bulk_id, first=part.reported, outcomes=(DONE,)), US)
            case _:
                self.send(FinishBulkRun(bulk_id=bulk_id, done=2, already_so=0, refused={}, not_sent=0), US)
