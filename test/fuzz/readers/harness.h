/*
 * harness.h - the types under test, and what must hold of every value read
 */
#ifndef TRL_FUZZ_HARNESS_H
#define TRL_FUZZ_HARNESS_H

#include "lib/stringinfo.h"

#include "server.h"

typedef struct FuzzType
{
	const char *name;
	PGFunction	in;				/* cstring, oid, typmod */
	PGFunction	out;
	PGFunction	recv;			/* message, oid, typmod */
	PGFunction	send;
	PGFunction	coerce;			/* value, typmod, explicit */
	PGFunction	from_text;		/* the same */
	PGFunction	from_array;		/* the same */
	PGFunction	typmod_in;
	int32		max_dim;
	void		(*check) (const void *value);	/* the layout's promises */
	int32		(*dim) (const void *value);
} FuzzType;

extern const FuzzType fuzz_vector;
extern const FuzzType fuzz_halfvec;
extern const FuzzType fuzz_sparsevec;

/* One input to one target; a target returns or calls fuzz_fail(). */
typedef void (*FuzzTarget) (const uint8 *data, size_t size);

extern void fuzz_vector_in(const uint8 *data, size_t size);
extern void fuzz_halfvec_in(const uint8 *data, size_t size);
extern void fuzz_sparsevec_in(const uint8 *data, size_t size);
extern void fuzz_vector_recv(const uint8 *data, size_t size);
extern void fuzz_halfvec_recv(const uint8 *data, size_t size);
extern void fuzz_sparsevec_recv(const uint8 *data, size_t size);
extern void fuzz_typmod_in(const uint8 *data, size_t size);
extern void fuzz_bytes_cast(const uint8 *data, size_t size);
extern void fuzz_array_cast(const uint8 *data, size_t size);
extern void fuzz_jsonb_cast(const uint8 *data, size_t size);

/* Fails unless the error that was raised is one of n SQLSTATEs. */
extern void fuzz_expect_error(const char *what, const int *states, int n);

#define FUZZ_EXPECT(what, states) fuzz_expect_error(what, states, lengthof(states))

/* Fails unless the call succeeds. */
extern Datum fuzz_must(const char *what, PGFunction function, int nargs,
					   const Datum *args);

/* Fails unless two varlenas are the same bytes. */
extern void fuzz_same(const char *what, const void *a, const void *b);

/* A message of exactly its size. */
extern StringInfo fuzz_message(const uint8 *data, size_t size);

/*
 * What holds of every value: its layout's promises; text and binary form read
 * back as the same bytes; a typmod accepts it if and only if it is dim.
 */
extern void fuzz_check_value(const FuzzType *type, Datum value);

/*
 * Calls a cast to any number of dimensions.  Returns whether it succeeded.
 *
 * Fails unless the same comes out of it through an FmgrInfo whose argument is
 * constant, so that answers come from memory: of input, of other, which
 * should have the same size and other content, and with a typmod.
 */
extern bool fuzz_cast(const char *what, PGFunction cast, Datum input,
					  Datum other, Datum *result);

#endif							/* TRL_FUZZ_HARNESS_H */
