/*
 * lane_filter.c - functions that an index may ask of stored numbers
 *
 * Known by the address of the C function, so that neither a schema nor a name
 * is remembered.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "core/lane_filter.h"

#define MOST_FUNCTIONS 8

static const TrlLaneFunction *functions[MOST_FUNCTIONS];
static int	n_functions;

void
trl_register_lane_function(const TrlLaneFunction *function)
{
	Assert(n_functions < MOST_FUNCTIONS);
	functions[n_functions++] = function;
}

const TrlLaneFunction *
trl_find_lane_function(Oid funcid)
{
	FmgrInfo	info;
	int			i;

	fmgr_info(funcid, &info);
	for (i = 0; i < n_functions; i++)
	{
		if (functions[i]->function == info.fn_addr)
			return functions[i];
	}
	return NULL;
}
