/*
 * advice.c - indexes of vectors that cannot test a table's policies
 *
 * A search of an index that holds the label column tests the labels before
 * it computes a distance; without the column each row that it finds is read
 * from the table to be tested there.  protect() makes no index, which would
 * take long under its lock: it says by which command the owner does.
 *
 * An index that is part of a partitioned table's is made and dropped with
 * that one, so the command is for the topmost of them.
 *
 * Locks: none but the caller's on the tables.  DROP INDEX of a partitioned
 * index locks the partitions first, so that what is read here stays.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_language.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_proc.h"
#include "commands/defrem.h"
#include "commands/tablespace.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "access/advice.h"
#include "core/compat.h"

/* An index and what the command for a better one is made of. */
typedef struct Advice
{
	Oid			index;
	Oid			relid;			/* its table */
	Oid			ivf;			/* access method of the better one */
	bool		is_ivf;			/* this one's too, not another name for it */
	bool		partitioned;
	HeapTuple	tuple;			/* of pg_index */
	Form_pg_index form;			/* in tuple */
	HeapTuple	class;			/* of pg_class */
	List	   *missing;		/* names of columns */
} Advice;

/* The C symbol of an access method's handler, NULL if it is not in C. */
static char *
handler_symbol(Oid method)
{
	HeapTuple	am = SearchSysCache1(AMOID, ObjectIdGetDatum(method));
	HeapTuple	proc;
	char	   *symbol = NULL;

	if (!HeapTupleIsValid(am))
		return NULL;
	proc = SearchSysCache1(PROCOID,
						   ObjectIdGetDatum(((Form_pg_am) GETSTRUCT(am))->amhandler));
	if (HeapTupleIsValid(proc))
	{
		bool		isnull;
		Datum		source = SysCacheGetAttr(PROCOID, proc, Anum_pg_proc_prosrc,
											 &isnull);

		if (!isnull && ((Form_pg_proc) GETSTRUCT(proc))->prolang == ClanguageId)
			symbol = TextDatumGetCString(source);
		ReleaseSysCache(proc);
	}
	ReleaseSysCache(am);
	return symbol;
}

/*
 * Is the access method ivf, or ivf under a name of the compatibility
 * extension?  Other extensions have methods of those names, but no handler
 * with such a symbol.
 */
static bool
searches_vectors(Oid method, bool *is_ivf)
{
	const char *symbol = handler_symbol(method);

	*is_ivf = symbol != NULL && strcmp(symbol, "trl_ivfhandler") == 0;
	return *is_ivf || (symbol != NULL &&
					   (strcmp(symbol, "trl_hnswhandler") == 0 ||
						strcmp(symbol, "trl_ivfflathandler") == 0));
}

/* Adds a column that the index lacks and could have. */
static void
note_missing(Advice *advice, const char *column)
{
	AttrNumber	number;
	int			i;

	if (column == NULL)
		return;
	number = get_attnum(advice->relid, column);
	if (number <= 0 ||
		!OidIsValid(GetDefaultOpClass(get_atttype(advice->relid, number),
									  advice->ivf)))
		return;
	for (i = 0; i < advice->form->indnkeyatts; i++)
		if (advice->form->indkey.values[i] == number)
			return;
	advice->missing = lappend(advice->missing, unconstify(char *, column));
}

/* The class of ivf for a class of an index: that one, or its namesake. */
static Oid
class_of_ivf(const Advice *advice, Oid opclass)
{
	HeapTuple	tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(opclass));
	Form_pg_opclass form;
	CatCList   *namesakes;
	Oid			found = InvalidOid;
	int			i;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator class %u", opclass);
	form = (Form_pg_opclass) GETSTRUCT(tuple);
	namesakes = SearchSysCacheList2(CLAAMNAMENSP, ObjectIdGetDatum(advice->ivf),
									NameGetDatum(&form->opcname));
	for (i = 0; i < namesakes->n_members; i++)
	{
		Form_pg_opclass other =
		(Form_pg_opclass) GETSTRUCT(&namesakes->members[i]->tuple);

		if (other->opcintype == form->opcintype &&
			(!OidIsValid(found) || other->oid == opclass))
			found = other->oid;
	}
	ReleaseSysCacheList(namesakes);
	ReleaseSysCache(tuple);
	return found;
}

static Datum
index_attribute(const Advice *advice, AttrNumber number, bool *isnull)
{
	return SysCacheGetAttr(INDEXRELID, advice->tuple, number, isnull);
}

static Oid
class_of(const Advice *advice, int column)
{
	bool		isnull;
	Datum		classes = index_attribute(advice, Anum_pg_index_indclass, &isnull);

	return ((oidvector *) DatumGetPointer(classes))->values[column];
}

/* Can ivf have such an index, with the columns that this one lacks? */
static bool
is_replaceable(const Advice *advice)
{
	int			i;

	for (i = 0; i < advice->form->indnkeyatts; i++)
		if (!OidIsValid(class_of_ivf(advice, class_of(advice, i))))
			return false;
	return advice->form->indnkeyatts + list_length(advice->missing) <=
		INDEX_MAX_KEYS;
}

/* The type and the collation that a column or expression has by itself. */
static void
own_type(const Advice *advice, int column, Oid *type, Oid *collation)
{
	AttrNumber	number = advice->form->indkey.values[column];
	int32		typmod;

	if (number == 0)
	{
		bool		isnull;
		Datum		list = index_attribute(advice, Anum_pg_index_indexprs, &isnull);
		List	   *expressions;
		int			nth = 0;
		int			i;

		if (isnull)
			elog(ERROR, "index %u has no expressions", advice->index);
		expressions = castNode(List, stringToNode(TextDatumGetCString(list)));
		for (i = 0; i < column; i++)
			nth += (advice->form->indkey.values[i] == 0);
		*type = exprType(list_nth(expressions, nth));
		*collation = exprCollation(list_nth(expressions, nth));
	}
	else
		get_atttypetypmodcoll(advice->relid, number, type, &typmod, collation);
}

/* A column as the index has it: what, by which collation and class. */
static void
append_column(StringInfo sql, const Advice *advice, int column)
{
	bool		isnull;
	oidvector  *collations = (oidvector *)
	DatumGetPointer(index_attribute(advice, Anum_pg_index_indcollation, &isnull));
	Oid			collation = collations->values[column];
	Oid			opclass = class_of_ivf(advice, class_of(advice, column));
	Oid			type;
	Oid			own_collation;
	Datum		what = DirectFunctionCall3(pg_get_indexdef_ext,
										   ObjectIdGetDatum(advice->index),
										   Int32GetDatum(column + 1),
										   BoolGetDatum(false));

	own_type(advice, column, &type, &own_collation);
	appendStringInfo(sql, "%s%s", column > 0 ? ", " : "",
					 TextDatumGetCString(what));
	if (OidIsValid(collation) && collation != own_collation)
		appendStringInfo(sql, " COLLATE %s", generate_collation_name(collation));
	if (opclass != GetDefaultOpClass(type, advice->ivf))
		appendStringInfo(sql, " %s", generate_opclass_name(opclass));
}

/* WITH, TABLESPACE, WHERE.  Storage parameters of another name mean nothing. */
static void
append_rest(StringInfo sql, const Advice *advice)
{
	bool		isnull;
	Datum		value = SysCacheGetAttr(RELOID, advice->class,
										Anum_pg_class_reloptions, &isnull);
	Oid			tablespace = get_rel_tablespace(advice->index);
	const char *between = " WITH (";
	ListCell   *lc;

	if (!isnull && advice->is_ivf)
	{
		foreach(lc, untransformRelOptions(value))
		{
			DefElem    *option = lfirst(lc);

			appendStringInfo(sql, "%s%s=%s", between,
							 quote_identifier(option->defname),
							 quote_literal_cstr(defGetString(option)));
			between = ", ";
		}
		appendStringInfoChar(sql, ')');
	}
	if (OidIsValid(tablespace))
		appendStringInfo(sql, " TABLESPACE %s",
						 quote_identifier(get_tablespace_name(tablespace)));
	value = index_attribute(advice, Anum_pg_index_indpred, &isnull);
	if (!isnull)
		appendStringInfo(sql, " WHERE %s",
						 TextDatumGetCString(DirectFunctionCall2(pg_get_expr, value,
																 ObjectIdGetDatum(advice->relid))));
}

static char *
qualified_name(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name_or_temp(get_rel_namespace(relid)),
									  get_rel_name(relid));
}

/* Commands that put another index in the place of this one. */
static char *
replacement(const Advice *advice)
{
	const char *concurrently = advice->partitioned ? "" : "CONCURRENTLY ";
	StringInfoData sql;
	ListCell   *lc;
	int			i;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE INDEX %sON %s USING ivf (", concurrently,
					 qualified_name(advice->relid));
	for (i = 0; i < advice->form->indnkeyatts; i++)
		append_column(&sql, advice, i);
	foreach(lc, advice->missing)
		appendStringInfo(&sql, ", %s", quote_identifier(lfirst(lc)));
	appendStringInfoChar(&sql, ')');
	append_rest(&sql, advice);
	appendStringInfo(&sql, ";\nDROP INDEX %s%s;", concurrently,
					 qualified_name(advice->index));
	return sql.data;
}

static void
give_notice(const Advice *advice)
{
	StringInfoData columns;
	ListCell   *lc;

	initStringInfo(&columns);
	foreach(lc, advice->missing)
		appendStringInfo(&columns, "%s%s", columns.len > 0 ? ", " : "",
						 quote_identifier(lfirst(lc)));
	ereport(NOTICE,
			(errmsg("a search under the policies cannot test %s in index %s",
					columns.data, qualified_name(advice->index)),
			 errdetail("The index has no such column: rows are read from the table and tested there."),
			 is_replaceable(advice) ?
			 errhint("To put an index that has it in this one's place, run:\n%s",
					 replacement(advice)) :
			 errhint("Make an index by ivf that has it; no index can have more than %d columns.",
					 INDEX_MAX_KEYS)));
}

/* Looks at one index; says nothing if it has the columns or is another kind. */
static void
advise(Oid index, const char *label_column, const char *tenant_column)
{
	Advice		advice = {.index = index};
	Form_pg_class class;

	advice.ivf = get_am_oid("ivf", true);
	advice.class = SearchSysCache1(RELOID, ObjectIdGetDatum(index));
	advice.tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	if (!HeapTupleIsValid(advice.class) || !HeapTupleIsValid(advice.tuple))
		elog(ERROR, "cache lookup failed for index %u", index);
	advice.form = (Form_pg_index) GETSTRUCT(advice.tuple);
	advice.relid = advice.form->indrelid;
	class = (Form_pg_class) GETSTRUCT(advice.class);
	advice.partitioned = (class->relkind == RELKIND_PARTITIONED_INDEX);
	if (searches_vectors(class->relam, &advice.is_ivf) && OidIsValid(advice.ivf))
	{
		note_missing(&advice, label_column);
		note_missing(&advice, tenant_column);
		if (advice.missing != NIL)
			give_notice(&advice);
	}
	ReleaseSysCache(advice.tuple);
	ReleaseSysCache(advice.class);
}

static bool
is_in_use(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	bool		used;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_index) GETSTRUCT(tuple);
	used = form->indisvalid && form->indisready && form->indislive;
	ReleaseSysCache(tuple);
	return used;
}

void
trl_advise_indexes(List *relids, const char *label_column,
				   const char *tenant_column)
{
	List	   *advised = NIL;
	ListCell   *lc;

	foreach(lc, relids)
	{
		Relation	relation = table_open(lfirst_oid(lc), NoLock);
		List	   *indexes = RelationGetIndexList(relation);
		ListCell   *li;

		table_close(relation, NoLock);
		foreach(li, indexes)
		{
			Oid			index = lfirst_oid(li);

			if (!is_in_use(index))
				continue;
			if (get_rel_relispartition(index))
				index = llast_oid(get_partition_ancestors(index));
			if (list_member_oid(advised, index))
				continue;
			advised = lappend_oid(advised, index);
			advise(index, label_column, tenant_column);
		}
	}
}
