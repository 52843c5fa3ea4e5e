/*
 * vector.c - construction and the checks every function on vector shares
 *
 * Messages and SQLSTATEs are those that clients of the field's usual vector
 * type already know; details and hints are added where they help.
 */
#include "postgres.h"

#include <math.h>

#include "core/compat.h"
#include "types/vector.h"

TrlVector *
trl_vector_new(int dim)
{
	Size		size = TRL_VECTOR_SIZE(dim);
	TrlVector  *v = (TrlVector *) palloc0(size);

	SET_VARSIZE(v, size);
	v->dim = (int16) dim;
	return v;
}

void
trl_vector_check_dim(int dim)
{
	if (dim < 1)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("vector must have at least 1 dimension")));
	if (dim > TRL_VECTOR_MAX_DIM)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("vector cannot have more than %d dimensions",
						TRL_VECTOR_MAX_DIM)));
}

void
trl_vector_check_typmod(int dim, int32 typmod)
{
	if (typmod != -1 && typmod != dim)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("expected %d dimensions, not %d", typmod, dim)));
}

void
trl_vector_check_element(float value)
{
	if (isnan(value))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("NaN not allowed in vector")));
	if (isinf(value))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("infinite value not allowed in vector")));
}

void
trl_vector_check_same_dim(const TrlVector *a, const TrlVector *b)
{
	if (unlikely(a->dim != b->dim))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("different vector dimensions %d and %d",
						a->dim, b->dim)));
}

int
trl_vector_compare(const TrlVector *a, const TrlVector *b)
{
	int			common = Min(a->dim, b->dim);
	int			i;

	for (i = 0; i < common; i++)
	{
		if (a->x[i] < b->x[i])
			return -1;
		if (a->x[i] > b->x[i])
			return 1;
	}
	return (a->dim > b->dim) - (a->dim < b->dim);
}
