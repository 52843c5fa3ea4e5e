/*
 * sparsevec.h - the type sparsevec: up to 16,000 non-zero float4 elements
 *
 * The layout, on disk and in memory, is the one that clients and existing
 * columns of the field's usual sparse vector type have, so that a column can
 * be taken over without a rewrite:
 *
 *   byte 0  varlena header (4 bytes once detoasted)
 *        4  int32 dim
 *        8  int32 nnz, the number of elements that are stored
 *       12  int32 unused, always 0
 *       16  nnz int32 indexes, the first element is 0, strictly ascending
 *           nnz float4 values, each finite and not 0
 */
#ifndef TRL_TYPES_SPARSEVEC_H
#define TRL_TYPES_SPARSEVEC_H

#include "fmgr.h"

#include "kernels/kernels.h"

typedef struct TrlSparsevec
{
	int32		vl_len_;		/* varlena header, use SET_VARSIZE */
	int32		dim;			/* number of elements, with the zeros */
	int32		nnz;			/* number of elements that are not zero */
	int32		unused;			/* reserved, always 0 */
	int32		index[FLEXIBLE_ARRAY_MEMBER];	/* nnz; the values follow */
} TrlSparsevec;

StaticAssertDecl(offsetof(TrlSparsevec, dim) == 4, "sparsevec layout: dim");
StaticAssertDecl(offsetof(TrlSparsevec, index) == 16, "sparsevec layout: index");

#define TRL_SPARSEVEC_MAX_DIM 1000000000
#define TRL_SPARSEVEC_MAX_NNZ 16000

/* Bytes of a sparsevec of nnz stored elements. */
static inline Size
trl_sparsevec_size(int32 nnz)
{
	return offsetof(TrlSparsevec, index) +
		(sizeof(int32) + sizeof(float)) * (Size) nnz;
}

/* Its nnz values; write them through trl_sparsevec_new's result only. */
static inline float *
trl_sparsevec_values(const TrlSparsevec *v)
{
	return (float *) (v->index + v->nnz);
}

/* What the kernels take; points into v. */
static inline TrlSparseArray
trl_sparsevec_array(const TrlSparsevec *v)
{
	TrlSparseArray array = {v->index, trl_sparsevec_values(v), (size_t) v->nnz};

	return array;
}

/*
 * The argument, detoasted.  The result may be the stored datum itself: read
 * only.
 */
static inline TrlSparsevec *
trl_sparsevec_from_datum(Datum d)
{
	return (TrlSparsevec *) PG_DETOAST_DATUM(d);
}

#define PG_GETARG_TRL_SPARSEVEC(n) trl_sparsevec_from_datum(PG_GETARG_DATUM(n))

/* A palloc'd sparsevec whose nnz elements are to be filled in. */
extern TrlSparsevec *trl_sparsevec_new(int32 dim, int32 nnz);

/*
 * A palloc'd sparsevec of the dim values that are not zero.  Raises 54000 if
 * they are more than TRL_SPARSEVEC_MAX_NNZ.  Checks neither dim nor values.
 */
extern TrlSparsevec *trl_sparsevec_from_floats(const float *values, int32 dim);

/* Raise 22000 or 54000 unless dim is 1 ... TRL_SPARSEVEC_MAX_DIM. */
extern void trl_sparsevec_check_dim(int32 dim);

/* Raise 22000 or 54000 unless nnz is 0 ... TRL_SPARSEVEC_MAX_NNZ. */
extern void trl_sparsevec_check_nnz(int32 nnz);

/* Raise 22000 unless a and b have the same number of dimensions. */
extern void trl_sparsevec_check_same_dim(const TrlSparsevec *a,
										 const TrlSparsevec *b);

/*
 * Compares as if the zeros were there: element by element, the shorter first
 * where one is a prefix of the other.  Returns -1, 0 or 1; allocates nothing.
 */
extern int	trl_sparsevec_compare(const TrlSparsevec *a, const TrlSparsevec *b);

/*
 * Reads the text form.  Raises 22P02 for bad syntax, 22003 for a value that
 * float4 cannot hold, 22000 for NaN, infinity, dim not equal to typmod (-1 is
 * any), indexes twice or outside, 54000 for what is too large.
 */
extern TrlSparsevec *trl_sparsevec_parse(const char *text, int32 typmod);

#endif							/* TRL_TYPES_SPARSEVEC_H */
