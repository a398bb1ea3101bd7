-- What providers tell of an instrument beside its prices, as known now. Source is the number of the provider that told
-- the sector.
CREATE TABLE profile (
    instrument_id BIGINT PRIMARY KEY REFERENCES instrument (id),
    name TEXT COLLATE "C",
    kind TEXT COLLATE "C",
    sector TEXT COLLATE "C",
    industry TEXT COLLATE "C",
    exchange TEXT COLLATE "C",
    currency TEXT COLLATE "C",
    is_whole_unit BIGINT,
    source BIGINT NOT NULL,
    fetched_at BIGINT NOT NULL
);

-- Why nothing, or not everything, is known of a symbol, and until when nobody asks again. By symbol, since most of
-- those that do not exist have no instrument.
CREATE TABLE profile_failure (
    symbol TEXT COLLATE "C" PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    failed_at BIGINT NOT NULL,
    retry_at BIGINT NOT NULL
);
CREATE INDEX profile_failure_retry ON profile_failure (retry_at);

-- Figures of companies, each row from the instant on at which it became known. Dates are epoch days.
CREATE TABLE fundamental (
    instrument_id BIGINT NOT NULL REFERENCES instrument (id),
    known_at BIGINT NOT NULL,
    last_earnings BIGINT,
    next_earnings BIGINT,
    eps_trailing DOUBLE PRECISION,
    revenue DOUBLE PRECISION,
    gross_margin DOUBLE PRECISION,
    operating_margin DOUBLE PRECISION,
    profit_margin DOUBLE PRECISION,
    provider_beta DOUBLE PRECISION,
    market_cap DOUBLE PRECISION,
    source BIGINT NOT NULL,
    PRIMARY KEY (instrument_id, known_at)
);

-- Derived: what a portfolio holds of each sector at its newest snapshot. Money in millionths.
CREATE TABLE sector_exposure (
    portfolio_id BIGINT NOT NULL REFERENCES portfolio (id),
    bucket TEXT COLLATE "C" NOT NULL,
    session BIGINT NOT NULL,
    long_value BIGINT NOT NULL,
    short_value BIGINT NOT NULL,
    long_count BIGINT NOT NULL,
    short_count BIGINT NOT NULL,
    PRIMARY KEY (portfolio_id, bucket)
);

-- For people with a SQL shell.
CREATE VIEW profile_view AS
SELECT a.symbol, p.name, i.kind, p.sector, p.industry, p.exchange, i.currency,
    to_timestamp(p.fetched_at / 1000000.0) AS fetched_at
FROM profile p JOIN instrument i ON i.id = p.instrument_id
JOIN instrument_alias a ON a.instrument_id = i.id AND a.last_date IS NULL;

CREATE VIEW sector_exposure_view AS
SELECT p.name AS portfolio, DATE '1970-01-01' + s.session::int AS session, s.bucket,
    s.long_value / 1000000.0 AS long_value, s.short_value / 1000000.0 AS short_value, s.long_count, s.short_count
FROM sector_exposure s JOIN portfolio p ON p.id = s.portfolio_id;
