/*
 * keys.c - node and edge identifiers of any supported type
 *
 * Does: hash, compare, copy and convert keys; see keys.h.
 * Does not: collations.  Text keys are equal when their bytes are, which is
 * what deterministic collations say too; others are refused in graph.c.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

#include "core/compat.h"
#include "kg/engine/keys.h"

bool
trl_key_kind(Oid type, TrlKeyKind *kind)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			*kind = TRL_KEY_INT;
			return true;
		case UUIDOID:
			*kind = TRL_KEY_UUID;
			return true;
		case TEXTOID:
		case VARCHAROID:
			*kind = TRL_KEY_TEXT;
			return true;
		default:
			return false;
	}
}

const char *
trl_key_kind_name(TrlKeyKind kind)
{
	switch (kind)
	{
		case TRL_KEY_INT:
			return "integer";
		case TRL_KEY_UUID:
			return "uuid";
		case TRL_KEY_TEXT:
			return "text";
	}
	return "unknown";
}

TrlKey
trl_key_from_datum(TrlKeyKind kind, Oid type, Datum value)
{
	if (kind == TRL_KEY_TEXT)
		return (TrlKey) (uintptr_t) PG_DETOAST_DATUM_PACKED(value);
	if (kind == TRL_KEY_UUID)
		return (TrlKey) (uintptr_t) DatumGetPointer(value);
	if (type == INT8OID)
		return (TrlKey) DatumGetInt64(value);
	if (type == INT4OID)
		return (TrlKey) (int64) DatumGetInt32(value);
	return (TrlKey) (int64) DatumGetInt16(value);
}

static inline void *
key_pointer(TrlKey key)
{
	return (void *) (uintptr_t) key;
}

/* A pointer key's bytes that count, and how many there are. */
static inline const unsigned char *
key_bytes(TrlKeyKind kind, TrlKey key, int *len)
{
	if (kind == TRL_KEY_UUID)
	{
		*len = UUID_LEN;
		return ((pg_uuid_t *) key_pointer(key))->data;
	}
	*len = VARSIZE_ANY_EXHDR(key_pointer(key));
	return (unsigned char *) VARDATA_ANY(key_pointer(key));
}

TrlKey
trl_key_copy(TrlKeyKind kind, TrlKey key, MemoryContext cxt)
{
	Size		size;
	void	   *copy;

	if (kind == TRL_KEY_INT)
		return key;
	size = kind == TRL_KEY_UUID ? sizeof(pg_uuid_t) : VARSIZE_ANY(key_pointer(key));
	copy = MemoryContextAlloc(cxt, size);
	memcpy(copy, key_pointer(key), size);
	return (TrlKey) (uintptr_t) copy;
}

uint32
trl_key_hash(TrlKeyKind kind, TrlKey key)
{
	const unsigned char *bytes;
	int			len;

	if (kind == TRL_KEY_INT)
	{
		key ^= key >> 33;
		key *= UINT64CONST(0xff51afd7ed558ccd);
		key ^= key >> 33;
		return (uint32) key;
	}
	bytes = key_bytes(kind, key, &len);
	return hash_bytes(bytes, len);
}

int
trl_key_compare(TrlKeyKind kind, TrlKey a, TrlKey b)
{
	const unsigned char *a_bytes;
	const unsigned char *b_bytes;
	int			a_len;
	int			b_len;
	int			result;

	if (kind == TRL_KEY_INT)
		return (int64) a < (int64) b ? -1 : (int64) a > (int64) b;
	a_bytes = key_bytes(kind, a, &a_len);
	b_bytes = key_bytes(kind, b, &b_len);
	result = memcmp(a_bytes, b_bytes, Min(a_len, b_len));
	return result != 0 ? result : a_len - b_len;
}

bool
trl_key_equal(TrlKeyKind kind, TrlKey a, TrlKey b)
{
	return a == b || (kind != TRL_KEY_INT && trl_key_compare(kind, a, b) == 0);
}

bool
trl_key_fits(TrlKeyKind kind, TrlKey key, Oid type)
{
	int64		value = (int64) key;

	if (kind != TRL_KEY_INT || type == INT8OID)
		return true;
	if (type == INT4OID)
		return value >= PG_INT32_MIN && value <= PG_INT32_MAX;
	return value >= PG_INT16_MIN && value <= PG_INT16_MAX;
}

Datum
trl_key_to_datum(TrlKeyKind kind, TrlKey key, Oid type)
{
	if (kind != TRL_KEY_INT)
		return PointerGetDatum(key_pointer(key));
	if (type == INT8OID)
		return Int64GetDatum((int64) key);
	if (type == INT4OID)
		return Int32GetDatum((int32) (int64) key);
	return Int16GetDatum((int16) (int64) key);
}

Oid
trl_key_param_type(Oid column_type)
{
	return column_type == VARCHAROID ? TEXTOID : column_type;
}

ArrayType *
trl_key_array(TrlKeyKind kind, const TrlKey *keys, int n, Oid element_type)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));
	ArrayType  *result;
	int16		len;
	bool		by_value;
	char		align;
	int			used = 0;
	int			i;

	for (i = 0; i < n; i++)
		if (trl_key_fits(kind, keys[i], element_type))
			values[used++] = trl_key_to_datum(kind, keys[i], element_type);

	get_typlenbyvalalign(element_type, &len, &by_value, &align);
	result = construct_array(values, used, element_type, len, by_value, align);
	pfree(values);
	return result;
}
