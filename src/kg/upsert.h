/*
 * upsert.h - what the two writers share
 */
#ifndef TRL_KG_UPSERT_H
#define TRL_KG_UPSERT_H

#include "fmgr.h"

#include "kg/batch.h"
#include "kg/rows.h"

/* The quoted schema of the graph that argument 0 names; ERROR if none. */
extern char *trl_upsert_graph(FunctionCallInfo fcinfo);

/*
 * Builds the rows of a batch: column[i] is the batch's key that fills column
 * i of the rows.
 */
extern TrlRows *trl_upsert_rows(const TrlBatch *batch, const int *column,
								const Oid *types, int n_columns, int n_keys);

/* Writes them; ERROR naming the element that cannot be written. */
extern void trl_upsert_write(const TrlBatch *batch, TrlRows *rows,
							 const TrlRowsSql *sql, const char *schema,
							 const bool *match_first);

/* Columns of a batch that say where its rows were found. */
typedef struct TrlSourceKeys
{
	int			chunk_id;
	int			doc_id;
	const char *insert;			/* parameters: chunks, ids, documents */
} TrlSourceKeys;

extern void trl_upsert_sources(const TrlBatch *batch, const TrlRows *rows,
							   const TrlSourceKeys *keys, const char *schema);

/* The array of a batch's key, all elements or those of a selection. */
extern Datum trl_upsert_array(const TrlBatch *batch, int key, Oid type,
							  const int *elements, int n);

#endif							/* TRL_KG_UPSERT_H */
