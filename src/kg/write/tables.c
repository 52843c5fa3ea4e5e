/*
 * tables.c - making graphs and registering them
 *
 * Does: trellis.create_graph() and trellis.register_edges().
 *
 * The tables of a graph are made by the caller, as the caller: they are
 * ordinary tables, not members of the extension.
 *
 * Locks: those of the DDL; AccessShareLock on a registered relation.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "core/compat.h"
#include "kg/engine/args.h"
#include "kg/engine/catalog.h"
#include "kg/whole/analysis.h"
#include "kg/write/graph_ddl.h"
#include "kg/write/graph_sql.h"

TRL_FUNCTION(trl_create_graph);
TRL_FUNCTION(trl_register_edges);

/* ---- create_graph ---- */

static void
check_graph_name(const char *graph)
{
	if (graph[0] == '\0')
		trl_argument_error("name", "must not be empty", NULL);
	if (OidIsValid(get_namespace_oid(graph, true)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_SCHEMA),
				 errmsg("schema \"%s\" already exists", graph),
				 errhint("A graph gets a schema of its own. Existing tables become a graph by trellis.register_edges.")));
}

static void
create_tables(const char *graph)
{
	const char *quoted = quote_identifier(graph);
	int			i;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	for (i = 0; i < (int) lengthof(trl_graph_ddl); i++)
	{
		int			result = SPI_execute(trl_graph_sql(trl_graph_ddl[i], quoted),
										 false, 0);

		if (result < 0)
			elog(ERROR, "could not create a graph: %s",
				 SPI_result_code_string(result));
	}
	SPI_finish();
	trl_analysis_create_tables(get_namespace_oid(graph, false));
}

Datum
trl_create_graph(PG_FUNCTION_ARGS)
{
	TrlRegistration row;
	const char *graph;
	Oid			edge;
	int			role;

	trl_arg_required(fcinfo, 0, "name");
	graph = NameStr(*PG_GETARG_NAME(0));
	check_graph_name(graph);
	create_tables(graph);

	memset(&row, 0, sizeof(row));
	for (role = 0; role < TRL_ROLES; role++)
		row.column[role] = trl_role_usual_name(role);
	row.node_schema = row.type_schema = graph;
	row.node_name = "node";
	row.node_key = "node_id";
	row.type_name = "rel_type";
	edge = get_relname_relid("edge", get_namespace_oid(graph, false));
	trl_catalog_store(edge, &row);
	PG_RETURN_OID(edge);
}

/* ---- register_edges ---- */

/* The arguments of register_edges after rel, in order. */
static const TrlRole role_of_arg[] = {
	TRL_ROLE_SRC, TRL_ROLE_DST, TRL_ROLE_REL, TRL_ROLE_WEIGHT,
	TRL_ROLE_EDGE_ID, TRL_ROLE_VALID_FROM, TRL_ROLE_VALID_TO
};

#define ARG_FIRST_ROLE 1
#define ARG_NODES 8
#define ARG_NODE_KEY 9
#define ARG_CONFIDENCE 10
#define ARG_RECORDED_AT 11
#define ARG_EXPIRED_AT 12

static const char *
arg_name(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? NULL : NameStr(*PG_GETARG_NAME(arg));
}

/* A column that the caller names must be there now. */
static void
check_column(Oid rel, const char *column, const char *argument)
{
	if (column == NULL || get_attnum(rel, column) > 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" in argument \"%s\" does not exist in \"%s\"",
					column, argument, get_rel_name(rel))));
}

static void
read_columns(TrlRegistration *row, FunctionCallInfo fcinfo, Oid rel)
{
	int			i;

	for (i = 0; i < (int) lengthof(role_of_arg); i++)
		row->column[role_of_arg[i]] = arg_name(fcinfo, ARG_FIRST_ROLE + i);
	row->column[TRL_ROLE_CONFIDENCE] = arg_name(fcinfo, ARG_CONFIDENCE);
	row->column[TRL_ROLE_RECORDED_AT] = arg_name(fcinfo, ARG_RECORDED_AT);
	row->column[TRL_ROLE_EXPIRED_AT] = arg_name(fcinfo, ARG_EXPIRED_AT);
	for (i = 0; i < TRL_ROLES; i++)
		check_column(rel, row->column[i], trl_role_argument(i));
}

static void
read_nodes(TrlRegistration *row, FunctionCallInfo fcinfo)
{
	Oid			nodes;

	row->node_key = arg_name(fcinfo, ARG_NODE_KEY);
	if (PG_ARGISNULL(ARG_NODES))
	{
		if (row->node_key != NULL)
			trl_argument_error("node_key", "needs argument \"nodes\"", NULL);
		return;
	}
	nodes = PG_GETARG_OID(ARG_NODES);
	if (get_rel_name(nodes) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u in argument \"nodes\" does not exist",
						nodes)));
	check_column(nodes, row->node_key, "node_key");
	row->node_schema = get_namespace_name(get_rel_namespace(nodes));
	row->node_name = get_rel_name(nodes);
}

static void
check_owner(Oid relid)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u in argument \"rel\" does not exist",
						relid)));
	if (!has_privs_of_role(GetUserId(), rel->rd_rel->relowner))
		aclcheck_error(ACLCHECK_NOT_OWNER,
					   get_relkind_objtype(rel->rd_rel->relkind),
					   RelationGetRelationName(rel));
	trl_graph_check_relkind(rel, "rel");
	relation_close(rel, NoLock);
}

Datum
trl_register_edges(PG_FUNCTION_ARGS)
{
	TrlRegistration row;
	Oid			rel;

	trl_arg_required(fcinfo, 0, "rel");
	trl_arg_required(fcinfo, 1, "src");
	trl_arg_required(fcinfo, 2, "dst");
	/* the row is written directly, past the executor's own check */
	PreventCommandIfReadOnly("trellis.register_edges()");
	rel = PG_GETARG_OID(0);
	check_owner(rel);
	memset(&row, 0, sizeof(row));
	read_columns(&row, fcinfo, rel);
	read_nodes(&row, fcinfo);
	trl_catalog_store(rel, &row);

	/* what cannot be walked is not registered: an error takes the row back */
	(void) trl_graph_open(rel, InvalidOid);
	PG_RETURN_VOID();
}
