/*
 * batch.h - the elements of a writer's batch: of one jsonb argument, or of arrays
 */
#ifndef TRL_KG_BATCH_H
#define TRL_KG_BATCH_H

#include "fmgr.h"
#include "utils/jsonb.h"

/* What a key's value must be, and the type it is read into. */
typedef enum TrlBatchType
{
	TRL_BATCH_ID,				/* string or number, read as text */
	TRL_BATCH_TEXT,				/* string */
	TRL_BATCH_INT4,
	TRL_BATCH_INT8,
	TRL_BATCH_FLOAT8,
	TRL_BATCH_TIME,				/* string, read as timestamptz */
	TRL_BATCH_OBJECT			/* read as jsonb */
} TrlBatchType;

typedef struct TrlBatchKey
{
	const char *name;
	TrlBatchType type;
} TrlBatchKey;

/* Values by key, then by element; a key that is absent or null is NULL. */
typedef struct TrlBatch
{
	const char *argument;		/* that the elements come from */
	const char **arguments;		/* by key, for arrays; NULL for jsonb */
	int			n;				/* elements */
	const TrlBatchKey *keys;
	int			n_keys;
	Datum	  **values;
	bool	  **nulls;
} TrlBatch;

/*
 * In the current context.  ERROR naming the argument and the element for
 * anything but an array of objects with known keys and suitable values.
 */
extern TrlBatch *trl_batch_read(Jsonb *json, const char *argument,
								const TrlBatchKey *keys, int n_keys);

/* Fills a key of the batch from an array argument. */
typedef struct TrlBatchArray
{
	const char *argument;
	int			key;
} TrlBatchArray;

/*
 * The same from arrays: those arguments from first_arg on, one a key, are as
 * long as the first of them.  NULL for an array: no element has the key.
 */
extern TrlBatch *trl_batch_read_arrays(FunctionCallInfo fcinfo, int first_arg,
									   const TrlBatchArray *arrays, int n_arrays,
									   const TrlBatchKey *keys, int n_keys);

/* A batch whose elements have no key yet. */
extern TrlBatch *trl_batch_new(const char *argument, const TrlBatchKey *keys,
							   int n_keys, int n);

/* ERROR unless the element (from 0) has the key. */
extern void trl_batch_require(const TrlBatch *batch, int element, int key);

/* ERROR about an element (from 0), which the message names. */
extern void trl_batch_error(const TrlBatch *batch, int element, int sqlstate,
							const char *message, const char *hint);

/* ERROR about an element's value, such as "is not a whole number". */
extern void trl_batch_value_error(const TrlBatch *batch, int element, int key,
								  const char *problem);

#endif							/* TRL_KG_BATCH_H */
