"""Every limit of the rules, named, with its reason."""

from datetime import UTC, datetime, timedelta

APP_ATTRIBUTES_MAX = 18
"""What gateways of the field hold for an app; verify answers carry all of them."""
APP_PRODUCTS_MAX = 50
"""One review must fit on a page, and one approval into one event."""
APP_CREDENTIALS_MAX = 10
"""Live ones: more means that an app should be two apps. Rotation at the limit works, the old one is replaced."""
APP_CALLBACK_URLS_MAX = 10
"""One per environment and then some; each is a way to redirect a token."""
ATTRIBUTE_NAME_BYTES_MAX = 1_024
ATTRIBUTE_VALUE_BYTES_MAX = 2_048
"""Attributes travel in response headers of the gateway, which are small."""
CALLBACK_URL_CHARACTERS_MAX = 2_048
"""What browsers and proxies surely pass on."""
TEAM_MEMBERS_MAX = 200
"""With invitations. One stream holds them all, and each command of a team reads it: a larger company makes more teams."""
CREDENTIAL_OFFER_LIFETIME_MAX = timedelta(days=7)
"""A secret that somebody may still make is a risk; within a week he has been at work."""
NAME_CHARACTERS_MAX = 100
DESCRIPTION_CHARACTERS_MAX = 2_000
REASON_CHARACTERS_MAX = 1_000
EMAIL_CHARACTERS_MAX = 254
"""RFC 5321: a path of 256 octets, less its angle brackets."""
OVERLAP_MAX = timedelta(days=7)
"""Two working credentials are a risk; a week covers a release train."""
OVERLAP_DEFAULT = timedelta(hours=24)
JWT_LIFETIME_MAX = timedelta(days=366)
"""A key that has signed is published until its last token has expired; and whoever checks offline hears of no revocation before."""
EXPIRY_MAX = datetime(3000, 1, 1, tzinfo=UTC)
"""Later is no expiry at all; and a successor that lives as long again, from then, must still fit the calendar, which ends in 9999."""
MESSAGE_BYTES_MAX = 262_144
"""256 KiB: far above the largest honest command, far below what hurts a broker."""
POLICY_RULES_MAX = 200
"""More is no list that a person still reads from the top; and each request may be held against all of them."""
POLICY_LIST_MAX = 100
"""What one condition names; twice as many products as an app may have."""
POLICY_DEPTH_MAX = 12
"""How deep a policy's file may nest; a rule's own lists lie seven deep."""
REJECTIONS_MAX = 1_000_000
"""Far above what an app collects, and an integer everywhere."""
BULK_PART_TARGETS_MAX = 500
"""An event of 100 KB or so: small enough for every bus, and read in a moment."""
BULK_PART_IDS_MAX = 2_500
"""Of an approval the products that wait are frozen as well; an event of that many ids has 100 KB."""
BULK_TARGETS_MAX = 1_000_000
"""More is no list that anybody looks at, and keeps a worker for hours."""
BULK_IDS_MAX = 1_000
"""Listed one by one, in a message of 40 KB."""
BULK_LIST_AGE_MAX = timedelta(hours=1)
"""Whoever starts a run has looked at its list; after that long, other things may be true of what is in it."""
NOTICE_ATTEMPTS_MAX = 9
"""With pauses of ten seconds, five times as long each time and twelve hours at most, an outage of a day and a half is outlived."""
WEBHOOKS_MAX = 10
"""One for each system that wants to know; more means that one of them should pass it on."""
NOTICES_PER_COMMAND_MAX = 500
"""Mails and requests that are recorded together, or notices that are read at once."""
NOTICES_PER_OCCASION_MAX = (TEAM_MEMBERS_MAX + 1) * (2 + WEBHOOKS_MAX)
"""Everybody in a full team and whom it is about, each by inbox, mail and all webhooks: nobody is left out, however many there are."""
