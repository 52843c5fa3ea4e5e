/*
 * f32_avx512.c - kernels of floats for AVX-512: sixteen per instruction
 *
 * The shape is that of f32_avx2.c, four accumulators per sum against the latency
 * of the fused multiply-add.  What is left after the blocks of four vectors
 * goes through one masked step per vector: lanes beyond the end are neither
 * read nor faulted on, are zero, and add nothing.
 */
#include "kernels/steps_avx512.h"

#ifdef TRL_ARCH_X86_64

#include <string.h>

/* Floats from which putting vectors together was measured to pay. */
#define ALIGN_FROM 320

/* An operand read line by line. */
typedef struct Stream
{
	const float *line;			/* the next to load */
	__m512		last;			/* the line before it */
	__m512i		lanes;			/* of both lines, those of the next vector */
} Stream;

/* Number of floats between the start of a cache line and p. */
static inline unsigned
floats_into_line(const float *p)
{
	return (unsigned) ((uintptr_t) p / sizeof(float) % WIDTH);
}

static inline bool
worth_aligning(const float *a, const float *b, size_t n)
{
	return n >= ALIGN_FROM && floats_into_line(a) != 0 &&
		floats_into_line(b) != 0;
}

/* What precedes p in its line is not read. */
static inline TRL_TARGET_AVX512 Stream
stream_from(const float *p)
{
	unsigned	skipped = floats_into_line(p);
	const float *first = (const float *) ((uintptr_t) p & ~(uintptr_t) 63);
	Stream		stream;

	stream.line = first + WIDTH;
	stream.last = _mm512_maskz_loadu_ps((__mmask16) (0xFFFFu << skipped),
										first);
	stream.lanes = _mm512_add_epi32(_mm512_set1_epi32((int) skipped),
									_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7,
													  8, 9, 10, 11,
													  12, 13, 14, 15));
	return stream;
}

/*
 * The next sixteen floats.  This reads the whole line that the last of them
 * lies in: no more than fifteen floats beyond.
 */
static inline TRL_TARGET_AVX512 __m512
next_vector(Stream *stream)
{
	__m512		line = _mm512_load_ps(stream->line);
	__m512		vector = _mm512_permutex2var_ps(stream->last, stream->lanes,
												line);

	stream->line += WIDTH;
	stream->last = line;
	return vector;
}

static inline TRL_TARGET_AVX512 __m512
l2_step(__m512 acc, const float *a, const float *b)
{
	return add_squared_diff(acc, _mm512_loadu_ps(a), _mm512_loadu_ps(b));
}

TRL_TARGET_AVX512 float
trl_f32_l2_squared_avx512(const float *a, const float *b, size_t n)
{
	__m512		acc0 = _mm512_setzero_ps();
	__m512		acc1 = acc0;
	__m512		acc2 = acc0;
	__m512		acc3 = acc0;
	size_t		i = 0;

	if (worth_aligning(a, b, n))
	{
		Stream		sa = stream_from(a);
		Stream		sb = stream_from(b);

		for (; n - i >= BLOCK + WIDTH; i += BLOCK)
		{
			acc0 = add_squared_diff(acc0, next_vector(&sa), next_vector(&sb));
			acc1 = add_squared_diff(acc1, next_vector(&sa), next_vector(&sb));
			acc2 = add_squared_diff(acc2, next_vector(&sa), next_vector(&sb));
			acc3 = add_squared_diff(acc3, next_vector(&sa), next_vector(&sb));
		}
	}
	for (; n - i >= BLOCK; i += BLOCK)
	{
		acc0 = l2_step(acc0, a + i, b + i);
		acc1 = l2_step(acc1, a + i + WIDTH, b + i + WIDTH);
		acc2 = l2_step(acc2, a + i + 2 * WIDTH, b + i + 2 * WIDTH);
		acc3 = l2_step(acc3, a + i + 3 * WIDTH, b + i + 3 * WIDTH);
	}
	for (; i < n; i += WIDTH)
	{
		__mmask16	mask = first_lanes(n - i);

		acc0 = add_squared_diff(acc0, _mm512_maskz_loadu_ps(mask, a + i),
								_mm512_maskz_loadu_ps(mask, b + i));
	}
	return sum_four(acc0, acc1, acc2, acc3);
}

static inline TRL_TARGET_AVX512 __m512
dot_step(__m512 acc, const float *a, const float *b)
{
	return add_product(acc, _mm512_loadu_ps(a), _mm512_loadu_ps(b));
}

TRL_TARGET_AVX512 float
trl_f32_dot_avx512(const float *a, const float *b, size_t n)
{
	__m512		acc0 = _mm512_setzero_ps();
	__m512		acc1 = acc0;
	__m512		acc2 = acc0;
	__m512		acc3 = acc0;
	size_t		i = 0;

	if (worth_aligning(a, b, n))
	{
		Stream		sa = stream_from(a);
		Stream		sb = stream_from(b);

		for (; n - i >= BLOCK + WIDTH; i += BLOCK)
		{
			acc0 = add_product(acc0, next_vector(&sa), next_vector(&sb));
			acc1 = add_product(acc1, next_vector(&sa), next_vector(&sb));
			acc2 = add_product(acc2, next_vector(&sa), next_vector(&sb));
			acc3 = add_product(acc3, next_vector(&sa), next_vector(&sb));
		}
	}
	for (; n - i >= BLOCK; i += BLOCK)
	{
		acc0 = dot_step(acc0, a + i, b + i);
		acc1 = dot_step(acc1, a + i + WIDTH, b + i + WIDTH);
		acc2 = dot_step(acc2, a + i + 2 * WIDTH, b + i + 2 * WIDTH);
		acc3 = dot_step(acc3, a + i + 3 * WIDTH, b + i + 3 * WIDTH);
	}
	for (; i < n; i += WIDTH)
	{
		__mmask16	mask = first_lanes(n - i);

		acc0 = add_product(acc0, _mm512_maskz_loadu_ps(mask, a + i),
						   _mm512_maskz_loadu_ps(mask, b + i));
	}
	return sum_four(acc0, acc1, acc2, acc3);
}

static inline TRL_TARGET_AVX512 void
dot_norms_step(DotNorms *acc, const float *a, const float *b)
{
	dot_norms_add(acc, _mm512_loadu_ps(a), _mm512_loadu_ps(b));
}

TRL_TARGET_AVX512 void
trl_f32_dot_norms_avx512(const float *a, const float *b, size_t n,
						 float *dot, float *aa, float *bb)
{
	__m512		zero = _mm512_setzero_ps();
	DotNorms	acc0 = {zero, zero, zero};
	DotNorms	acc1 = acc0;
	DotNorms	acc2 = acc0;
	DotNorms	acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= BLOCK; i += BLOCK)
	{
		dot_norms_step(&acc0, a + i, b + i);
		dot_norms_step(&acc1, a + i + WIDTH, b + i + WIDTH);
		dot_norms_step(&acc2, a + i + 2 * WIDTH, b + i + 2 * WIDTH);
		dot_norms_step(&acc3, a + i + 3 * WIDTH, b + i + 3 * WIDTH);
	}
	for (; i < n; i += WIDTH)
	{
		__mmask16	mask = first_lanes(n - i);

		dot_norms_add(&acc0, _mm512_maskz_loadu_ps(mask, a + i),
					  _mm512_maskz_loadu_ps(mask, b + i));
	}
	dot_norms_sum(&acc0, &acc1, &acc2, &acc3, dot, aa, bb);
}

static inline TRL_TARGET_AVX512 __m512
l1_step(__m512 acc, const float *a, const float *b)
{
	return add_absolute_diff(acc, _mm512_loadu_ps(a), _mm512_loadu_ps(b));
}

TRL_TARGET_AVX512 float
trl_f32_l1_avx512(const float *a, const float *b, size_t n)
{
	__m512		acc0 = _mm512_setzero_ps();
	__m512		acc1 = acc0;
	__m512		acc2 = acc0;
	__m512		acc3 = acc0;
	size_t		i = 0;

	if (worth_aligning(a, b, n))
	{
		Stream		sa = stream_from(a);
		Stream		sb = stream_from(b);

		for (; n - i >= BLOCK + WIDTH; i += BLOCK)
		{
			acc0 = add_absolute_diff(acc0, next_vector(&sa), next_vector(&sb));
			acc1 = add_absolute_diff(acc1, next_vector(&sa), next_vector(&sb));
			acc2 = add_absolute_diff(acc2, next_vector(&sa), next_vector(&sb));
			acc3 = add_absolute_diff(acc3, next_vector(&sa), next_vector(&sb));
		}
	}
	for (; n - i >= BLOCK; i += BLOCK)
	{
		acc0 = l1_step(acc0, a + i, b + i);
		acc1 = l1_step(acc1, a + i + WIDTH, b + i + WIDTH);
		acc2 = l1_step(acc2, a + i + 2 * WIDTH, b + i + 2 * WIDTH);
		acc3 = l1_step(acc3, a + i + 3 * WIDTH, b + i + 3 * WIDTH);
	}
	for (; i < n; i += WIDTH)
	{
		__mmask16	mask = first_lanes(n - i);

		acc0 = add_absolute_diff(acc0, _mm512_maskz_loadu_ps(mask, a + i),
								 _mm512_maskz_loadu_ps(mask, b + i));
	}
	return sum_four(acc0, acc1, acc2, acc3);
}

/* Adds the squares of eight floats, as doubles. */
static inline TRL_TARGET_AVX512 __m512d
add_squares(__m512d acc, __m256 a)
{
	__m512d		wide = _mm512_cvtps_pd(a);

	return _mm512_fmadd_pd(wide, wide, acc);
}

TRL_TARGET_AVX512 double
trl_f32_sum_squares_avx512(const float *a, size_t n)
{
	__m512d		acc0 = _mm512_setzero_pd();
	__m512d		acc1 = acc0;
	__m512d		acc2 = acc0;
	__m512d		acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= 32; i += 32)
	{
		acc0 = add_squares(acc0, _mm256_loadu_ps(a + i));
		acc1 = add_squares(acc1, _mm256_loadu_ps(a + i + 8));
		acc2 = add_squares(acc2, _mm256_loadu_ps(a + i + 16));
		acc3 = add_squares(acc3, _mm256_loadu_ps(a + i + 24));
	}
	for (; i < n; i += 8)
	{
		__mmask8	mask = (__mmask8) first_lanes(n - i);

		acc0 = add_squares(acc0, _mm256_maskz_loadu_ps(mask, a + i));
	}
	return _mm512_reduce_add_pd(_mm512_add_pd(_mm512_add_pd(acc0, acc1),
											  _mm512_add_pd(acc2, acc3)));
}

/*
 * Sixteen sign bits, the first eight in the low byte.  The lanes of each
 * eight are reversed so that lane 0 becomes the most significant bit.
 */
static inline TRL_TARGET_AVX512 uint16_t
sign_bytes(__m512 a)
{
	__m512i		reversed = _mm512_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0,
											 15, 14, 13, 12, 11, 10, 9, 8);
	__m512		swapped = _mm512_permutexvar_ps(reversed, a);

	return _mm512_cmp_ps_mask(swapped, _mm512_setzero_ps(), _CMP_GT_OQ);
}

/* The two bytes are stored as one word, which x86 keeps low byte first. */
TRL_TARGET_AVX512 void
trl_f32_sign_bits_avx512(const float *a, size_t n, uint8_t *bits)
{
	size_t		i;
	uint16_t	word;

	for (i = 0; n - i >= WIDTH; i += WIDTH)
	{
		word = sign_bytes(_mm512_loadu_ps(a + i));
		memcpy(bits + i / 8, &word, sizeof(word));
	}
	if (i == n)
		return;
	word = sign_bytes(_mm512_maskz_loadu_ps(first_lanes(n - i), a + i));
	if (n - i > 8)
		memcpy(bits + i / 8, &word, sizeof(word));
	else
		bits[i / 8] = (uint8_t) word;
}

#endif							/* TRL_ARCH_X86_64 */
