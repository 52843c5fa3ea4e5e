/*
 * server.h - the stand-in for the server that the fuzz targets run in
 */
#ifndef TRL_FUZZ_SERVER_H
#define TRL_FUZZ_SERVER_H

#include "fmgr.h"
#include "utils/array.h"

/*
 * Gives a function the symbol of a server's function whose declaration
 * differs between versions in a const or a pointer to void.
 */
#define STANDS_FOR(symbol) __asm__(#symbol)

/* What a call that raised an error leaves behind. */
typedef struct FuzzError
{
	int			sqlstate;		/* as errcode() was given it */
	char		message[1024];
} FuzzError;

extern FuzzError fuzz_error;

/* Prints a finding and aborts: the fuzzer keeps the input. */
extern _Noreturn void fuzz_fail(const char *format,...) pg_attribute_printf(1, 2);

/*
 * Calls function as the server would.  flinfo may be NULL.  Returns false if
 * it raised an error, which fuzz_error then holds.
 */
extern bool fuzz_call(PGFunction function, FmgrInfo *flinfo, int nargs,
					  const Datum *args, Datum *result);

/* Whether get_fn_expr_arg_stable() calls every argument a constant. */
extern bool fuzz_args_stable;

/* Gives back all that palloc() handed out since the last time. */
extern void fuzz_free_all(void);

/* A varlena of exactly its size, with a header of 4 bytes or of 1. */
extern struct varlena *fuzz_varlena(const void *data, size_t size);
extern struct varlena *fuzz_short_varlena(const void *data, size_t size);

/* A zero-terminated copy of exactly its size, up to the first zero. */
extern char *fuzz_cstring(const uint8 *data, size_t size);

/* An array of text numbers, for the modifiers of a type. */
extern ArrayType *fuzz_modifiers(const char *text);

#endif							/* TRL_FUZZ_SERVER_H */
