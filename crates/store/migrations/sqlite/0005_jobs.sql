-- Background work. Instants are epoch microseconds. Nobody works on a job unless `lease_owner` is set, and only whoever
-- claimed it last knows its `fence`. `revision` counts every change.
CREATE TABLE job (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    subject TEXT,
    input TEXT NOT NULL,
    input_sha256 TEXT NOT NULL,
    idempotency_key TEXT,
    state TEXT NOT NULL,
    phase TEXT,
    phase_done INTEGER NOT NULL,
    phase_total INTEGER NOT NULL,
    phase_started_at INTEGER,
    units_total INTEGER NOT NULL,
    units_done INTEGER NOT NULL,
    units_failed INTEGER NOT NULL,
    units_skipped INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER,
    fence INTEGER NOT NULL,
    takeover_count INTEGER NOT NULL,
    progressed_at INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL,
    error_code TEXT,
    error TEXT,
    result TEXT,
    version TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    run_after INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX job_idempotency ON job (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX job_of_owner ON job (owner, id);
CREATE INDEX job_queue ON job (state, run_after, id);
CREATE INDEX job_subject ON job (kind, subject, id);
CREATE INDEX job_lease ON job (lease_owner);
CREATE INDEX job_finished ON job (finished_at);

-- What a job is made of: portfolios or symbols, each of which succeeds or fails by itself.
CREATE TABLE job_unit (
    job_id TEXT NOT NULL REFERENCES job (id),
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    error_code TEXT,
    error TEXT,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;

-- Things to know of a job that stopped nothing. `fence` and `number` put them in order.
CREATE TABLE job_warning (
    job_id TEXT NOT NULL REFERENCES job (id),
    fence INTEGER NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (job_id, fence, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_log (
    job_id TEXT NOT NULL REFERENCES job (id),
    fence INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (job_id, fence, number)
) STRICT, WITHOUT ROWID;

-- When jobs are made by themselves. `next_at` is the occurrence that has not been made yet.
CREATE TABLE schedule (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    input TEXT NOT NULL,
    cron TEXT NOT NULL,
    zone TEXT NOT NULL,
    next_at INTEGER NOT NULL,
    last_at INTEGER,
    last_job_id TEXT,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_of_owner ON schedule (owner, id);
CREATE INDEX schedule_next ON schedule (next_at);

-- For people with a SQL shell.
CREATE VIEW job_view AS
SELECT j.id, j.kind, j.owner, j.subject, j.state, j.phase, j.units_total, j.units_done, j.units_failed, j.units_skipped,
    j.attempt, j.lease_owner, j.error_code, j.error, j.version,
    datetime(j.created_at / 1000000, 'unixepoch') AS created_at,
    datetime(j.started_at / 1000000, 'unixepoch') AS started_at,
    datetime(j.finished_at / 1000000, 'unixepoch') AS finished_at
FROM job j;
