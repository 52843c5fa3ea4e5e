/*
 * dense.c - construction and the checks every function on dense vectors shares
 *
 * Messages and SQLSTATEs are those that clients of the field's usual vector
 * types already know; details and hints are added where they help.
 *
 * Locks and WAL: none.  Memory: the caller's context.
 */
#include "postgres.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "utils/float.h"

#include "core/compat.h"
#include "types/dense.h"

TrlDense *
trl_dense_new(const TrlElement *element, int dim)
{
	Size		size = trl_dense_size(element, dim);
	TrlDense   *v = (TrlDense *) palloc0(size);

	SET_VARSIZE(v, size);
	v->dim = (int16) dim;
	return v;
}

static void
out_of_range(const TrlElement *element, float value)
{
	char		buf[FLOAT_SHORTEST_DECIMAL_LEN];

	float_to_shortest_decimal_buf(value, buf);
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("\"%s\" is out of range for type %s",
					buf, element->type_name)));
}

TrlDense *
trl_dense_from_floats(const TrlElement *element, const float *values, int n)
{
	TrlDense   *v;
	int			i;

	trl_dense_check_dim(element, n);
	for (i = 0; i < n; i++)
	{
		trl_check_finite(element->type_name, values[i]);
		if (unlikely(fabsf(values[i]) >= element->overflow_from))
			out_of_range(element, values[i]);
	}
	v = trl_dense_new(element, n);
	element->store(values, n, v->x);
	return v;
}

void
trl_dense_set_computed(const TrlElement *element, TrlDense *v,
					   const float *values)
{
	int			i;

	for (i = 0; i < v->dim; i++)
	{
		if (unlikely(fabsf(values[i]) >= element->overflow_from))
			float_overflow_error();
	}
	element->store(values, v->dim, v->x);
}

void
trl_dense_check_dim(const TrlElement *element, int64 dim)
{
	if (dim < 1)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("%s must have at least 1 dimension",
						element->type_name)));
	if (dim > element->max_dim)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s cannot have more than %d dimensions",
						element->type_name, element->max_dim)));
}

void
trl_check_typmod(int64 dim, int32 typmod)
{
	if (typmod != -1 && typmod != dim)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("expected %d dimensions, not %d",
						typmod, (int) dim)));
}

void
trl_check_finite(const char *type_name, float value)
{
	if (unlikely(isnan(value)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("NaN not allowed in %s", type_name)));
	if (unlikely(isinf(value)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("infinite value not allowed in %s", type_name)));
}

void
trl_different_dims(const char *type_name, int a, int b)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("different %s dimensions %d and %d", type_name, a, b)));
}
