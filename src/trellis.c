/*
 * trellis.c - the library's entry points
 *
 * Holds the module magic and _PG_init(), which does nothing but call the
 * rooms' init functions in layer order.  What a room needs at load time is
 * in its own init function; see src/README.md for the map.
 */
#include "postgres.h"

#include "fmgr.h"

#include "access/access.h"
#include "core/guc.h"
#include "index/ivf/ivf.h"
#include "kernels/kernels.h"
#include "knn/knn.h"

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "trellis");
#else
PG_MODULE_MAGIC;
#endif

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	trl_kernels_init();
	trl_access_init();
	trl_guc_init();
	trl_ivf_init();
	trl_knn_init();
}
