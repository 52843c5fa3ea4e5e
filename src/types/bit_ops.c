/*
 * bit_ops.c - distances between bit strings
 *
 * For the types bit and varbit of the server.  The bits behind the end of a
 * string are zero, so that whole bytes can be counted.
 *
 * Locks and WAL: none.  Memory: nothing kept.
 */
#include "postgres.h"

#include "utils/varbit.h"

#include "core/compat.h"
#include "kernels/kernels.h"
#include "types/distance.h"

static void
check_same_length(VarBit *a, VarBit *b)
{
	if (unlikely(VARBITLEN(a) != VARBITLEN(b)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("different bit lengths %u and %u",
						(unsigned) VARBITLEN(a), (unsigned) VARBITLEN(b))));
}

/* How many bits differ. */
static inline double
hamming(FunctionCallInfo fcinfo)
{
	VarBit	   *a = PG_GETARG_VARBIT_P(0);
	VarBit	   *b = PG_GETARG_VARBIT_P(1);

	check_same_length(a, b);
	return (double) trl_kernels->bits_hamming(VARBITS(a), VARBITS(b),
											  VARBITBYTES(a));
}

/*
 * 1 - (bits set in both) / (bits set in either); 1 where no bit is set in
 * both, also where none is set at all.
 */
static inline double
jaccard(FunctionCallInfo fcinfo)
{
	VarBit	   *a = PG_GETARG_VARBIT_P(0);
	VarBit	   *b = PG_GETARG_VARBIT_P(1);
	uint64_t	both;
	uint64_t	either;

	check_same_length(a, b);
	trl_kernels->bits_overlap(VARBITS(a), VARBITS(b), VARBITBYTES(a),
							  &both, &either);
	if (both == 0)
		return 1;
	return 1 - (double) both / (double) either;
}

TRL_DISTANCE(trl_hamming_distance, hamming(fcinfo));
TRL_DISTANCE(trl_jaccard_distance, jaccard(fcinfo));
