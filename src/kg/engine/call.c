/*
 * call.c - what every traversal function does first and last
 *
 * Locks: those of trl_graph_open().  WAL: none.
 */
#include "postgres.h"

#include "catalog/objectaddress.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "core/compat.h"
#include "kg/engine/call.h"

static void
read_filter(TrlCall *call, FunctionCallInfo fcinfo, int rels_arg, int first)
{
	TrlFilter  *filter = &call->filter;
	const TrlGraph *graph = call->graph;

	filter->has_rels = !PG_ARGISNULL(rels_arg);
	filter->rels = trl_arg_texts(fcinfo, rels_arg, "rels", &filter->n_rels);
	filter->min_weight = trl_arg_number(fcinfo, first, "min_weight",
										&filter->has_min_weight);
	filter->min_confidence = trl_arg_number(fcinfo, first + 1, "min_confidence",
											&filter->has_min_confidence);
	filter->has_valid_at = !PG_ARGISNULL(first + 2);
	if (filter->has_valid_at)
		filter->valid_at = PG_GETARG_TIMESTAMPTZ(first + 2);
	filter->has_known_at = !PG_ARGISNULL(first + 3);
	if (filter->has_known_at)
		filter->known_at = PG_GETARG_TIMESTAMPTZ(first + 3);

	if (filter->has_rels)
		trl_graph_require(graph, TRL_ROLE_REL, "rels");
	if (filter->has_min_weight)
		trl_graph_require(graph, TRL_ROLE_WEIGHT, "min_weight");
	if (filter->has_min_confidence)
		trl_graph_require(graph, TRL_ROLE_CONFIDENCE, "min_confidence");
	if (filter->has_valid_at && graph->column[TRL_ROLE_VALID_TO].attnum == 0)
		trl_graph_require(graph, TRL_ROLE_VALID_FROM, "valid_at");
	if (filter->has_known_at && graph->column[TRL_ROLE_EXPIRED_AT].attnum == 0)
		trl_graph_require(graph, TRL_ROLE_RECORDED_AT, "known_at");
}

/*
 * The executor checks privileges with every query; this one is for calls
 * that end before they read an edge.
 */
static void
check_privileges(const TrlGraph *graph)
{
	Oid			user = GetUserId();
	AttrNumber	src = graph->column[TRL_ROLE_SRC].attnum;
	AttrNumber	dst = graph->column[TRL_ROLE_DST].attnum;

	if (pg_class_aclcheck(graph->rel, user, ACL_SELECT) == ACLCHECK_OK ||
		(pg_attribute_aclcheck(graph->rel, src, user, ACL_SELECT) == ACLCHECK_OK &&
		 pg_attribute_aclcheck(graph->rel, dst, user, ACL_SELECT) == ACLCHECK_OK))
		return;
	aclcheck_error(ACLCHECK_NO_PRIV,
				   get_relkind_objtype(get_rel_relkind(graph->rel)),
				   get_rel_name(graph->rel));
}

/* ERROR naming the argument unless its type can hold this graph's ids. */
static void
check_node_type(const TrlCall *call, const char *argument)
{
	Oid			type = call->node_type;
	TrlKeyKind	kind;

	if (trl_key_kind(type, &kind) && kind == call->graph->kind)
		return;
	if (strcmp(argument, "id_type") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("%s has ids of type %s, which do not come back as %s",
						call->graph->name,
						format_type_be(call->graph->column[TRL_ROLE_SRC].type),
						format_type_be(type)),
				 errhint("Pass id_type => NULL::%s.",
						 format_type_be(call->graph->column[TRL_ROLE_SRC].type))));
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("argument \"%s\" holds ids of type %s, but %s has ids of type %s",
					argument, format_type_be(type), call->graph->name,
					format_type_be(call->graph->column[TRL_ROLE_SRC].type)),
			 errhint("Cast \"%s\".", argument)));
}

static void
begin(TrlCall *call, FunctionCallInfo fcinfo, int nodes_arg, int rels_arg,
	  int first_filter, Oid node_type, const char *ids)
{
	memset(call, 0, sizeof(*call));
	trl_arg_required(fcinfo, 0, "edges");
	call->node_type = node_type;
	call->cxt = AllocSetContextCreate(CurrentMemoryContext,
									  "trellis graph traversal",
									  ALLOCSET_DEFAULT_SIZES);
	call->caller_cxt = MemoryContextSwitchTo(call->cxt);
	trl_budget_init(&call->budget, call->cxt);
	call->graph = trl_graph_open(PG_GETARG_OID(0),
								 PG_ARGISNULL(nodes_arg) ? InvalidOid
								 : PG_GETARG_OID(nodes_arg));
	check_privileges(call->graph);
	if (OidIsValid(node_type))
		check_node_type(call, ids);
	read_filter(call, fcinfo, rels_arg, first_filter);
	call->rels = trl_rels_create(call->graph);
}

void
trl_call_begin(TrlCall *call, FunctionCallInfo fcinfo, int nodes_arg,
			   int rels_arg, int first_filter, int node_column,
			   const char *ids)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			type = TupleDescAttr(result->setDesc, node_column)->atttypid;

	/* the column may hold the ids of a path */
	if (OidIsValid(get_element_type(type)))
		type = get_element_type(type);
	begin(call, fcinfo, nodes_arg, rels_arg, first_filter, type, ids);
	call->result = result;
}

void
trl_call_begin_scalar(TrlCall *call, FunctionCallInfo fcinfo, int nodes_arg,
					  int rels_arg, int first_filter, int ids_arg,
					  const char *ids)
{
	Oid			type = InvalidOid;

	if (!PG_ARGISNULL(ids_arg))
		type = ARR_ELEMTYPE(PG_GETARG_ARRAYTYPE_P(ids_arg));
	begin(call, fcinfo, nodes_arg, rels_arg, first_filter, type, ids);
}

void
trl_call_end(TrlCall *call)
{
	trl_runs_end(call->cxt);
	MemoryContextSwitchTo(call->caller_cxt);
	MemoryContextDelete(call->cxt);
}

Datum
trl_call_node(const TrlCall *call, TrlKey key)
{
	if (!trl_key_fits(call->graph->kind, key, call->node_type))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("node id %lld is out of range for type %s",
						(long long) key, format_type_be(call->node_type)),
				 errhint("Ids come back in the type they are given in: cast the argument to bigint.")));
	return trl_key_to_datum(call->graph->kind, key, call->node_type);
}

void
trl_call_edge(const TrlCall *call, const TrlStep *step, Datum *number,
			  bool *number_null, Datum *key, bool *key_null)
{
	Oid			type = call->graph->column[TRL_ROLE_EDGE_ID].type;
	TrlKeyKind	kind;

	*number = *key = (Datum) 0;
	*number_null = *key_null = true;
	if (!step->has_edge_id)
		return;
	trl_key_kind(type, &kind);
	if (kind == TRL_KEY_INT)
	{
		*number = Int64GetDatum((int64) step->edge_id);
		*number_null = false;
		return;
	}
	*key = trl_key_to_datum(kind, step->edge_id, type);
	if (kind == TRL_KEY_UUID)
		*key = CStringGetTextDatum(DatumGetCString(DirectFunctionCall1(uuid_out, *key)));
	*key_null = false;
}

Datum
trl_call_rel(const TrlCall *call, const TrlStep *step, bool *is_null)
{
	Datum		name = trl_rels_name(call->rels, step->rel);

	*is_null = name == (Datum) 0;
	return name;
}

void
trl_call_set_truncated(TrlCall *call, int column)
{
	ReturnSetInfo *result = call->result;
	Tuplestorestate *rows = result->setResult;
	TupleTableSlot *slot = MakeSingleTupleTableSlot(result->setDesc,
													&TTSOpsMinimalTuple);
	MemoryContext old;

	old = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
	result->setResult =
		tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0,
							  false, work_mem);
	MemoryContextSwitchTo(old);
	while (tuplestore_gettupleslot(rows, true, false, slot))
	{
		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(slot);
		slot->tts_values[column] = BoolGetDatum(true);
		slot->tts_isnull[column] = false;
		tuplestore_putvalues(result->setResult, result->setDesc,
							 slot->tts_values, slot->tts_isnull);
	}
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_end(rows);
}

void
trl_call_notice(const char *argument, int limit, const char *consequence)
{
	ereport(NOTICE,
			(errmsg("limit \"%s\" of %d was reached: %s",
					argument, limit, consequence)));
}
