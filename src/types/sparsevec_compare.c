/*
 * sparsevec_compare.c - order, equality and hash of sparsevec
 *
 * As if the zeros were there: element by element, then by dimensions.  The
 * functions run inside index builds, sorts and hash joins: they free their
 * arguments' copies.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "core/compat.h"
#include "types/compare.h"
#include "types/sparsevec.h"

TRL_FUNCTION(trl_sparsevec_hash);
TRL_FUNCTION(trl_sparsevec_hash_extended);

int
trl_sparsevec_compare(const TrlSparsevec *a, const TrlSparsevec *b)
{
	const float *a_values = trl_sparsevec_values(a);
	const float *b_values = trl_sparsevec_values(b);
	int32		common_dim = Min(a->dim, b->dim);
	int			i = 0;
	int			j = 0;

	for (;;)
	{
		/* where the next element of either stands, and what both have there */
		int32		at_a = i < a->nnz ? a->index[i] : common_dim;
		int32		at_b = j < b->nnz ? b->index[j] : common_dim;
		float		x = 0;
		float		y = 0;

		if (at_a >= common_dim && at_b >= common_dim)
			break;
		if (at_a <= at_b)
			x = a_values[i++];
		if (at_b <= at_a)
			y = b_values[j++];
		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a->dim > b->dim) - (a->dim < b->dim);
}

static int
compare_arguments(FunctionCallInfo fcinfo)
{
	TrlSparsevec *a = PG_GETARG_TRL_SPARSEVEC(0);
	TrlSparsevec *b = PG_GETARG_TRL_SPARSEVEC(1);
	int			order = trl_sparsevec_compare(a, b);

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return order;
}

TRL_COMPARISON(trl_sparsevec_lt, compare_arguments(fcinfo) < 0);
TRL_COMPARISON(trl_sparsevec_le, compare_arguments(fcinfo) <= 0);
TRL_COMPARISON(trl_sparsevec_eq, compare_arguments(fcinfo) == 0);
TRL_COMPARISON(trl_sparsevec_ne, compare_arguments(fcinfo) != 0);
TRL_COMPARISON(trl_sparsevec_ge, compare_arguments(fcinfo) >= 0);
TRL_COMPARISON(trl_sparsevec_gt, compare_arguments(fcinfo) > 0);
TRL_ORDERING(trl_sparsevec_cmp, compare_arguments(fcinfo));

/* Of two values the smaller or larger, for min() and max(). */
TRL_CHOICE(trl_sparsevec_smaller, compare_arguments(fcinfo) <= 0);
TRL_CHOICE(trl_sparsevec_larger, compare_arguments(fcinfo) >= 0);

/*
 * Equal vectors have equal hashes: a zero, which a column written by other
 * software may hold, counts as one that is not stored.
 */
static uint64
hash_argument(FunctionCallInfo fcinfo, uint64 seed)
{
	TrlSparsevec *v = PG_GETARG_TRL_SPARSEVEC(0);
	const float *values = trl_sparsevec_values(v);
	uint64		hash = seed;
	int			i;

	for (i = 0; i < v->nnz; i++)
	{
		struct
		{
			int32		index;
			float		value;
		}			element = {v->index[i], values[i]};

		if (element.value != 0)
			hash = hash_bytes_extended((unsigned char *) &element,
									   sizeof(element), hash);
	}
	hash = hash_bytes_extended((unsigned char *) &v->dim, sizeof(v->dim), hash);
	PG_FREE_IF_COPY(v, 0);
	return hash;
}

Datum
trl_sparsevec_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT32((uint32) hash_argument(fcinfo, 0));
}

Datum
trl_sparsevec_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT64(hash_argument(fcinfo, (uint64) PG_GETARG_INT64(1)));
}
