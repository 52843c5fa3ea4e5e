/*
 * target.h - which instruction sets this build can hold, and how to ask for them
 *
 * A function that uses an instruction set beyond the platform's baseline
 * says so by an attribute in front of its name.  The compiler then needs no
 * flag, so that an object file and its LLVM bitcode are built alike and the
 * library runs on every machine of its architecture.  Do not use -march.
 *
 * Helpers that take or return vector types carry the same attribute as the
 * kernels that call them: a compiler inlines only between equal targets.
 */
#ifndef TRL_KERNELS_TARGET_H
#define TRL_KERNELS_TARGET_H

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define TRL_ARCH_X86_64 1
#define TRL_TARGET_AVX2 __attribute__((target("avx2,fma,f16c,popcnt")))
#define TRL_TARGET_AVX512 \
	__attribute__((target("avx2,fma,f16c,popcnt,"						\
						  "avx512f,avx512bw,avx512dq,avx512vl")))
#define TRL_TARGET_AVX512_POPCNT \
	__attribute__((target("avx2,fma,f16c,popcnt,"						\
						  "avx512f,avx512bw,avx512dq,avx512vl,"		\
						  "avx512vpopcntdq")))
#endif

/* Advanced SIMD is part of the AArch64 baseline and needs no attribute. */
#if defined(__aarch64__) && defined(__ARM_NEON)
#define TRL_ARCH_AARCH64 1
#endif

#endif							/* TRL_KERNELS_TARGET_H */
