/*
 * identity.c - who the session is: login(), whoami(), tenant(), bind_role()
 *
 * Does: judge a token's claims here and now (database, role, time); fall
 * back to the binding of session_user.
 * Does not: read tokens (token.c, jwt.c), know labels (reader.c).
 *
 * Memory: the binding of the session's role is kept in a static struct.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "access/catalog.h"
#include "access/identity.h"
#include "access/serial.h"
#include "access/token.h"
#include "core/compat.h"

/* How far a signer's clock may be ahead of ours, seconds (nbf). */
#define CLOCK_LEEWAY 60

TRL_FUNCTION(trl_login);
TRL_FUNCTION(trl_whoami);
TRL_FUNCTION(trl_tenant);
TRL_FUNCTION(trl_bind_role);

/* The session's role as bound when epoch was current. */
typedef struct RoleBinding
{
	uint64		epoch;			/* of bindings; 0 never matches */
	Oid			role;
	bool		bound;
	bool		has_tenant;
	int32		tenant;
	char		principal[TRL_PRINCIPAL_MAX + 1];
} RoleBinding;

static RoleBinding binding;

TimestampTz
trl_statement_time(void)
{
	TimestampTz now = GetCurrentStatementStartTimestamp();

	/* a background worker need not have set it */
	return now != 0 ? now : GetCurrentTimestamp();
}

static TimestampTz
unix_to_timestamp(int64 seconds)
{
	return (seconds - (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) *
			SECS_PER_DAY) * USECS_PER_SEC;
}

/* A database cannot be renamed while a session uses it. */
static const char *
current_database_name(void)
{
	static NameData name;

	if (NameStr(name)[0] == '\0')
	{
		char	   *found = get_database_name(MyDatabaseId);

		if (found == NULL)
			return "";
		namestrcpy(&name, found);
		pfree(found);
	}
	return NameStr(name);
}

/* A token for a role is good in sessions of that role and after SET ROLE to it. */
static bool
role_matches(const char *role)
{
	Oid			oid = get_role_oid(role, true);

	return OidIsValid(oid) &&
		(oid == GetSessionUserId() || oid == GetOuterUserId());
}

/* What speaks against a well-signed token here and now, NULL if nothing. */
static const char *
claims_fault(const TrlClaims *claims, TimestampTz now)
{
	if (strcmp(claims->database, current_database_name()) != 0)
		return "it is for another database";
	if (claims->role[0] != '\0' && !role_matches(claims->role))
		return "it is for another role";
	if (now >= unix_to_timestamp(claims->expires))
		return "it has expired";
	if (now < unix_to_timestamp(claims->not_before - CLOCK_LEEWAY))
		return "it is not valid yet";
	return NULL;
}

static void
identity_of_token(const TrlClaims *claims, TrlIdentity *identity)
{
	if (claims_fault(claims, trl_statement_time()) != NULL)
		return;
	identity->source = TRL_IDENTITY_TOKEN;
	identity->principal = claims->principal;
	identity->agent = claims->agent[0] != '\0' ? claims->agent : NULL;
	identity->has_tenant = claims->has_tenant;
	identity->tenant = claims->tenant;
	identity->expires = unix_to_timestamp(claims->expires);
}

/* Looks the session's role up, unless nothing changed since. */
static void
load_binding(Oid role)
{
	uint64		epoch = trl_access_epochs.bindings + 1;
	char	   *principal;

	if (binding.epoch == epoch && binding.role == role)
		return;
	binding.epoch = 0;
	binding.role = role;
	principal = trl_catalog_binding(role, &binding.has_tenant, &binding.tenant);
	binding.bound = (principal != NULL);
	if (principal != NULL)
	{
		strlcpy(binding.principal, principal, sizeof(binding.principal));
		pfree(principal);
	}
	binding.epoch = epoch;
}

static void
identity_of_role(TrlIdentity *identity)
{
	load_binding(GetSessionUserId());
	if (!binding.bound)
		return;
	identity->source = TRL_IDENTITY_ROLE;
	identity->principal = binding.principal;
	identity->has_tenant = binding.has_tenant;
	identity->tenant = binding.tenant;
}

void
trl_identity_get(TrlIdentity *identity)
{
	const TrlClaims *claims = trl_token_claims();

	memset(identity, 0, sizeof(*identity));
	identity->expires = DT_NOEND;
	if (claims != NULL)
		identity_of_token(claims, identity);
	else
		identity_of_role(identity);
}

/* The one answer to a bad token; why is for the log. */
static void
refuse_token(const char *reason)
{
	trl_token_log_refusal(reason);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg(TRL_TOKEN_REFUSED),
			 errhidestmt(true),
			 errhidecontext(true)));
}

static void
raise_key_file_fault(const char *fault)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("access tokens cannot be verified: the key file cannot be used"),
			 errdetail_log("The key file cannot be used: %s.", fault),
			 errhint("The server log says why."),
			 errhidestmt(true)));
}

static void
warn_outside_transaction(void)
{
	if (!IsInTransactionBlock(true))
		ereport(WARNING,
				(errcode(ERRCODE_NO_ACTIVE_SQL_TRANSACTION),
				 errmsg("trellis.login() can only be used in transaction blocks"),
				 errhint("Call it after BEGIN, or with session => true.")));
}

/* login(token text, session boolean) returns text: the principal */
Datum
trl_login(PG_FUNCTION_ARGS)
{
	TrlClaims	claims;
	const char *fault;
	char	   *token;
	bool		file_fault;
	bool		session = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);

	if (PG_ARGISNULL(0))
		refuse_token("it is NULL");
	token = text_to_cstring(PG_GETARG_TEXT_PP(0));
	fault = trl_token_verify(token, &claims, &file_fault);
	if (file_fault)
		raise_key_file_fault(fault);
	if (fault == NULL)
		fault = claims_fault(&claims, trl_statement_time());
	if (fault != NULL)
		refuse_token(fault);

	if (!session)
		warn_outside_transaction();
	(void) set_config_option("trellis.token", token, PGC_USERSET, PGC_S_SESSION,
							 session ? GUC_ACTION_SET : GUC_ACTION_LOCAL,
							 true, 0, false);
	PG_RETURN_TEXT_P(cstring_to_text(claims.principal));
}

/* The role that an identity came by. */
static Datum
identity_role(const TrlIdentity *identity)
{
	const TrlClaims *claims = trl_token_claims();
	Name		name = palloc0(sizeof(NameData));

	if (identity->source == TRL_IDENTITY_TOKEN && claims->role[0] != '\0')
		namestrcpy(name, claims->role);
	else
		namestrcpy(name, GetUserNameFromId(GetSessionUserId(), false));
	return NameGetDatum(name);
}

/* whoami(): one row, all NULL if the session is nobody */
Datum
trl_whoami(PG_FUNCTION_ARGS)
{
	TrlIdentity who;
	TupleDesc	desc;
	Datum		values[7] = {0};
	bool		nulls[7];

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	memset(nulls, true, sizeof(nulls));
	trl_catalog_refresh();
	trl_identity_get(&who);
	if (who.source != TRL_IDENTITY_NOBODY)
	{
		values[0] = CStringGetTextDatum(who.principal);
		if (who.agent != NULL)
			values[1] = CStringGetTextDatum(who.agent);
		values[2] = identity_role(&who);
		values[3] = DirectFunctionCall1(namein, CStringGetDatum(current_database_name()));
		values[4] = Int32GetDatum(who.tenant);
		values[5] = TimestampTzGetDatum(who.expires);
		values[6] = CStringGetTextDatum(who.source == TRL_IDENTITY_TOKEN ? "token" : "role");
		memset(nulls, false, sizeof(nulls));
		nulls[1] = (who.agent == NULL);
		nulls[4] = !who.has_tenant;
		nulls[5] = (who.expires == DT_NOEND);
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/* One call site's tenant, good while nothing changes. */
typedef struct TenantCall
{
	uint64		serial;			/* 0 never matches */
	TimestampTz statement;
	bool		has_tenant;
	int32		tenant;
} TenantCall;

static void
load_tenant(TenantCall *call)
{
	TrlIdentity who;

	call->serial = 0;
	trl_catalog_refresh();
	call->serial = trl_access_serial;
	call->statement = GetCurrentStatementStartTimestamp();
	trl_identity_get(&who);
	call->has_tenant = who.has_tenant;
	call->tenant = who.tenant;
}

/* tenant() returns int4: of the token or the bound role, NULL if none */
Datum
trl_tenant(PG_FUNCTION_ARGS)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	TenantCall *call = flinfo->fn_extra;

	if (call == NULL)
	{
		call = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(TenantCall));
		flinfo->fn_extra = call;
	}
	if (call->serial != trl_access_serial ||
		call->statement != GetCurrentStatementStartTimestamp())
		load_tenant(call);
	if (!call->has_tenant)
		PG_RETURN_NULL();
	PG_RETURN_INT32(call->tenant);
}

void
trl_check_principal(const char *principal)
{
	size_t		len = strlen(principal);

	if (len < 1 || len > TRL_PRINCIPAL_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a principal must have 1 to %d bytes, not %zu",
						TRL_PRINCIPAL_MAX, len)));
}

/* bind_role(role regrole, principal text, tenant int4) returns void */
Datum
trl_bind_role(PG_FUNCTION_ARGS)
{
	Oid			types[3] = {REGROLEOID, TEXTOID, INT4OID};
	Datum		values[3];
	char		nulls[4] = "   ";

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("role must not be NULL")));
	values[0] = PG_GETARG_DATUM(0);
	if (PG_ARGISNULL(1))
	{
		trl_catalog_execute("DELETE FROM trellis.role_principal "
							"WHERE role OPERATOR(pg_catalog.=) $1",
							1, types, values, nulls, NULL);
		PG_RETURN_VOID();
	}
	(void) GetUserNameFromId(DatumGetObjectId(values[0]), false);
	trl_check_principal(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	values[1] = PG_GETARG_DATUM(1);
	values[2] = PG_ARGISNULL(2) ? (Datum) 0 : PG_GETARG_DATUM(2);
	nulls[2] = PG_ARGISNULL(2) ? 'n' : ' ';
	trl_catalog_execute("INSERT INTO trellis.role_principal AS b (role, principal, tenant) "
						"VALUES ($1, $2, $3) ON CONFLICT (role) DO UPDATE "
						"SET principal = excluded.principal, tenant = excluded.tenant",
						3, types, values, nulls, NULL);
	PG_RETURN_VOID();
}
