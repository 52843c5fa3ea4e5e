/*
 * can_read.c - the row test of policies, and what the planner knows of it
 *
 * can_read() raises nothing for any argument and tells nothing but its
 * answer, so that it is leakproof.  Its support function gives the planner
 * the share of rows that the session may read, from the label column's most
 * common values, and lets an index on the label serve:
 *
 *   can_read(label)  is implied by  label = ANY (labels())
 *
 * labels() is called when the scan starts, never folded into the plan: a
 * cached plan serves many principals.  The condition is declared lossy, so
 * that a cursor that outlives a revocation still asks can_read() per row.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "access/reader.h"
#include "core/compat.h"

/* Share of readable rows where nothing is known of the labels. */
#define DEFAULT_SHARE 0.3

TRL_FUNCTION(trl_can_read);
TRL_FUNCTION(trl_labels);
TRL_FUNCTION(trl_can_read_support);

/* can_read(label int4) returns bool: false for NULL and for unknown ids */
Datum
trl_can_read(PG_FUNCTION_ARGS)
{
	TrlReaderCall *call = trl_reader_call(fcinfo->flinfo);

	if (PG_ARGISNULL(0))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(trl_reader_test(trl_reader_of(call), PG_GETARG_INT32(0)));
}

/* labels() returns int4[]: ids of all expressions that can_read() is true for */
Datum
trl_labels(PG_FUNCTION_ARGS)
{
	TrlReader  *reader = trl_reader_of(trl_reader_call(fcinfo->flinfo));
	const int32 *ids;
	ArrayType  *result;
	int			n = 0;

	ids = reader != NULL ? trl_reader_list(reader, &n) : NULL;
	if (n == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(INT4OID));

	result = palloc(ARR_OVERHEAD_NONULLS(1) + n * sizeof(int32));
	SET_VARSIZE(result, ARR_OVERHEAD_NONULLS(1) + n * sizeof(int32));
	result->ndim = 1;
	result->dataoffset = 0;
	result->elemtype = INT4OID;
	ARR_DIMS(result)[0] = n;
	ARR_LBOUND(result)[0] = 1;
	memcpy(ARR_DATA_PTR(result), ids, n * sizeof(int32));
	PG_RETURN_ARRAYTYPE_P(result);
}

/*
 * Share of rows with readable labels, by the statistics of the column.  The
 * rest beyond the most common values is taken to be as readable as those.
 */
static double
readable_share(VariableStatData *vardata, TrlReader *reader)
{
	Form_pg_statistic stats = (Form_pg_statistic) GETSTRUCT(vardata->statsTuple);
	AttStatsSlot slot;
	double		readable = 0;
	double		common = 0;
	double		rest;
	int			i;

	if (!get_attstatsslot(&slot, vardata->statsTuple, STATISTIC_KIND_MCV,
						  InvalidOid, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
		return (1 - stats->stanullfrac) * DEFAULT_SHARE;
	for (i = 0; i < slot.nvalues; i++)
	{
		common += slot.numbers[i];
		if (trl_reader_test(reader, DatumGetInt32(slot.values[i])))
			readable += slot.numbers[i];
	}
	free_attstatsslot(&slot);

	rest = 1 - stats->stanullfrac - common;
	if (rest > 0)
		readable += rest * (common > 0 ? readable / common : DEFAULT_SHARE);
	return readable;
}

static bool
estimate_selectivity(SupportRequestSelectivity *req)
{
	TrlReaderCall call = {0};
	TrlReader  *reader = trl_reader_of(&call);
	VariableStatData vardata;

	if (reader == NULL)
	{
		req->selectivity = 0;
		return true;
	}
	if (req->is_join || list_length(req->args) != 1)
		return false;
	examine_variable(req->root, linitial(req->args), req->varRelid, &vardata);
	if (HeapTupleIsValid(vardata.statsTuple) && vardata.atttype == INT4OID &&
		statistic_proc_security_check(&vardata, req->funcid))
		req->selectivity = readable_share(&vardata, reader);
	else
		req->selectivity = DEFAULT_SHARE;
	CLAMP_PROBABILITY(req->selectivity);
	ReleaseVariableStats(vardata);
	return true;
}

/* labels(), which stands in can_read()'s schema; InvalidOid if it is gone. */
static Oid
labels_function(Oid can_read)
{
	oidvector  *no_arguments = buildoidvector(NULL, 0);

	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
						   CStringGetDatum("labels"),
						   PointerGetDatum(no_arguments),
						   ObjectIdGetDatum(get_func_namespace(can_read)));
}

/*
 * label = ANY (labels()), for the first column of a btree index.  In a later
 * column, releases before 17 would return rows out of the index's order,
 * which the planner cannot tell from this clause.
 */
static List *
index_condition(SupportRequestIndexCondition *req)
{
	ScalarArrayOpExpr *any;
	FuncExpr   *labels;
	Oid			function;
	Oid			equal;

	if (!is_funcclause(req->node) || req->index->relam != BTREE_AM_OID ||
		req->indexcol != 0)
		return NIL;
	equal = get_opfamily_member(req->opfamily, INT4OID, INT4OID,
								BTEqualStrategyNumber);
	function = labels_function(req->funcid);
	if (!OidIsValid(equal) || !OidIsValid(function))
		return NIL;

	labels = makeFuncExpr(function, INT4ARRAYOID, NIL, InvalidOid, InvalidOid,
						  COERCE_EXPLICIT_CALL);
	any = makeNode(ScalarArrayOpExpr);
	any->opno = equal;
	any->opfuncid = get_opcode(equal);
	any->useOr = true;
	any->args = list_make2(linitial(((FuncExpr *) req->node)->args), labels);
	any->location = -1;
	req->lossy = true;
	return list_make1(any);
}

/* can_read_support(internal): planner support */
Datum
trl_can_read_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestSelectivity) &&
		estimate_selectivity((SupportRequestSelectivity *) request))
		PG_RETURN_POINTER(request);
	if (IsA(request, SupportRequestIndexCondition))
		PG_RETURN_POINTER(index_condition((SupportRequestIndexCondition *) request));
	PG_RETURN_POINTER(NULL);
}
