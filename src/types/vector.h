/*
 * vector.h - the type vector: float4 elements, 1 to 16,000 of them
 *
 * The layout, on disk and in memory, is the one that clients and existing
 * columns of the field's usual vector type have, so that a column can be
 * taken over without a rewrite:
 *
 *   byte 0  varlena header (4 bytes once detoasted)
 *        4  int16 dim
 *        6  int16 unused, always 0
 *        8  float4 x[dim], each finite
 */
#ifndef TRL_TYPES_VECTOR_H
#define TRL_TYPES_VECTOR_H

#include "fmgr.h"

#define TRL_VECTOR_MAX_DIM 16000

typedef struct TrlVector
{
	int32		vl_len_;		/* varlena header, use SET_VARSIZE */
	int16		dim;			/* number of elements */
	int16		unused;			/* reserved, always 0 */
	float		x[FLEXIBLE_ARRAY_MEMBER];
} TrlVector;

StaticAssertDecl(offsetof(TrlVector, dim) == 4, "vector layout: dim");
StaticAssertDecl(offsetof(TrlVector, x) == 8, "vector layout: x");

#define TRL_VECTOR_SIZE(dim) (offsetof(TrlVector, x) + sizeof(float) * (dim))

/*
 * The argument, detoasted.  The result may be the stored datum itself: read
 * only.
 */
static inline TrlVector *
trl_vector_from_datum(Datum d)
{
	return (TrlVector *) PG_DETOAST_DATUM(d);
}

#define PG_GETARG_TRL_VECTOR(n) trl_vector_from_datum(PG_GETARG_DATUM(n))

/* A palloc'd vector of dim elements, all zero.  dim is not checked. */
extern TrlVector *trl_vector_new(int dim);

/* Raise 22000 or 54000 unless dim is 1 ... TRL_VECTOR_MAX_DIM. */
extern void trl_vector_check_dim(int dim);

/* Raise 22000 unless typmod is -1 or equals dim. */
extern void trl_vector_check_typmod(int dim, int32 typmod);

/* Raise 22000 if value is NaN or infinite. */
extern void trl_vector_check_element(float value);

/* Raise 22000 unless a and b have the same number of dimensions. */
extern void trl_vector_check_same_dim(const TrlVector *a, const TrlVector *b);

/*
 * Element-wise comparison, the shorter first where one is a prefix of the
 * other, as arrays compare.  -0 equals 0.  Returns -1, 0 or 1.
 */
extern int	trl_vector_compare(const TrlVector *a, const TrlVector *b);

#endif							/* TRL_TYPES_VECTOR_H */
