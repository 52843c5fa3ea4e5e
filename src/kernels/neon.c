/*
 * neon.c - the table of AArch64
 */
#include "kernels/internal.h"

#ifdef TRL_ARCH_AARCH64

const TrlKernels trl_kernels_neon = {
	.level = TRL_SIMD_NEON,
	.name = "neon",
	.f32_l2_squared = trl_f32_l2_squared_neon,
	.f32_dot = trl_f32_dot_neon,
	.f32_dot_norms = trl_f32_dot_norms_neon,
	.f32_l1 = trl_f32_l1_neon,
	.f32_sum_squares = trl_f32_sum_squares_neon,
	.f32_sign_bits = trl_f32_sign_bits_neon,
	.f16_l2_squared = trl_f16_l2_squared_neon,
	.f16_dot = trl_f16_dot_neon,
	.f16_dot_norms = trl_f16_dot_norms_neon,
	.f16_l1 = trl_f16_l1_neon,
	.f16_sum_squares = trl_f16_sum_squares_neon,
	.f16_sign_bits = trl_f16_sign_bits_neon,
	.f16_to_f32 = trl_f16_to_f32_neon,
	.f32_to_f16 = trl_f32_to_f16_neon,
	.bits_hamming = trl_bits_hamming_neon,
	.bits_overlap = trl_bits_overlap_neon,
	.sparse_l2_squared = trl_sparse_l2_squared_scalar,
	.sparse_dot = trl_sparse_dot_scalar,
	.sparse_l1 = trl_sparse_l1_scalar,
};

#endif							/* TRL_ARCH_AARCH64 */
