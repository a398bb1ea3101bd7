-- The sequence that every change of events, bars, actions or profiles advances.
CREATE TABLE change_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL
);

INSERT INTO change_head (id, seq) VALUES (1, 0);

-- What changed at each step of the sequence, and from which session (epoch days) on.
CREATE TABLE change (
    seq BIGINT NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    scope_id BIGINT NOT NULL,
    first_session BIGINT NOT NULL,
    PRIMARY KEY (seq, scope, scope_id)
);

-- What can be held. A symbol is an alias with dates, since tickers are renamed and used again.
CREATE TABLE instrument (
    id BIGINT PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C",
    multiplier BIGINT NOT NULL CHECK (multiplier > 0),
    is_whole_unit BIGINT NOT NULL,
    underlying_id BIGINT REFERENCES instrument (id),
    option_right TEXT COLLATE "C",
    strike BIGINT,
    expiration BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE instrument_alias (
    symbol TEXT COLLATE "C" NOT NULL,
    first_date BIGINT NOT NULL,
    last_date BIGINT,
    instrument_id BIGINT NOT NULL REFERENCES instrument (id),
    PRIMARY KEY (symbol, first_date)
);
CREATE UNIQUE INDEX instrument_alias_current ON instrument_alias (symbol) WHERE last_date IS NULL;
CREATE INDEX instrument_alias_instrument ON instrument_alias (instrument_id);

-- Daily bars as traded. Prices are millionths, sessions epoch days, sources the numbers of providers.
CREATE TABLE bar (
    instrument_id BIGINT NOT NULL REFERENCES instrument (id),
    session BIGINT NOT NULL,
    open BIGINT,
    high BIGINT,
    low BIGINT,
    close BIGINT NOT NULL,
    volume BIGINT,
    is_final BIGINT NOT NULL,
    source BIGINT NOT NULL,
    PRIMARY KEY (instrument_id, session)
);

CREATE TABLE split (
    instrument_id BIGINT NOT NULL REFERENCES instrument (id),
    ex_date BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    new_units BIGINT NOT NULL CHECK (new_units > 0),
    old_units BIGINT NOT NULL CHECK (old_units > 0),
    source BIGINT NOT NULL,
    PRIMARY KEY (instrument_id, ex_date, ordinal)
);

CREATE TABLE dividend (
    instrument_id BIGINT NOT NULL REFERENCES instrument (id),
    ex_date BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    source BIGINT NOT NULL,
    PRIMARY KEY (instrument_id, ex_date, ordinal)
);

-- Final values that a source said differently later. Prices are millionths, volumes units.
CREATE TABLE restatement (
    instrument_id BIGINT NOT NULL REFERENCES instrument (id),
    session BIGINT NOT NULL,
    field TEXT COLLATE "C" NOT NULL,
    restated_at BIGINT NOT NULL,
    old_value BIGINT,
    new_value BIGINT,
    source BIGINT NOT NULL,
    PRIMARY KEY (instrument_id, session, field, restated_at)
);

-- The newest answer of a provider about an instrument, or its newest failure.
CREATE TABLE fetched (
    instrument_id BIGINT NOT NULL REFERENCES instrument (id),
    source BIGINT NOT NULL,
    stamp TEXT COLLATE "C",
    fetched_at BIGINT NOT NULL,
    PRIMARY KEY (instrument_id, source)
);

CREATE TABLE fetch_failure (
    instrument_id BIGINT PRIMARY KEY REFERENCES instrument (id),
    code TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    failed_at BIGINT NOT NULL,
    retry_at BIGINT
);

CREATE TABLE portfolio (
    id BIGINT PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    lot_method TEXT COLLATE "C" NOT NULL,
    opening_equity BIGINT NOT NULL CHECK (opening_equity >= 0),
    start_date BIGINT,
    revision BIGINT NOT NULL,
    last_entry_no BIGINT NOT NULL,
    -- What its snapshots were computed from: the step of the change sequence and the settings; and how often.
    computed_seq BIGINT NOT NULL,
    computed_no BIGINT NOT NULL,
    computed_rules TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (owner, name)
);

CREATE TABLE batch (
    id BIGINT PRIMARY KEY,
    portfolio_id BIGINT NOT NULL REFERENCES portfolio (id),
    format TEXT COLLATE "C" NOT NULL,
    file_name TEXT COLLATE "C" NOT NULL,
    file_hash TEXT COLLATE "C" NOT NULL,
    row_count BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    undone_at BIGINT
);
CREATE INDEX batch_portfolio ON batch (portfolio_id, created_at);

-- The truth. Money and prices are millionths, quantities hundred-millionths and signed, dates epoch days.
CREATE TABLE event (
    id BIGINT PRIMARY KEY,
    portfolio_id BIGINT NOT NULL REFERENCES portfolio (id),
    entry_no BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    event_date BIGINT NOT NULL,
    instrument_id BIGINT REFERENCES instrument (id),
    quantity BIGINT,
    price BIGINT,
    amount BIGINT,
    fee BIGINT,
    ratio_new BIGINT,
    ratio_old BIGINT,
    key TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    batch_id BIGINT REFERENCES batch (id),
    note TEXT COLLATE "C",
    entered_at BIGINT NOT NULL,
    voided_at BIGINT
);
CREATE INDEX event_order ON event (portfolio_id, event_date, entry_no);
CREATE UNIQUE INDEX event_key ON event (portfolio_id, key) WHERE voided_at IS NULL;
CREATE INDEX event_instrument ON event (instrument_id);
CREATE INDEX event_batch ON event (batch_id);

-- Derived: what the events and prices of a portfolio give at a session's close. Money in millionths.
CREATE TABLE snapshot (
    portfolio_id BIGINT NOT NULL REFERENCES portfolio (id),
    session BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    equity BIGINT NOT NULL,
    cash BIGINT NOT NULL,
    long_value BIGINT NOT NULL,
    short_value BIGINT NOT NULL,
    cost_total BIGINT NOT NULL,
    unrealized_change BIGINT NOT NULL,
    realized BIGINT NOT NULL,
    income BIGINT NOT NULL,
    fees BIGINT NOT NULL,
    flow BIGINT NOT NULL,
    daily_pnl BIGINT NOT NULL,
    daily_return DOUBLE PRECISION,
    cumulative_pnl BIGINT NOT NULL,
    cumulative_return DOUBLE PRECISION NOT NULL,
    unrealized_total BIGINT NOT NULL,
    realized_total BIGINT NOT NULL,
    long_count BIGINT NOT NULL,
    short_count BIGINT NOT NULL,
    coverage DOUBLE PRECISION NOT NULL,
    gaps TEXT COLLATE "C",
    identity_checked BIGINT NOT NULL,
    engine_version TEXT COLLATE "C" NOT NULL,
    computed_at BIGINT NOT NULL,
    PRIMARY KEY (portfolio_id, session)
);

-- Derived: what a portfolio holds at its newest snapshot.
CREATE TABLE position (
    portfolio_id BIGINT NOT NULL REFERENCES portfolio (id),
    instrument_id BIGINT NOT NULL REFERENCES instrument (id),
    session BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    cost BIGINT NOT NULL,
    price BIGINT,
    price_date BIGINT,
    price_status TEXT COLLATE "C" NOT NULL,
    price_age_sessions BIGINT NOT NULL,
    market_value BIGINT NOT NULL,
    unrealized BIGINT NOT NULL,
    daily_pnl BIGINT NOT NULL,
    daily_return DOUBLE PRECISION,
    weight DOUBLE PRECISION,
    PRIMARY KEY (portfolio_id, instrument_id)
);

-- Who works on what, until when.
CREATE TABLE lease (
    name TEXT COLLATE "C" PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    taken_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- For people with a SQL shell: dates as dates, money in units.
CREATE VIEW snapshot_view AS
SELECT p.name AS portfolio, DATE '1970-01-01' + s.session::int AS session, s.state,
    s.equity / 1000000.0 AS equity, s.cash / 1000000.0 AS cash, s.long_value / 1000000.0 AS long_value,
    s.short_value / 1000000.0 AS short_value, s.daily_pnl / 1000000.0 AS daily_pnl, s.daily_return,
    s.flow / 1000000.0 AS flow, s.cumulative_return, s.coverage, s.gaps
FROM snapshot s JOIN portfolio p ON p.id = s.portfolio_id;

CREATE VIEW event_view AS
SELECT p.name AS portfolio, DATE '1970-01-01' + e.event_date::int AS event_date, e.kind, a.symbol,
    e.quantity / 100000000.0 AS quantity, e.price / 1000000.0 AS price, e.amount / 1000000.0 AS amount,
    e.fee / 1000000.0 AS fee, e.source, e.voided_at IS NOT NULL AS voided, e.id
FROM event e JOIN portfolio p ON p.id = e.portfolio_id
LEFT JOIN instrument_alias a ON a.instrument_id = e.instrument_id AND a.last_date IS NULL;

CREATE VIEW bar_view AS
SELECT a.symbol, DATE '1970-01-01' + b.session::int AS session, b.open / 1000000.0 AS open,
    b.high / 1000000.0 AS high, b.low / 1000000.0 AS low, b.close / 1000000.0 AS close, b.volume, b.is_final
FROM bar b JOIN instrument_alias a ON a.instrument_id = b.instrument_id AND a.last_date IS NULL;
