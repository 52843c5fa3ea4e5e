/*
 * paths.c - trellis.paths()
 *
 * Paths by increasing length.  For each length what walks of that length can
 * touch is read (lengths.c), then they are enumerated (enumerate.c), until
 * there are enough or no longer ones.  So a limit on paths also limits what
 * is read.
 *
 * Locks: AccessShareLock on the graph's relations.  WAL: none.  Memory: a
 * context of the call, bounded by budget.c; rows go to a tuplestore.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "core/compat.h"
#include "kg/engine/call.h"
#include "kg/path/enumerate.h"

TRL_FUNCTION(trl_paths);

enum
{
	ARG_EDGES,
	ARG_SOURCES,
	ARG_TARGETS,
	ARG_MODE,
	ARG_MIN_DEPTH,
	ARG_MAX_DEPTH,
	ARG_METAPATH,
	ARG_DIRECTION,
	ARG_RELS,
	ARG_MIN_WEIGHT,
	ARG_MIN_CONFIDENCE,
	ARG_VALID_AT,
	ARG_KNOWN_AT,
	ARG_MAX_PATHS,
	ARG_NODES
};

enum
{
	OUT_PATH_ID,
	OUT_LENGTH,
	OUT_COST,
	OUT_NODE_IDS,
	OUT_EDGE_IDS,
	OUT_RELS,
	OUT_TRUNCATED,
	OUT_EDGE_KEYS,
	OUT_COLUMNS
};

/* Beyond this length, a quarter more is read at once than is needed yet. */
#define READ_AHEAD_FROM 8

typedef struct Paths
{
	TrlCall		call;
	TrlSearch	search;
	TrlPathMode mode;
	int			min_depth;
	int			max_depth;
	int			max_paths;
	TrlMetapath *metapath;		/* NULL: none */
	TrlAdjacency *adj;
	TrlLengths *reach;
	uint32	   *sources;
	uint32		n_sources;
	int			read_to;		/* length */
	MemoryContext row_cxt;		/* reset per row */
	int			n_paths;		/* put */
	bool		truncated;
} Paths;

/* ---- arguments ---- */

static TrlPathMode
read_mode(FunctionCallInfo fcinfo)
{
	static const char *const names[] = {"walk", "trail", "acyclic", "simple"};
	char	   *name;
	int			i;

	if (PG_ARGISNULL(ARG_MODE))
		return TRL_PATH_ACYCLIC;
	name = text_to_cstring(PG_GETARG_TEXT_PP(ARG_MODE));
	for (i = 0; i < (int) lengthof(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (TrlPathMode) i;
	trl_argument_error("mode", psprintf("must not be \"%s\"", name),
					   "It is \"walk\", \"trail\" (no edge twice), \"acyclic\" (no node twice) or \"simple\" (no node twice, but the last may be the first).");
	return TRL_PATH_ACYCLIC;
}

static void
read_metapath(Paths *paths, FunctionCallInfo fcinfo)
{
	Datum	   *elements;
	int			n;

	if (PG_ARGISNULL(ARG_METAPATH))
		return;
	if (paths->call.filter.has_rels)
		trl_argument_error("rels", "cannot be combined with \"metapath\"",
						   "The steps of a metapath name its relations.");
	trl_graph_require(paths->call.graph, TRL_ROLE_REL, "metapath");
	elements = trl_arg_texts(fcinfo, ARG_METAPATH, "metapath", &n);
	paths->metapath = palloc(sizeof(TrlMetapath));
	trl_metapath_parse(paths->metapath, elements, n, paths->search.direction,
					   true);
	paths->max_depth = paths->metapath->n;
}

static void
read_limits(Paths *paths, FunctionCallInfo fcinfo)
{
	paths->mode = read_mode(fcinfo);
	paths->min_depth = PG_ARGISNULL(ARG_MIN_DEPTH) ? 0
		: trl_arg_limit(fcinfo, ARG_MIN_DEPTH, "min_depth", 0);
	paths->max_depth = trl_arg_limit(fcinfo, ARG_MAX_DEPTH, "max_depth", 0);
	paths->max_paths = trl_arg_limit(fcinfo, ARG_MAX_PATHS, "max_paths", 1);
	read_metapath(paths, fcinfo);
	if (paths->mode == TRL_PATH_WALK && paths->max_depth == TRL_NO_LIMIT)
		trl_argument_error("max_depth", "must be given for walks",
						   "A walk may go round a cycle without end; the other modes end by themselves.");
	if (paths->min_depth > paths->max_depth)
		trl_argument_error("min_depth",
						   psprintf("must not exceed \"max_depth\": %d > %d",
									paths->min_depth, paths->max_depth),
						   NULL);
}

static void
read_search(Paths *paths, FunctionCallInfo fcinfo)
{
	TrlSearch  *search = &paths->search;

	search->graph = paths->call.graph;
	search->filter = &paths->call.filter;
	search->rels = paths->call.rels;
	search->budget = &paths->call.budget;
	search->direction = trl_arg_direction(fcinfo, ARG_DIRECTION);
	search->max_nodes = TRL_NO_LIMIT;
}

static void
read_ends(Paths *paths, FunctionCallInfo fcinfo)
{
	TrlKeyKind	kind = paths->call.graph->kind;
	TrlAutomaton *automaton = trl_automaton_create(paths->metapath);
	uint32	   *targets = NULL;
	uint32		n_targets = 0;
	TrlKey	   *keys;

	paths->adj = trl_adjacency_create(&paths->search, paths->metapath);
	keys = trl_arg_keys(fcinfo, ARG_SOURCES, kind, &paths->n_sources);
	paths->sources = trl_adjacency_ends(paths->adj, keys, &paths->n_sources);
	if (!PG_ARGISNULL(ARG_TARGETS))
	{
		keys = trl_arg_keys(fcinfo, ARG_TARGETS, kind, &n_targets);
		targets = trl_adjacency_ends(paths->adj, keys, &n_targets);
	}
	paths->reach = trl_lengths_create(paths->adj, automaton, paths->sources,
									  paths->n_sources, targets, n_targets);
}

/* ---- rows ---- */

static Datum
make_array(Datum *values, bool *nulls, int n, Oid type)
{
	int			lower = 1;
	int16		len;
	bool		by_value;
	char		align;

	if (n == 0)
		return PointerGetDatum(construct_empty_array(type));
	get_typlenbyvalalign(type, &len, &by_value, &align);
	return PointerGetDatum(construct_md_array(values, nulls, 1, &n, &lower,
											  type, len, by_value, align));
}

static Datum
node_ids(const Paths *paths, uint32 source, const uint32 *arcs, int length)
{
	const TrlAdjacency *adj = paths->adj;
	Datum	   *values = palloc(sizeof(Datum) * ((Size) length + 1));
	int			i;

	values[0] = trl_call_node(&paths->call, adj->nodes.nodes[source].key);
	for (i = 0; i < length; i++)
		values[i + 1] = trl_call_node(&paths->call,
									  adj->nodes.nodes[adj->arcs[arcs[i]].far].key);
	return make_array(values, NULL, length + 1, paths->call.node_type);
}

/* Ids that are integers in one column, others in the other. */
static void
set_edge_ids(const Paths *paths, const uint32 *arcs, int length,
			 Datum *values, bool *nulls)
{
	const TrlColumn *column = &paths->call.graph->column[TRL_ROLE_EDGE_ID];
	Size		n = Max(length, 1);
	Datum	   *numbers = palloc(sizeof(Datum) * n);
	Datum	   *keys = palloc(sizeof(Datum) * n);
	bool	   *number_nulls = palloc(n);
	bool	   *key_nulls = palloc(n);
	TrlKeyKind	kind = TRL_KEY_INT;
	int			i;

	for (i = 0; i < length; i++)
		trl_call_edge(&paths->call, &paths->adj->arcs[arcs[i]].step,
					  &numbers[i], &number_nulls[i], &keys[i], &key_nulls[i]);
	if (column->attnum != 0)
		trl_key_kind(column->type, &kind);
	nulls[OUT_EDGE_IDS] = column->attnum == 0 || kind != TRL_KEY_INT;
	nulls[OUT_EDGE_KEYS] = column->attnum == 0 || kind == TRL_KEY_INT;
	if (!nulls[OUT_EDGE_IDS])
		values[OUT_EDGE_IDS] = make_array(numbers, number_nulls, length, INT8OID);
	if (!nulls[OUT_EDGE_KEYS])
		values[OUT_EDGE_KEYS] = make_array(keys, key_nulls, length, TEXTOID);
}

static void
set_cost_and_rels(const Paths *paths, const uint32 *arcs, int length,
				  Datum *values, bool *nulls)
{
	const TrlColumn *column = paths->call.graph->column;
	Datum	   *rels = palloc(sizeof(Datum) * Max(length, 1));
	bool	   *rel_nulls = palloc(Max(length, 1));
	float8		cost = 0;
	int			i;

	nulls[OUT_COST] = column[TRL_ROLE_WEIGHT].attnum == 0;
	for (i = 0; i < length; i++)
	{
		const TrlStep *step = &paths->adj->arcs[arcs[i]].step;

		if (!step->has_weight)
			nulls[OUT_COST] = true;
		cost += step->weight;
		rels[i] = trl_call_rel(&paths->call, step, &rel_nulls[i]);
	}
	values[OUT_COST] = Float8GetDatum(cost);
	nulls[OUT_RELS] = column[TRL_ROLE_REL].attnum == 0;
	if (!nulls[OUT_RELS])
		values[OUT_RELS] = make_array(rels, rel_nulls, length, TEXTOID);
}

static bool
put_path(void *state, uint32 source, const uint32 *arcs, int length)
{
	Paths	   *paths = state;
	ReturnSetInfo *result = paths->call.result;
	Datum		values[OUT_COLUMNS] = {0};
	bool		nulls[OUT_COLUMNS] = {false};
	MemoryContext old;

	if (paths->n_paths == paths->max_paths)
	{
		paths->truncated = true;
		return false;
	}
	old = MemoryContextSwitchTo(paths->row_cxt);
	values[OUT_PATH_ID] = Int32GetDatum(++paths->n_paths);
	values[OUT_LENGTH] = Int32GetDatum(length);
	values[OUT_NODE_IDS] = node_ids(paths, source, arcs, length);
	set_edge_ids(paths, arcs, length, values, nulls);
	set_cost_and_rels(paths, arcs, length, values, nulls);
	values[OUT_TRUNCATED] = BoolGetDatum(false);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	MemoryContextSwitchTo(old);
	MemoryContextReset(paths->row_cxt);
	return true;
}

/* The rows again, each saying that others are missing. */
static void
mark_truncated(Paths *paths)
{
	ReturnSetInfo *result = paths->call.result;
	MemoryContext old = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
	Tuplestorestate *store = tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0,
												   false, work_mem);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(result->setDesc, &TTSOpsMinimalTuple);

	while (tuplestore_gettupleslot(result->setResult, true, false, slot))
	{
		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(slot);
		slot->tts_values[OUT_TRUNCATED] = BoolGetDatum(true);
		tuplestore_putvalues(store, result->setDesc, slot->tts_values,
							 slot->tts_isnull);
	}
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_end(result->setResult);
	result->setResult = store;
	MemoryContextSwitchTo(old);
	trl_call_notice("max_paths", paths->max_paths, "paths are missing");
}

/* ---- the search ---- */

/*
 * Reads what paths of that length can touch.  Once everything has been read,
 * lengths are computed for good.
 */
static void
prepare_length(Paths *paths, int length)
{
	TrlLengths *reach = paths->reach;

	if (length > paths->read_to)
	{
		paths->read_to = length;
		if (length > READ_AHEAD_FROM)
			paths->read_to = Min(length + (int64) length / 4, paths->max_depth);
		trl_lengths_read(reach, paths->read_to);
	}
	if (trl_lengths_exhausted(reach))
	{
		if (paths->read_to < paths->max_depth)
			reach->measured = false;
		paths->read_to = paths->max_depth;
	}
	if (!reach->measured && reach->met)
		trl_lengths_measure(reach, paths->read_to);
}

/* True if no path can be as long, whatever the edges are. */
static bool
is_too_long(const Paths *paths, int length)
{
	switch (paths->mode)
	{
		case TRL_PATH_WALK:
			return false;
		case TRL_PATH_TRAIL:
			return (uint32) length > paths->adj->n_arcs;
		case TRL_PATH_ACYCLIC:
			return (uint32) length >= paths->adj->nodes.count;
		case TRL_PATH_SIMPLE:
			return (uint32) length > paths->adj->nodes.count;
	}
	return false;
}

static void
run_search(Paths *paths)
{
	TrlLengths *reach = paths->reach;
	TrlEnumeration task = {0};
	int			length = paths->min_depth;
	uint32		i;

	task.reach = reach;
	task.mode = paths->mode;
	task.shared_edges = paths->search.direction == TRL_DIRECTION_BOTH &&
		paths->metapath == NULL;
	task.sink = put_path;
	task.state = paths;
	paths->read_to = -1;
	for (;; length++)
	{
		bool		all_read;

		CHECK_FOR_INTERRUPTS();
		prepare_length(paths, length);
		all_read = trl_lengths_exhausted(reach);
		if (all_read && (!reach->met || is_too_long(paths, length)))
			return;
		task.further = false;
		for (i = 0; reach->met && i < paths->n_sources; i++)
			if (!trl_enumerate(&task, paths->sources[i], length))
				return;
		if (length == paths->max_depth || (all_read && !task.further))
			return;
	}
}

Datum
trl_paths(PG_FUNCTION_ARGS)
{
	Paths	   *paths;

	InitMaterializedSRF(fcinfo, 0);
	paths = palloc0(sizeof(Paths));
	trl_call_begin(&paths->call, fcinfo, ARG_NODES, ARG_RELS, ARG_MIN_WEIGHT,
				   OUT_NODE_IDS, "sources");
	read_search(paths, fcinfo);
	read_limits(paths, fcinfo);
	if (!PG_ARGISNULL(ARG_SOURCES))
	{
		paths->row_cxt = AllocSetContextCreate(CurrentMemoryContext,
											   "trellis path row",
											   ALLOCSET_DEFAULT_SIZES);
		read_ends(paths, fcinfo);
		run_search(paths);
		if (paths->truncated)
			mark_truncated(paths);
	}
	trl_call_end(&paths->call);
	pfree(paths);
	return (Datum) 0;
}
