/*
 * sketch.c - sparse vectors in few dimensions, for lists and codes
 *
 * A signed feature hash (Charikar et al., Finding frequent items in data
 * streams, 2002; Weinberger et al., Feature hashing for large scale multitask
 * learning, 2009), in the sparser of the forms of Kane and Nelson (Sparser
 * Johnson-Lindenstrauss transforms, 2014): the sketch is BLOCKS blocks, and an
 * element is added to one place of each, with a sign and a weight of
 * 1 / sqrt(BLOCKS).  Inner products and squared distances of sketches are
 * those of the vectors on average; the variance of an inner product is at
 * most (|x|^2 |y|^2 + <x, y>^2) / dims.  Several places rather than one make
 * errors nearly normal also where a query has a handful of elements.
 *
 * Place and sign of an element follow from its index and the index's seed, for
 * ever: the hash is part of the format.  It is the step and the finisher of
 * SplitMix64 (Steele et al., Fast splittable pseudorandom number generators,
 * 2014), and block b takes 16 of its bits: the lowest is the sign, those above
 * it the place.
 *
 * A column that has no more dimensions than a sketch is taken as it is.
 *
 * Locks and WAL: none.  Memory: a copy of a toasted value, freed.
 */
#include "postgres.h"

#include <math.h>

#include "core/compat.h"
#include "index/ivf/ivf.h"
#include "kernels/kernels.h"
#include "types/dense.h"

#define BLOCKS 4
#define BLOCK_DIMS (TRL_IVF_SKETCH_DIMS / BLOCKS)
#define BLOCK_BITS 16

StaticAssertDecl((BLOCK_DIMS & (BLOCK_DIMS - 1)) == 0 &&
				 BLOCK_DIMS <= 1 << (BLOCK_BITS - 1),
				 "places of a sketch's block come from a few bits");

static inline uint64
hash_index(uint64 seed, int32 index)
{
	uint64		x = seed + ((uint64) index + 1) * UINT64CONST(0x9E3779B97F4A7C15);

	x = (x ^ (x >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64CONST(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

/* Adds up the elements, each times scale. */
static void
add_elements(const TrlIvfMeta *meta, const TrlSparseArray *elements,
			 double scale, float *out)
{
	bool		hashed = trl_ivf_is_hashed(meta);
	size_t		i;
	int			b;

	memset(out, 0, sizeof(float) * meta->dims);
	for (i = 0; i < elements->n; i++)
	{
		float		value = (float) (elements->value[i] * scale);
		uint64		hash;

		if (!hashed)
		{
			out[elements->index[i]] = value;
			continue;
		}
		hash = hash_index(meta->seed, elements->index[i]);
		for (b = 0; b < BLOCKS; b++)
		{
			uint32		bits = (uint32) (hash >> (BLOCK_BITS * b));

			out[b * BLOCK_DIMS + ((bits >> 1) & (BLOCK_DIMS - 1))] +=
				bits & 1 ? value : -value;
		}
	}
}

TrlIvfValue
trl_ivf_sketch(const TrlIvfClass *class, const TrlIvfMeta *meta, Datum datum,
			   float *out)
{
	TrlSparsevec *v = trl_sparsevec_from_datum(datum);
	TrlSparseArray elements = trl_sparsevec_array(v);
	double		norm = sqrt(trl_kernels->f32_sum_squares(elements.value,
														 elements.n));
	double		scale = trl_ivf_is_hashed(meta) ? sqrt(1.0 / BLOCKS) : 1;
	TrlIvfValue kind = TRL_IVF_VALUE;

	if (v->dim != meta->column_dims)
		trl_different_dims("sparsevec", meta->column_dims, v->dim);
	if (class->metric == TRL_IVF_COSINE)
	{
		if (!(norm > 0))
			kind = TRL_IVF_VALUE_NAN;
		else
			scale /= norm;
	}
	else if (!(norm <= TRL_IVF_MAX_NORM))
		kind = TRL_IVF_VALUE_NAN;
	add_elements(meta, &elements, scale, out);

	/*
	 * The cosine of two sketches is nearer the truth than the inner product
	 * of sketches of norm 1.  Where all elements have cancelled each other,
	 * which takes luck or an author who knows the hash, the sketch stays 0.
	 */
	if (class->metric == TRL_IVF_COSINE && kind == TRL_IVF_VALUE)
		(void) trl_ivf_normalize(out, meta->dims);
	if ((Pointer) v != DatumGetPointer(datum))
		pfree(v);
	return kind;
}
