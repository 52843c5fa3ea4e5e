/*
 * keyfile.h - the keys that sign and verify tokens
 *
 * One line per key, "kid hexadecimal-bytes"; '#' starts a comment line.  The
 * last key signs, all of them verify.  Key bytes leave this file's functions
 * only into a TrlKey, which its holder wipes with explicit_bzero().
 */
#ifndef TRL_ACCESS_KEYFILE_H
#define TRL_ACCESS_KEYFILE_H

#include "access/jwt.h"

typedef struct TrlKey
{
	char		kid[TRL_KID_MAX + 1];
	uint8		bytes[TRL_KEY_BYTES];
} TrlKey;

/* Why the file cannot be used; fault is a constant, NULL if it can. */
typedef struct TrlKeyFileState
{
	const char *fault;
	const char *hint;
	int			saved_errno;	/* 0 if it plays no part */
} TrlKeyFileState;

/*
 * Finds a key by kid, the newest one if kid is NULL.  False with
 * state->fault NULL if the file is good but has no such key.  Raises nothing
 * and allocates nothing in the server's memory: a check hook calls it.
 */
extern bool trl_keyfile_find(const char *kid, TrlKey *key,
							 TrlKeyFileState *state);

/* Raises the fault; for superusers only, since it tells the path. */
extern void trl_keyfile_raise(const TrlKeyFileState *state) pg_attribute_noreturn();

#endif							/* TRL_ACCESS_KEYFILE_H */
