/*
 * method.c - the access methods hnsw and ivfflat
 *
 * Both are trellis's ivf, callbacks and all, with storage parameters and
 * operator classes of their own.  trellis's library is found by name when the
 * first of them is used, as it may be of another version than this one.
 */
#include "postgres.h"

#include "access/amapi.h"
#include "fmgr.h"
#include "nodes/nodes.h"

#include "core/compat.h"
#include "index/ivf/method.h"

#include "compat/shim.h"

const TrlIvfMethod *
trl_shim_ivf(void)
{
	static const TrlIvfMethod *method = NULL;
	TrlIvfMethodFunction find;

	if (method)
		return method;
	find = (TrlIvfMethodFunction)
		load_external_function("$libdir/trellis", "trl_ivf_method", false,
							   NULL);
	if (find == NULL || find()->version != TRL_IVF_METHOD_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the libraries trellis and trellis_vector are of different versions"),
				 errhint("Install both from the same version: make install install-compat.")));
	method = find();
	return method;
}

/* The operator classes have pgvector's support functions, for nobody to call. */
static bool
validate(Oid opclass)
{
	return true;
}

static IndexAmRoutine *
fill_routine(const TrlShimMethod *method)
{
	IndexAmRoutine *routine = makeNode(IndexAmRoutine);

	trl_shim_ivf()->fill(routine);
	routine->amsupport = method->nsupport;
	routine->amoptions = method->parse_options;
	routine->amvalidate = validate;
	return routine;
}

static void
check_hnsw(const void *parsed)
{
	const TrlShimHnswOptions *options = parsed;
	int			m = TRL_SHIM_DEFAULT_M;
	int			ef_construction = TRL_SHIM_DEFAULT_EF_CONSTRUCTION;

	if (options)
	{
		m = options->m;
		ef_construction = options->ef_construction;
	}
	if (ef_construction < 2 * m)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ef_construction must be greater than or equal to 2 * m"),
				 errdetail("ef_construction is %d, m is %d.",
						   ef_construction, m)));
}

const TrlShimMethod trl_shim_hnsw = {
	.name = "hnsw",
	.nsupport = 3,
	.parse_options = trl_shim_hnsw_parse,
	.check_options = check_hnsw
};

const TrlShimMethod trl_shim_ivfflat = {
	.name = "ivfflat",
	.nsupport = 5,
	.parse_options = trl_shim_ivfflat_parse
};

TRL_FUNCTION(trl_hnswhandler);
Datum
trl_hnswhandler(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(fill_routine(&trl_shim_hnsw));
}

TRL_FUNCTION(trl_ivfflathandler);
Datum
trl_ivfflathandler(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(fill_routine(&trl_shim_ivfflat));
}
