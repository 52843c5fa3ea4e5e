/*
 * degree.c - trellis.degree()
 *
 * Of nodes asked for, edges are counted as the hop hands them over: none is
 * kept.  Of all nodes, they are read at once (csr.c).
 *
 * Locks: AccessShareLock on the graph's relations.  WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/tuplestore.h"

#include "core/compat.h"
#include "kg/engine/csr.h"
#include "kg/engine/sum.h"
#include "kg/near/around.h"

TRL_FUNCTION(trl_degree);

enum
{
	ARG_EDGES,
	ARG_IDS,
	ARG_RELS,
	ARG_MIN_WEIGHT,
	ARG_MIN_CONFIDENCE,
	ARG_VALID_AT,
	ARG_KNOWN_AT,
	ARG_NODES
};

enum
{
	OUT_NODE_ID,
	OUT_OUT_DEGREE,
	OUT_IN_DEGREE,
	OUT_DEGREE,
	OUT_STRENGTH,
	OUT_COLUMNS
};

/* A node's edges; a self-loop is one out and one in. */
typedef struct Count
{
	int64		out;
	int64		in;
	TrlSum		strength;
} Count;

typedef struct Degree
{
	TrlCall		call;
	bool		weighted;		/* the graph has weights */
	TrlAround  *around;
	Count	   *counts;			/* by number in the chunk */
} Degree;

static void
put_row(Degree *degree, TrlKey key, const Count *count)
{
	TrlCall    *call = &degree->call;
	Datum		values[OUT_COLUMNS];
	bool		nulls[OUT_COLUMNS] = {false};

	values[OUT_NODE_ID] = trl_call_node(call, key);
	values[OUT_OUT_DEGREE] = Int64GetDatum(count->out);
	values[OUT_IN_DEGREE] = Int64GetDatum(count->in);
	values[OUT_DEGREE] = Int64GetDatum(count->out + count->in);
	values[OUT_STRENGTH] = Float8GetDatum(trl_sum_value(&count->strength));
	nulls[OUT_STRENGTH] = !degree->weighted;
	tuplestore_putvalues(call->result->setResult, call->result->setDesc,
						 values, nulls);
}

/* ---- of nodes asked for ---- */

static void
count_edge(void *state, const TrlEdge *edge)
{
	Degree	   *degree = state;
	TrlAround  *around = degree->around;
	Count	   *count = &degree->counts[edge->near];
	int			ends = 1;

	if (edge->reversed)
		count->in++;
	else
		count->out++;
	if (trl_key_equal(around->nodes.kind, edge->far_key,
					  around->nodes.nodes[edge->near].key))
	{
		count->in++;
		ends++;
	}
	if (!edge->step.has_weight)
		return;
	while (ends-- > 0)
		trl_sum_add(&count->strength, edge->step.weight, around->cxt);
}

static void
put_chunk(Degree *degree)
{
	TrlAround  *around = degree->around;
	uint32		i;

	degree->counts = MemoryContextAllocZero(around->cxt,
											sizeof(Count) * TRL_AROUND_NODES);
	trl_around_run(around, TRL_DIRECTION_BOTH, count_edge, degree);
	for (i = 0; i < around->n_visible; i++)
		put_row(degree, around->nodes.nodes[around->visible[i]].key,
				&degree->counts[around->visible[i]]);
}

static void
put_given(Degree *degree, FunctionCallInfo fcinfo)
{
	degree->around = trl_around_create(&degree->call, fcinfo, ARG_IDS,
									   TRL_NO_LIMIT);
	while (trl_around_next(degree->around))
		put_chunk(degree);
}

/* ---- of every node ---- */

static void
add_weights(const TrlCsr *csr, const TrlCsrSide *side, uint32 node, Count *count)
{
	uint32		i;

	if (csr->weight == NULL)
		return;
	for (i = side->start[node]; i < side->start[node + 1]; i++)
	{
		uint32		edge = side->edge[i];

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (csr->has_weight == NULL || csr->has_weight[edge])
			trl_sum_add(&count->strength, csr->weight[edge],
						CurrentMemoryContext);
	}
}

static void
put_all(Degree *degree)
{
	TrlCall    *call = &degree->call;
	int			wanted = TRL_CSR_OUT | TRL_CSR_IN | TRL_CSR_ALL_NODES | TRL_CSR_LOOPS;
	Count		count = {0};
	TrlNodeSet	nodes;
	TrlCsr	   *csr;
	uint32		i;

	if (degree->weighted)
		wanted |= TRL_CSR_WEIGHT;
	trl_nodeset_init(&nodes, call->graph->kind, CurrentMemoryContext);
	csr = trl_csr_load(call->graph, &call->filter, &nodes, call->rels,
					   &call->budget, wanted);
	for (i = 0; i < csr->n_nodes; i++)
	{
		CHECK_FOR_INTERRUPTS();
		count.out = csr->out.start[i + 1] - csr->out.start[i];
		count.in = csr->in.start[i + 1] - csr->in.start[i];
		trl_sum_reset(&count.strength);
		add_weights(csr, &csr->out, i, &count);
		add_weights(csr, &csr->in, i, &count);
		put_row(degree, nodes.nodes[i].key, &count);
	}
}

/* ---- the function ---- */

Datum
trl_degree(PG_FUNCTION_ARGS)
{
	Degree		degree = {0};

	InitMaterializedSRF(fcinfo, 0);
	trl_call_begin(&degree.call, fcinfo, ARG_NODES, ARG_RELS, ARG_MIN_WEIGHT,
				   OUT_NODE_ID, "ids");
	degree.weighted = degree.call.graph->column[TRL_ROLE_WEIGHT].attnum != 0;
	if (PG_ARGISNULL(ARG_IDS))
		put_all(&degree);
	else
		put_given(&degree, fcinfo);
	trl_call_end(&degree.call);
	return (Datum) 0;
}
