/*
 * memo.c - remembers the result of a conversion whose input does not change
 *
 * That the argument is a constant or a parameter only says that keeping is
 * worth it: PL/pgSQL evaluates one expression state with changing
 * parameters, so the bytes are compared each time.
 *
 * Locks and WAL: none.  Memory: two copies in the function's context, until
 * the statement ends.
 */
#include "postgres.h"

#include "core/compat.h"
#include "types/memo.h"

typedef struct Memo
{
	struct varlena *input;
	struct varlena *result;
	int32		typmod;
} Memo;

struct varlena *
trl_memo_find(FunctionCallInfo fcinfo, const struct varlena *input,
			  int32 typmod)
{
	Memo	   *memo;

	if (fcinfo->flinfo == NULL || fcinfo->flinfo->fn_extra == NULL)
		return NULL;
	memo = (Memo *) fcinfo->flinfo->fn_extra;
	if (memo->result == NULL || memo->typmod != typmod ||
		VARSIZE(memo->input) != VARSIZE(input) ||
		memcmp(memo->input, input, VARSIZE(input)) != 0)
		return NULL;
	return memo->result;
}

static struct varlena *
copy_datum(MemoryContext context, const struct varlena *datum)
{
	struct varlena *copy;

	copy = (struct varlena *) MemoryContextAlloc(context, VARSIZE(datum));
	memcpy(copy, datum, VARSIZE(datum));
	return copy;
}

struct varlena *
trl_memo_keep(FunctionCallInfo fcinfo, const struct varlena *input,
			  int32 typmod, struct varlena *result)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	Memo	   *memo;

	if (flinfo == NULL || !get_fn_expr_arg_stable(flinfo, 0))
		return result;

	memo = (Memo *) flinfo->fn_extra;
	if (memo == NULL)
	{
		memo = (Memo *) MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(Memo));
		flinfo->fn_extra = memo;
	}
	else if (memo->result != NULL)
	{
		pfree(memo->result);
		memo->result = NULL;
		pfree(memo->input);
		memo->input = NULL;
	}
	memo->input = copy_datum(flinfo->fn_mcxt, input);
	memo->typmod = typmod;
	memo->result = copy_datum(flinfo->fn_mcxt, result);
	return result;
}
