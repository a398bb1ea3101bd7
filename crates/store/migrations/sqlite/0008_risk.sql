-- Derived: the risk figures of symbols by session. Those people look for stand apart, all of them in a form of the
-- program's own. The step of the change sequence and the settings are those they were computed with.
CREATE TABLE symbol_risk (
    session INTEGER NOT NULL,
    instrument_id INTEGER NOT NULL REFERENCES instrument (id),
    seq INTEGER NOT NULL,
    settings TEXT NOT NULL,
    market_beta REAL,
    rate_beta REAL,
    realized_21 REAL,
    realized_63 REAL,
    forecast REAL,
    figures BLOB NOT NULL,
    PRIMARY KEY (session, instrument_id)
) STRICT, WITHOUT ROWID;

-- Derived: the risk figures of portfolios by session. Dollars, ratios to equity, volatilities a year.
CREATE TABLE portfolio_risk (
    portfolio_id INTEGER NOT NULL REFERENCES portfolio (id),
    session INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    settings TEXT NOT NULL,
    gross REAL NOT NULL,
    net REAL NOT NULL,
    covered_share REAL,
    uncovered TEXT,
    market_beta REAL,
    rate_beta REAL,
    realized_21 REAL,
    realized_63 REAL,
    forecast REAL,
    ex_ante REAL,
    var_95 REAL,
    shortfall_95 REAL,
    hhi REAL,
    average_correlation REAL,
    effective_bets REAL,
    diversification_ratio REAL,
    worst_scenario TEXT,
    worst_gain REAL,
    PRIMARY KEY (portfolio_id, session)
) STRICT, WITHOUT ROWID;

-- Forecasts of the volatility of portfolios, a year, over equity. The first one for a session is kept.
CREATE TABLE forecast (
    portfolio_id INTEGER NOT NULL REFERENCES portfolio (id),
    session INTEGER NOT NULL,
    horizon INTEGER NOT NULL,
    forecast REAL NOT NULL,
    settings TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (portfolio_id, session, horizon)
) STRICT, WITHOUT ROWID;

-- For people with a SQL shell.
CREATE VIEW symbol_risk_view AS
SELECT a.symbol, date(r.session * 86400, 'unixepoch') AS session, r.market_beta, r.rate_beta, r.realized_21,
    r.realized_63, r.forecast
FROM symbol_risk r JOIN instrument_alias a ON a.instrument_id = r.instrument_id AND a.last_date IS NULL;

CREATE VIEW portfolio_risk_view AS
SELECT p.name AS portfolio, date(r.session * 86400, 'unixepoch') AS session, r.gross, r.net, r.covered_share,
    r.market_beta, r.rate_beta, r.realized_21, r.realized_63, r.forecast, r.ex_ante, r.var_95, r.shortfall_95, r.hhi,
    r.average_correlation, r.effective_bets, r.diversification_ratio, r.worst_scenario, r.worst_gain
FROM portfolio_risk r JOIN portfolio p ON p.id = r.portfolio_id;
