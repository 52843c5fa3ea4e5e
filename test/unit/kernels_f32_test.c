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

/* One series of values and, for each length, what the kernels should say. */
typedef struct Series
{
	float		a[MAX_DIMS];
	float		b[MAX_DIMS];
	Reference	l2_squared[MAX_DIMS + 1];
	Reference	dot[MAX_DIMS + 1];
	Reference	aa[MAX_DIMS + 1];
	Reference	bb[MAX_DIMS + 1];
	Reference	l1[MAX_DIMS + 1];
	bool		exact;			/* demand equality, not the bound */
} Series;

static const float poison = 3.0e38f;
static Arena arena_a;
static Arena arena_b;
static Arena arena_bits;
static Series series;

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
		long double a;
		long double b;

		series.a[i] = random_value(regime, i, false);
		series.b[i] = random_value(regime, i, true);
		if (regime == REGIME_EQUAL)
			series.b[i] = series.a[i];
		a = series.a[i];
		b = series.b[i];
		series.l2_squared[i + 1] = reference_add(series.l2_squared[i],
												 (a - b) * (a - b));
		series.dot[i + 1] = reference_add(series.dot[i], a * b);
		series.aa[i + 1] = reference_add(series.aa[i], a * a);
		series.bb[i + 1] = reference_add(series.bb[i], b * b);
		series.l1[i + 1] = reference_add(series.l1[i], fabsl(a - b));
	}
}

static void
check_l2_squared(const float *a, const float *b)
{
	float		result;

	now.kernel = "f32_l2_squared";
	result = now.kernels->f32_l2_squared(a, b, now.n);
	check_sum(result, &series.l2_squared[now.n], series.exact, "sum");
	check(same(result, now.kernels->f32_l2_squared(b, a, now.n)), "symmetry");
	check(now.kernels->f32_l2_squared(a, a, now.n) == 0.0f, "to itself");
}

static void
check_l1(const float *a, const float *b)
{
	float		result;

	now.kernel = "f32_l1";
	result = now.kernels->f32_l1(a, b, now.n);
	check_sum(result, &series.l1[now.n], series.exact, "sum");
	check(same(result, now.kernels->f32_l1(b, a, now.n)), "symmetry");
	check(now.kernels->f32_l1(a, a, now.n) == 0.0f, "to itself");
}

static void
check_dot(const float *a, const float *b)
{
	float		result;

	now.kernel = "f32_dot";
	result = now.kernels->f32_dot(a, b, now.n);
	check_sum(result, &series.dot[now.n], series.exact, "sum");
	check(same(result, now.kernels->f32_dot(b, a, now.n)), "symmetry");
}

static void
check_dot_norms(const float *a, const float *b)
{
	float		dot = NAN;
	float		aa = NAN;
	float		bb = NAN;

	now.kernel = "f32_dot_norms";
	now.kernels->f32_dot_norms(a, b, now.n, &dot, &aa, &bb);
	check_sum(dot, &series.dot[now.n], series.exact, "dot");
	check_sum(aa, &series.aa[now.n], series.exact, "aa");
	check_sum(bb, &series.bb[now.n], series.exact, "bb");
	now.kernels->f32_dot_norms(b, b, now.n, &dot, &aa, &bb);
	check_sum(aa, &series.bb[now.n], series.exact, "aa of b");
	check(same(dot, aa) && same(aa, bb), "with itself: three equal sums");
}

static void
check_sum_squares(const float *a)
{
	const Reference *reference = &series.aa[now.n];
	double		result;
	long double bound;

	now.kernel = "f32_sum_squares";
	bound = bound_factor() * DOUBLE_ROUNDOFF * reference->magnitude;
	result = now.kernels->f32_sum_squares(a, now.n);
	check(fabsl(result - reference->sum) <= bound, "bound in double");
}

/* The bits end flush before a guard page and must leave the byte before. */
static void
check_sign_bits(const float *a)
{
	size_t		num_bytes = (now.n + 7) / 8;
	unsigned char *bits = (unsigned char *) arena_bits.end - num_bytes;
	size_t		wrong = 0;
	size_t		i;

	now.kernel = "f32_sign_bits";
	memset(bits - 1, 0xA5, num_bytes + 1);
	now.kernels->f32_sign_bits(a, now.n, bits);
	for (i = 0; i < num_bytes * 8; i++)
	{
		int			expected = i < now.n && series.a[i] > 0.0f;

		wrong += (bits[i / 8] >> (7 - i % 8) & 1) != expected;
	}
	check(wrong == 0, "bits");
	check(bits[-1] == 0xA5, "byte before the result");
}

/* All kernels on the prefix of now.n values. */
static void
check_prefix(void)
{
	const float *a;
	const float *b;

	a = place(&arena_a, series.a, now.n, sizeof(float), &poison, 0);
	b = place(&arena_b, series.b, now.n, sizeof(float), &poison, 7);
	check_l2_squared(a, b);
	check_l1(a, b);
	check_dot(a, b);
	check_dot_norms(a, b);
	check_sum_squares(a);
	check_sign_bits(a);
}

static void
check_regime(Regime regime)
{
	int			placement;

	now.regime = regime_names[regime];
	series_fill(regime);
	for (now.n = 0; now.n <= MAX_DIMS; now.n++)
	{
		for (placement = 0; placement < NUM_PLACEMENTS; placement++)
		{
			now.placement = (Placement) placement;
			guarded(check_prefix);
		}
	}
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

/*
 * NaN and infinity are kept out by the types; here they must only not trap,
 * reach the sums, and set no sign bit in NaN's case.
 */
static void
check_not_finite(void)
{
	const float *a = (const float *) arena_a.start;
	size_t		i;

	now.regime = "not finite";
	now.kernel = "all";
	now.placement = PLACE_BEHIND_GUARD;
	for (now.n = 1; now.n <= 200; now.n++)
	{
		float		dot;
		float		aa;
		float		bb;
		uint8_t		bits[25];
		size_t		set = 0;

		for (i = 0; i < now.n; i++)
			((float *) arena_a.start)[i] = i == now.n - 1 ? NAN : INFINITY;
		now.kernels->f32_dot_norms(a, a, now.n, &dot, &aa, &bb);
		now.kernels->f32_sign_bits(a, now.n, bits);
		for (i = 0; i < now.n; i++)
			set += bits[i / 8] >> (7 - i % 8) & 1;
		check(isnan(now.kernels->f32_l2_squared(a, a, now.n)) &&
			  isnan(now.kernels->f32_dot(a, a, now.n)) &&
			  isnan(now.kernels->f32_l1(a, a, now.n)) &&
			  isnan(now.kernels->f32_sum_squares(a, now.n)) &&
			  isnan(dot) && isnan(aa) && isnan(bb), "NaN reaches the sums");
		check(set == now.n - 1, "bits of infinities and NaN");
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
