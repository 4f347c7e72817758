-- Sessions of the page that were ended before their time. A session itself is a sealed cookie and is kept nowhere.

create table ended_sessions (
  id text collate "C" primary key,
  -- From then on its cookie counts for nothing by itself, and the row may go.
  until timestamptz not null
);
