/*
 * dense_agg.c - support functions of avg() over dense vectors
 *
 * The state is float8[]: {count, sum of x[1], ..., sum of x[dim]}, and {0}
 * before the first row.  Sums are kept in double; the mean is rounded once.
 * sum() needs no code here: its transition function is the addition.
 *
 * Locks and WAL: none.  Memory: inside an aggregate the transition function
 * updates its state in place.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/float.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "types/dense.h"

/*
 * The state's elements and their number.  A caller may hand in any array:
 * whatever is not a state raises an error.
 */
static float8 *
state_values(FunctionCallInfo fcinfo, ArrayType *state, int *n)
{
	if (ARR_NDIM(state) != 1 || ARR_HASNULL(state) ||
		ARR_ELEMTYPE(state) != FLOAT8OID || ARR_DIMS(state)[0] < 1 ||
		ARR_DIMS(state)[0] > TRL_DENSE_MAX_DIM + 1)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("%s: expected state array",
						get_func_name(fcinfo->flinfo->fn_oid))));
	*n = ARR_DIMS(state)[0];
	return (float8 *) ARR_DATA_PTR(state);
}

/* An empty state for dim dimensions, in the current context. */
static ArrayType *
new_state(int dim)
{
	Size		size = ARR_OVERHEAD_NONULLS(1) + sizeof(float8) * (dim + 1);
	ArrayType  *state = (ArrayType *) palloc0(size);

	SET_VARSIZE(state, size);
	state->ndim = 1;
	state->dataoffset = 0;
	state->elemtype = FLOAT8OID;
	ARR_DIMS(state)[0] = dim + 1;
	ARR_LBOUND(state)[0] = 1;
	return state;
}

static void
check_state_dim(int state_dim, int dim)
{
	if (state_dim != dim)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("expected %d dimensions, not %d", state_dim, dim)));
}

/* A copy that may be written to, or the state itself inside an aggregate. */
static ArrayType *
writable_state(FunctionCallInfo fcinfo, ArrayType *state)
{
	ArrayType  *copy;

	if (AggCheckCallContext(fcinfo, NULL))
		return state;
	copy = (ArrayType *) palloc(VARSIZE(state));
	memcpy(copy, state, VARSIZE(state));
	return copy;
}

static Datum
dense_accum(FunctionCallInfo fcinfo, const TrlElement *element)
{
	ArrayType  *state = PG_GETARG_ARRAYTYPE_P(0);
	TrlDense   *v = PG_GETARG_TRL_DENSE(1);
	const float *x = trl_dense_floats(element, v);
	float8	   *values;
	int			n;
	int			i;

	values = state_values(fcinfo, state, &n);
	if (n == 1)
	{
		state = new_state(v->dim);

		/* the sum of -0 alone is -0 */
		values = state_values(fcinfo, state, &n);
		for (i = 1; i < n; i++)
			values[i] = -0.0;
	}
	else
	{
		check_state_dim(n - 1, v->dim);
		state = writable_state(fcinfo, state);
	}
	values = state_values(fcinfo, state, &n);

	values[0] += 1;
	for (i = 0; i < v->dim; i++)
	{
		values[i + 1] += x[i];
		if (unlikely(isinf(values[i + 1])))
			float_overflow_error();
	}
	if (element->size != sizeof(float))
		pfree(unconstify(float *, x));
	PG_RETURN_ARRAYTYPE_P(state);
}

TRL_DENSE_FUNCTION(trl_vector_accum, dense_accum, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_accum, dense_accum, &trl_element_half);

static Datum
dense_combine(FunctionCallInfo fcinfo, const TrlElement *element)
{
	ArrayType  *a = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType  *b = PG_GETARG_ARRAYTYPE_P(1);
	float8	   *a_values;
	float8	   *b_values;
	float8	   *values;
	ArrayType  *state;
	int			na;
	int			nb;
	int			i;

	(void) element;
	a_values = state_values(fcinfo, a, &na);
	b_values = state_values(fcinfo, b, &nb);
	if (a_values[0] == 0)
		PG_RETURN_ARRAYTYPE_P(b);
	if (b_values[0] == 0)
		PG_RETURN_ARRAYTYPE_P(a);

	check_state_dim(na - 1, nb - 1);
	state = new_state(na - 1);
	values = state_values(fcinfo, state, &na);
	for (i = 0; i < na; i++)
	{
		values[i] = a_values[i] + b_values[i];
		if (unlikely(isinf(values[i])))
			float_overflow_error();
	}
	PG_RETURN_ARRAYTYPE_P(state);
}

TRL_DENSE_FUNCTION(trl_vector_combine, dense_combine, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_combine, dense_combine, &trl_element_half);

/* NULL when no row was seen. */
static Datum
dense_avg(FunctionCallInfo fcinfo, const TrlElement *element)
{
	ArrayType  *state = PG_GETARG_ARRAYTYPE_P(0);
	float8	   *values;
	float	   *means;
	int			n;
	int			i;

	values = state_values(fcinfo, state, &n);
	if (values[0] == 0)
		PG_RETURN_NULL();

	means = (float *) palloc(sizeof(float) * n);
	for (i = 0; i < n - 1; i++)
		means[i] = (float) (values[i + 1] / values[0]);
	PG_RETURN_POINTER(trl_dense_from_floats(element, means, n - 1));
}

TRL_DENSE_FUNCTION(trl_vector_avg, dense_avg, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_avg, dense_avg, &trl_element_half);
