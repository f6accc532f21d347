-- What a gateway is told beside yes or no, and the deadline at which an unmet demand to rotate ends a credential.
-- Rows of the first version have none of it: `launchpad migrate` makes all rows anew, in the transaction that puts this version in force.

ALTER TABLE access.app ADD COLUMN owner_kind text, ADD COLUMN owner_id uuid, ADD COLUMN name text, ADD COLUMN attributes jsonb;
COMMENT ON COLUMN access.app.owner_kind IS 'The kind of its owner: developer.';
COMMENT ON COLUMN access.app.owner_id IS 'Its owner.';
COMMENT ON COLUMN access.app.name IS 'Its name.';
COMMENT ON COLUMN access.app.attributes IS 'Its custom attributes: a JSON object of texts.';

ALTER TABLE access.credential ADD COLUMN cut_off_at timestamptz;
COMMENT ON COLUMN access.credential.digest IS 'SHA-256 of the whole credential, in hex; none for a jwt that nobody has claimed yet.';
COMMENT ON COLUMN access.credential.cut_off_at IS
    'From this moment on it opens nothing, because an admin demanded its rotation by then; none: nothing of that kind is demanded.';
GRANT SELECT (cut_off_at) ON access.credential TO launchpad_reader;
