-- What waits for a decision, and all that was ever asked. Filled by projections/queue*.py and by nothing else: rows may be dropped and rebuilt
-- from the log.

CREATE SCHEMA queue;
COMMENT ON SCHEMA queue IS
    'Approvals: what waits, for how long, whose it is, and all that the policy was ever asked. Start with the view queue.approvals.';

CREATE TABLE queue.app (
    app_id uuid PRIMARY KEY,
    owner_kind text NOT NULL,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    rejections int NOT NULL,
    suspensions int NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX ON queue.app (owner_kind, owner_id);
-- An owner may have a thousand apps, of which few were ever held against him.
CREATE INDEX ON queue.app (owner_kind, owner_id) WHERE rejections > 0 OR suspensions > 0;
COMMENT ON TABLE queue.app IS 'What a reviewer wants to know of an app: one row for each, deleted ones too. An owner''s record is the sum over his apps.';
COMMENT ON COLUMN queue.app.app_id IS 'The app''s id.';
COMMENT ON COLUMN queue.app.owner_kind IS 'The kind of its owner: developer or team.';
COMMENT ON COLUMN queue.app.owner_id IS 'Its owner: joins dashboard.owner.';
COMMENT ON COLUMN queue.app.name IS 'The name as it is now.';
COMMENT ON COLUMN queue.app.status IS 'pending | active | rejected | suspended | deleted';
COMMENT ON COLUMN queue.app.rejections IS 'How often a product of it was rejected, by a rule or by a person.';
COMMENT ON COLUMN queue.app.suspensions IS 'How often it was suspended.';

CREATE TABLE queue.approval (
    approval_id uuid PRIMARY KEY,
    app_id uuid NOT NULL,
    status text NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    assignee uuid,
    decided_by text,
    decided_at timestamptz,
    decision_comment text
) WITH (fillfactor = 70);
CREATE INDEX ON queue.approval (opened_at, approval_id) WHERE status = 'open';
CREATE INDEX ON queue.approval (app_id);
COMMENT ON TABLE queue.approval IS 'One row for each approval that was ever opened.';
COMMENT ON COLUMN queue.approval.approval_id IS 'The approval''s id.';
COMMENT ON COLUMN queue.approval.app_id IS 'The app that asked: joins queue.app.';
COMMENT ON COLUMN queue.approval.status IS 'open | granted | rejected | withdrawn';
COMMENT ON COLUMN queue.approval.opened_at IS 'When the first product was asked for: the queue is in this order.';
COMMENT ON COLUMN queue.approval.closed_at IS 'When nothing waited in it any more; null while something does.';
COMMENT ON COLUMN queue.approval.assignee IS 'The admin who looks after it, by his developer id: a hint, which hinders nobody. Null: nobody.';
COMMENT ON COLUMN queue.approval.decided_by IS 'The principal who decided; null where no person did.';
COMMENT ON COLUMN queue.approval.decided_at IS 'When a person decided; else null.';
COMMENT ON COLUMN queue.approval.decision_comment IS 'What was said with the decision; else null.';

CREATE TABLE queue.comment (
    approval_id uuid,
    version bigint,
    text text NOT NULL,
    commented_by text NOT NULL,
    commented_at timestamptz NOT NULL,
    PRIMARY KEY (approval_id, version)
);
COMMENT ON TABLE queue.comment IS 'What admins noted on approvals, for each other.';
COMMENT ON COLUMN queue.comment.approval_id IS 'The approval.';
COMMENT ON COLUMN queue.comment.version IS 'The place of the note in the approval''s stream.';
COMMENT ON COLUMN queue.comment.text IS 'The note.';
COMMENT ON COLUMN queue.comment.commented_by IS 'The principal who wrote it.';
COMMENT ON COLUMN queue.comment.commented_at IS 'When.';

CREATE TABLE queue.reviewed_product (
    approval_id uuid,
    product_id uuid,
    asked_version bigint NOT NULL,
    status text NOT NULL,
    decided_by text,
    reason text,
    requested_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (approval_id, product_id)
) WITH (fillfactor = 70);
COMMENT ON TABLE queue.reviewed_product IS 'What became of each product in an approval, as it was last asked for there.';
COMMENT ON COLUMN queue.reviewed_product.approval_id IS 'The approval.';
COMMENT ON COLUMN queue.reviewed_product.product_id IS 'The product: joins dashboard.product.';
COMMENT ON COLUMN queue.reviewed_product.asked_version IS 'The place of the last request for it in the approval''s stream: joins queue.answer.version.';
COMMENT ON COLUMN queue.reviewed_product.status IS
    'waiting | approved | rejected | withdrawn. Of an approval that was withdrawn whole, what waited then stays as waiting; the views say withdrawn.';
COMMENT ON COLUMN queue.reviewed_product.decided_by IS 'rule | person; null while it waits, or where it was withdrawn.';
COMMENT ON COLUMN queue.reviewed_product.reason IS 'Why it was rejected; else null.';
COMMENT ON COLUMN queue.reviewed_product.requested_at IS 'When it was asked for.';
COMMENT ON COLUMN queue.reviewed_product.ended_at IS 'When it was decided or withdrawn; null while it waits.';

CREATE TABLE queue.answer (
    approval_id uuid,
    version bigint,
    position bigint NOT NULL,
    app_id uuid NOT NULL,
    product_id uuid NOT NULL,
    kind text NOT NULL,
    asked_by text,
    answered_at timestamptz NOT NULL,
    answer text NOT NULL,
    policy_version int NOT NULL,
    rule text NOT NULL,
    reason text,
    input jsonb NOT NULL,
    PRIMARY KEY (approval_id, version)
);
CREATE INDEX ON queue.answer (position) WHERE kind = 'asked';
COMMENT ON TABLE queue.answer IS 'What the policy answered, each time that it was asked, with all that it looked at. Rows never change.';
COMMENT ON COLUMN queue.answer.approval_id IS 'The approval that it was recorded in.';
COMMENT ON COLUMN queue.answer.version IS 'The place of the answer in the approval''s stream.';
COMMENT ON COLUMN queue.answer.position IS 'The place of the answer in the log.';
COMMENT ON COLUMN queue.answer.app_id IS 'The app that asked: joins queue.app.';
COMMENT ON COLUMN queue.answer.product_id IS 'The product that was asked for: joins dashboard.product.';
COMMENT ON COLUMN queue.answer.kind IS
    'asked: a request. reevaluated: what waited met a later policy. stays_open: the app changed, and what was approved stayed so.';
COMMENT ON COLUMN queue.answer.asked_by IS 'The principal who asked; null where it was no request.';
COMMENT ON COLUMN queue.answer.answered_at IS 'When.';
COMMENT ON COLUMN queue.answer.answer IS 'approve | reject | review';
COMMENT ON COLUMN queue.answer.policy_version IS 'The version of the policy that answered; 0: before any was set.';
COMMENT ON COLUMN queue.answer.rule IS 'The name of the rule that held; auto, manual, no_rule_held or needs_no_approval where none did.';
COMMENT ON COLUMN queue.answer.reason IS 'Why it was rejected; else null.';
COMMENT ON COLUMN queue.answer.input IS 'All that the policy looked at, as it was then: product, category, owner, attributes, callback hosts, earlier rejections.';

CREATE VIEW queue.approvals AS
SELECT
    approval.approval_id,
    approval.app_id,
    app.name AS app_name,
    app.status AS app_status,
    app.owner_kind,
    app.owner_id,
    owner.name AS owner_name,
    approval.status,
    approval.opened_at,
    approval.closed_at,
    (
        SELECT coalesce(
            jsonb_agg(
                jsonb_build_object('product_id', reviewed.product_id, 'name', product.name, 'requested_at', reviewed.requested_at)
                ORDER BY reviewed.requested_at, product.name, reviewed.product_id
            ), '[]'
        )
        FROM queue.reviewed_product AS reviewed
        LEFT JOIN dashboard.product USING (product_id)
        WHERE reviewed.approval_id = approval.approval_id AND reviewed.status = 'waiting' AND approval.status = 'open'
    ) AS waiting,
    record.rejections AS owner_rejections,
    record.suspensions AS owner_suspensions,
    approval.assignee,
    admin.name AS assignee_name,
    (SELECT count(*) FROM queue.comment WHERE comment.approval_id = approval.approval_id) AS comments,
    last.text AS last_comment,
    last.commented_by AS last_comment_by,
    last.commented_at AS last_comment_at,
    approval.decided_by,
    approval.decided_at,
    approval.decision_comment
FROM queue.approval
JOIN queue.app USING (app_id)
LEFT JOIN dashboard.owner USING (owner_kind, owner_id)
LEFT JOIN dashboard.owner AS admin ON admin.owner_kind = 'developer' AND admin.owner_id = approval.assignee
CROSS JOIN LATERAL (
    SELECT coalesce(sum(of_owner.rejections), 0)::int AS rejections, coalesce(sum(of_owner.suspensions), 0)::int AS suspensions
    FROM queue.app AS of_owner
    WHERE of_owner.owner_kind = app.owner_kind AND of_owner.owner_id = app.owner_id
        AND (of_owner.rejections > 0 OR of_owner.suspensions > 0)
) AS record
LEFT JOIN LATERAL (
    SELECT text, commented_by, commented_at FROM queue.comment
    WHERE comment.approval_id = approval.approval_id
    ORDER BY version DESC LIMIT 1
) AS last ON true;
COMMENT ON VIEW queue.approvals IS 'Approvals as a reviewer sees them: with app, owner and what waits. What is open, the longest waiting first, is the queue.';
COMMENT ON COLUMN queue.approvals.approval_id IS 'The approval''s id.';
COMMENT ON COLUMN queue.approvals.app_id IS 'The app that asked.';
COMMENT ON COLUMN queue.approvals.app_name IS 'Its name now.';
COMMENT ON COLUMN queue.approvals.app_status IS 'pending | active | rejected | suspended | deleted';
COMMENT ON COLUMN queue.approvals.owner_kind IS 'The kind of its owner now: developer or team.';
COMMENT ON COLUMN queue.approvals.owner_id IS 'Its owner now.';
COMMENT ON COLUMN queue.approvals.owner_name IS 'Its owner''s name. Personal data.';
COMMENT ON COLUMN queue.approvals.status IS 'open | granted | rejected | withdrawn';
COMMENT ON COLUMN queue.approvals.opened_at IS 'When the first product was asked for.';
COMMENT ON COLUMN queue.approvals.closed_at IS 'When nothing waited in it any more; null while something does.';
COMMENT ON COLUMN queue.approvals.waiting IS 'A JSON array of the products that wait in it, each with name and time, in the order of asking.';
COMMENT ON COLUMN queue.approvals.owner_rejections IS 'How often products of any app that this owner has now, or had deleted, were rejected.';
COMMENT ON COLUMN queue.approvals.owner_suspensions IS 'How often these apps were suspended.';
COMMENT ON COLUMN queue.approvals.assignee IS 'The admin who looks after it, by his developer id; null: nobody.';
COMMENT ON COLUMN queue.approvals.assignee_name IS 'That admin''s name, where he is registered. Personal data.';
COMMENT ON COLUMN queue.approvals.comments IS 'How many notes admins wrote on it.';
COMMENT ON COLUMN queue.approvals.last_comment IS 'The last note; null where there is none.';
COMMENT ON COLUMN queue.approvals.last_comment_by IS 'The principal who wrote it.';
COMMENT ON COLUMN queue.approvals.last_comment_at IS 'When.';
COMMENT ON COLUMN queue.approvals.decided_by IS 'The principal who decided; null where no person did.';
COMMENT ON COLUMN queue.approvals.decided_at IS 'When a person decided; else null.';
COMMENT ON COLUMN queue.approvals.decision_comment IS 'What was said with the decision; else null.';

CREATE VIEW queue.requests AS
SELECT
    answer.position,
    answer.approval_id,
    answer.app_id,
    app.name AS app_name,
    (answer.input -> 'owner' ->> 'kind') AS owner_kind,
    (answer.input -> 'owner' ->> 'id')::uuid AS owner_id,
    owner.name AS owner_name,
    answer.product_id,
    product.name AS product_name,
    answer.asked_by,
    answer.answered_at AS requested_at,
    answer.answer,
    answer.policy_version,
    answer.rule,
    answer.input,
    CASE
        WHEN reviewed.asked_version <> answer.version
            THEN CASE answer.answer WHEN 'approve' THEN 'approved' WHEN 'reject' THEN 'rejected' ELSE 'withdrawn' END
        WHEN reviewed.status = 'waiting' AND approval.status = 'withdrawn' THEN 'withdrawn'
        ELSE reviewed.status
    END AS outcome,
    CASE
        WHEN reviewed.asked_version = answer.version THEN reviewed.decided_by
        WHEN answer.answer <> 'review' THEN 'rule'
    END AS decided_by
FROM queue.answer
JOIN queue.reviewed_product AS reviewed USING (approval_id, product_id)
JOIN queue.approval USING (approval_id)
-- There always is one; but so nobody looks it up for whom names are nothing.
LEFT JOIN queue.app ON app.app_id = answer.app_id
LEFT JOIN dashboard.owner
    ON owner.owner_kind = answer.input -> 'owner' ->> 'kind' AND owner.owner_id = (answer.input -> 'owner' ->> 'id')::uuid
LEFT JOIN dashboard.product ON product.product_id = answer.product_id
WHERE answer.kind = 'asked';
COMMENT ON VIEW queue.requests IS 'Every request for a product that the policy was ever asked about: what it answered then, and what became of the request in the end.';
COMMENT ON COLUMN queue.requests.position IS 'The place of the request in the log.';
COMMENT ON COLUMN queue.requests.approval_id IS 'The approval that it went into.';
COMMENT ON COLUMN queue.requests.app_id IS 'The app that asked.';
COMMENT ON COLUMN queue.requests.app_name IS 'Its name now.';
COMMENT ON COLUMN queue.requests.owner_kind IS 'The kind of the owner that it had then.';
COMMENT ON COLUMN queue.requests.owner_id IS 'The owner that it had then.';
COMMENT ON COLUMN queue.requests.owner_name IS 'That owner''s name. Personal data.';
COMMENT ON COLUMN queue.requests.product_id IS 'The product that was asked for.';
COMMENT ON COLUMN queue.requests.product_name IS 'Its name now.';
COMMENT ON COLUMN queue.requests.asked_by IS 'The principal who asked.';
COMMENT ON COLUMN queue.requests.requested_at IS 'When.';
COMMENT ON COLUMN queue.requests.answer IS 'What the policy answered at once: approve | reject | review';
COMMENT ON COLUMN queue.requests.policy_version IS 'The version of the policy that answered.';
COMMENT ON COLUMN queue.requests.rule IS 'The rule that held, or why none did.';
COMMENT ON COLUMN queue.requests.input IS 'All that the policy looked at, as it was then.';
COMMENT ON COLUMN queue.requests.outcome IS
    'What became of it: waiting | approved | rejected | withdrawn. One that was asked anew in the same approval before its decision: withdrawn.';
COMMENT ON COLUMN queue.requests.decided_by IS 'Who decided in the end: rule | person; null where nobody did.';

GRANT USAGE ON SCHEMA queue TO launchpad_app, launchpad_reader;
-- A rebuild empties the tables; nobody else truncates.
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE
    ON queue.app, queue.approval, queue.comment, queue.reviewed_product, queue.answer TO launchpad_app;
GRANT SELECT ON ALL TABLES IN SCHEMA queue TO launchpad_app, launchpad_reader;
