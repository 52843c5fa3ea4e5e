/*
 * binary.c - targets: the binary forms, and arrays of numbers as raw bytes
 *
 * An input is the message itself; to fuzz_bytes_cast(), see there.
 */
#include "postgres.h"

#include <math.h>

#include "core/compat.h"
#include "harness.h"
#include "types/dense.h"

extern Datum trl_vector_from_float32(PG_FUNCTION_ARGS);
extern Datum trl_vector_to_float32(PG_FUNCTION_ARGS);
extern Datum trl_halfvec_from_float16(PG_FUNCTION_ARGS);
extern Datum trl_halfvec_to_float16(PG_FUNCTION_ARGS);
extern Datum trl_vector_from_int8(PG_FUNCTION_ARGS);
extern Datum trl_vector_to_int8(PG_FUNCTION_ARGS);

/* ---- messages ---- */

static const int recv_errors[] = {
	ERRCODE_PROTOCOL_VIOLATION,
	ERRCODE_DATA_EXCEPTION,
	ERRCODE_PROGRAM_LIMIT_EXCEEDED,
};

static bool
receive(const FuzzType *type, StringInfo message, int32 typmod, Datum *value)
{
	Datum		args[3];

	args[0] = PointerGetDatum(message);
	args[1] = ObjectIdGetDatum(InvalidOid);
	args[2] = Int32GetDatum(typmod);
	return fuzz_call(type->recv, NULL, 3, args, value);
}

static void
receive_message(const FuzzType *type, const uint8 *data, size_t size)
{
	StringInfo	message = fuzz_message(data, size);
	const struct varlena *sent;
	Datum		value;
	Datum		other;

	if (!receive(type, message, -1, &value))
	{
		FUZZ_EXPECT("receipt", recv_errors);
		return;
	}
	fuzz_check_value(type, value);

	/* what was read is what is sent */
	sent = (const struct varlena *)
		DatumGetPointer(fuzz_must("send", type->send, 1, &value));
	if (VARSIZE(sent) - VARHDRSZ != (Size) message->cursor ||
		memcmp(VARDATA(sent), data, message->cursor) != 0)
		fuzz_fail("what is sent is not what was received");

	/* one byte less is too little, another typmod is refused */
	if (receive(type, fuzz_message(data, message->cursor - 1), -1, &other))
		fuzz_fail("a message that ends early was accepted");
	FUZZ_EXPECT("receipt of a short message", recv_errors);
	if (receive(type, fuzz_message(data, size),
				type->dim(DatumGetPointer(value)) + 1, &other))
		fuzz_fail("a message was accepted for another typmod");
	FUZZ_EXPECT("receipt for another typmod", recv_errors);
}

void
fuzz_vector_recv(const uint8 *data, size_t size)
{
	receive_message(&fuzz_vector, data, size);
}

void
fuzz_halfvec_recv(const uint8 *data, size_t size)
{
	receive_message(&fuzz_halfvec, data, size);
}

void
fuzz_sparsevec_recv(const uint8 *data, size_t size)
{
	receive_message(&fuzz_sparsevec, data, size);
}

/* ---- raw bytes ---- */

static const int bytes_errors[] = {
	ERRCODE_INVALID_BINARY_REPRESENTATION,
	ERRCODE_DATA_EXCEPTION,
	ERRCODE_PROGRAM_LIMIT_EXCEEDED,
	ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
	ERRCODE_INVALID_PARAMETER_VALUE,
};

/* bytea of floats: what is read is written again as the same bytes. */
static void
read_floats(const FuzzType *type, PGFunction from, PGFunction to, Datum input,
			const uint8 *data, size_t size)
{
	const struct varlena *bytes;
	Datum		value;

	if (!fuzz_call(from, NULL, 1, &input, &value))
	{
		FUZZ_EXPECT("from bytes", bytes_errors);
		return;
	}
	fuzz_check_value(type, value);
	bytes = (const struct varlena *)
		DatumGetPointer(fuzz_must("to bytes", to, 1, &value));
	if (VARSIZE(bytes) - VARHDRSZ != size ||
		memcmp(VARDATA(bytes), data, size) != 0)
		fuzz_fail("bytes are not written as they were read");
}

/* bytea of int8: the same, and each element is its byte times the scale. */
static void
read_int8(Datum input, const uint8 *data, size_t size, float scale)
{
	const TrlDense *v;
	const struct varlena *bytes;
	Datum		args[2];
	Datum		value;
	size_t		i;

	args[0] = input;
	args[1] = Float4GetDatum(scale);
	if (!fuzz_call(trl_vector_from_int8, NULL, 2, args, &value))
	{
		FUZZ_EXPECT("from int8", bytes_errors);
		return;
	}
	fuzz_check_value(&fuzz_vector, value);
	v = (const TrlDense *) DatumGetPointer(value);
	if ((size_t) v->dim != size)
		fuzz_fail("%d elements of %zu bytes", v->dim, size);
	for (i = 0; i < size; i++)
	{
		if (((const float *) v->x)[i] != (float) (int8) data[i] * scale)
			fuzz_fail("int8 element %zu times %g is %g", i, scale,
					  ((const float *) v->x)[i]);
	}
	args[0] = value;
	bytes = (const struct varlena *)
		DatumGetPointer(fuzz_must("to int8", trl_vector_to_int8, 2, args));
	if (VARSIZE(bytes) - VARHDRSZ != size ||
		memcmp(VARDATA(bytes), data, size) != 0)
		fuzz_fail("int8 bytes are not written as they were read");
}

/*
 * Input: a byte that chooses the function, and by its bit 7 a short header
 * where the size allows one; for int8 then 4 bytes, the scale; the bytes.
 */
void
fuzz_bytes_cast(const uint8 *data, size_t size)
{
	int			choice;
	bool		is_short;
	float		scale = 0;
	Datum		input;

	if (size < 1 + sizeof(scale))
		return;
	choice = (data[0] & 0x7f) % 3;
	is_short = (data[0] & 0x80) != 0;
	data++;
	size--;
	if (choice == 2)
	{
		memcpy(&scale, data, sizeof(scale));
		data += sizeof(scale);
		size -= sizeof(scale);
	}
	is_short = is_short && size + VARHDRSZ_SHORT <= VARATT_SHORT_MAX;
	input = PointerGetDatum(is_short ? fuzz_short_varlena(data, size) :
							fuzz_varlena(data, size));
	if (choice == 0)
		read_floats(&fuzz_vector, trl_vector_from_float32,
					trl_vector_to_float32, input, data, size);
	else if (choice == 1)
		read_floats(&fuzz_halfvec, trl_halfvec_from_float16,
					trl_halfvec_to_float16, input, data, size);
	else
		read_int8(input, data, size, scale);
}
