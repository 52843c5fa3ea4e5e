/*
 * bits_neon.c - counts over bit strings for AArch64: sixteen bytes per instruction
 *
 * One instruction counts the bits of each byte.  The counts are added in
 * pairs to lanes of 16 bits, and from there, before those could overflow, to
 * a counter of 64.  The last bytes are counted in a word of eight, zeros
 * in place of those beyond the end.
 */
#include "kernels/internal.h"

#ifdef TRL_ARCH_AARCH64

#include <arm_neon.h>

#define WIDTH 16				/* bytes per vector */

/* Vectors after which a lane of 16 bits, fed 16 by each, is still safe. */
#define MAX_VECTORS 2048

static inline uint8x16_t
load_first(const uint8_t *p, size_t count)
{
	uint8_t		bytes[WIDTH] = {0};
	size_t		i;

	for (i = 0; i < count; i++)
		bytes[i] = p[i];
	return vld1q_u8(bytes);
}

static inline uint16x8_t
count_lanes(uint16x8_t acc, uint8x16_t v)
{
	return vpadalq_u8(acc, vcntq_u8(v));
}

/* End of the run of whole vectors from i that the lanes can take. */
static inline size_t
run_end(size_t i, size_t n)
{
	size_t		vectors = (n - i) / WIDTH;

	return i + (vectors < MAX_VECTORS ? vectors : MAX_VECTORS) * WIDTH;
}

uint64_t
trl_bits_hamming_neon(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint64_t	count = 0;
	uint16x8_t	acc;
	size_t		i = 0;
	size_t		end;

	while (n - i >= WIDTH)
	{
		acc = vdupq_n_u16(0);
		for (end = run_end(i, n); i < end; i += WIDTH)
			acc = count_lanes(acc, veorq_u8(vld1q_u8(a + i), vld1q_u8(b + i)));
		count += vaddlvq_u16(acc);
	}
	if (i == n)
		return count;
	acc = count_lanes(vdupq_n_u16(0), veorq_u8(load_first(a + i, n - i),
											   load_first(b + i, n - i)));
	return count + vaddlvq_u16(acc);
}

void
trl_bits_overlap_neon(const uint8_t *a, const uint8_t *b, size_t n,
					  uint64_t *both, uint64_t *either)
{
	uint16x8_t	zero = vdupq_n_u16(0);
	uint16x8_t	acc_both;
	uint16x8_t	acc_either;
	uint8x16_t	x;
	uint8x16_t	y;
	size_t		i = 0;
	size_t		end;

	*both = 0;
	*either = 0;
	while (n - i >= WIDTH)
	{
		acc_both = zero;
		acc_either = zero;
		for (end = run_end(i, n); i < end; i += WIDTH)
		{
			x = vld1q_u8(a + i);
			y = vld1q_u8(b + i);
			acc_both = count_lanes(acc_both, vandq_u8(x, y));
			acc_either = count_lanes(acc_either, vorrq_u8(x, y));
		}
		*both += vaddlvq_u16(acc_both);
		*either += vaddlvq_u16(acc_either);
	}
	if (i == n)
		return;
	x = load_first(a + i, n - i);
	y = load_first(b + i, n - i);
	*both += vaddlvq_u16(count_lanes(zero, vandq_u8(x, y)));
	*either += vaddlvq_u16(count_lanes(zero, vorrq_u8(x, y)));
}

#endif							/* TRL_ARCH_AARCH64 */
