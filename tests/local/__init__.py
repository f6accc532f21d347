"""The servers that we start ourselves: they start, survive a kill, and stop."""
