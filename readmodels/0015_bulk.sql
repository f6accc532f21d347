-- Bulk runs: their lists, and what became of each target. Filled by projections/bulk_*.py alone: rows may be dropped and rebuilt from the log.

CREATE SCHEMA bulk;
COMMENT ON SCHEMA bulk IS 'Bulk runs: what was listed, what would happen, and what became of each target. Follows the log within moments.';

CREATE TABLE bulk.run (
    bulk_id uuid PRIMARY KEY,
    requested_by text NOT NULL,
    action text NOT NULL,
    reason text,
    deadline timestamptz,
    then_what text,
    undoes uuid,
    criteria jsonb NOT NULL,
    status text NOT NULL,
    position bigint NOT NULL,
    requested_at timestamptz NOT NULL,
    attempt uuid,
    parts bigint NOT NULL,
    as_of bigint,
    prepared_at timestamptz,
    targets bigint NOT NULL,
    would_do bigint NOT NULL,
    would_be_so bigint NOT NULL,
    would_be_refused jsonb NOT NULL,
    started_at timestamptz,
    started_by uuid,
    start_event_id uuid,
    stopped_at timestamptz,
    stop_reason text,
    finished_at timestamptz,
    done bigint NOT NULL,
    already_so bigint NOT NULL,
    refused jsonb NOT NULL,
    not_sent bigint NOT NULL
) WITH (fillfactor = 50); -- A row that changes with every report.
CREATE INDEX ON bulk.run (requested_at, bulk_id);
CREATE INDEX ON bulk.run (requested_at, bulk_id) WHERE status IN ('preparing', 'running', 'stopping');
COMMENT ON TABLE bulk.run IS 'One row for each bulk run that was ever prepared.';
COMMENT ON COLUMN bulk.run.bulk_id IS 'The run''s id.';
COMMENT ON COLUMN bulk.run.requested_by IS 'Who asked for the list: person:<uuid>, or service:<name>@<issuer>.';
COMMENT ON COLUMN bulk.run.action IS 'approve | suspend | reinstate | demand_rotation';
COMMENT ON COLUMN bulk.run.reason IS 'Why, where the action has a reason.';
COMMENT ON COLUMN bulk.run.deadline IS 'By when rotations are demanded; else null.';
COMMENT ON COLUMN bulk.run.then_what IS 'report | revoke: what becomes of a credential that is not rotated by then; else null.';
COMMENT ON COLUMN bulk.run.undoes IS 'The run whose suspensions it takes back; else null.';
COMMENT ON COLUMN bulk.run.criteria IS 'Which apps were asked for: a JSON object.';
COMMENT ON COLUMN bulk.run.status IS 'preparing | prepared | running | stopping | stopped | finished';
COMMENT ON COLUMN bulk.run.position IS 'The place in the log of the request: the list is made when the dashboard has come so far.';
COMMENT ON COLUMN bulk.run.requested_at IS 'When it was asked for.';
COMMENT ON COLUMN bulk.run.attempt IS 'Which list stands, where two workers made one at once: its parts bear it.';
COMMENT ON COLUMN bulk.run.parts IS 'How many parts the list has.';
COMMENT ON COLUMN bulk.run.as_of IS 'The place in the log up to which the list was looked up.';
COMMENT ON COLUMN bulk.run.prepared_at IS 'When the list was frozen.';
COMMENT ON COLUMN bulk.run.targets IS 'How many targets the list has.';
COMMENT ON COLUMN bulk.run.would_do IS 'Of how many something would have been done.';
COMMENT ON COLUMN bulk.run.would_be_so IS 'Of how many it was so already.';
COMMENT ON COLUMN bulk.run.would_be_refused IS 'How many would have been refused: a JSON object of counts by code.';
COMMENT ON COLUMN bulk.run.started_at IS 'When it was started.';
COMMENT ON COLUMN bulk.run.started_by IS 'The person on whose behalf it acts.';
COMMENT ON COLUMN bulk.run.start_event_id IS 'The event that started it: the causation_id of all that it does.';
COMMENT ON COLUMN bulk.run.stopped_at IS 'When somebody stopped it.';
COMMENT ON COLUMN bulk.run.stop_reason IS 'Why, where a reason was given.';
COMMENT ON COLUMN bulk.run.finished_at IS 'When its last target was reported.';
COMMENT ON COLUMN bulk.run.done IS 'Of how many targets something was done, so far.';
COMMENT ON COLUMN bulk.run.already_so IS 'Of how many it was so already, so far.';
COMMENT ON COLUMN bulk.run.refused IS 'How many were refused, so far: a JSON object of counts by code.';
COMMENT ON COLUMN bulk.run.not_sent IS 'How many were left alone, because it was stopped.';

CREATE TABLE bulk.part (
    part_id uuid PRIMARY KEY,
    bulk_id uuid NOT NULL,
    attempt uuid NOT NULL,
    number bigint NOT NULL,
    targets jsonb NOT NULL
);
CREATE INDEX ON bulk.part (bulk_id, attempt, number);
COMMENT ON TABLE bulk.part IS 'The frozen lists, some hundred targets a row; the view bulk.items shows them one by one.';
COMMENT ON COLUMN bulk.part.part_id IS 'The part''s id.';
COMMENT ON COLUMN bulk.part.bulk_id IS 'The run.';
COMMENT ON COLUMN bulk.part.attempt IS 'The list that it belongs to: that of its run, or one that did not come to stand.';
COMMENT ON COLUMN bulk.part.number IS 'Its number: 0, 1, 2 and so on.';
COMMENT ON COLUMN bulk.part.targets IS 'A JSON array of targets: app_id, id, products, foreseen, code.';

CREATE TABLE bulk.report (
    part_id uuid,
    first bigint,
    outcomes jsonb NOT NULL,
    reported_at timestamptz NOT NULL,
    PRIMARY KEY (part_id, first)
);
COMMENT ON TABLE bulk.report IS 'What became of targets, a batch a row.';
COMMENT ON COLUMN bulk.report.part_id IS 'The part.';
COMMENT ON COLUMN bulk.report.first IS 'The number within the part of the first target that it tells of.';
COMMENT ON COLUMN bulk.report.outcomes IS 'A JSON array of outcomes: result, code, version.';
COMMENT ON COLUMN bulk.report.reported_at IS 'When the batch was reported.';

-- Part by part: so that a page reads few of them, and each array is opened once.
CREATE VIEW bulk.items AS
SELECT part.bulk_id, part.number, item.*
FROM bulk.run
JOIN bulk.part ON part.bulk_id = run.bulk_id AND part.attempt = run.attempt
CROSS JOIN LATERAL (
    SELECT
        target.place - 1 AS place,
        (target.said ->> 'app_id')::uuid AS app_id,
        (target.said ->> 'id')::uuid AS id,
        target.said ->> 'foreseen' AS foreseen,
        target.said ->> 'code' AS foreseen_code,
        outcome.said ->> 'result' AS result,
        outcome.said ->> 'code' AS code,
        (outcome.said ->> 'version')::bigint AS version,
        outcome.reported_at
    FROM jsonb_array_elements(part.targets) WITH ORDINALITY AS target (said, place)
    LEFT JOIN (
        SELECT report.first + told.place AS place, told.said, report.reported_at
        FROM bulk.report
        CROSS JOIN LATERAL jsonb_array_elements(report.outcomes) WITH ORDINALITY AS told (said, place)
        WHERE report.part_id = part.part_id
    ) AS outcome ON outcome.place = target.place
) AS item;
COMMENT ON VIEW bulk.items IS 'The targets of all runs one by one: what was foreseen of each, and what became of it.';
COMMENT ON COLUMN bulk.items.bulk_id IS 'The run.';
COMMENT ON COLUMN bulk.items.number IS 'The part of the list.';
COMMENT ON COLUMN bulk.items.place IS 'The place within the part.';
COMMENT ON COLUMN bulk.items.app_id IS 'The app; null where there is nothing with this id.';
COMMENT ON COLUMN bulk.items.id IS 'What the action is done to: the app, one of its credentials, or its approval.';
COMMENT ON COLUMN bulk.items.foreseen IS 'would_do | already_so | would_be_refused: what was foreseen when the list was frozen.';
COMMENT ON COLUMN bulk.items.foreseen_code IS 'Why it would have been refused.';
COMMENT ON COLUMN bulk.items.result IS 'done | already_so | refused | not_sent; null while it waits.';
COMMENT ON COLUMN bulk.items.code IS 'Why it was refused.';
COMMENT ON COLUMN bulk.items.version IS 'How many events the app''s stream had right after what was done.';
COMMENT ON COLUMN bulk.items.reported_at IS 'When its outcome was reported.';

GRANT USAGE ON SCHEMA bulk TO launchpad_app, launchpad_reader;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON bulk.run, bulk.part, bulk.report TO launchpad_app;
GRANT SELECT ON ALL TABLES IN SCHEMA bulk TO launchpad_app, launchpad_reader;
