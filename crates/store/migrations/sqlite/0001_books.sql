-- The sequence that every change of events, bars, actions or profiles advances.
CREATE TABLE change_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
) STRICT;

INSERT INTO change_head (id, seq) VALUES (1, 0);

-- What changed at each step of the sequence, and from which session (epoch days) on.
CREATE TABLE change (
    seq INTEGER NOT NULL,
    scope TEXT NOT NULL,
    scope_id INTEGER NOT NULL,
    first_session INTEGER NOT NULL,
    PRIMARY KEY (seq, scope, scope_id)
) STRICT, WITHOUT ROWID;

-- What can be held. A symbol is an alias with dates, since tickers are renamed and used again.
CREATE TABLE instrument (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    currency TEXT,
    multiplier INTEGER NOT NULL CHECK (multiplier > 0),
    is_whole_unit INTEGER NOT NULL,
    underlying_id INTEGER REFERENCES instrument (id),
    option_right TEXT,
    strike INTEGER,
    expiration INTEGER,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE instrument_alias (
    symbol TEXT NOT NULL,
    first_date INTEGER NOT NULL,
    last_date INTEGER,
    instrument_id INTEGER NOT NULL REFERENCES instrument (id),
    PRIMARY KEY (symbol, first_date)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX instrument_alias_current ON instrument_alias (symbol) WHERE last_date IS NULL;
CREATE INDEX instrument_alias_instrument ON instrument_alias (instrument_id);

-- Daily bars as traded. Prices are millionths, sessions epoch days, sources the numbers of providers.
CREATE TABLE bar (
    instrument_id INTEGER NOT NULL REFERENCES instrument (id),
    session INTEGER NOT NULL,
    open INTEGER,
    high INTEGER,
    low INTEGER,
    close INTEGER NOT NULL,
    volume INTEGER,
    is_final INTEGER NOT NULL,
    source INTEGER NOT NULL,
    PRIMARY KEY (instrument_id, session)
) STRICT, WITHOUT ROWID;

CREATE TABLE split (
    instrument_id INTEGER NOT NULL REFERENCES instrument (id),
    ex_date INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    new_units INTEGER NOT NULL CHECK (new_units > 0),
    old_units INTEGER NOT NULL CHECK (old_units > 0),
    source INTEGER NOT NULL,
    PRIMARY KEY (instrument_id, ex_date, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE dividend (
    instrument_id INTEGER NOT NULL REFERENCES instrument (id),
    ex_date INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    source INTEGER NOT NULL,
    PRIMARY KEY (instrument_id, ex_date, ordinal)
) STRICT, WITHOUT ROWID;

-- Final values that a source said differently later. Prices are millionths, volumes units.
CREATE TABLE restatement (
    instrument_id INTEGER NOT NULL REFERENCES instrument (id),
    session INTEGER NOT NULL,
    field TEXT NOT NULL,
    restated_at INTEGER NOT NULL,
    old_value INTEGER,
    new_value INTEGER,
    source INTEGER NOT NULL,
    PRIMARY KEY (instrument_id, session, field, restated_at)
) STRICT, WITHOUT ROWID;

-- The newest answer of a provider about an instrument, or its newest failure.
CREATE TABLE fetched (
    instrument_id INTEGER NOT NULL REFERENCES instrument (id),
    source INTEGER NOT NULL,
    stamp TEXT,
    fetched_at INTEGER NOT NULL,
    PRIMARY KEY (instrument_id, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE fetch_failure (
    instrument_id INTEGER PRIMARY KEY REFERENCES instrument (id),
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    failed_at INTEGER NOT NULL,
    retry_at INTEGER
) STRICT;

CREATE TABLE portfolio (
    id INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    lot_method TEXT NOT NULL,
    opening_equity INTEGER NOT NULL CHECK (opening_equity >= 0),
    start_date INTEGER,
    revision INTEGER NOT NULL,
    last_entry_no INTEGER NOT NULL,
    -- What its snapshots were computed from: the step of the change sequence and the settings; and how often.
    computed_seq INTEGER NOT NULL,
    computed_no INTEGER NOT NULL,
    computed_rules TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (owner, name)
) STRICT;

CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    portfolio_id INTEGER NOT NULL REFERENCES portfolio (id),
    format TEXT NOT NULL,
    file_name TEXT NOT NULL,
    file_hash TEXT NOT NULL,
    row_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    undone_at INTEGER
) STRICT;
CREATE INDEX batch_portfolio ON batch (portfolio_id, created_at);

-- The truth. Money and prices are millionths, quantities hundred-millionths and signed, dates epoch days.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    portfolio_id INTEGER NOT NULL REFERENCES portfolio (id),
    entry_no INTEGER NOT NULL,
    kind TEXT NOT NULL,
    event_date INTEGER NOT NULL,
    instrument_id INTEGER REFERENCES instrument (id),
    quantity INTEGER,
    price INTEGER,
    amount INTEGER,
    fee INTEGER,
    ratio_new INTEGER,
    ratio_old INTEGER,
    key TEXT NOT NULL,
    source TEXT NOT NULL,
    batch_id INTEGER REFERENCES batch (id),
    note TEXT,
    entered_at INTEGER NOT NULL,
    voided_at INTEGER
) STRICT;
CREATE INDEX event_order ON event (portfolio_id, event_date, entry_no);
CREATE UNIQUE INDEX event_key ON event (portfolio_id, key) WHERE voided_at IS NULL;
CREATE INDEX event_instrument ON event (instrument_id);
CREATE INDEX event_batch ON event (batch_id);

-- Derived: what the events and prices of a portfolio give at a session's close. Money in millionths.
CREATE TABLE snapshot (
    portfolio_id INTEGER NOT NULL REFERENCES portfolio (id),
    session INTEGER NOT NULL,
    state TEXT NOT NULL,
    equity INTEGER NOT NULL,
    cash INTEGER NOT NULL,
    long_value INTEGER NOT NULL,
    short_value INTEGER NOT NULL,
    cost_total INTEGER NOT NULL,
    unrealized_change INTEGER NOT NULL,
    realized INTEGER NOT NULL,
    income INTEGER NOT NULL,
    fees INTEGER NOT NULL,
    flow INTEGER NOT NULL,
    daily_pnl INTEGER NOT NULL,
    daily_return REAL,
    cumulative_pnl INTEGER NOT NULL,
    cumulative_return REAL NOT NULL,
    unrealized_total INTEGER NOT NULL,
    realized_total INTEGER NOT NULL,
    long_count INTEGER NOT NULL,
    short_count INTEGER NOT NULL,
    coverage REAL NOT NULL,
    gaps TEXT,
    identity_checked INTEGER NOT NULL,
    engine_version TEXT NOT NULL,
    computed_at INTEGER NOT NULL,
    PRIMARY KEY (portfolio_id, session)
) STRICT, WITHOUT ROWID;

-- Derived: what a portfolio holds at its newest snapshot.
CREATE TABLE position (
    portfolio_id INTEGER NOT NULL REFERENCES portfolio (id),
    instrument_id INTEGER NOT NULL REFERENCES instrument (id),
    session INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    price INTEGER,
    price_date INTEGER,
    price_status TEXT NOT NULL,
    price_age_sessions INTEGER NOT NULL,
    market_value INTEGER NOT NULL,
    unrealized INTEGER NOT NULL,
    daily_pnl INTEGER NOT NULL,
    daily_return REAL,
    weight REAL,
    PRIMARY KEY (portfolio_id, instrument_id)
) STRICT, WITHOUT ROWID;

-- Who works on what, until when.
CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    taken_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- For people with a SQL shell: dates as text, money in units.
CREATE VIEW snapshot_view AS
SELECT p.name AS portfolio, date(s.session * 86400, 'unixepoch') AS session, s.state,
    s.equity / 1000000.0 AS equity, s.cash / 1000000.0 AS cash, s.long_value / 1000000.0 AS long_value,
    s.short_value / 1000000.0 AS short_value, s.daily_pnl / 1000000.0 AS daily_pnl, s.daily_return,
    s.flow / 1000000.0 AS flow, s.cumulative_return, s.coverage, s.gaps
FROM snapshot s JOIN portfolio p ON p.id = s.portfolio_id;

CREATE VIEW event_view AS
SELECT p.name AS portfolio, date(e.event_date * 86400, 'unixepoch') AS event_date, e.kind, a.symbol,
    e.quantity / 100000000.0 AS quantity, e.price / 1000000.0 AS price, e.amount / 1000000.0 AS amount,
    e.fee / 1000000.0 AS fee, e.source, e.voided_at IS NOT NULL AS voided, e.id
FROM event e JOIN portfolio p ON p.id = e.portfolio_id
LEFT JOIN instrument_alias a ON a.instrument_id = e.instrument_id AND a.last_date IS NULL;

CREATE VIEW bar_view AS
SELECT a.symbol, date(b.session * 86400, 'unixepoch') AS session, b.open / 1000000.0 AS open,
    b.high / 1000000.0 AS high, b.low / 1000000.0 AS low, b.close / 1000000.0 AS close, b.volume, b.is_final
FROM bar b JOIN instrument_alias a ON a.instrument_id = b.instrument_id AND a.last_date IS NULL;
