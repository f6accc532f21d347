"""`launchpad leak`: credentials of ours where they should not be; whose they are, and an end to them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from adapters.cli.http_calls import Http
    from adapters.cli.leak_findings import Finding
    from adapters.cli.leak_places import Looked, Unread

FOUND: Final = 1
"""As a search in a build would have it: 0 is clean."""
NOT_LOOKED: Final = 2
"""Something could not be read: what was not looked at is not clean."""


def leak(
    what: Annotated[
        list[str],
        typer.Argument(metavar="CREDENTIAL | PATH...", help="A credential, or any text that holds some; - reads standard input."),
    ],
    scan: Annotated[bool, typer.Option("--scan", help="Look into these files and folders.")] = False,
    git: Annotated[bool, typer.Option("--git", help="Look into the whole history of these git repositories.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Revoke what was found, and issue anew.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Replace without asking.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_: Annotated[
        str | None, typer.Option("--as", metavar="WHO", help="Make a token of the local issuer: developer:NAME, admin:NAME, ...")
    ] = None,
    token: Annotated[str | None, typer.Option(help="The token to ask the server with. Default: LAUNCHPAD_TOKEN.")] = None,
    url: Annotated[str | None, typer.Option(help="Where HTTP is served. Default: LAUNCHPAD_HTTP.")] = None,
) -> None:
    """Find credentials of ours in a text, in files or in a git history; say whose they are; revoke them and issue anew.

    Finding needs no server: a key is told by its checksum. With a token, the server says whose each is, what it opens and since when.
    What leaked is never printed whole. Better on standard input than as an argument, which other processes and the shell's history see.
    Ends with 0 where nothing was found (or all of it was replaced), 1 where something was, 2 where something could not be looked at.

    \b
    launchpad leak - < mail.txt
    launchpad leak --scan src deploy.yaml
    launchpad leak --git . --json
    launchpad leak - --as admin:grace --replace < key.txt
    """
    from adapters.cli.here import settings_here
    from adapters.cli.http_calls import Http
    from adapters.cli.leak_findings import ask, collected
    from adapters.cli.tokens import token_for
    from adapters.cli.told import MISUSED, Told

    if replace and "-" in what and not yes:
        raise Told("standard input holds the text, so nobody can be asked: give --yes as well", code=MISUSED)
    looked = _looked(what, scan=scan, git=git)
    settings = settings_here()
    server = None
    if replace or as_ or token or settings.token is not None:
        server = Http(url or f"http://{settings.http}", token_for(settings, as_, token))
    findings, unread = collected(looked)
    trouble = list(ask(server, findings)) if server is not None else []
    if not json:
        _show(findings)
    try:
        if replace and server is not None:
            _replace(server, findings, trouble, yes=yes, show=not json)
    finally:
        if json:  # Whatever stopped us: what was replaced before has a new secret, and nobody can get that again.
            _print_json(findings, unread)
    _warn(unread, trouble, asked=server is not None or not findings)
    if any(finding.replaced is None for finding in findings):
        raise typer.Exit(FOUND)
    if unread:
        raise typer.Exit(NOT_LOOKED)


def _looked(what: list[str], *, scan: bool, git: bool) -> Looked:
    from itertools import chain

    from adapters.cli.leak_git import in_history, is_shallow
    from adapters.cli.leak_places import in_files, in_text, shown
    from adapters.cli.told import MISUSED, Told

    if scan and git:
        raise Told("--scan and --git exclude each other: files as they are, or their history", code=MISUSED)
    if git:
        for each in what:
            if is_shallow(each):
                typer.echo(f"launchpad: note: {shown(each)} is a shallow clone; its older history is not here", err=True)
        return chain.from_iterable(map(in_history, what))
    if scan:
        return in_files(what)
    if len(what) > 1:
        raise Told("give one text, or files and folders with --scan", code=MISUSED)
    if os.path.exists(what[0]):  # noqa: PTH110 - what can't even be a file's name is none, and its error would show the text
        raise Told(f"{shown(what[0])} is a file or a folder: look into it with --scan", code=MISUSED)
    return in_text(what[0])


def _replace(server: Http, findings: list[Finding], trouble: list[str], *, yes: bool, show: bool) -> None:
    """Replace what can be, each where that is wanted, and show its new secret at once."""
    from adapters.cli.leak_findings import replace
    from adapters.cli.leak_shown import done
    from adapters.cli.told import Told

    for finding in findings:
        if finding.known is None:
            continue  # That was told where the server was asked.
        masked = finding.found.credential.masked
        if not finding.replaceable:
            trouble.append(f"{masked}: not replaced, it is not a genuine credential that still works or will")
        elif yes or typer.confirm(f"Revoke {masked} of {finding.known['app']['name']} now, and issue anew?", err=True):
            try:
                finding.replaced = replace(server, finding)
            except Told as told:
                trouble.append(f"{masked}: {told}")
            else:
                if show:
                    print("", *done(finding), sep="\n", flush=True)


def _show(findings: list[Finding]) -> None:
    from rich.console import Console

    from adapters.cli.leak_shown import as_tables

    if not findings:
        print("No credential of ours was found.")
        return
    Console().print(as_tables(findings))
    places = sum(len(finding.places) for finding in findings)
    print(f"{len(findings)} found, at {places} {'place' if places == 1 else 'places'}.", flush=True)


def _print_json(findings: list[Finding], unread: list[Unread]) -> None:
    import orjson

    from adapters.cli.leak_shown import as_json

    print(orjson.dumps({"findings": [as_json(each) for each in findings], "unread": [each._asdict() for each in unread]}).decode())


def _warn(unread: list[Unread], trouble: list[str], *, asked: bool) -> None:
    if not asked:
        typer.echo("launchpad: note: no server was asked whose they are; give a token: LAUNCHPAD_TOKEN, --token, or --as", err=True)
    for line in (*trouble, *(f"{each.name}: {each.reason}; it was not looked into" for each in unread)):
        typer.echo(f"launchpad: {line}", err=True)
