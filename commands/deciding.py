"""The decisions of one batch, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from commands.catalogue import CATALOGUE
from commands.command import Envelope
from commands.loading import first_reads, more_reads
from commands.outcome import Kept, Outcome, OutcomeKind, command_id_reused
from commands.ports import Decided, NewEvent
from commands.who_may import check
from commands.work import Work
from domain.command_refused import CommandRefused, RefusedCommand
from domain.refused import Refused
from domain.state import Stream


class Deciding:
    """Decides commands one after the other against one unit of work."""

    def __init__(self, work: Work, kept: Mapping[UUID, Kept]) -> None:
        self._work = work
        self._kept = kept
        self._index_of: dict[UUID, int] = {}
        self._slots: list[Outcome | int] = []
        self.decided: list[Decided] = []

    def decide(self, envelope: Envelope, reads: Sequence[Stream]) -> bool:
        """Decide one command that was loaded for; False where an earlier one of this batch makes it read what was not loaded."""
        earlier = self._kept.get(envelope.command_id)
        if earlier is not None:
            same = _is_same(envelope, earlier.principal, earlier.on_behalf_of, earlier.digest)
            self._slots.append(earlier.outcome if same else command_id_reused(envelope.command_id))
            return True
        index = self._index_of.get(envelope.command_id)
        if index is not None:
            first = self.decided[index].envelope
            same = _is_same(envelope, first.principal.text, first.on_behalf_of, first.digest)
            self._slots.append(index if same else command_id_reused(envelope.command_id))
            return True
        work = self._work
        if not work.touched.isdisjoint(reads):
            reads = first_reads(envelope) + more_reads(envelope, work)
            if not work.knows(reads):
                return False
        work.begin(envelope, reads)
        self._index_of[envelope.command_id] = len(self.decided)
        self._slots.append(len(self.decided))
        self.decided.append(self._decision(envelope))
        return True

    def _decision(self, envelope: Envelope) -> Decided:
        entry = CATALOGUE[envelope.name]
        try:
            check(envelope, entry, self._work)
            if envelope.if_version is not None:
                self._must_be_unchanged(envelope.if_version, entry.target(envelope.command))
            entry.handler(envelope.command, self._work)
        except Refused as refused:
            self._work.undo()
            return self._refusal(envelope, refused)
        return Decided(envelope, Outcome(envelope.command_id, OutcomeKind.ACCEPTED), self._work.done())

    def _must_be_unchanged(self, version: int, target: Stream) -> None:
        """Refuse what was asked of an older version of its target than the one that is decided on."""
        if self._work.version(target) != version:
            raise Refused("changed_meanwhile", "somebody has changed this since you read it: read it again, and decide again")

    def _refusal(self, envelope: Envelope, refused: Refused) -> Decided:
        stream = RefusedCommand.at(envelope.command_id)
        self._work.read_versions[stream] = 0
        event = CommandRefused(command=envelope.name, target=str(envelope.command.target), code=refused.code, sentence=refused.sentence)
        outcome = Outcome(envelope.command_id, OutcomeKind.REFUSED, code=refused.code, sentence=refused.sentence)
        return Decided(envelope, outcome, [NewEvent(stream, 1, event)])

    def outcomes(self, positions: Sequence[int]) -> list[Outcome]:
        """Return the outcomes of all commands decided or found, those of this batch with their positions."""
        placed = [_placed(decided.outcome, position) for decided, position in zip(self.decided, positions, strict=True)]
        return [slot if isinstance(slot, Outcome) else placed[slot] for slot in self._slots]


def _placed(outcome: Outcome, position: int) -> Outcome:
    return Outcome(outcome.command_id, outcome.kind, position, outcome.code, outcome.sentence)


def _is_same(envelope: Envelope, principal: str, on_behalf_of: UUID | None, digest: bytes) -> bool:
    return envelope.principal.text == principal and envelope.on_behalf_of == on_behalf_of and envelope.digest == digest
