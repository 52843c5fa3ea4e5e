/*
 * budget.c - the memory that one call may take
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "kg/engine/budget.h"

/* Below this a traversal could not hold its own buffers. */
#define MIN_LIMIT ((Size) 1024 * 1024)

void
trl_budget_init(TrlBudget *budget, MemoryContext cxt)
{
	budget->cxt = cxt;
	budget->limit = Max(get_hash_memory_limit(), MIN_LIMIT);
}

void
trl_budget_check(const TrlBudget *budget)
{
	trl_budget_claim(budget, 0);
}

void
trl_budget_claim(const TrlBudget *budget, Size more)
{
	Size		used = MemoryContextMemAllocated(budget->cxt, true) + more;

	if (used <= budget->limit)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OUT_OF_MEMORY),
			 errmsg("graph traversal needs more memory than it may take"),
			 errdetail("It holds %zu kB and may hold %zu kB.",
					   used / 1024, budget->limit / 1024),
			 errhint("Raise work_mem or hash_mem_multiplier, or lower max_nodes, max_fanout or max_depth.")));
}

bool
trl_budget_allows(const TrlBudget *budget, Size bytes)
{
	Size		used = MemoryContextMemAllocated(budget->cxt, true);

	return used <= budget->limit && bytes <= budget->limit - used;
}

void
trl_budget_reserve(const TrlBudget *budget, Size bytes)
{
	Size		used = MemoryContextMemAllocated(budget->cxt, true);

	if (trl_budget_allows(budget, bytes))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OUT_OF_MEMORY),
			 errmsg("the graph needs more memory than this call may take"),
			 errdetail("It needs %zu kB and may hold %zu kB.",
					   (used + bytes) / 1024, budget->limit / 1024),
			 errhint("Raise work_mem or hash_mem_multiplier, or leave edges out.")));
}

void *
trl_budget_array(const TrlBudget *budget, uint64 n, Size size)
{
	Size		bytes = Max(n, 1) * size;

	trl_budget_reserve(budget, bytes);
	return MemoryContextAllocHuge(CurrentMemoryContext, bytes);
}
