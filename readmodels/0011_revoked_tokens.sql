-- Access tokens live five minutes at most and are no credentials: that one was called back is no history, and is forgotten when it is over.

CREATE TABLE access.revoked_token (
    jti uuid PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE access.revoked_token IS 'Access tokens that their clients have revoked (RFC 7009), until some time after they have expired.';
COMMENT ON COLUMN access.revoked_token.jti IS 'The token''s id.';
COMMENT ON COLUMN access.revoked_token.expires_at IS 'When it expires by itself.';
GRANT SELECT, INSERT, DELETE ON access.revoked_token TO launchpad_app;
GRANT SELECT ON access.revoked_token TO launchpad_reader;
