/*
 * sparsevec_io.c - text and binary input and output of sparsevec, and its typmod
 *
 * Formats byte for byte as existing clients expect them:
 *   text    {1:1.5,3:2}/5, the first index is 1, white space between tokens
 *   binary  int32 dim, int32 nnz, int32 0, nnz indexes from 0 as int32,
 *           nnz values as float4, all in network byte order
 *
 * Locks and WAL: none.  Memory: results in the caller's context.
 */
#include "postgres.h"

#include "common/shortest_dec.h"
#include "libpq/pqformat.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "types/dense.h"
#include "types/sparse_parse.h"
#include "types/sparsevec.h"

TRL_FUNCTION(trl_sparsevec_in);
TRL_FUNCTION(trl_sparsevec_out);
TRL_FUNCTION(trl_sparsevec_typmod_in);
TRL_FUNCTION(trl_sparsevec_recv);
TRL_FUNCTION(trl_sparsevec_send);

/* Bytes of one printed entry: index, ":", value, ",". */
#define ENTRY_LEN (10 + 1 + FLOAT_SHORTEST_DECIMAL_LEN + 1)

/* Bytes of what stands around them: "{}/", dimensions, zero. */
#define FRAME_LEN (3 + 10 + 1)

/*
 * Raises 22000 unless index i lies within the dimensions and above the one
 * before it.
 */
static void
check_index(const TrlSparsevec *v, int i)
{
	if (v->index[i] < 0 || v->index[i] >= v->dim)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("sparsevec index out of bounds")));
	if (i > 0 && v->index[i] == v->index[i - 1])
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("sparsevec indices must not contain duplicates")));
	if (i > 0 && v->index[i] < v->index[i - 1])
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("sparsevec indices must be in ascending order")));
}

TrlSparsevec *
trl_sparsevec_parse(const char *text, int32 typmod)
{
	int			room = trl_sparse_room(text, TRL_SPARSEVEC_MAX_NNZ);
	TrlSparseEntry *entries;
	TrlSparsevec *result;
	float	   *values;
	int32		dim;
	int			n;
	int			i;

	/* written zeros count, too: the limit is one of the text */
	trl_sparsevec_check_nnz(room);
	entries = (TrlSparseEntry *) palloc(sizeof(TrlSparseEntry) * room);
	n = trl_sparse_parse(text, entries, &dim);
	Assert(n <= room);
	trl_sparsevec_check_dim(dim);
	trl_check_typmod(dim, typmod);

	trl_sparse_sort(entries, n);
	result = trl_sparsevec_new(dim, n);
	values = trl_sparsevec_values(result);
	for (i = 0; i < n; i++)
	{
		result->index[i] = entries[i].index;
		values[i] = entries[i].value;
		check_index(result, i);
	}
	pfree(entries);
	return result;
}

Datum
trl_sparsevec_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(trl_sparsevec_parse(PG_GETARG_CSTRING(0),
										  PG_GETARG_INT32(2)));
}

Datum
trl_sparsevec_out(PG_FUNCTION_ARGS)
{
	TrlSparsevec *v = PG_GETARG_TRL_SPARSEVEC(0);
	const float *values = trl_sparsevec_values(v);
	char	   *result = palloc((Size) v->nnz * ENTRY_LEN + FRAME_LEN);
	char	   *at = result;
	int			i;

	*at++ = '{';
	for (i = 0; i < v->nnz; i++)
	{
		if (i > 0)
			*at++ = ',';
		at += pg_ltoa(v->index[i] + 1, at);
		*at++ = ':';
		at += float_to_shortest_decimal_bufn(values[i], at);
	}
	*at++ = '}';
	*at++ = '/';
	pg_ltoa(v->dim, at);
	PG_RETURN_CSTRING(result);
}

Datum
trl_sparsevec_typmod_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(trl_typmod_in(PG_GETARG_ARRAYTYPE_P(0), "sparsevec",
								  TRL_SPARSEVEC_MAX_DIM));
}

/* The first three numbers of the binary form, checked. */
static TrlSparsevec *
receive_header(StringInfo buf, int32 typmod)
{
	int32		dim = (int32) pq_getmsgint(buf, sizeof(int32));
	int32		nnz = (int32) pq_getmsgint(buf, sizeof(int32));
	int32		unused = (int32) pq_getmsgint(buf, sizeof(int32));

	trl_sparsevec_check_dim(dim);
	trl_sparsevec_check_nnz(nnz);
	if (nnz > dim)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("sparsevec cannot have more elements than dimensions")));
	trl_check_typmod(dim, typmod);
	if (unused != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("expected unused to be 0, not %d", unused)));
	return trl_sparsevec_new(dim, nnz);
}

Datum
trl_sparsevec_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	TrlSparsevec *result = receive_header(buf, PG_GETARG_INT32(2));
	float	   *values = trl_sparsevec_values(result);
	int			i;

	for (i = 0; i < result->nnz; i++)
	{
		result->index[i] = (int32) pq_getmsgint(buf, sizeof(int32));
		check_index(result, i);
	}
	for (i = 0; i < result->nnz; i++)
	{
		values[i] = pq_getmsgfloat4(buf);
		trl_check_finite("sparsevec", values[i]);
		if (values[i] == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 errmsg("binary representation of sparsevec cannot contain zero values")));
	}
	PG_RETURN_POINTER(result);
}

Datum
trl_sparsevec_send(PG_FUNCTION_ARGS)
{
	TrlSparsevec *v = PG_GETARG_TRL_SPARSEVEC(0);
	const float *values = trl_sparsevec_values(v);
	StringInfoData buf;
	int			i;

	pq_begintypsend(&buf);
	pq_sendint32(&buf, v->dim);
	pq_sendint32(&buf, v->nnz);
	pq_sendint32(&buf, v->unused);
	for (i = 0; i < v->nnz; i++)
		pq_sendint32(&buf, v->index[i]);
	for (i = 0; i < v->nnz; i++)
		pq_sendfloat4(&buf, values[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}
