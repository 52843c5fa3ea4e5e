/*
 * text.c - targets: the text forms, and the modifiers in a type's brackets
 *
 * An input is the text itself.
 */
#include "postgres.h"

#include "core/compat.h"
#include "harness.h"

static const int text_errors[] = {
	ERRCODE_INVALID_TEXT_REPRESENTATION,
	ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
	ERRCODE_DATA_EXCEPTION,
	ERRCODE_PROGRAM_LIMIT_EXCEEDED,
};

/* The cast from text must do what the input function did. */
static void
check_cast(const FuzzType *type, const char *text, bool done, Datum value)
{
	FuzzError	error = fuzz_error;
	struct varlena *input = fuzz_varlena(text, strlen(text));
	struct varlena *other = fuzz_varlena(text, strlen(text));
	const char *digit = strpbrk(text, "123456789");
	Datum		again;

	if (digit != NULL)
		VARDATA(other)[digit - text] ^= 1;
	if (fuzz_cast("cast of text", type->from_text, PointerGetDatum(input),
				  PointerGetDatum(other), &again) != done)
		fuzz_fail("input and cast of one text differ");
	if (done)
		fuzz_same("input and cast of one text", DatumGetPointer(value),
				  DatumGetPointer(again));
	else if (error.sqlstate != fuzz_error.sqlstate ||
			 strcmp(error.message, fuzz_error.message) != 0)
		fuzz_fail("errors of input and cast differ: %s, %s", error.message,
				  fuzz_error.message);
}

/* With a typmod the text must be taken if and only if it is dim. */
static void
check_typmod(const FuzzType *type, Datum *args, Datum value)
{
	int32		dim = type->dim(DatumGetPointer(value));
	Datum		again;

	args[2] = Int32GetDatum(dim);
	again = fuzz_must("input with a typmod", type->in, 3, args);
	fuzz_same("input with a typmod", DatumGetPointer(value),
			  DatumGetPointer(again));
	args[2] = Int32GetDatum(dim == 1 ? 2 : dim - 1);
	if (fuzz_call(type->in, NULL, 3, args, &again))
		fuzz_fail("input of %d dimensions for another typmod", dim);
	FUZZ_EXPECT("input for another typmod", text_errors);
}

static void
read_text(const FuzzType *type, const uint8 *data, size_t size)
{
	char	   *text = fuzz_cstring(data, size);
	Datum		args[3];
	Datum		value;
	bool		done;

	args[0] = CStringGetDatum(text);
	args[1] = ObjectIdGetDatum(InvalidOid);
	args[2] = Int32GetDatum(-1);
	done = fuzz_call(type->in, NULL, 3, args, &value);
	if (!done)
		FUZZ_EXPECT("input", text_errors);
	check_cast(type, text, done, value);
	if (done)
	{
		fuzz_check_value(type, value);
		check_typmod(type, args, value);
	}
}

void
fuzz_vector_in(const uint8 *data, size_t size)
{
	read_text(&fuzz_vector, data, size);
}

void
fuzz_halfvec_in(const uint8 *data, size_t size)
{
	read_text(&fuzz_halfvec, data, size);
}

void
fuzz_sparsevec_in(const uint8 *data, size_t size)
{
	read_text(&fuzz_sparsevec, data, size);
}

/* The modifiers are integers between commas, for all types. */
void
fuzz_typmod_in(const uint8 *data, size_t size)
{
	static const FuzzType *const types[] = {
		&fuzz_vector, &fuzz_halfvec, &fuzz_sparsevec
	};
	static const int errors[] = {
		ERRCODE_INVALID_PARAMETER_VALUE,
		/* of the server, for what is no integer */
		ERRCODE_INVALID_TEXT_REPRESENTATION,
		ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
	};
	char	   *text = fuzz_cstring(data, size);
	size_t		i;

	for (i = 0; i < lengthof(types); i++)
	{
		Datum		modifiers = PointerGetDatum(fuzz_modifiers(text));
		Datum		typmod;

		if (!fuzz_call(types[i]->typmod_in, NULL, 1, &modifiers, &typmod))
			FUZZ_EXPECT("typmod", errors);
		else if (DatumGetInt32(typmod) < 1 ||
				 DatumGetInt32(typmod) > types[i]->max_dim ||
				 DatumGetInt32(typmod) != strtol(text, NULL, 10) ||
				 strchr(text, ',') != NULL)
			fuzz_fail("%s(%s) has the typmod %d", types[i]->name, text,
					  DatumGetInt32(typmod));
	}
}
