/*
 * cast.c - targets: the casts from arrays and from jsonb
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"

#include "core/compat.h"
#include "harness.h"
#include "types/dense.h"
#include "types/sparsevec.h"
#include "values.h"

extern Datum trl_jsonb_to_vector(PG_FUNCTION_ARGS);
extern Datum trl_jsonb_to_halfvec(PG_FUNCTION_ARGS);
extern Datum trl_vector_to_float4(PG_FUNCTION_ARGS);
extern Datum trl_vector_to_float8(PG_FUNCTION_ARGS);
extern Datum trl_vector_to_halfvec(PG_FUNCTION_ARGS);
extern Datum trl_halfvec_to_vector(PG_FUNCTION_ARGS);
extern Datum trl_vector_to_sparsevec(PG_FUNCTION_ARGS);
extern Datum trl_halfvec_to_sparsevec(PG_FUNCTION_ARGS);
extern Datum trl_sparsevec_to_vector(PG_FUNCTION_ARGS);
extern Datum trl_sparsevec_to_halfvec(PG_FUNCTION_ARGS);

static const int cast_errors[] = {
	ERRCODE_DATA_EXCEPTION,
	ERRCODE_PROGRAM_LIMIT_EXCEEDED,
	ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
	ERRCODE_NULL_VALUE_NOT_ALLOWED,
	ERRCODE_INVALID_PARAMETER_VALUE,
};

/* Bytes of the input that were not used yet. */
typedef struct Source
{
	const uint8 *at;
	size_t		left;
} Source;

static uint8
take_byte(Source *source)
{
	if (source->left == 0)
		return 0;
	source->left--;
	return *source->at++;
}

/* The next size bytes, filled up with zeros. */
static void
take(Source *source, void *out, size_t size)
{
	size_t		n = Min(size, source->left);

	memset(out, 0, size);
	if (n > 0)
		memcpy(out, source->at, n);
	source->at += n;
	source->left -= n;
}

/* ---- arrays ---- */

typedef struct Elements
{
	char	   *bytes;			/* as they lie in an array, aligned */
	size_t		size;
	int			n;
} Elements;

/* The next element of a varying length: its length, then its bytes. */
static void
take_varlena(Source *source, Elements *e, Oid type)
{
	static const char digits[] = "0123456789-.einfa";
	size_t		length = take_byte(source) % 64;
	char	   *data = e->bytes + e->size + VARHDRSZ;
	size_t		i;

	take(source, data, length);
	for (i = 0; i < length && type == NUMERICOID; i++)
		data[i] = digits[(uint8) data[i] % (sizeof(digits) - 1)];
	SET_VARSIZE(e->bytes + e->size, VARHDRSZ + length);
	e->size += INTALIGN(VARHDRSZ + length);
}

static Elements
take_elements(Source *source, Oid type, int typlen)
{
	/* the longest is made of a byte, of the length 0 */
	Elements	e = {palloc0(source->left * 8 + 80), 0, 0};

	while (source->left > 0)
	{
		if (typlen > 0)
		{
			take(source, e.bytes + e.size, typlen);
			e.size += typlen;
		}
		else
			take_varlena(source, &e, type);
		e.n++;
	}
	return e;
}

/*
 * An array of the input: a byte each for type and number of dimensions; one
 * whose bit 0 asks for a bitmap of NULLs, bit 1 for a NULL at its end; the
 * first lower bound; the elements.
 */
static ArrayType *
take_array(Source *source)
{
	static const Oid types[] = {INT2OID, INT4OID, INT8OID, FLOAT4OID, FLOAT8OID, NUMERICOID, TEXTOID};
	static const int lengths[] = {2, 4, 8, 4, 8, -1, -1};
	int			type = take_byte(source) % lengthof(types);
	int			ndim = take_byte(source) % (MAXDIM + 1);
	uint8		flags = take_byte(source);
	int32		lower;
	Elements	e;
	Size		overhead;
	Size		size;
	ArrayType  *array;
	int			i;

	take(source, &lower, sizeof(lower));
	e = take_elements(source, types[type], lengths[type]);
	if (e.n == 0)
		ndim = 0;
	else if (ndim == 0)
		ndim = 1;
	overhead = (flags & 3) && ndim > 0 ? ARR_OVERHEAD_WITHNULLS(ndim, e.n) :
		ARR_OVERHEAD_NONULLS(ndim);
	size = overhead + e.size;
	array = (ArrayType *) palloc0(size);
	SET_VARSIZE(array, size);
	array->ndim = ndim;
	array->elemtype = types[type];
	for (i = 0; i < ndim; i++)
	{
		ARR_DIMS(array)[i] = i == 0 ? e.n : 1;
		ARR_LBOUND(array)[i] = lower;
	}
	if ((flags & 3) && ndim > 0)
	{
		array->dataoffset = (int32) overhead;
		memset(ARR_NULLBITMAP(array), 0xff, (e.n + 7) / 8);
		if (flags & 2)
			ARR_NULLBITMAP(array)[(e.n - 1) / 8] &= ~(1 << (e.n - 1) % 8);
	}
	memcpy(ARR_DATA_PTR(array), e.bytes, e.size);
	return array;
}

/* One of the same size whose last element is another number. */
static ArrayType *
another_array(const ArrayType *array)
{
	ArrayType  *other = (ArrayType *) palloc(VARSIZE(array));

	memcpy(other, array, VARSIZE(array));
	if (ARR_NDIM(array) > 0 && ARR_ELEMTYPE(array) != NUMERICOID &&
		ARR_ELEMTYPE(array) != TEXTOID)
		((char *) other)[VARSIZE(array) - 1] ^= 2;
	return other;
}

/* One type to another, which must succeed. */
static Datum
convert(const char *what, PGFunction cast, Datum value)
{
	Datum		args[3];

	args[0] = value;
	args[1] = Int32GetDatum(-1);
	args[2] = BoolGetDatum(false);
	return fuzz_must(what, cast, 3, args);
}

/* A value that was cast: as many elements, and the same in other forms. */
static void
check_array_vector(const ArrayType *array, Datum value)
{
	const TrlDense *v = (const TrlDense *) DatumGetPointer(value);
	ArrayType  *floats = DatumGetArrayTypeP(convert("vector to real[]",
													trl_vector_to_float4,
													value));
	Datum		doubles = convert("vector to double precision[]",
								  trl_vector_to_float8, value);
	Datum		other;

	if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != v->dim ||
		ARR_NDIM(floats) != 1 || ARR_DIMS(floats)[0] != v->dim ||
		memcmp(ARR_DATA_PTR(floats), v->x, sizeof(float) * v->dim) != 0)
		fuzz_fail("array and vector have different elements");
	if (ARR_ELEMTYPE(array) == FLOAT4OID &&
		memcmp(ARR_DATA_PTR(array), v->x, sizeof(float) * v->dim) != 0)
		fuzz_fail("a real[] was changed");

	fuzz_same("vector to double precision[] and back", v,
			  DatumGetPointer(convert("double precision[] to vector",
									  fuzz_vector.from_array, doubles)));

	other = convert("vector to sparsevec", trl_vector_to_sparsevec, value);
	fuzz_check_value(&fuzz_sparsevec, other);
	other = convert("sparsevec to vector", trl_sparsevec_to_vector, other);
	fuzz_check_value(&fuzz_vector, other);
}

/* Each half is a float: nothing is lost on the way there and back. */
static void
check_halfvec(Datum value)
{
	Datum		other = convert("halfvec to vector", trl_halfvec_to_vector, value);

	fuzz_check_value(&fuzz_vector, other);
	other = convert("vector to halfvec", trl_vector_to_halfvec, other);
	fuzz_same("halfvec to vector and back", DatumGetPointer(value),
			  DatumGetPointer(other));
	other = convert("halfvec to sparsevec", trl_halfvec_to_sparsevec, value);
	fuzz_check_value(&fuzz_sparsevec, other);
	other = convert("sparsevec to halfvec", trl_sparsevec_to_halfvec, other);
	fuzz_check_value(&fuzz_halfvec, other);
}

/* vector to halfvec and array to halfvec are the same step. */
static void
check_array_halfvec(Datum vector, bool done, Datum halfvec)
{
	Datum		args[3];
	Datum		other;

	args[0] = vector;
	args[1] = Int32GetDatum(-1);
	args[2] = BoolGetDatum(false);
	if (fuzz_call(trl_vector_to_halfvec, NULL, 3, args, &other) != done)
		fuzz_fail("the casts of an array and of its vector differ");
	if (done)
		fuzz_same("the casts of an array and of its vector",
				  DatumGetPointer(halfvec), DatumGetPointer(other));
	else
		FUZZ_EXPECT("vector to halfvec", cast_errors);
}

void
fuzz_array_cast(const uint8 *data, size_t size)
{
	Source		source = {data, size};
	ArrayType  *array = take_array(&source);
	Datum		input = PointerGetDatum(array);
	Datum		other = PointerGetDatum(another_array(array));
	Datum		vector;
	Datum		halfvec;
	Datum		sparsevec;
	bool		is_vector;
	bool		is_halfvec;

	is_vector = fuzz_cast("array to vector", fuzz_vector.from_array, input,
						  other, &vector);
	if (is_vector)
	{
		fuzz_check_value(&fuzz_vector, vector);
		check_array_vector(array, vector);
	}
	else
		FUZZ_EXPECT("array to vector", cast_errors);

	is_halfvec = fuzz_cast("array to halfvec", fuzz_halfvec.from_array, input,
						   other, &halfvec);
	if (is_halfvec)
	{
		fuzz_check_value(&fuzz_halfvec, halfvec);
		check_halfvec(halfvec);
	}
	else
		FUZZ_EXPECT("array to halfvec", cast_errors);
	if (is_vector)
		check_array_halfvec(vector, is_halfvec, halfvec);
	else if (is_halfvec)
		fuzz_fail("an array is a halfvec, but no vector");

	if (fuzz_cast("array to sparsevec", fuzz_sparsevec.from_array, input,
				  other, &sparsevec))
	{
		fuzz_check_value(&fuzz_sparsevec, sparsevec);
		if (ARR_DIMS(array)[0] <= TRL_DENSE_MAX_DIM && !is_vector)
			fuzz_fail("an array is a sparsevec, but no vector");
	}
	else
	{
		FUZZ_EXPECT("array to sparsevec", cast_errors);
		if (is_vector)
			fuzz_fail("an array is a vector, but no sparsevec");
	}
}

/* ---- jsonb ---- */

/* An input is JSON text; brackets need not close. */
void
fuzz_jsonb_cast(const uint8 *data, size_t size)
{
	char	   *text = fuzz_cstring(data, size);
	char	   *digit = strpbrk(text, "123456789");
	Datum		input = PointerGetDatum(fuzz_jsonb(text));
	Datum		other;
	Datum		vector;
	Datum		halfvec;
	bool		is_vector;

	if (digit != NULL)
		*digit ^= 1;
	other = PointerGetDatum(fuzz_jsonb(text));
	is_vector = fuzz_cast("jsonb to vector", trl_jsonb_to_vector, input,
						  other, &vector);
	if (is_vector)
		fuzz_check_value(&fuzz_vector, vector);
	else
		FUZZ_EXPECT("jsonb to vector", cast_errors);
	if (fuzz_cast("jsonb to halfvec", trl_jsonb_to_halfvec, input,
				  other, &halfvec))
	{
		fuzz_check_value(&fuzz_halfvec, halfvec);
		if (!is_vector)
			fuzz_fail("a jsonb is a halfvec, but no vector");
	}
	else
	{
		FUZZ_EXPECT("jsonb to halfvec", cast_errors);
	}
}
