/*
 * ppr.c - trellis.ppr()
 *
 * The ranking itself is push.c; here are its arguments and its rows.
 *
 * Locks: AccessShareLock on the graph's relations.  WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/tuplestore.h"

#include "core/compat.h"
#include "kg/engine/pause.h"
#include "kg/whole/push.h"

TRL_FUNCTION(trl_ppr);

enum
{
	ARG_EDGES,
	ARG_SEEDS,
	ARG_SEED_WEIGHTS,
	ARG_DAMPING,
	ARG_EPS,
	ARG_WEIGHTED,
	ARG_DIRECTION,
	ARG_RELS,
	ARG_MIN_WEIGHT,
	ARG_MIN_CONFIDENCE,
	ARG_VALID_AT,
	ARG_KNOWN_AT,
	ARG_MAX_RESULTS,
	ARG_MAX_FANOUT,
	ARG_MAX_NODES,
	ARG_NODES
};

#define DEFAULT_DAMPING 0.5
#define DEFAULT_EPS 1e-4

/* Smaller ones would take more rounds than anybody waits for. */
#define LEAST_EPS 1e-12

static void
read_task(TrlPush *push, TrlCall *call, FunctionCallInfo fcinfo)
{
	bool		given;

	memset(push, 0, sizeof(*push));
	push->call = call;
	push->direction = trl_arg_direction(fcinfo, ARG_DIRECTION);
	push->damping = trl_arg_number(fcinfo, ARG_DAMPING, "damping", &given);
	if (!given)
		push->damping = DEFAULT_DAMPING;
	if (push->damping < 0 || push->damping >= 1)
		trl_argument_error("damping",
						   psprintf("must be at least 0 and less than 1, not %g",
									push->damping), NULL);
	push->eps = trl_arg_number(fcinfo, ARG_EPS, "eps", &given);
	if (!given)
		push->eps = DEFAULT_EPS;
	if (push->eps < LEAST_EPS)
		trl_argument_error("eps",
						   psprintf("must be at least %g, not %g", LEAST_EPS, push->eps),
						   "trellis.pagerank ranks the whole graph.");
	push->weighted = PG_ARGISNULL(ARG_WEIGHTED) || PG_GETARG_BOOL(ARG_WEIGHTED);
	if (!PG_ARGISNULL(ARG_WEIGHTED) && push->weighted)
		trl_graph_require(call->graph, TRL_ROLE_WEIGHT, "weighted");
	push->max_fanout = trl_arg_limit(fcinfo, ARG_MAX_FANOUT, "max_fanout", 1);
	push->max_nodes = trl_arg_limit(fcinfo, ARG_MAX_NODES, "max_nodes", 1);
}

/* ---- rows ---- */

static int
compare_ranks(const void *left, const void *right, void *arg)
{
	const TrlPush *push = arg;
	uint32		a = *(const uint32 *) left;
	uint32		b = *(const uint32 *) right;

	CHECK_FOR_INTERRUPTS();
	if (push->score[a] != push->score[b])
		return push->score[a] > push->score[b] ? -1 : 1;
	return trl_key_compare(push->nodes.kind, push->nodes.nodes[a].key,
						   push->nodes.nodes[b].key);
}

static void
put_row(const TrlPush *push, uint32 node, bool truncated)
{
	ReturnSetInfo *result = push->call->result;
	Datum		values[3];
	bool		nulls[3] = {false};

	values[0] = trl_call_node(push->call, push->nodes.nodes[node].key);
	values[1] = Float8GetDatum(push->score[node]);
	values[2] = BoolGetDatum(truncated);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Best first.  A node that has been met but got nothing is none of them. */
static void
put_rows(const TrlPush *push, int max_results)
{
	uint32	   *ranked = trl_budget_array(&push->call->budget, push->nodes.count,
										  sizeof(uint32));
	bool		truncated = push->stopped || push->cut;
	uint32		n = 0;
	uint32		i;

	for (i = 0; i < push->nodes.count; i++)
		if (push->score[i] > 0)
			ranked[n++] = i;
	qsort_arg(ranked, n, sizeof(uint32), compare_ranks, (void *) push);
	for (i = 0; i < Min(n, (uint32) max_results); i++)
	{
		trl_pause_at(i);
		put_row(push, ranked[i], truncated);
	}
	if (push->stopped)
		trl_call_notice("max_nodes", push->max_nodes,
						"scores have been spread no further");
	if (push->cut)
		trl_call_notice("max_fanout", push->max_fanout,
						"edges of some nodes were not followed");
}

Datum
trl_ppr(PG_FUNCTION_ARGS)
{
	TrlCall		call;
	TrlPush		push;
	TrlSeeds	seeds;
	int			max_results;

	InitMaterializedSRF(fcinfo, 0);
	trl_call_begin(&call, fcinfo, ARG_NODES, ARG_RELS, ARG_MIN_WEIGHT, 0,
				   "seeds");
	read_task(&push, &call, fcinfo);
	max_results = trl_arg_limit(fcinfo, ARG_MAX_RESULTS, "max_results", 1);
	if (!PG_ARGISNULL(ARG_SEEDS))
	{
		trl_seeds_read(&seeds, fcinfo, call.graph->kind, ARG_SEEDS,
					   ARG_SEED_WEIGHTS, "seed_weights");
		trl_push_run(&push, &seeds);
		put_rows(&push, max_results);
	}
	trl_call_end(&call);
	return (Datum) 0;
}
