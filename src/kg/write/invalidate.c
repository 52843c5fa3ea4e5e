/*
 * invalidate.c - trellis.invalidate_edges()
 *
 * An edge can end in two ways: the fact no longer holds (valid_to), or the
 * record was wrong (expired_at).  Either time only ever comes earlier: what
 * ended before stays as it is.
 *
 * Locks: rows of the edges that change, in order of their ids.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "core/compat.h"
#include "kg/engine/args.h"
#include "kg/write/changes.h"
#include "kg/write/graph_sql.h"

TRL_FUNCTION(trl_invalidate_edges);

/* Edges of ids $1 whose validity can end at $2, or whose record can. */
#define VALID_CHANGES \
	" WHERE t.edge_id" TRL_EQ "ANY ($1) AND $2" TRL_LT "t.valid_to" \
	" AND t.expired_at" TRL_EQ "'infinity'"
#define KNOWN_CHANGES \
	" WHERE t.edge_id" TRL_EQ "ANY ($1) AND $2" TRL_LT "t.expired_at"

typedef struct Ending
{
	const char *kind;
	const char *lock;			/* id, whether the edge starts later */
	const char *update;
} Ending;

static const Ending endings[] = {
	{"valid",
		"SELECT t.edge_id" TRL_AS_INT8 ", $2" TRL_LT "t.valid_from"
		" FROM @graph@.edge t" VALID_CHANGES
		" ORDER BY t.edge_id FOR NO KEY UPDATE",
		"UPDATE @graph@.edge t SET valid_to = $2" VALID_CHANGES
	" RETURNING t.edge_id" TRL_AS_INT8},
	{"known",
		"SELECT t.edge_id" TRL_AS_INT8 ", false"
		" FROM @graph@.edge t" KNOWN_CHANGES
		" ORDER BY t.edge_id FOR NO KEY UPDATE",
		"UPDATE @graph@.edge t SET expired_at = $2" KNOWN_CHANGES
	" RETURNING t.edge_id" TRL_AS_INT8},
};

static const Ending *
read_kind(FunctionCallInfo fcinfo)
{
	char	   *kind;
	int			i;

	trl_arg_required(fcinfo, 3, "kind");
	kind = text_to_cstring(PG_GETARG_TEXT_PP(3));
	for (i = 0; i < (int) lengthof(endings); i++)
		if (strcmp(kind, endings[i].kind) == 0)
			return &endings[i];
	trl_argument_error("kind", psprintf("must not be \"%s\"", kind),
					   "It is \"valid\" (the fact no longer holds) or \"known\" (the record was wrong).");
	return NULL;
}

/* Edges that start to hold after the time given. */
static void
note_start(void *state, const Datum *values, const bool *nulls)
{
	if (!nulls[1] && DatumGetBool(values[1]))
		trl_ids_collect(state, values, nulls);
}

static void
check_starts(const TrlIds *later, TimestampTz at)
{
	if (later->n > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"at\" is %s, before edge %lld starts to hold",
						timestamptz_to_str(at), (long long) later->ids[0]),
				 errhint("A record that was wrong from the start is withdrawn with kind => 'known'.")));
}

Datum
trl_invalidate_edges(PG_FUNCTION_ARGS)
{
	TrlTarget	target = trl_upsert_target(fcinfo);
	TrlIds		ids = trl_ids_argument(fcinfo, 1, "edge_ids");
	const Ending *ending = read_kind(fcinfo);
	TrlParams	params = {0};
	TrlIds		later = {0};
	TimestampTz at;

	trl_arg_required(fcinfo, 2, "at");
	at = PG_GETARG_TIMESTAMPTZ(2);
	if (TIMESTAMP_NOT_FINITE(at))
		trl_argument_error("at", "must be a finite time", NULL);
	if (ids.n == 0)
		PG_RETURN_INT64(0);
	trl_params_add_ids(&params, &ids);
	trl_params_add(&params, TIMESTAMPTZOID, TimestampTzGetDatum(at));
	trl_sql_write(trl_upsert_sql(&target, ending->lock), &params, note_start, &later);
	check_starts(&later, at);
	PG_RETURN_INT64(trl_change(&target, ending->update, &params, NULL));
}
