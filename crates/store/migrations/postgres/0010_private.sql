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

ALTER TABLE instrument_alias ADD COLUMN owner TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE instrument_alias ALTER COLUMN owner DROP DEFAULT;
ALTER TABLE instrument_alias DROP CONSTRAINT instrument_alias_pkey;
ALTER TABLE instrument_alias ADD PRIMARY KEY (symbol, owner, first_date);
DROP INDEX instrument_alias_current;

UPDATE instrument_alias SET owner = h.owner FROM private_holder h
WHERE h.own_id = instrument_alias.instrument_id AND h.place = 1 AND instrument_alias.last_date IS NULL;

INSERT INTO instrument_alias (symbol, owner, first_date, last_date, instrument_id)
SELECT h.symbol, h.owner, a.first_date, a.last_date, h.own_id
FROM private_holder h JOIN instrument_alias a ON a.instrument_id = h.instrument_id AND a.last_date IS NULL
WHERE h.place > 1;

-- A private instrument whose portfolios were all deleted is nobody's any more, and goes by no symbol.
DELETE FROM instrument_alias WHERE owner = '' AND substr(symbol, 1, 5) <> 'CASH_' AND instrument_id IN
    (SELECT i.id FROM instrument i WHERE i.kind = 'private'
        AND NOT EXISTS (SELECT 1 FROM profile t WHERE t.instrument_id = i.id)
        AND NOT EXISTS (SELECT 1 FROM event e WHERE e.instrument_id = i.id)
        AND NOT EXISTS (SELECT 1 FROM instrument o WHERE o.underlying_id = i.id));

DROP TABLE private_holder;
CREATE UNIQUE INDEX instrument_alias_current ON instrument_alias (symbol, owner) WHERE last_date IS NULL;
CREATE INDEX instrument_alias_owner ON instrument_alias (owner) WHERE owner <> '';
