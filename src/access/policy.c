/*
 * policy.c - protect() and unprotect(): labels as row-level security
 *
 * What protect() writes is ordinary: a column, its default, and policies
 * that pg_policies shows and pg_dump keeps.
 *
 *   trellis_open    permissive, USING (true); only where the table has no
 *                   other permissive policy, which it would widen
 *   trellis_label   restrictive, USING and WITH CHECK can_read(column)
 *   trellis_tenant  restrictive, column = tenant(); with a tenant column
 *
 * The caller must own the tables.  Statements run as their owner: a
 * superuser who protects somebody's table must not run that one's triggers
 * with own rights, nor leave behind what they set or put off (run_as_owner).
 *
 * Locks: AccessExclusiveLock on the table and its partitions to the end of
 * the transaction, so that nobody sees the steps between.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/policy.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "access/advice.h"
#include "core/compat.h"

TRL_FUNCTION(trl_protect);
TRL_FUNCTION(trl_unprotect);

/* A table while it is worked on. */
typedef struct Target
{
	Oid			relid;
	Oid			owner;
	char	   *name;			/* qualified and quoted */
} Target;

/* What protect() was asked for. */
typedef struct Protection
{
	char	   *expr;			/* NULL if none */
	int32		label;			/* of expr */
	const char *label_column;
	const char *tenant_column;	/* NULL if none */
} Protection;

/* Raises unless relid is a table that the caller may protect. */
static void
check_table(Oid relid)
{
	char		kind = get_rel_relkind(relid);

	if (kind == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table", get_rel_name(relid)),
				 errhint("Protect the tables that a view reads, and make the view security_invoker.")));
	if (!trl_owns_table(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(relid));
	if (IsCatalogRelationOid(relid) ||
		get_rel_namespace(relid) == get_namespace_oid("trellis", true))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("\"%s\" is a system catalog or belongs to trellis",
						get_rel_name(relid))));
}

static Target *
make_target(Oid relid)
{
	Target	   *target = palloc(sizeof(Target));
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class class;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	class = (Form_pg_class) GETSTRUCT(tuple);
	target->relid = relid;
	target->owner = class->relowner;
	target->name = quote_qualified_identifier(get_namespace_name(class->relnamespace),
											  NameStr(class->relname));
	ReleaseSysCache(tuple);
	return target;
}

/* The table first, then its partitions and children; all locked and checked. */
static List *
lock_targets(Oid relid)
{
	List	   *targets = NIL;
	ListCell   *lc;

	check_table(relid);
	LockRelationOid(relid, AccessExclusiveLock);
	foreach(lc, find_all_inheritors(relid, AccessExclusiveLock, NULL))
	{
		/* it may have changed hands before we had the lock */
		check_table(lfirst_oid(lc));
		targets = lappend(targets, make_target(lfirst_oid(lc)));
	}
	return targets;
}

/*
 * Runs one statement as the table's owner.  Returns what a query gave as
 * its first value, which must be an int8; 0 for other statements.
 *
 * The owner's triggers may run.  For another caller the operation is
 * restricted, else one of them could put off a trigger to the commit, where
 * it would run as the caller; and settings go back to what they were, else a
 * search_path could stay with the caller.
 */
static int64
run_as_owner(const Target *target, const char *sql)
{
	Oid			user;
	int			context;
	int			restriction = SECURITY_LOCAL_USERID_CHANGE;
	int			guc_level = NewGUCNestLevel();
	int			result;
	int64		value = 0;

	GetUserIdAndSecContext(&user, &context);
	if (user != target->owner)
		restriction |= SECURITY_RESTRICTED_OPERATION;
	SetUserIdAndSecContext(target->owner, context | restriction);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	result = SPI_execute(sql, false, 0);
	if (result < 0)
		elog(ERROR, "could not execute \"%s\": %s", sql,
			 SPI_result_code_string(result));
	if (result == SPI_OK_SELECT && SPI_processed == 1)
	{
		bool		isnull;

		value = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
											SPI_tuptable->tupdesc, 1, &isnull));
	}
	SPI_finish();
	AtEOXact_GUC(false, guc_level);
	SetUserIdAndSecContext(user, context);
	return value;
}

/* The same with the statement made by a format. */
static int64 run(const Target *target, const char *format,...) pg_attribute_printf(2, 3);

static int64
run(const Target *target, const char *format,...)
{
	StringInfoData sql;
	int64		value;

	initStringInfo(&sql);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(&sql, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&sql, needed);
	}
	value = run_as_owner(target, sql.data);
	pfree(sql.data);
	return value;
}

/* The id of an expression, by label_id() as the caller may call it. */
static int32
label_of_expression(const char *expr)
{
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(expr);
	bool		isnull;
	int32		id;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args("SELECT trellis.label_id($1)", 1, &type, &value,
							  NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not call trellis.label_id()");
	id = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0],
									 SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return id;
}

/* The type of a column, InvalidOid if there is none of that name. */
static Oid
column_type(Oid relid, const char *column)
{
	AttrNumber	number = get_attnum(relid, column);

	return number > 0 ? get_atttype(relid, number) : InvalidOid;
}

/*
 * Children get the column with their parent.  With a default, existing rows
 * are labelled without rewriting the table.
 */
static void
add_label_column(const Target *target, const Protection *p)
{
	Oid			type = column_type(target->relid, p->label_column);

	if (!OidIsValid(type) && p->expr != NULL)
		run(target, "ALTER TABLE %s ADD COLUMN %s pg_catalog.int4 DEFAULT %d",
			target->name, quote_identifier(p->label_column), p->label);
	else if (!OidIsValid(type))
		run(target, "ALTER TABLE %s ADD COLUMN %s pg_catalog.int4", target->name,
			quote_identifier(p->label_column));
	else if (type != INT4OID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of %s is of type %s, not integer",
						p->label_column, target->name, format_type_be(type)),
				 errhint("Name another column by label_column.")));
}

static void
check_tenant_column(const Target *target, const Protection *p)
{
	Oid			type = column_type(target->relid, p->tenant_column);

	if (!OidIsValid(type))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of %s does not exist",
						p->tenant_column, target->name)));
	if (type != INT2OID && type != INT4OID && type != INT8OID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of %s is of type %s, not an integer",
						p->tenant_column, target->name, format_type_be(type))));
}

/* Labels what has no label, and what will come. */
static void
label_rows(const Target *target, const Protection *p, bool has_rows_of_own)
{
	const char *column = quote_identifier(p->label_column);

	if (p->expr == NULL)
		return;
	run(target, "ALTER TABLE ONLY %s ALTER COLUMN %s SET DEFAULT %d",
		target->name, column, p->label);
	if (has_rows_of_own)
		run(target, "UPDATE ONLY %s SET %s = %d WHERE %s IS NULL",
			target->name, column, p->label, column);
}

/* Asks first, since IF EXISTS would tell of each one that is not there. */
static void
drop_policies(const Target *target)
{
	static const char *const names[] = {
		"trellis_open", "trellis_label", "trellis_tenant"
	};
	size_t		i;

	for (i = 0; i < lengthof(names); i++)
		if (OidIsValid(get_relation_policy_oid(target->relid, names[i], true)))
			run(target, "DROP POLICY %s ON %s", names[i], target->name);
}

/* How many policies the table has, or how many permissive ones. */
static int64
count_policies(const Target *target, bool permissive_only)
{
	return run(target,
			   "SELECT pg_catalog.count(*) FROM pg_catalog.pg_policy WHERE polrelid OPERATOR(pg_catalog.=) %u%s",
			   target->relid, permissive_only ? " AND polpermissive" : "");
}

static void
create_policies(const Target *target, const Protection *p)
{
	const char *label = quote_identifier(p->label_column);

	drop_policies(target);
	if (count_policies(target, true) == 0)
		run(target, "CREATE POLICY trellis_open ON %s USING (true) WITH CHECK (true)",
			target->name);
	else
		ereport(NOTICE,
				(errmsg("%s has permissive policies of its own, which stay in force",
						target->name),
				 errdetail("A row must pass one of them and have a label that the reader holds.")));
	run(target,
		"CREATE POLICY trellis_label ON %s AS RESTRICTIVE "
		"USING (trellis.can_read(%s)) WITH CHECK (trellis.can_read(%s))",
		target->name, label, label);
	if (p->tenant_column != NULL)
	{
		const char *tenant = quote_identifier(p->tenant_column);

		run(target,
			"CREATE POLICY trellis_tenant ON %s AS RESTRICTIVE "
			"USING (%s OPERATOR(pg_catalog.=) trellis.tenant()) "
			"WITH CHECK (%s OPERATOR(pg_catalog.=) trellis.tenant())",
			target->name, tenant, tenant);
	}
	run(target, "ALTER TABLE ONLY %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
		target->name);
}

static char *
table_acl_grantee(Oid grantee)
{
	if (grantee == ACL_ID_PUBLIC)
		return pstrdup("PUBLIC");
	return pstrdup(quote_identifier(GetUserNameFromId(grantee, false)));
}

/* What protect() takes from everybody but the owner. */
typedef struct UnsafePrivilege
{
	AclMode		mode;
	const char *name;
	const char *why;
} UnsafePrivilege;

static const UnsafePrivilege unsafe_privileges[] = {
	{ACL_TRUNCATE, "TRUNCATE", "TRUNCATE heeds no policy."},
	{ACL_TRIGGER, "TRIGGER", "A trigger's function sees what others write."}
};

/* Roles other than the owner that have a privilege, as a list of quoted names. */
static List *
grantees_of(const Target *target, AclMode mode)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(target->relid));
	List	   *grantees = NIL;
	bool		isnull;
	Datum		value;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", target->relid);
	value = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_relacl, &isnull);
	if (!isnull)
	{
		Acl		   *acl = DatumGetAclPCopy(value);
		int			i;

		for (i = 0; i < ACL_NUM(acl); i++)
		{
			AclItem    *item = &ACL_DAT(acl)[i];

			if ((ACLITEM_GET_PRIVS(*item) & mode) != 0 &&
				item->ai_grantee != target->owner)
				grantees = lappend(grantees, table_acl_grantee(item->ai_grantee));
		}
	}
	ReleaseSysCache(tuple);
	return grantees;
}

/* Takes away what would get round the policies. */
static void
revoke_unsafe(const Target *target)
{
	size_t		i;
	ListCell   *lc;

	for (i = 0; i < lengthof(unsafe_privileges); i++)
	{
		const UnsafePrivilege *privilege = &unsafe_privileges[i];

		foreach(lc, grantees_of(target, privilege->mode))
		{
			const char *grantee = lfirst(lc);

			run(target, "REVOKE %s ON %s FROM %s CASCADE",
				privilege->name, target->name, grantee);
			ereport(NOTICE,
					(errmsg("revoked %s on %s from %s", privilege->name,
							target->name, grantee),
					 errdetail_internal("%s", privilege->why)));
		}
	}
}

static void
notice_unlabelled(const Target *target, const Protection *p)
{
	int64		rows;

	rows = run(target, "SELECT pg_catalog.count(*) FROM ONLY %s WHERE %s IS NULL",
			   target->name, quote_identifier(p->label_column));
	if (rows > 0)
		ereport(NOTICE,
				(errmsg("%s has " INT64_FORMAT " rows without a label, which nobody can read",
						target->name, rows),
				 errhint("Label them by SELECT trellis.protect(%s, 'label expression')",
						 quote_literal_cstr(target->name))));
}

/* A query of a parent goes by the parent's policies alone. */
static void
warn_of_open_parents(const Target *target)
{
	int64		parents;

	parents = run(target,
				  "SELECT pg_catalog.count(*) FROM pg_catalog.pg_inherits AS i "
				  "JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) i.inhparent "
				  "WHERE i.inhrelid OPERATOR(pg_catalog.=) %u AND NOT c.relrowsecurity",
				  target->relid);
	if (parents > 0)
		ereport(WARNING,
				(errmsg("%s can be read through its parent, which has no row-level security",
						target->name),
				 errhint("Protect the parent; that protects its children too.")));
}

/* One table of the tree; its label column is there. */
static void
protect_target(const Target *target, const Protection *p)
{
	bool		has_rows_of_own = (get_rel_relkind(target->relid) == RELKIND_RELATION);

	/* else the owner would not see the rows to label */
	run(target, "ALTER TABLE ONLY %s NO FORCE ROW LEVEL SECURITY", target->name);
	label_rows(target, p, has_rows_of_own);
	if (has_rows_of_own)
		notice_unlabelled(target, p);
	create_policies(target, p);
	revoke_unsafe(target);
	warn_of_open_parents(target);
}

static void
require_argument(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be NULL", name)));
}

/* protect(rel, label_expr, label_column, tenant_column) returns void */
Datum
trl_protect(PG_FUNCTION_ARGS)
{
	Protection	p = {0};
	List	   *targets;
	List	   *relids = NIL;
	ListCell   *lc;

	require_argument(fcinfo, 0, "rel");
	require_argument(fcinfo, 2, "label_column");
	check_table(PG_GETARG_OID(0));
	p.label_column = NameStr(*PG_GETARG_NAME(2));
	if (!PG_ARGISNULL(3))
		p.tenant_column = NameStr(*PG_GETARG_NAME(3));
	if (!PG_ARGISNULL(1))
	{
		p.expr = text_to_cstring(PG_GETARG_TEXT_PP(1));
		p.label = label_of_expression(p.expr);
	}

	targets = lock_targets(PG_GETARG_OID(0));
	add_label_column(linitial(targets), &p);
	foreach(lc, targets)
	{
		const Target *target = lfirst(lc);

		/* a child that had the column already keeps its own */
		add_label_column(target, &p);
		if (p.tenant_column != NULL)
			check_tenant_column(target, &p);
		protect_target(target, &p);
		relids = lappend_oid(relids, target->relid);
	}
	trl_advise_indexes(relids, p.label_column, p.tenant_column);
	PG_RETURN_VOID();
}

/* unprotect(rel) returns void: takes the policies away, keeps the labels */
Datum
trl_unprotect(PG_FUNCTION_ARGS)
{
	ListCell   *lc;

	require_argument(fcinfo, 0, "rel");
	foreach(lc, lock_targets(PG_GETARG_OID(0)))
	{
		const Target *target = lfirst(lc);

		drop_policies(target);
		if (count_policies(target, false) == 0)
			run(target, "ALTER TABLE ONLY %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY",
				target->name);
		else
			ereport(NOTICE,
					(errmsg("%s has policies of its own; row-level security stays enabled",
							target->name)));
	}
	PG_RETURN_VOID();
}
