/*
 * upsert.h - what the two writers share
 */
#ifndef TRL_KG_UPSERT_H
#define TRL_KG_UPSERT_H

#include "fmgr.h"

#include "kg/write/batch.h"
#include "kg/write/rows.h"

/* The graph that is written to, and how large its tables are. */
typedef struct TrlTarget
{
	const char *name;			/* of the graph, which is its schema's */
	const char *schema;			/* the same, quoted */
	int			node_size;		/* size classes, see graph.h */
	int			edge_size;
} TrlTarget;

/* The graph that argument 0 names; ERROR if there is none. */
extern TrlTarget trl_upsert_target(FunctionCallInfo fcinfo);

/* A statement over the graph, planned for its size. */
extern char *trl_upsert_sql(const TrlTarget *target, const char *statement);

/*
 * Builds the rows of a batch: column[i] is the batch's key that fills column
 * i of the rows.
 */
extern TrlRows *trl_upsert_rows(const TrlBatch *batch, const int *column,
								const Oid *types, int n_columns, int n_keys);

/* Writes them; ERROR naming the element that cannot be written. */
extern void trl_upsert_write(const TrlBatch *batch, TrlRows *rows,
							 const TrlRowsSql *sql, const TrlTarget *target,
							 const bool *match_first);

/* Columns of a batch that say where its rows were found. */
typedef struct TrlSourceKeys
{
	int			chunk_id;
	int			doc_id;
	const char *insert;			/* parameters: chunks, ids, documents */
} TrlSourceKeys;

extern void trl_upsert_sources(const TrlBatch *batch, const TrlRows *rows,
							   const TrlSourceKeys *keys, const TrlTarget *target);

/* The array of a batch's key, all elements or those of a selection. */
extern Datum trl_upsert_array(const TrlBatch *batch, int key, Oid type,
							  const int *elements, int n);

#endif							/* TRL_KG_UPSERT_H */
