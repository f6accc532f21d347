"""The specification, told as examples and run on real servers."""
