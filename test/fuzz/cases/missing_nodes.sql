-- Edges to nodes that are not there, though a foreign key says they are: by
-- a child table, which has no foreign key, and before a deferred one is
-- checked.  A seed that is no node is reached by an edge.
CREATE TABLE n (id bigint PRIMARY KEY);
CREATE TABLE e (src bigint REFERENCES n, dst bigint REFERENCES n);
CREATE TABLE e_child () INHERITS (e);
INSERT INTO n VALUES (1);
INSERT INTO e_child VALUES (1, 99);
SELECT * FROM trellis.expand('e', ARRAY[1, 99]::bigint[]);
SELECT * FROM trellis.shortest_path('e', 1::bigint, 99::bigint);
