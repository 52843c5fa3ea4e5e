/*
 * sparsevec_math.c - norm, normalisation and elements of sparsevec
 *
 * Locks and WAL: none.  Memory: results in the caller's context.
 */
#include "postgres.h"

#include <math.h>

#include "core/compat.h"
#include "types/sparsevec.h"

TRL_FUNCTION(trl_l2_norm_sparsevec);
TRL_FUNCTION(trl_l2_normalize_sparsevec);
TRL_FUNCTION(trl_vector_get_sparsevec);

static double
l2_norm(const TrlSparsevec *v)
{
	return sqrt(trl_kernels->f32_sum_squares(trl_sparsevec_values(v), v->nnz));
}

Datum
trl_l2_norm_sparsevec(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(l2_norm(PG_GETARG_TRL_SPARSEVEC(0)));
}

/*
 * The empty vector has no direction and is returned as it is.  A quotient
 * that underflows is not stored.
 */
Datum
trl_l2_normalize_sparsevec(PG_FUNCTION_ARGS)
{
	TrlSparsevec *v = PG_GETARG_TRL_SPARSEVEC(0);
	const float *values = trl_sparsevec_values(v);
	float	   *scaled = (float *) palloc(sizeof(float) * Max(v->nnz, 1));
	double		norm = l2_norm(v);
	TrlSparsevec *result;
	float	   *out;
	int			nnz = 0;
	int			i;
	int			n;

	for (i = 0; i < v->nnz; i++)
	{
		scaled[i] = norm > 0 ? (float) (values[i] / norm) : 0;
		nnz += (scaled[i] != 0);
	}
	result = trl_sparsevec_new(v->dim, nnz);
	out = trl_sparsevec_values(result);
	for (i = 0, n = 0; n < nnz; i++)
	{
		if (scaled[i] == 0)
			continue;
		result->index[n] = v->index[i];
		out[n++] = scaled[i];
	}
	pfree(scaled);
	PG_RETURN_POINTER(result);
}

/* The element at a position from 1; NULL outside, as of an array. */
Datum
trl_vector_get_sparsevec(PG_FUNCTION_ARGS)
{
	TrlSparsevec *v = PG_GETARG_TRL_SPARSEVEC(0);
	int32		position = PG_GETARG_INT32(1);
	int			low = 0;
	int			high = v->nnz;

	if (position < 1 || position > v->dim)
		PG_RETURN_NULL();
	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (v->index[middle] < position - 1)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < v->nnz && v->index[low] == position - 1)
		PG_RETURN_FLOAT4(trl_sparsevec_values(v)[low]);
	PG_RETURN_FLOAT4(0);
}
