-- The same, before a deferred foreign key is checked.
CREATE TABLE n (id bigint PRIMARY KEY);
CREATE TABLE e (
  src bigint REFERENCES n DEFERRABLE INITIALLY DEFERRED,
  dst bigint REFERENCES n DEFERRABLE INITIALLY DEFERRED);
BEGIN;
INSERT INTO n VALUES (1);
INSERT INTO e VALUES (1, 99);
SELECT * FROM trellis.expand('e', ARRAY[1, 99]::bigint[]);
ROLLBACK;
