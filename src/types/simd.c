/*
 * simd.c - hooks of the setting trellis.simd
 *
 * Does: refuse a level that this machine lacks; point the kernels' dispatch
 * table at the chosen one.  Each backend has its own table pointer, parallel
 * workers receive the setting from their leader.
 */
#include "postgres.h"

#include "core/guc.h"
#include "kernels/kernels.h"

bool
trl_simd_check(int *newval, void **extra, GucSource source)
{
	TrlSimdLevel level = (TrlSimdLevel) *newval;

	(void) extra;
	(void) source;
	if (trl_kernels_available(level))
		return true;

	GUC_check_errcode(ERRCODE_INVALID_PARAMETER_VALUE);
	GUC_check_errmsg("this machine cannot run SIMD level \"%s\"",
					 trl_simd_level_name(level));
	GUC_check_errdetail("The best level it has is \"%s\".",
						trl_simd_level_name(trl_kernels_best()));
	GUC_check_errhint("Leave trellis.simd at \"auto\".");
	return false;
}

void
trl_simd_assign(int newval, void *extra)
{
	(void) extra;
	trl_kernels_select((TrlSimdLevel) newval);
}
