/*
 * label.c - labels, who holds them, and the ids of label expressions
 *
 * Everything here is allowed by EXECUTE on the function, which PUBLIC lacks;
 * the catalogue is then written as the extension's owner (catalog.c).
 *
 * Locks: RowExclusiveLock on a catalogue table.  Two sessions that intern
 * the same new expression wait for each other on its unique index.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "access/catalog.h"
#include "access/identity.h"
#include "access/label_expr.h"
#include "core/compat.h"

TRL_FUNCTION(trl_create_label);
TRL_FUNCTION(trl_grant_label);
TRL_FUNCTION(trl_revoke_label);
TRL_FUNCTION(trl_label_id);
TRL_FUNCTION(trl_label_name);

/* An argument that must be there, as a C string. */
static char *
text_argument(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be NULL", name)));
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* The id of a label that must exist. */
static int32
known_label(const char *name)
{
	int32		id = trl_catalog_label(name);

	if (id == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("label \"%s\" does not exist", name),
				 errhint("Create it with trellis.create_label(). "
						 "Upper and lower case differ in labels.")));
	return id;
}

/* The id of canonical text, which is added if it is new. */
static int32
intern(const char *canonical)
{
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(canonical);
	int32		id = trl_catalog_expression_id(canonical);

	if (id != 0)
		return id;
	PreventCommandIfReadOnly("trellis.label_id() of a new expression");
	trl_catalog_execute("INSERT INTO trellis.label_expr (expr) VALUES ($1) "
						"ON CONFLICT (expr) DO NOTHING RETURNING id",
						1, &type, &value, NULL, &id);
	/* no row: another session was faster, and has committed by now */
	if (id == 0)
		id = trl_catalog_expression_id(canonical);
	if (id == 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not intern a label expression: it came and went in another session"),
				 errhint("Try again.")));
	return id;
}

/* label_id(expr text) returns int4 */
Datum
trl_label_id(PG_FUNCTION_ARGS)
{
	char	   *expr = text_to_cstring(PG_GETARG_TEXT_PP(0));

	PG_RETURN_INT32(intern(trl_expr_canonical(expr, known_label)));
}

/* label_name(id int4) returns text, for those who may read the expressions */
Datum
trl_label_name(PG_FUNCTION_ARGS)
{
	char	   *canonical;

	if (!trl_catalog_readable("label_expr") || !trl_catalog_readable("label"))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for label names"),
				 errhint("It takes SELECT on trellis.label and trellis.label_expr.")));
	canonical = trl_catalog_expression(PG_GETARG_INT32(0));
	if (canonical == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(trl_expr_in_names(canonical, trl_catalog_label_name)));
}

static void
check_label_name(const char *name)
{
	const char *p;
	size_t		len = strlen(name);

	if (len < 1 || len > TRL_LABEL_NAME_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("a label name must have 1 to %d bytes, not %zu",
						TRL_LABEL_NAME_MAX, len)));
	for (p = name; *p != '\0'; p++)
		if ((unsigned char) *p < 0x20 || *p == 0x7f)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_NAME),
					 errmsg("a label name cannot have control characters")));
}

/* create_label(name, description, if_not_exists) returns int4 */
Datum
trl_create_label(PG_FUNCTION_ARGS)
{
	char	   *name = text_argument(fcinfo, 0, "name");
	bool		if_not_exists = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	Oid			types[2] = {TEXTOID, TEXTOID};
	Datum		values[2];
	char		nulls[3] = "  ";
	int32		id;

	check_label_name(name);
	values[0] = CStringGetTextDatum(name);
	values[1] = PG_ARGISNULL(1) ? (Datum) 0 : PG_GETARG_DATUM(1);
	nulls[1] = PG_ARGISNULL(1) ? 'n' : ' ';
	trl_catalog_execute("INSERT INTO trellis.label (name, description) VALUES ($1, $2) "
						"ON CONFLICT (name) DO NOTHING RETURNING id",
						2, types, values, nulls, &id);
	if (id == 0 && !if_not_exists)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("label \"%s\" already exists", name),
				 errhint("Use if_not_exists => true to allow that.")));
	if (id == 0)
		id = known_label(name);
	PG_RETURN_INT32(intern(psprintf("%d", id)));
}

/* grant_label(principal, label, until) returns void; replaces an earlier until */
Datum
trl_grant_label(PG_FUNCTION_ARGS)
{
	char	   *principal = text_argument(fcinfo, 0, "principal");
	char	   *label = text_argument(fcinfo, 1, "label");
	Oid			types[4] = {TEXTOID, INT4OID, TIMESTAMPTZOID, NAMEOID};
	Datum		values[4];
	char		nulls[5] = "    ";
	NameData	grantor;

	trl_check_principal(principal);
	namestrcpy(&grantor, GetUserNameFromId(GetSessionUserId(), false));
	values[0] = CStringGetTextDatum(principal);
	values[1] = Int32GetDatum(known_label(label));
	values[2] = PG_ARGISNULL(2) ? (Datum) 0 : PG_GETARG_DATUM(2);
	nulls[2] = PG_ARGISNULL(2) ? 'n' : ' ';
	values[3] = NameGetDatum(&grantor);
	trl_catalog_execute("INSERT INTO trellis.label_grant AS g (principal, label, until, granted_by) "
						"VALUES ($1, $2, $3, $4) ON CONFLICT (principal, label) DO UPDATE "
						"SET until = excluded.until, granted_by = excluded.granted_by, "
						"granted_at = excluded.granted_at",
						4, types, values, nulls, NULL);
	PG_RETURN_VOID();
}

/* revoke_label(principal, label) returns bool: was it held */
Datum
trl_revoke_label(PG_FUNCTION_ARGS)
{
	char	   *principal = text_argument(fcinfo, 0, "principal");
	char	   *label = text_argument(fcinfo, 1, "label");
	Oid			types[2] = {TEXTOID, INT4OID};
	Datum		values[2];
	uint64		rows;

	values[0] = CStringGetTextDatum(principal);
	values[1] = Int32GetDatum(known_label(label));
	rows = trl_catalog_execute("DELETE FROM trellis.label_grant "
							   "WHERE principal OPERATOR(pg_catalog.=) $1 "
							   "AND label OPERATOR(pg_catalog.=) $2",
							   2, types, values, NULL, NULL);
	PG_RETURN_BOOL(rows > 0);
}
