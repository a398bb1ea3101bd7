-- Who may log in. Names are lower-cased; owner is the key under which portfolios are kept. The password is an Argon2id
-- hash with its parameters. Revision counts the changes of the row.
CREATE TABLE user_account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL UNIQUE,
    is_admin INTEGER NOT NULL,
    password_hash TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Tokens of programs. Secret_hash is the SHA-256 of the secret, which is kept nowhere.
CREATE TABLE api_token (
    id TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES user_account (id),
    name TEXT NOT NULL,
    secret_hash BLOB NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX api_token_name ON api_token (user_id, name) WHERE revoked_at IS NULL;
CREATE INDEX api_token_user ON api_token (user_id);

-- Browsers that are logged in. Logging out deletes the row.
CREATE TABLE login_session (
    id TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES user_account (id),
    secret_hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_session_user ON login_session (user_id);

-- Attempts to log in, counted in windows. Kind is name or address; the name is kept as its SHA-256, since passwords are
-- typed into the wrong field.
CREATE TABLE login_attempt (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    attempt_count INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX login_attempt_end ON login_attempt (kind, ends_at);
