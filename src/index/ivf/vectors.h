/*
 * vectors.h - vectors of four numbers, which every processor of ours has
 *
 * For loops that are neither hot enough for a kernel of their own nor left
 * alone by a compiler at -O2.  Comparing makes masks of integers.
 */
#ifndef TRL_INDEX_IVF_VECTORS_H
#define TRL_INDEX_IVF_VECTORS_H

#include "postgres.h"

#define TRL_WIDTH 4

typedef float TrlFloats __attribute__((vector_size(16)));
typedef int32 TrlInts __attribute__((vector_size(16)));

static inline TrlFloats
trl_load(const float *from)
{
	TrlFloats	x;

	memcpy(&x, from, sizeof(x));
	return x;
}

static inline void
trl_store(float *to, TrlFloats x)
{
	memcpy(to, &x, sizeof(x));
}

/* Of each pair, the first where the mask is set, else the second. */
static inline TrlFloats
trl_select(TrlInts mask, TrlFloats x, TrlFloats y)
{
	return (TrlFloats) ((mask & (TrlInts) x) | (~mask & (TrlInts) y));
}

static inline TrlFloats
trl_absolute(TrlFloats x)
{
	return (TrlFloats) ((TrlInts) x & 0x7FFFFFFF);
}

#endif							/* TRL_INDEX_IVF_VECTORS_H */
