"""What if: a draft of a policy held against all past requests, before it is in force. Read in pages, so that memory stays flat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from adapters.collector import collector_paused
from domain.approval_policy import ApprovalPolicy, PolicyDecision
from domain.approval_rules import PolicyAnswer
from readmodels.past_requests import BEFORE_ALL_ENDS, PastRequest, page_of_past_requests
from readmodels.question import Question
from readmodels.queue_rows import APPROVED, BY_PERSON, REJECTED

PAGE_REQUESTS_MAX: Final = 2_000
"""Some 5 MB; larger ones were no faster."""
ENDED_AS: Final = {APPROVED: PolicyAnswer.APPROVE, REJECTED: PolicyAnswer.REJECT}

Ask = Callable[[Question[PastRequest]], Sequence[PastRequest]]


class Turn(NamedTuple):
    """One way in which requests went, and would go."""

    was: PolicyAnswer
    """What the policy of then answered at once."""
    outcome: str
    decided_by: str | None
    """How the request ended: by rule or person."""
    would_be: PolicyAnswer

    @property
    def is_otherwise(self) -> bool:
        """Whether the draft answers otherwise than the policy of then."""
        return self.would_be is not self.was

    @property
    def is_against_a_person(self) -> bool:
        """Whether the draft would approve what a person rejected, or the other way about."""
        if self.decided_by != BY_PERSON or self.would_be is PolicyAnswer.REVIEW:
            return False
        return ENDED_AS[self.outcome] is not self.would_be


class Otherwise(NamedTuple):
    """A request that would have been decided otherwise."""

    request: PastRequest
    turn: Turn
    would_be: PolicyDecision


@dataclass
class Trial:
    """What came of it: totals, and the newest requests that would have been decided otherwise."""

    turns: Counter[Turn] = field(default_factory=Counter)
    otherwise: list[Otherwise] = field(default_factory=list)


Wanted = Callable[[Turn], bool]


def try_policy(draft: ApprovalPolicy, ask: Ask, wanted: Wanted, show: int) -> Trial:
    """Hold the draft against every request; keep the first few that are wanted."""
    trial = Trial()
    for each in _decided(draft, ask, BEFORE_ALL_ENDS):
        trial.turns[each.turn] += 1
        if len(trial.otherwise) < show and wanted(each.turn):
            trial.otherwise.append(each)
    return trial


def go_on(draft: ApprovalPolicy, ask: Ask, wanted: Wanted, show: int, before: int) -> list[Otherwise]:
    """List more that are wanted, from a position on (not included); reads no further than it must."""
    found: list[Otherwise] = []
    for each in _decided(draft, ask, before):
        if wanted(each.turn):
            found.append(each)
            if len(found) == show:
                break
    return found


def _decided(draft: ApprovalPolicy, ask: Ask, before: int) -> Iterator[Otherwise]:
    page: Sequence[PastRequest] = ()
    while not page or len(page) == PAGE_REQUESTS_MAX:
        with collector_paused():
            page = ask(page_of_past_requests(before=before, limit=PAGE_REQUESTS_MAX))
            if not page:
                return
            decided = [_decide(draft, request) for request in page]
        yield from decided
        before = page[-1].position


def _decide(draft: ApprovalPolicy, request: PastRequest) -> Otherwise:
    decision = draft.decide(request.input)
    return Otherwise(request, Turn(request.answer, request.outcome, request.decided_by, decision.answer), decision)
