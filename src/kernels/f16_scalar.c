/*
 * f16_scalar.c - kernels of halfs in plain C, and the conversions
 *
 * Halfs are converted as they are read; the sums have the shape of those in
 * f32_scalar.c.  Both conversions give, for every input, the bits that
 * vcvtph2ps, vcvtps2ph and fcvt give, NaN's payload included.
 */
#include <math.h>
#include <string.h>

#include "kernels/steps_scalar.h"

#define TWO_TO_112 5192296858534827628530496329220096.0f

static inline float
float_of_bits(uint32_t bits)
{
	float		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline uint32_t
bits_of_float(float value)
{
	uint32_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/*
 * Exponent and fraction moved to their places in a float make it 2^-112
 * times the half, subnormals included: the product is exact.  Infinity and
 * NaN get the float's highest exponent instead, and a NaN its quiet bit.
 */
static inline float
half_to_float(uint16_t half)
{
	uint32_t	magnitude = half & 0x7FFFu;
	uint32_t	bits;

	bits = bits_of_float(float_of_bits(magnitude << 13) * TWO_TO_112);
	bits |= -(uint32_t) (magnitude >= 0x7C00u) & 0x7F800000u;
	bits |= -(uint32_t) (magnitude > 0x7C00u) & 0x00400000u;
	return float_of_bits(bits | (uint32_t) (half & 0x8000u) << 16);
}

/*
 * To the nearest, ties to even.  Halfs below 2^-14 are multiples of 2^-24,
 * the unit in the last place of floats from 0.5: adding 0.5 rounds to them.
 * Above, just under half a unit plus the last bit kept is added to the bits
 * before the cut; a carry into the exponent is as it should be.
 */
static inline uint16_t
float_to_half(float value)
{
	uint32_t	bits = bits_of_float(value);
	uint32_t	magnitude = bits & 0x7FFFFFFFu;
	uint32_t	half;

	if (magnitude > 0x7F800000u)
		half = 0x7E00u | (magnitude >> 13 & 0x3FFu);
	else if (magnitude >= 0x47800000u)
		half = 0x7C00u;
	else if (magnitude < 0x38800000u)
		half = bits_of_float(float_of_bits(magnitude) + 0.5f) - 0x3F000000u;
	else
		half = (magnitude - 0x38000000u + 0xFFFu + (magnitude >> 13 & 1)) >> 13;
	return (uint16_t) (half | (bits >> 16 & 0x8000u));
}

float
trl_f16_l2_squared_scalar(const uint16_t *a, const uint16_t *b, size_t n)
{
	float		acc[LANES] = {0.0f};
	size_t		i;
	size_t		lane;
	float		diff;

	for (i = 0; n - i >= LANES; i += LANES)
	{
		for (lane = 0; lane < LANES; lane++)
		{
			diff = half_to_float(a[i + lane]) - half_to_float(b[i + lane]);
			acc[lane] += diff * diff;
		}
	}
	for (; i < n; i++)
	{
		diff = half_to_float(a[i]) - half_to_float(b[i]);
		acc[i % LANES] += diff * diff;
	}
	return sum_lanes(acc);
}

float
trl_f16_dot_scalar(const uint16_t *a, const uint16_t *b, size_t n)
{
	float		acc[LANES] = {0.0f};
	size_t		i;
	size_t		lane;

	for (i = 0; n - i >= LANES; i += LANES)
	{
		for (lane = 0; lane < LANES; lane++)
			acc[lane] += half_to_float(a[i + lane]) * half_to_float(b[i + lane]);
	}
	for (; i < n; i++)
		acc[i % LANES] += half_to_float(a[i]) * half_to_float(b[i]);
	return sum_lanes(acc);
}

void
trl_f16_dot_norms_scalar(const uint16_t *a, const uint16_t *b, size_t n,
						 float *dot, float *aa, float *bb)
{
	float		acc_dot[LANES] = {0.0f};
	float		acc_aa[LANES] = {0.0f};
	float		acc_bb[LANES] = {0.0f};
	size_t		i;
	size_t		lane;
	float		x;
	float		y;

	for (i = 0; n - i >= LANES; i += LANES)
	{
		for (lane = 0; lane < LANES; lane++)
		{
			x = half_to_float(a[i + lane]);
			y = half_to_float(b[i + lane]);
			acc_dot[lane] += x * y;
			acc_aa[lane] += x * x;
			acc_bb[lane] += y * y;
		}
	}
	for (; i < n; i++)
	{
		x = half_to_float(a[i]);
		y = half_to_float(b[i]);
		acc_dot[i % LANES] += x * y;
		acc_aa[i % LANES] += x * x;
		acc_bb[i % LANES] += y * y;
	}
	*dot = sum_lanes(acc_dot);
	*aa = sum_lanes(acc_aa);
	*bb = sum_lanes(acc_bb);
}

float
trl_f16_l1_scalar(const uint16_t *a, const uint16_t *b, size_t n)
{
	float		acc[LANES] = {0.0f};
	size_t		i;
	size_t		lane;

	for (i = 0; n - i >= LANES; i += LANES)
	{
		for (lane = 0; lane < LANES; lane++)
			acc[lane] += fabsf(half_to_float(a[i + lane]) -
							   half_to_float(b[i + lane]));
	}
	for (; i < n; i++)
		acc[i % LANES] += fabsf(half_to_float(a[i]) - half_to_float(b[i]));
	return sum_lanes(acc);
}

double
trl_f16_sum_squares_scalar(const uint16_t *a, size_t n)
{
	double		acc[LANES] = {0.0};
	double		sum = 0.0;
	size_t		i;
	size_t		lane;
	double		x;

	for (i = 0; n - i >= LANES; i += LANES)
	{
		for (lane = 0; lane < LANES; lane++)
		{
			x = half_to_float(a[i + lane]);
			acc[lane] += x * x;
		}
	}
	for (; i < n; i++)
	{
		x = half_to_float(a[i]);
		acc[i % LANES] += x * x;
	}
	for (lane = 0; lane < LANES; lane++)
		sum += acc[lane];
	return sum;
}

/* Positive and no NaN: as an integer from 1 to infinity's. */
void
trl_f16_sign_bits_scalar(const uint16_t *a, size_t n, uint8_t *bits)
{
	unsigned	last_bits = 0;
	size_t		i;

	for (i = 0; i < n; i++)
	{
		last_bits = last_bits << 1 | ((unsigned) a[i] - 1 < 0x7C00u);
		if (i % 8 == 7)
			bits[i / 8] = (uint8_t) last_bits;
	}
	if (n % 8 != 0)
		bits[n / 8] = (uint8_t) (last_bits << (8 - n % 8));
}

void
trl_f16_to_f32_scalar(const uint16_t *a, size_t n, float *out)
{
	size_t		i;

	for (i = 0; i < n; i++)
		out[i] = half_to_float(a[i]);
}

void
trl_f32_to_f16_scalar(const float *a, size_t n, uint16_t *out)
{
	size_t		i;

	for (i = 0; i < n; i++)
		out[i] = float_to_half(a[i]);
}
