-- The letters of a name. Written in SQL, such a function is read and planned anew by each statement that has a name to enter, which was a tenth of
-- what launches cost a database. What it gives is the same, but for letters that come twice: indexes of them stay as they are.
create or replace function trigrams(name text) returns text[] language plpgsql immutable strict parallel safe as $$
declare
  low constant text := lower(name);
  parts text[] := '{}';
begin
  for n in 1 .. length(name) - 2 loop
    parts := parts || substr(low, n, 3);
  end loop;
  return parts;
end $$;
