/*
 * args.h - reading the arguments that graph functions share
 *
 * Each function raises an error that names the argument.  NULL means the
 * default, and for a limit that there is none.
 */
#ifndef TRL_KG_ARGS_H
#define TRL_KG_ARGS_H

#include "fmgr.h"
#include "kg/engine/keys.h"

#define TRL_NO_LIMIT PG_INT32_MAX

typedef enum TrlDirection
{
	TRL_DIRECTION_OUT = 1,
	TRL_DIRECTION_IN = 2,
	TRL_DIRECTION_BOTH = 3
} TrlDirection;

/* ERROR with the argument's name, a message and, if not NULL, a hint. */
extern void trl_argument_error(const char *name, const char *message,
							   const char *hint);

/* An argument that must not be NULL. */
extern void trl_arg_required(FunctionCallInfo fcinfo, int arg,
							 const char *name);

/* A limit of at least min. */
extern int	trl_arg_limit(FunctionCallInfo fcinfo, int arg, const char *name,
						  int min);

extern TrlDirection trl_arg_direction(FunctionCallInfo fcinfo, int arg);

/* A number that is not NaN; *given is false for NULL. */
extern float8 trl_arg_number(FunctionCallInfo fcinfo, int arg,
							 const char *name, bool *given);

/* A text array's elements, none NULL, in the current context. */
extern Datum *trl_arg_texts(FunctionCallInfo fcinfo, int arg,
							const char *name, int *n);

/*
 * The ids of an array argument, NULL elements left out; none if it is NULL.
 * They point into the argument.  The caller has checked its type.
 */
extern TrlKey *trl_arg_keys(FunctionCallInfo fcinfo, int arg, TrlKeyKind kind,
							uint32 *n);

#endif							/* TRL_KG_ARGS_H */
