/*
 * dense.h - vector and halfvec: a header, then one stored number per dimension
 *
 * The layout, on disk and in memory, is the one that clients and existing
 * columns of the field's usual vector types have, so that a column can be
 * taken over without a rewrite:
 *
 *   byte 0  varlena header (4 bytes once detoasted)
 *        4  int16 dim
 *        6  int16 unused, always 0
 *        8  dim elements, each finite: float4 (vector) or half (halfvec)
 *
 * Functions here take the element's descriptor; they raise errors with the
 * SQLSTATEs and messages that clients of those types know.
 */
#ifndef TRL_TYPES_DENSE_H
#define TRL_TYPES_DENSE_H

#include "fmgr.h"
#include "utils/array.h"

#include "types/element.h"

typedef struct TrlDense
{
	int32		vl_len_;		/* varlena header, use SET_VARSIZE */
	int16		dim;			/* number of elements */
	int16		unused;			/* reserved, always 0 */
	char		x[FLEXIBLE_ARRAY_MEMBER];	/* elements, aligned to 4 bytes */
} TrlDense;

StaticAssertDecl(offsetof(TrlDense, dim) == 4, "dense layout: dim");
StaticAssertDecl(offsetof(TrlDense, x) == 8, "dense layout: x");

#define TRL_DENSE_MAX_DIM 16000

/*
 * The argument, detoasted.  The result may be the stored datum itself: read
 * only.
 */
static inline TrlDense *
trl_dense_from_datum(Datum d)
{
	return (TrlDense *) PG_DETOAST_DATUM(d);
}

#define PG_GETARG_TRL_DENSE(n) trl_dense_from_datum(PG_GETARG_DATUM(n))

/* A palloc'd vector of dim elements, all zero.  dim is not checked. */
extern TrlDense *trl_dense_new(const TrlElement *element, int dim);

/* Bytes of a vector of dim elements. */
static inline Size
trl_dense_size(const TrlElement *element, int dim)
{
	return offsetof(TrlDense, x) + element->size * (Size) dim;
}

/*
 * A palloc'd vector of n values, which may lie anywhere.  Raises 22000 or
 * 54000 for their number, 22000 for NaN and infinity, 22003 for a finite
 * value that the element cannot hold.
 */
extern TrlDense *trl_dense_from_floats(const TrlElement *element,
									   const float *values, int n);

/* The elements as floats, see TrlElement.load. */
static inline const float *
trl_dense_floats(const TrlElement *element, const TrlDense *v)
{
	return element->load(v->x, v->dim);
}

/*
 * Stores values that were computed from finite elements.  Raises 22003 for
 * one that the element cannot hold.
 */
extern void trl_dense_set_computed(const TrlElement *element, TrlDense *v,
								   const float *values);

/* Raise 22000 or 54000 unless dim is 1 ... element->max_dim. */
extern void trl_dense_check_dim(const TrlElement *element, int64 dim);

/* Raise 22000 unless typmod is -1 or equals dim; for every vector type. */
extern void trl_check_typmod(int64 dim, int32 typmod);

/*
 * The modifier of a type that takes one number, 1 ... max_dim.  Raises 22023
 * for anything else.
 */
extern int32 trl_typmod_in(ArrayType *modifiers, const char *type_name,
						   int32 max_dim);

/* Reads the text format; errors as trl_parse_floats() and typmod's. */
extern TrlDense *trl_dense_parse(const TrlElement *element, const char *text,
								 int32 typmod);

/* Raise 22000 unless an array is 1-D or empty, 22004 if it holds a NULL. */
extern void trl_check_number_array(ArrayType *array);

/*
 * The elements of a checked array of smallint, integer, bigint, real, double
 * precision or numeric, palloc'd, and their number.  Raises 22000 for other
 * element types, 22003 for a numeric beyond float4.
 */
extern float *trl_number_array_floats(ArrayType *array, int *n);

/* Raise 22000 if a value is NaN or infinite; type_name is for the message. */
extern void trl_check_finite(const char *type_name, float value);

/* Raise 22000 "different ... dimensions" for two vectors of one type. */
extern _Noreturn void trl_different_dims(const char *type_name, int a, int b);

static inline void
trl_dense_check_same_dim(const TrlElement *element,
						 const TrlDense *a, const TrlDense *b)
{
	if (unlikely(a->dim != b->dim))
		trl_different_dims(element->type_name, a->dim, b->dim);
}

/*
 * Element-wise comparison, the shorter first where one is a prefix of the
 * other, as arrays compare.  -0 equals 0.  Returns -1, 0 or 1; allocates
 * nothing.
 */
extern int	trl_dense_compare(const TrlElement *element,
							  const TrlDense *a, const TrlDense *b);

/*
 * Defines the SQL function name of one type by a body that both share:
 * Datum body(FunctionCallInfo fcinfo, const TrlElement *element).
 */
#define TRL_DENSE_FUNCTION(name, body, element) \
	TRL_FUNCTION(name); \
	Datum name(PG_FUNCTION_ARGS) { return body(fcinfo, element); } \
	extern int	no_such_variable

#endif							/* TRL_TYPES_DENSE_H */
