/*
 * kernels_f32_test.c - the kernels of floats against long double
 *
 * Goal: each level keeps the promises of kernels/kernels.h: its error bound,
 * its overflow to infinity, its bit-for-bit symmetries, that results do not
 * depend on addresses, and that it touches no byte beyond its arrays.
 *
 * Method: each regime of values is one series of MAX_DIMS pairs.  For every
 * length 0 to MAX_DIMS the kernels run on its prefix of that length.  The
 * references are running sums, so that all lengths together cost one pass.
 */
#include <string.h>

#include "kernels_test.h"

typedef enum Regime
{
	REGIME_NORMAL,
	REGIME_INTEGERS,			/* every sum is exact in a float */
	REGIME_LARGE,				/* overflows from some length on */
	REGIME_OVERFLOW,			/* differences overflow, too */
	REGIME_TINY,				/* products underflow to zero */
	REGIME_SUBNORMAL,			/* subnormal values and products */
	REGIME_CANCEL,				/* dot product near zero, large terms */
	REGIME_CONSTANT,
	REGIME_EQUAL,				/* b is a */
	REGIME_MIXED,				/* exponents from -20 to 20 */
	REGIME_ZEROS,				/* mostly zeros of both signs */
	NUM_REGIMES
} Regime;

static const char *const regime_names[NUM_REGIMES] = {
	"normal", "integers", "large", "overflow", "tiny", "subnormal",
	"cancel", "constant", "equal", "mixed", "zeros"
};

static const float poison = 3.0e38f;
static Arena arena_a;
static Arena arena_b;
static Arena arena_bits;
static DenseSeries series;

static float
random_value(Regime regime, size_t i, bool second)
{
	float		unit = random_unit();
	float		sign = random_bits() & 1 ? 1.0f : -1.0f;

	switch (regime)
	{
		case REGIME_INTEGERS:
			return (float) (int) (unit * 16.0f);
		case REGIME_LARGE:
			return unit * 1.0e18f;
		case REGIME_OVERFLOW:
			return sign * (2.0e38f + fabsf(unit) * 1.0e38f);
		case REGIME_TINY:
			return unit * 1.0e-30f;
		case REGIME_SUBNORMAL:
			return i % 2 == 0 ? unit * 1.0e-40f : unit * 1.0e-20f;
		case REGIME_CANCEL:
			return second && i % 2 == 1 ? -1000.0f : 1000.0f + unit / 1024.0f;
		case REGIME_CONSTANT:
			return second ? 0.3f : 0.1f;
		case REGIME_MIXED:
			return ldexpf(unit, (int) (random_bits() % 41) - 20);
		case REGIME_ZEROS:
			return random_bits() % 8 == 0 ? sign : sign * 0.0f;
		default:
			return unit;
	}
}

static void
series_fill(Regime regime)
{
	size_t		i;

	series.exact = regime == REGIME_INTEGERS || regime == REGIME_ZEROS;
	for (i = 0; i < MAX_DIMS; i++)
	{
		series.a[i] = random_value(regime, i, false);
		series.b[i] = random_value(regime, i, true);
		if (regime == REGIME_EQUAL)
			series.b[i] = series.a[i];
	}
	dense_references(&series);
}

/* All kernels on the prefix of now.n values. */
static void
check_prefix(void)
{
	const float *a;
	const float *b;

	a = place(&arena_a, series.a, now.n, sizeof(float), &poison, 0);
	b = place(&arena_b, series.b, now.n, sizeof(float), &poison, 7);
	check_dense(&series, a, b, &arena_bits);
}

static void
check_regime(Regime regime)
{
	now.regime = regime_names[regime];
	series_fill(regime);
	dense_prefixes(check_prefix);
}

/* The sums of a pair of arrays, in the order of the table. */
static void
all_sums(const float *a, const float *b, float *sums)
{
	sums[0] = now.kernels->f32_l2_squared(a, b, now.n);
	sums[1] = now.kernels->f32_dot(a, b, now.n);
	sums[2] = now.kernels->f32_l1(a, b, now.n);
	now.kernels->f32_dot_norms(a, b, now.n, &sums[3], &sums[4], &sums[5]);
}

/* Each pair of places in a cache line gives the same bits as the first. */
static void
check_addresses(void)
{
	float	   *start_a = arena_a.start;
	float	   *start_b = arena_b.start;
	float		expected[6];
	float		sums[6];
	size_t		pair;
	size_t		length = now.n * sizeof(float);

	for (pair = 0; pair < 16 * 16; pair++)
	{
		memcpy(start_a + pair / 16, series.a, length);
		memcpy(start_b + pair % 16, series.b, length);
		all_sums(start_a + pair / 16, start_b + pair % 16, sums);
		if (pair == 0)
			memcpy(expected, sums, sizeof(sums));
		check(memcmp(expected, sums, sizeof(sums)) == 0, "other address");
	}
}

static void
check_lengths_at_addresses(void)
{
	now.regime = regime_names[REGIME_MIXED];
	now.kernel = "all sums";
	series_fill(REGIME_MIXED);
	for (now.n = 1; now.n <= MAX_DIMS; now.n += now.n < 600 ? 13 : 250)
		guarded(check_addresses);
}

/* Infinities and a NaN, where the NaN must be found at every length. */
static void
check_not_finite(void)
{
	float	   *a = (float *) arena_a.start;
	size_t		i;

	now.regime = "not finite";
	now.kernel = "all";
	now.placement = PLACE_BEHIND_GUARD;
	for (now.n = 1; now.n <= 200; now.n++)
	{
		for (i = 0; i < now.n; i++)
			a[i] = i == now.n - 1 ? NAN : INFINITY;
		check_dense_not_finite(false, a);
	}
}

void
check_f32(void)
{
	int			regime;

	if (arena_a.start == NULL)
	{
		arena_a = arena_create((MAX_DIMS + 32) * sizeof(float));
		arena_b = arena_create((MAX_DIMS + 32) * sizeof(float));
		arena_bits = arena_create(MAX_DIMS / 8 + 2);
	}
	for (regime = 0; regime < NUM_REGIMES; regime++)
		check_regime((Regime) regime);
	check_lengths_at_addresses();
	check_not_finite();
}
