/*
 * source.h - whether a walk probes the edges' index or reads them all
 */
#ifndef TRL_KG_SOURCE_H
#define TRL_KG_SOURCE_H

#include "kg/engine/args.h"
#include "kg/engine/budget.h"
#include "kg/engine/graph.h"

/* What a hop knows about its walk so far. */
typedef struct TrlSource
{
	bool		possible;		/* all edges could be read */
	bool		policies;		/* each edge costs a policy's conditions */
	double		table_edges;	/* rows of the edge relation, estimated */
	double		table_nodes;
	int			levels;			/* may follow, with the next one */
	double		n_edges;		/* found so far */
	double		n_expanded;		/* nodes they were found from */
	double		last_level;		/* nodes of the level before */
} TrlSource;

extern void trl_source_init(TrlSource *source, const TrlGraph *graph);

/* A level of n nodes is done. */
extern void trl_source_note(TrlSource *source, uint32 n);

/*
 * True if to read all edges is expected to cost less than to probe for n
 * nodes and those that follow, and if they fit into the budget.
 */
extern bool trl_source_prefers_bulk(TrlSource *source, const TrlBudget *budget,
									uint32 n, TrlDirection direction);

#endif							/* TRL_KG_SOURCE_H */
