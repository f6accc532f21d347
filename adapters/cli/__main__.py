"""`python -m adapters.cli`: how `launchpad run` starts its children."""

from adapters.cli.main import main

main()
