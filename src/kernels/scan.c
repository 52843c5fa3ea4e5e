/*
 * scan.c - tables of the scan kernels by level, and the one in use
 *
 * dispatch.c decides which level the process runs; this file follows it, so
 * that there is one choice and one setting for both tables.
 */
#include "kernels/scan_internal.h"

static const TrlScanKernels scan_kernels_scalar = {
	.level = TRL_SIMD_SCALAR,
	.scan_codes = trl_scan_codes_scalar,
	.lanes_below = trl_lanes_below_scalar,
	.u8_dot = trl_u8_dot_scalar,
	.u8_s16_dot = trl_u8_s16_dot_scalar,
	.hadamard = trl_hadamard_scalar,
	.scale_signs = trl_scale_signs_scalar,
	.sum_diff = trl_sum_diff_scalar,
	.gemm_nt = trl_gemm_nt_scalar,
};

#ifdef TRL_ARCH_X86_64
static const TrlScanKernels scan_kernels_avx2 = {
	.level = TRL_SIMD_AVX2,
	.scan_codes = trl_scan_codes_avx2,
	.lanes_below = trl_lanes_below_avx2,
	.u8_dot = trl_u8_dot_avx2,
	.u8_s16_dot = trl_u8_s16_dot_avx2,
	.hadamard = trl_hadamard_avx2,
	.scale_signs = trl_scale_signs_avx2,
	.sum_diff = trl_sum_diff_avx2,
	.gemm_nt = trl_gemm_nt_avx2,
};

static const TrlScanKernels scan_kernels_avx512 = {
	.level = TRL_SIMD_AVX512,
	.scan_codes = trl_scan_codes_avx512,
	.lanes_below = trl_lanes_below_avx512,
	.u8_dot = trl_u8_dot_avx512,
	.u8_s16_dot = trl_u8_s16_dot_avx512,
	.hadamard = trl_hadamard_avx512,
	.scale_signs = trl_scale_signs_avx512,
	.sum_diff = trl_sum_diff_avx512,
	.gemm_nt = trl_gemm_nt_avx512,
};
#endif

#ifdef TRL_ARCH_AARCH64
static const TrlScanKernels scan_kernels_neon = {
	.level = TRL_SIMD_NEON,
	.scan_codes = trl_scan_codes_neon,
	.lanes_below = trl_lanes_below_neon,
	.u8_dot = trl_u8_dot_neon,
	.u8_s16_dot = trl_u8_s16_dot_neon,
	.hadamard = trl_hadamard_neon,
	.scale_signs = trl_scale_signs_neon,
	.sum_diff = trl_sum_diff_neon,
	.gemm_nt = trl_gemm_nt_neon,
};
#endif

const TrlScanKernels *trl_scan_kernels = &scan_kernels_scalar;

void
trl_scan_select(TrlSimdLevel level)
{
	switch (level)
	{
#ifdef TRL_ARCH_X86_64
		case TRL_SIMD_AVX2:
			trl_scan_kernels = &scan_kernels_avx2;
			break;
		case TRL_SIMD_AVX512:
			trl_scan_kernels = &scan_kernels_avx512;
			break;
#endif
#ifdef TRL_ARCH_AARCH64
		case TRL_SIMD_NEON:
			trl_scan_kernels = &scan_kernels_neon;
			break;
#endif
		default:
			trl_scan_kernels = &scan_kernels_scalar;
			break;
	}
}
