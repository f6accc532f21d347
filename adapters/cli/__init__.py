"""The command line: `launchpad`, one file for each subcommand."""
