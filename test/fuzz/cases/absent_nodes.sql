-- A node relation that does not exist.
CREATE TABLE e (src int, dst int);
SELECT * FROM trellis.expand('e', ARRAY[1], nodes => 4294967295::oid::regclass);
SELECT * FROM trellis.shortest_path('e', 1, 2, nodes => 1::oid::regclass);
