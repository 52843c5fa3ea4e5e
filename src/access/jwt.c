/*
 * jwt.c - reading and writing tokens
 *
 * The MAC is checked before the claims are looked at, so that only the
 * header's few bytes are ever parsed for a stranger.  "alg" is compared,
 * never used to choose: there is one algorithm.
 */
#include "postgres.h"

#include "access/base64url.h"
#include "access/json.h"
#include "access/jwt.h"
#include "access/sha256.h"

#define HEADER_MAX 512

/* The three parts, as they stand in the token. */
typedef struct JwtParts
{
	const char *header;
	size_t		header_len;
	const char *claims;
	size_t		claims_len;
	const char *mac;
	size_t		mac_len;
} JwtParts;

typedef struct JwtHeader
{
	char		kid[TRL_KID_MAX + 1];
	bool		has_alg;
	const char *fault;
} JwtHeader;

/* Claims that were seen, to refuse doubles and to find what lacks. */
enum
{
	SEEN_SUB = 1 << 0,
	SEEN_ACT = 1 << 1,
	SEEN_ROLE = 1 << 2,
	SEEN_AUD = 1 << 3,
	SEEN_JTI = 1 << 4,
	SEEN_EXP = 1 << 5,
	SEEN_NBF = 1 << 6,
	SEEN_IAT = 1 << 7,
	SEEN_TENANT = 1 << 8
};

typedef struct JwtPayload
{
	TrlClaims  *claims;
	int			seen;
	const char *fault;
} JwtPayload;

static bool
name_is(const TrlJsonValue *name, const char *expected)
{
	return !name->cut && strcmp(name->text, expected) == 0;
}

bool
trl_kid_valid(const char *text, size_t len)
{
	size_t		i;

	for (i = 0; i < len; i++)
	{
		char		c = text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			  (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
			return false;
	}
	return len >= 1 && len <= TRL_KID_MAX;
}

static bool
split_token(const char *token, size_t len, JwtParts *parts)
{
	const char *end = token + len;
	const char *dot1 = memchr(token, '.', len);
	const char *dot2;

	if (dot1 == NULL)
		return false;
	dot2 = memchr(dot1 + 1, '.', (size_t) (end - dot1 - 1));
	if (dot2 == NULL)
		return false;
	parts->header = token;
	parts->header_len = (size_t) (dot1 - token);
	parts->claims = dot1 + 1;
	parts->claims_len = (size_t) (dot2 - dot1 - 1);
	parts->mac = dot2 + 1;
	parts->mac_len = (size_t) (end - dot2 - 1);
	return true;
}

static bool
header_member(const TrlJsonValue *name, const TrlJsonValue *value, void *arg)
{
	JwtHeader  *header = arg;

	if (name_is(name, "alg"))
	{
		if (header->has_alg || value->kind != TRL_JSON_STRING || value->cut ||
			strcmp(value->text, "HS256") != 0)
			header->fault = "the algorithm is not HS256";
		header->has_alg = true;
	}
	else if (name_is(name, "kid"))
	{
		if (header->kid[0] != '\0' || value->kind != TRL_JSON_STRING ||
			value->cut || !trl_kid_valid(value->text, value->len))
			header->fault = "kid is not the name of a key";
		else
			memcpy(header->kid, value->text, value->len + 1);
	}
	else if (name_is(name, "crit") || name_is(name, "b64"))
		header->fault = "the header asks for an extension";
	return header->fault == NULL;
}

static const char *
read_header(const JwtParts *parts, JwtHeader *header)
{
	uint8		text[HEADER_MAX];
	int			len;

	len = trl_base64url_decode(parts->header, parts->header_len,
							   text, sizeof(text));
	if (len < 0)
		return "the header is not base64url, or too long";
	if (!trl_json_read_object((char *) text, (size_t) len, header_member, header))
		return header->fault ? header->fault : "the header is not a JSON object";
	if (!header->has_alg || header->kid[0] == '\0')
		return "the header lacks alg or kid";
	return NULL;
}

static const char *
check_mac(const char *token, const JwtParts *parts, const uint8 *key)
{
	uint8		given[TRL_SHA256_BYTES];
	uint8		mac[TRL_SHA256_BYTES];

	if (trl_base64url_decode(parts->mac, parts->mac_len,
							 given, sizeof(given)) != TRL_SHA256_BYTES)
		return "the signature is not 32 bytes of base64url";
	trl_hmac_sha256(key, TRL_KEY_BYTES, token,
					parts->header_len + 1 + parts->claims_len, mac);
	if (!trl_equal_constant_time(given, mac, TRL_SHA256_BYTES))
		return "the signature does not match";
	return NULL;
}

/* Copies a text claim of 1 to max bytes. */
static bool
text_claim(const TrlJsonValue *value, char *target, size_t max)
{
	if (value->kind != TRL_JSON_STRING || value->cut ||
		value->len < 1 || value->len > max)
		return false;
	memcpy(target, value->text, value->len + 1);
	return true;
}

/* A time in seconds since 1970; a fraction is cut. The bound is year 9999. */
static bool
time_claim(const TrlJsonValue *value, int64 *target)
{
	if (value->kind != TRL_JSON_INTEGER && value->kind != TRL_JSON_FRACTION)
		return false;
	if (value->integer < 0 || value->integer > INT64CONST(253402300799))
		return false;
	*target = value->integer;
	return true;
}

static bool
tenant_claim(const TrlJsonValue *value, TrlClaims *claims)
{
	if (value->kind != TRL_JSON_INTEGER ||
		value->integer < PG_INT32_MIN || value->integer > PG_INT32_MAX)
		return false;
	claims->has_tenant = true;
	claims->tenant = (int32) value->integer;
	return true;
}

/* Notes what is wrong, if anything, and that the claim was there. */
static bool
note_claim(JwtPayload *payload, int claim, bool good, const char *fault)
{
	if (payload->seen & claim)
		payload->fault = "a claim stands there twice";
	else if (!good)
		payload->fault = fault;
	payload->seen |= claim;
	return payload->fault == NULL;
}

static bool
claim_member(const TrlJsonValue *name, const TrlJsonValue *value, void *arg)
{
	JwtPayload *p = arg;
	TrlClaims  *c = p->claims;
	int64		unused;

	if (name_is(name, "sub"))
		return note_claim(p, SEEN_SUB,
						  text_claim(value, c->principal, TRL_PRINCIPAL_MAX),
						  "sub must be a string of 1 to 256 bytes");
	if (name_is(name, "act"))
		return note_claim(p, SEEN_ACT,
						  text_claim(value, c->agent, TRL_PRINCIPAL_MAX),
						  "act must be a string of 1 to 256 bytes");
	if (name_is(name, "role"))
		return note_claim(p, SEEN_ROLE,
						  text_claim(value, c->role, TRL_NAME_MAX),
						  "role must be a string of 1 to 63 bytes");
	if (name_is(name, "aud"))
		return note_claim(p, SEEN_AUD,
						  text_claim(value, c->database, TRL_NAME_MAX),
						  "aud must be a string of 1 to 63 bytes");
	if (name_is(name, "jti"))
		return note_claim(p, SEEN_JTI,
						  text_claim(value, c->jti, TRL_JTI_MAX),
						  "jti must be a string of 1 to 128 bytes");
	if (name_is(name, "exp"))
		return note_claim(p, SEEN_EXP, time_claim(value, &c->expires),
						  "exp must be a number of seconds since 1970");
	if (name_is(name, "nbf"))
		return note_claim(p, SEEN_NBF, time_claim(value, &c->not_before),
						  "nbf must be a number of seconds since 1970");
	if (name_is(name, "iat"))
		return note_claim(p, SEEN_IAT, time_claim(value, &unused),
						  "iat must be a number of seconds since 1970");
	if (name_is(name, "tenant"))
		return note_claim(p, SEEN_TENANT, tenant_claim(value, c),
						  "tenant must be a 32-bit integer");
	return true;
}

static const char *
read_claims(const JwtParts *parts, TrlClaims *claims)
{
	uint8		text[TRL_TOKEN_MAX];
	JwtPayload	payload = {.claims = claims};
	const int	needed = SEEN_SUB | SEEN_AUD | SEEN_EXP;
	int			len;

	len = trl_base64url_decode(parts->claims, parts->claims_len,
							   text, sizeof(text));
	if (len < 0)
		return "the claims are not base64url";
	if (!trl_json_read_object((char *) text, (size_t) len, claim_member, &payload))
		return payload.fault ? payload.fault : "the claims are not a JSON object";
	if ((payload.seen & needed) != needed)
		return "sub, aud and exp are needed";
	return NULL;
}

const char *
trl_jwt_read(const char *token, size_t len, TrlFindKey find_key, void *arg,
			 TrlClaims *claims)
{
	JwtHeader	header = {.kid = ""};
	JwtParts	parts;
	uint8		key[TRL_KEY_BYTES];
	const char *fault;

	memset(claims, 0, sizeof(*claims));
	if (len > TRL_TOKEN_MAX)
		return "the token is longer than 8192 bytes";
	if (!split_token(token, len, &parts))
		return "the token has not three parts";
	fault = read_header(&parts, &header);
	if (fault == NULL && find_key != NULL)
	{
		if (find_key(header.kid, key, arg))
			fault = check_mac(token, &parts, key);
		else
			fault = "no key has this kid";
		explicit_bzero(key, sizeof(key));
	}
	if (fault == NULL)
		fault = read_claims(&parts, claims);
	memcpy(claims->kid, header.kid, sizeof(header.kid));
	return fault;
}

size_t
trl_jwt_room(size_t len)
{
	return TRL_BASE64URL_LENGTH(HEADER_MAX) + 1 +
		TRL_BASE64URL_LENGTH(len) + 1 +
		TRL_BASE64URL_LENGTH(TRL_SHA256_BYTES) + 1;
}

void
trl_jwt_write(const char *claims, size_t len, const char *kid,
			  const uint8 *key, char *token)
{
	static const char start[] = "{\"alg\":\"HS256\",\"kid\":\"";
	static const char finish[] = "\",\"typ\":\"JWT\"}";
	char		header[HEADER_MAX];
	uint8		mac[TRL_SHA256_BYTES];
	char	   *end = token;
	size_t		n = 0;

	/* a valid kid needs no escapes */
	memcpy(header, start, sizeof(start) - 1);
	n = sizeof(start) - 1;
	memcpy(header + n, kid, strlen(kid));
	n += strlen(kid);
	memcpy(header + n, finish, sizeof(finish) - 1);
	n += sizeof(finish) - 1;

	end += trl_base64url_encode(header, n, end);
	*end++ = '.';
	end += trl_base64url_encode(claims, len, end);
	trl_hmac_sha256(key, TRL_KEY_BYTES, token, (size_t) (end - token), mac);
	*end++ = '.';
	end += trl_base64url_encode(mac, sizeof(mac), end);
	*end = '\0';
}
