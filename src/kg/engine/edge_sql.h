/*
 * edge_sql.h - SQL text that reads edges: output columns and conditions
 */
#ifndef TRL_KG_EDGE_SQL_H
#define TRL_KG_EDGE_SQL_H

#include "lib/stringinfo.h"

#include "kg/engine/hop.h"

/*
 * Appends a column of e, cast to the type that it is read as; NULL where the
 * graph has none.  The cast is there even if the column has the type: a
 * function in a policy may alter the table between two queries of one call.
 */
extern void trl_edge_sql_output(StringInfo sql, const TrlColumn *column,
								Oid type);

/*
 * Appends " AND ..." for each condition of the filter on e, and its
 * parameters.  rels (of rels_type elements) is what trl_rels_parameter()
 * made of the filter's relations; not looked at if it has none.
 */
extern void trl_edge_sql_filter(StringInfo sql, TrlParams *params,
								const TrlGraph *graph,
								const TrlFilter *filter,
								ArrayType *rels, Oid rels_type);

#endif							/* TRL_KG_EDGE_SQL_H */
