/*
 * value.c - from datums to the vectors that an ivf index holds
 *
 * Cosine distance is searched as Euclidean distance between vectors of norm
 * 1, so they are normalised on the way in.  A vector without a direction, one
 * so long that squares of distances overflow, and NULL have no place in a
 * list.  Bit strings are vectors of 0 and 1; of sparse vectors lists hold
 * sketches (sketch.c).
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "utils/varbit.h"

#include "core/compat.h"
#include "index/ivf/ivf.h"
#include "types/dense.h"

bool
trl_ivf_normalize(float *x, int dims)
{
	double		norm = sqrt(trl_kernels->f32_sum_squares(x, dims));
	int			i;

	if (!(norm > 0))
		return false;
	for (i = 0; i < dims; i++)
		x[i] = (float) (x[i] / norm);
	return true;
}

/* A bit string as a vector of 0 and 1, or its direction. */
static TrlIvfValue
bit_value(const TrlIvfClass *class, const TrlIvfMeta *meta, Datum datum,
		  float *out)
{
	VarBit	   *bits = DatumGetVarBitP(datum);
	int			i;

	if (VARBITLEN(bits) != meta->dims)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("different bit lengths %d and %d", meta->dims,
						VARBITLEN(bits))));
	for (i = 0; i < meta->dims; i++)
		out[i] = (VARBITS(bits)[i / BITS_PER_BYTE] >> (7 - i % BITS_PER_BYTE)) & 1;

	/* without a bit there is no direction; it is as far from all others */
	if (class->metric == TRL_IVF_JACCARD)
		(void) trl_ivf_normalize(out, meta->dims);
	if ((Pointer) bits != DatumGetPointer(datum))
		pfree(bits);
	return TRL_IVF_VALUE;
}

void
trl_ivf_rotate(const TrlIvfMeta *meta, const float *vector, float *out)
{
	if (meta->code_form == TRL_IVF_CODE_SIGNS)
	{
		trl_rotate(meta->seed, vector, meta->dims, out);
		return;
	}
	memcpy(out, vector, sizeof(float) * meta->dims);
	memset(out + meta->dims, 0,
		   sizeof(float) * (meta->dims_padded - meta->dims));
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
trl_ivf_value(const TrlIvfClass *class, const TrlIvfMeta *meta, Datum datum,
			  bool isnull, float *out)
{
	TrlDense   *v;
	TrlIvfValue kind = TRL_IVF_VALUE;

	if (isnull)
		return TRL_IVF_VALUE_NULL;
	if (class->sparse)
		return trl_ivf_sketch(class, meta, datum, out);
	if (class->element == NULL)
		return bit_value(class, meta, datum, out);

	v = trl_dense_from_datum(datum);
	if (v->dim != meta->dims)
		trl_different_dims(class->element->type_name, meta->dims, v->dim);
	class->element->decode(v->x, v->dim, out);
	if (class->metric == TRL_IVF_COSINE)
	{
		if (!trl_ivf_normalize(out, v->dim))
			kind = TRL_IVF_VALUE_NAN;
	}
	else if (!(trl_kernels->f32_sum_squares(out, v->dim) <=
			   TRL_IVF_MAX_NORM * TRL_IVF_MAX_NORM))
		kind = TRL_IVF_VALUE_NAN;
	if ((Pointer) v != DatumGetPointer(datum))
		pfree(v);
	return kind;
}
