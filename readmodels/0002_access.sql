-- What a gateway may be told, as of the last append: these rows are written in the transaction of the events that they follow from.

CREATE SCHEMA access;
COMMENT ON SCHEMA access IS 'Which credential opens which product: never behind the log, not even by a moment.';

-- Rows change in place: room in each page keeps such a change away from the indexes (HOT).
CREATE TABLE access.app (
    app_id uuid PRIMARY KEY,
    status text NOT NULL,
    position bigint NOT NULL,
    changed_at timestamptz NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE access.app IS 'Each app that ever was, with its status.';
COMMENT ON COLUMN access.app.app_id IS 'The app.';
COMMENT ON COLUMN access.app.status IS 'pending, active, rejected, suspended or deleted. Only the credentials of an active app open anything.';
COMMENT ON COLUMN access.app.position IS 'The place in the log of the event that changed this row last.';
COMMENT ON COLUMN access.app.changed_at IS 'When that event was recorded.';

CREATE TABLE access.subscription (
    app_id uuid NOT NULL,
    product_id uuid NOT NULL,
    status text NOT NULL,
    position bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (app_id, product_id)
) WITH (fillfactor = 70);
COMMENT ON TABLE access.subscription IS 'Each product that an app ever asked for.';
COMMENT ON COLUMN access.subscription.app_id IS 'The app.';
COMMENT ON COLUMN access.subscription.product_id IS 'The product.';
COMMENT ON COLUMN access.subscription.status IS 'pending, approved, rejected or removed. Only an approved one opens the product.';
COMMENT ON COLUMN access.subscription.position IS 'The place in the log of the event that changed this row last.';
COMMENT ON COLUMN access.subscription.changed_at IS 'When that event was recorded.';

CREATE TABLE access.credential (
    credential_id uuid PRIMARY KEY,
    app_id uuid NOT NULL,
    kind text NOT NULL,
    digest text,
    client_id text,
    status text NOT NULL,
    expires_at timestamptz,
    retires_at timestamptz,
    position bigint NOT NULL,
    changed_at timestamptz NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE access.credential IS 'Each credential that was ever issued. Time ends one by itself: compare expires_at and retires_at with the clock.';
COMMENT ON COLUMN access.credential.credential_id IS 'The credential; in hex without dashes it is the key id that stands in the key.';
COMMENT ON COLUMN access.credential.app_id IS 'The app that holds it.';
COMMENT ON COLUMN access.credential.kind IS 'api_key, oauth_client or jwt.';
COMMENT ON COLUMN access.credential.digest IS 'SHA-256 of the whole credential, in hex; none for a jwt.';
COMMENT ON COLUMN access.credential.client_id IS 'The OAuth 2.0 client id, which stays through rotations; none for other kinds.';
COMMENT ON COLUMN access.credential.status IS 'pending, active, retiring (replaced, and working until retires_at), revoked, overlap_ended or expired.';
COMMENT ON COLUMN access.credential.expires_at IS 'From this moment on it opens nothing; none: it does not expire.';
COMMENT ON COLUMN access.credential.retires_at IS 'From this moment on a retiring one opens nothing.';
COMMENT ON COLUMN access.credential.position IS 'The place in the log of the event that changed this row last.';
COMMENT ON COLUMN access.credential.changed_at IS 'When that event was recorded.';

CREATE TABLE access.product (
    product_id uuid PRIMARY KEY,
    status text NOT NULL,
    position bigint NOT NULL,
    changed_at timestamptz NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE access.product IS 'Each API product.';
COMMENT ON COLUMN access.product.product_id IS 'The product.';
COMMENT ON COLUMN access.product.status IS 'offered or retired. A retired one opens to nobody.';
COMMENT ON COLUMN access.product.position IS 'The place in the log of the event that changed this row last.';
COMMENT ON COLUMN access.product.changed_at IS 'When that event was recorded.';

GRANT USAGE ON SCHEMA access TO launchpad_app, launchpad_reader;
-- Written by log.append alone, and made anew by the owner: no row can open a door that no event has opened.
GRANT SELECT ON ALL TABLES IN SCHEMA access TO launchpad_app;
GRANT SELECT ON access.app, access.subscription, access.product TO launchpad_reader;
-- Analysts have no use for digests.
GRANT SELECT (credential_id, app_id, kind, client_id, status, expires_at, retires_at, position, changed_at) ON access.credential TO launchpad_reader;
