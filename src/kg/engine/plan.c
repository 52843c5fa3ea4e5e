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
 * the statement that called.  They drive the executor themselves: to start
 * and end it for each level of a walk took as long as the level.
 *
 * Locks and WAL: none of its own.  Memory: entries in CacheMemoryContext.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "core/compat.h"
#include "kg/engine/plan.h"

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
	TrlShapeFunction shape;
	TrlColumnsFunction columns;
	int			n_columns;		/* of a row; 0: all */
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

	if (receiver->n_columns > 0)
		slot_getsomeattrs(slot, receiver->n_columns);
	else
		slot_getallattrs(slot);
	if (receiver->row != NULL)
		receiver->row(receiver->state, slot->tts_values, slot->tts_isnull);
	MemoryContextSwitchTo(old);
	return true;
}

static void
receiver_startup(DestReceiver *self, int operation, TupleDesc typeinfo)
{
	RowReceiver *receiver = (RowReceiver *) self;

	(void) operation;
	if (receiver->shape != NULL)
		receiver->shape(receiver->state, typeinfo);
	if (receiver->columns != NULL)
		receiver->n_columns = receiver->columns(receiver->state);
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
init_receiver(RowReceiver *receiver, TrlRowFunction row, void *state)
{
	memset(receiver, 0, sizeof(*receiver));
	receiver->pub.receiveSlot = receive_row;
	receiver->pub.rStartup = receiver_startup;
	receiver->pub.rShutdown = receiver_nothing;
	receiver->pub.rDestroy = receiver_nothing;
	receiver->pub.mydest = DestTuplestore;
	receiver->row = row;
	receiver->state = state;
	receiver->cxt = CurrentMemoryContext;
}

/* ---- reading: the executor, without SPI's stack around it ---- */

struct TrlRun
{
	TrlRun	   *next;			/* open_runs */
	MemoryContext owner;
	MemoryContext cxt;			/* of the run, beside the owner */
	TrlPlan    *plan;
	ParamListInfo params;
	RowReceiver receiver;
	CachedPlan *cached;			/* not NULL while the executor is open */
	QueryDesc  *query;
	ResourceOwner resources;	/* what the executor holds */
	bool		fresh;			/* the executor has not run yet */
};

static TrlRun *open_runs = NULL;

static void
unlink_run(TrlRun *run)
{
	TrlRun	  **link = &open_runs;

	while (*link != run)
		link = &(*link)->next;
	*link = run->next;
	run->plan->users--;
}

/*
 * The context goes and the run is open still: an error.  What it holds is
 * released with the transaction's resources.
 */
static void
forget_run(void *arg)
{
	TrlRun	   *run = arg;
	TrlRun	   *other;

	for (other = open_runs; other != NULL; other = other->next)
		if (other == run)
		{
			unlink_run(run);
			return;
		}
}

/*
 * True if the plan may run again with another first parameter while its
 * executor stays open.  A scan asks for its parameters anew each time; sorts,
 * hashes, pruned partitions and the like keep what they made of the old ones.
 */
static bool
is_rewindable(const PlannedStmt * statement)
{
	switch (nodeTag(statement->planTree))
	{
		case T_SeqScan:
		case T_IndexScan:
		case T_IndexOnlyScan:
		case T_BitmapHeapScan:
			return true;
		default:
			return false;
	}
}

static void
open_executor(TrlRun *run)
{
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(run->plan->plan));
	MemoryContext old = MemoryContextSwitchTo(run->cxt);

	run->resources = CurrentResourceOwner;

	/*
	 * Without parameters, so that the plan is generic whatever
	 * plan_cache_mode says: one made for these values must not run with
	 * others.
	 */
	run->cached = GetCachedPlan(source, NULL, run->resources, NULL);
	run->query = CreateQueryDesc(linitial_node(PlannedStmt, run->cached->stmt_list),
								 source->query_string, GetActiveSnapshot(),
								 InvalidSnapshot, &run->receiver.pub,
								 run->params, NULL, 0);
	ExecutorStart(run->query, EXEC_FLAG_SKIP_TRIGGERS);
	run->fresh = true;
	MemoryContextSwitchTo(old);
}

static void
close_executor(TrlRun *run)
{
	CachedPlan *cached = run->cached;

	if (cached == NULL)
		return;
	run->cached = NULL;
	ExecutorFinish(run->query);
	ExecutorEnd(run->query);
	FreeQueryDesc(run->query);
	ReleaseCachedPlan(cached, run->resources);
}

TrlRun *
trl_run_create(TrlPlan *plan, const TrlParams *params, MemoryContext owner)
{
	MemoryContext cxt = AllocSetContextCreate(MemoryContextGetParent(owner),
											  "trellis graph query",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	TrlRun	   *run = palloc0(sizeof(TrlRun));
	MemoryContextCallback *callback;

	run->params = make_param_list(params);
	MemoryContextSwitchTo(old);
	run->owner = owner;
	run->cxt = cxt;
	run->plan = plan;
	/* after an error the run's context may go before its owner's */
	callback = MemoryContextAlloc(cxt, sizeof(MemoryContextCallback));
	callback->func = forget_run;
	callback->arg = run;
	MemoryContextRegisterResetCallback(cxt, callback);
	plan->users++;
	run->next = open_runs;
	open_runs = run;
	return run;
}

/* Runs the executor, which a run that cannot be rewound has to itself. */
static void
execute(TrlRun *run)
{
	if (run->cached == NULL)
		open_executor(run);
	if (!run->fresh)
		ExecutorRewind(run->query);
	run->fresh = false;
	trl_executor_run(run->query);
	if (!is_rewindable(run->query->plannedstmt))
		close_executor(run);
}

void
trl_run_execute(TrlRun *run, const TrlParams *params, TrlRowFunction row,
				void *state)
{
	int			i;

	for (i = 0; i < params->n; i++)
		run->params->params[i].value = params->values[i];
	init_receiver(&run->receiver, row, state);
	execute(run);
}

static void
end_run(TrlRun *run)
{
	close_executor(run);
	unlink_run(run);
	MemoryContextDelete(run->cxt);
}

void
trl_runs_end(MemoryContext owner)
{
	TrlRun	   *run = open_runs;

	while (run != NULL)
	{
		TrlRun	   *next = run->next;

		if (run->owner == owner)
			end_run(run);
		run = next;
	}
}

void
trl_plan_scan(TrlPlan *plan, const TrlParams *params, TrlShapeFunction shape,
			  TrlColumnsFunction columns, TrlRowFunction row, void *state)
{
	MemoryContext owner = AllocSetContextCreate(CurrentMemoryContext,
												"trellis graph query owner",
												ALLOCSET_SMALL_SIZES);
	TrlRun	   *run = trl_run_create(plan, params, owner);

	init_receiver(&run->receiver, row, state);
	run->receiver.shape = shape;
	run->receiver.columns = columns;
	execute(run);
	trl_runs_end(owner);
	MemoryContextDelete(owner);
}

void
trl_plan_run(TrlPlan *plan, const TrlParams *params, TrlRowFunction row,
			 void *state)
{
	trl_plan_scan(plan, params, NULL, NULL, row, state);
}

/* ---- writing ---- */

void
trl_sql_write(const char *sql, const TrlParams *params, TrlRowFunction row,
			  void *state)
{
	TrlPlan    *plan = trl_plan_get(sql, params);
	RowReceiver receiver;
	SPIExecuteOptions options;
	ParamListInfo list = make_param_list(params);

	init_receiver(&receiver, row, state);
	memset(&options, 0, sizeof(options));
	options.params = list;
	options.read_only = false;
	options.dest = &receiver.pub;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_plan_extended(plan->plan, &options) < 0)
		elog(ERROR, "could not run a graph query: %s",
			 SPI_result_code_string(SPI_result));
	SPI_finish();
	pfree(list);
}
