/*
 * internal.h - what the files of this room share with each other, and nobody else
 */
#ifndef TRL_KERNELS_INTERNAL_H
#define TRL_KERNELS_INTERNAL_H

#include "kernels/kernels.h"
#include "kernels/target.h"

/*
 * One complete table per level.  A table exists only in builds for its
 * architecture and may be called only where the check below says so.
 */
extern const TrlKernels trl_kernels_scalar;
#ifdef TRL_ARCH_X86_64
extern const TrlKernels trl_kernels_avx2;
extern const TrlKernels trl_kernels_avx512;
extern const TrlKernels trl_kernels_avx512_popcnt;
#endif
#ifdef TRL_ARCH_AARCH64
extern const TrlKernels trl_kernels_neon;
#endif

/* cpu.c: whether processor and operating system both support the level. */
extern bool trl_cpu_has_avx2(void);
extern bool trl_cpu_has_avx512(void);

/* Whether it also counts bits in vectors (VPOPCNTDQ), given AVX-512. */
extern bool trl_cpu_has_avx512_popcnt(void);

/* The signatures of TrlKernels' members, by which the kernels are declared. */
typedef float TrlF32Pair(const float *a, const float *b, size_t n);
typedef void TrlF32DotNorms(const float *a, const float *b, size_t n,
							float *dot, float *aa, float *bb);
typedef double TrlF32Sum(const float *a, size_t n);
typedef void TrlF32Bits(const float *a, size_t n, uint8_t *bits);
typedef void TrlF32ToF16(const float *a, size_t n, uint16_t *out);
typedef float TrlF16Pair(const uint16_t *a, const uint16_t *b, size_t n);
typedef void TrlF16DotNorms(const uint16_t *a, const uint16_t *b, size_t n,
							float *dot, float *aa, float *bb);
typedef double TrlF16Sum(const uint16_t *a, size_t n);
typedef void TrlF16Bits(const uint16_t *a, size_t n, uint8_t *bits);
typedef void TrlF16ToF32(const uint16_t *a, size_t n, float *out);
typedef uint64_t TrlBitsHamming(const uint8_t *a, const uint8_t *b, size_t n);
typedef void TrlBitsOverlap(const uint8_t *a, const uint8_t *b, size_t n,
							uint64_t *both, uint64_t *either);
typedef float TrlSparsePair(const TrlSparseArray *a, const TrlSparseArray *b);

/* Plain C, on every machine. */
extern TrlF32Pair trl_f32_l2_squared_scalar;
extern TrlF32Pair trl_f32_dot_scalar;
extern TrlF32DotNorms trl_f32_dot_norms_scalar;
extern TrlF32Pair trl_f32_l1_scalar;
extern TrlF32Sum trl_f32_sum_squares_scalar;
extern TrlF32Bits trl_f32_sign_bits_scalar;
extern TrlF16Pair trl_f16_l2_squared_scalar;
extern TrlF16Pair trl_f16_dot_scalar;
extern TrlF16DotNorms trl_f16_dot_norms_scalar;
extern TrlF16Pair trl_f16_l1_scalar;
extern TrlF16Sum trl_f16_sum_squares_scalar;
extern TrlF16Bits trl_f16_sign_bits_scalar;
extern TrlF16ToF32 trl_f16_to_f32_scalar;
extern TrlF32ToF16 trl_f32_to_f16_scalar;
extern TrlBitsHamming trl_bits_hamming_scalar;
extern TrlBitsOverlap trl_bits_overlap_scalar;
extern TrlSparsePair trl_sparse_l2_squared_scalar;
extern TrlSparsePair trl_sparse_dot_scalar;
extern TrlSparsePair trl_sparse_l1_scalar;

/* For processors that trl_cpu_has_avx2() finds. */
#ifdef TRL_ARCH_X86_64
extern TrlF32Pair trl_f32_l2_squared_avx2;
extern TrlF32Pair trl_f32_dot_avx2;
extern TrlF32DotNorms trl_f32_dot_norms_avx2;
extern TrlF32Pair trl_f32_l1_avx2;
extern TrlF32Sum trl_f32_sum_squares_avx2;
extern TrlF32Bits trl_f32_sign_bits_avx2;
extern TrlF16Pair trl_f16_l2_squared_avx2;
extern TrlF16Pair trl_f16_dot_avx2;
extern TrlF16DotNorms trl_f16_dot_norms_avx2;
extern TrlF16Pair trl_f16_l1_avx2;
extern TrlF16Sum trl_f16_sum_squares_avx2;
extern TrlF16Bits trl_f16_sign_bits_avx2;
extern TrlF16ToF32 trl_f16_to_f32_avx2;
extern TrlF32ToF16 trl_f32_to_f16_avx2;
extern TrlBitsHamming trl_bits_hamming_avx2;
extern TrlBitsOverlap trl_bits_overlap_avx2;
extern TrlSparsePair trl_sparse_l2_squared_avx2;
extern TrlSparsePair trl_sparse_dot_avx2;
extern TrlSparsePair trl_sparse_l1_avx2;

/* For processors that trl_cpu_has_avx512() finds. */
extern TrlF32Pair trl_f32_l2_squared_avx512;
extern TrlF32Pair trl_f32_dot_avx512;
extern TrlF32DotNorms trl_f32_dot_norms_avx512;
extern TrlF32Pair trl_f32_l1_avx512;
extern TrlF32Sum trl_f32_sum_squares_avx512;
extern TrlF32Bits trl_f32_sign_bits_avx512;
extern TrlF16Pair trl_f16_l2_squared_avx512;
extern TrlF16Pair trl_f16_dot_avx512;
extern TrlF16DotNorms trl_f16_dot_norms_avx512;
extern TrlF16Pair trl_f16_l1_avx512;
extern TrlF16Sum trl_f16_sum_squares_avx512;
extern TrlF16Bits trl_f16_sign_bits_avx512;
extern TrlF16ToF32 trl_f16_to_f32_avx512;
extern TrlF32ToF16 trl_f32_to_f16_avx512;
extern TrlBitsHamming trl_bits_hamming_avx512;
extern TrlBitsOverlap trl_bits_overlap_avx512;

/* Where trl_cpu_has_avx512_popcnt() is true, too. */
extern TrlBitsHamming trl_bits_hamming_avx512_popcnt;
extern TrlBitsOverlap trl_bits_overlap_avx512_popcnt;
#endif

/* For every AArch64 processor. */
#ifdef TRL_ARCH_AARCH64
extern TrlF32Pair trl_f32_l2_squared_neon;
extern TrlF32Pair trl_f32_dot_neon;
extern TrlF32DotNorms trl_f32_dot_norms_neon;
extern TrlF32Pair trl_f32_l1_neon;
extern TrlF32Sum trl_f32_sum_squares_neon;
extern TrlF32Bits trl_f32_sign_bits_neon;
extern TrlF16Pair trl_f16_l2_squared_neon;
extern TrlF16Pair trl_f16_dot_neon;
extern TrlF16DotNorms trl_f16_dot_norms_neon;
extern TrlF16Pair trl_f16_l1_neon;
extern TrlF16Sum trl_f16_sum_squares_neon;
extern TrlF16Bits trl_f16_sign_bits_neon;
extern TrlF16ToF32 trl_f16_to_f32_neon;
extern TrlF32ToF16 trl_f32_to_f16_neon;
extern TrlBitsHamming trl_bits_hamming_neon;
extern TrlBitsOverlap trl_bits_overlap_neon;
#endif

#endif							/* TRL_KERNELS_INTERNAL_H */
