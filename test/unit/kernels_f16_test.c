/*
 * kernels_f16_test.c - the kernels of halfs against long double
 *
 * Goal and method are those of kernels_f32_test.c.  The conversions are held
 * against arithmetic that knows only the format's definition: for all halfs,
 * for the floats around all boundaries between them, and for random floats;
 * the bits of every level are the same, NaN included.
 */
#include <string.h>

#include "kernels_test.h"

#define HALF_INFINITY 0x7C00
#define QUIET_BIT 0x0200		/* of a half that is NaN */

typedef enum Regime
{
	REGIME_NORMAL,
	REGIME_INTEGERS,			/* every sum is exact in a float */
	REGIME_LARGE,				/* up to the largest half */
	REGIME_SUBNORMAL,
	REGIME_CANCEL,				/* dot product near zero, large terms */
	REGIME_EQUAL,				/* b is a */
	REGIME_ANY,					/* any finite half */
	REGIME_ZEROS,				/* mostly zeros of both signs */
	NUM_REGIMES
} Regime;

static const char *const regime_names[NUM_REGIMES] = {
	"normal", "integers", "large", "subnormal", "cancel", "equal", "any",
	"zeros"
};

/* The largest half, whose square would spoil any sum. */
static const uint16_t poison = 0x7BFF;
static const float float_poison = 3.0e38f;
static Arena arena_a;
static Arena arena_b;
static Arena arena_out;
static uint16_t halfs_a[MAX_DIMS];
static uint16_t halfs_b[MAX_DIMS];
static DenseSeries series = {.half = true};

/* ---- the format's definition ---- */

static bool
is_nan(uint16_t half)
{
	return (half & 0x7FFF) > HALF_INFINITY;
}

/* Value of a half that is not NaN. */
static float
value_of(uint16_t half)
{
	int			exponent = half >> 10 & 31;
	int			fraction = half & 1023;
	float		value;

	if (exponent == 31)
		value = INFINITY;
	else if (exponent == 0)
		value = ldexpf((float) fraction, -24);
	else
		value = ldexpf((float) (1024 + fraction), exponent - 25);
	return half & 0x8000 ? -value : value;
}

/* The half nearest to a float that is not NaN. */
static uint16_t
nearest_half(float value)
{
	uint16_t	sign = signbit(value) ? 0x8000 : 0;
	double		magnitude = fabs((double) value);
	int			exponent;
	double		units;

	if (magnitude >= 65520.0)
		return sign | HALF_INFINITY;
	if (magnitude < ldexp(1.0, -14))
		return sign | (uint16_t) nearbyint(ldexp(magnitude, 24));
	exponent = ilogb(magnitude);
	units = nearbyint(ldexp(magnitude, 10 - exponent)) - 1024;
	return sign | (uint16_t) (((exponent + 15) << 10) + (int) units);
}

/*
 * A NaN keeps its sign and the highest bits of its fraction, and is quiet
 * afterwards: so do the instructions of x86 and ARM.
 */
static float
float_nan(uint16_t half)
{
	uint32_t	bits = 0x7F800000u | (uint32_t) (half & 0x8000) << 16 |
	(uint32_t) ((half & 0x3FF) | QUIET_BIT) << 13;
	float		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static uint16_t
half_nan(float value)
{
	uint32_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	return (uint16_t) ((bits >> 16 & 0x8000) | HALF_INFINITY | QUIET_BIT |
					   (bits >> 13 & 0x3FF));
}

/* ---- values ---- */

static uint16_t
random_half(Regime regime, size_t i, bool second)
{
	float		unit = random_unit();
	uint16_t	bits = (uint16_t) random_bits();

	switch (regime)
	{
		case REGIME_INTEGERS:
			return nearest_half((float) (int) (unit * 16.0f));
		case REGIME_LARGE:
			return nearest_half(unit * 65504.0f);
		case REGIME_SUBNORMAL:
			return bits & 0x83FF;
		case REGIME_CANCEL:
			return nearest_half(second && i % 2 == 1 ? -1000.0f :
								1000.0f + unit * 10.0f);
		case REGIME_ANY:
			return (bits & HALF_INFINITY) == HALF_INFINITY ? bits & 0x83FF : bits;
		case REGIME_ZEROS:
			return bits % 8 == 0 ? (bits & 0x8000) | 0x3C00 : bits & 0x8000;
		default:
			return nearest_half(unit);
	}
}

static void
series_fill(Regime regime)
{
	size_t		i;

	series.exact = regime == REGIME_INTEGERS || regime == REGIME_ZEROS;
	for (i = 0; i < MAX_DIMS; i++)
	{
		halfs_a[i] = random_half(regime, i, false);
		halfs_b[i] = random_half(regime, i, true);
		if (regime == REGIME_EQUAL)
			halfs_b[i] = halfs_a[i];
		series.a[i] = value_of(halfs_a[i]);
		series.b[i] = value_of(halfs_b[i]);
	}
	dense_references(&series);
}

/* ---- the conversions of arrays, which end before a guard page ---- */

static void
check_to_f32(const uint16_t *a)
{
	float	   *out = (float *) arena_out.end - now.n;
	size_t		wrong = 0;
	size_t		i;

	now.kernel = "f16_to_f32";
	out[-1] = 42.0f;
	now.kernels->f16_to_f32(a, now.n, out);
	for (i = 0; i < now.n; i++)
		wrong += !same(out[i], series.a[i]);
	check(wrong == 0, "values");
	check(out[-1] == 42.0f, "element before the result");
}

/* Floats that are no halfs: the values of a and b, multiplied. */
static void
check_from_f32(void)
{
	uint16_t   *out = (uint16_t *) arena_out.end - now.n;
	float		products[MAX_DIMS];
	const float *a;
	size_t		wrong = 0;
	size_t		i;

	now.kernel = "f32_to_f16";
	for (i = 0; i < now.n; i++)
		products[i] = series.a[i] * series.b[i];
	a = place(&arena_b, products, now.n, sizeof(float), &float_poison, 3);
	out[-1] = 0xA5A5;
	now.kernels->f32_to_f16(a, now.n, out);
	for (i = 0; i < now.n; i++)
		wrong += out[i] != nearest_half(products[i]);
	check(wrong == 0, "values");
	check(out[-1] == 0xA5A5, "element before the result");
}

/* All kernels on the prefix of now.n values. */
static void
check_prefix(void)
{
	const uint16_t *a;
	const uint16_t *b;

	a = place(&arena_a, halfs_a, now.n, sizeof(*a), &poison, 0);
	b = place(&arena_b, halfs_b, now.n, sizeof(*b), &poison, 7);
	check_dense(&series, a, b, &arena_out);
	check_to_f32(a);
	check_from_f32();
}

static void
check_regime(Regime regime)
{
	now.regime = regime_names[regime];
	series_fill(regime);
	dense_prefixes(check_prefix);
}

/* Infinities and a NaN, where the NaN must be found at every length. */
static void
check_not_finite(void)
{
	uint16_t	a[200];
	size_t		i;

	now.regime = "not finite";
	now.kernel = "all of f16";
	for (now.n = 1; now.n <= 200; now.n++)
	{
		for (i = 0; i < now.n; i++)
			a[i] = i == now.n - 1 ? 0x7C01 : HALF_INFINITY;
		check_dense_not_finite(true, a);
	}
}

/* ---- the conversions, value by value ---- */

/* A float to a half, in lanes of whole vectors and in the rest. */
static void
check_narrowing(float value)
{
	float		in[19];
	uint16_t	out[19];
	uint16_t	expected;
	size_t		i;

	for (i = 0; i < 19; i++)
		in[i] = value;
	now.kernels->f32_to_f16(in, 19, out);
	expected = isnan(value) ? half_nan(value) : nearest_half(value);
	for (i = 0; i < 19 && out[i] == expected; i++)
		;
	check(i == 19, "float to half");
}

static void
check_half(uint16_t half)
{
	uint16_t	in[19];
	float		out[19];
	uint16_t	back = 0;
	size_t		i;

	for (i = 0; i < 19; i++)
		in[i] = half;
	now.kernels->f16_to_f32(in, 19, out);
	for (i = 0; i < 19; i++)
	{
		float		expected = is_nan(half) ? float_nan(half) : value_of(half);

		if (memcmp(&out[i], &expected, sizeof(expected)) != 0)
			break;
	}
	check(i == 19, "half to float");
	now.kernels->f32_to_f16(out, 1, &back);
	check(back == (is_nan(half) ? half | QUIET_BIT : half),
		  "to float and back");
}

/* The float in the middle between two halfs, and its neighbours. */
static void
check_boundary(uint16_t half)
{
	float		next = half == 0x7BFF ? 65536.0f : value_of(half + 1);
	float		middle = (value_of(half) + next) / 2;

	check_narrowing(middle);
	check_narrowing(-middle);
	check_narrowing(nextafterf(middle, 0.0f));
	check_narrowing(-nextafterf(middle, 0.0f));
	check_narrowing(nextafterf(middle, INFINITY));
	check_narrowing(-nextafterf(middle, INFINITY));
}

void
check_f16_conversions(void)
{
	uint32_t	bits;
	float		value;
	int			i;

	now.regime = "conversion";
	now.kernel = "f16_to_f32, f32_to_f16";
	for (i = 0; i <= 0xFFFF; i++)
	{
		now.n = (size_t) i;
		check_half((uint16_t) i);
		if (i < HALF_INFINITY)
			check_boundary((uint16_t) i);
	}
	for (i = 0; i < 200000; i++)
	{
		bits = (uint32_t) random_bits();
		now.n = bits;
		memcpy(&value, &bits, sizeof(value));
		check_narrowing(value);
	}
}

void
check_f16(void)
{
	int			regime;

	if (arena_a.start == NULL)
	{
		arena_a = arena_create((MAX_DIMS + 32) * sizeof(uint16_t));
		arena_b = arena_create((MAX_DIMS + 32) * sizeof(float));
		arena_out = arena_create((MAX_DIMS + 1) * sizeof(float));
	}
	for (regime = 0; regime < NUM_REGIMES; regime++)
		check_regime((Regime) regime);
	check_not_finite();
}
