/*
 * whole.h - what functions over a whole graph share
 */
#ifndef TRL_KG_WHOLE_H
#define TRL_KG_WHOLE_H

#include "kg/engine/call.h"
#include "kg/engine/csr.h"
#include "kg/whole/partition.h"

/*
 * One call.  Each function has two forms: where the second argument is
 * id_type, whose type is that of the result's ids, the others follow one
 * place later.
 */
typedef struct TrlWhole
{
	TrlCall		call;
	int			shift;			/* add to an argument's number: 0 or 1 */
	TrlNodeSet	nodes;
	TrlCsr	   *csr;
	float8	   *weight;			/* by edge: finite, 0 or more; NULL: all are 1 */
} TrlWhole;

/*
 * Reads the common arguments, see trl_call_begin(); numbers are those of the
 * form without id_type, where nodes is the last.
 */
extern void trl_whole_begin(TrlWhole *whole, FunctionCallInfo fcinfo,
							int nodes_arg, int rels_arg, int first_filter,
							int node_column);

/*
 * Reads the edges.  wanted: sides, see csr.h; weighted_arg: the argument, or
 * -1 if the function has none.
 */
extern void trl_whole_load(TrlWhole *whole, FunctionCallInfo fcinfo,
						   int wanted, int weighted_arg);
extern void trl_whole_end(TrlWhole *whole);

/* A node's id as the result has it. */
extern Datum trl_whole_node(const TrlWhole *whole, uint32 node);

/* Rows of node_id, group from 1, size: in order of groups, then ids. */
extern void trl_whole_put_partition(const TrlWhole *whole,
									const TrlPartition *partition);

#endif							/* TRL_KG_WHOLE_H */
