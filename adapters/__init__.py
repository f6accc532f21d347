"""The outside world: servers, wires, the command line, and the one place that puts all together."""
