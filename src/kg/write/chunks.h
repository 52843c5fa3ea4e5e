/*
 * chunks.h - rows of trellis.graph_chunks
 */
#ifndef TRL_KG_CHUNKS_H
#define TRL_KG_CHUNKS_H

#include "nodes/pg_list.h"

#include "kg/engine/graph.h"
#include "kg/write/upsert.h"

/* A relation with documents, chunks or what belongs to chunks. */
typedef struct TrlChunks
{
	Oid			rel;
	const char *name;			/* qualified and quoted for SQL */
	TrlColumn	chunk_id;		/* attnum 0: it has none */
	TrlColumn	doc_id;
} TrlChunks;

/*
 * The relations of a graph that exist, a list of TrlChunks in the current
 * context: what hangs on chunks first, then chunks, then documents, each by
 * name.  ERROR for one that has lost a column, or belongs to somebody else
 * than when it was registered; WARNING, and left out, if the graph does.
 */
extern List *trl_chunks_of_graph(const TrlTarget *target);

#endif							/* TRL_KG_CHUNKS_H */
