/*
 * image.c - the bytes of a value as they are stored
 *
 * The takeover of another extension's columns compares what both input
 * functions make of the same text: equal types must be equal byte by byte.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/compat.h"

TRL_FUNCTION(trl_value_image);

/* Takes a value of any type of variable length, gives what it consists of. */
Datum
trl_value_image(PG_FUNCTION_ARGS)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 0);
	struct varlena *value;
	bytea	   *image;
	Size		size;

	if (get_typlen(type) != -1)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("type %s is not of variable length",
						format_type_be(type))));
	value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	size = VARSIZE_ANY_EXHDR(value);
	image = (bytea *) palloc(VARHDRSZ + size);
	SET_VARSIZE(image, VARHDRSZ + size);
	memcpy(VARDATA(image), VARDATA_ANY(value), size);
	PG_RETURN_BYTEA_P(image);
}
