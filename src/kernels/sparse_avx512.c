/*
 * sparse_avx512.c - kernels of sparse arrays for AVX-512: blocks of sixteen
 *
 * A step loads the next sixteen elements of each side and takes from both
 * those up to the smaller of the two last indices.  What it takes from one
 * side can only meet what it takes from the other: all later indices are
 * larger.  So a step settles 16 to 32 elements, without a branch on which
 * index is the smaller.  Which lanes share their index is found by comparing
 * every lane with every other.  Shared elements are compressed to the low
 * lanes of either side, where they stand in pairs, both in ascending order.
 *
 * Exchanging a and b exchanges the roles within the steps and nothing else;
 * the sums of pairs, of a's and of b's lone elements are kept apart until
 * the end, so that results are symmetric.  A step adds one term at most to
 * each lane of each sum.
 */
#include "kernels/internal.h"

#ifdef TRL_ARCH_X86_64

#include <immintrin.h>

#define WIDTH 16				/* elements per vector */
#define ALL_LANES 0xFFFF

/* Where the next step begins, and what the last one took. */
typedef struct Step
{
	size_t		i;				/* next element of a */
	size_t		j;				/* next element of b */
	__mmask16	taken_a;
	__mmask16	taken_b;
	__mmask16	shared_a;		/* of those taken: index is in b, too */
	__mmask16	shared_b;		/* as many as in shared_a */
} Step;

/* Mask of the first count lanes, or of all where there are more. */
static inline __mmask16
first_lanes(size_t count)
{
	return count >= WIDTH ? ALL_LANES : (__mmask16) ((1u << count) - 1);
}

static inline TRL_TARGET_AVX512 __m512
load_values(const TrlSparseArray *s, size_t i)
{
	return _mm512_maskz_loadu_ps(first_lanes(s->n - i), s->value + i);
}

/* Lanes beyond the end get the filler, which is no index. */
static inline TRL_TARGET_AVX512 __m512i
load_indices(const TrlSparseArray *s, size_t i, int32_t filler)
{
	return _mm512_mask_loadu_epi32(_mm512_set1_epi32(filler),
								   first_lanes(s->n - i), s->index + i);
}

/* Index of the last element of the block that begins at i. */
static inline int32_t
last_index(const TrlSparseArray *s, size_t i)
{
	return s->index[s->n - i > WIDTH ? i + WIDTH - 1 : s->n - 1];
}

static inline __mmask16
rotate_left(__mmask16 mask, int count)
{
	return (__mmask16) (mask << count | mask >> (16 - count));
}

/*
 * Lanes of x that equal none of y's four rotations within 128 bits; each
 * compare looks only at the lanes that the one before left.
 */
static inline TRL_TARGET_AVX512 __mmask16
absent(__m512i x, __m512i y0, __m512i y1, __m512i y2, __m512i y3)
{
	__mmask16	left = _mm512_cmpneq_epi32_mask(x, y0);

	left = _mm512_mask_cmpneq_epi32_mask(left, x, y1);
	left = _mm512_mask_cmpneq_epi32_mask(left, x, y2);
	return _mm512_mask_cmpneq_epi32_mask(left, x, y3);
}

/* Lanes of x whose index is in y: x turned by four lanes meets all of y. */
static inline TRL_TARGET_AVX512 __mmask16
shared_lanes(__m512i x, __m512i y)
{
	__m512i		y1 = _mm512_shuffle_epi32(y, _MM_PERM_ADCB);
	__m512i		y2 = _mm512_shuffle_epi32(y, _MM_PERM_BADC);
	__m512i		y3 = _mm512_shuffle_epi32(y, _MM_PERM_CBAD);
	__mmask16	left = absent(x, y, y1, y2, y3);

	left &= rotate_left(absent(_mm512_alignr_epi32(x, x, 4),
							   y, y1, y2, y3), 4);
	left &= rotate_left(absent(_mm512_alignr_epi32(x, x, 8),
							   y, y1, y2, y3), 8);
	left &= rotate_left(absent(_mm512_alignr_epi32(x, x, 12),
							   y, y1, y2, y3), 12);
	return (__mmask16) ~left;
}

/* Both sides have an element left. */
static inline TRL_TARGET_AVX512 void
take_step(Step *step, const TrlSparseArray *a, const TrlSparseArray *b)
{
	__m512i		x = load_indices(a, step->i, -1);
	__m512i		y = load_indices(b, step->j, -2);
	__m512i		last_x = _mm512_set1_epi32(last_index(a, step->i));
	__m512i		last_y = _mm512_set1_epi32(last_index(b, step->j));

	step->taken_a = _mm512_mask_cmple_epi32_mask(first_lanes(a->n - step->i),
												 x, last_y);
	step->taken_b = _mm512_mask_cmple_epi32_mask(first_lanes(b->n - step->j),
												 y, last_x);
	step->shared_a = shared_lanes(x, y);
	step->shared_b = step->shared_a != 0 ? shared_lanes(y, x) : 0;
	step->i += (size_t) _mm_popcnt_u32(step->taken_a);
	step->j += (size_t) _mm_popcnt_u32(step->taken_b);
}

static inline TRL_TARGET_AVX512 __m512
add_squares(__m512 acc, __mmask16 lanes, __m512 v)
{
	return _mm512_mask3_fmadd_ps(v, v, acc, lanes);
}

static TRL_TARGET_AVX512 __m512
add_rest_squares(__m512 acc, const TrlSparseArray *s, size_t i)
{
	for (; i < s->n; i += WIDTH)
		acc = add_squares(acc, first_lanes(s->n - i), load_values(s, i));
	return acc;
}

TRL_TARGET_AVX512 float
trl_sparse_l2_squared_avx512(const TrlSparseArray *a, const TrlSparseArray *b)
{
	__m512		acc = _mm512_setzero_ps();
	__m512		acc_a = acc;
	__m512		acc_b = acc;
	Step		step = {0};

	while (step.i < a->n && step.j < b->n)
	{
		__m512		x = load_values(a, step.i);
		__m512		y = load_values(b, step.j);
		__m512		diff;

		take_step(&step, a, b);
		if (step.shared_a != 0)
		{
			diff = _mm512_sub_ps(_mm512_maskz_compress_ps(step.shared_a, x),
								 _mm512_maskz_compress_ps(step.shared_b, y));
			acc = add_squares(acc, ALL_LANES, diff);
		}
		acc_a = add_squares(acc_a, step.taken_a & ~step.shared_a, x);
		acc_b = add_squares(acc_b, step.taken_b & ~step.shared_b, y);
	}
	acc_a = add_rest_squares(acc_a, a, step.i);
	acc_b = add_rest_squares(acc_b, b, step.j);
	return _mm512_reduce_add_ps(_mm512_add_ps(acc, _mm512_add_ps(acc_a, acc_b)));
}

TRL_TARGET_AVX512 float
trl_sparse_dot_avx512(const TrlSparseArray *a, const TrlSparseArray *b)
{
	__m512		acc = _mm512_setzero_ps();
	Step		step = {0};

	while (step.i < a->n && step.j < b->n)
	{
		size_t		i = step.i;
		size_t		j = step.j;

		take_step(&step, a, b);
		if (step.shared_a == 0)
			continue;
		acc = _mm512_fmadd_ps
			(_mm512_maskz_compress_ps(step.shared_a, load_values(a, i)),
			 _mm512_maskz_compress_ps(step.shared_b, load_values(b, j)), acc);
	}
	return _mm512_reduce_add_ps(acc);
}

static inline TRL_TARGET_AVX512 __m512
add_absolutes(__m512 acc, __mmask16 lanes, __m512 v)
{
	return _mm512_mask_add_ps(acc, lanes, acc, _mm512_abs_ps(v));
}

static TRL_TARGET_AVX512 __m512
add_rest_absolutes(__m512 acc, const TrlSparseArray *s, size_t i)
{
	for (; i < s->n; i += WIDTH)
		acc = add_absolutes(acc, first_lanes(s->n - i), load_values(s, i));
	return acc;
}

TRL_TARGET_AVX512 float
trl_sparse_l1_avx512(const TrlSparseArray *a, const TrlSparseArray *b)
{
	__m512		acc = _mm512_setzero_ps();
	__m512		acc_a = acc;
	__m512		acc_b = acc;
	Step		step = {0};

	while (step.i < a->n && step.j < b->n)
	{
		__m512		x = load_values(a, step.i);
		__m512		y = load_values(b, step.j);
		__m512		diff;

		take_step(&step, a, b);
		if (step.shared_a != 0)
		{
			diff = _mm512_sub_ps(_mm512_maskz_compress_ps(step.shared_a, x),
								 _mm512_maskz_compress_ps(step.shared_b, y));
			acc = add_absolutes(acc, ALL_LANES, diff);
		}
		acc_a = add_absolutes(acc_a, step.taken_a & ~step.shared_a, x);
		acc_b = add_absolutes(acc_b, step.taken_b & ~step.shared_b, y);
	}
	acc_a = add_rest_absolutes(acc_a, a, step.i);
	acc_b = add_rest_absolutes(acc_b, b, step.j);
	return _mm512_reduce_add_ps(_mm512_add_ps(acc, _mm512_add_ps(acc_a, acc_b)));
}

#endif							/* TRL_ARCH_X86_64 */
