-- A walk over temporary tables in a statement that runs in parallel.
CREATE TEMP TABLE e (src int, dst int);
INSERT INTO e VALUES (1, 2), (2, 3);
SELECT set_config(name, 'on', false) FROM pg_settings
 WHERE name IN ('debug_parallel_query', 'force_parallel_mode');
DO $$
BEGIN
  PERFORM * FROM trellis.expand('e', ARRAY[1]);
  PERFORM * FROM trellis.shortest_path('e', 1, 3);
EXCEPTION WHEN invalid_transaction_state THEN
  RAISE '%', SQLERRM USING ERRCODE = 'XX000';
END $$;
