/*
 * avx512.c - the tables of x86-64 with AVX-512
 *
 * Processors differ in one thing that matters here: some count the bits of
 * a vector in one instruction.  They get a table of their own, which is the
 * same level under the same name.
 */
#include "kernels/internal.h"

#ifdef TRL_ARCH_X86_64

const TrlKernels trl_kernels_avx512 = {
	.level = TRL_SIMD_AVX512,
	.name = "avx512",
	.f32_l2_squared = trl_f32_l2_squared_avx512,
	.f32_dot = trl_f32_dot_avx512,
	.f32_dot_norms = trl_f32_dot_norms_avx512,
	.f32_l1 = trl_f32_l1_avx512,
	.f32_sum_squares = trl_f32_sum_squares_avx512,
	.f32_sign_bits = trl_f32_sign_bits_avx512,
	.f16_l2_squared = trl_f16_l2_squared_avx512,
	.f16_dot = trl_f16_dot_avx512,
	.f16_dot_norms = trl_f16_dot_norms_avx512,
	.f16_l1 = trl_f16_l1_avx512,
	.f16_sum_squares = trl_f16_sum_squares_avx512,
	.f16_sign_bits = trl_f16_sign_bits_avx512,
	.f16_to_f32 = trl_f16_to_f32_avx512,
	.f32_to_f16 = trl_f32_to_f16_avx512,
	.bits_hamming = trl_bits_hamming_avx512,
	.bits_overlap = trl_bits_overlap_avx512,
	.sparse_l2_squared = trl_sparse_l2_squared_avx2,
	.sparse_dot = trl_sparse_dot_avx2,
	.sparse_l1 = trl_sparse_l1_avx2,
};

const TrlKernels trl_kernels_avx512_popcnt = {
	.level = TRL_SIMD_AVX512,
	.name = "avx512",
	.f32_l2_squared = trl_f32_l2_squared_avx512,
	.f32_dot = trl_f32_dot_avx512,
	.f32_dot_norms = trl_f32_dot_norms_avx512,
	.f32_l1 = trl_f32_l1_avx512,
	.f32_sum_squares = trl_f32_sum_squares_avx512,
	.f32_sign_bits = trl_f32_sign_bits_avx512,
	.f16_l2_squared = trl_f16_l2_squared_avx512,
	.f16_dot = trl_f16_dot_avx512,
	.f16_dot_norms = trl_f16_dot_norms_avx512,
	.f16_l1 = trl_f16_l1_avx512,
	.f16_sum_squares = trl_f16_sum_squares_avx512,
	.f16_sign_bits = trl_f16_sign_bits_avx512,
	.f16_to_f32 = trl_f16_to_f32_avx512,
	.f32_to_f16 = trl_f32_to_f16_avx512,
	.bits_hamming = trl_bits_hamming_avx512_popcnt,
	.bits_overlap = trl_bits_overlap_avx512_popcnt,
	.sparse_l2_squared = trl_sparse_l2_squared_avx2,
	.sparse_dot = trl_sparse_dot_avx2,
	.sparse_l1 = trl_sparse_l1_avx2,
};

#endif							/* TRL_ARCH_X86_64 */
