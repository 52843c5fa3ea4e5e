/*
 * call.h - what every traversal function does first and last
 */
#ifndef TRL_KG_CALL_H
#define TRL_KG_CALL_H

#include "funcapi.h"

#include "kg/engine/walk.h"

/* One call of a traversal function. */
typedef struct TrlCall
{
	MemoryContext cxt;			/* of the call, current from begin to end */
	MemoryContext caller_cxt;
	ReturnSetInfo *result;
	TrlGraph   *graph;
	TrlFilter	filter;
	TrlRels    *rels;
	TrlBudget	budget;
	Oid			node_type;		/* of the result's node ids */
} TrlCall;

/*
 * Reads the arguments that traversals share: edges (the first), nodes, rels,
 * and from first_filter on min_weight, min_confidence, valid_at, known_at.
 * node_column is a column of the result, from 0, that holds node ids (or
 * arrays of them); they have the type of the argument named ids.  Call InitMaterializedSRF() before.
 */
extern void trl_call_begin(TrlCall *call, FunctionCallInfo fcinfo,
						   int nodes_arg, int rels_arg, int first_filter,
						   int node_column, const char *ids);

/*
 * The same for a function that returns one value: the ids' type is that of
 * the array argument ids_arg, which is named ids.
 */
extern void trl_call_begin_scalar(TrlCall *call, FunctionCallInfo fcinfo,
								  int nodes_arg, int rels_arg,
								  int first_filter, int ids_arg,
								  const char *ids);
extern void trl_call_end(TrlCall *call);

/* A node id as the result has it; ERROR if it does not fit its type. */
extern Datum trl_call_node(const TrlCall *call, TrlKey key);

/* An edge id: integers as bigint, others as text, the other one NULL. */
extern void trl_call_edge(const TrlCall *call, const TrlStep *step,
						  Datum *number, bool *number_null,
						  Datum *key, bool *key_null);
extern Datum trl_call_rel(const TrlCall *call, const TrlStep *step,
						  bool *is_null);

/*
 * Sets a boolean column of all rows put so far to true: for answers that turn
 * out to be cut only after rows were put.
 */
extern void trl_call_set_truncated(TrlCall *call, int column);

/* Says that a limit cut the answer. */
extern void trl_call_notice(const char *argument, int limit,
							const char *consequence);

#endif							/* TRL_KG_CALL_H */
