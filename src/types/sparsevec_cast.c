/*
 * sparsevec_cast.c - casts between sparsevec, dense vectors, arrays and text
 *
 * All take (value, typmod, explicit) and check the typmod themselves.  Those
 * from arrays and text remember the last constant or parameter that they
 * converted (memo.h).
 *
 * Locks and WAL: none.  Memory: results in the caller's context.
 */
#include "postgres.h"

#include "utils/array.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "types/dense.h"
#include "types/memo.h"
#include "types/sparsevec.h"

TRL_FUNCTION(trl_sparsevec_sparsevec);
TRL_FUNCTION(trl_array_to_sparsevec);
TRL_FUNCTION(trl_text_to_sparsevec);

/* The length coercion behind sparsevec(n). */
Datum
trl_sparsevec_sparsevec(PG_FUNCTION_ARGS)
{
	TrlSparsevec *v = PG_GETARG_TRL_SPARSEVEC(0);

	trl_check_typmod(v->dim, PG_GETARG_INT32(1));
	PG_RETURN_POINTER(v);
}

static Datum
dense_to_sparse(FunctionCallInfo fcinfo, const TrlElement *element)
{
	TrlDense   *v = PG_GETARG_TRL_DENSE(0);

	trl_check_typmod(v->dim, PG_GETARG_INT32(1));
	PG_RETURN_POINTER(trl_sparsevec_from_floats(trl_dense_floats(element, v),
												v->dim));
}

TRL_DENSE_FUNCTION(trl_vector_to_sparsevec, dense_to_sparse, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_to_sparsevec, dense_to_sparse, &trl_element_half);

static Datum
sparse_to_dense(FunctionCallInfo fcinfo, const TrlElement *element)
{
	TrlSparsevec *v = PG_GETARG_TRL_SPARSEVEC(0);
	const float *stored = trl_sparsevec_values(v);
	float	   *values;
	TrlDense   *result;
	int			i;

	trl_dense_check_dim(element, v->dim);
	trl_check_typmod(v->dim, PG_GETARG_INT32(1));
	values = (float *) palloc0(sizeof(float) * v->dim);
	for (i = 0; i < v->nnz; i++)
		values[v->index[i]] = stored[i];
	result = trl_dense_from_floats(element, values, v->dim);
	pfree(values);
	PG_RETURN_POINTER(result);
}

TRL_DENSE_FUNCTION(trl_sparsevec_to_vector, sparse_to_dense, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_sparsevec_to_halfvec, sparse_to_dense, &trl_element_half);

static TrlSparsevec *
from_array(ArrayType *array, int32 typmod)
{
	TrlSparsevec *result;
	float	   *values;
	int			n;
	int			i;

	trl_check_number_array(array);
	n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	trl_sparsevec_check_dim(n);
	trl_check_typmod(n, typmod);
	values = trl_number_array_floats(array, &n);
	for (i = 0; i < n; i++)
		trl_check_finite("sparsevec", values[i]);
	result = trl_sparsevec_from_floats(values, n);
	pfree(values);
	return result;
}

Datum
trl_array_to_sparsevec(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	struct varlena *input = (struct varlena *) array;
	int32		typmod = PG_GETARG_INT32(1);
	struct varlena *result = trl_memo_find(fcinfo, input, typmod);

	if (result == NULL)
		result = trl_memo_keep(fcinfo, input, typmod,
							   (struct varlena *) from_array(array, typmod));
	PG_RETURN_POINTER(result);
}

Datum
trl_text_to_sparsevec(PG_FUNCTION_ARGS)
{
	text	   *input = PG_GETARG_TEXT_P(0);
	int32		typmod = PG_GETARG_INT32(1);
	struct varlena *result = trl_memo_find(fcinfo, input, typmod);
	char	   *chars;

	if (result == NULL)
	{
		chars = text_to_cstring(input);
		result = trl_memo_keep(fcinfo, input, typmod,
							   (struct varlena *) trl_sparsevec_parse(chars, typmod));
	}
	PG_RETURN_POINTER(result);
}
