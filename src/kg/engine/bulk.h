/*
 * bulk.h - every edge that the filter lets through, read once
 *
 * For a walk that goes so far that to probe the index for each node costs
 * more than to read the table.  What is read is what the probes would find:
 * the same conditions, user and snapshot.
 */
#ifndef TRL_KG_BULK_H
#define TRL_KG_BULK_H

#include "kg/engine/hop.h"

typedef struct TrlBulk TrlBulk;

/*
 * True if edges of this graph can be kept so: ids are integers.  Those of the
 * nodes should lie close together, as an identity column's do.
 */
extern bool trl_bulk_possible(const TrlGraph *graph);

/* Bytes that so many edges between so many nodes will take. */
extern Size trl_bulk_size(double edges, double nodes);

/*
 * Reads the edges that can be walked in the directions, in a context of its
 * own below the current one.  NULL if they do not fit into the budget after
 * all, or ids lie too far apart.
 */
extern TrlBulk *trl_bulk_load(const TrlGraph *graph, const TrlFilter *filter,
							  ArrayType *rels_parameter, Oid rels_type,
							  TrlRels *rels, const TrlBudget *budget,
							  TrlDirection directions, double expected_edges);
extern void trl_bulk_free(TrlBulk *bulk);

/* True if these directions were asked for. */
extern bool trl_bulk_has(const TrlBulk *bulk, TrlDirection directions);

typedef void (*TrlBulkSink) (void *state, TrlEdge *edge);

/*
 * Each edge of the nodes, numbered in the set, that starts from them
 * (reversed: leads to them) goes to the sink, its far end interned.
 */
extern void trl_bulk_edges(TrlBulk *bulk, TrlNodeSet *set, const uint32 *nodes,
						   uint32 n, bool reversed, TrlBulkSink sink,
						   void *state);

#endif							/* TRL_KG_BULK_H */
