/*
 * dense_compare.c - order, equality and hash of dense vectors
 *
 * Element by element, then by dimensions; -0 equals 0, so it hashes alike.
 * The functions run inside index builds, sorts and hash joins: they free
 * their arguments' copies and read elements in blocks on the stack.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "core/compat.h"
#include "types/compare.h"
#include "types/dense.h"

/* Elements that are decoded at a time. */
#define BLOCK 64

/* count elements from place from on, in place or decoded into buffer. */
static inline const float *
read_block(const TrlElement *element, const TrlDense *v, int from, int count,
		   float *buffer)
{
	const char *x = v->x + element->size * from;

	if (element->size == sizeof(float))
		return (const float *) x;
	element->decode(x, count, buffer);
	return buffer;
}

int
trl_dense_compare(const TrlElement *element, const TrlDense *a,
				  const TrlDense *b)
{
	int			common = Min(a->dim, b->dim);
	float		a_buffer[BLOCK];
	float		b_buffer[BLOCK];
	int			from;

	for (from = 0; from < common; from += BLOCK)
	{
		int			count = Min(BLOCK, common - from);
		const float *ax = read_block(element, a, from, count, a_buffer);
		const float *bx = read_block(element, b, from, count, b_buffer);
		int			i;

		for (i = 0; i < count; i++)
		{
			if (ax[i] < bx[i])
				return -1;
			if (ax[i] > bx[i])
				return 1;
		}
	}
	return (a->dim > b->dim) - (a->dim < b->dim);
}

static int
vector_compare(FunctionCallInfo fcinfo)
{
	TrlDense   *a = PG_GETARG_TRL_DENSE(0);
	TrlDense   *b = PG_GETARG_TRL_DENSE(1);
	int			order = trl_dense_compare(&trl_element_float4, a, b);

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return order;
}

static int
halfvec_compare(FunctionCallInfo fcinfo)
{
	TrlDense   *a = PG_GETARG_TRL_DENSE(0);
	TrlDense   *b = PG_GETARG_TRL_DENSE(1);
	int			order = trl_dense_compare(&trl_element_half, a, b);

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return order;
}

TRL_COMPARISON(trl_vector_lt, vector_compare(fcinfo) < 0);
TRL_COMPARISON(trl_halfvec_lt, halfvec_compare(fcinfo) < 0);
TRL_COMPARISON(trl_vector_le, vector_compare(fcinfo) <= 0);
TRL_COMPARISON(trl_halfvec_le, halfvec_compare(fcinfo) <= 0);
TRL_COMPARISON(trl_vector_eq, vector_compare(fcinfo) == 0);
TRL_COMPARISON(trl_halfvec_eq, halfvec_compare(fcinfo) == 0);
TRL_COMPARISON(trl_vector_ne, vector_compare(fcinfo) != 0);
TRL_COMPARISON(trl_halfvec_ne, halfvec_compare(fcinfo) != 0);
TRL_COMPARISON(trl_vector_ge, vector_compare(fcinfo) >= 0);
TRL_COMPARISON(trl_halfvec_ge, halfvec_compare(fcinfo) >= 0);
TRL_COMPARISON(trl_vector_gt, vector_compare(fcinfo) > 0);
TRL_COMPARISON(trl_halfvec_gt, halfvec_compare(fcinfo) > 0);
TRL_ORDERING(trl_vector_cmp, vector_compare(fcinfo));
TRL_ORDERING(trl_halfvec_cmp, halfvec_compare(fcinfo));

/* Of two values the smaller or larger, for min() and max(). */
TRL_CHOICE(trl_vector_smaller, vector_compare(fcinfo) <= 0);
TRL_CHOICE(trl_halfvec_smaller, halfvec_compare(fcinfo) <= 0);
TRL_CHOICE(trl_vector_larger, vector_compare(fcinfo) >= 0);
TRL_CHOICE(trl_halfvec_larger, halfvec_compare(fcinfo) >= 0);

static uint64
dense_hash(FunctionCallInfo fcinfo, const TrlElement *element, uint64 seed)
{
	TrlDense   *v = PG_GETARG_TRL_DENSE(0);
	uint64		hash = seed;
	float		buffer[BLOCK];
	int			from;

	for (from = 0; from < v->dim; from += BLOCK)
	{
		int			count = Min(BLOCK, v->dim - from);
		const float *x = read_block(element, v, from, count, buffer);
		int			i;

		/* adding +0 turns -0 into 0 and nothing else */
		for (i = 0; i < count; i++)
			buffer[i] = x[i] + 0.0f;
		hash = hash_bytes_extended((unsigned char *) buffer,
								   (int) sizeof(float) * count, hash);
	}
	PG_FREE_IF_COPY(v, 0);
	return hash;
}

static Datum
dense_hash_low(FunctionCallInfo fcinfo, const TrlElement *element)
{
	PG_RETURN_UINT32((uint32) dense_hash(fcinfo, element, 0));
}

TRL_DENSE_FUNCTION(trl_vector_hash, dense_hash_low, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_hash, dense_hash_low, &trl_element_half);

static Datum
dense_hash_extended(FunctionCallInfo fcinfo, const TrlElement *element)
{
	PG_RETURN_UINT64(dense_hash(fcinfo, element, PG_GETARG_INT64(1)));
}

TRL_DENSE_FUNCTION(trl_vector_hash_extended, dense_hash_extended, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_hash_extended, dense_hash_extended, &trl_element_half);
