"""`launchpad export`: app data as one file, over HTTP."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from adapters.cli.asked import As, Token, Url, http_as


def export(
    format_: Annotated[str, typer.Option("--format", help="csv, ndjson or parquet.")] = "csv",
    status: Annotated[str | None, typer.Option(help="Only apps of this status. Without it: all but deleted ones.")] = None,
    owner: Annotated[UUID | None, typer.Option(help="Only apps of this developer.")] = None,
    product: Annotated[UUID | None, typer.Option(help="Only apps that have this product, or wait for it.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write. Default: standard output.")] = None,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Take app data away: for admins, auditors and analysts of all apps, for developers of their own. Never a secret.

    \b
    launchpad export --format parquet --out apps.parquet --as analyst:anna
    launchpad export --status active --as developer:ada
    """
    http = http_as(as_, token, url)
    given = {"format": format_, "status": status, "owner": owner, "product": product}
    query = "&".join(f"{name}={value}" for name, value in given.items() if value is not None)
    if out is None:
        for piece in http.pieces(f"/v1/apps/export?{query}"):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    draft = out.with_name(f".{out.name}.part")
    try:
        with draft.open("wb") as file:
            for piece in http.pieces(f"/v1/apps/export?{query}"):
                file.write(piece)
        draft.replace(out)  # Whole, or not at all.
    finally:
        draft.unlink(missing_ok=True)
    typer.echo(f"{out}: {out.stat().st_size:,} bytes", err=True)
