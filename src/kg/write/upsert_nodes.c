/*
 * upsert_nodes.c - trellis.upsert_nodes(), from jsonb or arrays
 *
 * A node is known by its tenant and ext_id.  A key that an element leaves
 * out keeps what is stored, or takes the column's default in a new node.
 *
 * Locks: see rows.c.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/tuplestore.h"

#include "core/compat.h"
#include "kg/write/graph_sql.h"
#include "kg/write/upsert.h"

TRL_FUNCTION(trl_upsert_nodes);
TRL_FUNCTION(trl_upsert_nodes_arrays);

enum
{
	KEY_EXT_ID,
	KEY_KIND,
	KEY_NAME,
	KEY_PROPS,
	KEY_TENANT_ID,
	KEY_CHUNK_ID,
	KEY_DOC_ID
};

static const TrlBatchKey node_keys[] = {
	[KEY_EXT_ID] = {"ext_id", TRL_BATCH_ID},
	[KEY_KIND] = {"kind", TRL_BATCH_TEXT},
	[KEY_NAME] = {"name", TRL_BATCH_TEXT},
	[KEY_PROPS] = {"props", TRL_BATCH_OBJECT},
	[KEY_TENANT_ID] = {"tenant_id", TRL_BATCH_INT4},
	[KEY_CHUNK_ID] = {"chunk_id", TRL_BATCH_ID},
	[KEY_DOC_ID] = {"doc_id", TRL_BATCH_ID},
};

/* Columns of a row; the first two are its key. */
static const int node_columns[] = {
	KEY_TENANT_ID, KEY_EXT_ID, KEY_KIND, KEY_NAME, KEY_PROPS
};
static const Oid node_types[] = {INT4OID, TEXTOID, TEXTOID, TEXTOID, JSONBOID};

#define NODE_KEYS 2

#define BATCH_COLUMNS "tenant_id, ext_id, kind, name, props"
#define BATCH_ARRAYS \
	TRL_U(1) ", " TRL_U(2) ", " TRL_U(3) ", " TRL_U(4) ", " TRL_U(5)

/* The batch x says otherwise than the table t. */
#define DIFFERS \
	"(x.kind" TRL_NE "t.kind) IS TRUE" \
	" OR x.name IS NOT NULL AND (x.name" TRL_NE "t.name) IS NOT FALSE" \
	" OR (x.props" TRL_NE "t.props) IS TRUE"

static const TrlRowsSql node_sql = {
	.insert =
	"INSERT INTO @graph@.node (tenant_id, ext_id, kind, name, props)"
	" SELECT x.tenant_id, x.ext_id, COALESCE(x.kind, ''), x.name,"
	" COALESCE(x.props, '{}')"
	" FROM ROWS FROM (" BATCH_ARRAYS ") WITH ORDINALITY AS x (" BATCH_COLUMNS ", ord) ORDER BY x.ord"
	" ON CONFLICT (tenant_id, ext_id) DO NOTHING"
	" RETURNING node_id" TRL_AS_INT8 ", tenant_id" TRL_AS_INT4 ", ext_id" TRL_AS_TEXT,

	.match =
	"SELECT x.ord, f.node_id" TRL_AS_INT8 ", f.differs, false"
	" FROM ROWS FROM (" BATCH_ARRAYS ") WITH ORDINALITY AS x (" BATCH_COLUMNS ", ord)"
	" CROSS JOIN LATERAL (SELECT t.node_id, " DIFFERS " AS differs"
	" FROM @graph@.node t WHERE t.tenant_id" TRL_EQ "x.tenant_id"
	" AND t.ext_id" TRL_EQ "x.ext_id LIMIT 1) f",

	.lock =
	"SELECT t.node_id FROM @graph@.node t WHERE t.node_id" TRL_EQ "ANY ($1)"
	" ORDER BY t.node_id FOR NO KEY UPDATE",

	.update =
	"UPDATE @graph@.node t SET kind = COALESCE(x.kind, t.kind),"
	" name = COALESCE(x.name, t.name), props = COALESCE(x.props, t.props)"
	" FROM ROWS FROM (" BATCH_ARRAYS ", " TRL_U(6) ")"
	" AS x (" BATCH_COLUMNS ", id)"
	" WHERE t.node_id" TRL_EQ "x.id AND (" DIFFERS ") RETURNING t.node_id" TRL_AS_INT8,
};

static const TrlSourceKeys node_sources = {
	.chunk_id = KEY_CHUNK_ID,
	.doc_id = KEY_DOC_ID,
	.insert =
	"INSERT INTO @graph@.node_source (chunk_id, node_id, doc_id)"
	" SELECT x.chunk_id, x.id, x.doc_id"
	" FROM " TRL_UNNEST3 " AS x (chunk_id, id, doc_id)"
	" ORDER BY x.chunk_id, x.id ON CONFLICT (chunk_id, node_id) DO NOTHING",
};

static void
complete_elements(TrlBatch *batch)
{
	int			i;

	for (i = 0; i < batch->n; i++)
	{
		trl_batch_require(batch, i, KEY_EXT_ID);
		if (!batch->nulls[KEY_DOC_ID][i])
			trl_batch_require(batch, i, KEY_CHUNK_ID);
		/* zeroed: tenant 0 */
		batch->nulls[KEY_TENANT_ID][i] = false;
	}
}

/* One row a node, in the order in which the batch names them first. */
static void
put_rows(ReturnSetInfo *result, const TrlBatch *batch, const TrlRows *rows)
{
	bool	   *put = palloc0(Max(rows->n, 1));
	int			i;

	for (i = 0; i < batch->n; i++)
	{
		int			row = rows->row_of_element[i];
		Datum		values[3];
		bool		nulls[3] = {false};

		if (put[row])
			continue;
		put[row] = true;
		values[0] = batch->values[KEY_EXT_ID][i];
		values[1] = Int64GetDatum(rows->ids[row]);
		values[2] = BoolGetDatum(rows->inserted[row]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

static void
write_batch(FunctionCallInfo fcinfo, TrlBatch *batch, const TrlTarget *target)
{
	TrlRows    *rows;

	complete_elements(batch);
	rows = trl_upsert_rows(batch, node_columns, node_types,
						   lengthof(node_columns), NODE_KEYS);
	trl_upsert_write(batch, rows, &node_sql, target, NULL);
	trl_upsert_sources(batch, rows, &node_sources, target);
	put_rows((ReturnSetInfo *) fcinfo->resultinfo, batch, rows);
}

Datum
trl_upsert_nodes(PG_FUNCTION_ARGS)
{
	TrlTarget	target = trl_upsert_target(fcinfo);

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(1))
		return (Datum) 0;
	write_batch(fcinfo, trl_batch_read(PG_GETARG_JSONB_P(1), "nodes", node_keys,
									   lengthof(node_keys)), &target);
	return (Datum) 0;
}

static const TrlBatchArray node_arrays[] = {
	{"ext_ids", KEY_EXT_ID}, {"kinds", KEY_KIND}, {"names", KEY_NAME},
	{"props", KEY_PROPS}, {"tenant_ids", KEY_TENANT_ID},
	{"chunk_ids", KEY_CHUNK_ID}, {"doc_ids", KEY_DOC_ID}
};

Datum
trl_upsert_nodes_arrays(PG_FUNCTION_ARGS)
{
	TrlTarget	target = trl_upsert_target(fcinfo);

	InitMaterializedSRF(fcinfo, 0);
	write_batch(fcinfo, trl_batch_read_arrays(fcinfo, 1, node_arrays,
											  lengthof(node_arrays), node_keys,
											  lengthof(node_keys)), &target);
	return (Datum) 0;
}
