/*
 * avx2.c - the table of x86-64 with AVX2, FMA and F16C
 */
#include "kernels/internal.h"

#ifdef TRL_ARCH_X86_64

const TrlKernels trl_kernels_avx2 = {
	.level = TRL_SIMD_AVX2,
	.name = "avx2",
	.f32_l2_squared = trl_f32_l2_squared_avx2,
	.f32_dot = trl_f32_dot_avx2,
	.f32_dot_norms = trl_f32_dot_norms_avx2,
	.f32_l1 = trl_f32_l1_avx2,
	.f32_sum_squares = trl_f32_sum_squares_avx2,
	.f32_sign_bits = trl_f32_sign_bits_avx2,
	.f16_l2_squared = trl_f16_l2_squared_avx2,
	.f16_dot = trl_f16_dot_avx2,
	.f16_dot_norms = trl_f16_dot_norms_avx2,
	.f16_l1 = trl_f16_l1_avx2,
	.f16_sum_squares = trl_f16_sum_squares_avx2,
	.f16_sign_bits = trl_f16_sign_bits_avx2,
	.f16_to_f32 = trl_f16_to_f32_avx2,
	.f32_to_f16 = trl_f32_to_f16_avx2,
	.bits_hamming = trl_bits_hamming_avx2,
	.bits_overlap = trl_bits_overlap_avx2,
	.sparse_l2_squared = trl_sparse_l2_squared_avx2,
	.sparse_dot = trl_sparse_dot_avx2,
	.sparse_l1 = trl_sparse_l1_avx2,
};

#endif							/* TRL_ARCH_X86_64 */
