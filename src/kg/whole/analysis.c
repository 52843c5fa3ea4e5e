/*
 * analysis.c - trellis.save_analysis()
 *
 * Does: record a run, then write what the algorithm's function returns with
 * one INSERT ... SELECT from it, so that it reads one snapshot; make the
 * tables where a graph has none yet.
 *
 * Everything is SQL run as the caller: privileges, policies and triggers hold
 * as for any INSERT.  Options are parameters of the call; only names from the
 * lists below become text.
 *
 * Locks: those of the statements.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "kg/engine/args.h"
#include "kg/engine/plan.h"
#include "kg/whole/analysis.h"
#include "kg/whole/analysis_ddl.h"
#include "kg/write/graph_sql.h"
#include "kg/write/upsert.h"

TRL_FUNCTION(trl_save_analysis);

#define FILTER_OPTIONS \
	{"rels", TRL_OPTION_TEXTS}, \
	{"min_weight", TRL_OPTION_NUMBER}, \
	{"min_confidence", TRL_OPTION_NUMBER}, \
	{"valid_at", TRL_OPTION_TIME}, \
	{"known_at", TRL_OPTION_TIME}, \
	{NULL, TRL_OPTION_TEXT}

static const TrlOption pagerank_options[] = {
	{"damping", TRL_OPTION_NUMBER},
	{"tolerance", TRL_OPTION_NUMBER},
	{"max_iterations", TRL_OPTION_INTEGER},
	{"weighted", TRL_OPTION_BOOLEAN},
	{"direction", TRL_OPTION_TEXT},
	{"max_results", TRL_OPTION_INTEGER},
	FILTER_OPTIONS
};

static const TrlOption components_options[] = {
	{"mode", TRL_OPTION_TEXT},
	FILTER_OPTIONS
};

static const TrlOption communities_options[] = {
	{"resolution", TRL_OPTION_NUMBER},
	{"max_size", TRL_OPTION_INTEGER},
	{"max_levels", TRL_OPTION_INTEGER},
	{"random_seed", TRL_OPTION_INTEGER},
	{"weighted", TRL_OPTION_BOOLEAN},
	FILTER_OPTIONS
};

static const TrlOption label_propagation_options[] = {
	{"max_iterations", TRL_OPTION_INTEGER},
	{"random_seed", TRL_OPTION_INTEGER},
	{"weighted", TRL_OPTION_BOOLEAN},
	FILTER_OPTIONS
};

static const TrlOption degree_options[] = {
	FILTER_OPTIONS
};

#define INSERT_SCORES \
	"INSERT INTO @graph@.node_score (run_id, node_id, score)"
#define INSERT_COMMUNITIES \
	"INSERT INTO @graph@.community (run_id, level, community_id, parent_id, node_id)"

/* statement: $1 is the run, $2 the edges; the options follow it, and ") r". */
static const struct
{
	const char *name;
	const TrlOption *options;
	const char *statement;
}			algorithms[] = {

	{"pagerank", pagerank_options,
		INSERT_SCORES " SELECT $1, r.node_id, r.score"
	" FROM trellis.pagerank(edges => $2"},
	{"components", components_options,
		INSERT_COMMUNITIES " SELECT $1, 0, r.component, NULL, r.node_id"
	" FROM trellis.components(edges => $2"},
	{"communities", communities_options,
		INSERT_COMMUNITIES " SELECT $1, r.level, r.community, r.parent, r.node_id"
	" FROM trellis.communities(edges => $2"},
	{"label_propagation", label_propagation_options,
		INSERT_COMMUNITIES " SELECT $1, 0, r.community, NULL, r.node_id"
	" FROM trellis.label_propagation(edges => $2"},
	{"degree", degree_options,
		INSERT_SCORES " SELECT $1, r.node_id, r.degree"
	" FROM trellis.degree(edges => $2, ids => NULL::pg_catalog.int8[]"},
};

static int
find_algorithm(const char *name)
{
	int			i;

	for (i = 0; i < (int) lengthof(algorithms); i++)
		if (strcmp(algorithms[i].name, name) == 0)
			return i;
	trl_argument_error("algorithm", psprintf("must not be \"%s\"", name),
					   "It is \"pagerank\", \"components\", \"communities\", \"label_propagation\" or \"degree\".");
	return -1;
}

/* ---- tables ---- */

static void
check_create_right(Oid schema, const char *table)
{
	if (trl_may_create_in(schema, GetUserId()))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("graph \"%s\" has no table \"%s\", and you may not create it",
					get_namespace_name(schema), table),
			 errhint("Have its owner call trellis.save_analysis once, and grant INSERT and SELECT on the tables.")));
}

static void
create_table(const TrlAnalysisTable *table, const char *quoted_schema)
{
	int			i;

	for (i = 0; i < TRL_ANALYSIS_STATEMENTS && table->statements[i] != NULL; i++)
	{
		int			result = SPI_execute(trl_graph_sql(table->statements[i],
													   quoted_schema), false, 0);

		if (result < 0)
			elog(ERROR, "could not create table \"%s\": %s", table->name,
				 SPI_result_code_string(result));
	}
}

void
trl_analysis_create_tables(Oid schema)
{
	const char *quoted = quote_identifier(get_namespace_name(schema));
	int			i;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	for (i = 0; i < (int) lengthof(trl_analysis_tables); i++)
	{
		const TrlAnalysisTable *table = &trl_analysis_tables[i];

		if (OidIsValid(get_relname_relid(table->name, schema)))
			continue;
		check_create_right(schema, table->name);
		create_table(table, quoted);
	}
	SPI_finish();
}

/* ---- a run ---- */

static void
receive_run(void *state, const Datum *values, const bool *nulls)
{
	if (!nulls[0])
		*(int64 *) state = DatumGetInt64(values[0]);
}

static int64
record_run(const char *quoted_schema, const char *algorithm, Jsonb *options)
{
	TrlParams	params = {0};
	int64		run = 0;

	trl_params_add(&params, TEXTOID, CStringGetTextDatum(algorithm));
	trl_params_add(&params, JSONBOID, JsonbPGetDatum(options));
	trl_sql_write(trl_graph_sql("INSERT INTO @graph@.analysis_run (algorithm, options)"
								" VALUES ($1, $2) RETURNING run_id" TRL_AS_INT8,
								quoted_schema),
				  &params, receive_run, &run);
	if (run == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("no run was recorded in %s.analysis_run", quoted_schema),
				 errhint("A trigger or a rule of the table keeps rows from it.")));
	return run;
}

/* Runs a call of the algorithm's function with the options that were given. */
static void
write_results(const char *statement, const char *quoted_schema, int64 run,
			  Oid edges, const TrlOptions *options)
{
	Oid			types[TRL_MAX_OPTIONS + 2] = {INT8OID, REGCLASSOID};
	Datum		values[TRL_MAX_OPTIONS + 2] = {Int64GetDatum(run), ObjectIdGetDatum(edges)};
	char		nulls[TRL_MAX_OPTIONS + 2] = {' ', ' '};
	StringInfoData sql;
	int			i;

	initStringInfo(&sql);
	appendStringInfoString(&sql, trl_graph_sql(statement, quoted_schema));
	for (i = 0; i < options->n; i++)
	{
		types[i + 2] = options->types[i];
		values[i + 2] = options->values[i];
		nulls[i + 2] = ' ';
		if (options->nulls[i])
			appendStringInfo(&sql, ", %s => NULL", options->names[i]);
		else
			appendStringInfo(&sql, ", %s => $%d", options->names[i], i + 3);
	}
	appendStringInfoString(&sql, ") r");

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(sql.data, options->n + 2, types, values, nulls,
							  false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not save an analysis");
	SPI_finish();
	pfree(sql.data);
}

Datum
trl_save_analysis(PG_FUNCTION_ARGS)
{
	TrlTarget	target = trl_upsert_target(fcinfo);
	Oid			schema = get_namespace_oid(NameStr(*PG_GETARG_NAME(0)), false);
	Oid			edges = get_relname_relid("edge", schema);
	TrlOptions	options;
	int64		run;
	int			algorithm;

	trl_arg_required(fcinfo, 1, "algorithm");
	trl_arg_required(fcinfo, 2, "options");
	algorithm = find_algorithm(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	trl_options_read(&options, PG_GETARG_JSONB_P(2), algorithms[algorithm].options);
	trl_analysis_create_tables(schema);
	run = record_run(target.schema, algorithms[algorithm].name, PG_GETARG_JSONB_P(2));
	write_results(algorithms[algorithm].statement, target.schema, run, edges,
				  &options);
	PG_RETURN_INT64(run);
}
