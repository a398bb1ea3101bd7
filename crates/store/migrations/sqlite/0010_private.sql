-- What an owner holds in private goes by a symbol of the owner's own: two owners may call two things the same, and neither
-- learns of the other's. What everybody calls the same has the owner ''. Who named a private instrument first keeps it;
-- everybody else who did gets one of their own. What a profile tells to be private is so for everybody.
CREATE TABLE private_holder AS
SELECT h.instrument_id, h.owner, h.symbol, h.place,
    CASE WHEN h.place = 1 THEN h.instrument_id ELSE h.newest + h.number END AS own_id
FROM (SELECT e.instrument_id AS instrument_id, p.owner AS owner, a.symbol AS symbol,
        ROW_NUMBER() OVER (PARTITION BY e.instrument_id ORDER BY MIN(e.entered_at), p.owner) AS place,
        ROW_NUMBER() OVER (ORDER BY e.instrument_id, p.owner) AS number,
        (SELECT MAX(n.id) FROM instrument n) AS newest
    FROM event e JOIN portfolio p ON p.id = e.portfolio_id JOIN instrument i ON i.id = e.instrument_id
    JOIN instrument_alias a ON a.instrument_id = i.id AND a.last_date IS NULL
    WHERE i.kind = 'private' AND substr(a.symbol, 1, 5) <> 'CASH_'
        AND NOT EXISTS (SELECT 1 FROM profile t WHERE t.instrument_id = i.id)
    GROUP BY e.instrument_id, p.owner, a.symbol) h;

INSERT INTO instrument (id, kind, currency, multiplier, is_whole_unit, created_at)
SELECT h.own_id, i.kind, i.currency, i.multiplier, i.is_whole_unit, i.created_at
FROM private_holder h JOIN instrument i ON i.id = h.instrument_id WHERE h.place > 1;

UPDATE event SET instrument_id = (SELECT h.own_id FROM private_holder h JOIN portfolio p ON p.owner = h.owner
        WHERE h.instrument_id = event.instrument_id AND p.id = event.portfolio_id)
WHERE EXISTS (SELECT 1 FROM private_holder h JOIN portfolio p ON p.owner = h.owner
    WHERE h.instrument_id = event.instrument_id AND p.id = event.portfolio_id AND h.place > 1);

UPDATE position SET instrument_id = (SELECT h.own_id FROM private_holder h JOIN portfolio p ON p.owner = h.owner
        WHERE h.instrument_id = position.instrument_id AND p.id = position.portfolio_id)
WHERE EXISTS (SELECT 1 FROM private_holder h JOIN portfolio p ON p.owner = h.owner
    WHERE h.instrument_id = position.instrument_id AND p.id = position.portfolio_id AND h.place > 1);

-- The views are in the way of the table's new form.
DROP VIEW event_view;
DROP VIEW bar_view;
DROP VIEW profile_view;
DROP VIEW symbol_risk_view;
DROP INDEX instrument_alias_current;
DROP INDEX instrument_alias_instrument;

CREATE TABLE alias (
    symbol TEXT NOT NULL,
    owner TEXT NOT NULL,
    first_date INTEGER NOT NULL,
    last_date INTEGER,
    instrument_id INTEGER NOT NULL REFERENCES instrument (id),
    PRIMARY KEY (symbol, owner, first_date)
) STRICT, WITHOUT ROWID;

INSERT INTO alias (symbol, owner, first_date, last_date, instrument_id)
SELECT h.symbol, h.owner, a.first_date, a.last_date, h.own_id
FROM private_holder h JOIN instrument_alias a ON a.instrument_id = h.instrument_id AND a.last_date IS NULL;

-- A private instrument whose portfolios were all deleted is nobody's any more, and goes by no symbol.
INSERT INTO alias (symbol, owner, first_date, last_date, instrument_id)
SELECT a.symbol, '', a.first_date, a.last_date, a.instrument_id
FROM instrument_alias a JOIN instrument i ON i.id = a.instrument_id
WHERE NOT EXISTS (SELECT 1 FROM private_holder h WHERE h.instrument_id = a.instrument_id AND a.last_date IS NULL)
    AND NOT (i.kind = 'private' AND substr(a.symbol, 1, 5) <> 'CASH_'
        AND NOT EXISTS (SELECT 1 FROM profile t WHERE t.instrument_id = i.id)
        AND NOT EXISTS (SELECT 1 FROM event e WHERE e.instrument_id = i.id)
        AND NOT EXISTS (SELECT 1 FROM instrument o WHERE o.underlying_id = i.id));

DROP TABLE private_holder;
DROP TABLE instrument_alias;
ALTER TABLE alias RENAME TO instrument_alias;
CREATE UNIQUE INDEX instrument_alias_current ON instrument_alias (symbol, owner) WHERE last_date IS NULL;
CREATE INDEX instrument_alias_instrument ON instrument_alias (instrument_id);
CREATE INDEX instrument_alias_owner ON instrument_alias (owner) WHERE owner <> '';

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

CREATE VIEW profile_view AS
SELECT a.symbol, p.name, i.kind, p.sector, p.industry, p.exchange, i.currency,
    datetime(p.fetched_at / 1000000, 'unixepoch') AS fetched_at
FROM profile p JOIN instrument i ON i.id = p.instrument_id
JOIN instrument_alias a ON a.instrument_id = i.id AND a.last_date IS NULL;

CREATE VIEW symbol_risk_view AS
SELECT a.symbol, date(r.session * 86400, 'unixepoch') AS session, r.market_beta, r.rate_beta, r.realized_21,
    r.realized_63, r.forecast
FROM symbol_risk r JOIN instrument_alias a ON a.instrument_id = r.instrument_id AND a.last_date IS NULL;
