/*
 * prefetch.h - asks for the rows of the next page while this one is computed
 *
 * In a table larger than the processor's cache, a distance waits for its row
 * longer than it computes: a scan reads page after page, and each begins with
 * a series of cache misses.  Pages that were loaded in order mostly lie in
 * order in shared buffers, so that the row in the same place of the next page
 * is BLCKSZ bytes ahead.  Asking for it in time hides the wait for it, and for
 * its tuple header, which the scan will look at first.
 *
 * Whether pages do lie in order is observed: one row at a time is announced
 * and must come by; else nothing is fetched, so that rows met at random cost
 * no memory traffic.  A fetch changes no result and cannot fault, wherever the
 * address leads.
 */
#ifndef TRL_TYPES_PREFETCH_H
#define TRL_TYPES_PREFETCH_H

/* What is known of the rows passing by, in this process. */
typedef struct TrlRowStream
{
	uintptr_t	left;			/* left operand of the last call */
	uintptr_t	awaited;		/* where a row should be met if in order */
	int			patience;		/* calls until it counts as not met */
	bool		in_order;		/* the row awaited last was met */
} TrlRowStream;

extern TrlRowStream trl_row_stream;

/* Rows on a page, at most: smaller ones the processor itself reads ahead. */
#define TRL_ROW_PATIENCE 64

#define TRL_CACHE_LINE 64		/* bytes; right, or too small, everywhere */
#define TRL_TUPLE_HEADER 64		/* bytes in front of a value, about */

/*
 * To be called by each distance with both operands, and the bytes of one.
 * The operand that changes from call to call is taken for the row.
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
