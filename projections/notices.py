"""Notices: what people are to be told of, their inboxes, and what is on its way to them. One bookmark, so nobody is told twice."""

from projections.notice_delivery import delivery
from projections.notice_expiry import warnings
from projections.notice_inbox import inbox
from projections.notice_occasion import decisions, requests
from projections.projection import ReadModel

NOTICES = ReadModel(name="notices", version=1, projections=(requests, decisions, *warnings, inbox, delivery))
