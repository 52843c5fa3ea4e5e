/*
 * token.h - the setting trellis.token, and signing
 *
 * The setting is where a session's token lives: it follows SET LOCAL, RESET,
 * savepoints and DISCARD ALL, and parallel workers inherit it.
 */
#ifndef TRL_ACCESS_TOKEN_H
#define TRL_ACCESS_TOKEN_H

#include "access/jwt.h"

/* The one answer to every bad token. */
#define TRL_TOKEN_REFUSED "access token is not valid"

/*
 * What the session's token says, NULL if there is none.  Its MAC was right
 * when it was set; database, role and time are not checked here.  Valid
 * until the setting changes, which bumps trl_access_serial.
 */
extern const TrlClaims *trl_token_claims(void);

/*
 * Reads a token and checks its MAC.  Returns NULL or the reason against it,
 * which is for the log.  *file_fault is set if the key file is to blame.
 */
extern const char *trl_token_verify(const char *token, TrlClaims *claims,
									bool *file_fault);

/* Tells the server log, if it wants to know, why a token was refused. */
extern void trl_token_log_refusal(const char *reason);

#endif							/* TRL_ACCESS_TOKEN_H */
