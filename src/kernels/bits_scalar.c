/*
 * bits_scalar.c - counts over bit strings in plain C
 *
 * A word's bits are counted in parallel: pairs, nibbles, then bytes, whose
 * counts one multiplication adds.  Compilers that know a population count
 * of the baseline put it in place of all that.
 */
#include <string.h>

#include "kernels/internal.h"

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

static inline uint64_t
count_bits(uint64_t word)
{
	word -= word >> 1 & 0x5555555555555555u;
	word = (word & 0x3333333333333333u) + (word >> 2 & 0x3333333333333333u);
	word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
	return word * 0x0101010101010101u >> 56;
}

uint64_t
trl_bits_hamming_scalar(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint64_t	count = 0;
	size_t		i;

	for (i = 0; n - i >= 8; i += 8)
		count += count_bits(load_word(a + i) ^ load_word(b + i));
	return count + count_bits(load_rest(a + i, n - i) ^
							  load_rest(b + i, n - i));
}

void
trl_bits_overlap_scalar(const uint8_t *a, const uint8_t *b, size_t n,
						uint64_t *both, uint64_t *either)
{
	uint64_t	intersection = 0;
	uint64_t	total = 0;
	uint64_t	x;
	uint64_t	y;
	size_t		i;

	for (i = 0; n - i >= 8; i += 8)
	{
		x = load_word(a + i);
		y = load_word(b + i);
		intersection += count_bits(x & y);
		total += count_bits(x | y);
	}
	x = load_rest(a + i, n - i);
	y = load_rest(b + i, n - i);
	*both = intersection + count_bits(x & y);
	*either = total + count_bits(x | y);
}
