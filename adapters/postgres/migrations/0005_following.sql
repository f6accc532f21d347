-- How far each follower has come.
CREATE SCHEMA following;
COMMENT ON SCHEMA following IS 'How far each read model and feed has followed the log.';

CREATE TABLE following.bookmark (
    read_model text,
    version integer,
    position bigint NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (read_model, version)
) WITH (fillfactor = 50); -- A row that changes with every page: room to do so in place.
COMMENT ON TABLE following.bookmark IS 'One row for each follower, changed in the transaction that writes the rows it speaks of.';
COMMENT ON COLUMN following.bookmark.read_model IS 'The read model, or the feed.';
COMMENT ON COLUMN following.bookmark.version IS 'The version of its folds: another version fills its rows from the log again.';
COMMENT ON COLUMN following.bookmark.position IS 'The last position of the log that its rows tell of.';
COMMENT ON COLUMN following.bookmark.moved_at IS 'When the bookmark last moved.';

GRANT USAGE ON SCHEMA following TO launchpad_app, launchpad_reader;
GRANT SELECT, INSERT, UPDATE ON following.bookmark TO launchpad_app;
GRANT SELECT ON following.bookmark TO launchpad_reader;
