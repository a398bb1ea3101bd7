-- A symbol stands in the queue once.
CREATE UNIQUE INDEX job_onboarding ON job (subject)
WHERE kind = 'onboard_symbol' AND state IN ('pending', 'downloading_data', 'running');

-- The row that whoever adds to the queue changes first, so that two uploads at once do not both find room.
CREATE TABLE onboarding_gate (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL
) STRICT;

INSERT INTO onboarding_gate (id, revision) VALUES (1, 0);

-- Symbols that an owner's files call otherwise than the market does.
CREATE TABLE symbol_mapping (
    owner TEXT NOT NULL,
    symbol TEXT NOT NULL,
    target TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (owner, symbol)
) STRICT, WITHOUT ROWID;
