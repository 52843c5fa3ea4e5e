/*
 * module.c - what happens when the compatibility library loads
 *
 * A library of its own: its settings have names that another extension may
 * have defined in the same session, and trellis must load there too.
 */
#include "postgres.h"

#include "fmgr.h"

#include "compat/shim.h"

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "trellis_vector");
#else
PG_MODULE_MAGIC;
#endif

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	trl_shim_options_init();
	trl_shim_settings_init();
	trl_shim_create_init();
}
