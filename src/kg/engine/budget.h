/*
 * budget.h - the memory that one call may take
 *
 * work_mem times hash_mem_multiplier, as for a hash join.  A context counts
 * what it holds from the allocator, its children included.
 */
#ifndef TRL_KG_BUDGET_H
#define TRL_KG_BUDGET_H

typedef struct TrlBudget
{
	MemoryContext cxt;
	Size		limit;			/* bytes */
} TrlBudget;

extern void trl_budget_init(TrlBudget *budget, MemoryContext cxt);

/* ERROR 53200 naming the setting if the context has outgrown the limit. */
extern void trl_budget_check(const TrlBudget *budget);

/* True if bytes more would stay within the limit. */
extern bool trl_budget_allows(const TrlBudget *budget, Size bytes);

/*
 * For what reads a whole graph: ERROR 53200 if bytes more would outgrow the
 * limit.  Call it before they are taken.
 */
extern void trl_budget_reserve(const TrlBudget *budget, Size bytes);

/* n elements in the current context, reserved before; not zeroed. */
extern void *trl_budget_array(const TrlBudget *budget, uint64 n, Size size);

/* The same if so many bytes came on top. */
extern void trl_budget_claim(const TrlBudget *budget, Size more);

#endif							/* TRL_KG_BUDGET_H */
