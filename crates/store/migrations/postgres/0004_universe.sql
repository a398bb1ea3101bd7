-- Instruments whose prices are kept up to date: the universe. What had bars before there was one is in it. An instrument
-- that the providers do not know any more stays as inactive. Reasons tell which of its risk figures were absent when it
-- entered, and why.
CREATE TABLE universe (
    instrument_id BIGINT PRIMARY KEY REFERENCES instrument (id),
    entered_at BIGINT NOT NULL,
    is_active BIGINT NOT NULL,
    reasons TEXT COLLATE "C" NOT NULL
);

INSERT INTO universe (instrument_id, entered_at, is_active, reasons)
SELECT i.id, i.created_at, 1, '' FROM instrument i
WHERE i.underlying_id IS NULL AND EXISTS (SELECT 1 FROM bar b WHERE b.instrument_id = i.id);
