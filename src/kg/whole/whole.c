/*
 * whole.c - what functions over a whole graph share
 *
 * Locks: AccessShareLock on the graph's relations.  WAL: none.  Memory: a
 * context of the call, bounded by budget.c; rows go to a tuplestore.
 */
#include "postgres.h"

#include <math.h>

#include "utils/tuplestore.h"

#include "core/compat.h"
#include "kg/engine/pause.h"
#include "kg/whole/whole.h"

/*
 * The largest weight may be 2 to this power, or to this power less than 1:
 * then no sum overflows, and no product of two sums.
 */
#define MAX_EXPONENT 400

void
trl_whole_begin(TrlWhole *whole, FunctionCallInfo fcinfo, int nodes_arg,
				int rels_arg, int first_filter, int node_column)
{
	memset(whole, 0, sizeof(*whole));
	whole->shift = PG_NARGS() - (nodes_arg + 1);
	trl_call_begin(&whole->call, fcinfo, nodes_arg + whole->shift,
				   rels_arg + whole->shift, first_filter + whole->shift,
				   node_column, "id_type");
}

static void
check_weight(const TrlWhole *whole, float8 weight)
{
	if (weight >= 0 && !isinf(weight))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("weight %g of an edge in %s is negative or not a finite number",
					weight, whole->call.graph->name),
			 errdetail("Ranking and communities need finite weights of 0 or more."),
			 weight < 0
			 ? errhint("Leave such edges out with min_weight => 0, or weights with weighted => false.")
			 : errhint("Leave weights out with weighted => false.")));
}

/*
 * An edge without a weight counts 1.  Weights that are all huge or tiny are
 * scaled by a power of two: only their ratios matter, and these stay.
 */
static void
prepare_weights(TrlWhole *whole)
{
	TrlCsr	   *csr = whole->csr;
	float8		largest = 0;
	int			exponent;
	uint32		i;

	for (i = 0; i < csr->n_edges; i++)
	{
		trl_pause_at(i);
		if (csr->has_weight != NULL && !csr->has_weight[i])
			csr->weight[i] = 1;
		check_weight(whole, csr->weight[i]);
		largest = Max(largest, csr->weight[i]);
	}
	whole->weight = csr->weight;
	(void) frexp(largest, &exponent);
	if (largest == 0 || (exponent <= MAX_EXPONENT && exponent >= -MAX_EXPONENT))
		return;
	for (i = 0; i < csr->n_edges; i++)
	{
		trl_pause_at(i);
		csr->weight[i] = ldexp(csr->weight[i], -exponent);
	}
}

void
trl_whole_load(TrlWhole *whole, FunctionCallInfo fcinfo, int wanted,
			   int weighted_arg)
{
	TrlCall    *call = &whole->call;
	bool		weighted = false;

	if (weighted_arg >= 0)
	{
		weighted_arg += whole->shift;
		weighted = PG_ARGISNULL(weighted_arg)
			? call->graph->column[TRL_ROLE_WEIGHT].attnum != 0
			: PG_GETARG_BOOL(weighted_arg);
		if (weighted)
			trl_graph_require(call->graph, TRL_ROLE_WEIGHT, "weighted");
	}
	trl_nodeset_init(&whole->nodes, call->graph->kind, call->cxt);
	whole->csr = trl_csr_load(call->graph, &call->filter, &whole->nodes,
							  call->rels, &call->budget,
							  wanted | TRL_CSR_ALL_NODES |
							  (weighted ? TRL_CSR_WEIGHT : 0));
	if (weighted)
		prepare_weights(whole);
}

void
trl_whole_end(TrlWhole *whole)
{
	trl_call_end(&whole->call);
}

Datum
trl_whole_node(const TrlWhole *whole, uint32 node)
{
	return trl_call_node(&whole->call, whole->nodes.nodes[node].key);
}

void
trl_whole_put_partition(const TrlWhole *whole, const TrlPartition *partition)
{
	uint32	   *order = trl_partition_members(partition, &whole->call.budget);
	ReturnSetInfo *result = whole->call.result;
	uint32		i;

	for (i = 0; i < partition->n_nodes; i++)
	{
		uint32		group = partition->group[order[i]];
		Datum		values[3];
		bool		nulls[3] = {false};

		trl_pause_at(i);
		values[0] = trl_whole_node(whole, order[i]);
		values[1] = Int32GetDatum((int32) group + 1);
		values[2] = Int32GetDatum((int32) partition->size[group]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}
