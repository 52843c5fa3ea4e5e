/*
 * bits_avx2.c - counts over bit strings for AVX2: 32 bytes per instruction
 *
 * The counts of nibbles are looked up, sixteen of which fit a shuffle, added
 * byte by byte over up to four vectors and then to the lanes of 64 bits.
 * What is left of less than a vector is counted in words.
 */
#include "kernels/internal.h"

#ifdef TRL_ARCH_X86_64

#include <immintrin.h>
#include <string.h>

#define WIDTH 32				/* bytes per vector */
#define BLOCK (4 * WIDTH)		/* bytes per turn of the unrolled loops */

static inline TRL_TARGET_AVX2 __m256i
load(const uint8_t *p)
{
	return _mm256_loadu_si256((const __m256i *) p);
}

/* Number of bits set in each byte. */
static inline TRL_TARGET_AVX2 __m256i
count_bytes(__m256i v)
{
	__m256i		counts = _mm256_broadcastsi128_si256
	(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
	__m256i		nibble = _mm256_set1_epi8(0x0F);
	__m256i		low = _mm256_and_si256(v, nibble);
	__m256i		high = _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble);

	return _mm256_add_epi8(_mm256_shuffle_epi8(counts, low),
						   _mm256_shuffle_epi8(counts, high));
}

/* Adds the bytes' counts, each below 256, to the lanes of 64 bits. */
static inline TRL_TARGET_AVX2 __m256i
add_bytes(__m256i acc, __m256i bytes)
{
	return _mm256_add_epi64(acc, _mm256_sad_epu8(bytes,
												 _mm256_setzero_si256()));
}

static inline TRL_TARGET_AVX2 uint64_t
sum_lanes(__m256i v)
{
	__m128i		sum = _mm_add_epi64(_mm256_castsi256_si128(v),
									_mm256_extracti128_si256(v, 1));

	sum = _mm_add_epi64(sum, _mm_unpackhi_epi64(sum, sum));
	return (uint64_t) _mm_cvtsi128_si64(sum);
}

static inline uint64_t
load_word(const uint8_t *p)
{
	uint64_t	word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* The last count (0 to 7) bytes, zeros before them. */
static inline uint64_t
load_rest(const uint8_t *p, size_t count)
{
	uint64_t	word = 0;
	size_t		i;

	for (i = 0; i < count; i++)
		word = word << 8 | p[i];
	return word;
}

static inline TRL_TARGET_AVX2 uint64_t
count_word(uint64_t word)
{
	return (uint64_t) _mm_popcnt_u64(word);
}

/* The count in words. */
static inline TRL_TARGET_AVX2 uint64_t
hamming_words(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint64_t	count = 0;
	size_t		i;

	for (i = 0; n - i >= 8; i += 8)
		count += count_word(load_word(a + i) ^ load_word(b + i));
	if (i < n)
		count += count_word(load_rest(a + i, n - i) ^ load_rest(b + i, n - i));
	return count;
}

TRL_TARGET_AVX2 uint64_t
trl_bits_hamming_avx2(const uint8_t *a, const uint8_t *b, size_t n)
{
	__m256i		acc = _mm256_setzero_si256();
	size_t		i;

	if (n < WIDTH)
		return hamming_words(a, b, n);
	for (i = 0; n - i >= BLOCK; i += BLOCK)
	{
		__m256i		bytes;

		bytes = count_bytes(_mm256_xor_si256(load(a + i), load(b + i)));
		bytes = _mm256_add_epi8
			(bytes, count_bytes(_mm256_xor_si256(load(a + i + WIDTH),
												 load(b + i + WIDTH))));
		bytes = _mm256_add_epi8
			(bytes, count_bytes(_mm256_xor_si256(load(a + i + 2 * WIDTH),
												 load(b + i + 2 * WIDTH))));
		bytes = _mm256_add_epi8
			(bytes, count_bytes(_mm256_xor_si256(load(a + i + 3 * WIDTH),
												 load(b + i + 3 * WIDTH))));
		acc = add_bytes(acc, bytes);
	}
	for (; n - i >= WIDTH; i += WIDTH)
		acc = add_bytes(acc,
						count_bytes(_mm256_xor_si256(load(a + i), load(b + i))));
	return sum_lanes(acc) + hamming_words(a + i, b + i, n - i);
}

/* Adds the counts in words. */
static inline TRL_TARGET_AVX2 void
overlap_words(const uint8_t *a, const uint8_t *b, size_t n,
			  uint64_t *both, uint64_t *either)
{
	uint64_t	x;
	uint64_t	y;
	size_t		i;

	for (i = 0; n - i >= 8; i += 8)
	{
		x = load_word(a + i);
		y = load_word(b + i);
		*both += count_word(x & y);
		*either += count_word(x | y);
	}
	if (i == n)
		return;
	x = load_rest(a + i, n - i);
	y = load_rest(b + i, n - i);
	*both += count_word(x & y);
	*either += count_word(x | y);
}

TRL_TARGET_AVX2 void
trl_bits_overlap_avx2(const uint8_t *a, const uint8_t *b, size_t n,
					  uint64_t *both, uint64_t *either)
{
	__m256i		acc_both = _mm256_setzero_si256();
	__m256i		acc_either = acc_both;
	uint64_t	intersection = 0;
	uint64_t	total = 0;
	size_t		i = 0;

	if (n >= WIDTH)
	{
		for (; n - i >= WIDTH; i += WIDTH)
		{
			__m256i		x = load(a + i);
			__m256i		y = load(b + i);

			acc_both = add_bytes(acc_both, count_bytes(_mm256_and_si256(x, y)));
			acc_either = add_bytes(acc_either,
								   count_bytes(_mm256_or_si256(x, y)));
		}
		intersection = sum_lanes(acc_both);
		total = sum_lanes(acc_either);
	}
	overlap_words(a + i, b + i, n - i, &intersection, &total);
	*both = intersection;
	*either = total;
}

#endif							/* TRL_ARCH_X86_64 */
