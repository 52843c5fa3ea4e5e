/*
 * identity.h - who the session is, as far as access is concerned
 *
 * A token, if the session has one, decides alone: an expired or misplaced
 * token makes the session nobody, never the principal of its role.  Without
 * a token, the principal that session_user is bound to.
 */
#ifndef TRL_ACCESS_IDENTITY_H
#define TRL_ACCESS_IDENTITY_H

#include "datatype/timestamp.h"

typedef enum TrlIdentitySource
{
	TRL_IDENTITY_NOBODY,
	TRL_IDENTITY_TOKEN,
	TRL_IDENTITY_ROLE
} TrlIdentitySource;

/* Text belongs to the session and holds until trl_access_serial changes. */
typedef struct TrlIdentity
{
	TrlIdentitySource source;
	const char *principal;		/* NULL if nobody */
	const char *agent;			/* NULL if none */
	bool		has_tenant;
	int32		tenant;
	TimestampTz expires;		/* DT_NOEND if never */
} TrlIdentity;

/* Who the session is now; needs a transaction, and trl_catalog_refresh(). */
extern void trl_identity_get(TrlIdentity *identity);

/* When the client's statement began; what expires is compared with it. */
extern TimestampTz trl_statement_time(void);

/* Raises 22023 unless text can be a principal. */
extern void trl_check_principal(const char *principal);

#endif							/* TRL_ACCESS_IDENTITY_H */
