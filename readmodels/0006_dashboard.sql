-- What developers see of their apps. Filled by projections/dashboard*.py and by nothing else: rows may be dropped and rebuilt from the log.

CREATE SCHEMA dashboard;
COMMENT ON SCHEMA dashboard IS
    'Apps with their products and credentials, as developers see them. Follows the log within moments; start with the view dashboard.apps.';

CREATE TABLE dashboard.owner (
    owner_kind text NOT NULL,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    PRIMARY KEY (owner_kind, owner_id)
);
COMMENT ON TABLE dashboard.owner IS 'Who may own apps: one row for each registered developer. Names are personal data; e-mail addresses are not kept here.';
COMMENT ON COLUMN dashboard.owner.owner_kind IS 'developer';
COMMENT ON COLUMN dashboard.owner.owner_id IS 'The owner''s id; a developer''s is derived from issuer and subject of the sign-in.';
COMMENT ON COLUMN dashboard.owner.name IS 'The name to show. Personal data.';
COMMENT ON COLUMN dashboard.owner.status IS 'registered | deactivated';

CREATE TABLE dashboard.product (
    product_id uuid PRIMARY KEY,
    name text NOT NULL,
    description text NOT NULL,
    category text NOT NULL,
    needs_approval boolean NOT NULL,
    status text NOT NULL
);
COMMENT ON TABLE dashboard.product IS 'The catalogue: one row for each API product that was ever added.';
COMMENT ON COLUMN dashboard.product.product_id IS 'The product''s id.';
COMMENT ON COLUMN dashboard.product.name IS 'The name as it is now; a rename shows everywhere at once.';
COMMENT ON COLUMN dashboard.product.description IS 'What the product does, in its admins'' words.';
COMMENT ON COLUMN dashboard.product.category IS 'The category; an empty text where there is none.';
COMMENT ON COLUMN dashboard.product.needs_approval IS 'Whether a request for it meets the approval policy; else it is approved at once.';
COMMENT ON COLUMN dashboard.product.status IS 'offered | retired';

CREATE TABLE dashboard.app (
    app_id uuid PRIMARY KEY,
    owner_kind text NOT NULL,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    callback_urls jsonb NOT NULL,
    attributes jsonb NOT NULL,
    status text NOT NULL,
    status_reason text,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
) WITH (fillfactor = 70); -- Room on the page for the changes that most apps soon see.
CREATE INDEX ON dashboard.app (owner_kind, owner_id, created_at, app_id);
CREATE INDEX ON dashboard.app (created_at, app_id);
COMMENT ON TABLE dashboard.app IS 'One row for each app that was ever created; deleted ones stay.';
COMMENT ON COLUMN dashboard.app.app_id IS 'The app''s id.';
COMMENT ON COLUMN dashboard.app.owner_kind IS 'The kind of its owner: developer.';
COMMENT ON COLUMN dashboard.app.owner_id IS 'Its owner: joins dashboard.owner.';
COMMENT ON COLUMN dashboard.app.name IS 'The name; unique among its owner''s living apps.';
COMMENT ON COLUMN dashboard.app.description IS 'What the developer says of it.';
COMMENT ON COLUMN dashboard.app.callback_urls IS 'Where OAuth may redirect to: a JSON array of URLs.';
COMMENT ON COLUMN dashboard.app.attributes IS 'Custom attributes: a JSON object of texts.';
COMMENT ON COLUMN dashboard.app.status IS 'pending | active | rejected | suspended | deleted';
COMMENT ON COLUMN dashboard.app.status_reason IS 'Why it was suspended or deleted, where a reason was given; else null.';
COMMENT ON COLUMN dashboard.app.created_at IS 'When it was created.';
COMMENT ON COLUMN dashboard.app.changed_at IS 'When its details, attributes or status last changed; its products and credentials have times of their own.';

CREATE TABLE dashboard.subscription (
    app_id uuid,
    product_id uuid,
    status text NOT NULL,
    reason text,
    approval_id uuid,
    requested_at timestamptz NOT NULL,
    decided_at timestamptz,
    removed_at timestamptz,
    PRIMARY KEY (app_id, product_id)
) WITH (fillfactor = 70);
COMMENT ON TABLE dashboard.subscription IS 'One row for each product that an app ever asked for, as its last request stands.';
COMMENT ON COLUMN dashboard.subscription.app_id IS 'The app.';
COMMENT ON COLUMN dashboard.subscription.product_id IS 'The product: joins dashboard.product.';
COMMENT ON COLUMN dashboard.subscription.status IS 'pending | approved | rejected | removed';
COMMENT ON COLUMN dashboard.subscription.reason IS 'Why it was rejected; else null.';
COMMENT ON COLUMN dashboard.subscription.approval_id IS 'The review that the request went into; null where the product needed no approval.';
COMMENT ON COLUMN dashboard.subscription.requested_at IS 'When it was last asked for.';
COMMENT ON COLUMN dashboard.subscription.decided_at IS 'When it was approved or rejected; null while it waits, or where it was removed before a decision.';
COMMENT ON COLUMN dashboard.subscription.removed_at IS 'When it was taken out of the app; else null.';

CREATE TABLE dashboard.credential (
    credential_id uuid PRIMARY KEY,
    app_id uuid NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    client_id text,
    issued_at timestamptz NOT NULL,
    activated_at timestamptz,
    expires_at timestamptz,
    retires_at timestamptz,
    replaces uuid,
    successor_id uuid,
    ended_at timestamptz,
    ended_reason text
) WITH (fillfactor = 70);
CREATE INDEX ON dashboard.credential (app_id);
COMMENT ON TABLE dashboard.credential IS 'One row for each credential that was ever issued; never its secret, nor the secret''s digest. The view dashboard.credentials knows what time it is.';
COMMENT ON COLUMN dashboard.credential.credential_id IS 'The credential''s id; without its dashes it is the key id, the middle part of the credential''s text.';
COMMENT ON COLUMN dashboard.credential.app_id IS 'The app that holds it.';
COMMENT ON COLUMN dashboard.credential.kind IS 'api_key | oauth_client | jwt';
COMMENT ON COLUMN dashboard.credential.state IS 'pending | active | retiring | revoked | expired, as far as events have recorded it: time may have ended it since.';
COMMENT ON COLUMN dashboard.credential.client_id IS 'The OAuth client id, which stays through rotations; null for other kinds.';
COMMENT ON COLUMN dashboard.credential.issued_at IS 'When it was issued.';
COMMENT ON COLUMN dashboard.credential.activated_at IS 'When it began to work; null while it waits for its app.';
COMMENT ON COLUMN dashboard.credential.expires_at IS 'When it ends by itself; null where it does not.';
COMMENT ON COLUMN dashboard.credential.retires_at IS 'When the overlap with its successor ends; null where it was never rotated.';
COMMENT ON COLUMN dashboard.credential.replaces IS 'The credential that it took over from; null where it is no successor.';
COMMENT ON COLUMN dashboard.credential.successor_id IS 'The credential that took over from it; null where it was never rotated.';
COMMENT ON COLUMN dashboard.credential.ended_at IS 'When its end was recorded; null while it lives.';
COMMENT ON COLUMN dashboard.credential.ended_reason IS 'Why it was revoked (overlap_ended: its successor took over); null where it lives or has expired.';

CREATE VIEW dashboard.credentials AS
SELECT
    credential_id,
    app_id,
    replace(credential_id::text, '-', '') AS key_id,
    kind,
    CASE
        -- An overlap that ends with the credential's own expiry counts as the expiry.
        WHEN state = 'retiring' AND retires_at <= now() AND retires_at IS DISTINCT FROM expires_at THEN 'revoked'
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
        WHEN expires_at <= now() THEN expires_at
    END AS ended_at,
    CASE
        WHEN state = 'retiring' AND retires_at <= now() AND retires_at IS DISTINCT FROM expires_at THEN 'overlap_ended'
        ELSE ended_reason
    END AS ended_reason
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
                    'ended_reason', credentials.ended_reason
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
COMMENT ON COLUMN dashboard.apps.open_approval_id IS 'The review that its waiting products are in; null where none waits.';
COMMENT ON COLUMN dashboard.apps.products IS 'A JSON array of its products that were not removed, each with name, category, status, reason and times, in the order of asking.';
COMMENT ON COLUMN dashboard.apps.credentials IS 'A JSON array of its credentials as in dashboard.credentials, in the order of issue.';

GRANT USAGE ON SCHEMA dashboard TO launchpad_app, launchpad_reader;
-- A rebuild empties the tables; nobody else truncates.
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE
    ON dashboard.owner, dashboard.product, dashboard.app, dashboard.subscription, dashboard.credential TO launchpad_app;
GRANT SELECT ON ALL TABLES IN SCHEMA dashboard TO launchpad_app, launchpad_reader;
