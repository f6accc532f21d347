"""Mails: their words, their form, and the server that takes them."""
