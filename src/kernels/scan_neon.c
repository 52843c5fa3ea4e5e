/*
 * scan_neon.c - scan kernels for AArch64
 *
 * Here bytes can be added to 16-bit numbers directly, in order of the lanes.
 */
#include "kernels/scan_internal.h"

#ifdef TRL_ARCH_AARCH64

#include <arm_neon.h>

#define WIDTH 4					/* floats per vector */

/* Sums of 16 lanes: the first eight and the others. */
typedef struct ByteSums
{
	uint16x8_t	first;
	uint16x8_t	second;
} ByteSums;

static inline void
add_bytes(ByteSums *sums, uint8x16_t bytes)
{
	sums->first = vaddw_u8(sums->first, vget_low_u8(bytes));
	sums->second = vaddw_high_u8(sums->second, bytes);
}

/* Widens eight lanes and adds them to their sums. */
static inline void
flush_eight(uint16x8_t lanes, uint32_t *sums)
{
	vst1q_u32(sums, vaddw_u16(vld1q_u32(sums), vget_low_u16(lanes)));
	vst1q_u32(sums + 4, vaddw_high_u16(vld1q_u32(sums + 4), lanes));
}

/* At most TRL_SCAN_CHUNK groups. */
static inline void
scan_chunk(const uint8_t *codes, const uint8_t *tables, size_t n,
		   const uint8_t *ahead, uint32_t *sums)
{
	uint8x16_t	half = vdupq_n_u8(15);
	ByteSums	low = {vdupq_n_u16(0), vdupq_n_u16(0)};
	ByteSums	high = low;
	size_t		i;

	for (i = 0; i < n; i++)
	{
		uint8x16_t	code = vld1q_u8(codes + i * TRL_GROUP_BYTES);
		uint8x16_t	table = vld1q_u8(tables + i * TRL_GROUP_BYTES);

		/* a line of the cache is four groups */
		if (i % 4 == 0)
			__builtin_prefetch(ahead + i * TRL_GROUP_BYTES);
		add_bytes(&low, vqtbl1q_u8(table, vandq_u8(code, half)));
		add_bytes(&high, vqtbl1q_u8(table, vshrq_n_u8(code, 4)));
	}
	flush_eight(low.first, sums);
	flush_eight(low.second, sums + 8);
	flush_eight(high.first, sums + 16);
	flush_eight(high.second, sums + 24);
}

void
trl_scan_codes_neon(const uint8_t *codes, const uint8_t *tables, size_t n,
					const uint8_t *ahead, uint32_t *sums)
{
	while (n > 0)
	{
		size_t		count = n < TRL_SCAN_CHUNK ? n : TRL_SCAN_CHUNK;

		scan_chunk(codes, tables, count, ahead, sums);
		codes += count * TRL_GROUP_BYTES;
		tables += count * TRL_GROUP_BYTES;
		ahead += count * TRL_GROUP_BYTES;
		n -= count;
	}
}

static inline float32x4_t
load_short(const TrlShortFloat * p)
{
	return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16));
}

/* Four lanes from one on. */
static inline uint32_t
four_below(const uint32_t *sums, const TrlLaneFactors *factors, int lane,
		   const TrlListTerms *terms, float threshold, float *lower)
{
	static const uint32_t weights[WIDTH] = {1, 2, 4, 8};
	float32x4_t sum = vcvtq_f32_u32(vld1q_u32(sums + lane));
	float32x4_t ip = vfmaq_n_f32(vdupq_n_f32(terms->offset), sum,
								 terms->scale);
	float32x4_t bound = vaddq_f32(vld1q_f32(factors->add + lane),
								  vdupq_n_f32(terms->add));
	uint32x4_t	below;

	bound = vfmaq_f32(bound, load_short(factors->rescale + lane), ip);
	bound = vfmsq_f32(bound, load_short(factors->error + lane),
					  vdupq_n_f32(terms->error));
	vst1q_f32(lower + lane, bound);
	below = vcltq_f32(bound, vdupq_n_f32(threshold));
	return vaddvq_u32(vandq_u32(below, vld1q_u32(weights))) << lane;
}

uint32_t
trl_lanes_below_neon(const uint32_t *sums, const TrlLaneFactors *factors,
					 const TrlListTerms *terms, float threshold, float *lower)
{
	uint32_t	below = 0;
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane += WIDTH)
		below |= four_below(sums, factors, lane, terms, threshold, lower);
	return below;
}

/* Four 16-bit codes times four elements. */
static inline float32x4_t
u8_step(float32x4_t acc, uint16x4_t codes, const float *q)
{
	return vfmaq_f32(acc, vcvtq_f32_u32(vmovl_u16(codes)), vld1q_f32(q));
}

float
trl_u8_dot_neon(const uint8_t *codes, const float *q, size_t n)
{
	float32x4_t acc0 = vdupq_n_f32(0.0f);
	float32x4_t acc1 = acc0;
	float32x4_t acc2 = acc0;
	float32x4_t acc3 = acc0;
	float		rest = 0.0f;
	size_t		i;

	for (i = 0; n - i >= 4 * WIDTH; i += 4 * WIDTH)
	{
		uint8x16_t	bytes = vld1q_u8(codes + i);
		uint16x8_t	first = vmovl_u8(vget_low_u8(bytes));
		uint16x8_t	second = vmovl_high_u8(bytes);

		acc0 = u8_step(acc0, vget_low_u16(first), q + i);
		acc1 = u8_step(acc1, vget_high_u16(first), q + i + WIDTH);
		acc2 = u8_step(acc2, vget_low_u16(second), q + i + 2 * WIDTH);
		acc3 = u8_step(acc3, vget_high_u16(second), q + i + 3 * WIDTH);
	}
	for (; i < n; i++)
		rest += (float) codes[i] * q[i];
	return vaddvq_f32(vaddq_f32(vaddq_f32(acc0, acc1),
								vaddq_f32(acc2, acc3))) + rest;
}

int32_t
trl_u8_s16_dot_neon(const uint8_t *codes, const int16_t * q, size_t n)
{
	int32x4_t	acc0 = vdupq_n_s32(0);
	int32x4_t	acc1 = acc0;
	int32_t		rest = 0;
	size_t		i;

	for (i = 0; n - i >= 4 * WIDTH; i += 4 * WIDTH)
	{
		uint8x16_t	bytes = vld1q_u8(codes + i);
		int16x8_t	first = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(bytes)));
		int16x8_t	second = vreinterpretq_s16_u16(vmovl_high_u8(bytes));
		int16x8_t	q0 = vld1q_s16(q + i);
		int16x8_t	q1 = vld1q_s16(q + i + 2 * WIDTH);

		acc0 = vmlal_s16(acc0, vget_low_s16(first), vget_low_s16(q0));
		acc1 = vmlal_high_s16(acc1, first, q0);
		acc0 = vmlal_s16(acc0, vget_low_s16(second), vget_low_s16(q1));
		acc1 = vmlal_high_s16(acc1, second, q1);
	}
	for (; i < n; i++)
		rest += codes[i] * q[i];
	return vaddvq_s32(vaddq_s32(acc0, acc1)) + rest;
}

#endif							/* TRL_ARCH_AARCH64 */
