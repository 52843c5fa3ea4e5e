/*
 * bits_avx512.c - counts over bit strings for AVX-512: 64 bytes per instruction
 *
 * Two sets of kernels: for processors that count the bits of each lane in
 * one instruction (VPOPCNTDQ), and for those that do not and look up the
 * counts of nibbles, sixteen of which fit a shuffle; these leave short
 * strings to AVX2's, which count them in words.  Masked loads leave out what
 * lies beyond the end and put zeros there, which count nothing.
 */
#include "kernels/internal.h"

#ifdef TRL_ARCH_X86_64

#include <immintrin.h>

#define WIDTH 64				/* bytes per vector */

/* Bytes below which counting in words was measured to be faster than look-up. */
#define LOOK_UP_FROM 32

/* Mask of the first count lanes, count < WIDTH. */
static inline __mmask64
first_lanes(size_t count)
{
	return ((uint64_t) 1 << count) - 1;
}

static inline TRL_TARGET_AVX512_POPCNT __m512i
count_lanes(__m512i acc, __m512i v)
{
	return _mm512_add_epi64(acc, _mm512_popcnt_epi64(v));
}

TRL_TARGET_AVX512_POPCNT uint64_t
trl_bits_hamming_avx512_popcnt(const uint8_t *a, const uint8_t *b, size_t n)
{
	__m512i		acc0 = _mm512_setzero_si512();
	__m512i		acc1 = acc0;
	size_t		i;

	for (i = 0; n - i >= 2 * WIDTH; i += 2 * WIDTH)
	{
		acc0 = count_lanes(acc0,
						   _mm512_xor_si512(_mm512_loadu_si512(a + i),
											_mm512_loadu_si512(b + i)));
		acc1 = count_lanes(acc1,
						   _mm512_xor_si512(_mm512_loadu_si512(a + i + WIDTH),
											_mm512_loadu_si512(b + i + WIDTH)));
	}
	if (n - i >= WIDTH)
	{
		acc0 = count_lanes(acc0,
						   _mm512_xor_si512(_mm512_loadu_si512(a + i),
											_mm512_loadu_si512(b + i)));
		i += WIDTH;
	}
	if (i < n)
	{
		__mmask64	mask = first_lanes(n - i);

		acc1 = count_lanes(acc1,
						   _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, a + i),
											_mm512_maskz_loadu_epi8(mask, b + i)));
	}
	return (uint64_t) _mm512_reduce_add_epi64(_mm512_add_epi64(acc0, acc1));
}

TRL_TARGET_AVX512_POPCNT void
trl_bits_overlap_avx512_popcnt(const uint8_t *a, const uint8_t *b, size_t n,
							   uint64_t *both, uint64_t *either)
{
	__m512i		acc_both = _mm512_setzero_si512();
	__m512i		acc_either = acc_both;
	__m512i		x;
	__m512i		y;
	size_t		i;

	for (i = 0; n - i >= WIDTH; i += WIDTH)
	{
		x = _mm512_loadu_si512(a + i);
		y = _mm512_loadu_si512(b + i);
		acc_both = count_lanes(acc_both, _mm512_and_si512(x, y));
		acc_either = count_lanes(acc_either, _mm512_or_si512(x, y));
	}
	if (i < n)
	{
		x = _mm512_maskz_loadu_epi8(first_lanes(n - i), a + i);
		y = _mm512_maskz_loadu_epi8(first_lanes(n - i), b + i);
		acc_both = count_lanes(acc_both, _mm512_and_si512(x, y));
		acc_either = count_lanes(acc_either, _mm512_or_si512(x, y));
	}
	*both = (uint64_t) _mm512_reduce_add_epi64(acc_both);
	*either = (uint64_t) _mm512_reduce_add_epi64(acc_either);
}

/* The same by look-up: adds the bits of each eight bytes to their lane. */
static inline TRL_TARGET_AVX512 __m512i
look_up_lanes(__m512i acc, __m512i v)
{
	__m512i		counts = _mm512_broadcast_i32x4
	(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
	__m512i		nibble = _mm512_set1_epi8(0x0F);
	__m512i		low = _mm512_and_si512(v, nibble);
	__m512i		high = _mm512_and_si512(_mm512_srli_epi16(v, 4), nibble);
	__m512i		bytes = _mm512_add_epi8(_mm512_shuffle_epi8(counts, low),
										_mm512_shuffle_epi8(counts, high));

	return _mm512_add_epi64(acc, _mm512_sad_epu8(bytes,
												 _mm512_setzero_si512()));
}

TRL_TARGET_AVX512 uint64_t
trl_bits_hamming_avx512(const uint8_t *a, const uint8_t *b, size_t n)
{
	__m512i		acc = _mm512_setzero_si512();
	size_t		i;

	if (n < LOOK_UP_FROM)
		return trl_bits_hamming_avx2(a, b, n);
	for (i = 0; n - i >= WIDTH; i += WIDTH)
		acc = look_up_lanes(acc, _mm512_xor_si512(_mm512_loadu_si512(a + i),
												  _mm512_loadu_si512(b + i)));
	if (i < n)
	{
		__mmask64	mask = first_lanes(n - i);

		acc = look_up_lanes(acc,
							_mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, a + i),
											 _mm512_maskz_loadu_epi8(mask, b + i)));
	}
	return (uint64_t) _mm512_reduce_add_epi64(acc);
}

TRL_TARGET_AVX512 void
trl_bits_overlap_avx512(const uint8_t *a, const uint8_t *b, size_t n,
						uint64_t *both, uint64_t *either)
{
	__m512i		acc_both = _mm512_setzero_si512();
	__m512i		acc_either = acc_both;
	__m512i		x;
	__m512i		y;
	size_t		i;

	if (n < LOOK_UP_FROM)
	{
		trl_bits_overlap_avx2(a, b, n, both, either);
		return;
	}
	for (i = 0; n - i >= WIDTH; i += WIDTH)
	{
		x = _mm512_loadu_si512(a + i);
		y = _mm512_loadu_si512(b + i);
		acc_both = look_up_lanes(acc_both, _mm512_and_si512(x, y));
		acc_either = look_up_lanes(acc_either, _mm512_or_si512(x, y));
	}
	if (i < n)
	{
		x = _mm512_maskz_loadu_epi8(first_lanes(n - i), a + i);
		y = _mm512_maskz_loadu_epi8(first_lanes(n - i), b + i);
		acc_both = look_up_lanes(acc_both, _mm512_and_si512(x, y));
		acc_either = look_up_lanes(acc_either, _mm512_or_si512(x, y));
	}
	*both = (uint64_t) _mm512_reduce_add_epi64(acc_both);
	*either = (uint64_t) _mm512_reduce_add_epi64(acc_either);
}

#endif							/* TRL_ARCH_X86_64 */
