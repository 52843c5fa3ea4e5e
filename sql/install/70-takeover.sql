-- Takeover: another extension's vector types become trellis's own, in place
--
-- The other extension's type keeps its OID; its functions get the bodies of
-- trellis's functions of the same name and arguments, and the objects change
-- from one extension to the other.  So tables, indexes, views, policies, the
-- user's functions and other sessions' plans go on with the type that they
-- have: nothing of the user's is dropped to be made again, and nothing can be
-- made again wrongly.  Only indexes over computed values are rebuilt; those of
-- access methods that trellis lacks are replaced by ivf's, where ivf has a class
-- for their operator, and else left out.  trellis's own duplicates, which nobody may use yet, are dropped, and what only trellis has
-- is created again on the types taken over.
--
-- Words: "source" is trellis's types schema before, "target" the other
-- extension's schema.  A caller is a superuser, and either schema may be one
-- that others can create functions in.  So nothing here is looked up in them:
-- every function sets its search_path, and the two that cannot, since
-- pg_get_functiondef and the commands need these schemas, call nothing
-- unqualified.

-- What an object is called but for the schema "home", which reads "~".
CREATE FUNCTION trellis.takeover_key(class oid, object oid, home name) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT a.type || ' ' || string_agg(
           CASE WHEN e.part = home::text THEN '~'
                WHEN starts_with(e.part, quote_ident(home) || '.')
                  THEN '~' || substr(e.part, length(quote_ident(home)) + 1)
                ELSE e.part END, ' ' ORDER BY e.n)
    FROM pg_identify_object_as_address(class, object, 0) a,
         unnest(a.object_names || '('::text || a.object_args) WITH ORDINALITY AS e(part, n)
   GROUP BY a.type
$$;
COMMENT ON FUNCTION trellis.takeover_key(oid, oid, name) IS 'internal: kind, name and arguments of an object, independent of its extension''s schema';

-- Not array types, which newer servers record too: they follow their elements.
CREATE FUNCTION trellis.takeover_objects(extension name)
RETURNS TABLE (class oid, object oid, kind text, schema text, identity text, key text)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT d.classid, d.objid, i.type, i.schema, i.identity,
         trellis.takeover_key(d.classid, d.objid, n.nspname)
    FROM pg_extension x
    JOIN pg_namespace n ON n.oid = x.extnamespace
    JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = x.oid
                    AND d.deptype = 'e',
         pg_identify_object(d.classid, d.objid, 0) i
   WHERE x.extname = extension
     AND NOT EXISTS (SELECT FROM pg_type t WHERE d.classid = 'pg_type'::regclass AND t.typarray = d.objid)
$$;
COMMENT ON FUNCTION trellis.takeover_objects(name) IS 'internal: the objects of an extension';

-- trellis's objects that the other extension has too, and all that stands on
-- them; member says whether the object is trellis's own.
CREATE FUNCTION trellis.takeover_closure(extension name)
RETURNS TABLE (class oid, object oid, member boolean)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  WITH RECURSIVE mine AS MATERIALIZED (
    SELECT * FROM trellis.takeover_objects('trellis')
  ), closure(class, object) AS (
    SELECT m.class, m.object
      FROM mine m JOIN trellis.takeover_objects(extension) o USING (key)
    UNION
    SELECT u.classid, u.objid FROM closure c, LATERAL (
      SELECT d.classid, d.objid FROM pg_depend d
       WHERE d.refclassid = c.class AND d.refobjid = c.object AND d.deptype IN ('n', 'a', 'i')
      UNION ALL
      -- an operator's place in a class goes, and takes the class along
      SELECT d.refclassid, d.refobjid FROM pg_depend d
       WHERE d.classid = c.class AND d.objid = c.object AND d.deptype = 'i'
         AND c.class IN ('pg_amop'::regclass, 'pg_amproc'::regclass)) u
  )
  SELECT c.class, c.object, EXISTS (SELECT FROM mine m WHERE (m.class, m.object) = (c.class, c.object))
    FROM closure c
   WHERE c.class NOT IN ('pg_amop'::regclass, 'pg_amproc'::regclass)
     AND NOT EXISTS (SELECT FROM pg_type t WHERE c.class = 'pg_type'::regclass AND t.typarray = c.object)
$$;
COMMENT ON FUNCTION trellis.takeover_closure(name) IS 'internal: duplicates of another extension''s objects, and what depends on them';

-- Names and definitions

CREATE FUNCTION trellis.takeover_name(schema oid, name name, source name, target name) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT quote_ident(CASE WHEN n.nspname = source THEN target ELSE n.nspname END) || '.' ||
         CASE WHEN name ~ '^[-+*/<>=~!@#%^&|`?]+$' THEN name::text ELSE quote_ident(name) END
    FROM pg_namespace n WHERE n.oid = schema
$$;
COMMENT ON FUNCTION trellis.takeover_name(oid, name, name, name) IS 'internal: an object''s name, in the schema where it will be';

CREATE FUNCTION trellis.takeover_function_name(func oid, source name, target name) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT trellis.takeover_name(pronamespace, proname, source, target) FROM pg_proc WHERE oid = func
$$;
COMMENT ON FUNCTION trellis.takeover_function_name(oid, name, name) IS 'internal: a function''s name, in the schema where it will be; NULL if there is none';

CREATE FUNCTION trellis.takeover_operator_name(op oid, source name, target name) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT 'OPERATOR(' || trellis.takeover_name(oprnamespace, oprname, source, target) || ')'
    FROM pg_operator WHERE oid = op
$$;
COMMENT ON FUNCTION trellis.takeover_operator_name(oid, name, name) IS 'internal: an operator''s name, in the schema where it will be; NULL if there is none';

CREATE FUNCTION trellis.takeover_type(type oid, source name, target name) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN b.typnamespace = 'pg_catalog'::regnamespace THEN format_type(b.oid, NULL)
              ELSE trellis.takeover_name(b.typnamespace, b.typname, source, target) END
         || CASE WHEN b.oid = t.oid THEN '' ELSE '[]' END
    FROM pg_type t
    JOIN pg_type b ON b.oid = CASE t.typsubscript WHEN 'array_subscript_handler'::regproc THEN t.typelem ELSE t.oid END
   WHERE t.oid = type
$$;
COMMENT ON FUNCTION trellis.takeover_type(oid, name, name) IS 'internal: a type''s name, in the schema where it will be; NULL if there is none';

CREATE FUNCTION trellis.takeover_identity(class oid, object oid, source name, target name) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE class
    WHEN 'pg_proc'::regclass THEN
      (SELECT format('%s(%s)', trellis.takeover_function_name(object, source, target),
              (SELECT string_agg(trellis.takeover_type(a.type, source, target), ', ' ORDER BY a.n)
                 FROM unnest(p.proargtypes) WITH ORDINALITY a(type, n)))
         FROM pg_proc p WHERE p.oid = object)
    WHEN 'pg_operator'::regclass THEN
      (SELECT format('%s(%s, %s)', trellis.takeover_name(oprnamespace, oprname, source, target),
              coalesce(trellis.takeover_type(oprleft, source, target), 'NONE'),
              trellis.takeover_type(oprright, source, target))
         FROM pg_operator WHERE oid = object)
    WHEN 'pg_type'::regclass THEN trellis.takeover_type(object, source, target)
    WHEN 'pg_opclass'::regclass THEN
      (SELECT format('%s USING %I', trellis.takeover_name(opcnamespace, opcname, source, target), amname)
         FROM pg_opclass c JOIN pg_am m ON m.oid = opcmethod WHERE c.oid = object)
    WHEN 'pg_opfamily'::regclass THEN
      (SELECT format('%s USING %I', trellis.takeover_name(opfnamespace, opfname, source, target), amname)
         FROM pg_opfamily f JOIN pg_am m ON m.oid = opfmethod WHERE f.oid = object)
    WHEN 'pg_cast'::regclass THEN
      (SELECT format('(%s AS %s)', trellis.takeover_type(castsource, source, target),
              trellis.takeover_type(casttarget, source, target))
         FROM pg_cast WHERE oid = object)
  END
$$;
COMMENT ON FUNCTION trellis.takeover_identity(oid, oid, name, name) IS 'internal: what ALTER calls an object, in the schema where it will be';

-- Types of the path's schemas are written without a schema.
CREATE FUNCTION trellis.takeover_functiondef(func oid, path text) RETURNS text
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM pg_catalog.set_config('search_path', path, true);
  RETURN pg_catalog.pg_get_functiondef(func);
END
$$;
COMMENT ON FUNCTION trellis.takeover_functiondef(oid, text) IS 'internal: a function''s definition as seen from a search_path';

CREATE FUNCTION trellis.takeover_function(func oid, source name, target name, replace boolean) RETURNS text
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  definition text := trellis.takeover_functiondef(func, format('pg_catalog, %I, pg_temp', source));
  head text := 'CREATE OR REPLACE FUNCTION ' || trellis.takeover_function_name(func, source, source) || '(';
BEGIN
  IF NOT starts_with(definition, head) THEN
    RAISE EXCEPTION 'cannot take over %', func::regprocedure USING ERRCODE = 'feature_not_supported';
  END IF;
  RETURN CASE WHEN replace THEN 'CREATE OR REPLACE FUNCTION ' ELSE 'CREATE FUNCTION ' END
    || trellis.takeover_function_name(func, source, target) || '('
    || rtrim(substr(definition, length(head) + 1), E'\n');
END
$$;
COMMENT ON FUNCTION trellis.takeover_function(oid, name, name, boolean) IS 'internal: CREATE FUNCTION on the types taken over';

CREATE FUNCTION trellis.takeover_aggregate(func oid, source name, target name, replace boolean) RETURNS text
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  a record;
BEGIN
  SELECT g.*, p.proparallel INTO a
    FROM pg_aggregate g JOIN pg_proc p ON p.oid = g.aggfnoid WHERE g.aggfnoid = func;
  IF a.aggkind <> 'n' OR a.aggmtransfn <> 0 OR a.aggfinalextra OR a.aggfinalmodify <> 'r' THEN
    RAISE EXCEPTION 'cannot take over aggregate %', func::regprocedure USING ERRCODE = 'feature_not_supported';
  END IF;
  RETURN CASE WHEN replace THEN 'CREATE OR REPLACE AGGREGATE ' ELSE 'CREATE AGGREGATE ' END
    || trellis.takeover_identity('pg_proc'::regclass, func, source, target) || ' ('
    || concat_ws(', ',
         'SFUNC = ' || trellis.takeover_function_name(a.aggtransfn, source, target),
         'STYPE = ' || trellis.takeover_type(a.aggtranstype, source, target),
         'SSPACE = ' || nullif(a.aggtransspace, 0),
         'FINALFUNC = ' || trellis.takeover_function_name(a.aggfinalfn, source, target),
         'COMBINEFUNC = ' || trellis.takeover_function_name(a.aggcombinefn, source, target),
         'SERIALFUNC = ' || trellis.takeover_function_name(a.aggserialfn, source, target),
         'DESERIALFUNC = ' || trellis.takeover_function_name(a.aggdeserialfn, source, target),
         'INITCOND = ' || quote_literal(a.agginitval),
         'SORTOP = ' || trellis.takeover_operator_name(a.aggsortop, source, target),
         'PARALLEL = ' || CASE a.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' ELSE 'UNSAFE' END)
    || ')';
END
$$;
COMMENT ON FUNCTION trellis.takeover_aggregate(oid, name, name, boolean) IS 'internal: CREATE AGGREGATE on the types taken over';

CREATE FUNCTION trellis.takeover_operator(op oid, source name, target name) RETURNS text
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  o pg_operator;
BEGIN
  SELECT * INTO o FROM pg_operator WHERE oid = op;
  RETURN 'CREATE OPERATOR ' || trellis.takeover_name(o.oprnamespace, o.oprname, source, target) || ' ('
    || concat_ws(', ',
         'LEFTARG = ' || trellis.takeover_type(o.oprleft, source, target),
         'RIGHTARG = ' || trellis.takeover_type(o.oprright, source, target),
         'FUNCTION = ' || trellis.takeover_function_name(o.oprcode, source, target),
         'COMMUTATOR = ' || trellis.takeover_operator_name(o.oprcom, source, target),
         'NEGATOR = ' || trellis.takeover_operator_name(o.oprnegate, source, target),
         'RESTRICT = ' || trellis.takeover_function_name(o.oprrest, source, target),
         'JOIN = ' || trellis.takeover_function_name(o.oprjoin, source, target),
         CASE WHEN o.oprcanhash THEN 'HASHES' END,
         CASE WHEN o.oprcanmerge THEN 'MERGES' END)
    || ')';
END
$$;
COMMENT ON FUNCTION trellis.takeover_operator(oid, name, name) IS 'internal: CREATE OPERATOR on the types taken over';

-- HASHES and MERGES can be altered from PostgreSQL 17 on only, a commutator not
-- be taken away; earlier versions of pgvector gave one to subtraction.
CREATE FUNCTION trellis.takeover_alter_operator(op oid, source name, target name) RETURNS text
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  o pg_operator;
  identity text := trellis.takeover_identity('pg_operator'::regclass, op, source, target);
BEGIN
  SELECT * INTO o FROM pg_operator WHERE oid = op;
  RETURN format('ALTER OPERATOR %s SET (RESTRICT = %s, JOIN = %s)', identity,
      coalesce(trellis.takeover_function_name(o.oprrest, source, target), 'NONE'),
      coalesce(trellis.takeover_function_name(o.oprjoin, source, target), 'NONE'))
    || format(E';\nUPDATE pg_catalog.pg_operator SET oprcanhash = %L, oprcanmerge = %L%s'
              ' WHERE oid OPERATOR(pg_catalog.=) %L::pg_catalog.regoperator::pg_catalog.oid',
      o.oprcanhash, o.oprcanmerge,
      concat(CASE o.oprcom WHEN 0 THEN ', oprcom = 0' END, CASE o.oprnegate WHEN 0 THEN ', oprnegate = 0' END), identity);
END
$$;
COMMENT ON FUNCTION trellis.takeover_alter_operator(oid, name, name) IS 'internal: makes another extension''s operator what trellis''s is';

CREATE FUNCTION trellis.takeover_cast(cast_oid oid, source name, target name) RETURNS text
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  c pg_cast;
BEGIN
  SELECT * INTO c FROM pg_cast WHERE oid = cast_oid;
  RETURN 'CREATE CAST ' || trellis.takeover_identity('pg_cast'::regclass, cast_oid, source, target)
    || CASE c.castmethod
         WHEN 'f' THEN ' WITH FUNCTION ' || trellis.takeover_identity('pg_proc'::regclass, c.castfunc, source, target)
         WHEN 'i' THEN ' WITH INOUT'
         ELSE ' WITHOUT FUNCTION' END
    || CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END;
END
$$;
COMMENT ON FUNCTION trellis.takeover_cast(oid, name, name) IS 'internal: CREATE CAST on the types taken over';

-- The operators and functions of a class, without those that the class
-- "present" has.
CREATE FUNCTION trellis.takeover_opclass_items(opclass oid, present oid, source name, target name) RETURNS text
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  c pg_opclass;
  p pg_opclass;
BEGIN
  SELECT * INTO c FROM pg_opclass WHERE oid = opclass;
  SELECT * INTO p FROM pg_opclass WHERE oid = present;
  RETURN (SELECT string_agg(i.item, ', ' ORDER BY i.item) FROM (
    SELECT format('OPERATOR %s %s(%s, %s)', a.amopstrategy,
             substring(trellis.takeover_operator_name(a.amopopr, source, target) FROM 'OPERATOR\((.*)\)'),
             trellis.takeover_type(a.amoplefttype, source, target), trellis.takeover_type(a.amoprighttype, source, target))
           || CASE WHEN a.amoppurpose = 'o' THEN
                (SELECT ' FOR ORDER BY ' || trellis.takeover_name(f.opfnamespace, f.opfname, source, target)
                   FROM pg_opfamily f WHERE f.oid = a.amopsortfamily) ELSE '' END AS item
      FROM pg_amop a
     WHERE a.amopfamily = c.opcfamily AND a.amoplefttype = c.opcintype AND a.amoprighttype = c.opcintype
       AND NOT EXISTS (SELECT FROM pg_amop o WHERE o.amopfamily = p.opcfamily AND o.amopstrategy = a.amopstrategy
                          AND o.amoplefttype = p.opcintype AND o.amoprighttype = p.opcintype)
    UNION ALL
    SELECT format('FUNCTION %s (%s, %s) %s', a.amprocnum,
             trellis.takeover_type(a.amproclefttype, source, target), trellis.takeover_type(a.amprocrighttype, source, target),
             trellis.takeover_identity('pg_proc'::regclass, a.amproc, source, target))
      FROM pg_amproc a
     WHERE a.amprocfamily = c.opcfamily AND a.amproclefttype = c.opcintype AND a.amprocrighttype = c.opcintype
       AND NOT EXISTS (SELECT FROM pg_amproc o WHERE o.amprocfamily = p.opcfamily AND o.amprocnum = a.amprocnum
                          AND o.amproclefttype = p.opcintype AND o.amprocrighttype = p.opcintype)) i);
END
$$;
COMMENT ON FUNCTION trellis.takeover_opclass_items(oid, oid, name, name) IS 'internal: operators and functions of an operator class';

CREATE FUNCTION trellis.takeover_opclass(opclass oid, present oid, source name, target name) RETURNS text
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  c record;
  items text := trellis.takeover_opclass_items(opclass, present, source, target);
  family text;
BEGIN
  SELECT o.*, m.amname INTO c
    FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod WHERE o.oid = opclass;
  family := trellis.takeover_identity('pg_opfamily'::regclass, c.opcfamily, source, target);
  IF present IS NOT NULL THEN
    RETURN 'ALTER OPERATOR FAMILY ' || family || ' ADD ' || items;
  END IF;
  RETURN format('CREATE OPERATOR CLASS %s%s FOR TYPE %s USING %I FAMILY %s AS ',
           trellis.takeover_name(c.opcnamespace, c.opcname, source, target),
           CASE WHEN c.opcdefault THEN ' DEFAULT' ELSE '' END,
           trellis.takeover_type(c.opcintype, source, target), c.amname,
           left(family, length(family) - length(' USING ' || quote_ident(c.amname))))
    || concat_ws(', ', items, 'STORAGE ' || trellis.takeover_type(c.opckeytype, source, target));
END
$$;
COMMENT ON FUNCTION trellis.takeover_opclass(oid, oid, name, name) IS 'internal: CREATE OPERATOR CLASS on the types taken over, or what the other extension''s class lacks';

CREATE FUNCTION trellis.takeover_alter_type(type oid, source name, target name) RETURNS text
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  t pg_type;
BEGIN
  SELECT * INTO t FROM pg_type WHERE oid = type;
  RETURN 'ALTER TYPE ' || trellis.takeover_identity('pg_type'::regclass, type, source, target) || ' SET ('
    || concat_ws(', ',
         'STORAGE = ' || CASE t.typstorage WHEN 'e' THEN 'external' WHEN 'x' THEN 'extended' WHEN 'm' THEN 'main' ELSE 'plain' END,
         'RECEIVE = ' || trellis.takeover_function_name(t.typreceive, source, target),
         'SEND = ' || trellis.takeover_function_name(t.typsend, source, target),
         'TYPMOD_IN = ' || trellis.takeover_function_name(t.typmodin, source, target),
         'TYPMOD_OUT = ' || coalesce(trellis.takeover_function_name(t.typmodout, source, target), 'NONE'),
         'ANALYZE = ' || coalesce(trellis.takeover_function_name(t.typanalyze, source, target), 'NONE'),
         'SUBSCRIPT = ' || coalesce(trellis.takeover_function_name(t.typsubscript, source, target), 'NONE'))
    || ')';
END
$$;
COMMENT ON FUNCTION trellis.takeover_alter_type(oid, name, name) IS 'internal: makes another extension''s type what trellis''s is';

-- One object of trellis, on the types taken over; "present" is the other
-- extension's object of that name, NULL if it has none.
CREATE FUNCTION trellis.takeover_definition(class oid, object oid, present oid, source name, target name) RETURNS text
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  aggregate boolean := EXISTS (SELECT FROM pg_aggregate WHERE aggfnoid = object);
BEGIN
  RETURN CASE
    WHEN class = 'pg_proc'::regclass AND aggregate THEN trellis.takeover_aggregate(object, source, target, present IS NOT NULL)
    WHEN class = 'pg_proc'::regclass THEN trellis.takeover_function(object, source, target, present IS NOT NULL)
    WHEN class = 'pg_operator'::regclass AND present IS NOT NULL THEN trellis.takeover_alter_operator(object, source, target)
    WHEN class = 'pg_operator'::regclass THEN trellis.takeover_operator(object, source, target)
    WHEN class = 'pg_opclass'::regclass THEN trellis.takeover_opclass(object, present, source, target)
    WHEN class = 'pg_type'::regclass THEN trellis.takeover_alter_type(object, source, target)
    WHEN class = 'pg_cast'::regclass AND present IS NOT NULL THEN
      'DROP CAST ' || trellis.takeover_identity(class, object, source, target) || E';\n'
      || trellis.takeover_cast(object, source, target)
    WHEN class = 'pg_cast'::regclass THEN trellis.takeover_cast(object, source, target)
  END;
END
$$;
COMMENT ON FUNCTION trellis.takeover_definition(oid, oid, oid, name, name) IS 'internal: the command that makes one object';

CREATE FUNCTION trellis.takeover_owner(class oid, object oid) RETURNS oid
  LANGUAGE sql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE class
    WHEN 'pg_proc'::regclass THEN (SELECT proowner FROM pg_proc WHERE oid = object)
    WHEN 'pg_type'::regclass THEN (SELECT typowner FROM pg_type WHERE oid = object)
    WHEN 'pg_operator'::regclass THEN (SELECT oprowner FROM pg_operator WHERE oid = object)
    WHEN 'pg_opclass'::regclass THEN (SELECT opcowner FROM pg_opclass WHERE oid = object)
    WHEN 'pg_opfamily'::regclass THEN (SELECT opfowner FROM pg_opfamily WHERE oid = object)
  END
$$;
COMMENT ON FUNCTION trellis.takeover_owner(oid, oid) IS 'internal: owner of an object, NULL if its kind has none';

-- Who owned an object of the other extension could change it afterwards: it
-- gets trellis's owner.  A new function keeps the grants it had.
CREATE FUNCTION trellis.takeover_owner_and_grants(class oid, object oid, present oid, kind text, identity text) RETURNS text
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  owner oid := trellis.takeover_owner(class, object);
  acl aclitem[];
BEGIN
  IF present IS NOT NULL THEN
    RETURN CASE WHEN owner <> trellis.takeover_owner(class, present) THEN
      format('ALTER %s %s OWNER TO %s', upper(kind), identity, owner::regrole) END;
  END IF;
  SELECT proacl INTO acl FROM pg_proc WHERE oid = object AND class = 'pg_proc'::regclass;
  IF acl IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN concat_ws(E';\n', format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', identity),
    (SELECT string_agg(format('GRANT EXECUTE ON FUNCTION %s TO %s', identity,
              CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END), E';\n')
       FROM aclexplode(acl) a WHERE a.grantee <> owner));
END
$$;
COMMENT ON FUNCTION trellis.takeover_owner_and_grants(oid, oid, oid, text, text) IS 'internal: commands that set an object''s owner and grants';

-- What stands in the way

-- Do both types make the same bytes of the same text?
CREATE FUNCTION trellis.value_image(anyelement) RETURNS bytea
  AS 'MODULE_PATHNAME', 'trl_value_image'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION trellis.value_image(anyelement) IS 'internal: the bytes of a value as they are stored';

CREATE FUNCTION trellis.takeover_same_type(mine oid, other oid) RETURNS boolean
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  a pg_type;
  b pg_type;
  probe text;
  same boolean;
BEGIN
  SELECT * INTO a FROM pg_type WHERE oid = mine;
  SELECT * INTO b FROM pg_type WHERE oid = other;
  IF (a.typtype, a.typlen, a.typbyval, a.typalign, a.typstorage = 'p', a.typdelim)
     <> (b.typtype, b.typlen, b.typbyval, b.typalign, b.typstorage = 'p', b.typdelim) THEN
    RETURN false;
  END IF;
  FOREACH probe IN ARRAY CASE a.typname
      WHEN 'sparsevec' THEN ARRAY['{1:1.5,4:-2.25}/70000', '{}/1']
      ELSE ARRAY['[1.5]', '[-0,2.25,65504,6.1035156e-05]'] END
  LOOP
    EXECUTE format('SELECT trellis.value_image(%1$L::%2$s) = trellis.value_image(%1$L::%3$s)',
      probe, mine::regtype, other::regtype) INTO same;
    IF NOT same THEN
      RETURN false;
    END IF;
  END LOOP;
  RETURN true;
END
$$;
COMMENT ON FUNCTION trellis.takeover_same_type(oid, oid) IS 'internal: have two types the same layout?';

-- Objects of others that use something of an extension which trellis lacks.
CREATE FUNCTION trellis.takeover_dependents(extension name)
RETURNS TABLE (class oid, object oid, dependent text, uses text)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  WITH theirs AS MATERIALIZED (
    SELECT * FROM trellis.takeover_objects(extension)
  ), mine AS MATERIALIZED (
    SELECT * FROM trellis.takeover_objects('trellis')
  )
  SELECT DISTINCT d.classid, d.objid, pg_describe_object(d.classid, d.objid, d.objsubid),
         pg_describe_object(t.class, t.object, 0)
    FROM theirs t
    JOIN pg_depend d ON d.refclassid = t.class AND d.refobjid = t.object
   WHERE d.deptype IN ('n', 'a', 'i')
     AND d.classid NOT IN ('pg_amop'::regclass, 'pg_amproc'::regclass)
     AND NOT EXISTS (SELECT FROM mine m WHERE m.key = t.key)
     AND NOT EXISTS (SELECT FROM theirs o WHERE (o.class, o.object) = (d.classid, d.objid))
     AND NOT EXISTS (SELECT FROM mine m WHERE (m.class, m.object) = (d.classid, d.objid))
     AND NOT EXISTS (SELECT FROM pg_type a WHERE d.classid = 'pg_type'::regclass AND a.typarray = d.objid)
$$;
COMMENT ON FUNCTION trellis.takeover_dependents(name) IS 'internal: objects that use something of an extension which trellis does not have';

-- Indexes of the other extension's access methods, without partitions of such
-- indexes.
CREATE FUNCTION trellis.takeover_indexes(extension name)
RETURNS TABLE (index oid, top boolean, identity text, definition text)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT c.oid, NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid),
         format('%I.%I', n.nspname, c.relname),
         -- ONLY would leave the partitions out
         CASE c.relkind WHEN 'I' THEN replace(pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ') ELSE pg_get_indexdef(c.oid) END
    FROM trellis.takeover_objects(extension) o
    JOIN pg_class c ON c.relam = o.object AND c.relkind IN ('i', 'I')
    JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE o.class = 'pg_am'::regclass
$$;
COMMENT ON FUNCTION trellis.takeover_indexes(name) IS 'internal: indexes of an extension''s access methods';

-- For indexes of the other extension's access methods the class of ivf, as it
-- will be called, that searches by the same operator; without those that need
-- something else that trellis lacks.
CREATE FUNCTION trellis.takeover_ivf_classes(extension name, source name, target name)
RETURNS TABLE (index oid, class text)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  WITH theirs AS MATERIALIZED (
    SELECT * FROM trellis.takeover_objects(extension)
  ), mine AS MATERIALIZED (
    SELECT * FROM trellis.takeover_objects('trellis')
  )
  SELECT i.indexrelid, trellis.takeover_name(k.opcnamespace, k.opcname, source, target)
    FROM trellis.takeover_indexes(extension) x
    JOIN pg_index i ON i.indexrelid = x.index
    JOIN pg_opclass c ON c.oid = i.indclass[0]
    JOIN pg_amop t ON t.amopfamily = c.opcfamily AND t.amoplefttype = c.opcintype AND t.amoprighttype = c.opcintype
                  AND t.amopstrategy = 1 AND t.amoppurpose = 'o'
    JOIN theirs o ON o.class = 'pg_operator'::regclass AND o.object = t.amopopr
    JOIN mine m ON m.key = o.key
    JOIN pg_amop a ON a.amopopr = m.object AND a.amoppurpose = 'o'
    JOIN mine f ON f.class = 'pg_am'::regclass AND f.object = a.amopmethod
    JOIN pg_am h ON h.oid = f.object AND h.amname = 'ivf'
    JOIN pg_opclass k ON k.opcfamily = a.amopfamily AND k.opcintype = a.amoplefttype
   -- as many dimensions as ivf takes (ivf.h)
   WHERE (SELECT atttypmod FROM pg_attribute WHERE attrelid = i.indexrelid AND attnum = 1)
         BETWEEN 1 AND CASE WHEN c.opcintype = 'bit'::regtype THEN 64000
                            WHEN (SELECT typname FROM pg_type WHERE oid = c.opcintype) = 'sparsevec' THEN 1000000000 ELSE 16000 END
     AND NOT EXISTS (SELECT FROM pg_depend d JOIN theirs u ON (u.class, u.object) = (d.refclassid, d.refobjid)
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                        AND d.refclassid <> 'pg_opclass'::regclass AND u.key NOT IN (SELECT key FROM mine))
$$;
COMMENT ON FUNCTION trellis.takeover_ivf_classes(name, name, name) IS 'internal: operator classes of ivf in the place of those of an extension''s indexes';

-- CREATE INDEX for an index like another one, by a class of ivf.  The other
-- method's storage parameters mean nothing to ivf.
CREATE FUNCTION trellis.takeover_ivf_index(index oid, class text) RETURNS text
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT format('CREATE INDEX %I ON %I.%I USING ivf (%s %s)', c.relname, n.nspname, t.relname,
           pg_get_indexdef(c.oid, 1, false), class)
         || coalesce(' TABLESPACE ' || quote_ident(s.spcname), '')
         || coalesce(' WHERE ' || pg_get_expr(i.indpred, i.indrelid), '')
         || coalesce(format(E';\nCOMMENT ON INDEX %I.%I IS ', n.nspname, c.relname)
                     || quote_literal(obj_description(c.oid, 'pg_class')), '')
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
   WHERE i.indexrelid = index
$$;
COMMENT ON FUNCTION trellis.takeover_ivf_index(oid, text) IS 'internal: CREATE INDEX by ivf in the place of another index';

-- The other extension's indexes and what becomes of each: a command that drops
-- it and, where ivf can, makes one like it.  Those of partitions come first and
-- keep their names; that of the partitioned table takes them over.
CREATE FUNCTION trellis.takeover_index_commands(extension name, source name, target name)
RETURNS TABLE (index oid, identity text, replaced boolean, command text)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT index, i.identity, k.class IS NOT NULL,
         concat_ws(E'\n', format('DROP INDEX %s;', i.identity),
           CASE WHEN k.class IS NOT NULL THEN
             (SELECT string_agg(trellis.takeover_ivf_index(p.oid, k.class) || ';', E'\n' ORDER BY p.level DESC, p.oid)
                FROM (SELECT index AS oid, 0 AS level
                      UNION SELECT t.relid, t.level FROM pg_partition_tree(index) t) p) END,
           '-- was: ' || replace(i.definition, E'\n', E'\n-- '))
    FROM trellis.takeover_indexes(extension) i
    LEFT JOIN trellis.takeover_ivf_classes(extension, source, target) k USING (index)
   WHERE i.top
$$;
COMMENT ON FUNCTION trellis.takeover_index_commands(name, name, name) IS 'internal: what a takeover does with the indexes of an extension''s access methods';

-- Indexes whose keys or predicates were computed by the other extension: a
-- distance may differ in its last digit, and an index must agree with what its
-- expression gives today.
CREATE FUNCTION trellis.takeover_rebuilds(extension name) RETURNS TABLE (index oid, identity text)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  WITH code AS MATERIALIZED (
    SELECT o.class, o.object
      FROM trellis.takeover_objects(extension) o JOIN trellis.takeover_objects('trellis') m USING (key)
     WHERE o.class IN ('pg_proc'::regclass, 'pg_operator'::regclass)
  )
  SELECT c.oid, format('%I.%I', n.nspname, c.relname)
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i'
    JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
     AND EXISTS (SELECT FROM pg_depend d JOIN code o ON (o.class, o.object) = (d.refclassid, d.refobjid)
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid)
     AND c.oid NOT IN (SELECT a.index FROM trellis.takeover_indexes(extension) a)
$$;
COMMENT ON FUNCTION trellis.takeover_rebuilds(name) IS 'internal: indexes on what an extension''s functions compute';

CREATE FUNCTION trellis.takeover_mismatches(extension name) RETURNS TABLE (object text, reason text)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  WITH pair AS MATERIALIZED (
    SELECT m.class, m.object AS mine, o.object AS other, o.kind, o.identity
      FROM trellis.takeover_objects('trellis') m JOIN trellis.takeover_objects(extension) o USING (key)
  )
  SELECT 'type ' || p.identity, 'its values are stored differently from trellis''s'
    FROM pair p
   WHERE p.class = 'pg_type'::regclass AND NOT trellis.takeover_same_type(p.mine, p.other)
  UNION ALL
  SELECT p.kind || ' ' || p.identity, 'its result or the names of its arguments differ from trellis''s'
    FROM pair p
    JOIN pg_proc a ON a.oid = p.mine
    JOIN pg_proc b ON b.oid = p.other
   WHERE p.class = 'pg_proc'::regclass
     AND ((SELECT typname FROM pg_type WHERE oid = a.prorettype) <> (SELECT typname FROM pg_type WHERE oid = b.prorettype)
          OR a.proretset <> b.proretset
          OR a.proargnames IS DISTINCT FROM b.proargnames AND b.proargnames IS NOT NULL)
$$;
COMMENT ON FUNCTION trellis.takeover_mismatches(name) IS 'internal: objects of an extension that are unlike trellis''s of the same name';

-- Names in the other extension's schema that trellis's objects need.
CREATE FUNCTION trellis.takeover_taken_names(extension name) RETURNS TABLE (object text, reason text)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  WITH target AS (
    SELECT n.oid, n.nspname
      FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
     WHERE x.extname = extension
  ), inhabitant AS (
    SELECT 'pg_proc'::regclass::oid AS class, p.oid FROM pg_proc p, target t WHERE p.pronamespace = t.oid
    UNION ALL SELECT 'pg_type'::regclass, p.oid FROM pg_type p, target t WHERE p.typnamespace = t.oid
    UNION ALL SELECT 'pg_operator'::regclass, p.oid FROM pg_operator p, target t WHERE p.oprnamespace = t.oid
    UNION ALL SELECT 'pg_opclass'::regclass, p.oid FROM pg_opclass p, target t WHERE p.opcnamespace = t.oid
    UNION ALL SELECT 'pg_opfamily'::regclass, p.oid FROM pg_opfamily p, target t WHERE p.opfnamespace = t.oid
    UNION ALL
    SELECT 'pg_cast'::regclass, c.oid
      FROM pg_cast c JOIN pg_type s ON s.oid = c.castsource JOIN pg_type r ON r.oid = c.casttarget, target t
     WHERE t.oid IN (s.typnamespace, r.typnamespace)
  ), theirs AS MATERIALIZED (
    SELECT o.class, o.object FROM trellis.takeover_objects(extension) o
  )
  SELECT pg_describe_object(i.class, i.oid, 0), 'trellis needs this name'
    FROM inhabitant i, target t
   WHERE NOT EXISTS (SELECT FROM theirs o WHERE (o.class, o.object) = (i.class, i.oid))
     AND trellis.takeover_key(i.class, i.oid, t.nspname) IN (SELECT m.key FROM trellis.takeover_objects('trellis') m)
$$;
COMMENT ON FUNCTION trellis.takeover_taken_names(name) IS 'internal: objects in an extension''s schema whose names trellis needs';

-- But for indexes.
CREATE FUNCTION trellis.takeover_blockers(extension name)
RETURNS TABLE (object text, reason text)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT m.object, m.reason FROM trellis.takeover_mismatches(extension) m
  UNION ALL
  SELECT t.object, t.reason FROM trellis.takeover_taken_names(extension) t
  UNION ALL
  SELECT pg_describe_object(c.class, c.object, 0), 'it uses trellis''s own type, which takeover replaces'
    FROM trellis.takeover_closure(extension) c
    LEFT JOIN pg_class r ON c.class = 'pg_class'::regclass AND r.oid = c.object
    LEFT JOIN pg_type t ON c.class = 'pg_type'::regclass AND t.oid = c.object
   WHERE NOT c.member
     -- not what belongs to a table that is listed anyhow
     AND r.relnamespace IS DISTINCT FROM 'pg_toast'::regnamespace AND coalesce(t.typrelid, 0) = 0
  UNION ALL
  SELECT pg_describe_object(c.class, c.object, 0), 'trellis cannot make this object again'
    FROM trellis.takeover_closure(extension) c
   WHERE c.member
     AND (c.class NOT IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass, 'pg_opclass'::regclass,
                          'pg_opfamily'::regclass, 'pg_cast'::regclass)
          OR c.class = 'pg_type'::regclass
             AND NOT EXISTS (SELECT FROM trellis.takeover_objects('trellis') m
                               JOIN trellis.takeover_objects(extension) o USING (key)
                              WHERE (m.class, m.object) = (c.class, c.object)))
  UNION ALL
  SELECT 'extension ' || quote_ident(x.extname), 'it requires extension ' || quote_ident(extension)
    FROM pg_depend d
    JOIN pg_extension x ON x.oid = d.objid
   WHERE d.classid = 'pg_extension'::regclass AND d.refclassid = 'pg_extension'::regclass
     AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = extension)
  UNION ALL
  SELECT d.dependent, 'it uses ' || d.uses || ', which trellis does not have'
    FROM trellis.takeover_dependents(extension) d
   WHERE d.object NOT IN (SELECT i.index FROM trellis.takeover_indexes(extension) i)
$$;
COMMENT ON FUNCTION trellis.takeover_blockers(name) IS 'internal: what stands in the way of a takeover';

-- The plan, and its execution

-- Rows of the plan that replace or make an object: one for each of trellis's
-- objects that stand on the types.
CREATE FUNCTION trellis.takeover_definitions(extension name, source name, target name)
RETURNS TABLE (rank int, object_oid oid, kind text, object text, command text)
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  m record;
  name text;
BEGIN
  FOR m IN
    SELECT o.class, o.object, o.kind, p.object AS present, obj_description(o.object, o.class::regclass::name) AS comment
      FROM trellis.takeover_closure(extension) c
      JOIN trellis.takeover_objects('trellis') o ON (o.class, o.object) = (c.class, c.object)
      LEFT JOIN trellis.takeover_objects(extension) p ON p.key = o.key
     ORDER BY o.object
  LOOP
    name := upper(m.kind) || ' ' || trellis.takeover_identity(m.class, m.object, source, target);
    rank := CASE m.class WHEN 'pg_proc'::regclass THEN 1 WHEN 'pg_type'::regclass THEN 2
              WHEN 'pg_operator'::regclass THEN 3 WHEN 'pg_opfamily'::regclass THEN 4
              WHEN 'pg_opclass'::regclass THEN 5 ELSE 6 END
            + CASE m.kind WHEN 'aggregate' THEN 6 ELSE 0 END;
    object_oid := m.object;
    kind := CASE WHEN m.present IS NULL THEN 'created' ELSE 'taken over' END;
    object := m.kind || substr(name, length(m.kind) + 1);
    command := concat_ws(E';\n',
      CASE WHEN m.present IS NOT NULL THEN format('ALTER EXTENSION %I DROP %s', extension, name) END,
      trellis.takeover_definition(m.class, m.object, m.present, source, target),
      trellis.takeover_owner_and_grants(m.class, m.object, m.present, m.kind, substr(name, length(m.kind) + 2)),
      format('ALTER EXTENSION trellis ADD %s', name),
      format('COMMENT ON %s IS %L', name, m.comment)) || ';';
    RETURN NEXT;
  END LOOP;
END
$$;
COMMENT ON FUNCTION trellis.takeover_definitions(name, name, name) IS 'internal: the part of the plan that makes objects';

-- Rows of the plan that remove trellis's duplicates.  The types go last and
-- take the rest along; all of it was trellis's a command before.
CREATE FUNCTION trellis.takeover_removals(extension name)
RETURNS TABLE (rank int, object_oid oid, object text, command text)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  WITH duplicate AS MATERIALIZED (
    SELECT o.* FROM trellis.takeover_closure(extension) c
      JOIN trellis.takeover_objects('trellis') o ON (o.class, o.object) = (c.class, c.object)
  )
  SELECT 1, d.object, d.kind || ' ' || d.identity,
         format('ALTER EXTENSION trellis DROP %s %s;', upper(d.kind), d.identity)
    FROM duplicate d
  UNION ALL
  SELECT CASE WHEN d.class = 'pg_type'::regclass THEN 2 ELSE 3 END, d.object, d.kind || ' ' || d.identity,
         format('DROP %s IF EXISTS %s CASCADE;', upper(d.kind), d.identity)
    FROM duplicate d
$$;
COMMENT ON FUNCTION trellis.takeover_removals(name) IS 'internal: the part of the plan that removes trellis''s duplicates';

-- The user's columns, for reading: they stay as they are.
CREATE FUNCTION trellis.takeover_columns(extension name)
RETURNS TABLE (relation oid, attnum smallint, object text)
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  WITH RECURSIVE type(oid) AS (
    SELECT o.object FROM trellis.takeover_objects(extension) o WHERE o.class = 'pg_type'::regclass
    UNION
    SELECT u.oid FROM type t, LATERAL (
      SELECT a.oid FROM pg_type a WHERE a.typelem = t.oid AND a.typcategory = 'A' OR a.typbasetype = t.oid
      UNION ALL
      SELECT c.reltype FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'c'
       WHERE a.atttypid = t.oid AND NOT a.attisdropped) u
  )
  SELECT a.attrelid, a.attnum, format('%I.%I.%I %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod))
    FROM type t
    JOIN pg_attribute a ON a.atttypid = t.oid AND NOT a.attisdropped AND a.attnum > 0
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'm', 'f')
    JOIN pg_namespace n ON n.oid = c.relnamespace
$$;
COMMENT ON FUNCTION trellis.takeover_columns(name) IS 'internal: the columns whose types are taken over';

CREATE FUNCTION trellis.takeover_schemas(extension name, OUT source name, OUT target name)
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  SELECT n.nspname INTO source FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
   WHERE x.extname = 'trellis';
  SELECT n.nspname INTO target FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
   WHERE x.extname = extension;
  IF target IS NULL THEN
    RAISE EXCEPTION 'extension "%" does not exist', extension USING ERRCODE = 'undefined_object';
  END IF;
  IF NOT EXISTS (SELECT FROM trellis.takeover_objects(extension) o JOIN trellis.takeover_objects('trellis') m USING (key)
                  WHERE o.class = 'pg_type'::regclass) OR extension = 'trellis' THEN
    RAISE EXCEPTION 'extension "%" has no type that can be taken over', extension
      USING ERRCODE = 'wrong_object_type',
            DETAIL = 'trellis takes over vector, halfvec and sparsevec.';
  END IF;
END
$$;
COMMENT ON FUNCTION trellis.takeover_schemas(name) IS 'internal: schemas of trellis''s and of another extension''s types';

CREATE FUNCTION trellis.takeover_plan(extension name DEFAULT 'vector', drop_ann_indexes boolean DEFAULT false)
RETURNS TABLE (step int, kind text, object text, command text)
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  source name;
  target name;
BEGIN
  SELECT s.source, s.target INTO source, target FROM trellis.takeover_schemas(extension) s;
  RETURN QUERY
  WITH ann AS MATERIALIZED (
    SELECT * FROM trellis.takeover_index_commands(extension, source, target)
  )
  SELECT row_number() OVER (ORDER BY p.part, p.rank, p.oid, p.object)::int, p.kind, p.object, p.command
    FROM (
      SELECT 1 AS part, 0 AS rank, 0::oid AS oid, 'blocked' AS kind, b.object, '-- ' || b.reason AS command
        FROM trellis.takeover_blockers(extension) b
      UNION ALL
      SELECT 1, 0, 0, 'blocked', 'index ' || i.identity,
             '-- ivf cannot have an index like it; call with drop_ann_indexes => true to do without it'
        FROM ann i WHERE NOT i.replaced AND NOT drop_ann_indexes
      UNION ALL
      SELECT 2, c.attnum, c.relation, 'column', c.object, '-- stays as it is, without a rewrite'
        FROM trellis.takeover_columns(extension) c
      UNION ALL
      SELECT 3, 0, 0, 'setting', 'search_path',
             format(E'SET LOCAL search_path = pg_catalog, %I, pg_temp;\nSET LOCAL check_function_bodies = off;', target)
      UNION ALL
      SELECT 4, 0, i.index, 'index left out', i.identity, i.command
        FROM ann i WHERE NOT i.replaced
      UNION ALL
      SELECT 5, r.rank, r.object_oid, 'duplicate removed', r.object, r.command
        FROM trellis.takeover_removals(extension) r
      UNION ALL
      SELECT 6, 0, 0, 'moved', 'everything else of trellis in schema ' || quote_ident(source),
             format('SELECT trellis.set_types_schema(%L);', target)
      UNION ALL
      SELECT 7, d.rank, d.object_oid, d.kind, d.object, d.command
        FROM trellis.takeover_definitions(extension, source, target) d
      UNION ALL
      SELECT 8, 0, r.index, 'index rebuilt', r.identity, format('REINDEX INDEX %s;', r.identity)
        FROM trellis.takeover_rebuilds(extension) r
      UNION ALL
      SELECT 8, 1, i.index, 'index replaced', i.identity, i.command
        FROM ann i WHERE i.replaced
      UNION ALL
      SELECT 9, 0, o.object, 'left', o.kind || ' ' || o.identity, format('-- stays in extension %I', extension)
        FROM trellis.takeover_objects(extension) o
       WHERE o.key NOT IN (SELECT m.key FROM trellis.takeover_objects('trellis') m)) p
   ORDER BY 1;
END
$$;
COMMENT ON FUNCTION trellis.takeover_plan(name, boolean) IS 'what trellis.takeover would do, as commands, and what stands in its way';

CREATE FUNCTION trellis.require_superuser(what text) RETURNS void
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    RAISE EXCEPTION 'must be superuser to %', what USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;
COMMENT ON FUNCTION trellis.require_superuser(text) IS 'internal: an error unless the caller is a superuser';

-- After the commands: trellis has what it had, the other extension can go.
CREATE FUNCTION trellis.takeover_verify(extension name, keys text[]) RETURNS void
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  lost text;
BEGIN
  SELECT string_agg(k.key, E'\n' ORDER BY k.key) INTO lost
    FROM (SELECT key FROM unnest(keys) key EXCEPT
          SELECT m.key FROM trellis.takeover_objects('trellis') m) k;
  IF lost IS NOT NULL THEN
    RAISE EXCEPTION 'takeover would lose objects of trellis'
      USING ERRCODE = 'internal_error', DETAIL = lost;
  END IF;
  SELECT string_agg(d.dependent || ' uses ' || d.uses, E'\n' ORDER BY d.dependent) INTO lost
    FROM trellis.takeover_dependents(extension) d;
  IF lost IS NOT NULL THEN
    RAISE EXCEPTION 'objects would still use extension "%"', extension
      USING ERRCODE = 'dependent_objects_still_exist', DETAIL = lost;
  END IF;
END
$$;
COMMENT ON FUNCTION trellis.takeover_verify(name, text[]) IS 'internal: an error unless a takeover is complete';

-- The commands change search_path: no expression here may need it.
CREATE FUNCTION trellis.takeover_execute(commands text[]) RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  command text;
BEGIN
  FOREACH command IN ARRAY commands LOOP
    EXECUTE command;
  END LOOP;
END
$$;
COMMENT ON FUNCTION trellis.takeover_execute(text[]) IS 'internal: executes the commands of a plan';

CREATE FUNCTION trellis.takeover(extension name DEFAULT 'vector', drop_ann_indexes boolean DEFAULT false)
RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  kinds text[];
  objects text[];
  commands text[];
  keys text[];
  blocked text;
  level text := current_setting('client_min_messages');
BEGIN
  PERFORM trellis.require_superuser('take over an extension''s types');
  LOCK TABLE pg_catalog.pg_extension IN SHARE ROW EXCLUSIVE MODE;
  SELECT array_agg(m.key) INTO keys FROM trellis.takeover_objects('trellis') m;
  SELECT array_agg(p.kind ORDER BY p.step), array_agg(p.object ORDER BY p.step), array_agg(p.command ORDER BY p.step),
         string_agg(p.object || ': ' || substr(p.command, 4), E'\n' ORDER BY p.step) FILTER (WHERE p.kind = 'blocked')
    INTO kinds, objects, commands, blocked
    FROM trellis.takeover_plan(extension, drop_ann_indexes) p;
  IF blocked IS NOT NULL THEN
    RAISE EXCEPTION 'cannot take over extension "%"', extension
      USING ERRCODE = 'dependent_objects_still_exist', DETAIL = blocked,
            HINT = 'Nothing has been changed; trellis.takeover_plan() shows all steps.';
  END IF;
  PERFORM set_config('client_min_messages', 'warning', true);
  PERFORM trellis.takeover_execute(ARRAY(SELECT c.text FROM unnest(commands) WITH ORDINALITY c(text, n)
                                          WHERE NOT starts_with(c.text, '--') ORDER BY c.n));
  PERFORM trellis.takeover_verify(extension, keys);
  PERFORM set_config('client_min_messages', level, true);
  FOR i IN 1 .. cardinality(commands) LOOP
    IF kinds[i] IN ('index left out', 'index replaced') THEN
      RAISE NOTICE '%: %', kinds[i], objects[i] USING DETAIL = commands[i];
    END IF;
  END LOOP;
  RAISE NOTICE 'extension "%" taken over: % columns, % objects; next: DROP EXTENSION %', extension,
    cardinality(array_positions(kinds, 'column')), cardinality(array_positions(kinds, 'taken over')), quote_ident(extension);
END
$$;
COMMENT ON FUNCTION trellis.takeover(name, boolean) IS 'makes another extension''s vector types trellis''s own, without touching the data';

CREATE FUNCTION trellis.set_types_schema(new_schema name) RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  source oid;
  target oid;
  extension oid;
  classes oid[];
  objects oid[];
BEGIN
  PERFORM trellis.require_superuser('move trellis''s types');
  SELECT x.oid, x.extnamespace INTO extension, source FROM pg_extension x WHERE x.extname = 'trellis' FOR UPDATE;
  SELECT n.oid INTO target FROM pg_namespace n WHERE n.nspname = new_schema;
  IF target IS NULL THEN
    RAISE EXCEPTION 'schema "%" does not exist', new_schema USING ERRCODE = 'invalid_schema_name';
  END IF;
  IF new_schema IN ('trellis', 'information_schema') OR new_schema ~ '^pg_' THEN
    RAISE EXCEPTION 'trellis''s types cannot be moved to schema "%"', new_schema
      USING ERRCODE = 'invalid_schema_name',
            HINT = 'Name a schema that is yours, such as public.';
  END IF;
  IF source = target THEN
    RETURN;
  END IF;
  SELECT array_agg(o.class ORDER BY o.object), array_agg(o.object ORDER BY o.object) INTO classes, objects
    FROM trellis.takeover_objects('trellis') o
   WHERE o.schema = (SELECT quote_ident(n.nspname) FROM pg_namespace n WHERE n.oid = source);
  -- named one at a time: the move of a type changes what the next are called
  FOR i IN 1 .. coalesce(cardinality(objects), 0) LOOP
    EXECUTE (SELECT format('ALTER %s %s SET SCHEMA %I', upper(p.type), p.identity, new_schema)
               FROM pg_identify_object(classes[i], objects[i], 0) p);
  END LOOP;
  -- CREATE EXTENSION in a dump names this schema
  UPDATE pg_extension SET extnamespace = target WHERE oid = extension;
  UPDATE pg_depend SET refobjid = target
   WHERE classid = 'pg_extension'::regclass AND objid = extension
     AND refclassid = 'pg_namespace'::regclass AND refobjid = source;
END
$$;
COMMENT ON FUNCTION trellis.set_types_schema(name) IS 'moves trellis''s types, their functions, operators and operator classes to another schema';

-- For superusers, who need no grant.
DO $$
DECLARE
  func regprocedure;
BEGIN
  FOR func IN SELECT p.oid FROM pg_catalog.pg_proc p
               WHERE p.pronamespace = 'trellis'::regnamespace
                 AND (p.proname ~ '^takeover' OR p.proname IN ('set_types_schema', 'require_superuser', 'value_image'))
  LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', func);
  END LOOP;
END
$$;
