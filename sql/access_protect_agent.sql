-- An agent that acts for a principal sees what both of them may see.

SELECT trellis.create_key() IS NOT NULL AS key;
SELECT count(trellis.create_label(l)) FROM unnest(ARRAY['agent_hr', 'agent_pii', 'agent_legal']) l;
SELECT trellis.grant_label('ann', 'agent_hr'), trellis.grant_label('ann', 'agent_pii'),
       trellis.grant_label('bot', 'agent_pii'), trellis.grant_label('bot', 'agent_legal');

CREATE ROLE trellis_delegate;
CREATE TABLE paper (id int, access_label int);
INSERT INTO paper SELECT row_number() OVER (), trellis.label_id(expr)
  FROM unnest(ARRAY['agent_hr', 'agent_pii', 'agent_legal', 'agent_hr & agent_pii', 'agent_hr | agent_legal', 'agent_pii | agent_legal']) expr;
SELECT trellis.protect('paper');
GRANT SELECT, INSERT ON paper TO trellis_delegate;

SELECT trellis.sign('{"sub": "ann"}') AS ann, trellis.sign('{"sub": "bot"}') AS bot,
       trellis.sign('{"sub": "ann", "act": "bot"}') AS bot_for_ann,
       trellis.sign('{"sub": "bot", "act": "ann"}') AS ann_for_bot,
       trellis.sign('{"sub": "ann", "act": "stranger"}') AS stranger_for_ann \gset
SET ROLE trellis_delegate;

-- "agent_hr | agent_legal" is readable by each of the two for a reason of its own, but not
-- by the agent: it holds neither label together with its principal
BEGIN;
SELECT trellis.login(:'ann');
SELECT array_agg(id ORDER BY id) FROM paper;
SELECT trellis.login(:'bot');
SELECT array_agg(id ORDER BY id) FROM paper;
SELECT trellis.login(:'bot_for_ann');
SELECT array_agg(id ORDER BY id) FROM paper;
SELECT principal, agent FROM trellis.whoami();
SELECT trellis.login(:'ann_for_bot');
SELECT array_agg(id ORDER BY id) FROM paper;
SELECT trellis.login(:'stranger_for_ann');
SELECT array_agg(id ORDER BY id) FROM paper;
-- and back: each identity keeps its own answers
SELECT trellis.login(:'ann');
SELECT array_agg(id ORDER BY id) FROM paper;
COMMIT;

-- writing goes by the same rule
BEGIN;
SELECT trellis.login(:'bot_for_ann');
SAVEPOINT s;
INSERT INTO paper SELECT 7, access_label FROM paper WHERE id = 2;
ROLLBACK TO s;
INSERT INTO paper VALUES (8, 1);
ROLLBACK;

-- what is taken from the agent is gone at its next statement
BEGIN;
SELECT trellis.login(:'bot_for_ann');
SELECT count(*) FROM paper;
RESET ROLE;
SELECT trellis.revoke_label('bot', 'agent_pii');
SET ROLE trellis_delegate;
SELECT count(*) FROM paper;
ROLLBACK;

-- a grant to the agent that ends, ends for it alone
RESET ROLE;
SELECT trellis.grant_label('bot', 'agent_hr', clock_timestamp() + interval '1 second');
SET ROLE trellis_delegate;
BEGIN;
SELECT trellis.login(:'bot_for_ann');
SELECT array_agg(id ORDER BY id) FROM paper;
SELECT pg_sleep(1.1);
SELECT array_agg(id ORDER BY id) FROM paper;
SELECT trellis.login(:'ann');
SELECT array_agg(id ORDER BY id) FROM paper;
COMMIT;

RESET ROLE;
DROP TABLE paper;
DROP ROLE trellis_delegate;
DELETE FROM trellis.label WHERE name LIKE 'agent_%';

