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
	.hadamard = trl_hadamard_scalar,
	.scale_signs = trl_scale_signs_scalar,
	.sum_diff = trl_sum_diff_scalar,
	.gemm_nt = trl_gemm_nt_scalar,
};

const TrlScanKernels *trl_scan_kernels = &scan_kernels_scalar;

void
trl_scan_select(TrlSimdLevel level)
{
	switch (level)
	{
		default:
			trl_scan_kernels = &scan_kernels_scalar;
			break;
	}
}
