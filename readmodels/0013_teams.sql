-- Teams, apps that change owners, credentials that are offered to members, and to whom each secret was shown. The rows of before know none of
-- it: they are made anew from the log, by the followers, from its first event on.

DROP VIEW dashboard.apps, dashboard.credentials;
TRUNCATE dashboard.owner, dashboard.product, dashboard.app, dashboard.subscription, dashboard.credential, todo.credential_due;

COMMENT ON TABLE dashboard.owner IS
    'Who may own apps: one row for each registered developer, and for each team. Developers'' names are personal data; e-mail addresses are not kept here.';
COMMENT ON COLUMN dashboard.owner.owner_kind IS 'developer | team';
COMMENT ON COLUMN dashboard.owner.name IS 'The name to show. A developer''s is personal data.';
COMMENT ON COLUMN dashboard.owner.status IS 'registered | deactivated; a team is always registered.';
COMMENT ON COLUMN dashboard.app.owner_kind IS 'The kind of its owner: developer | team.';
COMMENT ON COLUMN dashboard.app.name IS 'The name; unique among its owner''s living apps.';
COMMENT ON COLUMN access.app.owner_kind IS 'The kind of its owner: developer or team.';

ALTER TABLE dashboard.app ADD COLUMN offered_to_kind text, ADD COLUMN offered_to_id uuid;
CREATE INDEX ON dashboard.app (offered_to_id) WHERE offered_to_id IS NOT NULL;
COMMENT ON COLUMN dashboard.app.offered_to_kind IS 'developer | team: the kind of the owner whom it is offered to; null where it is offered to nobody.';
COMMENT ON COLUMN dashboard.app.offered_to_id IS 'The owner whom it is offered to, who has not answered; else null.';

ALTER TABLE dashboard.credential ADD COLUMN shown_to uuid;
CREATE INDEX ON dashboard.credential (shown_to) WHERE shown_to IS NOT NULL;
COMMENT ON COLUMN dashboard.credential.shown_to IS
    'The developer to whom its text was shown when it was made; null where a service made it in its own name, or nobody has claimed it yet.';

CREATE TABLE dashboard.team (
    team_id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
COMMENT ON TABLE dashboard.team IS 'One row for each team.';
COMMENT ON COLUMN dashboard.team.team_id IS 'The team''s id.';
COMMENT ON COLUMN dashboard.team.name IS 'The name as it is now; teams may share one.';
COMMENT ON COLUMN dashboard.team.created_at IS 'When it was created.';
COMMENT ON COLUMN dashboard.team.version IS 'How many events its stream holds: what If-Match compares.';

CREATE TABLE dashboard.team_member (
    team_id uuid,
    developer_id uuid,
    role text NOT NULL,
    invited_at timestamptz,
    joined_at timestamptz,
    PRIMARY KEY (team_id, developer_id)
);
CREATE INDEX ON dashboard.team_member (developer_id);
COMMENT ON TABLE dashboard.team_member IS 'Who belongs to a team or is invited, now: whoever leaves, is removed or is invited no longer has no row.';
COMMENT ON COLUMN dashboard.team_member.team_id IS 'The team.';
COMMENT ON COLUMN dashboard.team_member.developer_id IS 'The developer: joins dashboard.owner.';
COMMENT ON COLUMN dashboard.team_member.role IS 'member | admin: what he is, or will be once he joins.';
COMMENT ON COLUMN dashboard.team_member.invited_at IS 'When he was invited; null for whoever created the team.';
COMMENT ON COLUMN dashboard.team_member.joined_at IS 'When he joined; null as long as he is only invited.';

CREATE TABLE dashboard.credential_offer (
    offer_id uuid PRIMARY KEY,
    app_id uuid NOT NULL,
    team_id uuid NOT NULL,
    member uuid NOT NULL,
    kind text,
    rotates uuid,
    expires_at timestamptz,
    until timestamptz NOT NULL,
    state text NOT NULL,
    offered_at timestamptz NOT NULL,
    offered_by uuid,
    credential_id uuid,
    ended_at timestamptz
);
CREATE INDEX ON dashboard.credential_offer (app_id, offered_at);
CREATE INDEX ON dashboard.credential_offer (member);
COMMENT ON TABLE dashboard.credential_offer IS
    'One row for each credential that a team''s admin let a member make. The view dashboard.credential_offers knows which of them still stand.';
COMMENT ON COLUMN dashboard.credential_offer.offer_id IS 'The offer''s id.';
COMMENT ON COLUMN dashboard.credential_offer.app_id IS 'The app that the credential is for.';
COMMENT ON COLUMN dashboard.credential_offer.team_id IS 'The team that owned the app then.';
COMMENT ON COLUMN dashboard.credential_offer.member IS 'The developer who alone may take it.';
COMMENT ON COLUMN dashboard.credential_offer.kind IS 'api_key | oauth_client | jwt: of the new credential; null where one is to be rotated.';
COMMENT ON COLUMN dashboard.credential_offer.rotates IS 'The credential that is to be rotated; null where a new one is offered.';
COMMENT ON COLUMN dashboard.credential_offer.expires_at IS 'When the credential will end by itself; null where it will not, or as the rotated one does.';
COMMENT ON COLUMN dashboard.credential_offer.until IS 'By when it can be taken.';
COMMENT ON COLUMN dashboard.credential_offer.state IS 'open | taken | withdrawn, as far as events have recorded it.';
COMMENT ON COLUMN dashboard.credential_offer.offered_at IS 'When it was made.';
COMMENT ON COLUMN dashboard.credential_offer.offered_by IS 'The developer who made it; null where a service did, in its own name.';
COMMENT ON COLUMN dashboard.credential_offer.credential_id IS 'The credential that was made; null as long as nobody took it.';
COMMENT ON COLUMN dashboard.credential_offer.ended_at IS 'When it was taken or withdrawn; else null.';

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
    rotation_missed_at,
    shown_to
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
COMMENT ON COLUMN dashboard.credentials.shown_to IS 'The developer to whom its text was shown when it was made; null where a service made it in its own name, or nobody has claimed it yet.';

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
                    'rotation_missed_at', credentials.rotation_missed_at,
                    'shown_to', credentials.shown_to
                ) ORDER BY credentials.issued_at, credentials.credential_id
            ), '[]'
        )
        FROM dashboard.credentials
        WHERE credentials.app_id = app.app_id
    ) AS credentials,
    CASE WHEN app.offered_to_id IS NOT NULL THEN jsonb_build_object('kind', app.offered_to_kind, 'id', app.offered_to_id) END AS offered_to
FROM dashboard.app
LEFT JOIN dashboard.owner USING (owner_kind, owner_id);
COMMENT ON VIEW dashboard.apps IS 'Apps as their developers see them now: with their owner''s name, their products and their credentials.';
COMMENT ON COLUMN dashboard.apps.app_id IS 'The app''s id.';
COMMENT ON COLUMN dashboard.apps.owner_kind IS 'The kind of its owner: developer | team.';
COMMENT ON COLUMN dashboard.apps.owner_id IS 'Its owner.';
COMMENT ON COLUMN dashboard.apps.owner_name IS 'Its owner''s name. A developer''s is personal data.';
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
COMMENT ON COLUMN dashboard.apps.offered_to IS 'The owner whom it is offered to, who has not answered: a JSON object with kind and id; else null.';

CREATE VIEW dashboard.credential_offers AS
SELECT
    offer.offer_id,
    offer.app_id,
    app.name AS app_name,
    offer.team_id,
    offer.member,
    owner.name AS member_name,
    offer.kind,
    offer.rotates,
    offer.expires_at,
    offer.until,
    CASE
        WHEN offer.state <> 'open' THEN offer.state
        WHEN app.owner_kind <> 'team' OR app.owner_id <> offer.team_id OR member.joined_at IS NULL OR member.joined_at > offer.offered_at THEN 'over'
        WHEN offer.until <= now() THEN 'expired'
        ELSE 'open'
    END AS state,
    offer.offered_at,
    offer.offered_by,
    offer.credential_id,
    offer.ended_at
FROM dashboard.credential_offer AS offer
LEFT JOIN dashboard.app ON app.app_id = offer.app_id
LEFT JOIN dashboard.team_member AS member ON member.team_id = offer.team_id AND member.developer_id = offer.member
LEFT JOIN dashboard.owner ON owner.owner_kind = 'developer' AND owner.owner_id = offer.member;
COMMENT ON VIEW dashboard.credential_offers IS 'Offers of credentials as of now: one that can no longer be taken does not show as open.';
COMMENT ON COLUMN dashboard.credential_offers.offer_id IS 'The offer''s id.';
COMMENT ON COLUMN dashboard.credential_offers.app_id IS 'The app that the credential is for.';
COMMENT ON COLUMN dashboard.credential_offers.app_name IS 'That app''s name.';
COMMENT ON COLUMN dashboard.credential_offers.team_id IS 'The team that owned the app then.';
COMMENT ON COLUMN dashboard.credential_offers.member IS 'The developer who alone may take it.';
COMMENT ON COLUMN dashboard.credential_offers.member_name IS 'His name. Personal data.';
COMMENT ON COLUMN dashboard.credential_offers.kind IS 'api_key | oauth_client | jwt: of the new credential; null where one is to be rotated.';
COMMENT ON COLUMN dashboard.credential_offers.rotates IS 'The credential that is to be rotated; null where a new one is offered.';
COMMENT ON COLUMN dashboard.credential_offers.expires_at IS 'When the credential will end by itself; null where it will not, or as the rotated one does.';
COMMENT ON COLUMN dashboard.credential_offers.until IS 'By when it can be taken.';
COMMENT ON COLUMN dashboard.credential_offers.state IS
    'open | taken | withdrawn | expired (nobody took it in time) | over (its member left the team, or the app went to another owner).';
COMMENT ON COLUMN dashboard.credential_offers.offered_at IS 'When it was made.';
COMMENT ON COLUMN dashboard.credential_offers.offered_by IS 'The developer who made it; null where a service did, in its own name.';
COMMENT ON COLUMN dashboard.credential_offers.credential_id IS 'The credential that was made; null as long as nobody took it.';
COMMENT ON COLUMN dashboard.credential_offers.ended_at IS 'When it was taken or withdrawn; else null.';

CREATE VIEW dashboard.teams AS
SELECT
    team.team_id,
    team.name,
    team.created_at,
    team.version,
    (
        SELECT coalesce(
            jsonb_agg(
                jsonb_build_object(
                    'developer_id', member.developer_id,
                    'name', owner.name,
                    'status', owner.status,
                    'role', member.role,
                    'invited_at', member.invited_at,
                    'joined_at', member.joined_at
                ) ORDER BY member.joined_at, member.invited_at, member.developer_id
            ), '[]'
        )
        FROM dashboard.team_member AS member
        LEFT JOIN dashboard.owner ON owner.owner_kind = 'developer' AND owner.owner_id = member.developer_id
        WHERE member.team_id = team.team_id
    ) AS members,
    (
        SELECT count(*) FROM dashboard.app
        WHERE app.owner_kind = 'team' AND app.owner_id = team.team_id AND app.status <> 'deleted'
    ) AS apps
FROM dashboard.team;
COMMENT ON VIEW dashboard.teams IS 'Teams with their members and with how many apps they have.';
COMMENT ON COLUMN dashboard.teams.team_id IS 'The team''s id.';
COMMENT ON COLUMN dashboard.teams.name IS 'The name as it is now.';
COMMENT ON COLUMN dashboard.teams.created_at IS 'When it was created.';
COMMENT ON COLUMN dashboard.teams.version IS 'How many events its stream holds: what If-Match compares.';
COMMENT ON COLUMN dashboard.teams.members IS
    'A JSON array of its members and of those who are invited, each with name (personal data), status, role and times; invited ones have no joined_at.';
COMMENT ON COLUMN dashboard.teams.apps IS 'How many apps it has that were not deleted.';

GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON dashboard.team, dashboard.team_member, dashboard.credential_offer TO launchpad_app;
GRANT SELECT ON ALL TABLES IN SCHEMA dashboard TO launchpad_app, launchpad_reader;

-- A developer who was deactivated has active apps suspended by the system: both are known here, so that whichever is seen first waits for the other.

CREATE TABLE todo.app (
    app_id uuid PRIMARY KEY,
    owner_kind text NOT NULL,
    owner_id uuid NOT NULL,
    active boolean NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX ON todo.app (owner_id) WHERE active AND owner_kind = 'developer';
COMMENT ON TABLE todo.app IS 'Apps that were not deleted: an active one whose developer was deactivated is suspended.';
COMMENT ON COLUMN todo.app.app_id IS 'The app.';
COMMENT ON COLUMN todo.app.owner_kind IS 'developer | team';
COMMENT ON COLUMN todo.app.owner_id IS 'Its owner.';
COMMENT ON COLUMN todo.app.active IS 'Whether it is active: only then is anything to be suspended.';

CREATE TABLE todo.deactivated (
    developer_id uuid PRIMARY KEY,
    deactivated_at timestamptz NOT NULL,
    event_id uuid NOT NULL
);
COMMENT ON TABLE todo.deactivated IS 'Developers who were deactivated.';
COMMENT ON COLUMN todo.deactivated.developer_id IS 'The developer.';
COMMENT ON COLUMN todo.deactivated.deactivated_at IS 'When.';
COMMENT ON COLUMN todo.deactivated.event_id IS 'The event that it follows from.';

CREATE VIEW todo.due AS
SELECT credential_id AS target_id, reaction, app_id, due_at, event_id FROM todo.credential_due
UNION ALL
SELECT app.app_id, 'suspend', app.app_id, deactivated.deactivated_at, deactivated.event_id
FROM todo.deactivated JOIN todo.app ON app.owner_id = deactivated.developer_id AND app.owner_kind = 'developer' AND app.active;
COMMENT ON VIEW todo.due IS 'Everything that the system will do by itself, or has not recorded yet.';
COMMENT ON COLUMN todo.due.target_id IS 'The credential or the app that it is done to.';
COMMENT ON COLUMN todo.due.reaction IS 'expire | end_overlap | miss_rotation: of credentials; suspend: of an app whose developer was deactivated.';
COMMENT ON COLUMN todo.due.app_id IS 'The app.';
COMMENT ON COLUMN todo.due.due_at IS 'When.';
COMMENT ON COLUMN todo.due.event_id IS 'The event that it follows from.';

GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON todo.app, todo.deactivated TO launchpad_app;
GRANT SELECT ON todo.due TO launchpad_app;
GRANT SELECT ON todo.app, todo.deactivated, todo.due TO launchpad_reader;
