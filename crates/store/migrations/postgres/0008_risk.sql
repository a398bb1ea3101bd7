-- Derived: the risk figures of symbols by session. Those people look for stand apart, all of them in a form of the
-- program's own. The step of the change sequence and the settings are those they were computed with.
CREATE TABLE symbol_risk (
    session BIGINT NOT NULL,
    instrument_id BIGINT NOT NULL REFERENCES instrument (id),
    seq BIGINT NOT NULL,
    settings TEXT COLLATE "C" NOT NULL,
    market_beta DOUBLE PRECISION,
    rate_beta DOUBLE PRECISION,
    realized_21 DOUBLE PRECISION,
    realized_63 DOUBLE PRECISION,
    forecast DOUBLE PRECISION,
    figures BYTEA NOT NULL,
    PRIMARY KEY (session, instrument_id)
);

-- Derived: the risk figures of portfolios by session. Dollars, ratios to equity, volatilities a year.
CREATE TABLE portfolio_risk (
    portfolio_id BIGINT NOT NULL REFERENCES portfolio (id),
    session BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    settings TEXT COLLATE "C" NOT NULL,
    gross DOUBLE PRECISION NOT NULL,
    net DOUBLE PRECISION NOT NULL,
    covered_share DOUBLE PRECISION,
    uncovered TEXT COLLATE "C",
    market_beta DOUBLE PRECISION,
    rate_beta DOUBLE PRECISION,
    realized_21 DOUBLE PRECISION,
    realized_63 DOUBLE PRECISION,
    forecast DOUBLE PRECISION,
    ex_ante DOUBLE PRECISION,
    var_95 DOUBLE PRECISION,
    shortfall_95 DOUBLE PRECISION,
    hhi DOUBLE PRECISION,
    average_correlation DOUBLE PRECISION,
    effective_bets DOUBLE PRECISION,
    diversification_ratio DOUBLE PRECISION,
    worst_scenario TEXT COLLATE "C",
    worst_gain DOUBLE PRECISION,
    PRIMARY KEY (portfolio_id, session)
);

-- Forecasts of the volatility of portfolios, a year, over equity. The first one for a session is kept.
CREATE TABLE forecast (
    portfolio_id BIGINT NOT NULL REFERENCES portfolio (id),
    session BIGINT NOT NULL,
    horizon BIGINT NOT NULL,
    forecast DOUBLE PRECISION NOT NULL,
    settings TEXT COLLATE "C" NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (portfolio_id, session, horizon)
);

-- For people with a SQL shell.
CREATE VIEW symbol_risk_view AS
SELECT a.symbol, DATE '1970-01-01' + r.session::int AS session, r.market_beta, r.rate_beta, r.realized_21,
    r.realized_63, r.forecast
FROM symbol_risk r JOIN instrument_alias a ON a.instrument_id = r.instrument_id AND a.last_date IS NULL;

CREATE VIEW portfolio_risk_view AS
SELECT p.name AS portfolio, DATE '1970-01-01' + r.session::int AS session, r.gross, r.net, r.covered_share,
    r.market_beta, r.rate_beta, r.realized_21, r.realized_63, r.forecast, r.ex_ante, r.var_95, r.shortfall_95, r.hhi,
    r.average_correlation, r.effective_bets, r.diversification_ratio, r.worst_scenario, r.worst_gain
FROM portfolio_risk r JOIN portfolio p ON p.id = r.portfolio_id;
