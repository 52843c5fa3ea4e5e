/*
 * options.c - storage parameters of the access methods hnsw and ivfflat
 *
 * Names, defaults and ranges are those that clients write in WITH (...).
 */
#include "postgres.h"

#include "access/reloptions.h"

#include "compat/shim.h"

static relopt_kind hnsw_kind;
static relopt_kind ivfflat_kind;

void
trl_shim_options_init(void)
{
	hnsw_kind = add_reloption_kind();
	add_int_reloption(hnsw_kind, "m",
					  "Links that an element has to its neighbours.",
					  TRL_SHIM_DEFAULT_M, 2, 100, AccessExclusiveLock);
	add_int_reloption(hnsw_kind, "ef_construction",
					  "Candidates that are looked at when an element is added.",
					  TRL_SHIM_DEFAULT_EF_CONSTRUCTION, 4, 1000,
					  AccessExclusiveLock);

	ivfflat_kind = add_reloption_kind();
	add_int_reloption(ivfflat_kind, "lists",
					  "Partitions that the rows are divided into.",
					  TRL_SHIM_DEFAULT_LISTS, 1, 32768, AccessExclusiveLock);
}

bytea *
trl_shim_hnsw_parse(Datum reloptions, bool validate)
{
	static const relopt_parse_elt tab[] = {
		{"m", RELOPT_TYPE_INT, offsetof(TrlShimHnswOptions, m)},
		{"ef_construction", RELOPT_TYPE_INT,
		offsetof(TrlShimHnswOptions, ef_construction)},
	};

	return (bytea *) build_reloptions(reloptions, validate, hnsw_kind,
									  sizeof(TrlShimHnswOptions),
									  tab, lengthof(tab));
}

bytea *
trl_shim_ivfflat_parse(Datum reloptions, bool validate)
{
	static const relopt_parse_elt tab[] = {
		{"lists", RELOPT_TYPE_INT, offsetof(TrlShimIvfflatOptions, lists)},
	};

	return (bytea *) build_reloptions(reloptions, validate, ivfflat_kind,
									  sizeof(TrlShimIvfflatOptions),
									  tab, lengthof(tab));
}
