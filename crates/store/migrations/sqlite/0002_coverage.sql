-- Failures are kept by symbol, since a symbol nobody knows has no instrument.
DROP TABLE fetch_failure;

CREATE TABLE fetch_failure (
    symbol TEXT PRIMARY KEY,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    failed_at INTEGER NOT NULL,
    retry_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX fetch_failure_retry ON fetch_failure (retry_at);

-- Sessions known to have no bar, why, and when that is to be asked again (never when absent).
CREATE TABLE empty_stretch (
    instrument_id INTEGER NOT NULL REFERENCES instrument (id),
    first_session INTEGER NOT NULL,
    last_session INTEGER NOT NULL,
    reason TEXT NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (instrument_id, first_session)
) STRICT, WITHOUT ROWID;

-- When a symbol was listed as far as sources tell, and when its bar of a session under way was fetched.
CREATE TABLE listing (
    instrument_id INTEGER PRIMARY KEY REFERENCES instrument (id),
    listed_first INTEGER,
    listed_last INTEGER,
    live_session INTEGER,
    live_fetched_at INTEGER
) STRICT;

-- What each provider was asked, and what it said last when it failed.
CREATE TABLE budget (
    source INTEGER PRIMARY KEY,
    full_at INTEGER NOT NULL,
    used_day INTEGER NOT NULL,
    used_count INTEGER NOT NULL,
    cooldown_until INTEGER,
    error_code TEXT,
    error_message TEXT,
    error_at INTEGER,
    revision INTEGER NOT NULL
) STRICT;
