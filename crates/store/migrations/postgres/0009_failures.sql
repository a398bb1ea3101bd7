-- Failures are kept by symbol and provider, so that one that failed is left alone while the others may be asked. What was
-- kept by symbol alone tells nothing of who said it, and is asked for anew. Sessions are those the provider spoke of;
-- without them it spoke of the symbol as a whole.
DROP TABLE fetch_failure;

CREATE TABLE fetch_failure (
    symbol TEXT COLLATE "C" NOT NULL,
    source BIGINT NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    failed_at BIGINT NOT NULL,
    retry_at BIGINT,
    first_session BIGINT,
    last_session BIGINT,
    left_missing BIGINT NOT NULL,
    PRIMARY KEY (symbol, source)
);
CREATE INDEX fetch_failure_time ON fetch_failure (failed_at);
