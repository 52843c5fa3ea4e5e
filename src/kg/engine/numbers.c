/*
 * numbers.c - a node set's numbers by id, for very many look-ups
 *
 * A look-up in the hash table costs two misses of the cache; a whole graph
 * takes two a row.  The window grows while it is not much wider than there
 * are nodes; ids outside of it go to the hash table.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/compat.h"
#include "kg/engine/numbers.h"

/* Places of a window: so many in any case, and so many a node. */
#define FREE_WIDTH 0x10000
#define WIDTH_PER_NODE 16

void
trl_numbers_init(TrlNumbers *numbers, TrlNodeSet *nodes, const TrlBudget *budget)
{
	memset(numbers, 0, sizeof(*numbers));
	numbers->nodes = nodes;
	numbers->budget = budget;
	numbers->cxt = CurrentMemoryContext;
}

void
trl_numbers_free(TrlNumbers *numbers)
{
	if (numbers->window != NULL)
		pfree(numbers->window);
	numbers->window = NULL;
	numbers->width = 0;
}

/* A window over all of the old one and the id, twice as wide as it must be. */
static void
widen(TrlNumbers *numbers, int64 id)
{
	uint64		limit = FREE_WIDTH + (uint64) numbers->nodes->count * WIDTH_PER_NODE;
	int64		first = numbers->width == 0 ? id : Min(numbers->first, id);
	int64		last = numbers->width == 0 ? id
	: Max(numbers->first + (int64) (numbers->width - 1), id);
	uint64		needed = (uint64) last - (uint64) first + 1;
	uint64		width = 2 * Max(needed, 512);
	uint32	   *window;

	if (needed == 0 || needed > limit / 2)
		return;
	/* room on the side that grew, without leaving the integers */
	if (numbers->width > 0 && id < numbers->first)
		first -= (int64) Min(width - needed, (uint64) first - (uint64) PG_INT64_MIN);
	width = Min(width, (uint64) PG_INT64_MAX - (uint64) first + 1);

	if (numbers->lenient && !trl_budget_allows(numbers->budget, sizeof(uint32) * width))
		return;
	trl_budget_reserve(numbers->budget, sizeof(uint32) * width);
	window = MemoryContextAllocHuge(numbers->cxt, sizeof(uint32) * width);
	for (uint64 i = 0; i < width; i++)
		window[i] = TRL_NUMBERS_UNKNOWN;
	if (numbers->width > 0)
		memcpy(window + (numbers->first - first), numbers->window,
			   sizeof(uint32) * numbers->width);
	trl_numbers_free(numbers);
	numbers->window = window;
	numbers->first = first;
	numbers->width = width;
}

/* Room for one more node, so that the budget is looked at before it is taken. */
static void
reserve(TrlNumbers *numbers)
{
	const TrlNodeSet *nodes = numbers->nodes;

	if (!numbers->lenient && nodes->count + 1 >= nodes->capacity)
		trl_budget_reserve(numbers->budget,
						   sizeof(TrlNode) * (Size) nodes->capacity);
}

uint32
trl_numbers_get_new(TrlNumbers *numbers, TrlKey key, bool *is_new)
{
	TrlNodeSet *nodes = numbers->nodes;
	uint64		place;
	uint32		number;
	bool		added = false;

	if (numbers->closed)
		number = trl_nodeset_find(nodes, key);
	else
	{
		reserve(numbers);
		number = trl_nodeset_intern(nodes, key, &added);
		*is_new |= added;
	}
	if (nodes->kind != TRL_KEY_INT)
		return number;
	place = key - (uint64) numbers->first;
	/* what is not there may be anywhere: it widens nothing */
	if (place >= numbers->width && number != TRL_NONE)
	{
		widen(numbers, (int64) key);
		place = key - (uint64) numbers->first;
	}
	if (place < numbers->width)
		numbers->window[place] = number;
	return number;
}
