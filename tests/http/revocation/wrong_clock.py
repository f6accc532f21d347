"""`launchpad` in a process whose clock is wrong: python -m tests.http.revocation.wrong_clock SECONDS serve.

Every clock that Python can read the time of day from is shifted, for all that is imported later; the one that only runs on
(time.monotonic) is not, as a clock that somebody sets wrong leaves it alone.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import time
from datetime import datetime, tzinfo
from typing import Any


def shift(seconds: int) -> None:
    """Set this process's clock so many seconds ahead."""
    time_s, time_ns, gettime, gmtime, localtime = time.time, time.time_ns, time.clock_gettime, time.gmtime, time.localtime

    def now(cls: type[datetime], tz: tzinfo | None = None) -> datetime:
        return cls.fromtimestamp(time.time(), tz)

    def utcnow(cls: type[datetime]) -> datetime:
        return cls(*time.gmtime()[:6], int(time.time() % 1 * 1_000_000))

    clock: Any = time
    clock.time = lambda: time_s() + seconds
    clock.time_ns = lambda: time_ns() + seconds * 1_000_000_000
    clock.clock_gettime = lambda which: gettime(which) + (seconds if which == time.CLOCK_REALTIME else 0)
    clock.gmtime = lambda at=None: gmtime(time.time() if at is None else at)
    clock.localtime = lambda at=None: localtime(time.time() if at is None else at)
    # In the type itself, which can't be replaced: C code makes and compares the real ones. Its today() asks time.time().
    (methods,) = gc.get_referents(datetime.__dict__)
    methods |= {"now": classmethod(now), "utcnow": classmethod(utcnow)}
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime))


if __name__ == "__main__":
    shift(int(sys.argv.pop(1)))
    from adapters.cli.main import main

    main()
