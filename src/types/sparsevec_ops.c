/*
 * sparsevec_ops.c - distances between values of sparsevec
 *
 * A distance takes time by the elements that are stored, not by dimensions.
 * Sums are accumulated in float4, as those of the dense types are.
 *
 * Locks and WAL: none.  Memory: nothing kept; a toasted argument's copy
 * stays in the caller's (per-tuple) context.
 */
#include "postgres.h"

#include <math.h>

#include "core/compat.h"
#include "types/distance.h"
#include "types/prefetch.h"
#include "types/sparsevec.h"

typedef float (*SparseKernel) (const TrlSparseArray *, const TrlSparseArray *);

/* The arguments' elements, checked. */
typedef struct Operands
{
	TrlSparseArray a;
	TrlSparseArray b;
} Operands;

static pg_attribute_always_inline Operands
operands(FunctionCallInfo fcinfo)
{
	TrlSparsevec *a = (TrlSparsevec *) trl_distance_argument(fcinfo, 0);
	TrlSparsevec *b = (TrlSparsevec *) trl_distance_argument(fcinfo, 1);
	Operands	pair;

	trl_sparsevec_check_same_dim(a, b);
	trl_prefetch_next_page(a, b, VARSIZE(a));
	pair.a = trl_sparsevec_array(a);
	pair.b = trl_sparsevec_array(b);
	return pair;
}

/* Applies a kernel to both arguments. */
static inline double
apply(SparseKernel kernel, FunctionCallInfo fcinfo)
{
	Operands	o = operands(fcinfo);

	return (double) kernel(&o.a, &o.b);
}

TRL_DISTANCE(trl_l2_distance_sparsevec,
			 sqrt(apply(trl_kernels->sparse_l2_squared, fcinfo)));
TRL_DISTANCE(trl_sparsevec_l2_squared_distance,
			 apply(trl_kernels->sparse_l2_squared, fcinfo));
TRL_DISTANCE(trl_inner_product_sparsevec,
			 apply(trl_kernels->sparse_dot, fcinfo));
TRL_DISTANCE(trl_sparsevec_negative_inner_product,
			 -apply(trl_kernels->sparse_dot, fcinfo));
TRL_DISTANCE(trl_l1_distance_sparsevec,
			 apply(trl_kernels->sparse_l1, fcinfo));

static inline float
squared_norm(const TrlSparseArray *v)
{
	return (float) trl_kernels->f32_sum_squares(v->value, v->n);
}

/*
 * The three sums are kept in doubles and rounded once, so that their order
 * does not matter: a vector lies at 0 from itself.
 */
static inline double
sparsevec_cosine(FunctionCallInfo fcinfo)
{
	Operands	o = operands(fcinfo);

	return trl_cosine_distance(trl_kernels->sparse_dot(&o.a, &o.b),
							   squared_norm(&o.a), squared_norm(&o.b));
}

TRL_DISTANCE(trl_cosine_distance_sparsevec, sparsevec_cosine(fcinfo));
