-- An app's version, for If-Match, and what is demanded of a credential. The rows of before know neither: they are made anew from the log,
-- by the follower, from its first event on.

DROP VIEW dashboard.apps, dashboard.credentials;
TRUNCATE dashboard.owner, dashboard.product, dashboard.app, dashboard.subscription, dashboard.credential;

ALTER TABLE dashboard.app ADD COLUMN version bigint NOT NULL;
COMMENT ON COLUMN dashboard.app.version IS 'How many events its stream holds: what If-Match compares.';

ALTER TABLE dashboard.credential
    ADD COLUMN claimed_at timestamptz,
    ADD COLUMN rotation_due_at timestamptz,
    ADD COLUMN rotation_then text,
    ADD COLUMN rotation_reason text,
    ADD COLUMN rotation_missed_at timestamptz;
COMMENT ON COLUMN dashboard.credential.claimed_at IS 'When its text was made and shown, once; null for a jwt that nobody has claimed yet.';
COMMENT ON COLUMN dashboard.credential.rotation_due_at IS 'By when an admin wants it rotated; null where nobody does.';
COMMENT ON COLUMN dashboard.credential.rotation_then IS 'report | revoke: what becomes of it when it is not rotated by then.';
COMMENT ON COLUMN dashboard.credential.rotation_reason IS 'Why its rotation is demanded.';
COMMENT ON COLUMN dashboard.credential.rotation_missed_at IS 'When it was recorded that the deadline had passed without a rotation.';

CREATE VIEW dashboard.credentials AS
SELECT
    credential_id,
    app_id,
    replace(credential_id::text, '-', '') AS key_id,
    kind,
    CASE
        -- An overlap that ends with the credential's own expiry counts as the expiry.
        WHEN state = 'retiring' AND retires_at <= now() AND retires_at IS DISTINCT FROM expires_at THEN 'revoked'
        WHEN state = 'active' AND rotation_then = 'revoke' AND rotation_due_at <= now() THEN 'revoked'
        WHEN state IN ('pending', 'active', 'retiring') AND expires_at <= now() THEN 'expired'
        ELSE state
    END AS state,
    client_id,
    issued_at,
    activated_at,
    expires_at,
    retires_at,
    replaces,
    successor_id,
    CASE
        WHEN ended_at IS NOT NULL THEN ended_at
        WHEN state = 'retiring' AND retires_at <= now() THEN retires_at
        WHEN state = 'active' AND rotation_then = 'revoke' AND rotation_due_at <= now() THEN rotation_due_at
        WHEN expires_at <= now() THEN expires_at
    END AS ended_at,
    CASE
        WHEN state = 'retiring' AND retires_at <= now() AND retires_at IS DISTINCT FROM expires_at THEN 'overlap_ended'
        WHEN state = 'active' AND rotation_then = 'revoke' AND rotation_due_at <= now() THEN 'rotation_missed'
        ELSE ended_reason
    END AS ended_reason,
    claimed_at,
    rotation_due_at,
    rotation_then,
    rotation_reason,
    rotation_missed_at
FROM dashboard.credential;
COMMENT ON VIEW dashboard.credentials IS 'Credentials as of now: one whose time is over shows as ended, whether or not an event has recorded it yet.';
COMMENT ON COLUMN dashboard.credentials.credential_id IS 'The credential''s id.';
COMMENT ON COLUMN dashboard.credentials.app_id IS 'The app that holds it.';
COMMENT ON COLUMN dashboard.credentials.key_id IS 'The key id: the middle part of the credential''s text, 32 characters.';
COMMENT ON COLUMN dashboard.credentials.kind IS 'api_key | oauth_client | jwt';
COMMENT ON COLUMN dashboard.credentials.state IS 'pending | active | retiring | revoked | expired, now.';
COMMENT ON COLUMN dashboard.credentials.client_id IS 'The OAuth client id, which stays through rotations; null for other kinds.';
COMMENT ON COLUMN dashboard.credentials.issued_at IS 'When it was issued.';
COMMENT ON COLUMN dashboard.credentials.activated_at IS 'When it began to work; null while it waits for its app.';
COMMENT ON COLUMN dashboard.credentials.expires_at IS 'When it ends, or ended, by itself; null where it does not.';
COMMENT ON COLUMN dashboard.credentials.retires_at IS 'When the overlap with its successor ends, or ended; null where it was never rotated.';
COMMENT ON COLUMN dashboard.credentials.replaces IS 'The credential that it took over from; null where it is no successor.';
COMMENT ON COLUMN dashboard.credentials.successor_id IS 'The credential that took over from it; null where it was never rotated.';
COMMENT ON COLUMN dashboard.credentials.ended_at IS 'When it ended; null while it lives.';
COMMENT ON COLUMN dashboard.credentials.ended_reason IS 'Why it was revoked (overlap_ended: its successor took over); null where it lives or has expired.';
COMMENT ON COLUMN dashboard.credentials.claimed_at IS 'When its text was made and shown, once; null for a jwt that nobody has claimed yet.';
COMMENT ON COLUMN dashboard.credentials.rotation_due_at IS 'By when an admin wants it rotated; null where nobody does.';
COMMENT ON COLUMN dashboard.credentials.rotation_then IS 'report | revoke: what becomes of it when it is not rotated by then.';
COMMENT ON COLUMN dashboard.credentials.rotation_reason IS 'Why its rotation is demanded.';
COMMENT ON COLUMN dashboard.credentials.rotation_missed_at IS 'When it was recorded that the deadline had passed without a rotation.';

CREATE VIEW dashboard.apps AS
SELECT
    app.app_id,
    app.owner_kind,
    app.owner_id,
    owner.name AS owner_name,
    app.name,
    app.description,
    app.callback_urls,
    app.attributes,
    app.status,
    app.status_reason,
    app.created_at,
    app.changed_at,
    app.version,
    (
        SELECT subscription.approval_id
        FROM dashboard.subscription
        WHERE subscription.app_id = app.app_id AND subscription.status = 'pending'
        LIMIT 1
    ) AS open_approval_id,
    (
        SELECT coalesce(
            jsonb_agg(
                jsonb_build_object(
                    'product_id', subscription.product_id,
                    'name', product.name,
                    'category', product.category,
                    'product_status', product.status,
                    'status', subscription.status,
                    'reason', subscription.reason,
                    'requested_at', subscription.requested_at,
                    'decided_at', subscription.decided_at
                ) ORDER BY subscription.requested_at, product.name, subscription.product_id
            ), '[]'
        )
        FROM dashboard.subscription
        LEFT JOIN dashboard.product USING (product_id)
        WHERE subscription.app_id = app.app_id AND subscription.status <> 'removed'
    ) AS products,
    (
        SELECT coalesce(
            jsonb_agg(
                jsonb_build_object(
                    'credential_id', credentials.credential_id,
                    'key_id', credentials.key_id,
                    'kind', credentials.kind,
                    'state', credentials.state,
                    'client_id', credentials.client_id,
                    'issued_at', credentials.issued_at,
                    'activated_at', credentials.activated_at,
                    'expires_at', credentials.expires_at,
                    'retires_at', credentials.retires_at,
                    'replaces', credentials.replaces,
                    'successor_id', credentials.successor_id,
                    'ended_at', credentials.ended_at,
                    'ended_reason', credentials.ended_reason,
                    'claimed_at', credentials.claimed_at,
                    'rotation_due_at', credentials.rotation_due_at,
                    'rotation_then', credentials.rotation_then,
                    'rotation_reason', credentials.rotation_reason,
                    'rotation_missed_at', credentials.rotation_missed_at
                ) ORDER BY credentials.issued_at, credentials.credential_id
            ), '[]'
        )
        FROM dashboard.credentials
        WHERE credentials.app_id = app.app_id
    ) AS credentials
FROM dashboard.app
LEFT JOIN dashboard.owner USING (owner_kind, owner_id);
COMMENT ON VIEW dashboard.apps IS 'Apps as their developers see them now: with their owner''s name, their products and their credentials.';
COMMENT ON COLUMN dashboard.apps.app_id IS 'The app''s id.';
COMMENT ON COLUMN dashboard.apps.owner_kind IS 'The kind of its owner: developer.';
COMMENT ON COLUMN dashboard.apps.owner_id IS 'Its owner.';
COMMENT ON COLUMN dashboard.apps.owner_name IS 'Its owner''s name. Personal data.';
COMMENT ON COLUMN dashboard.apps.name IS 'The name; unique among its owner''s living apps.';
COMMENT ON COLUMN dashboard.apps.description IS 'What the developer says of it.';
COMMENT ON COLUMN dashboard.apps.callback_urls IS 'Where OAuth may redirect to: a JSON array of URLs.';
COMMENT ON COLUMN dashboard.apps.attributes IS 'Custom attributes: a JSON object of texts.';
COMMENT ON COLUMN dashboard.apps.status IS 'pending | active | rejected | suspended | deleted';
COMMENT ON COLUMN dashboard.apps.status_reason IS 'Why it was suspended or deleted, where a reason was given; else null.';
COMMENT ON COLUMN dashboard.apps.created_at IS 'When it was created.';
COMMENT ON COLUMN dashboard.apps.changed_at IS 'When its details, attributes or status last changed.';
COMMENT ON COLUMN dashboard.apps.version IS 'How many events its stream holds: what If-Match compares. Its products and credentials count, what is recorded of a credential itself does not.';
COMMENT ON COLUMN dashboard.apps.open_approval_id IS 'The review that its waiting products are in; null where none waits.';
COMMENT ON COLUMN dashboard.apps.products IS 'A JSON array of its products that were not removed, each with name, category, status, reason and times, in the order of asking.';
COMMENT ON COLUMN dashboard.apps.credentials IS 'A JSON array of its credentials as in dashboard.credentials, in the order of issue.';

GRANT SELECT ON ALL TABLES IN SCHEMA dashboard TO launchpad_app, launchpad_reader;
