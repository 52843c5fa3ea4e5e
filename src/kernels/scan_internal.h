/*
 * scan_internal.h - what the files behind scan.h share with each other, and nobody else
 */
#ifndef TRL_KERNELS_SCAN_INTERNAL_H
#define TRL_KERNELS_SCAN_INTERNAL_H

#include "kernels/internal.h"
#include "kernels/scan.h"

/*
 * Groups that may be added up in 16 bits: 257 entries of 255 are 65535.  The
 * kernels add at most so many before they widen, over all parts of a
 * register together, so that the parts are added in 16 bits, too.
 */
#define TRL_SCAN_CHUNK 256

/* scan.c: the level's table, or the scalar one; makes it the table in use. */
extern void trl_scan_select(TrlSimdLevel level);

/* The signatures of TrlScanKernels' members. */
typedef void TrlScanCodes(const uint8_t *codes, const uint8_t *tables,
						  size_t n, const uint8_t *ahead, uint32_t *sums);
typedef uint32_t TrlLanesBelow(const uint32_t *sums,
							   const TrlLaneFactors *factors,
							   const TrlListTerms *terms, float threshold,
							   float *lower);
typedef float TrlU8Dot(const uint8_t *codes, const float *q, size_t n);
typedef int32_t TrlU8S16Dot (const uint8_t *codes, const int16_t * q, size_t n);
typedef void TrlHadamard(float *x, size_t n);
typedef void TrlScaleSigns(float *x, size_t n, const uint64_t *signs,
						   float scale);
typedef void TrlSumDiff(float *x, float *y, size_t n);
typedef void TrlGemm(const float *a, size_t lda, const float *b, size_t ldb,
					 float *c, size_t ldc, size_t m, size_t n, size_t k,
					 void *scratch);

/* Plain C, on every machine. */
extern TrlScanCodes trl_scan_codes_scalar;
extern TrlLanesBelow trl_lanes_below_scalar;
extern TrlU8Dot trl_u8_dot_scalar;
extern TrlU8S16Dot trl_u8_s16_dot_scalar;
extern TrlHadamard trl_hadamard_scalar;
extern TrlScaleSigns trl_scale_signs_scalar;
extern TrlSumDiff trl_sum_diff_scalar;
extern TrlGemm trl_gemm_nt_scalar;

/* For processors that trl_cpu_has_avx2() and trl_cpu_has_avx512() find. */
#ifdef TRL_ARCH_X86_64
extern TrlScanCodes trl_scan_codes_avx2;
extern TrlLanesBelow trl_lanes_below_avx2;
extern TrlU8Dot trl_u8_dot_avx2;
extern TrlU8S16Dot trl_u8_s16_dot_avx2;
extern TrlHadamard trl_hadamard_avx2;
extern TrlScaleSigns trl_scale_signs_avx2;
extern TrlSumDiff trl_sum_diff_avx2;
extern TrlGemm trl_gemm_nt_avx2;
extern TrlScanCodes trl_scan_codes_avx512;
extern TrlLanesBelow trl_lanes_below_avx512;
extern TrlU8Dot trl_u8_dot_avx512;
extern TrlU8S16Dot trl_u8_s16_dot_avx512;
extern TrlHadamard trl_hadamard_avx512;
extern TrlScaleSigns trl_scale_signs_avx512;
extern TrlSumDiff trl_sum_diff_avx512;
extern TrlGemm trl_gemm_nt_avx512;
#endif

/* For every AArch64 processor. */
#ifdef TRL_ARCH_AARCH64
extern TrlScanCodes trl_scan_codes_neon;
extern TrlLanesBelow trl_lanes_below_neon;
extern TrlU8Dot trl_u8_dot_neon;
extern TrlU8S16Dot trl_u8_s16_dot_neon;
extern TrlHadamard trl_hadamard_neon;
extern TrlScaleSigns trl_scale_signs_neon;
extern TrlSumDiff trl_sum_diff_neon;
extern TrlGemm trl_gemm_nt_neon;
#endif

#endif							/* TRL_KERNELS_SCAN_INTERNAL_H */
