-- The warehouse side: one row per package, one per paragraph with its
-- embedding, and the questions.

CREATE EXTENSION trellis;

CREATE TABLE package (
  id                 int PRIMARY KEY,
  name               text NOT NULL UNIQUE,
  section            text NOT NULL,
  priority           text,
  source             text,
  maintainer         text,
  version            text,
  installed_size_kib bigint,
  size_bytes         bigint,
  synopsis           text,
  description        text
);

CREATE TABLE chunk (
  key        text PRIMARY KEY,
  package_id int NOT NULL REFERENCES package,
  paragraph  int NOT NULL,
  body       text NOT NULL,
  embedding  vector(384) NOT NULL
);
CREATE INDEX ON chunk (package_id);

CREATE TABLE question (
  id         int PRIMARY KEY,
  key        text NOT NULL,
  kind       text NOT NULL,
  package_id int NOT NULL,
  theme      text,
  body       text NOT NULL,
  embedding  vector(384) NOT NULL
);

-- as they come, before they become a graph and labels
CREATE TABLE dependency (src_id int, rel text, dst_id int, version_constraint text, alt int);
CREATE TABLE tag (package_id int, tag text);
CREATE TABLE label_rule (rule text, pattern text, label text);
