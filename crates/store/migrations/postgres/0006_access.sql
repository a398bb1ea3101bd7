-- Who may log in. Names are lower-cased; owner is the key under which portfolios are kept. The password is an Argon2id
-- hash with its parameters. Revision counts the changes of the row.
CREATE TABLE user_account (
    id BIGINT PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    owner TEXT COLLATE "C" NOT NULL UNIQUE,
    is_admin BIGINT NOT NULL,
    password_hash TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Tokens of programs. Secret_hash is the SHA-256 of the secret, which is kept nowhere.
CREATE TABLE api_token (
    id TEXT COLLATE "C" PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES user_account (id),
    name TEXT COLLATE "C" NOT NULL,
    secret_hash BYTEA NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX api_token_name ON api_token (user_id, name) WHERE revoked_at IS NULL;
CREATE INDEX api_token_user ON api_token (user_id);

-- Browsers that are logged in. Logging out deletes the row.
CREATE TABLE login_session (
    id TEXT COLLATE "C" PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES user_account (id),
    secret_hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX login_session_user ON login_session (user_id);

-- Attempts to log in, counted in windows. Kind is name or address; the name is kept as its SHA-256, since passwords are
-- typed into the wrong field.
CREATE TABLE login_attempt (
    kind TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    started_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    attempt_count BIGINT NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE INDEX login_attempt_end ON login_attempt (kind, ends_at);
