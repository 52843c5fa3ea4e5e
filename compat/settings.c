/*
 * settings.c - the settings hnsw.* and ivfflat.*, by the names clients set
 *
 * They are checked and shown, and change nothing: trellis.target_recall says
 * what a search finds, and every scan goes on until its reader has enough.
 *
 * Another library may have defined them in this session: a second definition
 * is an error, so each is defined only where nobody has.  A value that was
 * set before the library loaded stands in a placeholder, which the definition
 * takes over.
 */
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"

#include "compat/shim.h"

enum
{
	SCAN_OFF,
	SCAN_RELAXED,
	SCAN_STRICT
};

static const struct config_enum_entry hnsw_scans[] = {
	{"off", SCAN_OFF, false},
	{"relaxed_order", SCAN_RELAXED, false},
	{"strict_order", SCAN_STRICT, false},
	{NULL, 0, false}
};

static const struct config_enum_entry ivfflat_scans[] = {
	{"off", SCAN_OFF, false},
	{"relaxed_order", SCAN_RELAXED, false},
	{NULL, 0, false}
};

static int	ef_search;
static int	hnsw_scan;
static int	max_scan_tuples;
static double scan_mem_multiplier;
static int	probes;
static int	ivfflat_scan;
static int	max_probes;

/* Has somebody else defined it?  A placeholder is no definition. */
static bool
is_taken(const char *name)
{
	if (GetConfigOption(name, true, false) == NULL)
		return false;
	return (GetConfigOptionFlags(name, true) & GUC_CUSTOM_PLACEHOLDER) == 0;
}

/* The next two tell whether they have defined it. */
static bool
define_int(const char *name, const char *what, int *variable,
		   int boot, int lowest, int highest)
{
	if (is_taken(name))
		return false;
	DefineCustomIntVariable(name, what, NULL, variable, boot, lowest, highest,
							PGC_USERSET, 0, NULL, NULL, NULL);
	return true;
}

static bool
define_scan(const char *name, int *variable,
			const struct config_enum_entry *modes)
{
	if (is_taken(name))
		return false;
	DefineCustomEnumVariable(name,
							 "Whether a scan goes on when its filter leaves "
							 "too few rows, and in which order.",
							 NULL, variable, SCAN_OFF, modes,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	return true;
}

static void
define_hnsw(void)
{
	bool		all = true;

	all &= define_int("hnsw.ef_search", "Candidates that a search keeps.",
					  &ef_search, 40, 1, 1000);
	all &= define_scan("hnsw.iterative_scan", &hnsw_scan, hnsw_scans);
	all &= define_int("hnsw.max_scan_tuples",
					  "Rows after which a scan that goes on stops.",
					  &max_scan_tuples, 20000, 1, INT_MAX);
	if (is_taken("hnsw.scan_mem_multiplier"))
		all = false;
	else
		DefineCustomRealVariable("hnsw.scan_mem_multiplier",
								 "Memory of a scan that goes on, in multiples "
								 "of work_mem.",
								 NULL, &scan_mem_multiplier, 1, 1, 1000,
								 PGC_USERSET, 0, NULL, NULL, NULL);
	if (all)
		MarkGUCPrefixReserved("hnsw");
}

static void
define_ivfflat(void)
{
	bool		all = true;

	all &= define_scan("ivfflat.iterative_scan", &ivfflat_scan, ivfflat_scans);
	all &= define_int("ivfflat.max_probes",
					  "Partitions after which a scan that goes on stops.",
					  &max_probes, 32768, 1, 32768);
	all &= define_int("ivfflat.probes", "Partitions that a search reads.",
					  &probes, 1, 1, 32768);
	if (all)
		MarkGUCPrefixReserved("ivfflat");
}

void
trl_shim_settings_init(void)
{
	define_hnsw();
	define_ivfflat();
}
