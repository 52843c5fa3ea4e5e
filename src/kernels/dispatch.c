/*
 * dispatch.c - the table in use, and how a level becomes one
 *
 * The choice is made when the library is loaded and costs a kernel call one
 * indirect jump.  Before trl_kernels_init() the scalar table is in place, so
 * that no order of initialisation can call through a null pointer.
 */
#include "kernels/lanes_internal.h"
#include "kernels/scan_internal.h"

const TrlKernels *trl_kernels = &trl_kernels_scalar;

/*
 * The level's table, or NULL where build, processor or operating system lack
 * it.  AUTO is none: the caller resolves it first.
 */
static const TrlKernels *
table_of(TrlSimdLevel level)
{
	switch (level)
	{
		case TRL_SIMD_SCALAR:
			return &trl_kernels_scalar;
#ifdef TRL_ARCH_X86_64
		case TRL_SIMD_AVX2:
			return trl_cpu_has_avx2() ? &trl_kernels_avx2 : NULL;
		case TRL_SIMD_AVX512:
			if (!trl_cpu_has_avx512())
				return NULL;
			return trl_cpu_has_avx512_popcnt() ? &trl_kernels_avx512_popcnt :
				&trl_kernels_avx512;
#endif
#ifdef TRL_ARCH_AARCH64
		case TRL_SIMD_NEON:
			return &trl_kernels_neon;
#endif
		default:
			return NULL;
	}
}

TrlSimdLevel
trl_kernels_best(void)
{
	static const TrlSimdLevel preferred[] = {
		TRL_SIMD_AVX512, TRL_SIMD_AVX2, TRL_SIMD_NEON
	};
	size_t		i;

	for (i = 0; i < sizeof(preferred) / sizeof(preferred[0]); i++)
	{
		if (table_of(preferred[i]) != NULL)
			return preferred[i];
	}
	return TRL_SIMD_SCALAR;
}

bool
trl_kernels_available(TrlSimdLevel level)
{
	return level == TRL_SIMD_AUTO || table_of(level) != NULL;
}

bool
trl_kernels_select(TrlSimdLevel level)
{
	const TrlKernels *table;

	if (level == TRL_SIMD_AUTO)
		level = trl_kernels_best();
	table = table_of(level);
	if (table == NULL)
		return false;
	trl_kernels = table;
	trl_scan_select(level);
	trl_lanes_select(level);
	return true;
}

void
trl_kernels_init(void)
{
	(void) trl_kernels_select(TRL_SIMD_AUTO);
}

const char *
trl_simd_level_name(TrlSimdLevel level)
{
	switch (level)
	{
		case TRL_SIMD_AUTO:
			return "auto";
		case TRL_SIMD_SCALAR:
			return "scalar";
		case TRL_SIMD_AVX2:
			return "avx2";
		case TRL_SIMD_AVX512:
			return "avx512";
		case TRL_SIMD_NEON:
			return "neon";
	}
	return "unknown";
}
