/*
 * typeinfo.c - limits of the types, as operator classes tell them
 *
 * Support function 3 of an operator class of hnsw, 5 of ivfflat.  A class
 * without one is of the type vector.
 */
#include "postgres.h"

#include "core/compat.h"

#include "compat/shim.h"

static const TrlShimTypeInfo halfvec_info = {.max_dim = 4000};
static const TrlShimTypeInfo bit_info = {.max_dim = 64000};
static const TrlShimTypeInfo sparsevec_info = {.max_dim = 1000000000};

TRL_FUNCTION(trl_hnsw_halfvec_support);
Datum
trl_hnsw_halfvec_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(&halfvec_info);
}

TRL_FUNCTION(trl_hnsw_bit_support);
Datum
trl_hnsw_bit_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(&bit_info);
}

TRL_FUNCTION(trl_hnsw_sparsevec_support);
Datum
trl_hnsw_sparsevec_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(&sparsevec_info);
}

TRL_FUNCTION(trl_ivfflat_halfvec_support);
Datum
trl_ivfflat_halfvec_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(&halfvec_info);
}

TRL_FUNCTION(trl_ivfflat_bit_support);
Datum
trl_ivfflat_bit_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(&bit_info);
}
