/*
 * class.c - what an operator class of ivf stands for
 *
 * The operator that a class orders by tells metric and type: its function is
 * one of trellis's own.  So a class needs no support function, and a class of
 * another access method that ivf stands behind (method.h) needs nothing but
 * the operator.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "index/ivf/filter.h"
#include "index/ivf/ivf.h"

/* The strategy of a class's ordering operator. */
#define ORDER_STRATEGY 1

extern PGDLLEXPORT Datum trl_l2_distance_vector(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum trl_vector_negative_inner_product(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum trl_cosine_distance_vector(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum trl_l2_distance_halfvec(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum trl_halfvec_negative_inner_product(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum trl_cosine_distance_halfvec(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum trl_l1_distance_vector(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum trl_l1_distance_halfvec(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum trl_hamming_distance(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum trl_jaccard_distance(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum trl_l2_distance_sparsevec(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum trl_sparsevec_negative_inner_product(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum trl_cosine_distance_sparsevec(PG_FUNCTION_ARGS);

typedef struct KnownClass
{
	PGFunction	distance;		/* function of the ordering operator */
	TrlIvfClass class;
} KnownClass;

static const KnownClass known[] = {
	{trl_l2_distance_vector, {TRL_IVF_L2, &trl_element_float4, false}},
	{trl_vector_negative_inner_product, {TRL_IVF_IP, &trl_element_float4, false}},
	{trl_cosine_distance_vector, {TRL_IVF_COSINE, &trl_element_float4, false}},
	{trl_l2_distance_halfvec, {TRL_IVF_L2, &trl_element_half, false}},
	{trl_halfvec_negative_inner_product, {TRL_IVF_IP, &trl_element_half, false}},
	{trl_cosine_distance_halfvec, {TRL_IVF_COSINE, &trl_element_half, false}},

	{trl_l1_distance_vector, {TRL_IVF_L1, &trl_element_float4, false}},
	{trl_l1_distance_halfvec, {TRL_IVF_L1, &trl_element_half, false}},
	{trl_hamming_distance, {TRL_IVF_HAMMING, NULL, false}},
	{trl_jaccard_distance, {TRL_IVF_JACCARD, NULL, false}},
	{trl_l2_distance_sparsevec, {TRL_IVF_L2, NULL, true}},
	{trl_sparsevec_negative_inner_product, {TRL_IVF_IP, NULL, true}},
	{trl_cosine_distance_sparsevec, {TRL_IVF_COSINE, NULL, true}},
};

const TrlIvfClass *
trl_ivf_find_class(Oid opfamily, Oid type)
{
	Oid			operator = get_opfamily_member(opfamily, type, type,
											   ORDER_STRATEGY);
	Oid			function = OidIsValid(operator) ? get_opcode(operator) : InvalidOid;
	FmgrInfo	info;
	int			i;

	if (!OidIsValid(function))
		return NULL;
	fmgr_info(function, &info);
	for (i = 0; i < (int) lengthof(known); i++)
	{
		if (info.fn_addr == known[i].distance)
			return &known[i].class;
	}
	return NULL;
}

const TrlIvfClass *
trl_ivf_class(Relation index)
{
	const TrlIvfClass **cached = index->rd_amcache;

	if (cached == NULL)
	{
		const TrlIvfClass *class = trl_ivf_find_class(index->rd_opfamily[0],
													  index->rd_opcintype[0]);

		if (class == NULL && trl_ivf_filter_kind(index->rd_opcintype[0]) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("first column of an ivf index must be a vector"),
					 errdetail("Index \"%s\" begins with a column that rows are filtered by.",
							   RelationGetRelationName(index)),
					 errhint("Name the vector first, as in USING ivf (embedding vector_cosine_ops, tenant_id).")));
		if (class == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("ivf cannot search by the operator class of index \"%s\"",
							RelationGetRelationName(index)),
					 errdetail("The class's operator is none of trellis's distances by which ivf searches.")));
		/* the relation cache frees it with the relation */
		cached = MemoryContextAlloc(index->rd_indexcxt, sizeof(*cached));
		*cached = class;
		index->rd_amcache = cached;
	}
	return *cached;
}
