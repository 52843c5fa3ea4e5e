/*
 * numbers.h - a node set's numbers by id, for very many look-ups
 *
 * In front of the set's hash table: where ids are integers that lie close
 * together, as those of an identity column do, an array has their numbers.
 */
#ifndef TRL_KG_NUMBERS_H
#define TRL_KG_NUMBERS_H

#include "kg/engine/budget.h"
#include "kg/engine/nodeset.h"

typedef struct TrlNumbers
{
	TrlNodeSet *nodes;
	const TrlBudget *budget;
	bool		closed;			/* no node is added: others have no number */
	bool		lenient;		/* the caller looks at the budget: no error */
	int64		first;			/* id of the window's first place */
	uint64		width;			/* places; 0: there is none */
	uint32	   *window;
	MemoryContext cxt;
} TrlNumbers;

/* The window lives in the current memory context. */
extern void trl_numbers_init(TrlNumbers *numbers, TrlNodeSet *nodes,
							 const TrlBudget *budget);
extern void trl_numbers_free(TrlNumbers *numbers);

/*
 * The key's number; TRL_NONE if it is not in a closed set.  An open one
 * takes it in, under the budget; then *is_new is set, otherwise left alone.
 */
extern uint32 trl_numbers_get_new(TrlNumbers *numbers, TrlKey key,
								  bool *is_new);

/* Places that are not known yet; TRL_NONE is an answer, too. */
#define TRL_NUMBERS_UNKNOWN (TRL_NONE - 1)

static inline uint32
trl_numbers_get(TrlNumbers *numbers, TrlKey key, bool *is_new)
{
	uint64		place = key - (uint64) numbers->first;

	if (place < numbers->width &&
		numbers->window[place] != TRL_NUMBERS_UNKNOWN)
		return numbers->window[place];
	return trl_numbers_get_new(numbers, key, is_new);
}

#endif							/* TRL_KG_NUMBERS_H */
