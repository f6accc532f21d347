"""What was ever stored, and must load for ever."""
