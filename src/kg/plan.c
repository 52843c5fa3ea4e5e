/*
 * plan.c - saved plans and how a traversal runs them
 *
 * A traversal asks the same few queries of a graph hop after hop and call
 * after call.  Their plans are kept by query text and parameter types, at
 * most PLAN_CACHE_SIZE in a backend, least recently used out first.
 * PostgreSQL's plan cache plans again when a relation, a policy's role or
 * row_security changes, so nothing here needs invalidation.
 *
 * A plan in use (a policy's function may itself traverse) is not dropped:
 * the borrower's memory context gives it back, also after an error.
 *
 * Rows go straight to a receiver of ours: no copy of the tuple, no tuple
 * table.  Traversals run read-only, so that every hop sees the snapshot of
 * the statement that called.
 *
 * Locks and WAL: none of its own.  Memory: entries in CacheMemoryContext.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "executor/spi.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "kg/plan.h"

#define PLAN_CACHE_SIZE 64

struct TrlPlan
{
	char	   *sql;			/* NULL: the slot is free */
	uint32		hash;
	int			n_types;
	Oid			types[TRL_PLAN_MAX_PARAMS];
	SPIPlanPtr	plan;
	uint64		last_used;
	int			users;
};

static TrlPlan plan_cache[PLAN_CACHE_SIZE];
static uint64 plan_clock;

typedef struct RowReceiver
{
	DestReceiver pub;
	TrlRowFunction row;
	void	   *state;
	MemoryContext cxt;			/* the caller's */
} RowReceiver;

int
trl_params_add(TrlParams *params, Oid type, Datum value)
{
	if (params->n == TRL_PLAN_MAX_PARAMS)
		elog(ERROR, "too many parameters");
	params->types[params->n] = type;
	params->values[params->n] = value;
	return ++params->n;
}

static bool
plan_matches(const TrlPlan *entry, const char *sql, uint32 hash,
			 const TrlParams *params)
{
	return entry->sql != NULL && entry->hash == hash &&
		entry->n_types == params->n &&
		memcmp(entry->types, params->types, sizeof(Oid) * params->n) == 0 &&
		strcmp(entry->sql, sql) == 0;
}

static void
drop_plan(TrlPlan *entry)
{
	SPIPlanPtr	plan = entry->plan;

	pfree(entry->sql);
	entry->sql = NULL;
	entry->plan = NULL;
	SPI_freeplan(plan);
}

/* A free slot, or the least recently used one that nobody uses. */
static TrlPlan *
claim_slot(void)
{
	TrlPlan    *oldest = NULL;
	int			i;

	for (i = 0; i < PLAN_CACHE_SIZE; i++)
	{
		TrlPlan    *entry = &plan_cache[i];

		if (entry->users > 0)
			continue;
		if (entry->sql == NULL)
			return entry;
		if (oldest == NULL || entry->last_used < oldest->last_used)
			oldest = entry;
	}
	if (oldest == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many graph traversals nested in one another")));
	drop_plan(oldest);
	return oldest;
}

static SPIPlanPtr
make_plan(const char *sql, const TrlParams *params)
{
	SPIPlanPtr	plan;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	plan = SPI_prepare_cursor(sql, params->n, (Oid *) params->types,
							  CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL)
		elog(ERROR, "could not plan \"%s\": %s", sql,
			 SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	SPI_finish();
	return plan;
}

/* Planning may call functions that traverse: the slot is claimed after it. */
static TrlPlan *
add_plan(const char *sql, uint32 hash, const TrlParams *params)
{
	SPIPlanPtr	plan = make_plan(sql, params);
	TrlPlan    *entry = claim_slot();

	entry->sql = MemoryContextStrdup(CacheMemoryContext, sql);
	entry->hash = hash;
	entry->n_types = params->n;
	memcpy(entry->types, params->types, sizeof(Oid) * params->n);
	entry->plan = plan;
	return entry;
}

static void
give_back(void *arg)
{
	((TrlPlan *) arg)->users--;
}

TrlPlan *
trl_plan_get(const char *sql, const TrlParams *params)
{
	uint32		hash = hash_bytes((const unsigned char *) sql, strlen(sql));
	MemoryContextCallback *callback;
	TrlPlan    *entry = NULL;
	int			i;

	for (i = 0; i < PLAN_CACHE_SIZE && entry == NULL; i++)
		if (plan_matches(&plan_cache[i], sql, hash, params))
			entry = &plan_cache[i];
	if (entry == NULL)
		entry = add_plan(sql, hash, params);

	callback = palloc(sizeof(MemoryContextCallback));
	callback->func = give_back;
	callback->arg = entry;
	entry->users++;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	entry->last_used = ++plan_clock;
	return entry;
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowReceiver *receiver = (RowReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->cxt);

	slot_getallattrs(slot);
	if (receiver->row != NULL)
		receiver->row(receiver->state, slot->tts_values, slot->tts_isnull);
	MemoryContextSwitchTo(old);
	return true;
}

static void
receiver_startup(DestReceiver *self, int operation, TupleDesc typeinfo)
{
	(void) self;
	(void) operation;
	(void) typeinfo;
}

static void
receiver_nothing(DestReceiver *self)
{
	(void) self;
}

static ParamListInfo
make_param_list(const TrlParams *params)
{
	ParamListInfo list = makeParamList(params->n);
	int			i;

	for (i = 0; i < params->n; i++)
	{
		list->params[i].value = params->values[i];
		list->params[i].isnull = false;
		list->params[i].pflags = PARAM_FLAG_CONST;
		list->params[i].ptype = params->types[i];
	}
	return list;
}

static void
run(TrlPlan *plan, const TrlParams *params, bool read_only,
	TrlRowFunction row, void *state)
{
	RowReceiver receiver;
	SPIExecuteOptions options;
	ParamListInfo list = make_param_list(params);

	memset(&receiver, 0, sizeof(receiver));
	receiver.pub.receiveSlot = receive_row;
	receiver.pub.rStartup = receiver_startup;
	receiver.pub.rShutdown = receiver_nothing;
	receiver.pub.rDestroy = receiver_nothing;
	receiver.pub.mydest = DestTuplestore;
	receiver.row = row;
	receiver.state = state;
	receiver.cxt = CurrentMemoryContext;

	memset(&options, 0, sizeof(options));
	options.params = list;
	options.read_only = read_only;
	options.dest = &receiver.pub;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_plan_extended(plan->plan, &options) < 0)
		elog(ERROR, "could not run a graph query: %s",
			 SPI_result_code_string(SPI_result));
	SPI_finish();
	pfree(list);
}

void
trl_plan_run(TrlPlan *plan, const TrlParams *params, TrlRowFunction row,
			 void *state)
{
	run(plan, params, true, row, state);
}

void
trl_sql_write(const char *sql, const TrlParams *params, TrlRowFunction row,
			  void *state)
{
	run(trl_plan_get(sql, params), params, false, row, state);
}
