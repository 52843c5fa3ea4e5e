/*
 * typeinfo.c - functions of the operator classes that nobody calls
 *
 * Support function 3 of an operator class of hnsw, 5 of ivfflat: the classes
 * have them because pgvector's do, and catalogues are compared.  ivf knows a
 * class by its operator.
 */
#include "postgres.h"

#include "core/compat.h"

TRL_FUNCTION(trl_hnsw_halfvec_support);
Datum
trl_hnsw_halfvec_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(NULL);
}

TRL_FUNCTION(trl_hnsw_bit_support);
Datum
trl_hnsw_bit_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(NULL);
}

TRL_FUNCTION(trl_hnsw_sparsevec_support);
Datum
trl_hnsw_sparsevec_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(NULL);
}

TRL_FUNCTION(trl_ivfflat_halfvec_support);
Datum
trl_ivfflat_halfvec_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(NULL);
}

TRL_FUNCTION(trl_ivfflat_bit_support);
Datum
trl_ivfflat_bit_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(NULL);
}
