-- Background work. Instants are epoch microseconds. Nobody works on a job unless `lease_owner` is set, and only whoever
-- claimed it last knows its `fence`. `revision` counts every change.
CREATE TABLE job (
    id TEXT COLLATE "C" PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C",
    input TEXT COLLATE "C" NOT NULL,
    input_sha256 TEXT COLLATE "C" NOT NULL,
    idempotency_key TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    phase TEXT COLLATE "C",
    phase_done BIGINT NOT NULL,
    phase_total BIGINT NOT NULL,
    phase_started_at BIGINT,
    units_total BIGINT NOT NULL,
    units_done BIGINT NOT NULL,
    units_failed BIGINT NOT NULL,
    units_skipped BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    lease_owner TEXT COLLATE "C",
    lease_until BIGINT,
    fence BIGINT NOT NULL,
    takeover_count BIGINT NOT NULL,
    progressed_at BIGINT NOT NULL,
    cancel_requested BIGINT NOT NULL,
    error_code TEXT COLLATE "C",
    error TEXT COLLATE "C",
    result TEXT COLLATE "C",
    version TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    run_after BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    revision BIGINT NOT NULL
);
CREATE UNIQUE INDEX job_idempotency ON job (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX job_of_owner ON job (owner, id);
CREATE INDEX job_queue ON job (state, run_after, id);
CREATE INDEX job_subject ON job (kind, subject, id);
CREATE INDEX job_lease ON job (lease_owner);
CREATE INDEX job_finished ON job (finished_at);

-- What a job is made of: portfolios or symbols, each of which succeeds or fails by itself.
CREATE TABLE job_unit (
    job_id TEXT COLLATE "C" NOT NULL REFERENCES job (id),
    number BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    attempt BIGINT NOT NULL,
    error_code TEXT COLLATE "C",
    error TEXT COLLATE "C",
    PRIMARY KEY (job_id, number)
);

-- Things to know of a job that stopped nothing. `fence` and `number` put them in order.
CREATE TABLE job_warning (
    job_id TEXT COLLATE "C" NOT NULL REFERENCES job (id),
    fence BIGINT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (job_id, fence, number)
);

CREATE TABLE job_log (
    job_id TEXT COLLATE "C" NOT NULL REFERENCES job (id),
    fence BIGINT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    event TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (job_id, fence, number)
);

-- When jobs are made by themselves. `next_at` is the occurrence that has not been made yet.
CREATE TABLE schedule (
    id TEXT COLLATE "C" PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    input TEXT COLLATE "C" NOT NULL,
    cron TEXT COLLATE "C" NOT NULL,
    zone TEXT COLLATE "C" NOT NULL,
    next_at BIGINT NOT NULL,
    last_at BIGINT,
    last_job_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL
);
CREATE INDEX schedule_of_owner ON schedule (owner, id);
CREATE INDEX schedule_next ON schedule (next_at);

-- For people with a SQL shell.
CREATE VIEW job_view AS
SELECT j.id, j.kind, j.owner, j.subject, j.state, j.phase, j.units_total, j.units_done, j.units_failed, j.units_skipped,
    j.attempt, j.lease_owner, j.error_code, j.error, j.version,
    to_timestamp(j.created_at / 1000000.0) AS created_at,
    to_timestamp(j.started_at / 1000000.0) AS started_at,
    to_timestamp(j.finished_at / 1000000.0) AS finished_at
FROM job j;
