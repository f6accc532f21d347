"""Everything the system can be asked to do: one file per command, beside its handler."""
