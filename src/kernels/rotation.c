/*
 * rotation.c - a random orthogonal transform in O(n log n)
 *
 * One round flips signs at random and transforms a window whose length is a
 * power of two, at the front and at the back in turn.  Where the window is
 * not everything, signs are flipped again and each pair of elements half the
 * length apart is turned by 45 degrees.  Each step is orthogonal, so the
 * whole is; four rounds spread a single element over all of them.  Without
 * the second flips the turns would find pairs that the transform has made
 * dependent, and would leave a third more in some places than in others.
 *
 * The signs are bits of splitmix64 (Steele, Lea and Flood 2014), so that
 * they depend on the seed and on places alone and never on a C library.
 */
#include <math.h>
#include <string.h>

#include "kernels/scan.h"

#define ROUNDS 4
#define UNIT 64					/* of padding, and signs in a word */
#define WORDS 16				/* made at a time */

size_t
trl_rotation_padded(size_t dims)
{
	return (dims + UNIT - 1) / UNIT * UNIT;
}

/* The generator's stream of signs, 64 to a word. */
typedef struct Signs
{
	uint64_t	seed;
	uint64_t	words;			/* taken so far */
} Signs;

static uint64_t
next_word(Signs *signs)
{
	uint64_t	z;

	signs->words++;
	z = signs->seed + signs->words * UINT64_C(0x9E3779B97F4A7C15);
	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

/* Multiplies n elements, n a multiple of 64, by the scale and next signs. */
static void
scale_signs(Signs *signs, float *x, size_t n, float scale)
{
	uint64_t	words[WORDS];
	size_t		i;

	while (n > 0)
	{
		size_t		count = n < WORDS * UNIT ? n : WORDS * UNIT;

		for (i = 0; i < count / UNIT; i++)
			words[i] = next_word(signs);
		trl_scan_kernels->scale_signs(x, count, words, scale);
		x += count;
		n -= count;
	}
}

void
trl_rotate(uint64_t seed, const float *in, size_t dims, float *out)
{
	Signs		signs = {seed, 0};
	size_t		n = trl_rotation_padded(dims);
	size_t		window = UNIT;
	int			round;

	if (n == 0)
		return;
	memcpy(out, in, dims * sizeof(float));
	memset(out + dims, 0, (n - dims) * sizeof(float));
	while (window <= n / 2)
		window *= 2;
	for (round = 0; round < ROUNDS; round++)
	{
		float	   *start = round % 2 == 0 ? out : out + n - window;

		scale_signs(&signs, start, window, 1.0f / sqrtf((float) window));
		trl_scan_kernels->hadamard(start, window);
		if (window == n)
			continue;
		scale_signs(&signs, out, n, sqrtf(0.5f));
		trl_scan_kernels->sum_diff(out, out + n / 2, n / 2);
	}
}
