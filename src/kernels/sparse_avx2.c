/*
 * sparse_avx2.c - kernels of sparse arrays for AVX2: blocks of eight
 *
 * A step compares the next eight indices of each side, all with all, and
 * passes the block with the smaller last index, or both: whatever comes
 * later on the other side is larger.  No branch asks which index is smaller.
 * A block that stays keeps note of its lanes that met a partner.  AVX-512
 * has no kernels of its own: blocks of sixteen would take four times the
 * comparisons per step for at most twice the elements passed.
 *
 * Shared elements are few and added one by one, in ascending order, to a
 * chain of doubles.  Lone elements are added when their block is passed, to
 * the lane of their place in the block.  So the order of additions is the
 * same with a and b exchanged.  When a side has less than a block left, the
 * rest is merged as in sparse_scalar.c.
 */
#include "kernels/internal.h"

#ifdef TRL_ARCH_X86_64

#include <immintrin.h>
#include <math.h>

#define WIDTH 8					/* elements per block */

/* Ratio of lengths from which the scalar merge was measured to be faster. */
#define SKEW 8

/*
 * The two kernels of differences each get a loop of their own, in which the
 * sides are kept in registers.  Compilers decide otherwise unless told.
 */
#define INLINE static inline TRL_TARGET_AVX2 __attribute__((always_inline))

/* One side of a merge in progress. */
typedef struct Side
{
	const int32_t *index;
	const float *value;
	size_t		n;
	size_t		at;				/* first element not passed */
	__m256i		met;			/* lanes of its block that met a partner */
	__m256		lone;			/* sum of lone elements' terms */
	double		rest;			/* the same, after the blocks */
} Side;

INLINE Side
side_of(const TrlSparseArray *s)
{
	Side		side;

	side.index = s->index;
	side.value = s->value;
	side.n = s->n;
	side.at = 0;
	side.met = _mm256_setzero_si256();
	side.lone = _mm256_setzero_ps();
	side.rest = 0.0;
	return side;
}

INLINE __m256i
load_indices(const int32_t *p)
{
	return _mm256_loadu_si256((const __m256i *) p);
}

INLINE __m256i
either(__m256i x, __m256i y)
{
	return _mm256_or_si256(x, y);
}

INLINE int
lanes_of(__m256i mask)
{
	return _mm256_movemask_ps(_mm256_castsi256_ps(mask));
}

/*
 * Lanes of x and lanes of y that equal any of the other's.  x and x with its
 * halves exchanged meet the four rotations of y within its halves.
 */
INLINE void
compare_all(__m256i x, __m256i y, __m256i *met_x, __m256i *met_y)
{
	__m256i		swapped = _mm256_permute2x128_si256(x, x, 1);
	__m256i		y1 = _mm256_shuffle_epi32(y, 0x39);
	__m256i		y2 = _mm256_shuffle_epi32(y, 0x4E);
	__m256i		y3 = _mm256_shuffle_epi32(y, 0x93);
	__m256i		same0 = _mm256_cmpeq_epi32(x, y);
	__m256i		same1 = _mm256_cmpeq_epi32(x, y1);
	__m256i		same2 = _mm256_cmpeq_epi32(x, y2);
	__m256i		same3 = _mm256_cmpeq_epi32(x, y3);
	__m256i		cross0 = _mm256_cmpeq_epi32(swapped, y);
	__m256i		cross1 = _mm256_cmpeq_epi32(swapped, y1);
	__m256i		cross2 = _mm256_cmpeq_epi32(swapped, y2);
	__m256i		cross3 = _mm256_cmpeq_epi32(swapped, y3);
	__m256i		cross = either(either(cross0, cross1), either(cross2, cross3));
	__m256i		back1 = _mm256_shuffle_epi32(either(same1, cross1), 0x93);
	__m256i		back2 = _mm256_shuffle_epi32(either(same2, cross2), 0x4E);
	__m256i		back3 = _mm256_shuffle_epi32(either(same3, cross3), 0x39);

	*met_x = either(either(either(same0, same1), either(same2, same3)),
					_mm256_permute2x128_si256(cross, cross, 1));
	*met_y = either(either(either(same0, cross0), back1),
					either(back2, back3));
}

/* Place in the block y of an index that is in it. */
INLINE size_t
place_of(int32_t index, __m256i y)
{
	__m256i		hits = _mm256_cmpeq_epi32(_mm256_set1_epi32(index), y);

	return (size_t) __builtin_ctz((unsigned) lanes_of(hits));
}

INLINE double
term_of(double x, bool squares)
{
	return squares ? x * x : fabs(x);
}

/* Terms of the shared elements of two blocks. */
INLINE double
add_shared(double sum, const Side *a, const Side *b, int lanes, bool squares)
{
	__m256i		y = load_indices(b->index + b->at);

	for (; lanes != 0; lanes &= lanes - 1)
	{
		size_t		i = a->at + (size_t) __builtin_ctz((unsigned) lanes);
		size_t		j = b->at + place_of(a->index[i], y);

		sum += term_of((double) a->value[i] - b->value[j], squares);
	}
	return sum;
}

/* Where the block is passed, adds its lone elements and goes to the next. */
INLINE void
finish_step(Side *side, __m256i met, bool passed, bool squares)
{
	__m256i		pass = _mm256_set1_epi32(-(int) passed);
	__m256		v = _mm256_loadu_ps(side->value + side->at);

	met = either(met, side->met);
	v = _mm256_and_ps(v, _mm256_castsi256_ps(_mm256_andnot_si256(met, pass)));
	if (squares)
		side->lone = _mm256_fmadd_ps(v, v, side->lone);
	else
		side->lone = _mm256_add_ps(side->lone,
								   _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v));
	side->met = _mm256_andnot_si256(pass, met);
	side->at += (size_t) passed * WIDTH;
}

/*
 * Passes what the other side's blocks settled: the elements up to their last
 * index, of which those that met a partner are counted already.
 */
INLINE void
settle(Side *side, const Side *other, bool squares)
{
	int			met = lanes_of(side->met);

	if (other->at == 0)
		return;
	for (; side->at < side->n &&
		 side->index[side->at] <= other->index[other->at - 1]; met >>= 1)
	{
		if ((met & 1) == 0)
			side->rest += term_of(side->value[side->at], squares);
		side->at++;
	}
}

/* Merges what the blocks left over. */
INLINE double
merge_rest(Side *a, Side *b, bool squares)
{
	double		shared = 0.0;

	for (; a->at < a->n; a->at++)
	{
		int32_t		x = a->index[a->at];

		for (; b->at < b->n && b->index[b->at] < x; b->at++)
			b->rest += term_of(b->value[b->at], squares);
		if (b->at < b->n && b->index[b->at] == x)
			shared += term_of((double) a->value[a->at] - b->value[b->at++],
							  squares);
		else
			a->rest += term_of(a->value[a->at], squares);
	}
	for (; b->at < b->n; b->at++)
		b->rest += term_of(b->value[b->at], squares);
	return shared;
}

INLINE double
sum_lone(const Side *side)
{
	__m256d		wide;
	__m128d		sum;

	wide = _mm256_add_pd
		(_mm256_cvtps_pd(_mm256_castps256_ps128(side->lone)),
		 _mm256_cvtps_pd(_mm256_extractf128_ps(side->lone, 1)));
	sum = _mm_add_pd(_mm256_castpd256_pd128(wide),
					 _mm256_extractf128_pd(wide, 1));
	sum = _mm_add_sd(sum, _mm_unpackhi_pd(sum, sum));
	return _mm_cvtsd_f64(sum) + side->rest;
}

/* Sum of the differences' squares or absolute values. */
INLINE float
sum_differences(const TrlSparseArray *x, const TrlSparseArray *y, bool squares)
{
	Side		a = side_of(x);
	Side		b = side_of(y);
	double		shared = 0.0;

	while (a.n - a.at >= WIDTH && b.n - b.at >= WIDTH)
	{
		int32_t		last_a = a.index[a.at + WIDTH - 1];
		int32_t		last_b = b.index[b.at + WIDTH - 1];
		__m256i		met_a;
		__m256i		met_b;
		int			lanes;

		compare_all(load_indices(a.index + a.at), load_indices(b.index + b.at),
					&met_a, &met_b);
		lanes = lanes_of(met_a);
		if (lanes != 0)
			shared = add_shared(shared, &a, &b, lanes, squares);
		finish_step(&a, met_a, last_a <= last_b, squares);
		finish_step(&b, met_b, last_b <= last_a, squares);
	}
	settle(&a, &b, squares);
	settle(&b, &a, squares);
	shared += merge_rest(&a, &b, squares);
	return (float) (shared + (sum_lone(&a) + sum_lone(&b)));
}

TRL_TARGET_AVX2 float
trl_sparse_l2_squared_avx2(const TrlSparseArray *a, const TrlSparseArray *b)
{
	if (a->n < b->n / SKEW || b->n < a->n / SKEW)
		return trl_sparse_l2_squared_scalar(a, b);
	return sum_differences(a, b, true);
}

TRL_TARGET_AVX2 float
trl_sparse_l1_avx2(const TrlSparseArray *a, const TrlSparseArray *b)
{
	if (a->n < b->n / SKEW || b->n < a->n / SKEW)
		return trl_sparse_l1_scalar(a, b);
	return sum_differences(a, b, false);
}

TRL_TARGET_AVX2 float
trl_sparse_dot_avx2(const TrlSparseArray *a, const TrlSparseArray *b)
{
	double		sum = 0.0;
	size_t		i = 0;
	size_t		j = 0;

	while (a->n - i >= WIDTH && b->n - j >= WIDTH)
	{
		int32_t		last_a = a->index[i + WIDTH - 1];
		int32_t		last_b = b->index[j + WIDTH - 1];
		__m256i		y = load_indices(b->index + j);
		__m256i		met_a;
		__m256i		met_b;
		int			lanes;

		compare_all(load_indices(a->index + i), y, &met_a, &met_b);
		for (lanes = lanes_of(met_a); lanes != 0; lanes &= lanes - 1)
		{
			size_t		k = i + (size_t) __builtin_ctz((unsigned) lanes);

			sum += (double) a->value[k] *
				(double) b->value[j + place_of(a->index[k], y)];
		}
		i += (size_t) (last_a <= last_b) * WIDTH;
		j += (size_t) (last_b <= last_a) * WIDTH;
	}
	while (i < a->n && j < b->n)
	{
		if (a->index[i] < b->index[j])
			i++;
		else if (b->index[j] < a->index[i])
			j++;
		else
			sum += (double) a->value[i++] * (double) b->value[j++];
	}
	return (float) sum;
}

#endif							/* TRL_ARCH_X86_64 */
