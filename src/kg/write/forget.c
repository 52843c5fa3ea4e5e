/*
 * forget.c - trellis.forget_document()
 *
 * Deletes what came from a document: its sources, then edges that have lost
 * their last source, then nodes that have lost their last source and have no
 * edges left, then rows of the relations in trellis.graph_chunks.  What never
 * had a source is not touched.  A source without a document belongs to the
 * document of its chunk.
 *
 * Locks: one forget or merge at a time in a graph.  Edges are locked in order
 * of their ids, so that nobody can give them a source in between.  Nodes that
 * somebody else has locked are about to get an edge or a source: they are
 * left alone, since a writer of edges locks nodes in no order.
 *
 * A dry run does the same in a subtransaction, which it rolls back.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"

#include "core/compat.h"
#include "kg/engine/args.h"
#include "kg/engine/nodeset.h"
#include "kg/write/changes.h"
#include "kg/write/chunks.h"
#include "kg/write/graph_sql.h"

TRL_FUNCTION(trl_forget_document);

/* Sources of the document $1, whose chunks are $2. */
#define OF_DOCUMENT \
	"(s.doc_id" TRL_EQ "$1 OR s.doc_id IS NULL AND s.chunk_id" TRL_EQ "ANY ($2))"

/* How the sources of edges, or of nodes, and what they vouch for are dropped. */
typedef struct ForgetSql
{
	const char *source;			/* tables */
	const char *table;
	const char *seen;			/* ids with a source of the document */
	const char *lock;			/* $1: ids */
	const char *drop_sources;	/* $3: ids */
	const char *drop;			/* $1: ids */
} ForgetSql;

static const ForgetSql forget_edges = {
	"edge_source", "edge",
	"SELECT DISTINCT s.edge_id" TRL_AS_INT8 " FROM @graph@.edge_source s"
	" WHERE " OF_DOCUMENT,
	"SELECT t.edge_id" TRL_AS_INT8 " FROM @graph@.edge t"
	" WHERE t.edge_id" TRL_EQ "ANY ($1) ORDER BY t.edge_id FOR UPDATE",
	"DELETE FROM @graph@.edge_source s WHERE " OF_DOCUMENT
	" AND s.edge_id" TRL_EQ "ANY ($3) RETURNING 1",
	"DELETE FROM @graph@.edge t WHERE t.edge_id" TRL_EQ "ANY ($1)"
	" AND NOT EXISTS (SELECT FROM @graph@.edge_source s WHERE s.edge_id" TRL_EQ "t.edge_id)"
	" RETURNING 1"
};

static const ForgetSql forget_nodes = {
	"node_source", "node",
	"SELECT DISTINCT s.node_id" TRL_AS_INT8 " FROM @graph@.node_source s"
	" WHERE " OF_DOCUMENT,
	"SELECT t.node_id" TRL_AS_INT8 " FROM @graph@.node t"
	" WHERE t.node_id" TRL_EQ "ANY ($1) ORDER BY t.node_id FOR UPDATE SKIP LOCKED",
	"DELETE FROM @graph@.node_source s WHERE " OF_DOCUMENT
	" AND s.node_id" TRL_EQ "ANY ($3) RETURNING 1",
	"DELETE FROM @graph@.node t WHERE t.node_id" TRL_EQ "ANY ($1)"
	" AND NOT EXISTS (SELECT FROM @graph@.node_source s WHERE s.node_id" TRL_EQ "t.node_id)"
	" AND NOT EXISTS (SELECT FROM @graph@.edge e WHERE e.src" TRL_EQ "t.node_id)"
	" AND NOT EXISTS (SELECT FROM @graph@.edge e WHERE e.dst" TRL_EQ "t.node_id)"
	" RETURNING 1"
};

/* How many rows of a relation were deleted. */
typedef struct Deleted
{
	Oid			relation;
	int64		count;
} Deleted;

typedef struct Forget
{
	TrlTarget	target;
	Datum		doc_id;			/* text */
	TrlNodeSet	chunk_ids;		/* texts */
	List	   *relations;		/* of TrlChunks */
	List	   *deleted;		/* of Deleted, in order of the report */
} Forget;

static void
note_deleted(Forget *forget, Oid relation, int64 count)
{
	Deleted    *deleted = palloc(sizeof(Deleted));

	deleted->relation = relation;
	deleted->count = count;
	forget->deleted = lappend(forget->deleted, deleted);
}

/* ---- ids of other types than text ---- */

static bool
is_uuid(const char *text)
{
	const char *pattern = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	for (; *pattern != '\0'; pattern++, text++)
		if (*pattern == '-' ? *text != '-'
			: *text == '\0' || strchr("0123456789abcdef", *text) == NULL)
			return false;
	return *text == '\0';
}

/* False if no value of the kind has exactly this text. */
static bool
key_of_text(TrlKeyKind kind, Datum value, TrlKey *key)
{
	char	   *word = TextDatumGetCString(value);
	long long	number;

	switch (kind)
	{
		case TRL_KEY_INT:
			errno = 0;
			number = strtoll(word, NULL, 10);
			*key = (TrlKey) number;
			return errno == 0 && strcmp(psprintf("%lld", number), word) == 0;
		case TRL_KEY_UUID:
			if (!is_uuid(word))
				return false;
			*key = trl_key_from_datum(kind, UUIDOID,
									  DirectFunctionCall1(uuid_in, CStringGetDatum(word)));
			return true;
		case TRL_KEY_TEXT:
			*key = trl_key_from_datum(kind, TEXTOID, value);
			return true;
	}
	return false;
}

/* An array of what the column can hold of these texts. */
static void
add_ids(TrlParams *params, const TrlColumn *column, const Datum *texts, int n)
{
	TrlKey	   *keys = palloc(sizeof(TrlKey) * Max(n, 1));
	Oid			type = trl_key_param_type(column->type);
	TrlKeyKind	kind = TRL_KEY_TEXT;
	int			used = 0;
	int			i;

	trl_key_kind(column->type, &kind);
	for (i = 0; i < n; i++)
		if (key_of_text(kind, texts[i], &keys[used]))
			used++;
	trl_params_add(params, get_array_type(type),
				   PointerGetDatum(trl_key_array(kind, keys, used, type)));
}

/* Rows t whose column is one of $1; bytewise, whatever its collation. */
static char *
holds_id(const TrlColumn *column)
{
	TrlKeyKind	kind = TRL_KEY_TEXT;
	const char *exact = "";

	trl_key_kind(column->type, &kind);
	if (kind == TRL_KEY_TEXT)
		exact = psprintf(" AND x.id" TRL_EQ "t.%s::pg_catalog.text COLLATE pg_catalog.\"C\"",
						 column->name);
	return psprintf("EXISTS (SELECT FROM pg_catalog.unnest($1) AS x (id)"
					" WHERE x.id" TRL_EQ "t.%s%s)", column->name, exact);
}

/* ---- chunks of the document ---- */

static void
note_chunk(void *state, const Datum *values, const bool *nulls)
{
	bool		is_new;

	if (!nulls[0])
		trl_nodeset_intern(state, trl_key_from_datum(TRL_KEY_TEXT, TEXTOID, values[0]),
						   &is_new);
}

static void
find_chunks(Forget *forget)
{
	TrlParams	params = {0};
	ListCell   *cell;

	trl_params_add(&params, TEXTOID, forget->doc_id);
	trl_sql_write(trl_upsert_sql(&forget->target,
								 "SELECT s.chunk_id" TRL_AS_TEXT " FROM @graph@.edge_source s"
								 " WHERE s.doc_id" TRL_EQ "$1 UNION"
								 " SELECT s.chunk_id" TRL_AS_TEXT " FROM @graph@.node_source s"
								 " WHERE s.doc_id" TRL_EQ "$1"),
				  &params, note_chunk, &forget->chunk_ids);
	foreach(cell, forget->relations)
	{
		const TrlChunks *chunks = lfirst(cell);
		TrlParams	ids = {0};

		if (chunks->chunk_id.attnum == 0 || chunks->doc_id.attnum == 0)
			continue;
		add_ids(&ids, &chunks->doc_id, &forget->doc_id, 1);
		trl_sql_write(psprintf("SELECT t.%s" TRL_AS_TEXT " FROM %s t WHERE %s",
							   chunks->chunk_id.name, chunks->name,
							   holds_id(&chunks->doc_id)),
					  &ids, note_chunk, &forget->chunk_ids);
	}
}

static Datum *
chunk_texts(const Forget *forget)
{
	uint32		n = forget->chunk_ids.count;
	Datum	   *texts = palloc(sizeof(Datum) * Max(n, 1));
	uint32		i;

	for (i = 0; i < n; i++)
		texts[i] = trl_key_to_datum(TRL_KEY_TEXT,
									forget->chunk_ids.nodes[i].key, TEXTOID);
	return texts;
}

/* ---- deleting ---- */

/* Ids with a source of the document that a former round has not seen. */
static TrlIds
new_ids(const Forget *forget, const ForgetSql *sql, const TrlParams *document,
		TrlNodeSet *seen)
{
	TrlIds		found = {0};
	TrlIds		fresh = {0};
	int			i;

	trl_change(&forget->target, sql->seen, document, &found);
	for (i = 0; i < found.n; i++)
	{
		bool		is_new;

		trl_nodeset_intern(seen, (TrlKey) found.ids[i], &is_new);
		if (is_new)
			trl_ids_add(&fresh, found.ids[i]);
	}
	return fresh;
}

/*
 * A writer may have given the document another edge while the edges known so
 * far were locked.  What comes after the last look stays, sources and all.
 */
static void
drop_sourced(Forget *forget, const ForgetSql *sql)
{
	const TrlTarget *target = &forget->target;
	TrlParams	document = {0};
	TrlParams	params = {0};
	TrlNodeSet	seen;
	TrlIds		all = {0};
	TrlIds		locked = {0};
	TrlIds		fresh;
	int64		sources;
	uint32		i;

	trl_nodeset_init(&seen, TRL_KEY_INT, CurrentMemoryContext);
	trl_params_add(&document, TEXTOID, forget->doc_id);
	trl_params_add(&document, TEXTARRAYOID,
				   PointerGetDatum(construct_array(chunk_texts(forget),
												   (int) forget->chunk_ids.count,
												   TEXTOID, -1, false, TYPALIGN_INT)));
	while ((fresh = new_ids(forget, sql, &document, &seen)).n > 0)
	{
		TrlParams	ids = {0};

		CHECK_FOR_INTERRUPTS();
		trl_params_add_ids(&ids, &fresh);
		trl_change(target, sql->lock, &ids, &locked);
	}
	for (i = 0; i < seen.count; i++)
		trl_ids_add(&all, (int64) seen.nodes[i].key);
	trl_params_add_ids(&document, &all);
	sources = trl_change(target, sql->drop_sources, &document, NULL);
	note_deleted(forget, trl_change_table(target, sql->source), sources);
	trl_params_add_ids(&params, &locked);
	note_deleted(forget, trl_change_table(target, sql->table),
				 trl_change(target, sql->drop, &params, NULL));
}

static void
drop_chunks(Forget *forget)
{
	ListCell   *cell;

	foreach(cell, forget->relations)
	{
		const TrlChunks *chunks = lfirst(cell);
		bool		by_doc = chunks->doc_id.attnum != 0;
		const TrlColumn *column = by_doc ? &chunks->doc_id : &chunks->chunk_id;
		TrlParams	params = {0};

		if (by_doc)
			add_ids(&params, column, &forget->doc_id, 1);
		else
			add_ids(&params, column, chunk_texts(forget),
					(int) forget->chunk_ids.count);
		note_deleted(forget, chunks->rel,
					 trl_change_run(psprintf("DELETE FROM %s t WHERE %s RETURNING 1",
											 chunks->name, holds_id(column)),
									&params, NULL));
	}
}

static void
forget_document(Forget *forget)
{
	trl_change_lock(&forget->target);
	find_chunks(forget);
	drop_sourced(forget, &forget_edges);
	drop_sourced(forget, &forget_nodes);
	drop_chunks(forget);
}

static void
end_trial(MemoryContext cxt, ResourceOwner owner)
{
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(cxt);
	CurrentResourceOwner = owner;
}

/* Does it all and takes it back. */
static void
try_to_forget(Forget *forget)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		forget_document(forget);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		end_trial(cxt, owner);
		ReThrowError(error);
	}
	PG_END_TRY();
	end_trial(cxt, owner);
}

Datum
trl_forget_document(PG_FUNCTION_ARGS)
{
	Forget		forget = {.target = trl_upsert_target(fcinfo)};
	ListCell   *cell;

	trl_arg_required(fcinfo, 1, "doc_id");
	trl_arg_required(fcinfo, 2, "dry_run");
	InitMaterializedSRF(fcinfo, 0);
	forget.doc_id = PG_GETARG_DATUM(1);
	forget.relations = trl_chunks_of_graph(&forget.target);
	trl_nodeset_init(&forget.chunk_ids, TRL_KEY_TEXT, CurrentMemoryContext);
	if (PG_GETARG_BOOL(2))
		try_to_forget(&forget);
	else
		forget_document(&forget);
	foreach(cell, forget.deleted)
	{
		const Deleted *deleted = lfirst(cell);

		trl_change_report((ReturnSetInfo *) fcinfo->resultinfo,
						  deleted->relation, "deleted", deleted->count);
	}
	return (Datum) 0;
}
