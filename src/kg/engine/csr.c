/*
 * csr.c - a graph's visible edges in memory, for one statement
 *
 * Does: read all edges with one query through the executor, and where nodes
 * may be hidden all visible nodes with another one before it; number the
 * nodes in order of their ids; sort the edges.
 * Does not: keep anything for the next statement.
 *
 * Edges are numbered in their final order: by source, target, and among
 * parallel ones as trl_step_compare() has them, so that nothing computed from
 * them depends on the order in which rows came.  Two counting sorts do it,
 * by target, then by source; only runs of parallel edges are compared.
 *
 * Memory: arrays that grow by half, under the call's budget, which is looked
 * at before they grow.  Locks: those of the queries.  WAL: none.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#include "core/compat.h"
#include "kg/engine/csr.h"
#include "kg/engine/edge_sql.h"
#include "kg/engine/numbers.h"
#include "kg/engine/pause.h"

#define FIRST_CAPACITY 1024

/* Edges, and so places of either side, are numbered below this. */
#define MAX_EDGES (PG_UINT32_MAX / 2)

/* Rows, or bytes of new keys, after which the budget is looked at. */
#define CHECK_ROWS 4096
#define CHECK_BYTES (256 * 1024)

/* Columns of the edge query; what is not wanted is left out. */
enum
{
	COL_SRC,
	COL_DST,
	COL_FURTHER
};

/* One end of the rows. */
typedef struct End
{
	Oid			type;
	uint32		last;			/* number, or TRL_NONE */
} End;

/* Edges in order of arrival; arrays that are not wanted are NULL. */
typedef struct Load
{
	const TrlGraph *graph;
	const TrlFilter *filter;
	TrlNodeSet *nodes;
	TrlRels    *rels;
	const TrlBudget *budget;
	int			wanted;
	TrlNumbers	numbers;
	bool		some_null;		/* a weight is */
	TrlKeyKind	edge_kind;
	MemoryContext cxt;			/* the arrays' */
	MemoryContext row_cxt;		/* what a row's values take */

	uint32		n;
	uint32		capacity;
	uint32	   *src;
	uint32	   *dst;
	float8	   *weight;
	bool	   *has_weight;
	TrlKey	   *edge_id;		/* a place in key_bytes, unless integers */
	bool	   *has_edge_id;
	int32	   *rel;

	char	   *key_bytes;		/* edge ids that are not integers */
	Size		n_key_bytes;
	Size		key_capacity;

	End			ends[2];
	uint32		rows;			/* since the last look at the budget */
	Size		new_bytes;
} Load;

static inline bool
wants(const Load *load, int what)
{
	return (load->wanted & what) != 0;
}

/* ---- arrays ---- */

static void *
grown(void *array, uint32 capacity, Size size)
{
	return array == NULL ? NULL : repalloc_huge(array, size * (Size) capacity);
}

static Size
bytes_per_edge(const Load *load)
{
	return 2 * sizeof(uint32) +
		(load->weight ? sizeof(float8) + sizeof(bool) : 0) +
		(load->edge_id ? sizeof(TrlKey) + sizeof(bool) + sizeof(int32) : 0);
}

static void
grow(Load *load)
{
	uint32		capacity = load->capacity + load->capacity / 2;

	if (capacity > MAX_EDGES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("graph %s has more than %u edges", load->graph->name,
						load->n)));
	trl_budget_reserve(load->budget,
					   bytes_per_edge(load) * (capacity - load->capacity));
	load->capacity = capacity;
	load->src = grown(load->src, capacity, sizeof(uint32));
	load->dst = grown(load->dst, capacity, sizeof(uint32));
	load->weight = grown(load->weight, capacity, sizeof(float8));
	load->has_weight = grown(load->has_weight, capacity, sizeof(bool));
	load->edge_id = grown(load->edge_id, capacity, sizeof(TrlKey));
	load->has_edge_id = grown(load->has_edge_id, capacity, sizeof(bool));
	load->rel = grown(load->rel, capacity, sizeof(int32));
}

static void
allocate(Load *load)
{
	load->capacity = FIRST_CAPACITY;
	load->src = palloc(sizeof(uint32) * FIRST_CAPACITY);
	load->dst = palloc(sizeof(uint32) * FIRST_CAPACITY);
	if (wants(load, TRL_CSR_WEIGHT))
	{
		load->weight = palloc(sizeof(float8) * FIRST_CAPACITY);
		load->has_weight = palloc(sizeof(bool) * FIRST_CAPACITY);
	}
	if (wants(load, TRL_CSR_STEP))
	{
		load->edge_id = palloc(sizeof(TrlKey) * FIRST_CAPACITY);
		load->has_edge_id = palloc(sizeof(bool) * FIRST_CAPACITY);
		load->rel = palloc(sizeof(int32) * FIRST_CAPACITY);
	}
}

/* ---- rows of the queries ---- */

/* Looks at the budget every so many rows, or bytes of new keys. */
static void
row_done(Load *load)
{
	MemoryContextReset(load->row_cxt);
	if (++load->rows < CHECK_ROWS && load->new_bytes < CHECK_BYTES)
		return;
	load->rows = 0;
	load->new_bytes = 0;
	trl_budget_reserve(load->budget, 0);
}

/* A key's number; TRL_NONE if it is no node that the user may see. */
static inline uint32
number_of(Load *load, TrlKey key)
{
	bool		is_new = false;
	uint32		number = trl_numbers_get(&load->numbers, key, &is_new);

	if (is_new && load->nodes->kind == TRL_KEY_TEXT)
		load->new_bytes += VARSIZE_ANY((void *) (uintptr_t) key);
	return number;
}

static void
receive_node(void *state, const Datum *values, const bool *nulls)
{
	Load	   *load = state;
	MemoryContext old = MemoryContextSwitchTo(load->row_cxt);
	uint32		node;

	if (!nulls[0])
	{
		node = number_of(load, trl_key_from_datum(load->nodes->kind,
												  load->graph->node_key.type,
												  values[0]));
		load->nodes->nodes[node].visibility = TRL_VISIBILITY_VISIBLE;
	}
	MemoryContextSwitchTo(old);
	row_done(load);
}

/* Most rows repeat an end of the row before. */
static inline uint32
end_number(Load *load, End *end, Datum value)
{
	TrlNodeSet *nodes = load->nodes;
	TrlKey		key = trl_key_from_datum(nodes->kind, end->type, value);

	if (nodes->kind != TRL_KEY_INT && end->last != TRL_NONE &&
		trl_key_equal(nodes->kind, nodes->nodes[end->last].key, key))
		return end->last;
	end->last = number_of(load, key);
	return end->last;
}

/* The place of a copy of an edge id that is not an integer. */
static TrlKey
keep_edge_key(Load *load, TrlKey key)
{
	const void *from = (const void *) (uintptr_t) key;
	Size		size = load->edge_kind == TRL_KEY_UUID ? UUID_LEN : VARSIZE_ANY(from);
	Size		place = load->n_key_bytes;

	if (place + MAXALIGN(size) > load->key_capacity)
	{
		Size		capacity = Max(load->key_capacity + load->key_capacity / 2,
								   place + MAXALIGN(size));

		trl_budget_reserve(load->budget, capacity - load->key_capacity);
		load->key_bytes = load->key_bytes == NULL
			? MemoryContextAllocHuge(load->cxt, capacity)
			: repalloc_huge(load->key_bytes, capacity);
		load->key_capacity = capacity;
	}
	memcpy(load->key_bytes + place, from, size);
	load->n_key_bytes = place + MAXALIGN(size);
	return place;
}

static void
read_edge_id(Load *load, uint32 edge, Datum value, bool is_null)
{
	TrlKey		key;

	load->has_edge_id[edge] = !is_null;
	load->edge_id[edge] = 0;
	if (is_null)
		return;
	key = trl_key_from_datum(load->edge_kind,
							 load->graph->column[TRL_ROLE_EDGE_ID].type, value);
	load->edge_id[edge] = load->edge_kind == TRL_KEY_INT ? key
		: keep_edge_key(load, key);
}

/* A relation's name may be new and long, so it counts as bytes taken. */
static int32
read_rel(Load *load, Datum value)
{
	Oid			type = load->graph->column[TRL_ROLE_REL].type;

	if (type != INT2OID && type != INT4OID)
	{
		value = PointerGetDatum(PG_DETOAST_DATUM_PACKED(value));
		load->new_bytes += VARSIZE_ANY(DatumGetPointer(value));
	}
	return trl_rels_number(load->rels, value);
}

static inline void
read_columns(Load *load, uint32 edge, const Datum *values, const bool *nulls)
{
	int			column = COL_FURTHER;

	if (load->weight != NULL)
	{
		load->has_weight[edge] = !nulls[column];
		load->some_null |= nulls[column];
		load->weight[edge] = nulls[column] ? 0 : DatumGetFloat8(values[column]);
		column++;
	}
	if (load->edge_id != NULL)
	{
		read_edge_id(load, edge, values[column], nulls[column]);
		column++;
		load->rel[edge] = nulls[column] ? TRL_REL_NONE
			: read_rel(load, values[column]);
	}
}

/* Ends are numbered also of self-loops that are left out: they are nodes. */
static inline void
read_edge(Load *load, const Datum *values, const bool *nulls)
{
	uint32		src = end_number(load, &load->ends[COL_SRC], values[COL_SRC]);
	uint32		dst = end_number(load, &load->ends[COL_DST], values[COL_DST]);

	if (src == TRL_NONE || dst == TRL_NONE ||
		(src == dst && !wants(load, TRL_CSR_LOOPS)))
		return;
	if (load->n == load->capacity)
		grow(load);
	load->src[load->n] = src;
	load->dst[load->n] = dst;
	read_columns(load, load->n, values, nulls);
	load->n++;
}

static void
receive_edge(void *state, const Datum *values, const bool *nulls)
{
	Load	   *load = state;
	MemoryContext old;

	if (nulls[COL_SRC] || nulls[COL_DST])
		return;
	old = MemoryContextSwitchTo(load->row_cxt);
	read_edge(load, values, nulls);
	MemoryContextSwitchTo(old);
	row_done(load);
}

/* ---- the queries ---- */

static void
read_nodes(Load *load)
{
	const TrlGraph *graph = load->graph;
	const TrlColumn *key = &graph->node_key;
	TrlParams	params = {0};
	char	   *sql;

	sql = psprintf("SELECT n.%s::%s FROM %s n /* size %d */",
				   key->name, trl_type_sql_name(key->type), graph->nodes_name,
				   trl_relation_size_class(graph->nodes));
	trl_plan_run(trl_plan_get(sql, &params), &params, receive_node, load);
	/* an end that is not among them is hidden */
	load->numbers.closed = true;
}

static char *
edge_query(const Load *load, TrlParams *params)
{
	const TrlGraph *graph = load->graph;
	const TrlColumn *column = graph->column;
	const TrlColumn *edge_id = &column[TRL_ROLE_EDGE_ID];
	Oid			rel_type = column[TRL_ROLE_REL].type;
	Oid			rels_type = InvalidOid;
	ArrayType  *rels = NULL;
	StringInfoData sql;

	if (load->filter->has_rels)
		rels = trl_rels_parameter(load->rels, load->filter->rels,
								  load->filter->n_rels, &rels_type);
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	trl_edge_sql_output(&sql, &column[TRL_ROLE_SRC], column[TRL_ROLE_SRC].type);
	appendStringInfoString(&sql, ", ");
	trl_edge_sql_output(&sql, &column[TRL_ROLE_DST], column[TRL_ROLE_DST].type);
	if (wants(load, TRL_CSR_WEIGHT))
	{
		appendStringInfoString(&sql, ", ");
		trl_edge_sql_output(&sql, &column[TRL_ROLE_WEIGHT], FLOAT8OID);
	}
	if (wants(load, TRL_CSR_STEP))
	{
		appendStringInfoString(&sql, ", ");
		trl_edge_sql_output(&sql, edge_id,
							edge_id->attnum == 0 ? INT8OID : edge_id->type);
		appendStringInfoString(&sql, ", ");
		trl_edge_sql_output(&sql, &column[TRL_ROLE_REL],
							rel_type == INT2OID || rel_type == INT4OID
							? rel_type : TEXTOID);
	}
	appendStringInfo(&sql, " FROM %s e WHERE true", graph->name);
	trl_edge_sql_filter(&sql, params, graph, load->filter, rels, rels_type);
	appendStringInfo(&sql, " /* size %d */", trl_relation_size_class(graph->rel));
	return sql.data;
}

static void
read_edges(Load *load)
{
	TrlParams	params = {0};
	char	   *sql = edge_query(load, &params);

	trl_plan_run(trl_plan_get(sql, &params), &params, receive_edge, load);
	pfree(sql);
}

/* ---- order ---- */

/* Numbers the nodes by their ids. */
static void
sort_nodes(Load *load)
{
	uint32	   *place = trl_budget_array(load->budget, load->nodes->count, sizeof(uint32));
	uint32		i;

	trl_nodeset_sort(load->nodes, place);
	for (i = 0; i < load->n; i++)
	{
		trl_pause_at(i);
		load->src[i] = place[load->src[i]];
		load->dst[i] = place[load->dst[i]];
	}
	pfree(place);
}

/*
 * Sorts edges by an end; equal ones stay as they are in from (edges in order,
 * NULL for all as they are numbered).  start has n_nodes + 1 elements, and
 * start[v] is where those of v begin.
 */
static void
counting_sort(const uint32 *end, uint32 n, uint32 n_nodes, const uint32 *from,
			  uint32 *to, uint32 *start)
{
	uint32		i;
	uint32		sum = 0;

	memset(start, 0, sizeof(uint32) * ((Size) n_nodes + 1));
	for (i = 0; i < n; i++)
	{
		trl_pause_at(i);
		start[end[i]]++;
	}
	for (i = 0; i <= n_nodes; i++)
	{
		uint32		count = start[i];

		start[i] = sum;
		sum += count;
	}
	for (i = 0; i < n; i++)
	{
		uint32		edge = from ? from[i] : i;

		trl_pause_at(i);
		to[start[end[edge]]++] = edge;
	}
	/* each start has moved to the next node's */
	for (i = n_nodes; i > 0; i--)
		start[i] = start[i - 1];
	start[0] = 0;
}

static int
compare_weights(const Load *load, uint32 a, uint32 b)
{
	if (load->weight == NULL)
		return 0;
	if (load->has_weight[a] != load->has_weight[b])
		return load->has_weight[a] ? -1 : 1;
	return -float8_cmp_internal(load->weight[a], load->weight[b]);
}

/* As trl_step_compare(). */
static int
compare_parallel(const void *left, const void *right, void *arg)
{
	const Load *load = arg;
	uint32		a = *(const uint32 *) left;
	uint32		b = *(const uint32 *) right;
	int			order = 0;

	CHECK_FOR_INTERRUPTS();
	if (load->edge_id == NULL)
		return compare_weights(load, a, b);
	if (load->has_edge_id[a] != load->has_edge_id[b])
		return load->has_edge_id[a] ? -1 : 1;
	if (load->has_edge_id[a])
		order = trl_key_compare(load->edge_kind, load->edge_id[a], load->edge_id[b]);
	if (order == 0)
		order = compare_weights(load, a, b);
	return order != 0 ? order
		: trl_rels_compare(load->rels, load->rel[a], load->rel[b]);
}

/* Puts edges between the same two nodes in order. */
static void
sort_parallel(Load *load, uint32 *order)
{
	uint32		first = 0;
	uint32		i;

	for (i = 1; i <= load->n; i++)
	{
		trl_pause_at(i);
		if (i < load->n &&
			load->src[order[i]] == load->src[order[first]] &&
			load->dst[order[i]] == load->dst[order[first]])
			continue;
		if (i - first > 1)
			qsort_arg(order + first, i - first, sizeof(uint32),
					  compare_parallel, load);
		first = i;
	}
}

/* Edge ids that are not integers: from places to pointers. */
static void
set_key_pointers(Load *load)
{
	uint32		i;

	if (load->key_bytes == NULL)
		return;
	for (i = 0; i < load->n; i++)
		if (load->has_edge_id[i])
			load->edge_id[i] += (TrlKey) (uintptr_t) load->key_bytes;
}

/* The array in the edges' final order, in place of the old one. */
static void *
reordered(const Load *load, void *array, Size size, const uint32 *order)
{
	char	   *result;
	uint32		i;

	if (array == NULL)
		return NULL;
	result = trl_budget_array(load->budget, load->n, size);
	for (i = 0; i < load->n; i++)
	{
		const char *from = (const char *) array + size * order[i];
		char	   *to = result + size * i;

		trl_pause_at(i);
		/* constant sizes, for the compiler */
		if (size == sizeof(uint32))
			memcpy(to, from, sizeof(uint32));
		else if (size == sizeof(uint64))
			memcpy(to, from, sizeof(uint64));
		else
			*to = *from;
	}
	pfree(array);
	return result;
}

/* Numbers the edges in order; returns where those of each source begin. */
static uint32 *
sort_edges(Load *load)
{
	uint32		n_nodes = load->nodes->count;
	uint32	   *by_dst = trl_budget_array(load->budget, load->n, sizeof(uint32));
	uint32	   *order = trl_budget_array(load->budget, load->n, sizeof(uint32));
	uint32	   *start = trl_budget_array(load->budget, (uint64) n_nodes + 1, sizeof(uint32));

	counting_sort(load->dst, load->n, n_nodes, NULL, by_dst, start);
	counting_sort(load->src, load->n, n_nodes, by_dst, order, start);
	pfree(by_dst);
	set_key_pointers(load);
	if (load->weight != NULL || load->edge_id != NULL)
		sort_parallel(load, order);
	load->src = reordered(load, load->src, sizeof(uint32), order);
	load->dst = reordered(load, load->dst, sizeof(uint32), order);
	load->weight = reordered(load, load->weight, sizeof(float8), order);
	load->has_weight = reordered(load, load->has_weight, sizeof(bool), order);
	load->edge_id = reordered(load, load->edge_id, sizeof(TrlKey), order);
	load->has_edge_id = reordered(load, load->has_edge_id, sizeof(bool), order);
	load->rel = reordered(load, load->rel, sizeof(int32), order);
	pfree(order);
	return start;
}

/* ---- the result ---- */

static void
build_in(const Load *load, TrlCsrSide *in)
{
	uint32		n_nodes = load->nodes->count;
	uint32		i;

	in->start = trl_budget_array(load->budget, (uint64) n_nodes + 1, sizeof(uint32));
	in->edge = trl_budget_array(load->budget, load->n, sizeof(uint32));
	in->far = trl_budget_array(load->budget, load->n, sizeof(uint32));
	counting_sort(load->dst, load->n, n_nodes, NULL, in->edge, in->start);
	for (i = 0; i < load->n; i++)
	{
		trl_pause_at(i);
		in->far[i] = load->src[in->edge[i]];
	}
}

/* Takes over what is wanted, frees the rest. */
static TrlCsr *
build(Load *load, uint32 *start)
{
	TrlCsr	   *csr = palloc0(sizeof(TrlCsr));
	uint32		i;

	csr->n_nodes = load->nodes->count;
	csr->n_edges = load->n;
	if (wants(load, TRL_CSR_IN))
		build_in(load, &csr->in);
	if (wants(load, TRL_CSR_OUT))
	{
		csr->out.start = start;
		csr->out.far = load->dst;
		csr->out.edge = load->src;
		for (i = 0; i < load->n; i++)
			csr->out.edge[i] = i;
	}
	else
	{
		pfree(start);
		pfree(load->src);
		pfree(load->dst);
	}
	csr->weight = load->weight;
	csr->edge_id = load->edge_id;
	csr->key_bytes = load->key_bytes;
	csr->has_edge_id = load->has_edge_id;
	csr->rel = load->rel;
	if (load->some_null)
		csr->has_weight = load->has_weight;
	else if (load->has_weight != NULL)
		pfree(load->has_weight);
	return csr;
}

TrlCsr *
trl_csr_load(const TrlGraph *graph, const TrlFilter *filter,
			 TrlNodeSet *nodes, TrlRels *rels,
			 const TrlBudget *budget, int wanted)
{
	Load		load = {0};
	TrlCsr	   *csr;

	Assert(nodes->count == 0);
	load.graph = graph;
	load.filter = filter;
	load.nodes = nodes;
	load.rels = rels;
	load.budget = budget;
	load.wanted = wanted;
	load.ends[COL_SRC].type = graph->column[TRL_ROLE_SRC].type;
	load.ends[COL_DST].type = graph->column[TRL_ROLE_DST].type;
	load.ends[COL_SRC].last = load.ends[COL_DST].last = TRL_NONE;
	if (graph->column[TRL_ROLE_EDGE_ID].attnum != 0)
		trl_key_kind(graph->column[TRL_ROLE_EDGE_ID].type, &load.edge_kind);
	load.cxt = CurrentMemoryContext;
	load.row_cxt = AllocSetContextCreate(CurrentMemoryContext,
										 "trellis edge row",
										 ALLOCSET_SMALL_SIZES);
	allocate(&load);
	trl_numbers_init(&load.numbers, nodes, budget);
	if (OidIsValid(graph->nodes) &&
		(!graph->nodes_certain || wants(&load, TRL_CSR_ALL_NODES)))
		read_nodes(&load);
	read_edges(&load);
	MemoryContextDelete(load.row_cxt);
	trl_numbers_free(&load.numbers);
	sort_nodes(&load);
	csr = build(&load, sort_edges(&load));
	return csr;
}

static void
free_array(void *array)
{
	if (array != NULL)
		pfree(array);
}

static void
free_side(TrlCsrSide *side)
{
	free_array(side->start);
	free_array(side->far);
	free_array(side->edge);
}

void
trl_csr_free(TrlCsr *csr)
{
	free_side(&csr->out);
	free_side(&csr->in);
	free_array(csr->weight);
	free_array(csr->has_weight);
	free_array(csr->edge_id);
	free_array(csr->key_bytes);
	free_array(csr->has_edge_id);
	free_array(csr->rel);
	pfree(csr);
}
