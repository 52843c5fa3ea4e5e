/*
 * catalog.h - rows of trellis.graph_edges
 */
#ifndef TRL_KG_CATALOG_H
#define TRL_KG_CATALOG_H

#include "kg/engine/graph.h"

/*
 * One row: columns by name, NULL where there is none.  Relations are kept by
 * name, since the table is dumped and restored before or without them.
 */
typedef struct TrlRegistration
{
	const char *column[TRL_ROLES];
	const char *node_schema;
	const char *node_name;
	const char *node_key;
	const char *type_schema;
	const char *type_name;
} TrlRegistration;

/* NULL if the relation is not registered.  In the current context. */
extern TrlRegistration *trl_catalog_find(Oid rel);

/* Writes the row of a relation, whether or not there is one. */
extern void trl_catalog_store(Oid rel, const TrlRegistration *registration);

#endif							/* TRL_KG_CATALOG_H */
