/*
 * upsert_edges.c - trellis.upsert_edges(), from jsonb or arrays
 *
 * An edge that still holds is known by tenant, src, rel, dst and ukey.  A key
 * that an element leaves out keeps what is stored, or takes the column's
 * default in a new edge.
 *
 * An element with a finite valid_to ends the edge that still holds, or, if
 * it names another valid_from, or none holds, records a period of its own.
 *
 * Locks: see rows.c.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "core/compat.h"
#include "kg/engine/nodeset.h"
#include "kg/engine/plan.h"
#include "kg/write/graph_sql.h"
#include "kg/write/upsert.h"

TRL_FUNCTION(trl_upsert_edges);
TRL_FUNCTION(trl_upsert_edges_arrays);
TRL_FUNCTION(trl_upsert_edges_id_arrays);

/* Those after KEY_COUNT are worked out here, not read. */
enum
{
	KEY_SRC,
	KEY_DST,
	KEY_SRC_ID,
	KEY_DST_ID,
	KEY_REL,
	KEY_WEIGHT,
	KEY_CONFIDENCE,
	KEY_VALID_FROM,
	KEY_VALID_TO,
	KEY_CHUNK_ID,
	KEY_DOC_ID,
	KEY_PROPS,
	KEY_UKEY,
	KEY_TENANT_ID,
	KEY_COUNT,
	KEY_REL_NUMBER = KEY_COUNT,
	KEY_PERIOD_START,			/* valid_from where it tells rows apart */
	KEY_ALL
};

static const TrlBatchKey edge_keys[] = {
	[KEY_SRC] = {"src", TRL_BATCH_ID},
	[KEY_DST] = {"dst", TRL_BATCH_ID},
	[KEY_SRC_ID] = {"src_id", TRL_BATCH_INT8},
	[KEY_DST_ID] = {"dst_id", TRL_BATCH_INT8},
	[KEY_REL] = {"rel", TRL_BATCH_TEXT},
	[KEY_WEIGHT] = {"weight", TRL_BATCH_FLOAT8},
	[KEY_CONFIDENCE] = {"confidence", TRL_BATCH_FLOAT8},
	[KEY_VALID_FROM] = {"valid_from", TRL_BATCH_TIME},
	[KEY_VALID_TO] = {"valid_to", TRL_BATCH_TIME},
	[KEY_CHUNK_ID] = {"chunk_id", TRL_BATCH_ID},
	[KEY_DOC_ID] = {"doc_id", TRL_BATCH_ID},
	[KEY_PROPS] = {"props", TRL_BATCH_OBJECT},
	[KEY_UKEY] = {"ukey", TRL_BATCH_ID},
	[KEY_TENANT_ID] = {"tenant_id", TRL_BATCH_INT4},
};

/* Columns of a row; the first seven are its key. */
static const int edge_columns[] = {
	KEY_TENANT_ID, KEY_SRC_ID, KEY_REL_NUMBER, KEY_DST_ID, KEY_UKEY,
	KEY_VALID_TO, KEY_PERIOD_START,
	KEY_WEIGHT, KEY_CONFIDENCE, KEY_VALID_FROM, KEY_PROPS
};
static const Oid edge_types[] = {
	INT4OID, INT8OID, INT4OID, INT8OID, TEXTOID,
	TIMESTAMPTZOID, TIMESTAMPTZOID,
	FLOAT8OID, FLOAT8OID, TIMESTAMPTZOID, JSONBOID
};

#define EDGE_KEYS 7

#define BATCH_COLUMNS \
	"tenant_id, src, rel, dst, ukey, valid_to, period_start," \
	" weight, confidence, valid_from, props"
#define BATCH_ARRAYS \
	TRL_U(1) ", " TRL_U(2) ", " TRL_U(3) ", " TRL_U(4) ", " TRL_U(5) ", " \
	TRL_U(6) ", " TRL_U(7) ", " TRL_U(8) ", " TRL_U(9) ", " TRL_U(10) ", " \
	TRL_U(11)

/* The batch x says otherwise than the table t. */
#define DIFFERS \
	"x.valid_to" TRL_NE "t.valid_to" \
	" OR (x.weight" TRL_NE "t.weight) IS TRUE" \
	" OR (x.confidence" TRL_NE "t.confidence) IS TRUE" \
	" OR (x.valid_from" TRL_NE "t.valid_from) IS TRUE" \
	" OR (x.props" TRL_NE "t.props) IS TRUE"

/* With LATERAL and LIMIT the planner cannot but look each element up. */
#define SAME_EDGE \
	"t.src" TRL_EQ "x.src AND t.rel" TRL_EQ "x.rel" \
	" AND t.dst" TRL_EQ "x.dst AND t.tenant_id" TRL_EQ "x.tenant_id" \
	" AND t.ukey" TRL_EQ "x.ukey AND t.expired_at" TRL_EQ "'infinity'"

#define SAME_START \
	"(x.valid_from IS NULL OR x.valid_from" TRL_EQ "t.valid_from)"

#define BATCH \
	" FROM ROWS FROM (" BATCH_ARRAYS ")" \
	" WITH ORDINALITY AS x (" BATCH_COLUMNS ", ord)"

static const TrlRowsSql edge_sql = {
	.insert =
	"INSERT INTO @graph@.edge (tenant_id, src, rel, dst, ukey, valid_to,"
	" valid_from, weight, confidence, props)"
	" SELECT x.tenant_id, x.src, x.rel, x.dst, x.ukey, x.valid_to,"
	" COALESCE(x.valid_from, '-infinity'), COALESCE(x.weight, 1),"
	" COALESCE(x.confidence, 1), COALESCE(x.props, '{}')" BATCH
	" ORDER BY x.ord ON CONFLICT DO NOTHING"
	" RETURNING edge_id" TRL_AS_INT8 ", tenant_id" TRL_AS_INT4
	", src" TRL_AS_INT8 ", rel" TRL_AS_INT4 ", dst" TRL_AS_INT8
	", ukey" TRL_AS_TEXT ", valid_to" TRL_AS_TIME
	", CASE WHEN valid_to" TRL_EQ "'infinity' THEN '-infinity' ELSE valid_from" TRL_AS_TIME " END",

	/* the edge that holds first, then a past period that is the same */
	.match =
	"SELECT x.ord, f.edge_id" TRL_AS_INT8 ", f.differs, false" BATCH " CROSS JOIN LATERAL"
	" (SELECT t.edge_id, " DIFFERS " AS differs FROM @graph@.edge t"
	" WHERE " SAME_EDGE " AND t.valid_to" TRL_EQ "'infinity'"
	" AND (x.valid_to" TRL_EQ "'infinity' OR " SAME_START ") LIMIT 1) f"
	" UNION ALL"
	" SELECT x.ord, f.edge_id" TRL_AS_INT8 ", f.differs, true" BATCH " CROSS JOIN LATERAL"
	" (SELECT t.edge_id, " DIFFERS " AS differs FROM @graph@.edge t"
	" WHERE " SAME_EDGE " AND t.valid_to" TRL_LT "'infinity'"
	" AND t.valid_to" TRL_EQ "x.valid_to AND " SAME_START
	" ORDER BY t.edge_id LIMIT 1) f"
	" WHERE x.valid_to" TRL_LT "'infinity'",

	.lock =
	"SELECT t.edge_id FROM @graph@.edge t WHERE t.edge_id" TRL_EQ "ANY ($1)"
	" ORDER BY t.edge_id FOR NO KEY UPDATE",

	.update =
	"UPDATE @graph@.edge t SET valid_to = x.valid_to,"
	" weight = COALESCE(x.weight, t.weight),"
	" confidence = COALESCE(x.confidence, t.confidence),"
	" valid_from = COALESCE(x.valid_from, t.valid_from),"
	" props = COALESCE(x.props, t.props)"
	" FROM ROWS FROM (" BATCH_ARRAYS ", " TRL_U(12) ")"
	" AS x (" BATCH_COLUMNS ", id)"
	" WHERE t.edge_id" TRL_EQ "x.id AND t.expired_at" TRL_EQ "'infinity'"
	" AND (t.valid_to" TRL_EQ "'infinity' OR t.valid_to" TRL_EQ "x.valid_to)"
	" AND (" DIFFERS ") RETURNING t.edge_id" TRL_AS_INT8,
};

static const TrlSourceKeys edge_sources = {
	.chunk_id = KEY_CHUNK_ID,
	.doc_id = KEY_DOC_ID,
	.insert =
	"INSERT INTO @graph@.edge_source (chunk_id, edge_id, doc_id)"
	" SELECT x.chunk_id, x.id, x.doc_id"
	" FROM " TRL_UNNEST3 " AS x (chunk_id, id, doc_id)"
	" ORDER BY x.chunk_id, x.id ON CONFLICT (chunk_id, edge_id) DO NOTHING",
};

/* ---- elements ---- */

static void
check_values(const TrlBatch *batch, int i)
{
	float8		confidence = DatumGetFloat8(batch->values[KEY_CONFIDENCE][i]);

	if (!batch->nulls[KEY_CONFIDENCE][i] && (confidence < 0 || confidence > 1))
		trl_batch_value_error(batch, i, KEY_CONFIDENCE,
							  "is not between 0 and 1");
	if (!batch->nulls[KEY_VALID_FROM][i] && !batch->nulls[KEY_VALID_TO][i] &&
		timestamp_cmp_internal(DatumGetTimestampTz(batch->values[KEY_VALID_FROM][i]),
							   DatumGetTimestampTz(batch->values[KEY_VALID_TO][i])) > 0)
		trl_batch_error(batch, i, ERRCODE_INVALID_PARAMETER_VALUE,
						"has a \"valid_from\" after its \"valid_to\"", NULL);
}

/* One of the two ways to name an end point. */
static void
check_endpoint(const TrlBatch *batch, int i, int ext_key, int id_key)
{
	if (batch->arguments != NULL)
		trl_batch_require(batch, i, batch->arguments[ext_key] != NULL
						  ? ext_key : id_key);
	else if (batch->nulls[ext_key][i] == batch->nulls[id_key][i])
		trl_batch_error(batch, i, ERRCODE_INVALID_PARAMETER_VALUE,
						psprintf("has %s \"%s\" %s \"%s\"",
								 batch->nulls[ext_key][i] ? "neither" : "both",
								 batch->keys[ext_key].name,
								 batch->nulls[ext_key][i] ? "nor" : "and",
								 batch->keys[id_key].name),
						NULL);
}

/* Keys that have a fixed default, and those that nobody gives. */
static void
complete_element(TrlBatch *batch, int i)
{
	TimestampTz valid_to = DT_NOEND;

	batch->nulls[KEY_TENANT_ID][i] = false; /* zeroed: tenant 0 */
	if (batch->nulls[KEY_UKEY][i])
		batch->values[KEY_UKEY][i] = CStringGetTextDatum("");
	batch->nulls[KEY_UKEY][i] = false;

	if (!batch->nulls[KEY_VALID_TO][i])
		valid_to = DatumGetTimestampTz(batch->values[KEY_VALID_TO][i]);
	batch->values[KEY_VALID_TO][i] = TimestampTzGetDatum(valid_to);
	batch->nulls[KEY_VALID_TO][i] = false;

	batch->values[KEY_PERIOD_START][i] = TimestampTzGetDatum(DT_NOBEGIN);
	if (!TIMESTAMP_IS_NOEND(valid_to) && !batch->nulls[KEY_VALID_FROM][i])
		batch->values[KEY_PERIOD_START][i] = batch->values[KEY_VALID_FROM][i];
	batch->nulls[KEY_PERIOD_START][i] = false;
}

/* Room for the keys that are worked out. */
static void
extend_batch(TrlBatch *batch)
{
	int			key;

	batch->values = repalloc(batch->values, sizeof(Datum *) * KEY_ALL);
	batch->nulls = repalloc(batch->nulls, sizeof(bool *) * KEY_ALL);
	for (key = KEY_COUNT; key < KEY_ALL; key++)
	{
		batch->values[key] = palloc0(sizeof(Datum) * Max(batch->n, 1));
		batch->nulls[key] = palloc0(Max(batch->n, 1));
	}
}

static void
complete_elements(TrlBatch *batch)
{
	int			i;

	extend_batch(batch);
	for (i = 0; i < batch->n; i++)
	{
		check_endpoint(batch, i, KEY_SRC, KEY_SRC_ID);
		check_endpoint(batch, i, KEY_DST, KEY_DST_ID);
		trl_batch_require(batch, i, KEY_REL);
		if (!batch->nulls[KEY_DOC_ID][i])
			trl_batch_require(batch, i, KEY_CHUNK_ID);
		check_values(batch, i);
		complete_element(batch, i);
	}
}

/* ---- end points ---- */

typedef struct Endpoints
{
	TrlBatch   *batch;
	int			id_key;
	int		   *elements;
	int			n;
	bool	   *found;			/* by place in elements */
} Endpoints;

static void
note_node(void *state, const Datum *values, const bool *nulls)
{
	Endpoints  *ends = state;
	int			at = (int) DatumGetInt64(values[0]) - 1;
	int			element = ends->elements[at];

	if (nulls[1])
		return;
	ends->batch->values[ends->id_key][element] = values[1];
	ends->batch->nulls[ends->id_key][element] = false;
	ends->found[at] = true;
}

/* The elements that name their end point by the key. */
static Endpoints
collect_endpoints(TrlBatch *batch, int key, int id_key)
{
	Endpoints	ends;
	int			i;

	ends.batch = batch;
	ends.id_key = id_key;
	ends.elements = palloc(sizeof(int) * Max(batch->n, 1));
	ends.found = palloc0(Max(batch->n, 1));
	ends.n = 0;
	for (i = 0; i < batch->n; i++)
		if (!batch->nulls[key][i])
			ends.elements[ends.n++] = i;
	return ends;
}

static void
check_found(const Endpoints *ends, int key)
{
	const TrlBatch *batch = ends->batch;
	int			i;

	for (i = 0; i < ends->n; i++)
	{
		int			element = ends->elements[i];

		if (ends->found[i])
			continue;
		if (key == ends->id_key)
			trl_batch_error(batch, element, ERRCODE_FOREIGN_KEY_VIOLATION,
							psprintf("names a node that does not exist: \"%s\" %lld",
									 batch->keys[key].name,
									 (long long) DatumGetInt64(batch->values[key][element])),
							NULL);
		trl_batch_error(batch, element, ERRCODE_FOREIGN_KEY_VIOLATION,
						psprintf("names a node that does not exist: \"%s\" \"%s\" of tenant %d",
								 batch->keys[key].name,
								 TextDatumGetCString(batch->values[key][element]),
								 DatumGetInt32(batch->values[KEY_TENANT_ID][element])),
						"Write it with trellis.upsert_nodes first.");
	}
}

static void
resolve_ids(TrlBatch *batch, const TrlTarget *target, int id_key)
{
	Endpoints	ends = collect_endpoints(batch, id_key, id_key);
	TrlParams	params = {0};

	if (ends.n == 0)
		return;
	trl_params_add(&params, INT8ARRAYOID,
				   trl_upsert_array(batch, id_key, INT8OID, ends.elements, ends.n));
	trl_sql_write(trl_upsert_sql(target, "SELECT x.ord, t.node_id" TRL_AS_INT8
								 " FROM pg_catalog.unnest($1) WITH ORDINALITY AS x (id, ord)"
								 " CROSS JOIN LATERAL (SELECT n.node_id FROM @graph@.node n"
								 " WHERE n.node_id" TRL_EQ "x.id LIMIT 1) t"),
				  &params, note_node, &ends);
	check_found(&ends, id_key);
}

static void
resolve_ext_ids(TrlBatch *batch, const TrlTarget *target, int key, int id_key)
{
	Endpoints	ends = collect_endpoints(batch, key, id_key);
	TrlParams	params = {0};

	if (ends.n == 0)
		return;
	trl_params_add(&params, INT4ARRAYOID,
				   trl_upsert_array(batch, KEY_TENANT_ID, INT4OID,
									ends.elements, ends.n));
	trl_params_add(&params, TEXTARRAYOID,
				   trl_upsert_array(batch, key, TEXTOID, ends.elements, ends.n));
	trl_sql_write(trl_upsert_sql(target, "SELECT x.ord, t.node_id" TRL_AS_INT8
								 " FROM " TRL_UNNEST2 " WITH ORDINALITY"
								 " AS x (tenant_id, ext_id, ord)"
								 " CROSS JOIN LATERAL (SELECT n.node_id FROM @graph@.node n"
								 " WHERE n.tenant_id" TRL_EQ "x.tenant_id"
								 " AND n.ext_id" TRL_EQ "x.ext_id LIMIT 1) t"),
				  &params, note_node, &ends);
	check_found(&ends, key);
}

static void
resolve_endpoints(TrlBatch *batch, const TrlTarget *target)
{
	/* ids first: afterwards every element has them */
	resolve_ids(batch, target, KEY_SRC_ID);
	resolve_ids(batch, target, KEY_DST_ID);
	resolve_ext_ids(batch, target, KEY_SRC, KEY_SRC_ID);
	resolve_ext_ids(batch, target, KEY_DST, KEY_DST_ID);
}

/* ---- relations ---- */

/* The distinct relation names of a batch. */
typedef struct Relations
{
	TrlNodeSet	names;
	int32	   *numbers;
	bool	   *known;
} Relations;

static void
note_relation(void *state, const Datum *values, const bool *nulls)
{
	Relations  *relations = state;
	uint32		at;

	if (nulls[0] || nulls[1])
		return;
	at = trl_nodeset_find(&relations->names,
						  trl_key_from_datum(TRL_KEY_TEXT, TEXTOID, values[1]));
	if (at == TRL_NONE)
		return;
	relations->numbers[at] = DatumGetInt32(values[0]);
	relations->known[at] = true;
}

/* The names without a number, in order. */
static ArrayType *
unknown_relations(Relations *relations, int *n)
{
	TrlKey	   *keys = palloc(sizeof(TrlKey) * Max(relations->names.count, 1));
	uint32		i;

	*n = 0;
	for (i = 0; i < relations->names.count; i++)
		if (!relations->known[i])
			keys[(*n)++] = relations->names.nodes[i].key;
	return trl_key_array(TRL_KEY_TEXT, keys, *n, TEXTOID);
}

static void
look_up_relations(Relations *relations, const TrlTarget *target)
{
	TrlParams	params = {0};
	int			n;
	ArrayType  *unknown = unknown_relations(relations, &n);

	trl_params_add(&params, TEXTARRAYOID, PointerGetDatum(unknown));
	trl_sql_write(trl_upsert_sql(target, "SELECT t.rel" TRL_AS_INT4 ", t.name" TRL_AS_TEXT " FROM @graph@.rel_type t"
								 " WHERE t.name" TRL_EQ "ANY ($1)"),
				  &params, note_relation, relations);
}

/* New names are added to the dictionary. */
static void
add_relations(Relations *relations, const TrlTarget *target)
{
	TrlParams	params = {0};
	int			n;
	ArrayType  *unknown = unknown_relations(relations, &n);

	if (n == 0)
		return;
	trl_params_add(&params, TEXTARRAYOID, PointerGetDatum(unknown));
	trl_sql_write(trl_upsert_sql(target, "INSERT INTO @graph@.rel_type (name)"
								 " SELECT x.name FROM pg_catalog.unnest($1) AS x (name)"
								 " ORDER BY x.name ON CONFLICT (name) DO NOTHING"),
				  &params, NULL, NULL);
	look_up_relations(relations, target);
}

static void
resolve_relations(TrlBatch *batch, const TrlTarget *target)
{
	Relations	relations;
	uint32	   *at = palloc(sizeof(uint32) * Max(batch->n, 1));
	bool		is_new;
	int			i;

	trl_nodeset_init(&relations.names, TRL_KEY_TEXT, CurrentMemoryContext);
	for (i = 0; i < batch->n; i++)
		at[i] = trl_nodeset_intern(&relations.names,
								   trl_key_from_datum(TRL_KEY_TEXT, TEXTOID,
													  batch->values[KEY_REL][i]),
								   &is_new);
	relations.numbers = palloc0(sizeof(int32) * Max(relations.names.count, 1));
	relations.known = palloc0(Max(relations.names.count, 1));
	look_up_relations(&relations, target);
	add_relations(&relations, target);
	for (i = 0; i < batch->n; i++)
	{
		if (!relations.known[at[i]])
			trl_batch_error(batch, i, ERRCODE_INSUFFICIENT_PRIVILEGE,
							psprintf("has a relation that exists, but you may not see it: \"%s\"",
									 TextDatumGetCString(batch->values[KEY_REL][i])),
							NULL);
		batch->values[KEY_REL_NUMBER][i] = Int32GetDatum(relations.numbers[at[i]]);
	}
}

/* ---- the function ---- */

/* Rows that end, or are past, may change a row of another key. */
static bool *
past_rows(const TrlRows *rows)
{
	bool	   *past = palloc0(Max(rows->n, 1));
	bool		any = false;
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		past[i] = !TIMESTAMP_IS_NOEND(DatumGetTimestampTz(rows->values[5][i]));
		any |= past[i];
	}
	return any ? past : NULL;
}

/* One row an edge, in the order in which the batch names them first. */
static void
put_rows(ReturnSetInfo *result, const TrlBatch *batch, const TrlRows *rows)
{
	bool	   *put = palloc0(Max(rows->n, 1));
	int			i;

	for (i = 0; i < batch->n; i++)
	{
		int			row = rows->row_of_element[i];
		Datum		values[5];
		bool		nulls[5] = {false};

		if (put[row])
			continue;
		put[row] = true;
		values[0] = Int64GetDatum(rows->ids[row]);
		values[1] = batch->values[KEY_SRC_ID][i];
		values[2] = batch->values[KEY_DST_ID][i];
		values[3] = batch->values[KEY_REL][i];
		values[4] = BoolGetDatum(rows->inserted[row]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

static void
write_batch(FunctionCallInfo fcinfo, TrlBatch *batch, const TrlTarget *target)
{
	TrlRows    *rows;

	complete_elements(batch);
	resolve_endpoints(batch, target);
	resolve_relations(batch, target);
	rows = trl_upsert_rows(batch, edge_columns, edge_types,
						   lengthof(edge_columns), EDGE_KEYS);
	trl_upsert_write(batch, rows, &edge_sql, target, past_rows(rows));
	trl_upsert_sources(batch, rows, &edge_sources, target);
	put_rows((ReturnSetInfo *) fcinfo->resultinfo, batch, rows);
}

Datum
trl_upsert_edges(PG_FUNCTION_ARGS)
{
	TrlTarget	target = trl_upsert_target(fcinfo);

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(1))
		return (Datum) 0;
	write_batch(fcinfo, trl_batch_read(PG_GETARG_JSONB_P(1), "edges",
									   edge_keys, KEY_COUNT), &target);
	return (Datum) 0;
}

/* After the two end points; the same whatever names these. */
#define ARRAYS_AFTER_ENDS \
	{"rels", KEY_REL}, {"weights", KEY_WEIGHT}, \
	{"confidences", KEY_CONFIDENCE}, {"valid_from", KEY_VALID_FROM}, \
	{"valid_to", KEY_VALID_TO}, {"props", KEY_PROPS}, \
	{"tenant_ids", KEY_TENANT_ID}, {"chunk_ids", KEY_CHUNK_ID}, \
	{"doc_ids", KEY_DOC_ID}, {"ukeys", KEY_UKEY}

static const TrlBatchArray edge_arrays[] = {
	{"srcs", KEY_SRC}, {"dsts", KEY_DST}, ARRAYS_AFTER_ENDS
};
static const TrlBatchArray edge_id_arrays[] = {
	{"src_ids", KEY_SRC_ID}, {"dst_ids", KEY_DST_ID}, ARRAYS_AFTER_ENDS
};

StaticAssertDecl(lengthof(edge_arrays) == lengthof(edge_id_arrays),
				 "the two forms have the same arguments");

static Datum
upsert_arrays(FunctionCallInfo fcinfo, const TrlBatchArray *arrays)
{
	TrlTarget	target = trl_upsert_target(fcinfo);

	InitMaterializedSRF(fcinfo, 0);
	write_batch(fcinfo, trl_batch_read_arrays(fcinfo, 1, arrays,
											  lengthof(edge_arrays),
											  edge_keys, KEY_COUNT), &target);
	return (Datum) 0;
}

Datum
trl_upsert_edges_arrays(PG_FUNCTION_ARGS)
{
	return upsert_arrays(fcinfo, edge_arrays);
}

Datum
trl_upsert_edges_id_arrays(PG_FUNCTION_ARGS)
{
	return upsert_arrays(fcinfo, edge_id_arrays);
}
