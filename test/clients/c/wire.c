/*
 * wire.c - writes and reads the bytes that wire.h describes
 */
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- writing --- */

void
wire_put_bytes(WireBuffer *buffer, const void *bytes, size_t length)
{
	if (buffer->capacity - buffer->length < length)
	{
		size_t		capacity = 2 * (buffer->length + length) + 64;
		char	   *data = realloc(buffer->data, capacity);

		if (data == NULL)
		{
			fprintf(stderr, "out of memory\n");
			exit(1);
		}
		buffer->data = data;
		buffer->capacity = capacity;
	}
	if (length > 0)
		memcpy(buffer->data + buffer->length, bytes, length);
	buffer->length += length;
}

/* Appends the low "size" bytes, the highest first. */
static void
put_number(WireBuffer *buffer, uint64_t value, int size)
{
	unsigned char bytes[8];
	int			i;

	for (i = 0; i < size; i++)
		bytes[i] = (unsigned char) (value >> (8 * (size - 1 - i)));
	wire_put_bytes(buffer, bytes, size);
}

void
wire_put_int16(WireBuffer *buffer, int16_t value)
{
	put_number(buffer, (uint16_t) value, 2);
}

void
wire_put_int32(WireBuffer *buffer, int32_t value)
{
	put_number(buffer, (uint32_t) value, 4);
}

void
wire_put_int64(WireBuffer *buffer, int64_t value)
{
	put_number(buffer, (uint64_t) value, 8);
}

void
wire_put_float4(WireBuffer *buffer, float value)
{
	uint32_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	put_number(buffer, bits, 4);
}

/*
 * The nearest half-precision number, the even one of two equally near; what
 * is too large becomes infinite, which the server refuses.
 */
static uint16_t
float_to_half(float value)
{
	uint32_t	bits;
	uint32_t	sign;
	uint32_t	mantissa;
	uint32_t	rest;
	uint32_t	half;
	int			exponent;
	int			shift;

	memcpy(&bits, &value, sizeof(bits));
	sign = (bits >> 16) & 0x8000;
	exponent = (int) ((bits >> 23) & 0xff) - 127;
	mantissa = bits & 0x7fffff;

	if (exponent == 128)		/* infinite, or not a number */
		return (uint16_t) (sign | 0x7c00 | (mantissa != 0 ? 0x200 : 0));
	if (exponent > 15)
		return (uint16_t) (sign | 0x7c00);
	if (exponent < -25)
		return (uint16_t) sign;

	mantissa |= 0x800000;
	if (exponent >= -14)
	{
		shift = 13;
		half = (uint32_t) (exponent + 14) << 10;
	}
	else
	{
		shift = -1 - exponent;	/* a subnormal half */
		half = 0;
	}
	half += mantissa >> shift;
	rest = mantissa & ((UINT32_C(1) << shift) - 1);
	if (rest > UINT32_C(1) << (shift - 1) ||
		(rest == UINT32_C(1) << (shift - 1) && (half & 1) != 0))
		half++;
	return (uint16_t) (sign | half);
}

void
wire_put_vector(WireBuffer *buffer, const float *x, int dimensions)
{
	int			i;

	wire_put_int16(buffer, (int16_t) dimensions);
	wire_put_int16(buffer, 0);
	for (i = 0; i < dimensions; i++)
		wire_put_float4(buffer, x[i]);
}

void
wire_put_halfvec(WireBuffer *buffer, const float *x, int dimensions)
{
	int			i;

	wire_put_int16(buffer, (int16_t) dimensions);
	wire_put_int16(buffer, 0);
	for (i = 0; i < dimensions; i++)
		put_number(buffer, float_to_half(x[i]), 2);
}

void
wire_put_sparsevec(WireBuffer *buffer, const SparseVector *vector)
{
	int			i;

	wire_put_int32(buffer, vector->dimensions);
	wire_put_int32(buffer, vector->elements);
	wire_put_int32(buffer, 0);
	for (i = 0; i < vector->elements; i++)
		wire_put_int32(buffer, vector->indices[i]);
	for (i = 0; i < vector->elements; i++)
		wire_put_float4(buffer, vector->values[i]);
}

void
wire_put_bit(WireBuffer *buffer, const unsigned char *bits, int count)
{
	wire_put_int32(buffer, count);
	wire_put_bytes(buffer, bits, (count + 7) / 8);
}

void
wire_free(WireBuffer *buffer)
{
	free(buffer->data);
	memset(buffer, 0, sizeof(*buffer));
}

/* --- reading --- */

void
wire_read(WireReader *reader, const char *bytes, size_t length)
{
	reader->next = (const unsigned char *) bytes;
	reader->end = reader->next + length;
	reader->broken = false;
}

bool
wire_at_end(const WireReader *reader)
{
	return !reader->broken && reader->next == reader->end;
}

/* The next bytes, within what is read; NULL if there are not so many. */
const void *
wire_get_bytes(WireReader *reader, size_t length)
{
	const void *bytes = reader->next;

	if ((size_t) (reader->end - reader->next) < length)
	{
		reader->broken = true;
		return NULL;
	}
	reader->next += length;
	return bytes;
}

static uint64_t
get_number(WireReader *reader, int size)
{
	const unsigned char *bytes = wire_get_bytes(reader, size);
	uint64_t	value = 0;
	int			i;

	if (bytes == NULL)
		return 0;
	for (i = 0; i < size; i++)
		value = value << 8 | bytes[i];
	return value;
}

int16_t
wire_get_int16(WireReader *reader)
{
	return (int16_t) get_number(reader, 2);
}

int32_t
wire_get_int32(WireReader *reader)
{
	return (int32_t) get_number(reader, 4);
}

int64_t
wire_get_int64(WireReader *reader)
{
	return (int64_t) get_number(reader, 8);
}

float
wire_get_float4(WireReader *reader)
{
	uint32_t	bits = (uint32_t) get_number(reader, 4);
	float		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

double
wire_get_float8(WireReader *reader)
{
	uint64_t	bits = get_number(reader, 8);
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Exact: every half-precision number is a float. */
static float
half_to_float(uint16_t half)
{
	uint32_t	sign = (uint32_t) (half & 0x8000) << 16;
	uint32_t	exponent = (half >> 10) & 0x1f;
	uint32_t	mantissa = half & 0x3ff;
	uint32_t	bits;
	float		value;

	if (exponent == 0)
	{
		value = (float) mantissa / 16777216.0f; /* of 2^-24 each */
		return sign != 0 ? -value : value;
	}
	exponent = exponent == 0x1f ? 0xff : exponent + 127 - 15;
	bits = sign | exponent << 23 | mantissa << 13;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Reads the head that vector and halfvec share; returns the dimensions. */
static int
get_dense_head(WireReader *reader, int room)
{
	int			dimensions = wire_get_int16(reader);
	int			zero = wire_get_int16(reader);

	if (dimensions < 1 || dimensions > room || zero != 0)
	{
		reader->broken = true;
		return 0;
	}
	return dimensions;
}

int
wire_get_vector(WireReader *reader, float *x, int room)
{
	int			dimensions = get_dense_head(reader, room);
	int			i;

	for (i = 0; i < dimensions; i++)
		x[i] = wire_get_float4(reader);
	return dimensions;
}

int
wire_get_halfvec(WireReader *reader, float *x, int room)
{
	int			dimensions = get_dense_head(reader, room);
	int			i;

	for (i = 0; i < dimensions; i++)
		x[i] = half_to_float((uint16_t) wire_get_int16(reader));
	return dimensions;
}

void
wire_get_sparsevec(WireReader *reader, SparseVector *vector, int room)
{
	int			i;

	vector->dimensions = wire_get_int32(reader);
	vector->elements = wire_get_int32(reader);
	if (wire_get_int32(reader) != 0 ||
		vector->elements < 0 || vector->elements > room)
	{
		reader->broken = true;
		vector->elements = 0;
		return;
	}
	for (i = 0; i < vector->elements; i++)
		vector->indices[i] = wire_get_int32(reader);
	for (i = 0; i < vector->elements; i++)
		vector->values[i] = wire_get_float4(reader);
}

int
wire_get_bit(WireReader *reader, unsigned char *bits, int room)
{
	int			count = wire_get_int32(reader);
	const void *bytes;

	if (count < 0 || count > room)
	{
		reader->broken = true;
		return 0;
	}
	bytes = wire_get_bytes(reader, (count + 7) / 8);
	if (bytes == NULL)
		return 0;
	memcpy(bits, bytes, (count + 7) / 8);
	return count;
}
