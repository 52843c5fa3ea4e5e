/*
 * compare.h - how the comparison functions of all vector types are defined
 *
 * The macros take the full name of the SQL function's symbol, so that it can
 * be searched for, and an expression over fcinfo.
 */
#ifndef TRL_TYPES_COMPARE_H
#define TRL_TYPES_COMPARE_H

#include "fmgr.h"

/* boolean name(type, type) */
#define TRL_COMPARISON(name, condition) \
	TRL_FUNCTION(name); \
	Datum name(PG_FUNCTION_ARGS) { PG_RETURN_BOOL(condition); } \
	extern int	no_such_variable

/* integer name(type, type): -1, 0 or 1 */
#define TRL_ORDERING(name, order) \
	TRL_FUNCTION(name); \
	Datum name(PG_FUNCTION_ARGS) { PG_RETURN_INT32(order); } \
	extern int	no_such_variable

/* type name(type, type): the first argument if the condition holds */
#define TRL_CHOICE(name, condition) \
	TRL_FUNCTION(name); \
	Datum name(PG_FUNCTION_ARGS) \
	{ PG_RETURN_DATUM((condition) ? PG_GETARG_DATUM(0) : PG_GETARG_DATUM(1)); } \
	extern int	no_such_variable

#endif							/* TRL_TYPES_COMPARE_H */
