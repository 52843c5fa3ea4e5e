/*
 * scalar.c - the table of plain C, the level of every machine
 */
#include "kernels/internal.h"

const TrlKernels trl_kernels_scalar = {
	.level = TRL_SIMD_SCALAR,
	.name = "scalar",
	.f32_l2_squared = trl_f32_l2_squared_scalar,
	.f32_dot = trl_f32_dot_scalar,
	.f32_dot_norms = trl_f32_dot_norms_scalar,
	.f32_l1 = trl_f32_l1_scalar,
	.f32_sum_squares = trl_f32_sum_squares_scalar,
	.f32_sign_bits = trl_f32_sign_bits_scalar,
	.f16_l2_squared = trl_f16_l2_squared_scalar,
	.f16_dot = trl_f16_dot_scalar,
	.f16_dot_norms = trl_f16_dot_norms_scalar,
	.f16_l1 = trl_f16_l1_scalar,
	.f16_sum_squares = trl_f16_sum_squares_scalar,
	.f16_sign_bits = trl_f16_sign_bits_scalar,
	.f16_to_f32 = trl_f16_to_f32_scalar,
	.f32_to_f16 = trl_f32_to_f16_scalar,
	.bits_hamming = trl_bits_hamming_scalar,
	.bits_overlap = trl_bits_overlap_scalar,
	.sparse_l2_squared = trl_sparse_l2_squared_scalar,
	.sparse_dot = trl_sparse_dot_scalar,
	.sparse_l1 = trl_sparse_l1_scalar,
};
