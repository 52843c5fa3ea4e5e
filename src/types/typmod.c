/*
 * typmod.c - planner support: length checks that cannot fail are dropped
 *
 * embedding::vector(384) on a column vector(384), and the check that
 * ALTER TABLE puts in front of a column whose type has a dimension: the
 * length coercion of a vector type carries this support function
 * (SupportRequestSimplify), which drops the call when the argument is already
 * known to have the dimensions.  ALTER TABLE then sees a bare column and
 * keeps the table's files.
 *
 * It looks through a RelabelType, also one from another type, if that one has
 * the same name and shape: there a typmod counts dimensions too.  Such a
 * relabelling needs a binary-coercible cast, which only a superuser can
 * create.  Any other type's typmod proves nothing, and the check stays.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "core/compat.h"

TRL_FUNCTION(trl_vector_typmod_support);

/* Are both base types of the same name, length, alignment, with a typmod? */
static bool
like_named(HeapTuple a, HeapTuple b)
{
	Form_pg_type x = (Form_pg_type) GETSTRUCT(a);
	Form_pg_type y = (Form_pg_type) GETSTRUCT(b);

	return x->typtype == TYPTYPE_BASE && y->typtype == TYPTYPE_BASE &&
		OidIsValid(x->typmodin) && OidIsValid(y->typmodin) &&
		x->typlen == y->typlen && x->typalign == y->typalign &&
		strcmp(NameStr(x->typname), NameStr(y->typname)) == 0;
}

/* Does a typmod of the one type mean dimensions, as it does in the other? */
static bool
same_typmod_meaning(Oid type, Oid other)
{
	HeapTuple	a,
				b;
	bool		same;

	if (type == other)
		return true;
	a = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	if (!HeapTupleIsValid(a))
		return false;
	b = SearchSysCache1(TYPEOID, ObjectIdGetDatum(other));
	same = HeapTupleIsValid(b) && like_named(a, b);
	if (HeapTupleIsValid(b))
		ReleaseSysCache(b);
	ReleaseSysCache(a);
	return same;
}

/* Is the expression, which has the given type, known to pass the check? */
static bool
known_to_have(Node *expr, Oid type, int32 typmod)
{
	if (typmod < 0)
		return true;			/* any number of dimensions */
	for (;;)
	{
		if (exprTypmod(expr) == typmod &&
			same_typmod_meaning(type, exprType(expr)))
			return true;
		if (!IsA(expr, RelabelType))
			return false;
		expr = (Node *) ((RelabelType *) expr)->arg;
	}
}

/* The argument in place of the call, or NULL if the check is needed. */
static Node *
without_check(FuncExpr *call)
{
	Node	   *source;
	Node	   *typmod;

	if (list_length(call->args) < 2)
		return NULL;
	source = (Node *) linitial(call->args);
	typmod = (Node *) lsecond(call->args);
	if (!IsA(typmod, Const) || ((Const *) typmod)->constisnull ||
		exprType(source) != call->funcresulttype)
		return NULL;
	if (!known_to_have(source, call->funcresulttype,
					   DatumGetInt32(((Const *) typmod)->constvalue)))
		return NULL;
	return relabel_to_typmod(source,
							 DatumGetInt32(((Const *) typmod)->constvalue));
}

Datum
trl_vector_typmod_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	Node	   *simpler = NULL;

	if (IsA(request, SupportRequestSimplify))
		simpler = without_check(((SupportRequestSimplify *) request)->fcall);
	PG_RETURN_POINTER(simpler);
}
