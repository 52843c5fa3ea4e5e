/*
 * hop_parts.h - what the files of a hop share: hop.c, hop_query.c, hop_settle.c
 *
 * Not for others: hop.h is the interface.
 */
#ifndef TRL_KG_HOP_PARTS_H
#define TRL_KG_HOP_PARTS_H

#include "kg/engine/bulk.h"
#include "kg/engine/hop.h"
#include "kg/engine/source.h"

/* Nodes per query: more gain nothing, fewer pay the query's fixed cost. */
#define TRL_HOP_BATCH_NODES 1000

/* The buffer is settled when it holds so many edges. */
#define TRL_HOP_BUFFER_FULL 8192

/* In place of a count: the node is not of this batch. */
#define TRL_NOT_IN_BATCH PG_UINT32_MAX

/* The edge query of one direction, planned when first needed. */
typedef struct TrlHopQuery
{
	TrlRun	   *run;
	TrlParams	params;			/* the first one is the batch's */
} TrlHopQuery;

struct TrlHop
{
	const TrlGraph *graph;
	TrlFilter	filter;
	TrlNodeSet *nodes;
	TrlRels    *rels;
	TrlBudget  *budget;
	int			max_fanout;
	bool		check_far;		/* far nodes may be hidden */
	bool		direct;			/* no edge waits: none can be dropped */
	uint32		n_passed;
	TrlBulk    *bulk;			/* all edges, once it pays; or NULL */
	TrlSource	source;			/* what tells when */
	bool		truncated;
	TrlKeyKind	edge_kind;

	MemoryContext cxt;			/* the hop's */
	MemoryContext batch_cxt;	/* parameters; reset per batch */
	MemoryContext key_cxt;		/* keys of buffered edges */

	ArrayType  *rels_parameter;
	Oid			rels_type;

	TrlHopQuery out;
	TrlHopQuery in;
	TrlRun	   *check_run;

	/* the batch */
	TrlEdge    *edges;
	uint32		n_edges;
	uint32		capacity;
	uint32		full;			/* settle when so many wait */
	uint32	   *fanout;			/* buffered edges of a near node, by number;
								 * NOT_IN_BATCH for others */
	uint32		fanout_capacity;
	bool		over_limit;		/* some node has more than the limit */
	uint32	   *pending;		/* new nodes whose visibility is unknown */
	uint32		n_pending;
	uint32		pending_capacity;
	uint32		last_near;		/* most rows repeat the previous near node */
	bool		near_is_dst;
	bool		loops;			/* pass self-loops on */
	bool		within;			/* only to nodes that have a visit */
	bool		leave_far;		/* far nodes need no number */
	TrlRowLimit *limits;		/* by node number; NULL: none */
	bool		planned_limits; /* the queries have them */
	TrlDirection direction;
	TrlEdgeSink sink;
	void	   *sink_state;
};

/* hop_query.c: edges of the batch's nodes, in one direction, to take_edge. */
extern void trl_hop_query(TrlHop *hop, const uint32 *numbers, uint32 n,
						  bool near_is_dst);

/*
 * hop_settle.c: an edge of the batch, whose keys are valid during the call;
 * far may be TRL_NONE.  It goes to the sink, at once or when settled.
 */
extern void trl_hop_take(TrlHop *hop, TrlEdge *edge);

/*
 * Works off the buffer.  final: no more edges of this batch will come, so
 * that what is left under the limit can go.
 */
extern void trl_hop_settle(TrlHop *hop, bool final);
extern MemoryContext trl_hop_key_context(const TrlHop *hop);

#endif							/* TRL_KG_HOP_PARTS_H */
