/*
 * graph.h - what a relation is as a graph
 *
 * A graph is any table, partitioned table, materialized view, foreign table
 * or security_invoker view with a source and a target column.  Which columns
 * these are stands in trellis.graph_edges; a relation that is not there is
 * read by the usual column names (src, dst, rel, weight, ...).
 */
#ifndef TRL_KG_GRAPH_H
#define TRL_KG_GRAPH_H

#include "access/attnum.h"
#include "utils/relcache.h"

#include "kg/engine/keys.h"

/* The roles that columns of an edge relation play. */
typedef enum TrlRole
{
	TRL_ROLE_SRC,
	TRL_ROLE_DST,
	TRL_ROLE_REL,
	TRL_ROLE_WEIGHT,
	TRL_ROLE_CONFIDENCE,
	TRL_ROLE_EDGE_ID,
	TRL_ROLE_VALID_FROM,
	TRL_ROLE_VALID_TO,
	TRL_ROLE_RECORDED_AT,
	TRL_ROLE_EXPIRED_AT
} TrlRole;

#define TRL_ROLES (TRL_ROLE_EXPIRED_AT + 1)

/* The argument of register_edges, and the usual name of such a column. */
extern const char *trl_role_argument(TrlRole role);
extern const char *trl_role_usual_name(TrlRole role);

typedef struct TrlColumn
{
	AttrNumber	attnum;			/* 0: the graph has none */
	Oid			type;			/* of the column, domains looked through */
	bool		not_null;
	const char *name;			/* quoted for SQL */
	const char *label;			/* as it is, for messages */
} TrlColumn;

/* All strings and the struct itself in the context of trl_graph_open(). */
typedef struct TrlGraph
{
	Oid			rel;
	const char *name;			/* qualified and quoted for SQL */
	TrlKeyKind	kind;			/* of src and dst */
	TrlColumn	column[TRL_ROLES];

	Oid			nodes;			/* the node relation, or InvalidOid */
	const char *nodes_name;
	TrlColumn	node_key;
	bool		nodes_certain;	/* every endpoint is a node that the user may
								 * see: nothing to check */

	Oid			rel_types;		/* dictionary of relation names, or InvalidOid */
	const char *rel_types_name;
	TrlColumn	rel_types_key;
	TrlColumn	rel_types_label;
} TrlGraph;

/*
 * Describes a relation for the current user.  nodes overrides the registered
 * node relation unless InvalidOid.  Takes AccessShareLock on the relations,
 * kept to the end of the transaction.  ERROR if it is no graph.
 */
extern TrlGraph *trl_graph_open(Oid rel, Oid nodes);

/* ERROR naming argument unless the graph has this column. */
extern void trl_graph_require(const TrlGraph *graph, TrlRole role,
							  const char *argument);

/* ERROR unless the relation's kind can be read under the caller's rights. */
extern void trl_graph_check_relkind(Relation rel, const char *argument);

/* Schema-qualified, quoted. */
extern char *trl_relation_sql_name(Oid rel);
extern char *trl_type_sql_name(Oid type);

/*
 * How large a table is: log2 of its pages, 0 for what has none of its own.
 * Put into a query's text, it makes plan.c plan again once the table has
 * outgrown its plan, which may be before anything analyzes it.
 */
extern int	trl_relation_size_class(Oid rel);

#endif							/* TRL_KG_GRAPH_H */
