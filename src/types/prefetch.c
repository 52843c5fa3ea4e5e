/*
 * prefetch.c - what the distances of this process know of the rows they meet
 *
 * Locks and WAL: none.  Memory: one static struct.  It holds addresses that
 * are compared and never read through.
 */
#include "postgres.h"

#include "types/prefetch.h"

TrlRowStream trl_row_stream;
