-- The log as auditors and analysts read it.
CREATE VIEW log.history AS
SELECT
    notification_id AS position,
    recorded_at,
    topic AS event,
    convert_from(state, 'UTF8')::jsonb AS payload,
    principal,
    on_behalf_of,
    app_id,
    split_part(originator_id, '-', 1) AS kind,
    right(originator_id, 36)::uuid AS id,
    originator_version AS version,
    command_id,
    correlation_id,
    causation_id,
    originator_id AS stream,
    traceparent,
    claimed_at
FROM log.events;
COMMENT ON VIEW log.history IS 'All that ever happened, in order: who did what to which thing, and when.';
COMMENT ON COLUMN log.history.position IS 'The event''s place in the log: 1, 2, 3 and so on, without gaps. A reply to a command names it.';
COMMENT ON COLUMN log.history.recorded_at IS 'When it was recorded, by the database''s clock; never earlier than the event before it.';
COMMENT ON COLUMN log.history.event IS 'What happened, with the version of its payload: app.created.v1.';
COMMENT ON COLUMN log.history.payload IS 'The event itself. Data about a person stand here sealed under that person''s key.';
COMMENT ON COLUMN log.history.principal IS 'Who did it: person:<uuid>, service:<name>@<issuer>, or system for what we did by rule.';
COMMENT ON COLUMN log.history.on_behalf_of IS 'The developer for whom a service did it.';
COMMENT ON COLUMN log.history.app_id IS 'The app that it belongs to, where it belongs to one.';
COMMENT ON COLUMN log.history.kind IS 'What it happened to: developer, product, app, app_name, credential, approval, policy; or command, for a refusal.';
COMMENT ON COLUMN log.history.id IS 'The id of what it happened to.';
COMMENT ON COLUMN log.history.version IS 'The number of this event among those of the same stream: 1, 2, 3 and so on.';
COMMENT ON COLUMN log.history.command_id IS 'The command that it came from; log.outcomes has the answer.';
COMMENT ON COLUMN log.history.correlation_id IS 'What the sender gave to tie messages together.';
COMMENT ON COLUMN log.history.causation_id IS 'What the sender named as the cause.';
COMMENT ON COLUMN log.history.stream IS 'The stream: <kind>-<id>.';
COMMENT ON COLUMN log.history.traceparent IS 'The W3C trace that the command came with.';
COMMENT ON COLUMN log.history.claimed_at IS 'When the sender says he sent it, by a clock that nobody checked; recorded_at counts.';
-- Analysts read the read models; history is for auditors.
GRANT SELECT ON log.history TO launchpad_app, launchpad_auditor;
