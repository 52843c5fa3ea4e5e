/*
 * distance.h - what the distance functions of all vector types share
 */
#ifndef TRL_TYPES_DISTANCE_H
#define TRL_TYPES_DISTANCE_H

#include <math.h>

#include "core/compat.h"

/* Defines the SQL function name; value may use fcinfo and is a double. */
#define TRL_DISTANCE(name, value) \
	TRL_FUNCTION(name); \
	Datum name(PG_FUNCTION_ARGS) { PG_RETURN_FLOAT8(value); } \
	extern int	no_such_variable

/*
 * An argument, detoasted.  Tests here for what needs nothing, since a call
 * into the server costs as much as a short distance.
 */
static pg_attribute_always_inline struct varlena *
trl_distance_argument(FunctionCallInfo fcinfo, int n)
{
	struct varlena *datum = (struct varlena *) PG_GETARG_POINTER(n);

	if (unlikely(VARATT_IS_EXTENDED(datum)))
		return PG_DETOAST_DATUM(PG_GETARG_DATUM(n));
	return datum;
}

/* As before, but the header may have one byte: VARDATA_ANY() and its kin. */
static pg_attribute_always_inline struct varlena *
trl_distance_argument_packed(FunctionCallInfo fcinfo, int n)
{
	struct varlena *datum = (struct varlena *) PG_GETARG_POINTER(n);

	if (unlikely(VARATT_IS_COMPRESSED(datum) || VARATT_IS_EXTERNAL(datum)))
		return PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n));
	return datum;
}

/* A cosine or its like, pushed back into range after rounding; NaN stays. */
static inline double
trl_clamp_cosine(double similarity)
{
	if (similarity > 1)
		return 1;
	if (similarity < -1)
		return -1;
	return similarity;
}

/*
 * 1 - cos(angle), from the inner product and the squared norms.  NaN when a
 * norm is zero: such rows sort after all others but before NULL.
 */
static inline double
trl_cosine_distance(float ab, float aa, float bb)
{
	/* the product of two large float4 norms needs the range of a double */
	return 1 - trl_clamp_cosine((double) ab /
								sqrt((double) aa * (double) bb));
}

/* The angle between two vectors of norm 1, as a share of half a turn. */
static inline double
trl_spherical_distance(double ab)
{
	return acos(trl_clamp_cosine(ab)) / M_PI;
}

#endif							/* TRL_TYPES_DISTANCE_H */
