/*
 * rotation.c - a random orthogonal transform in O(n log n)
 *
 * One round flips signs at random, transforms a window whose length is a
 * power of two, and, where the window is not everything, turns each pair of
 * elements half the length apart by 45 degrees.  The window lies at the
 * front and at the back in turn.  Each step is orthogonal, so the whole is;
 * four rounds spread a single element over all of them.  Where the window is
 * everything the pairs stay: turning them would undo the transform's own
 * last step.
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

/* Word number index of the generator's stream. */
static uint64_t
splitmix64(uint64_t seed, uint64_t index)
{
	uint64_t	z = seed + (index + 1) * UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

/* Multiplies n elements by the scale and the signs from a word on. */
static void
scale_signs(uint64_t seed, uint64_t word, float *x, size_t n, float scale)
{
	uint64_t	signs[WORDS];
	size_t		i;

	while (n > 0)
	{
		size_t		count = n < WORDS * UNIT ? n : WORDS * UNIT;

		for (i = 0; i < count / UNIT; i++)
			signs[i] = splitmix64(seed, word++);
		trl_scan_kernels->scale_signs(x, count, signs, scale);
		x += count;
		n -= count;
	}
}

void
trl_rotate(uint64_t seed, const float *in, size_t dims, float *out)
{
	size_t		n = trl_rotation_padded(dims);
	size_t		window = UNIT;
	float		pair_scale;
	float		window_scale;
	int			round;

	if (n == 0)
		return;
	memcpy(out, in, dims * sizeof(float));
	memset(out + dims, 0, (n - dims) * sizeof(float));
	while (window <= n / 2)
		window *= 2;
	pair_scale = window == n ? 1.0f : sqrtf(0.5f);
	window_scale = (float) (window == n ? 1.0 / sqrt((double) window) :
							1.0 / sqrt(2.0 * (double) window));
	for (round = 0; round < ROUNDS; round++)
	{
		size_t		start = round % 2 == 0 ? 0 : n - window;
		size_t		end = start + window;
		uint64_t	word = (uint64_t) round * (n / UNIT);

		scale_signs(seed, word, out, start, pair_scale);
		scale_signs(seed, word + start / UNIT, out + start, window,
					window_scale);
		scale_signs(seed, word + end / UNIT, out + end, n - end, pair_scale);
		trl_scan_kernels->hadamard(out + start, window);
		if (window != n)
			trl_scan_kernels->sum_diff(out, out + n / 2, n / 2);
	}
}
