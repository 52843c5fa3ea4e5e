/*
 * guc.c - every setting of the extension, sorted by name
 *
 * Does: define the settings, reserve the prefix.
 * Does not: hold their meaning; check and assign hooks live in the room
 * that owns a setting (declared in guc.h).
 */
#include "postgres.h"

#include "core/guc.h"
#include "kernels/kernels.h"

static int	simd_level = TRL_SIMD_AUTO;

static const struct config_enum_entry simd_options[] = {
	{"auto", TRL_SIMD_AUTO, false},
	{"scalar", TRL_SIMD_SCALAR, false},
	{"avx2", TRL_SIMD_AVX2, false},
	{"avx512", TRL_SIMD_AVX512, false},
	{"neon", TRL_SIMD_NEON, false},
	{NULL, 0, false}
};

void
trl_guc_init(void)
{
	DefineCustomEnumVariable("trellis.simd",
							 "Instruction set used by distance functions.",
							 "\"auto\" takes the best that this machine has; "
							 "the others are for tests.",
							 &simd_level,
							 TRL_SIMD_AUTO,
							 simd_options,
							 PGC_USERSET,
							 0,
							 trl_simd_check,
							 trl_simd_assign,
							 NULL);

	MarkGUCPrefixReserved("trellis");
}
