/*
 * around.c - the edges of given nodes, some nodes at a time
 *
 * One hop serves all chunks; the set of nodes that it numbers is made anew
 * for each of them, in a context that is reset.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "core/compat.h"
#include "kg/near/around.h"

/* Leaves repeated ids out; the others keep their order. */
static void
read_ids(TrlAround *around, FunctionCallInfo fcinfo, int ids_arg)
{
	TrlKeyKind	kind = around->call->graph->kind;
	TrlNodeSet	seen;
	uint32		n;
	uint32		i;

	around->ids = trl_arg_keys(fcinfo, ids_arg, kind, &n);
	trl_nodeset_init(&seen, kind, around->cxt);
	for (i = 0; i < n; i++)
	{
		bool		is_new;

		trl_nodeset_intern(&seen, around->ids[i], &is_new);
		if (is_new)
			around->ids[around->n_ids++] = around->ids[i];
	}
	trl_budget_check(&around->call->budget);
}

TrlAround *
trl_around_create(TrlCall *call, FunctionCallInfo fcinfo, int ids_arg,
				  int max_fanout)
{
	TrlAround  *around = palloc0(sizeof(TrlAround));

	around->call = call;
	around->cxt = AllocSetContextCreate(CurrentMemoryContext,
										"trellis nodes and neighbors",
										ALLOCSET_DEFAULT_SIZES);
	trl_nodeset_init(&around->nodes, call->graph->kind, around->cxt);
	around->hop = trl_hop_create(call->graph, &call->filter, &around->nodes,
								 call->rels, &call->budget, max_fanout);
	trl_hop_keep_loops(around->hop);
	trl_hop_leave_far(around->hop);
	read_ids(around, fcinfo, ids_arg);
	return around;
}

static void
keep_visible(TrlAround *around)
{
	uint32		kept = 0;
	uint32		i;

	trl_hop_check_nodes(around->hop, around->visible, around->n_visible);
	for (i = 0; i < around->n_visible; i++)
		if (around->nodes.nodes[around->visible[i]].visibility == TRL_VISIBILITY_VISIBLE)
			around->visible[kept++] = around->visible[i];
	around->n_visible = kept;
}

bool
trl_around_next(TrlAround *around)
{
	uint32		n = Min(around->n_ids - around->next, TRL_AROUND_NODES);
	bool		is_new;
	uint32		i;

	CHECK_FOR_INTERRUPTS();
	if (n == 0)
		return false;
	MemoryContextReset(around->cxt);
	trl_nodeset_init(&around->nodes, around->call->graph->kind, around->cxt);
	for (i = 0; i < n; i++)
		around->visible[i] = trl_nodeset_intern(&around->nodes,
												around->ids[around->next + i],
												&is_new);
	around->next += n;
	around->n_visible = n;
	if (trl_hop_knows_nodes(around->hop))
		keep_visible(around);
	return true;
}

void
trl_around_run(TrlAround *around, TrlDirection direction, TrlEdgeSink sink,
			   void *state)
{
	uint32		numbers[TRL_AROUND_NODES];

	/* the hop may sort what it is given */
	memcpy(numbers, around->visible, sizeof(uint32) * around->n_visible);
	trl_hop_run(around->hop, numbers, around->n_visible, direction, sink, state);
}
