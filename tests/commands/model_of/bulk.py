"""What the design says of bulk runs and their parts; what they do to apps are ordinary commands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.commands.model_of.world import ListPart, Part, Run, need


class Bulk(Part):
    """One method for each command."""

    def run(self, bulk_id: UUID) -> Run:
        need(bulk_id in self.world.bulk.runs, "bulk_unknown")
        return self.world.bulk.runs[bulk_id]

    def PrepareBulkRun(self, c: Any) -> None:  # noqa: ANN401, N802 - a command's name
        if c.undoes is not None:
            need(c.undoes != c.bulk_id, "not_undoable")
            other = self.run(c.undoes)
            need(other.action == "suspend", "not_undoable")
            need(other.status in {"stopped", "finished"} and other.started_by, "not_over")
        asker = self.who.text if self.who.person is None else f"person:{self.who.person}"
        content = (asker, str(c.action), c.reason, c.undoes, c.criteria.model_dump_json())
        run = self.world.bulk.runs.setdefault(c.bulk_id, Run(content, str(c.action)))
        need(run.content == content, "id_used")

    def FreezeBulkPart(self, c: Any) -> None:  # noqa: ANN401, N802
        need(self.run(c.bulk_id).status == "preparing", "bulk_prepared")
        need(c.part_id not in self.world.bulk.parts, "id_used")
        self.world.bulk.parts[c.part_id] = ListPart(c.bulk_id, len(c.targets))

    def FreezeBulkRun(self, c: Any) -> None:  # noqa: ANN401, N802
        run = self.run(c.bulk_id)
        need(run.status == "preparing", "bulk_prepared")
        run.status, run.prepared_at = "prepared", self.world.now
        run.targets = c.would_do + c.already_so + sum(c.would_be_refused.values())

    def StartBulkRun(self, c: Any) -> None:  # noqa: ANN401, N802
        need(self.who.person is not None, "not_allowed")
        run = self.run(c.bulk_id)
        if run.started_by is not None:
            need(run.started_by == self.who.person, "already_started")
            return
        need(run.status == "prepared" and run.prepared_at is not None, "not_prepared")
        need(run.prepared_at is not None and self.world.now - run.prepared_at <= timedelta(hours=1), "list_too_old")
        run.status, run.started_by = "running", self.who.person

    def StopBulkRun(self, c: Any) -> None:  # noqa: ANN401, N802
        run = self.run(c.bulk_id)
        need(run.status != "finished", "bulk_finished")
        if run.status not in {"stopping", "stopped"}:
            run.status = "stopped" if run.started_by is None else "stopping"

    def ReportBulkPart(self, c: Any) -> None:  # noqa: ANN401, N802
        part = self.world.bulk.parts.get(c.part_id)
        need(part is not None and part.run == c.bulk_id, "bulk_unknown")
        assert part is not None
        last = c.first + len(c.outcomes)
        need(c.first <= part.reported and last <= part.size, "out_of_order")
        part.reported = max(part.reported, last)

    def FinishBulkRun(self, c: Any) -> None:  # noqa: ANN401, N802
        run = self.world.bulk.runs.get(c.bulk_id)
        if run is not None and run.status in {"stopped", "finished"}:
            return
        need(run is not None and run.started_by is not None, "not_started")
        assert run is not None
        need(c.done + c.already_so + sum(c.refused.values()) + c.not_sent == run.targets, "not_reported")
        run.status = "stopped" if run.status == "stopping" else "finished"
