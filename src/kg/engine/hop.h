/*
 * hop.h - from a set of nodes along their edges, through the executor
 *
 * The one place that reads edges.  What comes out is already filtered by
 * privileges, policies, the caller's conditions, hidden nodes and the
 * fan-out limit.
 */
#ifndef TRL_KG_HOP_H
#define TRL_KG_HOP_H

#include "datatype/timestamp.h"

#include "kg/engine/args.h"
#include "kg/engine/budget.h"
#include "kg/engine/graph.h"
#include "kg/engine/nodeset.h"
#include "kg/engine/plan.h"
#include "kg/engine/rels.h"

/* Which edges may be walked. */
typedef struct TrlFilter
{
	Datum	   *rels;			/* text; meaningful if has_rels */
	int			n_rels;
	bool		has_rels;
	bool		has_min_weight;
	bool		has_min_confidence;
	bool		has_valid_at;
	bool		has_known_at;
	float8		min_weight;
	float8		min_confidence;
	TimestampTz valid_at;
	TimestampTz known_at;
} TrlFilter;

/* What is told of an edge once it has been walked. */
typedef struct TrlStep
{
	TrlKey		edge_id;		/* 0 unless has_edge_id */
	float8		weight;			/* 0 unless has_weight */
	int32		rel;			/* see rels.h; TRL_REL_NONE if NULL */
	bool		has_edge_id;
	bool		has_weight;
} TrlStep;

/*
 * One edge, seen from the node it was reached from.  Pointer keys are valid
 * during the sink's call only.
 */
typedef struct TrlEdge
{
	TrlStep		step;
	TrlKey		far_key;
	uint32		near;			/* node numbers in the hop's set */
	uint32		far;
	bool		reversed;		/* the edge leads from far to near */
} TrlEdge;

typedef void (*TrlEdgeSink) (void *state, const TrlEdge *edge);

typedef struct TrlHop TrlHop;

/*
 * nodes: where both ends are interned.  max_fanout: edges followed per node,
 * TRL_NO_LIMIT for all; the heaviest, then those of lowest id.  Everything
 * lives in the current memory context, which must outlive the hop.
 */
extern TrlHop *trl_hop_create(const TrlGraph *graph, const TrlFilter *filter,
							  TrlNodeSet *nodes, TrlRels *rels,
							  TrlBudget *budget, int max_fanout);

/* Replaces the filter's relations: for walks that change them by the step. */
extern void trl_hop_set_rels(TrlHop *hop, Datum *rels, int n_rels);

/*
 * Self-loops come too: once, as not reversed, where both directions are
 * asked for.  Without it they are left out, for they lead nowhere.
 */
extern void trl_hop_keep_loops(TrlHop *hop);

/*
 * Only edges to nodes that have a visit (TrlNode) come, so that no other far
 * node is interned: for the edges among nodes that a walk has kept.
 */
extern void trl_hop_stay_within(TrlHop *hop);

/*
 * How many rows may be read for a node in one direction, and whether there
 * were so many: then some may be missing.  For hubs that are of use only if
 * they are none.
 */
typedef struct TrlRowLimit
{
	uint32		limit;
	uint32		rows;
	bool		hit;
} TrlRowLimit;

/*
 * Sets limits, by node number, for the runs that follow; NULL for none.  Not
 * together with a fan-out limit, which must see all edges.
 */
extern void trl_hop_limit_rows(TrlHop *hop, TrlRowLimit *limits);

/* True if far nodes may be hidden from the user, or missing. */
extern bool trl_hop_may_hide(const TrlHop *hop);

/*
 * How many levels, with the next one, may follow: where many will, all edges
 * are read at once (bulk.h).  One unless said.
 */
extern void trl_hop_expect(TrlHop *hop, int levels);

/*
 * Far nodes get no number unless they must be checked: edge->far may be
 * TRL_NONE, edge->far_key says which it is.  For counting.
 */
extern void trl_hop_leave_far(TrlHop *hop);

/*
 * Hands the sink every edge of the nodes, in no order, without self-loops.
 * May sort the nodes.
 */
extern void trl_hop_run(TrlHop *hop, uint32 *nodes, uint32 n,
						TrlDirection direction, TrlEdgeSink sink, void *state);

/* True if the graph has a node relation, so that a node may be missing. */
extern bool trl_hop_knows_nodes(const TrlHop *hop);

/* Marks the numbered nodes that exist and are visible to the user. */
extern void trl_hop_check_nodes(TrlHop *hop, const uint32 *nodes, uint32 n);

/* True if the fan-out limit left an edge out. */
extern bool trl_hop_truncated(const TrlHop *hop);

/*
 * Compares two edges between the same nodes by id, then the heavier, then by
 * relation; an edge without an id, or weight, comes last.  For ties.
 */
extern int	trl_step_compare(const TrlHop *hop, const TrlStep *a,
							 const TrlStep *b);

/* A copy whose pointers live in cxt. */
extern TrlStep trl_step_copy(const TrlHop *hop, const TrlStep *step,
							 MemoryContext cxt);

#endif							/* TRL_KG_HOP_H */
