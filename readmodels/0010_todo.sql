-- What falls due by itself. Filled by projections/todo_*.py and by nothing else: rows may be dropped and rebuilt from the log.

CREATE SCHEMA todo;
COMMENT ON SCHEMA todo IS
    'What the system will do by itself, and when. A row that is done goes away; what a gateway is told never waits for any of this.';

CREATE TABLE todo.credential_due (
    credential_id uuid NOT NULL,
    reaction text NOT NULL,
    app_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (credential_id, reaction)
);
CREATE INDEX ON todo.credential_due (due_at);
COMMENT ON TABLE todo.credential_due IS 'What time will do to credentials: one row for each that is to come, or was not recorded yet.';
COMMENT ON COLUMN todo.credential_due.credential_id IS 'The credential.';
COMMENT ON COLUMN todo.credential_due.reaction IS
    'expire: its expiry passes. end_overlap: its successor goes on alone. miss_rotation: a demanded rotation was not made by the deadline.';
COMMENT ON COLUMN todo.credential_due.app_id IS 'The app that holds it.';
COMMENT ON COLUMN todo.credential_due.due_at IS 'When: its expiry, the end of its overlap, or the deadline of the demand.';
COMMENT ON COLUMN todo.credential_due.event_id IS 'The event that it follows from: its issue, its rotation, or the demand.';

GRANT USAGE ON SCHEMA todo TO launchpad_app, launchpad_reader;
-- A rebuild empties the table; nobody else truncates.
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON todo.credential_due TO launchpad_app;
GRANT SELECT ON todo.credential_due TO launchpad_reader;
