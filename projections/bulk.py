"""Bulk runs: their lists, how far each has come, and what became of every target. One bookmark, so that the sums fit what is listed."""

from projections.bulk_part import part
from projections.bulk_report import report
from projections.bulk_run import run
from projections.projection import ReadModel

BULK = ReadModel(name="bulk", version=1, projections=(run, part, report))
