/*
 * kernels_bits_test.c - the counts over bit strings against counting one by one
 *
 * Every length from 0 to MAX_DIMS bytes, as in kernels_f32_test.c, and one
 * that is long enough to overflow counters of 16 bits.
 */
#include <string.h>

#include "kernels_test.h"

#define LONG_BYTES 200000

typedef enum Regime
{
	REGIME_RANDOM,
	REGIME_ONES,				/* all set on both sides */
	REGIME_OPPOSITE,			/* b is the complement of a */
	REGIME_EQUAL,
	REGIME_RARE,				/* one bit in some bytes */
	NUM_REGIMES
} Regime;

static const char *const regime_names[NUM_REGIMES] = {
	"random", "ones", "opposite", "equal", "rare"
};

static const uint8_t poison = 0xFF;
static const uint8_t no_poison = 0;
static Arena arena_a;
static Arena arena_b;
static uint8_t values_a[LONG_BYTES];
static uint8_t values_b[LONG_BYTES];
static uint64_t differing[LONG_BYTES + 1];
static uint64_t in_both[LONG_BYTES + 1];
static uint64_t in_either[LONG_BYTES + 1];

static void
fill(Regime regime)
{
	size_t		i;
	int			bit;

	for (i = 0; i < LONG_BYTES; i++)
	{
		uint8_t		a = (uint8_t) random_bits();
		uint8_t		b = (uint8_t) random_bits();

		if (regime == REGIME_ONES)
			a = b = 0xFF;
		else if (regime == REGIME_OPPOSITE)
			b = (uint8_t) ~a;
		else if (regime == REGIME_EQUAL)
			b = a;
		else if (regime == REGIME_RARE)
		{
			a = (uint8_t) (a % 8 == 0) << (b & 7);
			b = (uint8_t) (b % 8 == 0) << (b >> 5);
		}
		values_a[i] = a;
		values_b[i] = b;
		differing[i + 1] = differing[i];
		in_both[i + 1] = in_both[i];
		in_either[i + 1] = in_either[i];
		for (bit = 0; bit < 8; bit++)
		{
			int			x = a >> bit & 1;
			int			y = b >> bit & 1;

			differing[i + 1] += x != y;
			in_both[i + 1] += x && y;
			in_either[i + 1] += x || y;
		}
	}
}

/* The neighbours of a are set, those of b are not: both kinds would count. */
static void
check_prefix(void)
{
	const uint8_t *a;
	const uint8_t *b;
	uint64_t	both = 99;
	uint64_t	either = 99;

	a = place(&arena_a, values_a, now.n, 1, &poison, 0);
	b = place(&arena_b, values_b, now.n, 1, &no_poison, 7);
	now.kernel = "bits_hamming";
	check(now.kernels->bits_hamming(a, b, now.n) == differing[now.n], "count");
	check(now.kernels->bits_hamming(b, a, now.n) == differing[now.n],
		  "symmetry");
	check(now.kernels->bits_hamming(a, a, now.n) == 0, "to itself");
	now.kernel = "bits_overlap";
	now.kernels->bits_overlap(a, b, now.n, &both, &either);
	check(both == in_both[now.n], "both");
	check(either == in_either[now.n], "either");
	now.kernels->bits_overlap(b, b, now.n, &both, &either);
	check(both == either, "with itself");
}

void
check_bits(void)
{
	int			regime;
	int			placement;

	if (arena_a.start == NULL)
	{
		arena_a = arena_create(LONG_BYTES + 32);
		arena_b = arena_create(LONG_BYTES + 32);
	}
	for (regime = 0; regime < NUM_REGIMES; regime++)
	{
		now.regime = regime_names[regime];
		fill((Regime) regime);
		for (placement = 0; placement < NUM_PLACEMENTS; placement++)
		{
			now.placement = (Placement) placement;
			for (now.n = 0; now.n <= MAX_DIMS; now.n++)
				guarded(check_prefix);
			now.n = LONG_BYTES;
			guarded(check_prefix);
		}
	}
}
