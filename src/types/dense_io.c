/*
 * dense_io.c - text and binary input and output of dense vectors, and typmods
 *
 * Formats byte for byte as existing clients expect them:
 *   text    [1,2.5,-3], white space allowed between tokens
 *   binary  int16 dim, int16 0, dim elements, all in network byte order
 *
 * Locks and WAL: none.  Memory: results in the caller's context.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "port/pg_bswap.h"
#include "utils/array.h"

#include "core/compat.h"
#include "types/dense.h"
#include "types/parse.h"

/* An upper bound of the elements in text, at most max. */
static int
count_elements(const char *text, int max)
{
	int			n = 1;

	for (; *text != '\0' && n < max; text++)
		n += (*text == ',');
	return n;
}

TrlDense *
trl_dense_parse(const TrlElement *element, const char *text, int32 typmod)
{
	float	   *values;
	TrlDense   *result;
	int			n;

	values = (float *)
		palloc(sizeof(float) * count_elements(text, element->max_dim));
	n = trl_parse_floats(text, element->type_name, element->overflow_from,
						 values, element->max_dim);
	trl_check_typmod(n, typmod);
	result = trl_dense_new(element, n);
	element->store(values, n, result->x);
	pfree(values);
	return result;
}

static Datum
dense_in(FunctionCallInfo fcinfo, const TrlElement *element)
{
	PG_RETURN_POINTER(trl_dense_parse(element, PG_GETARG_CSTRING(0),
									  PG_GETARG_INT32(2)));
}

TRL_DENSE_FUNCTION(trl_vector_in, dense_in, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_in, dense_in, &trl_element_half);

static Datum
dense_out(FunctionCallInfo fcinfo, const TrlElement *element)
{
	TrlDense   *v = PG_GETARG_TRL_DENSE(0);

	PG_RETURN_CSTRING(trl_format_floats(trl_dense_floats(element, v),
										v->dim));
}

TRL_DENSE_FUNCTION(trl_vector_out, dense_out, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_out, dense_out, &trl_element_half);

int32
trl_typmod_in(ArrayType *modifiers, const char *type_name, int32 max_dim)
{
	int32	   *typmods;
	int			n;

	typmods = ArrayGetIntegerTypmods(modifiers, &n);
	if (n != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid type modifier")));
	if (typmods[0] < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("dimensions for type %s must be at least 1",
						type_name)));
	if (typmods[0] > max_dim)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("dimensions for type %s cannot exceed %d",
						type_name, max_dim)));
	return typmods[0];
}

static Datum
dense_typmod_in(FunctionCallInfo fcinfo, const TrlElement *element)
{
	PG_RETURN_INT32(trl_typmod_in(PG_GETARG_ARRAYTYPE_P(0),
								  element->type_name, element->max_dim));
}

TRL_DENSE_FUNCTION(trl_vector_typmod_in, dense_typmod_in, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_typmod_in, dense_typmod_in, &trl_element_half);

/* Turns dim elements of 2 or 4 bytes from network to host order or back. */
static void
swap_bytes(const TrlElement *element, void *x, int dim)
{
	uint32	   *words = (uint32 *) x;
	uint16	   *shorts = (uint16 *) x;
	int			i;

	if (element->size == sizeof(uint32))
	{
		for (i = 0; i < dim; i++)
			words[i] = pg_ntoh32(words[i]);
	}
	else
	{
		for (i = 0; i < dim; i++)
			shorts[i] = pg_ntoh16(shorts[i]);
	}
}

static Datum
dense_recv(FunctionCallInfo fcinfo, const TrlElement *element)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int32		typmod = PG_GETARG_INT32(2);
	int16		dim = (int16) pq_getmsgint(buf, sizeof(int16));
	int16		unused = (int16) pq_getmsgint(buf, sizeof(int16));
	TrlDense   *result;
	const float *values;
	int			i;

	trl_dense_check_dim(element, dim);
	trl_check_typmod(dim, typmod);
	if (unused != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("expected unused to be 0, not %d", unused)));

	result = trl_dense_new(element, dim);
	pq_copymsgbytes(buf, result->x, (int) element->size * dim);
	swap_bytes(element, result->x, dim);
	values = trl_dense_floats(element, result);
	for (i = 0; i < dim; i++)
		trl_check_finite(element->type_name, values[i]);
	PG_RETURN_POINTER(result);
}

TRL_DENSE_FUNCTION(trl_vector_recv, dense_recv, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_recv, dense_recv, &trl_element_half);

static Datum
dense_send(FunctionCallInfo fcinfo, const TrlElement *element)
{
	TrlDense   *v = PG_GETARG_TRL_DENSE(0);
	Size		size = element->size * v->dim;
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint16(&buf, v->dim);
	pq_sendint16(&buf, v->unused);
	enlargeStringInfo(&buf, (int) size);
	appendBinaryStringInfo(&buf, v->x, (int) size);
	swap_bytes(element, buf.data + buf.len - size, v->dim);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

TRL_DENSE_FUNCTION(trl_vector_send, dense_send, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_send, dense_send, &trl_element_half);
