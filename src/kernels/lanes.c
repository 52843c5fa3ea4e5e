/*
 * lanes.c - which table of the lane tests is in use
 *
 * As in scan.c, dispatch.c decides and this file follows.
 */
#include "kernels/lanes_internal.h"

const TrlLaneKernels *trl_lane_kernels = &trl_lane_kernels_scalar;

void
trl_lanes_select(TrlSimdLevel level)
{
	switch (level)
	{
#ifdef TRL_ARCH_X86_64
		case TRL_SIMD_AVX2:
			trl_lane_kernels = &trl_lane_kernels_avx2;
			break;
		case TRL_SIMD_AVX512:
			trl_lane_kernels = &trl_lane_kernels_avx512;
			break;
#endif
#ifdef TRL_ARCH_AARCH64
		case TRL_SIMD_NEON:
			trl_lane_kernels = &trl_lane_kernels_neon;
			break;
#endif
		default:
			trl_lane_kernels = &trl_lane_kernels_scalar;
			break;
	}
}
