"""The mail catcher of `launchpad run`: a mail becomes a file that only its user can read, and goes nowhere else."""

from __future__ import annotations

import smtplib
import stat
from contextlib import ExitStack
from pathlib import Path

from adapters.cli.run_servers import CAUGHT_AFTER_SECONDS, with_mail
from adapters.settings import Settings

URL = "postgresql://x@127.0.0.1/x"


def test_what_is_sent_while_trying_things_out_is_kept_as_a_file(tmp_path: Path) -> None:
    with ExitStack() as stack:
        settings = with_mail(Settings(database_url=URL, home=tmp_path), stack)
        assert (settings.smtp_tls, settings.mail_gather_seconds) == ("none", CAUGHT_AFTER_SECONDS)
        with smtplib.SMTP(str(settings.smtp_host), settings.smtp_port) as server:
            server.sendmail(str(settings.smtp_from), ["ada@example.com"], "Subject: hello\r\n\r\nthere")
    (kept,) = (tmp_path / "mail").iterdir()
    assert kept.suffix == ".eml"
    assert "Subject: hello" in kept.read_text()
    assert [stat.S_IMODE(each.stat().st_mode) for each in (kept, kept.parent)] == [0o600, 0o700]


def test_a_mail_server_that_was_named_is_used(tmp_path: Path) -> None:
    named = Settings(database_url=URL, home=tmp_path, smtp_host="smtp.example.com", smtp_from="a@example.com")
    with ExitStack() as stack:
        assert with_mail(named, stack) is named
    assert not (tmp_path / "mail").exists()
