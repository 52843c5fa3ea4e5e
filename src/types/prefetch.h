/*
 * prefetch.h - asks for the rows of the next page while this one is computed
 *
 * In a table larger than the processor's cache, a distance waits for its row
 * much longer than it computes: rows are read a page at a time, and every
 * page begins with a series of cache misses.  Pages that were loaded in order
 * mostly lie in order in shared buffers, so that the row in the same place of
 * the next page is BLCKSZ bytes ahead.  Asking for it in time hides the wait
 * for it, and for its tuple header, which the scan looks at first.
 *
 * Whether pages do lie in order is observed, by waiting for one announced row
 * at a time to come by; only then is anything fetched.  A fetch never faults
 * and reads nothing that a result depends on.
 */
#ifndef TRL_TYPES_PREFETCH_H
#define TRL_TYPES_PREFETCH_H

/* What is known of the rows passing by, in this process. */
typedef struct TrlRowStream
{
	uintptr_t	left;			/* the last call's left operand */
	uintptr_t	awaited;		/* a row that should come by, if in order */
	int			patience;		/* calls until that counts as no */
	bool		in_order;		/* the last awaited row came by */
} TrlRowStream;

extern TrlRowStream trl_row_stream;

#define TRL_ROW_PATIENCE 64		/* rows on a page worth a prefetch, or more */
#define TRL_CACHE_LINE 64		/* bytes, or a divisor of more */
#define TRL_TUPLE_HEADER 64		/* bytes before a value, or so */

/*
 * To be called with both operands of each distance, as they lie in memory,
 * and the size in bytes of either.  The operand that changes from call to
 * call is the row.
 */
static inline void
trl_prefetch_next_page(const void *a, const void *b, Size size)
{
	TrlRowStream *stream = &trl_row_stream;
	uintptr_t	row = (uintptr_t) a;
	uintptr_t	line;

	if (row == stream->left)
		row = (uintptr_t) b;
	stream->left = (uintptr_t) a;
	if (row == stream->awaited || --stream->patience < 0)
	{
		stream->in_order = (row == stream->awaited);
		stream->awaited = row + BLCKSZ;
		stream->patience = TRL_ROW_PATIENCE;
	}
	if (!stream->in_order)
		return;
	for (line = row + BLCKSZ - TRL_TUPLE_HEADER;
		 line < row + BLCKSZ + size; line += TRL_CACHE_LINE)
		__builtin_prefetch((const void *) line);
}

#endif							/* TRL_TYPES_PREFETCH_H */
