"""The notice worker in a process of its own, which kills itself with -9 at a step: `python -m tests.notices.notice_process STEP`.

Steps: `raising` (before people are noted to be told), `raised`, `sending` (before a mail or a request goes out), `sent` (it is out, and not
recorded), `recorded`, or `never`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from adapters.compose import Launchpad
from adapters.logging import set_up_logging
from adapters.mail.server import MailServer
from adapters.postgres.codec import EventCodec
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower
from adapters.settings import Settings
from adapters.workers import calling
from adapters.workers.notices import NoticeWorker
from commands.executor import Executor
from projections.notices import NOTICES
from tests.own_process import ROOT, environment


def run_until_it_dies(settings: Settings, step: str) -> int:
    """Start one that dies at that step; how it ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.notices.notice_process", step],
        cwd=ROOT,
        env=environment(settings) | {"LAUNCHPAD_WEBHOOK_HTTP": "true", "LAUNCHPAD_WEBHOOK_PRIVATE_ADDRESSES": "true"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return process.wait(60)
    finally:
        process.kill()
        process.wait()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _around(do: Callable[..., Any], *, before: bool) -> Callable[..., Any]:
    def done(*arguments: Any, **more: Any) -> Any:  # noqa: ANN401 - whatever it takes and gives
        if before:
            _die()
        result = do(*arguments, **more)
        _die()
        return result

    return done


def _execute(name: str, *, before: bool) -> Callable[..., Any]:
    execute = Executor.execute

    def executed(self: Executor, envelopes: Any) -> Any:  # noqa: ANN401 - as Executor.execute
        ours = any(each.name == name for each in envelopes)
        if ours and before:
            _die()
        outcomes = execute(self, envelopes)
        if ours:
            _die()
        return outcomes

    return executed


def _arm(step: str) -> None:
    if step in {"raising", "raised"}:
        Executor.execute = _execute("notice.raise.v1", before=step == "raising")  # type: ignore[method-assign]
    elif step in {"sending", "sent"}:
        MailServer.send = _around(MailServer.send, before=step == "sending")  # type: ignore[method-assign]
        calling.__dict__["post"] = _around(calling.__dict__["post"], before=step == "sending")
    elif step == "recorded":
        Executor.execute = _execute("notice.record_delivery.v1", before=False)  # type: ignore[method-assign]


def _main() -> None:
    settings = Settings.load()
    set_up_logging("json", "warning")
    _arm(sys.argv[1])
    with Launchpad(settings) as launchpad:
        follower = Follower(settings.database, FillsTables(NOTICES, EventCodec(launchpad.vault.personal_data)))
        with follower, NoticeWorker(settings, launchpad.log, launchpad.vault):
            signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    _main()
