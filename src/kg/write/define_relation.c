/*
 * define_relation.c - trellis.define_relation()
 *
 * Makes or changes an entry of a graph's dictionary of relations and, both
 * ways, the one that says the same the other way round.  What either said
 * before about an inverse no longer holds.
 *
 * Locks: rows of the dictionary, in order of their numbers.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "kg/engine/args.h"
#include "kg/write/changes.h"
#include "kg/write/graph_sql.h"

TRL_FUNCTION(trl_define_relation);

#define ENTRY_AND_PARTNERS \
	" WHERE t.name" TRL_EQ "ANY ($1) OR t.inverse" TRL_EQ "ANY" \
	" (SELECT n.rel FROM @graph@.rel_type n WHERE n.name" TRL_EQ "ANY ($1))"

#define NUMBER_OF(name) \
	"(SELECT n.rel FROM @graph@.rel_type n WHERE n.name" TRL_EQ name ")"

static const char *const insert_sql =
"INSERT INTO @graph@.rel_type (name)"
" SELECT x.name FROM pg_catalog.unnest($1) AS x (name) ORDER BY x.name"
" ON CONFLICT (name) DO NOTHING";

static const char *const lock_sql =
"SELECT t.rel FROM @graph@.rel_type t" ENTRY_AND_PARTNERS
" ORDER BY t.rel FOR NO KEY UPDATE OF t";

/* $1: the name, then the inverse's if there is one. */
static const char *const update_sql =
"UPDATE @graph@.rel_type t SET"
" inverse = CASE WHEN t.name" TRL_EQ "$1[1] THEN " NUMBER_OF("$1[2]")
" WHEN t.name" TRL_EQ "$1[2] THEN " NUMBER_OF("$1[1]") " END,"
" is_symmetric = CASE WHEN t.name" TRL_EQ "$1[1] THEN $2"
" WHEN t.name" TRL_EQ "$1[2] THEN false ELSE t.is_symmetric END"
ENTRY_AND_PARTNERS
" RETURNING CASE WHEN t.name" TRL_EQ "$1[1] THEN t.rel" TRL_AS_INT8 " END,"
" t.name" TRL_EQ "ANY ($1)";

typedef struct Definition
{
	int64		number;
	bool		found;
	int			written;		/* of the names */
} Definition;

static void
note_entry(void *state, const Datum *values, const bool *nulls)
{
	Definition *definition = state;

	definition->written += !nulls[1] && DatumGetBool(values[1]);
	if (nulls[0])
		return;
	definition->number = DatumGetInt64(values[0]);
	definition->found = true;
}

/* The names that the call is about: one, or two. */
static int
read_names(FunctionCallInfo fcinfo, Datum *names, bool is_symmetric)
{
	const char *name;
	const char *inverse;

	trl_arg_required(fcinfo, 1, "name");
	names[0] = PG_GETARG_DATUM(1);
	name = TextDatumGetCString(names[0]);
	if (name[0] == '\0')
		trl_argument_error("name", "must not be empty", NULL);
	if (PG_ARGISNULL(2))
		return 1;
	names[1] = PG_GETARG_DATUM(2);
	inverse = TextDatumGetCString(names[1]);
	if (inverse[0] == '\0')
		trl_argument_error("inverse", "must not be empty",
						   "NULL means that there is none.");
	if (is_symmetric)
		trl_argument_error("inverse", "must be null for a symmetric relation",
						   "A symmetric relation is its own inverse.");
	if (strcmp(name, inverse) == 0)
		trl_argument_error("inverse", psprintf("is the relation itself: \"%s\"", name),
						   "Pass is_symmetric => true instead.");
	return 2;
}

Datum
trl_define_relation(PG_FUNCTION_ARGS)
{
	TrlTarget	target = trl_upsert_target(fcinfo);
	bool		is_symmetric = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	Definition	definition = {0};
	TrlParams	params = {0};
	Datum		names[2];
	int			n = read_names(fcinfo, names, is_symmetric);

	trl_params_add(&params, TEXTARRAYOID,
				   PointerGetDatum(construct_array(names, n, TEXTOID, -1,
												   false, TYPALIGN_INT)));
	trl_change(&target, insert_sql, &params, NULL);
	trl_change(&target, lock_sql, &params, NULL);
	trl_params_add(&params, BOOLOID, BoolGetDatum(is_symmetric));
	trl_sql_write(trl_upsert_sql(&target, update_sql), &params, note_entry,
				  &definition);
	if (!definition.found || definition.written != n)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("relation \"%s\" or its inverse exists, but you may not see or change it",
						TextDatumGetCString(names[0])),
				 errhint("A policy of the dictionary hides it, or forbids to update it.")));
	PG_RETURN_INT32((int32) definition.number);
}
