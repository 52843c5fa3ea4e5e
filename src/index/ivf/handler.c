/*
 * handler.c - the access method ivf: its properties, options and callbacks
 */
#include "postgres.h"

#include "access/amapi.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_opclass.h"
#include "commands/vacuum.h"
#include "utils/catcache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "index/ivf/filter.h"
#include "index/ivf/ivf.h"
#include "index/ivf/method.h"
#include "index/ivf/methods.h"

TRL_FUNCTION(trl_ivfhandler);

static relopt_kind options_kind;

/* Defines the options, once per backend. */
void
trl_ivf_init(void)
{
	options_kind = add_reloption_kind();
	add_int_reloption(options_kind, "lists",
					  "Number of lists; 0 chooses it from the number of rows.",
					  0, 0, 65536, AccessExclusiveLock);
}

bytea *
trl_ivf_options(Datum reloptions, bool validate)
{
	static const relopt_parse_elt table[] = {
		{"lists", RELOPT_TYPE_INT, offsetof(TrlIvfOptions, lists)},
	};

	return (bytea *) build_reloptions(reloptions, validate, options_kind,
									  sizeof(TrlIvfOptions), table,
									  lengthof(table));
}

/* Under another name an index has other storage parameters, for others. */
int
trl_ivf_option_lists(Relation index)
{
	TrlIvfOptions *options = (TrlIvfOptions *) index->rd_options;

	if (options == NULL || index->rd_indam->amoptions != trl_ivf_options)
		return 0;
	return options->lists;
}

bool
trl_ivf_is_index(Relation index)
{
	return index->rd_indam->ambuild == trl_ivf_build;
}

char *
trl_ivf_phase_name(int64 phase)
{
	switch (phase)
	{
		case 1:
			return "initializing";
		case TRL_IVF_PHASE_SAMPLE:
			return "sampling rows";
		case TRL_IVF_PHASE_KMEANS:
			return "performing k-means";
		case TRL_IVF_PHASE_ASSIGN:
			return "assigning rows to lists";
		case TRL_IVF_PHASE_SORT:
			return "sorting rows by list";
		case TRL_IVF_PHASE_WRITE:
			return "writing pages";
		case TRL_IVF_PHASE_LOG:
			return "logging pages";
		default:
			return NULL;
	}
}

/* A filter class has search operators of the strategies in filter.h alone. */
static bool
operators_are_known(Form_pg_opclass class)
{
	CatCList   *operators = SearchSysCacheList1(AMOPSTRATEGY,
												ObjectIdGetDatum(class->opcfamily));
	bool		valid = true;
	int			i;

	for (i = 0; i < operators->n_members; i++)
	{
		Form_pg_amop operator =
		(Form_pg_amop) GETSTRUCT(&operators->members[i]->tuple);

		if (operator->amoppurpose == AMOP_SEARCH &&
			operator->amopstrategy >= TRL_FILTER_LESS &&
			operator->amopstrategy <= TRL_FILTER_CONTAINED)
			continue;
		ereport(INFO,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("operator class \"%s\" of access method ivf has operator %s as %d, which a filter column cannot be searched by",
						NameStr(class->opcname),
						format_operator(operator->amopopr),
						operator->amopstrategy)));
		valid = false;
	}
	ReleaseSysCacheList(operators);
	return valid;
}

/*
 * A class of vectors has an ordering operator that ivf can search by, one of
 * filter columns operators that it can test.
 */
static bool
validate(Oid opclass)
{
	HeapTuple	tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(opclass));
	Form_pg_opclass class;
	bool		valid;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator class %u", opclass);
	class = (Form_pg_opclass) GETSTRUCT(tuple);
	if (trl_ivf_filter_kind(class->opcintype) != 0)
		valid = operators_are_known(class);
	else
		valid = trl_ivf_find_class(class->opcfamily, class->opcintype) != NULL;
	if (!valid && trl_ivf_filter_kind(class->opcintype) == 0)
		ereport(INFO,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("operator class \"%s\" of access method ivf has no operator 1 that ivf can search by",
						NameStr(class->opcname))));
	ReleaseSysCache(tuple);
	return valid;
}

static void
fill_routine(IndexAmRoutine *am)
{
	am->amstrategies = 0;
	am->amsupport = 0;
	am->amoptsprocnum = 0;
	am->amcanorder = false;
	am->amcanorderbyop = true;
	am->amcanbackward = false;
	am->amcanunique = false;
	am->amcanmulticol = true;
	am->amoptionalkey = true;
	am->amsearcharray = true;
	am->amsearchnulls = true;
	am->amstorage = false;
	am->amclusterable = false;
	am->ampredlocks = false;
	am->amcanparallel = false;
	am->amcaninclude = false;
	trl_set_build_parallel(am);
	am->amusemaintenanceworkmem = false;
	am->amparallelvacuumoptions = VACUUM_OPTION_PARALLEL_BULKDEL |
		VACUUM_OPTION_PARALLEL_COND_CLEANUP;
	am->amkeytype = InvalidOid;

	am->ambuild = trl_ivf_build;
	am->ambuildempty = trl_ivf_buildempty;
	am->aminsert = trl_ivf_insert;
	am->ambulkdelete = trl_ivf_bulkdelete;
	am->amvacuumcleanup = trl_ivf_vacuumcleanup;
	am->amcanreturn = NULL;
	am->amcostestimate = trl_ivf_costestimate;
	am->amoptions = trl_ivf_options;
	am->amproperty = NULL;
	am->ambuildphasename = trl_ivf_phase_name;
	am->amvalidate = validate;
	am->amadjustmembers = NULL;
	am->ambeginscan = trl_ivf_beginscan;
	am->amrescan = trl_ivf_rescan;
	am->amgettuple = trl_ivf_gettuple;
	am->amgetbitmap = NULL;
	am->amendscan = trl_ivf_endscan;
	am->ammarkpos = NULL;
	am->amrestrpos = NULL;
	am->amestimateparallelscan = NULL;
	am->aminitparallelscan = NULL;
	am->amparallelrescan = NULL;
}

/* Under other names there are no filter columns. */
static void
fill_renamed(IndexAmRoutine *am)
{
	fill_routine(am);
	am->amcanmulticol = false;
	am->amsearcharray = false;
	am->amsearchnulls = false;
}

static int
max_dims(Oid opfamily, Oid type)
{
	const TrlIvfClass *class = trl_ivf_find_class(opfamily, type);

	return class != NULL ? trl_ivf_max_dims(class) : 0;
}

const TrlIvfMethod *
trl_ivf_method(void)
{
	static const TrlIvfMethod method = {
		.version = TRL_IVF_METHOD_VERSION,
		.fill = fill_renamed,
		.max_dims = max_dims
	};

	return &method;
}

Datum
trl_ivfhandler(PG_FUNCTION_ARGS)
{
	IndexAmRoutine *am = makeNode(IndexAmRoutine);

	(void) fcinfo;
	fill_routine(am);
	PG_RETURN_POINTER(am);
}
