-- Failures are kept by symbol and provider, so that one that failed is left alone while the others may be asked. What was
-- kept by symbol alone tells nothing of who said it, and is asked for anew. Sessions are those the provider spoke of;
-- without them it spoke of the symbol as a whole.
DROP TABLE fetch_failure;

CREATE TABLE fetch_failure (
    symbol TEXT NOT NULL,
    source INTEGER NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    failed_at INTEGER NOT NULL,
    retry_at INTEGER,
    first_session INTEGER,
    last_session INTEGER,
    left_missing INTEGER NOT NULL,
    PRIMARY KEY (symbol, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX fetch_failure_time ON fetch_failure (failed_at);
