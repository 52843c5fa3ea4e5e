/*
 * catalog.c - reading and writing the catalogue tables, noticing changes
 *
 * A row trigger on every table sends a relation-cache invalidation.  Such
 * messages reach the own session at the next command, others at commit, are
 * undone by an abort (of a subtransaction too), and are replayed on
 * standbys.  The callback only counts; readers compare (reader.c).
 *
 * Locks: AccessShareLock on a table while it is read.  Memory: the caller's
 * context.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "access/catalog.h"
#include "access/serial.h"
#include "core/compat.h"

#define CATALOG_SCHEMA "trellis"

TRL_FUNCTION(trl_access_changed);

/* Columns, as 60-access.sql has them. */
enum
{
	LABEL_ID = 1,
	LABEL_NAME = 2,
	GRANT_PRINCIPAL = 1,
	GRANT_LABEL = 2,
	GRANT_UNTIL = 3,
	EXPR_ID = 1,
	EXPR_TEXT = 2,
	BINDING_ROLE = 1,
	BINDING_PRINCIPAL = 2,
	BINDING_TENANT = 3
};

typedef struct CatalogScan
{
	Relation	rel;
	SysScanDesc scan;
} CatalogScan;

/* Tables whose invalidations count, in the order of watched_names. */
enum
{
	WATCH_LABEL,
	WATCH_GRANT,
	WATCH_EXPR,
	WATCH_BINDING,
	WATCHED
};

static const char *const watched_names[WATCHED] = {
	"label", "label_grant", "label_expr", "role_principal"
};

static Oid	watched[WATCHED];
static bool watching = false;

TrlAccessEpochs trl_access_epochs;
uint64		trl_access_serial = 1;

/*
 * A table or index of the extension by name, InvalidOid if absent.  Names
 * are looked up each time: an index may be rebuilt under a new OID.
 */
static Oid
catalog_oid(const char *name)
{
	Oid			namespace = get_namespace_oid(CATALOG_SCHEMA, true);

	return OidIsValid(namespace) ? get_relname_relid(name, namespace) : InvalidOid;
}

/* Everything may have changed. */
static void
invalidate_all(void)
{
	trl_access_epochs.definitions++;
	trl_access_epochs.expressions++;
	trl_access_epochs.grants++;
	trl_access_epochs.bindings++;
	trl_access_serial++;
	watching = false;
}

/* Relation-cache callback: counts, touches nothing that may be in use. */
static void
note_invalidation(Datum arg, Oid relid)
{
	(void) arg;
	if (!watching)
		return;
	if (relid == InvalidOid || relid == watched[WATCH_LABEL])
		invalidate_all();
	else if (relid == watched[WATCH_GRANT])
	{
		trl_access_epochs.grants++;
		trl_access_serial++;
	}
	else if (relid == watched[WATCH_EXPR])
	{
		trl_access_epochs.expressions++;
		trl_access_serial++;
	}
	else if (relid == watched[WATCH_BINDING])
	{
		trl_access_epochs.bindings++;
		trl_access_serial++;
	}
}

/*
 * Forgets what was read while changes that are now rolled back were visible.
 * Their invalidations do not see to that alone: a statement that fails before
 * its triggers fire has sent none, but a function that it called may have
 * read its rows.  A transaction without an id has changed nothing.
 */
static void
note_abort(void)
{
	if (TransactionIdIsValid(GetCurrentTransactionIdIfAny()))
		invalidate_all();
}

static void
note_transaction_end(XactEvent event, void *arg)
{
	(void) arg;
	/* what was prepared is not seen until it is committed */
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		note_abort();
}

static void
note_subtransaction_end(SubXactEvent event, SubTransactionId mySubid,
						SubTransactionId parentSubid, void *arg)
{
	(void) mySubid;
	(void) parentSubid;
	(void) arg;
	if (event == SUBXACT_EVENT_ABORT_SUB)
		note_abort();
}

void
trl_catalog_init(void)
{
	CacheRegisterRelcacheCallback(note_invalidation, (Datum) 0);
	RegisterXactCallback(note_transaction_end, NULL);
	RegisterSubXactCallback(note_subtransaction_end, NULL);
}

bool
trl_catalog_refresh(void)
{
	int			i;

	/*
	 * A statement that finds all its locks held already takes in nothing by
	 * itself.
	 */
	AcceptInvalidationMessages();
	if (watching)
		return true;
	for (i = 0; i < WATCHED; i++)
	{
		watched[i] = catalog_oid(watched_names[i]);
		if (!OidIsValid(watched[i]))
			return false;
	}
	/* whatever was derived while nobody watched is worth nothing */
	invalidate_all();
	watching = true;
	return true;
}

/* False if the table is gone, which is as good as empty. */
static bool
scan_begin(CatalogScan *s, const char *table, const char *index,
		   int nkeys, ScanKey keys)
{
	Oid			relid = catalog_oid(table);

	s->rel = OidIsValid(relid) ? try_table_open(relid, AccessShareLock) : NULL;
	if (s->rel == NULL)
		return false;
	/* only now: to open the table takes in invalidations */
	s->scan = systable_beginscan(s->rel, index ? catalog_oid(index) : InvalidOid,
								 index != NULL, NULL, nkeys, keys);
	return true;
}

static void
scan_end(CatalogScan *s)
{
	systable_endscan(s->scan);
	table_close(s->rel, AccessShareLock);
}

static Datum
column_of(const CatalogScan *s, HeapTuple tuple, int column, bool *isnull)
{
	return heap_getattr(tuple, column, RelationGetDescr(s->rel), isnull);
}

/* A text column as a palloc'd string, NULL for NULL. */
static char *
text_of(const CatalogScan *s, HeapTuple tuple, int column)
{
	bool		isnull;
	Datum		value = column_of(s, tuple, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/* A 32-bit column, 0 for NULL, which none of those asked for here can be. */
static int32
int_of(const CatalogScan *s, HeapTuple tuple, int column)
{
	bool		isnull;
	Datum		value = column_of(s, tuple, column, &isnull);

	return isnull ? 0 : DatumGetInt32(value);
}

static void
text_key(ScanKey key, int column, const char *value)
{
	ScanKeyInit(key, column, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(value));
}

static void
int_key(ScanKey key, int column, int32 value)
{
	ScanKeyInit(key, column, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(value));
}

char *
trl_catalog_binding(Oid role, bool *has_tenant, int32 *tenant)
{
	CatalogScan s;
	ScanKeyData key;
	HeapTuple	tuple;
	char	   *principal = NULL;

	ScanKeyInit(&key, BINDING_ROLE, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(role));
	if (!scan_begin(&s, "role_principal", "role_principal_pkey", 1, &key))
		return NULL;
	tuple = systable_getnext(s.scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;

		principal = text_of(&s, tuple, BINDING_PRINCIPAL);
		*tenant = DatumGetInt32(column_of(&s, tuple, BINDING_TENANT, &isnull));
		*has_tenant = !isnull;
	}
	scan_end(&s);
	return principal;
}

Bitmapset *
trl_catalog_grants(const char *principal, TimestampTz now, TimestampTz *until)
{
	CatalogScan s;
	ScanKeyData key;
	HeapTuple	tuple;
	Bitmapset  *held = NULL;

	*until = DT_NOEND;
	text_key(&key, GRANT_PRINCIPAL, principal);
	if (!scan_begin(&s, "label_grant", "label_grant_pkey", 1, &key))
		return NULL;
	while (HeapTupleIsValid(tuple = systable_getnext(s.scan)))
	{
		int32		label = int_of(&s, tuple, GRANT_LABEL);
		bool		forever;
		Datum		end = column_of(&s, tuple, GRANT_UNTIL, &forever);

		if (!forever && DatumGetTimestampTz(end) <= now)
			continue;
		if (!forever && DatumGetTimestampTz(end) < *until)
			*until = DatumGetTimestampTz(end);
		if (label > 0 && label <= TRL_LABEL_MAX)
			held = bms_add_member(held, label);
	}
	scan_end(&s);
	return held;
}

/* The text column of the row with this id, palloc'd, NULL if there is none. */
static char *
text_by_id(const char *table, const char *index, AttrNumber id_column,
		   AttrNumber text_column, int32 id)
{
	CatalogScan s;
	ScanKeyData key;
	HeapTuple	tuple;
	char	   *text = NULL;

	int_key(&key, id_column, id);
	if (!scan_begin(&s, table, index, 1, &key))
		return NULL;
	tuple = systable_getnext(s.scan);
	if (HeapTupleIsValid(tuple))
		text = text_of(&s, tuple, text_column);
	scan_end(&s);
	return text;
}

char *
trl_catalog_expression(int32 id)
{
	return text_by_id("label_expr", "label_expr_pkey", EXPR_ID, EXPR_TEXT, id);
}

int32
trl_catalog_expression_id(const char *canonical)
{
	CatalogScan s;
	ScanKeyData key;
	HeapTuple	tuple;
	int32		id = 0;

	text_key(&key, EXPR_TEXT, canonical);
	if (!scan_begin(&s, "label_expr", "label_expr_expr_key", 1, &key))
		return 0;
	tuple = systable_getnext(s.scan);
	if (HeapTupleIsValid(tuple))
		id = int_of(&s, tuple, EXPR_ID);
	scan_end(&s);
	return id;
}

void
trl_catalog_each_expression(TrlVisitExpression visit, void *arg)
{
	CatalogScan s;
	HeapTuple	tuple;
	bool		more = true;

	if (!scan_begin(&s, "label_expr", NULL, 0, NULL))
		return;
	while (more && HeapTupleIsValid(tuple = systable_getnext(s.scan)))
	{
		char	   *text = text_of(&s, tuple, EXPR_TEXT);

		CHECK_FOR_INTERRUPTS();
		more = visit(int_of(&s, tuple, EXPR_ID), text, arg);
		pfree(text);
	}
	scan_end(&s);
}

int32
trl_catalog_label(const char *name)
{
	CatalogScan s;
	ScanKeyData key;
	HeapTuple	tuple;
	int32		id = 0;

	text_key(&key, LABEL_NAME, name);
	if (!scan_begin(&s, "label", "label_name_key", 1, &key))
		return 0;
	tuple = systable_getnext(s.scan);
	if (HeapTupleIsValid(tuple))
		id = int_of(&s, tuple, LABEL_ID);
	scan_end(&s);
	return id;
}

char *
trl_catalog_label_name(int32 id)
{
	return text_by_id("label", "label_pkey", LABEL_ID, LABEL_NAME, id);
}

bool
trl_catalog_readable(const char *table)
{
	Oid			relid = catalog_oid(table);

	return OidIsValid(relid) &&
		pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

/* The owner of the catalogue, as whom it is written. */
static Oid
catalog_owner(void)
{
	Oid			relid = catalog_oid("label");
	Relation	rel;
	Oid			owner;

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table %s.label does not exist", CATALOG_SCHEMA),
				 errhint("Run CREATE EXTENSION trellis in this database.")));
	rel = table_open(relid, AccessShareLock);
	owner = rel->rd_rel->relowner;
	table_close(rel, AccessShareLock);
	return owner;
}

uint64
trl_catalog_execute(const char *sql, int nargs, Oid *types, Datum *values,
					const char *nulls, int32 *first)
{
	Oid			user;
	int			context;
	uint64		rows;
	int			result;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(catalog_owner(), context | SECURITY_LOCAL_USERID_CHANGE);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	result = SPI_execute_with_args(sql, nargs, types, values, nulls, false, 0);
	if (result < 0)
		elog(ERROR, "could not execute \"%s\": %s", sql,
			 SPI_result_code_string(result));
	rows = SPI_processed;
	if (first != NULL)
	{
		bool		isnull;

		*first = 0;
		if (rows > 0 && SPI_tuptable != NULL)
			*first = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0],
												 SPI_tuptable->tupdesc, 1, &isnull));
	}
	SPI_finish();
	SetUserIdAndSecContext(user, context);
	return rows;
}

/*
 * access_changed(): trigger of the catalogue tables.  Expressions may come
 * without anybody's answers changing; if one changes or goes, all do, and
 * the label table's invalidation says so.
 */
Datum
trl_access_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Relation	rel;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trellis.access_changed() can be called as a trigger only")));
	rel = trigger->tg_relation;
	CacheInvalidateRelcache(rel);
	if (strcmp(RelationGetRelationName(rel), "label_expr") == 0)
	{
		Oid			label = catalog_oid("label");

		if (!TRIGGER_FIRED_BY_INSERT(trigger->tg_event) && OidIsValid(label))
			CacheInvalidateRelcacheByRelid(label);
	}
	return PointerGetDatum(NULL);
}
