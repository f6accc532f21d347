-- Notices: what people are still to be told, their inboxes, and what is on its way to them. Filled by projections/notice*.py and by nothing
-- else: rows may be dropped and rebuilt from the log.

CREATE SCHEMA notices;
COMMENT ON SCHEMA notices IS
    'What people are told: occasions that nobody was told of yet, inboxes, and mails and requests on their way. No address and no name of a person.';

CREATE TABLE notices.begun (position bigint NOT NULL, at timestamptz NOT NULL);
INSERT INTO notices.begun SELECT coalesce(max(notification_id), 0), coalesce(max(recorded_at), 'epoch') FROM log.events;
COMMENT ON TABLE notices.begun IS
    'When this installation began to tell people: what had happened before is old news. One row, made once; not rebuilt.';
COMMENT ON COLUMN notices.begun.position IS 'The log''s last event of before.';
COMMENT ON COLUMN notices.begun.at IS 'When that was recorded.';

CREATE TABLE notices.occasion (
    concerns uuid PRIMARY KEY,
    occasion_id uuid NOT NULL,
    kind text NOT NULL,
    days int4,
    app_id uuid,
    stream text NOT NULL,
    version int8 NOT NULL,
    position int8 NOT NULL,
    due_at timestamptz NOT NULL
);
CREATE INDEX ON notices.occasion (due_at, position, concerns);
COMMENT ON TABLE notices.occasion IS 'What people are to be told of, and were not told yet: one row for each occasion, some of them to come.';
COMMENT ON COLUMN notices.occasion.concerns IS 'What waits for it: the event itself, an approval, or a credential with a number of days.';
COMMENT ON COLUMN notices.occasion.occasion_id IS 'The occasion''s id: the event''s own, or derived from the credential and the days.';
COMMENT ON COLUMN notices.occasion.kind IS 'The kind of notice that it brings.';
COMMENT ON COLUMN notices.occasion.days IS 'How many days before an expiry it warns; null for other kinds.';
COMMENT ON COLUMN notices.occasion.app_id IS 'The app that it is about; null where it is about a team.';
COMMENT ON COLUMN notices.occasion.stream IS 'The stream of the event that it follows from.';
COMMENT ON COLUMN notices.occasion.version IS 'The place of that event in its stream.';
COMMENT ON COLUMN notices.occasion.position IS 'The place of that event in the log.';
COMMENT ON COLUMN notices.occasion.due_at IS 'When to tell: when it happened, or some days before an expiry.';

CREATE TABLE notices.inbox (
    notice_id uuid PRIMARY KEY,
    recipient_id uuid NOT NULL,
    position int8 NOT NULL,
    kind text NOT NULL,
    told_at timestamptz NOT NULL,
    read_at timestamptz,
    app_id uuid,
    approval_id uuid,
    credential_id uuid,
    team_id uuid,
    developer_id uuid,
    reason text,
    at timestamptz,
    days int4
);
CREATE INDEX ON notices.inbox (recipient_id, position DESC);
CREATE INDEX ON notices.inbox (recipient_id, position DESC) WHERE read_at IS NULL;
COMMENT ON TABLE notices.inbox IS 'Inboxes: one row for each notice of each recipient.';
COMMENT ON COLUMN notices.inbox.notice_id IS 'The notice.';
COMMENT ON COLUMN notices.inbox.recipient_id IS
    'A developer''s id; or 5a3c8e07-0d6b-5c1e-9a44-6f2d1b7e9c30, the inbox that all portal admins share.';
COMMENT ON COLUMN notices.inbox.position IS 'The place in the log: newer ones have higher ones.';
COMMENT ON COLUMN notices.inbox.kind IS 'What it tells: app_suspended, rotation_demanded and so on.';
COMMENT ON COLUMN notices.inbox.told_at IS 'When it was put there.';
COMMENT ON COLUMN notices.inbox.read_at IS 'When it was marked as read; null where it was not.';
COMMENT ON COLUMN notices.inbox.app_id IS 'The app that it is about.';
COMMENT ON COLUMN notices.inbox.approval_id IS 'The approval that it is about.';
COMMENT ON COLUMN notices.inbox.credential_id IS 'The credential that it is about.';
COMMENT ON COLUMN notices.inbox.team_id IS 'The team that it is about.';
COMMENT ON COLUMN notices.inbox.developer_id IS 'The member of the team that it is about.';
COMMENT ON COLUMN notices.inbox.reason IS 'The reason that was given.';
COMMENT ON COLUMN notices.inbox.at IS 'The deadline or the expiry that it speaks of.';
COMMENT ON COLUMN notices.inbox.days IS 'How many days before an expiry it warns.';

CREATE TABLE notices.delivery (
    notice_id uuid PRIMARY KEY,
    recipient_id uuid NOT NULL,
    channel text NOT NULL,
    webhook_id uuid,
    kind text NOT NULL,
    occasion_id uuid NOT NULL,
    position int8 NOT NULL,
    told_at timestamptz NOT NULL,
    app_id uuid,
    approval_id uuid,
    credential_id uuid,
    team_id uuid,
    developer_id uuid,
    reason text,
    at timestamptz,
    days int4,
    status text NOT NULL,
    due_at timestamptz NOT NULL,
    attempts int4 NOT NULL,
    requeued int4 NOT NULL,
    last_error text,
    message_id uuid,
    ended_at timestamptz
);
CREATE INDEX ON notices.delivery (channel, due_at) WHERE status = 'waiting';
CREATE INDEX ON notices.delivery (recipient_id, channel, due_at) WHERE status = 'waiting';
CREATE INDEX ON notices.delivery (recipient_id, position DESC) WHERE status = 'given_up';
CREATE INDEX ON notices.delivery (recipient_id, ended_at) WHERE status = 'delivered' AND channel = 'email';
CREATE INDEX ON notices.delivery (recipient_id, position DESC);
COMMENT ON TABLE notices.delivery IS 'Mails and webhook requests: one row for each notice that travels. Those given up are the dead-letter list.';
COMMENT ON COLUMN notices.delivery.notice_id IS 'The notice; a webhook is told it as webhook-id.';
COMMENT ON COLUMN notices.delivery.recipient_id IS 'As in the inbox.';
COMMENT ON COLUMN notices.delivery.channel IS 'email or webhook.';
COMMENT ON COLUMN notices.delivery.webhook_id IS 'The webhook that is called; null for mails.';
COMMENT ON COLUMN notices.delivery.kind IS 'What it tells.';
COMMENT ON COLUMN notices.delivery.occasion_id IS 'What happened: all notices of the same occasion share it.';
COMMENT ON COLUMN notices.delivery.position IS 'The place in the log of its first event.';
COMMENT ON COLUMN notices.delivery.told_at IS 'When it was addressed.';
COMMENT ON COLUMN notices.delivery.app_id IS 'The app that it is about.';
COMMENT ON COLUMN notices.delivery.approval_id IS 'The approval that it is about.';
COMMENT ON COLUMN notices.delivery.credential_id IS 'The credential that it is about.';
COMMENT ON COLUMN notices.delivery.team_id IS 'The team that it is about.';
COMMENT ON COLUMN notices.delivery.developer_id IS 'The member of the team that it is about.';
COMMENT ON COLUMN notices.delivery.reason IS 'The reason that was given for what it tells.';
COMMENT ON COLUMN notices.delivery.at IS 'The deadline or the expiry that it speaks of.';
COMMENT ON COLUMN notices.delivery.days IS 'How many days before an expiry it warns.';
COMMENT ON COLUMN notices.delivery.status IS 'waiting, delivered or given_up.';
COMMENT ON COLUMN notices.delivery.due_at IS 'When it is sent, or tried again; while it waits.';
COMMENT ON COLUMN notices.delivery.attempts IS 'How many attempts have failed, since it was addressed or last asked for.';
COMMENT ON COLUMN notices.delivery.requeued IS 'How many times somebody has asked for it again.';
COMMENT ON COLUMN notices.delivery.last_error IS 'Why the last attempt failed: a code or a class of error, never what the other side said.';
COMMENT ON COLUMN notices.delivery.message_id IS 'The mail or the request that it went with; one mail may carry many.';
COMMENT ON COLUMN notices.delivery.ended_at IS 'When it was delivered or given up.';

GRANT USAGE ON SCHEMA notices TO launchpad_app, launchpad_reader;
-- A rebuild empties the tables; nobody else truncates.
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON notices.occasion, notices.inbox, notices.delivery TO launchpad_app;
GRANT SELECT ON notices.begun TO launchpad_app;
GRANT SELECT ON ALL TABLES IN SCHEMA notices TO launchpad_reader;
