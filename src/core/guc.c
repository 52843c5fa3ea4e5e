/*
 * guc.c - every setting of the extension, sorted by name
 *
 * Does: define the settings, reserve the prefix.
 * Does not: hold their meaning; check and assign hooks live in the room
 * that owns a setting (declared in guc.h).
 */
#include "postgres.h"

#include <limits.h>

#include "core/guc.h"
#include "kernels/kernels.h"

bool		trl_guc_enable_knn = true;
int			trl_guc_graph_source = TRL_GRAPH_AUTO;
char	   *trl_guc_key_file;
int			trl_guc_ivf_probes;
double		trl_guc_target_recall = 0.95;

static char *token;
static int	simd_level = TRL_SIMD_AUTO;

static const struct config_enum_entry graph_source_options[] = {
	{"auto", TRL_GRAPH_AUTO, false},
	{"probe", TRL_GRAPH_PROBE, false},
	{"scan", TRL_GRAPH_SCAN, false},
	{NULL, 0, false}
};

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
	DefineCustomBoolVariable("trellis.enable_knn",
							 "Enables plans that search a vector index for the rows that pass a query's conditions.",
							 NULL,
							 &trl_guc_enable_knn,
							 true,
							 PGC_USERSET,
							 GUC_EXPLAIN,
							 NULL,
							 NULL,
							 NULL);

	DefineCustomEnumVariable("trellis.graph_source",
							 "How a walk over a graph reads edges.",
							 "\"probe\" looks the edges of each node up, \"scan\" reads them all "
							 "once; \"auto\" takes what is expected to cost less.",
							 &trl_guc_graph_source,
							 TRL_GRAPH_AUTO,
							 graph_source_options,
							 PGC_USERSET,
							 0,
							 NULL,
							 NULL,
							 NULL);

	DefineCustomIntVariable("trellis.ivf_probes",
							"Lists that a search of an ivf index probes.",
							"0 takes as many as trellis.target_recall needs.",
							&trl_guc_ivf_probes,
							0,
							0,
							INT_MAX,
							PGC_USERSET,
							0,
							NULL,
							NULL,
							NULL);

	DefineCustomStringVariable("trellis.key_file",
							   "File of the keys that sign and verify access tokens.",
							   "A relative path starts in the data folder.",
							   &trl_guc_key_file,
							   "trellis.keys",
							   PGC_SIGHUP,
							   GUC_SUPERUSER_ONLY,
							   NULL,
							   NULL,
							   NULL);

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

	DefineCustomRealVariable("trellis.target_recall",
							 "Share of the true neighbours that an index "
							 "search should find.",
							 "1 is exact: the planner takes no approximate "
							 "index.",
							 &trl_guc_target_recall,
							 0.95,
							 0.5,
							 1.0,
							 PGC_USERSET,
							 GUC_EXPLAIN,
							 NULL,
							 NULL,
							 NULL);

	DefineCustomStringVariable("trellis.token",
							   "Access token of this session or transaction.",
							   "Set it with trellis.login(), which keeps the "
							   "token out of statements and logs.",
							   &token,
							   "",
							   PGC_USERSET,
							   GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE |
							   GUC_DISALLOW_IN_FILE,
							   trl_token_check,
							   trl_token_assign,
							   trl_token_show);

	MarkGUCPrefixReserved("trellis");
}
