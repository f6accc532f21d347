"""The program `launchpad`: its subcommands, and the one place where an error becomes a sentence."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from adapters.cli.app import app as apps
from adapters.cli.bulk import bulk
from adapters.cli.credential import credential
from adapters.cli.dashboard import dashboard
from adapters.cli.export import export
from adapters.cli.inbox import inbox
from adapters.cli.keys import keys
from adapters.cli.leak import leak
from adapters.cli.migrate import migrate
from adapters.cli.notices import notices
from adapters.cli.policy import policy
from adapters.cli.preferences import preferences
from adapters.cli.project import project
from adapters.cli.queue import queue
from adapters.cli.react import react
from adapters.cli.rebuild import rebuild
from adapters.cli.run import run
from adapters.cli.send import send
from adapters.cli.serve import serve
from adapters.cli.status import status
from adapters.cli.team_secrets import team
from adapters.cli.token import token
from adapters.cli.told import told
from adapters.cli.topics import topics
from adapters.cli.webhook import webhook
from adapters.cli.work import work


class Subcommands(TyperGroup):
    """Runs one subcommand; whatever goes wrong in it is told in a line or two, and never as a traceback."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own types are private
        """Run the subcommand that was named."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise  # Typer tells a wrong command line by itself.
        except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - the one place that stands between errors and people
            raise typer.Exit(told(error)) from None


app = typer.Typer(
    cls=Subcommands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)


@app.callback()
def launchpad() -> None:
    """Developer apps, their credentials and approvals: run it, send commands, see what became of them.

    Settings come from the environment (LAUNCHPAD_...; docs/reference/settings.md). Beside a `launchpad run`, the others find
    its servers by themselves.

    \b
    launchpad run
    launchpad dashboard
    launchpad token --as developer:ada
    launchpad send commands.ndjson
    """


for subcommand in (run, serve, work, project, react, migrate, topics, token, send, dashboard, export, inbox, leak, status):
    app.command(name=subcommand.__name__)(subcommand)
app.add_typer(rebuild, name="rebuild")
app.add_typer(credential, name="credential")
app.add_typer(team, name="team")
app.add_typer(apps, name="app")
app.add_typer(keys, name="keys")
app.add_typer(policy, name="policy")
app.add_typer(queue, name="queue")
app.add_typer(bulk, name="bulk")
app.add_typer(notices, name="notices")
app.add_typer(preferences, name="preferences")
app.add_typer(webhook, name="webhook")


def main() -> None:
    """Run the program; the entry point of the console script."""
    app()
