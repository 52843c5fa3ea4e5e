/*
 * cpu.c - what the processor and the operating system let this process use
 *
 * An x86 processor that has AVX is not enough: the kernel must also save the
 * wide registers on a context switch (bits 1 and 2 of XCR0 for AVX2, bits 5
 * to 7 besides for AVX-512), else the first such instruction is a SIGILL.
 * __builtin_cpu_supports() reads CPUID and XCR0 and answers no where either
 * does, in both gcc's and LLVM's runtime.  It is asked for each extension
 * that target.h names: a level may use all of them and none besides.  F16C
 * works on AVX's registers, so CPUID alone tells; older clang's builtin does
 * not know its name.
 */
#include "kernels/internal.h"

#ifdef TRL_ARCH_X86_64

#include <cpuid.h>

static bool
has_f16c(void)
{
	unsigned	eax;
	unsigned	ebx;
	unsigned	ecx;
	unsigned	edx;

	return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & bit_F16C) != 0;
}

bool
trl_cpu_has_avx2(void)
{
	return __builtin_cpu_supports("avx2") &&
		__builtin_cpu_supports("fma") &&
		__builtin_cpu_supports("popcnt") &&
		has_f16c();
}

bool
trl_cpu_has_avx512(void)
{
	return trl_cpu_has_avx2() &&
		__builtin_cpu_supports("avx512f") &&
		__builtin_cpu_supports("avx512bw") &&
		__builtin_cpu_supports("avx512dq") &&
		__builtin_cpu_supports("avx512vl");
}

bool
trl_cpu_has_avx512_popcnt(void)
{
	return __builtin_cpu_supports("avx512vpopcntdq");
}

#else

bool
trl_cpu_has_avx2(void)
{
	return false;
}

bool
trl_cpu_has_avx512(void)
{
	return false;
}

bool
trl_cpu_has_avx512_popcnt(void)
{
	return false;
}

#endif
