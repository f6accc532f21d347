-- The one way into the log. Each array is a column: events, outcomes and the rows of the four access tables.
--
-- It must be VOLATILE and run at READ COMMITTED: then each statement sees what was committed while the lock was waited for.
-- Positions are last + n, given out under the lock: gapless, and visible in order, so that no reader who follows can miss one.
CREATE FUNCTION log.append(
    -- The version that each stream read or written must still have; 0 where it must not exist.
    read_streams text[], read_versions bigint[],
    -- By which rules the access rows were folded.
    access_version integer,
    event_streams text[], event_versions bigint[], event_topics text[], event_states bytea[], event_principals text[],
    event_on_behalf_of uuid[], event_commands uuid[], event_correlations text[], event_causations text[], event_apps uuid[],
    event_traceparents text[], event_claims timestamptz[],
    -- An outcome's or a row's place is how many events of this append stand before it, its own included.
    outcome_commands uuid[], outcome_kinds text[], outcome_codes text[], outcome_sentences text[], outcome_places bigint[],
    outcome_principals text[], outcome_on_behalf_of uuid[], outcome_digests bytea[],
    app_ids uuid[], app_statuses text[], app_places bigint[],
    subscription_apps uuid[], subscription_products uuid[], subscription_statuses text[], subscription_places bigint[],
    credential_ids uuid[], credential_apps uuid[], credential_kinds text[], credential_digests text[], credential_clients text[],
    credential_statuses text[], credential_expiries timestamptz[], credential_retirements timestamptz[], credential_places bigint[],
    product_ids uuid[], product_statuses text[], product_places bigint[],
    -- The last position before this append, and its time; none where a stream has moved on or a command has its outcome already.
    OUT base bigint, OUT now timestamptz, OUT stale_streams text[], OUT known_commands uuid[]
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
    FROM log.outcomes AS earlier WHERE earlier.command_id = ANY (outcome_commands);
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
        event.principal, event.on_behalf_of, event.command, event.correlation, event.causation, event.app,
        event.traceparent, event.claim
    FROM unnest(
        event_streams, event_versions, event_topics, event_states, event_principals,
        event_on_behalf_of, event_commands, event_correlations, event_causations, event_apps,
        event_traceparents, event_claims
    ) WITH ORDINALITY AS event (
        stream, version, topic, state, principal, on_behalf_of, command, correlation, causation, app, traceparent, claim, place
    );

    INSERT INTO log.outcomes (command_id, kind, code, sentence, position, principal, on_behalf_of, digest, recorded_at)
    SELECT outcome.command, outcome.kind, outcome.code, outcome.sentence, base + outcome.place,
        outcome.principal, outcome.on_behalf_of, outcome.digest, now
    FROM unnest(
        outcome_commands, outcome_kinds, outcome_codes, outcome_sentences, outcome_places,
        outcome_principals, outcome_on_behalf_of, outcome_digests
    ) AS outcome (command, kind, code, sentence, place, principal, on_behalf_of, digest);

    IF cardinality(app_ids) > 0 THEN
        INSERT INTO access.app AS existing (app_id, status, position, changed_at)
        SELECT changed.id, changed.status, base + changed.place, now
        FROM unnest(app_ids, app_statuses, app_places) AS changed (id, status, place)
        ON CONFLICT (app_id) DO UPDATE
        SET status = excluded.status, position = excluded.position, changed_at = excluded.changed_at;
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
            credential_id, app_id, kind, digest, client_id, status, expires_at, retires_at, position, changed_at
        )
        SELECT changed.id, changed.app, changed.kind, changed.digest, changed.client, changed.status,
            changed.expiry, changed.retirement, base + changed.place, now
        FROM unnest(
            credential_ids, credential_apps, credential_kinds, credential_digests, credential_clients,
            credential_statuses, credential_expiries, credential_retirements, credential_places
        ) AS changed (id, app, kind, digest, client, status, expiry, retirement, place)
        ON CONFLICT (credential_id) DO UPDATE
        SET app_id = excluded.app_id, kind = excluded.kind, digest = excluded.digest, client_id = excluded.client_id,
            status = excluded.status, expires_at = excluded.expires_at, retires_at = excluded.retires_at,
            position = excluded.position, changed_at = excluded.changed_at;
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
