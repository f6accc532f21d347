"""Modules that refuse, for the test that reads them."""
