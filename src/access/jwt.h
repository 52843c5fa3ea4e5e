/*
 * jwt.h - tokens: JSON Web Tokens (RFC 7519) signed by HMAC-SHA256
 *
 *   base64url(header) . base64url(claims) . base64url(MAC)
 *   header  {"alg":"HS256","kid":"...","typ":"JWT"}
 *   MAC     HMAC-SHA256 over everything before the second dot
 *
 * Nothing here allocates, raises or looks at the server's state: whether a
 * good token is good here and now (database, role, time) is decided in
 * identity.c.
 */
#ifndef TRL_ACCESS_JWT_H
#define TRL_ACCESS_JWT_H

/* Limits in bytes, terminators not counted. */
#define TRL_TOKEN_MAX 8192
#define TRL_KID_MAX 64
#define TRL_PRINCIPAL_MAX 256
#define TRL_JTI_MAX 128
#define TRL_NAME_MAX 63

#define TRL_KEY_BYTES 32

/* What a token says; text is UTF-8, absent text is empty. */
typedef struct TrlClaims
{
	char		kid[TRL_KID_MAX + 1];
	char		principal[TRL_PRINCIPAL_MAX + 1];	/* sub */
	char		agent[TRL_PRINCIPAL_MAX + 1];	/* act */
	char		role[TRL_NAME_MAX + 1];
	char		database[TRL_NAME_MAX + 1]; /* aud */
	char		jti[TRL_JTI_MAX + 1];
	int64		expires;		/* exp, seconds since 1970 */
	int64		not_before;		/* nbf, the same; 0 if absent */
	bool		has_tenant;
	int32		tenant;
} TrlClaims;

/* Looks up the key of a kid; false if there is none. */
typedef bool (*TrlFindKey) (const char *kid, uint8 *key, void *arg);

/*
 * Reads a token into claims.  find_key NULL leaves the MAC unchecked, which
 * only a parallel worker may ask for (see token.c).  Returns NULL if the
 * token is good, else why not, in words that repeat nothing of it.
 */
extern const char *trl_jwt_read(const char *token, size_t len,
								TrlFindKey find_key, void *arg,
								TrlClaims *claims);

/* Room that trl_jwt_write needs for claims of len bytes, terminator included. */
extern size_t trl_jwt_room(size_t len);

/* Signs claims, a JSON text, as a token. */
extern void trl_jwt_write(const char *claims, size_t len, const char *kid,
						  const uint8 *key, char *token);

/* True if text can be a kid: 1 to TRL_KID_MAX of A-Z a-z 0-9 . _ - */
extern bool trl_kid_valid(const char *text, size_t len);

#endif							/* TRL_ACCESS_JWT_H */
