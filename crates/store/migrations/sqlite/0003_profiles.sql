-- What providers tell of an instrument beside its prices, as known now. Source is the number of the provider that told
-- the sector.
CREATE TABLE profile (
    instrument_id INTEGER PRIMARY KEY REFERENCES instrument (id),
    name TEXT,
    kind TEXT,
    sector TEXT,
    industry TEXT,
    exchange TEXT,
    currency TEXT,
    is_whole_unit INTEGER,
    source INTEGER NOT NULL,
    fetched_at INTEGER NOT NULL
) STRICT;

-- Why nothing, or not everything, is known of a symbol, and until when nobody asks again. By symbol, since most of
-- those that do not exist have no instrument.
CREATE TABLE profile_failure (
    symbol TEXT PRIMARY KEY,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    failed_at INTEGER NOT NULL,
    retry_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX profile_failure_retry ON profile_failure (retry_at);

-- Figures of companies, each row from the instant on at which it became known. Dates are epoch days.
CREATE TABLE fundamental (
    instrument_id INTEGER NOT NULL REFERENCES instrument (id),
    known_at INTEGER NOT NULL,
    last_earnings INTEGER,
    next_earnings INTEGER,
    eps_trailing REAL,
    revenue REAL,
    gross_margin REAL,
    operating_margin REAL,
    profit_margin REAL,
    provider_beta REAL,
    market_cap REAL,
    source INTEGER NOT NULL,
    PRIMARY KEY (instrument_id, known_at)
) STRICT, WITHOUT ROWID;

-- Derived: what a portfolio holds of each sector at its newest snapshot. Money in millionths.
CREATE TABLE sector_exposure (
    portfolio_id INTEGER NOT NULL REFERENCES portfolio (id),
    bucket TEXT NOT NULL,
    session INTEGER NOT NULL,
    long_value INTEGER NOT NULL,
    short_value INTEGER NOT NULL,
    long_count INTEGER NOT NULL,
    short_count INTEGER NOT NULL,
    PRIMARY KEY (portfolio_id, bucket)
) STRICT, WITHOUT ROWID;

-- For people with a SQL shell.
CREATE VIEW profile_view AS
SELECT a.symbol, p.name, i.kind, p.sector, p.industry, p.exchange, i.currency,
    datetime(p.fetched_at / 1000000, 'unixepoch') AS fetched_at
FROM profile p JOIN instrument i ON i.id = p.instrument_id
JOIN instrument_alias a ON a.instrument_id = i.id AND a.last_date IS NULL;

CREATE VIEW sector_exposure_view AS
SELECT p.name AS portfolio, date(s.session * 86400, 'unixepoch') AS session, s.bucket,
    s.long_value / 1000000.0 AS long_value, s.short_value / 1000000.0 AS short_value, s.long_count, s.short_count
FROM sector_exposure s JOIN portfolio p ON p.id = s.portfolio_id;
