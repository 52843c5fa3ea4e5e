/*
 * sparsevec.c - makes and checks sparse vectors
 *
 * Locks and WAL: none.  Memory: results in the caller's context.
 */
#include "postgres.h"

#include "core/compat.h"
#include "types/dense.h"
#include "types/sparsevec.h"

TrlSparsevec *
trl_sparsevec_new(int32 dim, int32 nnz)
{
	Size		size = trl_sparsevec_size(nnz);
	TrlSparsevec *result = (TrlSparsevec *) palloc0(size);

	SET_VARSIZE(result, size);
	result->dim = dim;
	result->nnz = nnz;
	return result;
}

TrlSparsevec *
trl_sparsevec_from_floats(const float *values, int32 dim)
{
	TrlSparsevec *result;
	float	   *out;
	int32		nnz = 0;
	int32		i;
	int32		n;

	for (i = 0; i < dim; i++)
		nnz += (values[i] != 0);
	trl_sparsevec_check_nnz(nnz);

	result = trl_sparsevec_new(dim, nnz);
	out = trl_sparsevec_values(result);
	for (i = 0, n = 0; n < nnz; i++)
	{
		if (values[i] == 0)
			continue;
		result->index[n] = i;
		out[n++] = values[i];
	}
	return result;
}

void
trl_sparsevec_check_dim(int32 dim)
{
	if (dim < 1)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("sparsevec must have at least 1 dimension")));
	if (dim > TRL_SPARSEVEC_MAX_DIM)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("sparsevec cannot have more than %d dimensions",
						TRL_SPARSEVEC_MAX_DIM)));
}

void
trl_sparsevec_check_nnz(int32 nnz)
{
	if (nnz < 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("sparsevec cannot have negative number of elements")));
	if (nnz > TRL_SPARSEVEC_MAX_NNZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("sparsevec cannot have more than %d non-zero elements",
						TRL_SPARSEVEC_MAX_NNZ)));
}

void
trl_sparsevec_check_same_dim(const TrlSparsevec *a, const TrlSparsevec *b)
{
	if (unlikely(a->dim != b->dim))
		trl_different_dims("sparsevec", a->dim, b->dim);
}
