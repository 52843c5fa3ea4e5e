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
#include "types/sparsevec.h"

typedef float (*SparseKernel) (const TrlSparseArray *, const TrlSparseArray *);

/* Applies a kernel to both arguments. */
static inline double
apply(SparseKernel kernel, FunctionCallInfo fcinfo)
{
	TrlSparsevec *a = PG_GETARG_TRL_SPARSEVEC(0);
	TrlSparsevec *b = PG_GETARG_TRL_SPARSEVEC(1);
	TrlSparseArray x = trl_sparsevec_array(a);
	TrlSparseArray y = trl_sparsevec_array(b);

	trl_sparsevec_check_same_dim(a, b);
	return (double) kernel(&x, &y);
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

/* One kernel computes all three sums: a vector lies at 0 from itself. */
static inline double
sparsevec_cosine(FunctionCallInfo fcinfo)
{
	TrlSparsevec *a = PG_GETARG_TRL_SPARSEVEC(0);
	TrlSparsevec *b = PG_GETARG_TRL_SPARSEVEC(1);
	TrlSparseArray x = trl_sparsevec_array(a);
	TrlSparseArray y = trl_sparsevec_array(b);

	trl_sparsevec_check_same_dim(a, b);
	return trl_cosine_distance(trl_kernels->sparse_dot(&x, &y),
							   trl_kernels->sparse_dot(&x, &x),
							   trl_kernels->sparse_dot(&y, &y));
}

TRL_DISTANCE(trl_cosine_distance_sparsevec, sparsevec_cosine(fcinfo));
