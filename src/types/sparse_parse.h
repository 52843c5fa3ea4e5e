/*
 * sparse_parse.h - the text form of sparsevec: "{index:value,...}/dimensions"
 */
#ifndef TRL_TYPES_SPARSE_PARSE_H
#define TRL_TYPES_SPARSE_PARSE_H

typedef struct TrlSparseEntry
{
	int32		index;			/* the first is 0; as written, maybe outside */
	float		value;			/* finite, not 0 */
} TrlSparseEntry;

/*
 * The most entries that text can hold.  Counting stops above max, so that the
 * result is at most max + 1.
 */
extern int	trl_sparse_room(const char *text, int max);

/*
 * Reads text.
 *
 * text     zero-terminated, not changed
 * entries  room for trl_sparse_room(); those that are not 0, in the text's
 *          order, neither sorted nor checked for places taken twice
 * dim      as written, maybe out of range
 *
 * Integers beyond int32 become one that no valid index or dimension is.
 * Returns the number of entries.  Raises 22P02 for bad syntax, 22003 for a
 * value that overflows float4 or underflows to 0, 22000 for NaN and infinity.
 */
extern int	trl_sparse_parse(const char *text, TrlSparseEntry *entries,
							 int32 *dim);

/* Sorts entries by index. */
extern void trl_sparse_sort(TrlSparseEntry *entries, int n);

#endif							/* TRL_TYPES_SPARSE_PARSE_H */
