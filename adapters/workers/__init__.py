"""What the system does by itself: loops that turn rows of to-do tables into ordinary commands."""
