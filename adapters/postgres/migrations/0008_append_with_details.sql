-- The one way into the log, with the second version of the access rows. Each array is a column: events, outcomes, and access rows.
--
-- It must be VOLATILE and run at READ COMMITTED: then each statement sees what was committed while the lock was waited for.
-- Positions are last + n, given out under the lock: gapless, and visible in order, so that no reader who follows can miss one.
DO $$
BEGIN
    EXECUTE (SELECT format('DROP FUNCTION %s', oid::regprocedure) FROM pg_proc WHERE oid = 'log.append'::regproc);
END
$$;
CREATE FUNCTION log.append(
    -- The version that each stream read or written must still have; 0 where it must not exist.
    read_streams text[], read_versions bigint[],
    -- By which rules the access rows were folded.
    access_version integer,
    -- An event's cause is the number of one of the causes below: who did it, by which command. Said once for all events of a command.
    event_streams text[], event_versions bigint[], event_topics text[], event_states bytea[], event_causes bigint[],
    cause_principals text[], cause_on_behalf_of uuid[], cause_commands uuid[], cause_correlations text[], cause_causations text[],
    cause_apps uuid[], cause_traceparents text[], cause_claims timestamptz[],
    -- The first outcome is that of the first cause, and so on.
    -- An outcome's or a row's place is how many events of this append stand before it, its own included.
    outcome_kinds text[], outcome_codes text[], outcome_sentences text[], outcome_places bigint[], outcome_digests bytea[],
    app_ids uuid[], app_statuses text[], app_owner_kinds text[], app_owners uuid[], app_names text[], app_attributes text[],
    app_places bigint[],
    subscription_apps uuid[], subscription_products uuid[], subscription_statuses text[], subscription_places bigint[],
    credential_ids uuid[], credential_apps uuid[], credential_kinds text[], credential_digests text[], credential_clients text[],
    credential_statuses text[], credential_expiries timestamptz[], credential_retirements timestamptz[],
    credential_cut_offs timestamptz[], credential_places bigint[],
    product_ids uuid[], product_statuses text[], product_places bigint[],
    -- The last position before this append, and its time; none where a stream has moved on or a command has its outcome already.
    OUT base bigint, OUT now timestamptz, OUT stale_streams text[], OUT known_commands uuid[]
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- Nobody tells the planner how long these arrays are: causes are to be looked up by hash, and not walked through for each event.
SET enable_nestloop = off AS $$
DECLARE
    version_in_force integer;
BEGIN
    PERFORM log.lock();

    SELECT array_agg(checked.stream) INTO stale_streams
    FROM unnest(read_streams, read_versions) AS checked (stream, expected)
    WHERE coalesce((
        SELECT latest.originator_version FROM log.events AS latest
        WHERE latest.originator_id = checked.stream ORDER BY latest.originator_version DESC LIMIT 1
    ), 0) <> checked.expected;
    SELECT array_agg(earlier.command_id) INTO known_commands
    FROM log.outcomes AS earlier WHERE earlier.command_id = ANY (cause_commands);
    IF stale_streams IS NOT NULL OR known_commands IS NOT NULL THEN
        RETURN;
    END IF;

    SELECT in_force.version INTO version_in_force FROM log.access_version AS in_force;
    IF version_in_force IS DISTINCT FROM access_version THEN
        RAISE EXCEPTION 'access rows of version % are in force, these are of version %', version_in_force, access_version
            USING ERRCODE = 'LP001', HINT = 'Run the version of this program that the database was migrated to.';
    END IF;

    SELECT last.notification_id, greatest(clock_timestamp(), last.recorded_at) INTO base, now
    FROM log.events AS last ORDER BY last.notification_id DESC LIMIT 1;
    IF base IS NULL THEN
        base := 0;
        now := clock_timestamp();
    END IF;

    INSERT INTO log.events (
        originator_id, originator_version, topic, state, notification_id, recorded_at,
        principal, on_behalf_of, command_id, correlation_id, causation_id, app_id, traceparent, claimed_at
    )
    SELECT
        event.stream, event.version, event.topic, event.state, base + event.place, now,
        cause.principal, cause.on_behalf_of, cause.command, cause.correlation, cause.causation, cause.app, cause.traceparent, cause.claim
    FROM unnest(event_streams, event_versions, event_topics, event_states, event_causes)
        WITH ORDINALITY AS event (stream, version, topic, state, cause, place)
    JOIN unnest(
        cause_principals, cause_on_behalf_of, cause_commands, cause_correlations, cause_causations, cause_apps,
        cause_traceparents, cause_claims
    ) WITH ORDINALITY AS cause (principal, on_behalf_of, command, correlation, causation, app, traceparent, claim, number)
        ON cause.number = event.cause;

    INSERT INTO log.outcomes (command_id, kind, code, sentence, position, principal, on_behalf_of, digest, recorded_at)
    SELECT cause.command, outcome.kind, outcome.code, outcome.sentence, base + outcome.place,
        cause.principal, cause.on_behalf_of, outcome.digest, now
    FROM unnest(outcome_kinds, outcome_codes, outcome_sentences, outcome_places, outcome_digests)
        WITH ORDINALITY AS outcome (kind, code, sentence, place, digest, number)
    JOIN unnest(cause_principals, cause_on_behalf_of, cause_commands)
        WITH ORDINALITY AS cause (principal, on_behalf_of, command, number) USING (number);

    IF cardinality(app_ids) > 0 THEN
        INSERT INTO access.app AS existing (app_id, status, owner_kind, owner_id, name, attributes, position, changed_at)
        SELECT changed.id, changed.status, changed.owner_kind, changed.owner, changed.name, changed.attributes::jsonb,
            base + changed.place, now
        FROM unnest(app_ids, app_statuses, app_owner_kinds, app_owners, app_names, app_attributes, app_places)
            AS changed (id, status, owner_kind, owner, name, attributes, place)
        ON CONFLICT (app_id) DO UPDATE
        SET status = excluded.status, owner_kind = excluded.owner_kind, owner_id = excluded.owner_id, name = excluded.name,
            attributes = excluded.attributes, position = excluded.position, changed_at = excluded.changed_at;
    END IF;
    IF cardinality(subscription_apps) > 0 THEN
        INSERT INTO access.subscription AS existing (app_id, product_id, status, position, changed_at)
        SELECT changed.app, changed.product, changed.status, base + changed.place, now
        FROM unnest(subscription_apps, subscription_products, subscription_statuses, subscription_places)
            AS changed (app, product, status, place)
        ON CONFLICT (app_id, product_id) DO UPDATE
        SET status = excluded.status, position = excluded.position, changed_at = excluded.changed_at;
    END IF;
    IF cardinality(credential_ids) > 0 THEN
        INSERT INTO access.credential AS existing (
            credential_id, app_id, kind, digest, client_id, status, expires_at, retires_at, cut_off_at, position, changed_at
        )
        SELECT changed.id, changed.app, changed.kind, changed.digest, changed.client, changed.status,
            changed.expiry, changed.retirement, changed.cut_off, base + changed.place, now
        FROM unnest(
            credential_ids, credential_apps, credential_kinds, credential_digests, credential_clients,
            credential_statuses, credential_expiries, credential_retirements, credential_cut_offs, credential_places
        ) AS changed (id, app, kind, digest, client, status, expiry, retirement, cut_off, place)
        ON CONFLICT (credential_id) DO UPDATE
        SET app_id = excluded.app_id, kind = excluded.kind, digest = excluded.digest, client_id = excluded.client_id,
            status = excluded.status, expires_at = excluded.expires_at, retires_at = excluded.retires_at,
            cut_off_at = excluded.cut_off_at, position = excluded.position, changed_at = excluded.changed_at;
    END IF;
    IF cardinality(product_ids) > 0 THEN
        INSERT INTO access.product AS existing (product_id, status, position, changed_at)
        SELECT changed.id, changed.status, base + changed.place, now
        FROM unnest(product_ids, product_statuses, product_places) AS changed (id, status, place)
        ON CONFLICT (product_id) DO UPDATE
        SET status = excluded.status, position = excluded.position, changed_at = excluded.changed_at;
    END IF;

    -- A hint for those who follow; they also look by themselves.
    IF cardinality(event_streams) > 0 THEN
        PERFORM pg_notify('launchpad_log', (base + cardinality(event_streams))::text);
    END IF;
END
$$;
REVOKE ALL ON FUNCTION log.append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.append TO launchpad_app;
