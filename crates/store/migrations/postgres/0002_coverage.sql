-- Failures are kept by symbol, since a symbol nobody knows has no instrument.
DROP TABLE fetch_failure;

CREATE TABLE fetch_failure (
    symbol TEXT COLLATE "C" PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    failed_at BIGINT NOT NULL,
    retry_at BIGINT
);
CREATE INDEX fetch_failure_retry ON fetch_failure (retry_at);

-- Sessions known to have no bar, why, and when that is to be asked again (never when absent).
CREATE TABLE empty_stretch (
    instrument_id BIGINT NOT NULL REFERENCES instrument (id),
    first_session BIGINT NOT NULL,
    last_session BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (instrument_id, first_session)
);

-- When a symbol was listed as far as sources tell, and when its bar of a session under way was fetched.
CREATE TABLE listing (
    instrument_id BIGINT PRIMARY KEY REFERENCES instrument (id),
    listed_first BIGINT,
    listed_last BIGINT,
    live_session BIGINT,
    live_fetched_at BIGINT
);

-- What each provider was asked, and what it said last when it failed.
CREATE TABLE budget (
    source BIGINT PRIMARY KEY,
    full_at BIGINT NOT NULL,
    used_day BIGINT NOT NULL,
    used_count BIGINT NOT NULL,
    cooldown_until BIGINT,
    error_code TEXT COLLATE "C",
    error_message TEXT COLLATE "C",
    error_at BIGINT,
    revision BIGINT NOT NULL
);
