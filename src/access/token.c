/*
 * token.c - hooks of the setting trellis.token, and trellis.sign()
 *
 * Anyone may set trellis.token, nobody can forge it: the check hook computes
 * the MAC anew and keeps what the token says in the setting's "extra", which
 * the server saves and restores with the value.
 *
 * The hook runs in odd places (postmaster, SIGHUP, before a transaction), so
 * it accepts a token only from a session's own SET, and from the restoring
 * of a parallel worker.  There the MAC is not computed again: the value
 * comes from the leader, whose hook did, through memory that SQL cannot
 * write, and a key taken out meanwhile must not break a running query.
 *
 * Memory: extra is one block that guc.c frees.  Nothing here raises except
 * sign().
 */
#include "postgres.h"

#include "access/parallel.h"
#include "commands/dbcommands.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "access/keyfile.h"
#include "access/serial.h"
#include "access/token.h"
#include "core/compat.h"
#include "core/guc.h"

/* How long a token lives that says nothing of it, seconds. */
#define DEFAULT_LIFETIME (15 * 60)

TRL_FUNCTION(trl_sign);

static const TrlClaims *current_claims = NULL;

const TrlClaims *
trl_token_claims(void)
{
	return current_claims;
}

typedef struct KeySearch
{
	TrlKeyFileState state;
} KeySearch;

static bool
find_key(const char *kid, uint8 *bytes, void *arg)
{
	KeySearch  *search = arg;
	TrlKey		key;
	bool		found = trl_keyfile_find(kid, &key, &search->state);

	if (found)
		memcpy(bytes, key.bytes, sizeof(key.bytes));
	explicit_bzero(&key, sizeof(key));
	return found;
}

static bool
all_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char) *text >= 0x80)
			return false;
	return true;
}

/*
 * Claims are UTF-8.  A database with another encoding takes ASCII only: no
 * conversion may be looked up in a hook.
 */
static bool
encoding_fits(const TrlClaims *claims)
{
	int			encoding = GetDatabaseEncoding();

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return true;
	return all_ascii(claims->principal) && all_ascii(claims->agent) &&
		all_ascii(claims->role) && all_ascii(claims->database) &&
		all_ascii(claims->jti);
}

static const char *
read_token(const char *token, TrlFindKey key_source, KeySearch *search,
		   TrlClaims *claims)
{
	const char *fault;

	fault = trl_jwt_read(token, strlen(token), key_source, search, claims);
	if (fault == NULL && !encoding_fits(claims))
		fault = "a claim is not ASCII, and the database is not in UTF-8";
	return fault;
}

const char *
trl_token_verify(const char *token, TrlClaims *claims, bool *file_fault)
{
	KeySearch	search;
	const char *fault;

	memset(&search, 0, sizeof(search));
	fault = read_token(token, find_key, &search, claims);
	*file_fault = (search.state.fault != NULL);
	return *file_fault ? search.state.fault : fault;
}

void
trl_token_log_refusal(const char *reason)
{
	/* to the log alone: a client could ask for DEBUG1 too */
	if (log_min_messages <= DEBUG1)
		ereport(LOG_SERVER_ONLY,
				(errmsg_internal("access token refused: %s", reason),
				 errhidestmt(true)));
}

static bool
refuse_setting(const char *message)
{
	GUC_check_errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION);
	GUC_check_errmsg("%s", message);
	return false;
}

bool
trl_token_check(char **newval, void **extra, GucSource source)
{
	TrlClaims  *claims;
	const char *fault;
	bool		file_fault;

	if (*newval == NULL || (*newval)[0] == '\0')
		return true;
	if (source < PGC_S_SESSION)
		return refuse_setting("trellis.token can be set within a session only");

	claims = trl_guc_malloc(sizeof(TrlClaims));
	if (claims == NULL)
		return false;
	if (InitializingParallelWorker)
		fault = read_token(*newval, NULL, NULL, claims);
	else
		fault = trl_token_verify(*newval, claims, &file_fault);
	if (fault != NULL)
	{
		trl_guc_free(claims);
		trl_token_log_refusal(fault);
		return refuse_setting(TRL_TOKEN_REFUSED);
	}
	*extra = claims;
	return true;
}

void
trl_token_assign(const char *newval, void *extra)
{
	(void) newval;
	current_claims = extra;
	trl_access_serial++;
}

const char *
trl_token_show(void)
{
	return current_claims != NULL ? "********" : "";
}

/* {"aud": ..., "iat": ..., "exp": ..., "jti": ...} for claims without them. */
static Datum
default_claims(void)
{
	StringInfoData text;
	uint8		jti[16];
	pg_time_t	now = timestamptz_to_time_t(GetCurrentTimestamp());
	size_t		i;

	if (!pg_strong_random(jti, sizeof(jti)))
		elog(ERROR, "no random bytes for a token's jti");
	initStringInfo(&text);
	appendStringInfoString(&text, "{\"aud\": ");
	escape_json(&text, get_database_name(MyDatabaseId));
	appendStringInfo(&text, ", \"iat\": " INT64_FORMAT ", \"exp\": " INT64_FORMAT
					 ", \"jti\": \"", (int64) now, (int64) now + DEFAULT_LIFETIME);
	for (i = 0; i < sizeof(jti); i++)
		appendStringInfo(&text, "%02x", jti[i]);
	appendStringInfoString(&text, "\"}");
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(text.data));
}

/* The claims as JSON text in UTF-8, defaults filled in. */
static char *
complete_claims(Datum given)
{
	Datum		all = DirectFunctionCall2(jsonb_concat, default_claims(), given);
	Jsonb	   *jb = DatumGetJsonbP(all);
	char	   *text = JsonbToCString(NULL, &jb->root, VARSIZE(jb));

	return pg_server_to_any(text, (int) strlen(text), PG_UTF8);
}

/* What sign() hands out, login() must take: reads it back. */
static void
check_signed(const char *token)
{
	TrlClaims	claims;
	const char *fault;

	fault = read_token(token, NULL, NULL, &claims);
	if (fault != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid claims for an access token"),
				 errdetail("Refused because %s.", fault),
				 errhint("Claims are sub (needed), act, role, aud, exp, nbf, iat, jti and tenant.")));
}

/* sign(claims jsonb) returns text: a token made with the newest key */
Datum
trl_sign(PG_FUNCTION_ARGS)
{
	Jsonb	   *claims;
	TrlKey		key;
	TrlKeyFileState state;
	char	   *text;
	char	   *token;

	if (!superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be superuser to sign an access token")));
	claims = PG_GETARG_JSONB_P(0);
	if (!JB_ROOT_IS_OBJECT(claims))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("claims must be a JSON object"),
				 errhint("For example '{\"sub\": \"alice\"}'.")));

	text = complete_claims(JsonbPGetDatum(claims));
	token = palloc(trl_jwt_room(strlen(text)));
	if (!trl_keyfile_find(NULL, &key, &state))
	{
		if (state.fault == NULL)
		{
			state.fault = "it holds no key";
			state.hint = "A superuser makes one with SELECT trellis.create_key().";
		}
		trl_keyfile_raise(&state);
	}
	trl_jwt_write(text, strlen(text), key.kid, key.bytes, token);
	explicit_bzero(&key, sizeof(key));
	check_signed(token);
	PG_RETURN_TEXT_P(cstring_to_text(token));
}
