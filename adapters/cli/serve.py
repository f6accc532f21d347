"""`launchpad serve`: HTTP."""

from __future__ import annotations

from adapters.cli.serving_processes import Parent, begin


def serve(parent: Parent = None) -> None:
    """Serve HTTP: commands, outcomes, apps, health and the API's reference.

    Listens where LAUNCHPAD_HTTP says; needs LAUNCHPAD_DATABASE_URL. SIGTERM finishes what was taken in.

    \b
    LAUNCHPAD_DATABASE_URL=postgresql://launchpad@localhost/launchpad launchpad serve
    """
    settings = begin(parent)
    from adapters.http.serving import serve as serve_http

    serve_http(settings)
