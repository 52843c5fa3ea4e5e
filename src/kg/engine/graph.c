/*
 * graph.c - what a relation is as a graph
 *
 * Does: find the columns, the node relation and the dictionary of relation
 * names, by registration (catalog.c), else by usual column names and foreign
 * keys; check types and relation kinds.
 * Does not: check privileges or policies.  The executor does, at every hop.
 *
 * A relation without a registered node relation whose source and target
 * columns both have a foreign key to one table (or are its own key, as in
 * employee(id, boss)) takes that table: what its policies hide is then absent
 * from every walk.
 *
 * Locks: AccessShareLock on the relations described.  WAL: none.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "kg/engine/args.h"
#include "kg/engine/catalog.h"
#include "kg/engine/graph.h"

/* What a column in a role may be. */
typedef enum RoleType
{
	ROLE_KEY,
	ROLE_NUMBER,
	ROLE_TIME,
	ROLE_ANY
} RoleType;

static const struct
{
	const char *argument;
	const char *usual_name;
	RoleType	type;
}			roles[TRL_ROLES] = {
	[TRL_ROLE_SRC] = {"src", "src", ROLE_KEY},
	[TRL_ROLE_DST] = {"dst", "dst", ROLE_KEY},
	[TRL_ROLE_REL] = {"rel_column", "rel", ROLE_ANY},
	[TRL_ROLE_WEIGHT] = {"weight", "weight", ROLE_NUMBER},
	[TRL_ROLE_CONFIDENCE] = {"confidence", "confidence", ROLE_NUMBER},
	[TRL_ROLE_EDGE_ID] = {"edge_id", "edge_id", ROLE_KEY},
	[TRL_ROLE_VALID_FROM] = {"valid_from", "valid_from", ROLE_TIME},
	[TRL_ROLE_VALID_TO] = {"valid_to", "valid_to", ROLE_TIME},
	[TRL_ROLE_RECORDED_AT] = {"recorded_at", "recorded_at", ROLE_TIME},
	[TRL_ROLE_EXPIRED_AT] = {"expired_at", "expired_at", ROLE_TIME},
};

const char *
trl_role_argument(TrlRole role)
{
	return roles[role].argument;
}

const char *
trl_role_usual_name(TrlRole role)
{
	return roles[role].usual_name;
}

char *
trl_relation_sql_name(Oid rel)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(rel)),
									  get_rel_name(rel));
}

char *
trl_type_sql_name(Oid type)
{
	return format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY);
}

int
trl_relation_size_class(Oid relid)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	BlockNumber pages = 0;

	if (RELKIND_HAS_TABLE_AM(rel->rd_rel->relkind))
		pages = RelationGetNumberOfBlocks(rel);
	relation_close(rel, NoLock);
	return pg_leftmost_one_pos32(pages + 1);
}

void
trl_graph_check_relkind(Relation rel, const char *argument)
{
	switch (rel->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_MATVIEW:
		case RELKIND_FOREIGN_TABLE:
			return;
		case RELKIND_VIEW:
			if (RelationHasSecurityInvoker(rel))
				return;
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("view \"%s\" in argument \"%s\" is not a security_invoker view",
							RelationGetRelationName(rel), argument),
					 errdetail("It would be read with its owner's rights and past the caller's policies."),
					 errhint("Run ALTER VIEW ... SET (security_invoker = true).")));
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" in argument \"%s\" is not a table or view",
							RelationGetRelationName(rel), argument)));
	}
}

static bool
type_suits(Oid type, RoleType role_type)
{
	TrlKeyKind	kind;

	switch (role_type)
	{
		case ROLE_KEY:
			return trl_key_kind(type, &kind);
		case ROLE_NUMBER:
			return type == FLOAT8OID || type == FLOAT4OID ||
				type == NUMERICOID || type == INT2OID ||
				type == INT4OID || type == INT8OID;
		case ROLE_TIME:
			return type == TIMESTAMPTZOID || type == TIMESTAMPOID ||
				type == DATEOID;
		case ROLE_ANY:
			return true;
	}
	return false;
}

/* False if the relation has no such column. */
static bool
find_column(Relation rel, const char *name, TrlColumn *column)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(rel), name);
	Form_pg_attribute att;

	memset(column, 0, sizeof(*column));
	if (attnum <= 0)
		return false;
	att = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	column->attnum = attnum;
	column->type = getBaseType(att->atttypid);
	column->not_null = att->attnotnull;
	column->label = pstrdup(name);
	column->name = quote_identifier(column->label);
	return true;
}

/* Text keys compare bytewise, so their collation must do so too. */
static void
check_collation(Relation rel, const TrlColumn *column)
{
	Oid			collation;

	collation = TupleDescAttr(RelationGetDescr(rel),
							  column->attnum - 1)->attcollation;
	if (!OidIsValid(collation) || get_collation_isdeterministic(collation))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("column \"%s\" of \"%s\" has a nondeterministic collation",
					column->label, RelationGetRelationName(rel)),
			 errhint("Give node ids a deterministic collation, such as \"C\".")));
}

static void
unsuitable_column(Relation rel, TrlRole role, const TrlColumn *column)
{
	static const char *const hints[] = {
		[ROLE_KEY] = "Ids are smallint, integer, bigint, uuid, text or varchar.",
		[ROLE_NUMBER] = "It must be a number.",
		[ROLE_TIME] = "It must be timestamptz, timestamp or date.",
		[ROLE_ANY] = "It may have any type.",
	};

	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of \"%s\" has type %s, which does not suit argument \"%s\"",
					column->label, RelationGetRelationName(rel),
					format_type_be(column->type), roles[role].argument),
			 errhint("%s", hints[roles[role].type])));
}

/* The columns that trellis.graph_edges names. */
static void
registered_columns(TrlGraph *graph, Relation rel, const TrlRegistration *row)
{
	int			role;

	for (role = 0; role < TRL_ROLES; role++)
	{
		if (row->column[role] == NULL)
			continue;
		if (!find_column(rel, row->column[role], &graph->column[role]))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of \"%s\" does not exist",
							row->column[role], RelationGetRelationName(rel)),
					 errdetail("It is registered as the graph's \"%s\".",
							   roles[role].argument),
					 errhint("Call trellis.register_edges again.")));
		if (!type_suits(graph->column[role].type, roles[role].type))
			unsuitable_column(rel, role, &graph->column[role]);
	}
}

/* The columns that have usual names; others of an odd type are left alone. */
static void
usual_columns(TrlGraph *graph, Relation rel)
{
	int			role;

	for (role = 0; role < TRL_ROLES; role++)
	{
		TrlColumn  *column = &graph->column[role];

		if (!find_column(rel, roles[role].usual_name, column))
			continue;
		if (type_suits(column->type, roles[role].type))
			continue;
		if (role == TRL_ROLE_SRC || role == TRL_ROLE_DST)
			unsuitable_column(rel, role, column);
		memset(column, 0, sizeof(*column));
	}
	if (graph->column[TRL_ROLE_SRC].attnum == 0 ||
		graph->column[TRL_ROLE_DST].attnum == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("relation \"%s\" is not registered as a graph and has no columns \"src\" and \"dst\"",
						RelationGetRelationName(rel)),
				 errhint("Its owner can name the columns: trellis.register_edges(rel, src, dst).")));
}

static void
check_endpoints(TrlGraph *graph, Relation rel)
{
	TrlColumn  *src = &graph->column[TRL_ROLE_SRC];
	TrlColumn  *dst = &graph->column[TRL_ROLE_DST];
	TrlKeyKind	dst_kind;

	trl_key_kind(src->type, &graph->kind);
	trl_key_kind(dst->type, &dst_kind);
	if (graph->kind != dst_kind)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("columns \"%s\" and \"%s\" of \"%s\" hold different kinds of ids",
						src->label, dst->label, RelationGetRelationName(rel)),
				 errdetail("They have types %s and %s.",
						   format_type_be(src->type), format_type_be(dst->type))));
	check_collation(rel, src);
	check_collation(rel, dst);
}

/*
 * The table and column that a validated single-column foreign key points to.
 * False if the column has none.
 */
static bool
foreign_key_target(Relation rel, AttrNumber attnum, Oid *table, AttrNumber *key)
{
	List	   *keys = copyObject(RelationGetFKeyList(rel));
	ListCell   *lc;

	foreach(lc, keys)
	{
		ForeignKeyCacheInfo *fk = lfirst(lc);
		HeapTuple	tuple;
		bool		valid;

		if (fk->nkeys != 1 || fk->conkey[0] != attnum)
			continue;
		tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(fk->conoid));
		if (!HeapTupleIsValid(tuple))
			continue;
		valid = ((Form_pg_constraint) GETSTRUCT(tuple))->convalidated;
		ReleaseSysCache(tuple);
		if (!valid)
			continue;
		*table = fk->confrelid;
		*key = fk->confkey[0];
		return true;
	}
	return false;
}

/* The only column of a table's primary key, or 0. */
static AttrNumber
single_primary_key(Relation rel)
{
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *lc;
	AttrNumber	result = 0;

	foreach(lc, indexes)
	{
		HeapTuple	tuple = SearchSysCache1(INDEXRELID,
											ObjectIdGetDatum(lfirst_oid(lc)));
		Form_pg_index index;

		if (!HeapTupleIsValid(tuple))
			continue;
		index = (Form_pg_index) GETSTRUCT(tuple);
		if (index->indisprimary && index->indnkeyatts == 1)
			result = index->indkey.values[0];
		ReleaseSysCache(tuple);
	}
	return result;
}

/*
 * The node that a column's values are: what its foreign key points to, or
 * the row itself if the column is the relation's primary key.
 */
static bool
endpoint_target(Relation rel, AttrNumber attnum, Oid *table, AttrNumber *key)
{
	if (foreign_key_target(rel, attnum, table, key))
		return true;
	if (single_primary_key(rel) != attnum)
		return false;
	*table = RelationGetRelid(rel);
	*key = attnum;
	return true;
}

/* The table that both end points refer to, or InvalidOid. */
static Oid
endpoints_target(const TrlGraph *graph, Relation rel, AttrNumber *key)
{
	Oid			src_table;
	Oid			dst_table;
	AttrNumber	dst_key;

	if (endpoint_target(rel, graph->column[TRL_ROLE_SRC].attnum,
						&src_table, key) &&
		endpoint_target(rel, graph->column[TRL_ROLE_DST].attnum,
						&dst_table, &dst_key) &&
		src_table == dst_table && *key == dst_key)
		return src_table;
	return InvalidOid;
}

/* The key column of a node relation that nobody told us. */
static const char *
guess_node_key(Relation nodes, AttrNumber referenced)
{
	AttrNumber	key = referenced;

	if (key == 0)
		key = single_primary_key(nodes);
	if (key > 0)
		return get_attname(RelationGetRelid(nodes), key, false);
	if (get_attnum(RelationGetRelid(nodes), "node_id") > 0)
		return "node_id";
	return NULL;
}

/*
 * An end point may be missing in spite of validated foreign keys: one that is
 * deferred holds at commit only, and tables that inherit have none.
 */
static bool
may_dangle(Relation rel)
{
	List	   *keys = copyObject(RelationGetFKeyList(rel));
	bool		deferrable = false;
	ListCell   *lc;

	if (rel->rd_rel->relkind == RELKIND_RELATION && has_subclass(RelationGetRelid(rel)))
		return true;
	foreach(lc, keys)
	{
		ForeignKeyCacheInfo *fk = lfirst(lc);
		HeapTuple	tuple;

		tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(fk->conoid));
		if (!HeapTupleIsValid(tuple))
			continue;
		deferrable |= ((Form_pg_constraint) GETSTRUCT(tuple))->condeferrable;
		ReleaseSysCache(tuple);
	}
	return deferrable;
}

/* Nothing is hidden from, or missing for, the current user. */
static bool
nodes_certain(const TrlGraph *graph, Relation nodes, AttrNumber referenced)
{
	char		kind = nodes->rd_rel->relkind;
	Oid			relid = RelationGetRelid(nodes);

	return referenced == graph->node_key.attnum &&
		(kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE) &&
		check_enable_rls(relid, InvalidOid, true) != RLS_ENABLED &&
		(pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
		 pg_attribute_aclcheck(relid, graph->node_key.attnum, GetUserId(),
							   ACL_SELECT) == ACLCHECK_OK);
}

/* The relation that an argument names; a regclass may be any number. */
static Relation
open_argument(Oid relid, const char *argument)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u in argument \"%s\" does not exist",
						relid, argument)));
	return rel;
}

/* key_name: NULL to guess.  referenced: as the edges' foreign keys say. */
static void
describe_nodes(TrlGraph *graph, Oid relid, const char *key_name,
			   AttrNumber referenced)
{
	Relation	nodes = open_argument(relid, "nodes");
	TrlKeyKind	kind;

	trl_graph_check_relkind(nodes, "nodes");
	if (key_name == NULL)
		key_name = guess_node_key(nodes, referenced);
	if (key_name == NULL ||
		!find_column(nodes, key_name, &graph->node_key))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("node relation \"%s\" has no key column%s%s%s",
						RelationGetRelationName(nodes),
						key_name ? " \"" : "", key_name ? key_name : "",
						key_name ? "\"" : ""),
				 errhint("Name it: trellis.register_edges(..., nodes => ..., node_key => ...).")));
	if (!trl_key_kind(graph->node_key.type, &kind) || kind != graph->kind)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("key column \"%s\" of node relation \"%s\" has type %s, but the edges hold %s ids",
						graph->node_key.label, RelationGetRelationName(nodes),
						format_type_be(graph->node_key.type),
						trl_key_kind_name(graph->kind))));
	check_collation(nodes, &graph->node_key);

	graph->nodes = relid;
	graph->nodes_name = trl_relation_sql_name(relid);
	graph->nodes_certain = nodes_certain(graph, nodes, referenced);
	relation_close(nodes, NoLock);
}

/* The registered node relation.  InvalidOid if there is none, or it is gone. */
static Oid
registered_relation(const char *schema_name, const char *name)
{
	Oid			schema;

	if (name == NULL)
		return InvalidOid;
	schema = get_namespace_oid(schema_name, true);
	return OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
}

static void
find_nodes(TrlGraph *graph, Relation rel, Oid nodes, const TrlRegistration *row)
{
	AttrNumber	key = 0;
	Oid			referenced = endpoints_target(graph, rel, &key);
	Oid			registered = InvalidOid;

	if (row != NULL)
		registered = registered_relation(row->node_schema, row->node_name);
	if (!OidIsValid(nodes))
	{
		/* to go on without would show what its policies hide */
		if (row != NULL && row->node_name != NULL && !OidIsValid(registered))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("node relation \"%s.%s\" does not exist",
							row->node_schema, row->node_name),
					 errdetail("It is registered as the nodes of \"%s\".",
							   RelationGetRelationName(rel)),
					 errhint("Call trellis.register_edges again.")));
		nodes = OidIsValid(registered) ? registered : referenced;
	}
	if (OidIsValid(nodes))
		describe_nodes(graph, nodes,
					   nodes == registered ? row->node_key : NULL,
					   nodes == referenced ? key : 0);
	graph->nodes_certain = graph->nodes_certain && !may_dangle(rel);
}

/*
 * The dictionary of relation names, if the relation column holds integers:
 * registered, or the table that its foreign key points to, or the one that a
 * graph (whose schema has been renamed) has beside it.
 */
static void
find_rel_types(TrlGraph *graph, Relation rel, const TrlRegistration *row)
{
	TrlColumn  *column = &graph->column[TRL_ROLE_REL];
	AttrNumber	key = 0;
	Oid			relid = InvalidOid;
	Relation	types;

	if (column->attnum == 0 ||
		(column->type != INT2OID && column->type != INT4OID))
		return;
	if (row != NULL)
		relid = registered_relation(row->type_schema, row->type_name);
	if (!OidIsValid(relid) &&
		!foreign_key_target(rel, column->attnum, &relid, &key) &&
		row == NULL)
		relid = get_relname_relid("rel_type", RelationGetNamespace(rel));
	if (!OidIsValid(relid))
		return;

	types = relation_open(relid, AccessShareLock);
	if (key == 0)
		key = single_primary_key(types);
	if (key > 0 &&
		find_column(types, get_attname(relid, key, false),
					&graph->rel_types_key) &&
		graph->rel_types_key.type == column->type &&
		find_column(types, "name", &graph->rel_types_label) &&
		graph->rel_types_label.type == TEXTOID)
	{
		graph->rel_types = relid;
		graph->rel_types_name = trl_relation_sql_name(relid);
	}
	relation_close(types, NoLock);
}

TrlGraph *
trl_graph_open(Oid relid, Oid nodes)
{
	TrlGraph   *graph = palloc0(sizeof(TrlGraph));
	TrlRegistration *row;
	Relation	rel;

	rel = open_argument(relid, "edges");
	trl_graph_check_relkind(rel, "edges");
	graph->rel = relid;
	graph->name = trl_relation_sql_name(relid);
	row = trl_catalog_find(relid);
	if (row != NULL)
		registered_columns(graph, rel, row);
	else
		usual_columns(graph, rel);
	check_endpoints(graph, rel);
	find_nodes(graph, rel, nodes, row);
	find_rel_types(graph, rel, row);
	relation_close(rel, NoLock);
	return graph;
}

void
trl_graph_require(const TrlGraph *graph, TrlRole role, const char *argument)
{
	if (graph->column[role].attnum != 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" needs a column that %s does not have",
					argument, graph->name),
			 errhint("Its owner can name one: trellis.register_edges(..., %s => ...).",
					 roles[role].argument)));
}
