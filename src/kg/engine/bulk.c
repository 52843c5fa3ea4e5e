/*
 * bulk.c - every edge that the filter lets through, read once
 *
 * Does: one query of the whole edge relation, rows into lists by either end.
 * Does not: decide when that pays (source.c), look at nodes' visibility.
 *
 * A table whose columns are all readable is asked for as it is ("e.*"): the
 * executor then hands over its tuples without a projection, and the usual
 * conditions, that an edge has no end, are tested here.  That takes half the
 * time of naming five columns.  Policies stay with the executor, and come
 * first.
 *
 * Memory: 40 bytes an edge under the call's budget.  Locks: those of the
 * query.  WAL: none.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "core/compat.h"
#include "kg/engine/bulk.h"
#include "kg/engine/edge_sql.h"

/* Rows after which the budget and interrupts are looked at. */
#define CHECK_ROWS 4096

/* Ids are kept as distances from the first one's, in 32 bits. */
#define BASE_DISTANCE ((int64) 1 << 31)

/* Lists have room for so many ids an edge, and for so many in any case. */
#define WIDTH_PER_EDGE 4
#define FREE_WIDTH 0x10000

/* Lists followed at a time. */
#define LANES 16

/* Columns of a row. */
typedef enum BulkColumn
{
	BULK_SRC,
	BULK_DST,
	BULK_EDGE_ID,
	BULK_WEIGHT,
	BULK_REL,
	BULK_VALID_TO,
	BULK_EXPIRED_AT
} BulkColumn;

#define BULK_COLUMNS (BULK_EXPIRED_AT + 1)

static const TrlRole role_of[BULK_COLUMNS] = {
	TRL_ROLE_SRC, TRL_ROLE_DST, TRL_ROLE_EDGE_ID, TRL_ROLE_WEIGHT,
	TRL_ROLE_REL, TRL_ROLE_VALID_TO, TRL_ROLE_EXPIRED_AT
};

/* An edge; ends are distances from the base. */
typedef struct BulkEdge
{
	uint32		end[2];			/* src, dst */
	uint32		next[2];		/* edge of the same src, dst; or TRL_NONE */
	TrlKey		edge_id;
	float8		weight;
	int32		rel;
	bool		has_edge_id;
	bool		has_weight;
} BulkEdge;

/* The edges of either end, and what the walk calls the nodes there. */
struct TrlBulk
{
	const TrlGraph *graph;
	TrlRels    *rels;
	const TrlBudget *budget;
	TrlDirection directions;
	MemoryContext cxt;
	int			place[BULK_COLUMNS];	/* in a row; -1: not there */

	BulkEdge   *edges;
	uint32		n;
	uint32		capacity;
	int64		base;			/* id of distance 0 */
	uint32		low;			/* distances from low on have lists */
	uint32		width;
	uint32	   *first[2];		/* edge by distance; NULL: not wanted */
	uint32	   *number;			/* in the walk's set; TRL_NONE: not yet */
	uint64		set_serial;		/* of that set */
	uint32		rows;
	bool		gave_up;
};

bool
trl_bulk_possible(const TrlGraph *graph)
{
	const TrlColumn *edge_id = &graph->column[TRL_ROLE_EDGE_ID];
	TrlKeyKind	kind;

	if (graph->kind != TRL_KEY_INT)
		return false;
	return edge_id->attnum == 0 ||
		(trl_key_kind(edge_id->type, &kind) && kind == TRL_KEY_INT);
}

Size
trl_bulk_size(double edges, double nodes)
{
	return (Size) (edges * 1.1 * sizeof(BulkEdge) + nodes * 6 * sizeof(uint32));
}

bool
trl_bulk_has(const TrlBulk *bulk, TrlDirection directions)
{
	return (directions & ~bulk->directions) == 0;
}

void
trl_bulk_free(TrlBulk *bulk)
{
	MemoryContextDelete(bulk->cxt);
}

/* ---- rows ---- */

/* False if there is no room for another edge. */
static bool
make_room(TrlBulk *bulk)
{
	Size		capacity = (Size) bulk->capacity + bulk->capacity / 2;

	if (bulk->n < bulk->capacity)
		return true;
	if (capacity >= PG_UINT32_MAX / 2 ||
		!trl_budget_allows(bulk->budget, sizeof(BulkEdge) * capacity))
		return false;
	bulk->edges = repalloc_huge(bulk->edges, sizeof(BulkEdge) * capacity);
	bulk->capacity = (uint32) capacity;
	return true;
}

/* An array by distance, moved into a wider window. */
static uint32 *
widened(const TrlBulk *bulk, uint32 *old, uint32 low, uint32 width)
{
	uint32	   *array = MemoryContextAllocHuge(bulk->cxt, sizeof(uint32) * (Size) width);

	memset(array, 0xFF, sizeof(uint32) * (Size) width);
	if (bulk->width > 0)
	{
		memcpy(array + (bulk->low - low), old, sizeof(uint32) * (Size) bulk->width);
		pfree(old);
	}
	return array;
}

/* False if ids lie too far apart. */
static bool
widen(TrlBulk *bulk, uint32 distance)
{
	uint32		low = bulk->width == 0 ? distance : Min(bulk->low, distance);
	uint32		last = bulk->width == 0 ? distance
	: Max(bulk->low + bulk->width - 1, distance);
	uint64		needed = (uint64) last - low + 1;
	uint64		width = needed * 2;

	if (needed > FREE_WIDTH + (uint64) bulk->capacity * WIDTH_PER_EDGE ||
		!trl_budget_allows(bulk->budget, 3 * sizeof(uint32) * width))
		return false;
	/* the new room lies where the window grew */
	if (bulk->width > 0 && distance < bulk->low)
		low -= (uint32) Min(needed, low);
	width = Min(width, (uint64) PG_UINT32_MAX - low);
	if (bulk->directions & TRL_DIRECTION_OUT)
		bulk->first[0] = widened(bulk, bulk->first[0], low, (uint32) width);
	if (bulk->directions & TRL_DIRECTION_IN)
		bulk->first[1] = widened(bulk, bulk->first[1], low, (uint32) width);
	bulk->number = widened(bulk, bulk->number, low, (uint32) width);
	bulk->low = low;
	bulk->width = (uint32) width;
	return true;
}

/* An id's distance from the base; gives up if it is too far. */
static inline uint32
distance_of(TrlBulk *bulk, BulkColumn column, Datum value)
{
	Oid			type = bulk->graph->column[role_of[column]].type;
	int64		id = (int64) trl_key_from_datum(TRL_KEY_INT, type, value);
	uint64		distance;

	if (bulk->width == 0)
		bulk->base = (int64) ((uint64) id - (uint64) BASE_DISTANCE);
	distance = (uint64) id - (uint64) bulk->base;
	if (distance - bulk->low < bulk->width)
		return (uint32) distance;
	if (distance >= PG_UINT32_MAX || !widen(bulk, (uint32) distance))
		bulk->gave_up = true;
	return (uint32) distance;
}

/* True if the row's period has an end: NULL is none. */
static bool
has_ended(const TrlBulk *bulk, BulkColumn column, const Datum *values,
		  const bool *nulls)
{
	int			place = bulk->place[column];

	return place >= 0 && !nulls[place] &&
		!TIMESTAMP_IS_NOEND(DatumGetTimestampTz(values[place]));
}

static void
read_step(TrlBulk *bulk, BulkEdge *edge, const Datum *values,
		  const bool *nulls)
{
	int			id = bulk->place[BULK_EDGE_ID];
	int			weight = bulk->place[BULK_WEIGHT];
	int			rel = bulk->place[BULK_REL];

	edge->has_edge_id = id >= 0 && !nulls[id];
	edge->edge_id = 0;
	if (edge->has_edge_id)
		edge->edge_id = trl_key_from_datum(TRL_KEY_INT,
										   bulk->graph->column[TRL_ROLE_EDGE_ID].type,
										   values[id]);
	edge->has_weight = weight >= 0 && !nulls[weight];
	edge->weight = edge->has_weight ? DatumGetFloat8(values[weight]) : 0;
	edge->rel = rel < 0 || nulls[rel] ? TRL_REL_NONE
		: trl_rels_number(bulk->rels, values[rel]);
}

static inline void
add_to_list(TrlBulk *bulk, int side, uint32 distance)
{
	uint32	   *first = bulk->first[side];

	bulk->edges[bulk->n].end[side] = distance;
	if (first == NULL)
		return;
	bulk->edges[bulk->n].next[side] = first[distance - bulk->low];
	first[distance - bulk->low] = bulk->n;
}

static void
receive_row(void *state, const Datum *values, const bool *nulls)
{
	TrlBulk    *bulk = state;
	uint32		src;
	uint32		dst;

	if (bulk->gave_up || nulls[bulk->place[BULK_SRC]] ||
		nulls[bulk->place[BULK_DST]] ||
		has_ended(bulk, BULK_VALID_TO, values, nulls) ||
		has_ended(bulk, BULK_EXPIRED_AT, values, nulls))
		return;
	if (++bulk->rows % CHECK_ROWS == 0)
	{
		CHECK_FOR_INTERRUPTS();
		bulk->gave_up = !trl_budget_allows(bulk->budget, 0);
	}
	bulk->gave_up |= !make_room(bulk);
	src = distance_of(bulk, BULK_SRC, values[bulk->place[BULK_SRC]]);
	dst = distance_of(bulk, BULK_DST, values[bulk->place[BULK_DST]]);
	if (bulk->gave_up)
		return;
	read_step(bulk, &bulk->edges[bulk->n], values, nulls);
	add_to_list(bulk, 0, src);
	add_to_list(bulk, 1, dst);
	bulk->n++;
}

/* ---- the query ---- */

/* True if the relation's tuples can be read as they are. */
static bool
reads_tuples(const TrlGraph *graph)
{
	const TrlColumn *weight = &graph->column[TRL_ROLE_WEIGHT];
	const TrlColumn *rel = &graph->column[TRL_ROLE_REL];

	return get_rel_relkind(graph->rel) == RELKIND_RELATION &&
		pg_class_aclcheck(graph->rel, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
		(weight->attnum == 0 || weight->type == FLOAT8OID) &&
		(rel->attnum == 0 || rel->type == INT2OID || rel->type == INT4OID ||
		 rel->type == TEXTOID || rel->type == VARCHAROID);
}

/* Takes a condition over from the query: the period has no end. */
static void
take_period(TrlBulk *bulk, TrlGraph *rest, BulkColumn column, bool given)
{
	TrlColumn  *of_query = &rest->column[role_of[column]];

	if (given || of_query->attnum == 0 || of_query->type != TIMESTAMPTZOID)
		return;
	bulk->place[column] = 0;	/* to be found */
	of_query->attnum = 0;
}

/* Where a column of the tuple is, by its name; it must be as we know it. */
static void
find_places(void *state, TupleDesc desc)
{
	TrlBulk    *bulk = state;
	int			column;
	int			i;

	for (column = 0; column < BULK_COLUMNS; column++)
	{
		const TrlColumn *wanted = &bulk->graph->column[role_of[column]];
		bool		found = false;

		if (bulk->place[column] < 0)
			continue;
		for (i = 0; i < desc->natts && !found; i++)
		{
			Form_pg_attribute att = TupleDescAttr(desc, i);

			found = !att->attisdropped &&
				strcmp(NameStr(att->attname), wanted->label) == 0 &&
				getBaseType(att->atttypid) == wanted->type;
			if (found)
				bulk->place[column] = i;
		}
		if (!found)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("column \"%s\" of %s changed while the graph was read",
							wanted->label, bulk->graph->name)));
	}
}

/* The last place that is looked at, plus one. */
static int
places_used(void *state)
{
	const TrlBulk *bulk = state;
	int			n = 0;
	int			column;

	for (column = 0; column < BULK_COLUMNS; column++)
		n = Max(n, bulk->place[column] + 1);
	return n;
}

static void
append_columns(StringInfo sql, TrlBulk *bulk)
{
	const TrlColumn *columns = bulk->graph->column;
	int			column;

	for (column = BULK_SRC; column <= BULK_REL; column++)
	{
		const TrlColumn *of = &columns[role_of[column]];
		Oid			type = of->type;

		bulk->place[column] = column;
		if (column == BULK_WEIGHT)
			type = FLOAT8OID;
		else if (column == BULK_EDGE_ID && of->attnum == 0)
			type = INT8OID;
		else if (column == BULK_REL && type != INT2OID && type != INT4OID)
			type = TEXTOID;
		if (column > 0)
			appendStringInfoString(sql, ", ");
		trl_edge_sql_output(sql, of, type);
	}
}

static void
run_query(TrlBulk *bulk, const TrlFilter *filter, ArrayType *rels, Oid rels_type)
{
	const TrlGraph *graph = bulk->graph;
	bool		tuples = reads_tuples(graph);
	TrlGraph	rest = *graph;
	TrlParams	params = {0};
	StringInfoData sql;
	int			column;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	for (column = 0; column < BULK_COLUMNS; column++)
		bulk->place[column] = -1;
	if (tuples)
	{
		appendStringInfoString(&sql, "e.*");
		for (column = BULK_SRC; column <= BULK_REL; column++)
			bulk->place[column] = graph->column[role_of[column]].attnum > 0 ? 0 : -1;
		take_period(bulk, &rest, BULK_VALID_TO, filter->has_valid_at);
		take_period(bulk, &rest, BULK_EXPIRED_AT, filter->has_known_at);
	}
	else
		append_columns(&sql, bulk);
	appendStringInfo(&sql, " FROM %s e WHERE true", graph->name);
	trl_edge_sql_filter(&sql, &params, &rest, filter, rels, rels_type);
	appendStringInfo(&sql, " /* size %d */", trl_relation_size_class(graph->rel));
	trl_plan_scan(trl_plan_get(sql.data, &params), &params,
				  tuples ? find_places : NULL, places_used, receive_row, bulk);
	pfree(sql.data);
}

TrlBulk *
trl_bulk_load(const TrlGraph *graph, const TrlFilter *filter,
			  ArrayType *rels_parameter, Oid rels_type, TrlRels *rels,
			  const TrlBudget *budget, TrlDirection directions,
			  double expected_edges)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "trellis graph edges",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	TrlBulk    *bulk = palloc0(sizeof(TrlBulk));

	bulk->graph = graph;
	bulk->rels = rels;
	bulk->budget = budget;
	bulk->directions = directions;
	bulk->cxt = cxt;
	bulk->capacity = (uint32) Min(Max(expected_edges, 1024), PG_UINT32_MAX / 4);
	bulk->edges = MemoryContextAllocHuge(cxt, sizeof(BulkEdge) * (Size) bulk->capacity);
	run_query(bulk, filter, rels_parameter, rels_type);
	MemoryContextSwitchTo(old);
	if (!bulk->gave_up)
		return bulk;
	trl_bulk_free(bulk);
	return NULL;
}

/* ---- walking ---- */

/* The first edge of a node's list, or TRL_NONE. */
static inline uint32
first_edge(const TrlBulk *bulk, const TrlNodeSet *set, uint32 node, int side)
{
	uint64		place = (uint64) set->nodes[node].key - (uint64) bulk->base -
	bulk->low;

	return place < bulk->width ? bulk->first[side][place] : TRL_NONE;
}

/* The number of an edge's end in the set. */
static inline uint32
number_of(TrlBulk *bulk, TrlNodeSet *set, uint32 distance, TrlKey key)
{
	uint32	   *number = &bulk->number[distance - bulk->low];
	bool		is_new;

	if (*number == TRL_NONE)
		*number = trl_nodeset_intern(set, key, &is_new);
	return *number;
}

/* The edge as a hop has it. */
static inline void
pass_edge(TrlBulk *bulk, TrlNodeSet *set, uint32 near, const BulkEdge *from,
		  int side, TrlBulkSink sink, void *state)
{
	TrlEdge		edge;

	edge.near = near;
	edge.far_key = (TrlKey) ((uint64) bulk->base + from->end[1 - side]);
	edge.far = number_of(bulk, set, from->end[1 - side], edge.far_key);
	edge.reversed = side == 1;
	edge.step.edge_id = from->edge_id;
	edge.step.has_edge_id = from->has_edge_id;
	edge.step.weight = from->weight;
	edge.step.has_weight = from->has_weight;
	edge.step.rel = from->rel;
	sink(state, &edge);
}

/*
 * Lists of several nodes are followed in turn: the next edge of each is on
 * its way from memory while the others are dealt with.
 */
void
trl_bulk_edges(TrlBulk *bulk, TrlNodeSet *set, const uint32 *nodes, uint32 n,
			   bool reversed, TrlBulkSink sink, void *state)
{
	int			side = reversed ? 1 : 0;
	uint32		at[LANES];		/* edges */
	uint32		near[LANES];
	int			n_lanes = 0;
	uint32		done = 0;
	uint32		next = 0;
	int			i;

	if (bulk->set_serial != set->serial)
	{
		memset(bulk->number, 0xFF, sizeof(uint32) * (Size) bulk->width);
		bulk->set_serial = set->serial;
	}
	while (next < n || n_lanes > 0)
	{
		for (; next < n && n_lanes < LANES; next++)
		{
			at[n_lanes] = first_edge(bulk, set, nodes[next], side);
			near[n_lanes] = nodes[next];
			if (at[n_lanes] != TRL_NONE)
				__builtin_prefetch(&bulk->edges[at[n_lanes++]]);
		}
		if (++done % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		for (i = 0; i < n_lanes; i++)
		{
			const BulkEdge *edge = &bulk->edges[at[i]];

			at[i] = edge->next[side];
			if (at[i] != TRL_NONE)
				__builtin_prefetch(&bulk->edges[at[i]]);
			pass_edge(bulk, set, near[i], edge, side, sink, state);
		}
		for (i = n_lanes - 1; i >= 0; i--)
		{
			if (at[i] != TRL_NONE)
				continue;
			n_lanes--;
			at[i] = at[n_lanes];
			near[i] = near[n_lanes];
		}
	}
}
