/*
 * f16_neon.c - kernels of halfs for AArch64: four per instruction
 *
 * Conversion from and to halfs belongs to every AArch64 processor, unlike
 * arithmetic on them.  The shape is that of f32_neon.c; the last one to three
 * halfs are put together in a word, zeros behind them.
 */
#include "kernels/steps_neon.h"

#ifdef TRL_ARCH_AARCH64

static inline float32x4_t
widen(const uint16_t *p)
{
	return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}

/* The first count (1 to 3) halfs, zero in the other lanes. */
static inline float32x4_t
widen_first(const uint16_t *p, size_t count)
{
	uint64_t	word = 0;
	size_t		i;

	for (i = 0; i < count; i++)
		word |= (uint64_t) p[i] << (16 * i);
	return vcvt_f32_f16(vreinterpret_f16_u16(vcreate_u16(word)));
}

float
trl_f16_l2_squared_neon(const uint16_t *a, const uint16_t *b, size_t n)
{
	float32x4_t acc0 = vdupq_n_f32(0.0f);
	float32x4_t acc1 = acc0;
	float32x4_t acc2 = acc0;
	float32x4_t acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= BLOCK; i += BLOCK)
	{
		acc0 = add_squared_diff(acc0, widen(a + i), widen(b + i));
		acc1 = add_squared_diff(acc1, widen(a + i + WIDTH),
								widen(b + i + WIDTH));
		acc2 = add_squared_diff(acc2, widen(a + i + 2 * WIDTH),
								widen(b + i + 2 * WIDTH));
		acc3 = add_squared_diff(acc3, widen(a + i + 3 * WIDTH),
								widen(b + i + 3 * WIDTH));
	}
	for (; n - i >= WIDTH; i += WIDTH)
		acc0 = add_squared_diff(acc0, widen(a + i), widen(b + i));
	if (i < n)
		acc1 = add_squared_diff(acc1, widen_first(a + i, n - i), widen_first(b + i, n - i));
	return sum_four(acc0, acc1, acc2, acc3);
}

float
trl_f16_dot_neon(const uint16_t *a, const uint16_t *b, size_t n)
{
	float32x4_t acc0 = vdupq_n_f32(0.0f);
	float32x4_t acc1 = acc0;
	float32x4_t acc2 = acc0;
	float32x4_t acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= BLOCK; i += BLOCK)
	{
		acc0 = add_product(acc0, widen(a + i), widen(b + i));
		acc1 = add_product(acc1, widen(a + i + WIDTH),
						   widen(b + i + WIDTH));
		acc2 = add_product(acc2, widen(a + i + 2 * WIDTH),
						   widen(b + i + 2 * WIDTH));
		acc3 = add_product(acc3, widen(a + i + 3 * WIDTH),
						   widen(b + i + 3 * WIDTH));
	}
	for (; n - i >= WIDTH; i += WIDTH)
		acc0 = add_product(acc0, widen(a + i), widen(b + i));
	if (i < n)
		acc1 = add_product(acc1, widen_first(a + i, n - i), widen_first(b + i, n - i));
	return sum_four(acc0, acc1, acc2, acc3);
}

void
trl_f16_dot_norms_neon(const uint16_t *a, const uint16_t *b, size_t n,
					   float *dot, float *aa, float *bb)
{
	float32x4_t zero = vdupq_n_f32(0.0f);
	DotNorms	acc0 = {zero, zero, zero};
	DotNorms	acc1 = acc0;
	DotNorms	acc2 = acc0;
	DotNorms	acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= BLOCK; i += BLOCK)
	{
		dot_norms_add(&acc0, widen(a + i), widen(b + i));
		dot_norms_add(&acc1, widen(a + i + WIDTH), widen(b + i + WIDTH));
		dot_norms_add(&acc2, widen(a + i + 2 * WIDTH), widen(b + i + 2 * WIDTH));
		dot_norms_add(&acc3, widen(a + i + 3 * WIDTH), widen(b + i + 3 * WIDTH));
	}
	for (; n - i >= WIDTH; i += WIDTH)
		dot_norms_add(&acc0, widen(a + i), widen(b + i));
	if (i < n)
		dot_norms_add(&acc1, widen_first(a + i, n - i), widen_first(b + i, n - i));
	dot_norms_sum(&acc0, &acc1, &acc2, &acc3, dot, aa, bb);
}

float
trl_f16_l1_neon(const uint16_t *a, const uint16_t *b, size_t n)
{
	float32x4_t acc0 = vdupq_n_f32(0.0f);
	float32x4_t acc1 = acc0;
	float32x4_t acc2 = acc0;
	float32x4_t acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= BLOCK; i += BLOCK)
	{
		acc0 = add_absolute_diff(acc0, widen(a + i), widen(b + i));
		acc1 = add_absolute_diff(acc1, widen(a + i + WIDTH),
								 widen(b + i + WIDTH));
		acc2 = add_absolute_diff(acc2, widen(a + i + 2 * WIDTH),
								 widen(b + i + 2 * WIDTH));
		acc3 = add_absolute_diff(acc3, widen(a + i + 3 * WIDTH),
								 widen(b + i + 3 * WIDTH));
	}
	for (; n - i >= WIDTH; i += WIDTH)
		acc0 = add_absolute_diff(acc0, widen(a + i), widen(b + i));
	if (i < n)
		acc1 = add_absolute_diff(acc1, widen_first(a + i, n - i), widen_first(b + i, n - i));
	return sum_four(acc0, acc1, acc2, acc3);
}

/* Adds the squares of four floats, as doubles, to two chains. */
static inline void
add_squares(float64x2_t *low, float64x2_t *high, float32x4_t a)
{
	float64x2_t first = vcvt_f64_f32(vget_low_f32(a));
	float64x2_t second = vcvt_high_f64_f32(a);

	*low = vfmaq_f64(*low, first, first);
	*high = vfmaq_f64(*high, second, second);
}

double
trl_f16_sum_squares_neon(const uint16_t *a, size_t n)
{
	float64x2_t acc0 = vdupq_n_f64(0.0);
	float64x2_t acc1 = acc0;
	float64x2_t acc2 = acc0;
	float64x2_t acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= 2 * WIDTH; i += 2 * WIDTH)
	{
		add_squares(&acc0, &acc1, widen(a + i));
		add_squares(&acc2, &acc3, widen(a + i + WIDTH));
	}
	if (n - i >= WIDTH)
	{
		add_squares(&acc0, &acc1, widen(a + i));
		i += WIDTH;
	}
	if (i < n)
		add_squares(&acc2, &acc3, widen_first(a + i, n - i));
	return vaddvq_f64(vaddq_f64(vaddq_f64(acc0, acc1), vaddq_f64(acc2, acc3)));
}

/* A positive half is an integer from 1 to infinity's 0x7C00. */
void
trl_f16_sign_bits_neon(const uint16_t *a, size_t n, uint8_t *bits)
{
	static const uint16_t weights[8] = {128, 64, 32, 16, 8, 4, 2, 1};
	uint16x8_t	weight = vld1q_u16(weights);
	unsigned	byte = 0;
	size_t		i;
	size_t		bit;

	for (i = 0; n - i >= 8; i += 8)
	{
		uint16x8_t	less_one = vsubq_u16(vld1q_u16(a + i), vdupq_n_u16(1));
		uint16x8_t	positive = vcltq_u16(less_one, vdupq_n_u16(0x7C00));

		bits[i / 8] = (uint8_t) vaddvq_u16(vandq_u16(positive, weight));
	}
	if (i == n)
		return;
	for (bit = 0; i + bit < n; bit++)
		byte |= (unsigned) ((unsigned) a[i + bit] - 1 < 0x7C00u) << (7 - bit);
	bits[i / 8] = (uint8_t) byte;
}

void
trl_f16_to_f32_neon(const uint16_t *a, size_t n, float *out)
{
	float		rest[WIDTH];
	size_t		i;
	size_t		k;

	for (i = 0; n - i >= WIDTH; i += WIDTH)
		vst1q_f32(out + i, widen(a + i));
	if (i == n)
		return;
	vst1q_f32(rest, widen_first(a + i, n - i));
	for (k = 0; i + k < n; k++)
		out[i + k] = rest[k];
}

static inline uint16x4_t
narrow(const float *p)
{
	return vreinterpret_u16_f16(vcvt_f16_f32(vld1q_f32(p)));
}

void
trl_f32_to_f16_neon(const float *a, size_t n, uint16_t *out)
{
	float		rest[WIDTH] = {0.0f};
	uint16_t	halfs[WIDTH];
	size_t		i;
	size_t		k;

	for (i = 0; n - i >= WIDTH; i += WIDTH)
		vst1_u16(out + i, narrow(a + i));
	if (i == n)
		return;
	for (k = 0; i + k < n; k++)
		rest[k] = a[i + k];
	vst1_u16(halfs, narrow(rest));
	for (k = 0; i + k < n; k++)
		out[i + k] = halfs[k];
}

#endif							/* TRL_ARCH_AARCH64 */
