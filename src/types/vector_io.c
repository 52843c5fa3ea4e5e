/*
 * vector_io.c - text and binary input and output of vector, and its typmod
 *
 * Formats byte for byte as existing clients expect them:
 *   text    [1,2.5,-3], white space allowed between tokens
 *   binary  int16 dim, int16 0, dim times float4, network byte order
 *
 * Locks and WAL: none.  Memory: results in the caller's context.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "utils/array.h"

#include "core/compat.h"
#include "types/parse.h"
#include "types/vector.h"

TRL_FUNCTION(trl_vector_in);
TRL_FUNCTION(trl_vector_out);
TRL_FUNCTION(trl_vector_typmod_in);
TRL_FUNCTION(trl_vector_recv);
TRL_FUNCTION(trl_vector_send);

/* An upper bound of the elements in text, at most one above the limit. */
static int
count_elements(const char *text)
{
	int			n = 1;

	for (; *text != '\0' && n <= TRL_VECTOR_MAX_DIM; text++)
		n += (*text == ',');
	return n;
}

Datum
trl_vector_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	int32		typmod = PG_GETARG_INT32(2);
	int			room = Min(count_elements(text), TRL_VECTOR_MAX_DIM);
	TrlVector  *result = trl_vector_new(room);
	int			dim;

	dim = trl_parse_floats(text, "vector", result->x, TRL_VECTOR_MAX_DIM);
	Assert(dim == room);
	trl_vector_check_typmod(dim, typmod);
	PG_RETURN_POINTER(result);
}

Datum
trl_vector_out(PG_FUNCTION_ARGS)
{
	TrlVector  *v = PG_GETARG_TRL_VECTOR(0);

	PG_RETURN_CSTRING(trl_format_floats(v->x, v->dim));
}

Datum
trl_vector_typmod_in(PG_FUNCTION_ARGS)
{
	ArrayType  *ta = PG_GETARG_ARRAYTYPE_P(0);
	int32	   *typmods;
	int			n;

	typmods = ArrayGetIntegerTypmods(ta, &n);
	if (n != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid type modifier")));
	if (typmods[0] < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("dimensions for type vector must be at least 1")));
	if (typmods[0] > TRL_VECTOR_MAX_DIM)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("dimensions for type vector cannot exceed %d",
						TRL_VECTOR_MAX_DIM)));
	PG_RETURN_INT32(typmods[0]);
}

Datum
trl_vector_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int32		typmod = PG_GETARG_INT32(2);
	int16		dim = (int16) pq_getmsgint(buf, sizeof(int16));
	int16		unused = (int16) pq_getmsgint(buf, sizeof(int16));
	TrlVector  *result;
	int			i;

	trl_vector_check_dim(dim);
	trl_vector_check_typmod(dim, typmod);
	if (unused != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("expected unused to be 0, not %d", unused)));

	result = trl_vector_new(dim);
	for (i = 0; i < dim; i++)
	{
		result->x[i] = pq_getmsgfloat4(buf);
		trl_vector_check_element(result->x[i]);
	}
	PG_RETURN_POINTER(result);
}

Datum
trl_vector_send(PG_FUNCTION_ARGS)
{
	TrlVector  *v = PG_GETARG_TRL_VECTOR(0);
	StringInfoData buf;
	int			i;

	pq_begintypsend(&buf);
	pq_sendint16(&buf, v->dim);
	pq_sendint16(&buf, v->unused);
	for (i = 0; i < v->dim; i++)
		pq_sendfloat4(&buf, v->x[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}
