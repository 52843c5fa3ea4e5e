/*
 * wire.h - the bytes of vector, halfvec, sparsevec and bit as PostgreSQL
 * sends and takes them in binary parameters, binary results and binary COPY
 *
 * All numbers are in network order.
 *
 *	vector		int16 dimensions, int16 zero, float4 for each dimension
 *	halfvec		int16 dimensions, int16 zero, 2 bytes for each dimension
 *	sparsevec	int32 dimensions, int32 elements, int32 zero, then for each
 *				element its int32 index (from 0, ascending), then for each
 *				element its float4 (not 0)
 *	bit			int32 bits, then the bits, the first one highest in its byte,
 *				the last byte filled up with 0
 *
 * The puts append to a buffer and the gets take from a reader.  Reading past
 * the end gives zeros and sets "broken": look at it, with wire_at_end(), once
 * the value has been read.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Grows as needed; start with {0}, end with wire_free(). */
typedef struct WireBuffer
{
	char	   *data;
	size_t		length;			/* bytes written */
	size_t		capacity;		/* bytes allocated */
} WireBuffer;

typedef struct WireReader
{
	const unsigned char *next;
	const unsigned char *end;
	bool		broken;
} WireReader;

/* Elements may be NULL where there are none. */
typedef struct SparseVector
{
	int32_t		dimensions;
	int32_t		elements;
	int32_t    *indices;		/* from 0, ascending */
	float	   *values;
} SparseVector;

extern void wire_put_bytes(WireBuffer *buffer, const void *bytes, size_t length);
extern void wire_put_int16(WireBuffer *buffer, int16_t value);
extern void wire_put_int32(WireBuffer *buffer, int32_t value);
extern void wire_put_int64(WireBuffer *buffer, int64_t value);
extern void wire_put_float4(WireBuffer *buffer, float value);
extern void wire_put_vector(WireBuffer *buffer, const float *x, int dimensions);
extern void wire_put_halfvec(WireBuffer *buffer, const float *x, int dimensions);
extern void wire_put_sparsevec(WireBuffer *buffer, const SparseVector *vector);
extern void wire_put_bit(WireBuffer *buffer, const unsigned char *bits, int count);
extern void wire_free(WireBuffer *buffer);

extern void wire_read(WireReader *reader, const char *bytes, size_t length);
extern bool wire_at_end(const WireReader *reader);
extern const void *wire_get_bytes(WireReader *reader, size_t length);
extern int16_t wire_get_int16(WireReader *reader);
extern int32_t wire_get_int32(WireReader *reader);
extern int64_t wire_get_int64(WireReader *reader);
extern float wire_get_float4(WireReader *reader);
extern double wire_get_float8(WireReader *reader);

/*
 * These return the number of dimensions or bits.  The caller's array has room
 * for "room" of them; a longer value breaks the reader.
 */
extern int	wire_get_vector(WireReader *reader, float *x, int room);
extern int	wire_get_halfvec(WireReader *reader, float *x, int room);
extern int	wire_get_bit(WireReader *reader, unsigned char *bits, int room);

/* The arrays of "vector" have room for "room" elements. */
extern void wire_get_sparsevec(WireReader *reader, SparseVector *vector, int room);

#endif							/* WIRE_H */
