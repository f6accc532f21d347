-- The log: events, the outcomes of commands beside it, and who may do what with them.
-- (The schema itself is made by the migrator, which keeps its own table there.)

-- Roles belong to the whole server, so another database of ours may have made them already, or be making them now.
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['launchpad_app', 'launchpad_reader', 'launchpad_auditor'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
    -- The application's connections take the role launchpad_app, whatever user they log in as.
    IF NOT pg_has_role(current_user, 'launchpad_app', 'SET') THEN
        EXECUTE format('GRANT launchpad_app TO %I', current_user);
    END IF;
END
$$;

-- The first five columns are the eventsourcing library's own, so that its recorder reads this table.
CREATE TABLE log.events (
    originator_id text COLLATE "C" NOT NULL, -- compared byte by byte: faster, and the same after any upgrade of the system's locales
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    notification_id bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    principal text NOT NULL,
    on_behalf_of uuid,
    command_id uuid,
    correlation_id text,
    causation_id text,
    app_id uuid,
    traceparent text,
    claimed_at timestamptz,
    PRIMARY KEY (originator_id, originator_version)
) WITH (
    -- Nothing is ever updated or deleted. Vacuum only marks new pages as all-visible and frozen: small bites, often, each page once.
    autovacuum_vacuum_insert_threshold = 50000,
    autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_freeze_min_age = 0,
    autovacuum_analyze_threshold = 5000,
    autovacuum_analyze_scale_factor = 0.05
);
CREATE UNIQUE INDEX events_notification_id_idx ON log.events (notification_id);
-- For auditors ("all that ever happened to this app, in order").
CREATE INDEX events_app_id_idx ON log.events (app_id, notification_id) WHERE app_id IS NOT NULL;

COMMENT ON TABLE log.events IS 'All that ever happened, in order. Append-only: written by log.append alone. Read it through log.history.';

CREATE TABLE log.outcomes (
    command_id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('accepted', 'refused')),
    code text,
    sentence text,
    position bigint NOT NULL,
    principal text NOT NULL,
    on_behalf_of uuid,
    digest bytea NOT NULL,
    recorded_at timestamptz NOT NULL
) WITH (
    autovacuum_vacuum_insert_threshold = 50000,
    autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_freeze_min_age = 0
);
COMMENT ON TABLE log.outcomes IS 'The answer to each command that was decided: the first answer is the only one. Append-only: written by log.append alone.';
COMMENT ON COLUMN log.outcomes.command_id IS 'The command''s id, given by its sender.';
COMMENT ON COLUMN log.outcomes.kind IS 'accepted or refused.';
COMMENT ON COLUMN log.outcomes.code IS 'Why it was refused, as a stable code; none where it was accepted.';
COMMENT ON COLUMN log.outcomes.sentence IS 'Why it was refused, in a sentence.';
COMMENT ON COLUMN log.outcomes.position IS 'The place in the log to wait for: the command''s last event, or the last event before it where it changed nothing.';
COMMENT ON COLUMN log.outcomes.principal IS 'Who sent it: person:<uuid>, service:<name>@<issuer> or system.';
COMMENT ON COLUMN log.outcomes.on_behalf_of IS 'The developer it was sent for, where a service acted for one.';
COMMENT ON COLUMN log.outcomes.digest IS 'Keyed digest of the request, which tells a repeat from another request under the same id.';
COMMENT ON COLUMN log.outcomes.recorded_at IS 'When it was decided.';

CREATE TABLE log.epoch (
    epoch uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE log.epoch IS 'The log''s epochs; the latest is in force. A restore begins a new one, so that an (epoch, position) is never given twice.';
INSERT INTO log.epoch DEFAULT VALUES;

CREATE TABLE log.access_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version integer NOT NULL
);
COMMENT ON TABLE log.access_version IS 'The version of the access rows in force: an append that folded them by other rules is refused.';

-- The one lock of the log. Whoever holds it is the only one to append until his transaction ends. A table's lock, and no advisory one:
-- those are open to every role, so that an analyst could stop all writing.
CREATE TABLE log.append_lock ();
COMMENT ON TABLE log.append_lock IS 'Always empty: appends lock it, one after the other.';
CREATE FUNCTION log.lock() RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    LOCK TABLE log.append_lock IN EXCLUSIVE MODE;
END
$$;

REVOKE ALL ON FUNCTION log.lock() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.lock() TO launchpad_app;
GRANT USAGE ON SCHEMA log TO launchpad_app, launchpad_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA log TO launchpad_app;
