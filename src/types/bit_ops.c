/*
 * bit_ops.c - distances between bit strings
 *
 * For the types bit and varbit of the server.  The bits behind the end of a
 * string are zero, so that whole bytes can be counted.
 *
 * Locks and WAL: none.  Memory: nothing kept.
 */
#include "postgres.h"

#include "core/compat.h"
#include "kernels/kernels.h"
#include "types/distance.h"
#include "types/prefetch.h"

/* The arguments' bits, checked. */
typedef struct Operands
{
	const uint8 *a;
	const uint8 *b;
	Size		n_bytes;
} Operands;

/*
 * Bits are read in place also behind a one-byte header, as bit strings of up
 * to 976 bits have in a table.  Their length may then lie anywhere.
 */
static inline int32
bit_length(const struct varlena *bits)
{
	int32		length;

	memcpy(&length, VARDATA_ANY(bits), sizeof(length));
	return length;
}

static pg_attribute_always_inline Operands
operands(FunctionCallInfo fcinfo)
{
	struct varlena *a = trl_distance_argument_packed(fcinfo, 0);
	struct varlena *b = trl_distance_argument_packed(fcinfo, 1);
	Operands	pair;

	if (unlikely(bit_length(a) != bit_length(b)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("different bit lengths %u and %u",
						(unsigned) bit_length(a), (unsigned) bit_length(b))));
	trl_prefetch_next_page(a, b, VARSIZE_ANY(a));
	pair.a = (const uint8 *) VARDATA_ANY(a) + sizeof(int32);
	pair.b = (const uint8 *) VARDATA_ANY(b) + sizeof(int32);
	pair.n_bytes = VARSIZE_ANY_EXHDR(a) - sizeof(int32);
	return pair;
}

/* How many bits differ. */
static inline double
hamming(FunctionCallInfo fcinfo)
{
	Operands	o = operands(fcinfo);

	return (double) trl_kernels->bits_hamming(o.a, o.b, o.n_bytes);
}

/*
 * 1 - (bits set in both) / (bits set in either); 1 where no bit is set in
 * both, also where none is set at all.
 */
static inline double
jaccard(FunctionCallInfo fcinfo)
{
	Operands	o = operands(fcinfo);
	uint64_t	both;
	uint64_t	either;

	trl_kernels->bits_overlap(o.a, o.b, o.n_bytes, &both, &either);
	if (both == 0)
		return 1;
	return 1 - (double) both / (double) either;
}

TRL_DISTANCE(trl_hamming_distance, hamming(fcinfo));
TRL_DISTANCE(trl_jaccard_distance, jaccard(fcinfo));
