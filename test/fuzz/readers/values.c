/*
 * values.c - arrays, numerics and jsonb, as far as the readers look into them
 *
 * Arrays have the server's layout.  A numeric and the content of a jsonb are
 * kept as text: the readers only pass them on.
 */
#include "postgres.h"

#include <errno.h>
#include <math.h>

#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "server.h"
#include "values.h"

/* ---- arrays ---- */

void
get_typlenbyvalalign(Oid typid, int16 *typlen, bool *typbyval, char *typalign)
{
	*typbyval = true;
	switch (typid)
	{
		case INT2OID:
			*typlen = 2;
			*typalign = TYPALIGN_SHORT;
			break;
		case INT4OID:
		case FLOAT4OID:
			*typlen = 4;
			*typalign = TYPALIGN_INT;
			break;
		case INT8OID:
		case FLOAT8OID:
			*typlen = 8;
			*typalign = TYPALIGN_DOUBLE;
			break;
		case NUMERICOID:
		case TEXTOID:
			*typbyval = false;
			*typlen = -1;
			*typalign = TYPALIGN_INT;
			break;
		default:
			elog(ERROR, "cache lookup failed for type %u", typid);
	}
}

int
ArrayGetNItems(int ndim, const int *dims)
{
	int64		n = 1;
	int			i;

	if (ndim <= 0)
		return 0;
	for (i = 0; i < ndim; i++)
	{
		n *= dims[i];
		if (dims[i] < 0 || n > (int64) MaxArraySize)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("array size exceeds the maximum allowed")));
	}
	return (int) n;
}

static bool
is_null(ArrayType *array, int i)
{
	const bits8 *bitmap = ARR_NULLBITMAP(array);

	return bitmap != NULL && (bitmap[i / 8] & (1 << (i % 8))) == 0;
}

extern bool contains_nulls(ArrayType *array) STANDS_FOR(array_contains_nulls);

bool
contains_nulls(ArrayType *array)
{
	int			n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	int			i;

	for (i = 0; i < n; i++)
	{
		if (is_null(array, i))
			return true;
	}
	return false;
}

extern void take_apart(ArrayType *a, Oid elmtype, int elmlen, bool elmbyval,
					   char elmalign, Datum **elemsp, bool **nullsp,
					   int *nelemsp) STANDS_FOR(deconstruct_array);

void
take_apart(ArrayType *a, Oid elmtype, int elmlen, bool elmbyval,
		   char elmalign, Datum **elemsp, bool **nullsp, int *nelemsp)
{
	int			n = ArrayGetNItems(ARR_NDIM(a), ARR_DIMS(a));
	char	   *at = ARR_DATA_PTR(a);
	int			i;

	if (ARR_ELEMTYPE(a) != elmtype)
		fuzz_fail("an array is read as one of another type");
	*elemsp = (Datum *) palloc(sizeof(Datum) * n);
	*nelemsp = n;
	for (i = 0; i < n; i++)
	{
		if (is_null(a, i))
		{
			if (nullsp == NULL)
				ereport(ERROR,
						(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						 errmsg("null array element not allowed in this context")));
			fuzz_fail("no reader asks for NULLs");
		}
		(*elemsp)[i] = fetch_att(at, elmbyval, elmlen);
		at = att_addlength_pointer(at, elmlen, at);
		at = (char *) att_align_nominal(at, elmalign);
	}
}

ArrayType *
construct_array(Datum *elems, int nelems, Oid elmtype, int elmlen,
				bool elmbyval, char elmalign)
{
	Size		size = ARR_OVERHEAD_NONULLS(1) + (Size) elmlen * nelems;
	ArrayType  *array = (ArrayType *) palloc0(size);
	char	   *at;
	int			i;

	(void) elmalign;
	if (!elmbyval)
		fuzz_fail("no reader makes arrays of such a type");
	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->elemtype = elmtype;
	ARR_DIMS(array)[0] = nelems;
	ARR_LBOUND(array)[0] = 1;
	at = ARR_DATA_PTR(array);
	for (i = 0; i < nelems; i++, at += elmlen)
		store_att_byval(at, elems[i], elmlen);
	return array;
}

ArrayType *
fuzz_modifiers(const char *text)
{
	return (ArrayType *) fuzz_varlena(text, strlen(text));
}

/* The server has made cstrings of them; here they are one, with commas. */
int32 *
ArrayGetIntegerTypmods(ArrayType *arr, int *n)
{
	char	   *text = text_to_cstring((struct varlena *) arr);
	int32	   *result = (int32 *) palloc(sizeof(int32) * (strlen(text) + 1));
	char	   *at = text;

	*n = 0;
	for (;;)
	{
		char	   *end;
		long		value;

		errno = 0;
		value = strtol(at, &end, 10);
		if (end == at || (*end != ',' && *end != '\0'))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("invalid input syntax for type integer: \"%s\"",
							at)));
		if (errno == ERANGE || value < PG_INT32_MIN || value > PG_INT32_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("value \"%s\" is out of range for type integer",
							at)));
		result[(*n)++] = (int32) value;
		if (*end == '\0')
			return result;
		at = end + 1;
	}
}

/* ---- numerics ---- */

/* As the server does: through the text. */
Datum
numeric_float4(PG_FUNCTION_ARGS)
{
	char	   *digits = text_to_cstring((struct varlena *) PG_GETARG_POINTER(0));
	float		value;

	errno = 0;
	value = strtof(digits, NULL);
	if (errno == ERANGE && (value == 0 || isinf(value)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("\"%s\" is out of range for type real", digits)));
	PG_RETURN_FLOAT4(value);
}

/* ---- jsonb ---- */

/*
 * The kind of the JSON value at text, and where it ends: at the comma that
 * follows it, or at the end.  Nested values are skipped by their brackets;
 * what is no JSON is a string.
 */
static enum jbvType
json_kind(const char *text, const char **end)
{
	int			depth = 0;
	char	   *number_end;

	for (*end = text; **end != '\0' && (**end != ',' || depth > 0); (*end)++)
	{
		if (**end == '[' || **end == '{')
			depth++;
		else if ((**end == ']' || **end == '}') && depth > 0)
			depth--;
	}
	if (*text == '[' || *text == '{')
		return jbvBinary;
	if (*text == 't' || *text == 'f')
		return jbvBool;
	if (*text == 'n')
		return jbvNull;
	/* no white space, sign, name or hexadecimal: JSON has none */
	if ((*text == '-' || (*text >= '0' && *text <= '9')) &&
		strspn(text, "-+0123456789.eE") >= (size_t) (*end - text))
	{
		(void) strtod(text, &number_end);
		if (number_end == *end)
			return jbvNumeric;
	}
	return jbvString;
}

Jsonb *
fuzz_jsonb(const char *text)
{
	uint32		header;
	char	   *content;
	Size		size;
	Jsonb	   *result;
	const char *at;
	const char *end;
	size_t		length = strlen(text);

	/* the last bracket ends the array, not its last element */
	if (*text == '[' && text[length - 1] == ']')
		text = pnstrdup(text, length - 1);
	header = *text == '[' ? JB_FARRAY : *text == '{' ? JB_FOBJECT : JB_FARRAY | JB_FSCALAR;
	at = (header & JB_FSCALAR) ? text : text + 1;
	if (*text != '\0' && *at != '\0')
	{
		for (;; at = end + 1)
		{
			header++;
			(void) json_kind(at, &end);
			if (*end == '\0' || (header & JB_FSCALAR))
				break;
		}
	}
	size = offsetof(Jsonb, root.children) + strlen(text) + 1;
	result = palloc(size);
	SET_VARSIZE(result, size);
	result->root.header = header;
	content = (char *) result->root.children;
	memcpy(content, text, strlen(text) + 1);
	return result;
}

JsonbIterator *
JsonbIteratorInit(JsonbContainer *container)
{
	JsonbIterator *it = palloc0(sizeof(JsonbIterator));

	it->container = container;
	it->nElems = container->header & JB_CMASK;
	it->isScalar = (container->header & JB_FSCALAR) != 0;
	it->dataProper = (char *) container->children;
	it->curIndex = -1;
	return it;
}

/* Of an array, as jsonb_floats() asks for it: nested values are skipped. */
JsonbIteratorToken
JsonbIteratorNext(JsonbIterator **it, JsonbValue *val, bool skipNested)
{
	JsonbIterator *i = *it;
	const char *end;

	if (!skipNested || !(i->container->header & JB_FARRAY) || i->isScalar)
		fuzz_fail("this iterator knows plain arrays alone");
	if (i->curIndex < 0)
	{
		i->curIndex = 0;
		i->dataProper++;		/* the bracket */
		val->type = jbvArray;
		val->val.array.nElems = i->nElems;
		val->val.array.rawScalar = false;
		return WJB_BEGIN_ARRAY;
	}
	if (i->curIndex > i->nElems)
		return WJB_DONE;
	if (i->curIndex++ == i->nElems)
		return WJB_END_ARRAY;
	val->type = json_kind(i->dataProper, &end);
	if (val->type == jbvNumeric)
		val->val.numeric = (Numeric)
			fuzz_varlena(i->dataProper, end - i->dataProper);
	i->dataProper = unconstify(char *, end) + (*end == ',');
	return WJB_ELEM;
}
