/*
 * enumerate.h - the paths of one length, one after the other
 */
#ifndef TRL_KG_ENUMERATE_H
#define TRL_KG_ENUMERATE_H

#include "kg/path/lengths.h"

/* What a path may meet again, as GQL defines it. */
typedef enum TrlPathMode
{
	TRL_PATH_WALK,				/* anything */
	TRL_PATH_TRAIL,				/* no edge */
	TRL_PATH_ACYCLIC,			/* no node */
	TRL_PATH_SIMPLE				/* no node, but the last may be the first */
} TrlPathMode;

/* Gets the path's arcs, by number; false stops the enumeration. */
typedef bool (*TrlPathSink) (void *state, uint32 source, const uint32 *arcs,
							 int length);

typedef struct TrlEnumeration
{
	const TrlLengths *reach;
	TrlPathMode mode;
	bool		shared_edges;	/* an edge may be walked both ways */
	TrlPathSink sink;
	void	   *state;
	bool		further;		/* there may be longer paths */
} TrlEnumeration;

/*
 * Paths of exactly that many edges from the source, in order of their nodes'
 * ids, then of their edges.  Holds one path at a time.  False if the sink
 * stopped it.
 */
extern bool trl_enumerate(TrlEnumeration *task, uint32 source, int length);

#endif							/* TRL_KG_ENUMERATE_H */
