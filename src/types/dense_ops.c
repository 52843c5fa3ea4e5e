/*
 * dense_ops.c - distances between dense vectors
 *
 * The hot path of exact search: each function checks the dimensions, calls
 * the kernel that trl_kernels points at and does no more.  Sums are
 * accumulated in float4, as the field's usual vector types do.
 *
 * Locks and WAL: none.  Memory: nothing kept; a toasted argument's copy
 * stays in the caller's (per-tuple) context.
 */
#include "postgres.h"

#include <math.h>

#include "core/compat.h"
#include "kernels/kernels.h"
#include "types/dense.h"
#include "types/distance.h"
#include "types/prefetch.h"

/* The arguments' elements and their number, checked. */
typedef struct Operands
{
	const void *a;
	const void *b;
	size_t		n;
} Operands;

static pg_attribute_always_inline Operands
operands(FunctionCallInfo fcinfo, const TrlElement *element)
{
	TrlDense   *a = (TrlDense *) trl_distance_argument(fcinfo, 0);
	TrlDense   *b = (TrlDense *) trl_distance_argument(fcinfo, 1);
	Operands	pair;

	trl_dense_check_same_dim(element, a, b);
	trl_prefetch_next_page(a, b, VARSIZE(a));
	pair.a = a->x;
	pair.b = b->x;
	pair.n = (size_t) a->dim;
	return pair;
}

static inline Operands
floats(FunctionCallInfo fcinfo)
{
	return operands(fcinfo, &trl_element_float4);
}

static inline Operands
halfs(FunctionCallInfo fcinfo)
{
	return operands(fcinfo, &trl_element_half);
}

static inline double
vector_l2_squared(FunctionCallInfo fcinfo)
{
	Operands	o = floats(fcinfo);

	return (double) trl_kernels->f32_l2_squared(o.a, o.b, o.n);
}

static inline double
halfvec_l2_squared(FunctionCallInfo fcinfo)
{
	Operands	o = halfs(fcinfo);

	return (double) trl_kernels->f16_l2_squared(o.a, o.b, o.n);
}

TRL_DISTANCE(trl_l2_distance_vector, sqrt(vector_l2_squared(fcinfo)));
TRL_DISTANCE(trl_l2_distance_halfvec, sqrt(halfvec_l2_squared(fcinfo)));
TRL_DISTANCE(trl_vector_l2_squared_distance, vector_l2_squared(fcinfo));
TRL_DISTANCE(trl_halfvec_l2_squared_distance, halfvec_l2_squared(fcinfo));

static inline double
vector_dot(FunctionCallInfo fcinfo)
{
	Operands	o = floats(fcinfo);

	return (double) trl_kernels->f32_dot(o.a, o.b, o.n);
}

static inline double
halfvec_dot(FunctionCallInfo fcinfo)
{
	Operands	o = halfs(fcinfo);

	return (double) trl_kernels->f16_dot(o.a, o.b, o.n);
}

TRL_DISTANCE(trl_inner_product_vector, vector_dot(fcinfo));
TRL_DISTANCE(trl_inner_product_halfvec, halfvec_dot(fcinfo));
TRL_DISTANCE(trl_vector_negative_inner_product, -vector_dot(fcinfo));
TRL_DISTANCE(trl_halfvec_negative_inner_product, -halfvec_dot(fcinfo));
TRL_DISTANCE(trl_vector_spherical_distance,
			 trl_spherical_distance(vector_dot(fcinfo)));
TRL_DISTANCE(trl_halfvec_spherical_distance,
			 trl_spherical_distance(halfvec_dot(fcinfo)));

static inline double
vector_l1(FunctionCallInfo fcinfo)
{
	Operands	o = floats(fcinfo);

	return (double) trl_kernels->f32_l1(o.a, o.b, o.n);
}

static inline double
halfvec_l1(FunctionCallInfo fcinfo)
{
	Operands	o = halfs(fcinfo);

	return (double) trl_kernels->f16_l1(o.a, o.b, o.n);
}

TRL_DISTANCE(trl_l1_distance_vector, vector_l1(fcinfo));
TRL_DISTANCE(trl_l1_distance_halfvec, halfvec_l1(fcinfo));

static inline double
vector_cosine(FunctionCallInfo fcinfo)
{
	Operands	o = floats(fcinfo);
	float		ab;
	float		aa;
	float		bb;

	trl_kernels->f32_dot_norms(o.a, o.b, o.n, &ab, &aa, &bb);
	return trl_cosine_distance(ab, aa, bb);
}

static inline double
halfvec_cosine(FunctionCallInfo fcinfo)
{
	Operands	o = halfs(fcinfo);
	float		ab;
	float		aa;
	float		bb;

	trl_kernels->f16_dot_norms(o.a, o.b, o.n, &ab, &aa, &bb);
	return trl_cosine_distance(ab, aa, bb);
}

TRL_DISTANCE(trl_cosine_distance_vector, vector_cosine(fcinfo));
TRL_DISTANCE(trl_cosine_distance_halfvec, halfvec_cosine(fcinfo));
