/*
 * graph_sql.h - SQL text over a graph's tables
 */
#ifndef TRL_KG_GRAPH_SQL_H
#define TRL_KG_GRAPH_SQL_H

/*
 * Operators that no search_path can replace, for the texts of writers.
 * Traversal (hop.c) spells them out.
 */
#define TRL_EQ " OPERATOR(pg_catalog.=) "
#define TRL_NE " OPERATOR(pg_catalog.<>) "
#define TRL_LT " OPERATOR(pg_catalog.<) "

/*
 * Casts of what comes back, to the types it is read as.  A schema with tables
 * of the right names but other types is a graph to the writers as well.
 */
#define TRL_AS_INT4 "::pg_catalog.int4"
#define TRL_AS_INT8 "::pg_catalog.int8"
#define TRL_AS_TEXT "::pg_catalog.text"
#define TRL_AS_TIME "::pg_catalog.timestamptz"

/* Arrays as the columns of one table, told apart by their parameters. */
#define TRL_U(n) "pg_catalog.unnest($" #n ")"
#define TRL_UNNEST2 "ROWS FROM (" TRL_U(1) ", " TRL_U(2) ")"
#define TRL_UNNEST3 "ROWS FROM (" TRL_U(1) ", " TRL_U(2) ", " TRL_U(3) ")"

/* The statement with each "@graph@" replaced, in the current context. */
extern char *trl_graph_sql(const char *statement, const char *quoted_schema);

#endif							/* TRL_KG_GRAPH_SQL_H */
