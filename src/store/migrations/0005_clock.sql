-- breaking: whoever does not know the offset has another time than the others.
-- Slipway's time is the database's clock plus this offset (docs/reliability.md). It changes by compare-and-set on `steps`.

create table clock (
  id integer primary key check (id = 1),
  offset_ms double precision not null,
  -- How often the offset has been changed, and the last time: when, and by how much the database's clock had moved.
  steps integer not null check (steps >= 0),
  stepped_at timestamptz,
  stepped_by_ms double precision,
  -- The latest time that a process has found in order. One ahead of the clock tells a step back.
  seen_at timestamptz not null
);

-- The offset that deployments have been told of: a row of its own, so that whoever tells them keeps nobody from setting it right.
create table clock_told (
  id integer primary key check (id = 1),
  offset_ms double precision not null
);

insert into clock (id, offset_ms, steps, seen_at) values (1, 0, 0, clock_timestamp());

insert into clock_told (id, offset_ms) values (1, 0);

-- Nobody counts tables of one row by himself: taken for thousands, they made the server compile each statement that asks for the time.
analyze clock, clock_told;
