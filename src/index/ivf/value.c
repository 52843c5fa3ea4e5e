/*
 * value.c - from datums to the vectors that an ivf index holds
 *
 * Cosine distance is searched as Euclidean distance between vectors of norm
 * 1, so they are normalised on the way in.  A vector without a direction, one
 * so long that squares of distances overflow, and NULL have no place in a
 * list.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "utils/varbit.h"

#include "core/compat.h"
#include "index/ivf/ivf.h"
#include "types/dense.h"

/* Scales to norm 1; false if there is no direction. */
static bool
normalize(float *x, int dims)
{
	double		norm = sqrt(trl_kernels->f32_sum_squares(x, dims));
	int			i;

	if (!(norm > 0))
		return false;
	for (i = 0; i < dims; i++)
		x[i] = (float) (x[i] / norm);
	return true;
}

/* A bit string as a vector of 0 and 1. */
static TrlIvfValue
bit_value(Datum datum, int expected_dims, float *out, int *dims)
{
	VarBit	   *bits = DatumGetVarBitP(datum);
	int			i;

	*dims = VARBITLEN(bits);
	if (expected_dims != 0 && *dims != expected_dims)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("different bit lengths %d and %d", expected_dims, *dims)));
	for (i = 0; i < *dims; i++)
		out[i] = (VARBITS(bits)[i / BITS_PER_BYTE] >> (7 - i % BITS_PER_BYTE)) & 1;
	if ((Pointer) bits != DatumGetPointer(datum))
		pfree(bits);
	return TRL_IVF_VALUE;
}

void
trl_ivf_shorten(float *x, int dims)
{
	double		sum = 0;
	double		scale;
	int			i;

	for (i = 0; i < dims; i++)
		sum += (double) x[i] * x[i];
	scale = TRL_IVF_MAX_NORM / sqrt(sum);
	for (i = 0; i < dims; i++)
		x[i] = (float) (x[i] * scale);
}

TrlIvfValue
trl_ivf_value(const TrlIvfClass *class, Datum datum, bool isnull,
			  int expected_dims, float *out, int *dims)
{
	TrlDense   *v;
	TrlIvfValue kind = TRL_IVF_VALUE;

	if (isnull)
		return TRL_IVF_VALUE_NULL;
	if (class->element == NULL)
		return bit_value(datum, expected_dims, out, dims);

	v = trl_dense_from_datum(datum);
	*dims = v->dim;
	if (expected_dims != 0 && v->dim != expected_dims)
		trl_different_dims(class->element->type_name, expected_dims, v->dim);
	class->element->decode(v->x, v->dim, out);
	if (class->metric == TRL_IVF_COSINE)
	{
		if (!normalize(out, v->dim))
			kind = TRL_IVF_VALUE_NAN;
	}
	else if (!(trl_kernels->f32_sum_squares(out, v->dim) <=
			   TRL_IVF_MAX_NORM * TRL_IVF_MAX_NORM))
		kind = TRL_IVF_VALUE_NAN;
	if ((Pointer) v != DatumGetPointer(datum))
		pfree(v);
	return kind;
}
