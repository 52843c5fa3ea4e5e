/*
 * keys.h - node and edge identifiers of any supported type
 *
 * Three kinds: integers (smallint, integer, bigint, mixed freely), uuid, and
 * text (text, varchar).  A TrlKey is an integer's value, or a pointer to the
 * uuid or varlena; who owns the pointer is said where a key is kept.
 *
 * Text is ordered bytewise, so that ties break alike in every locale.
 */
#ifndef TRL_KG_KEYS_H
#define TRL_KG_KEYS_H

#include "utils/array.h"

typedef uint64 TrlKey;

typedef enum TrlKeyKind
{
	TRL_KEY_INT,
	TRL_KEY_UUID,
	TRL_KEY_TEXT
} TrlKeyKind;

/* False if the type cannot be a key. */
extern bool trl_key_kind(Oid type, TrlKeyKind *kind);

/* For messages: "integer", "uuid", "text". */
extern const char *trl_key_kind_name(TrlKeyKind kind);

/* The key of a datum; it points into the datum, or into a detoasted copy. */
extern TrlKey trl_key_from_datum(TrlKeyKind kind, Oid type, Datum value);

/* A copy that lives in cxt. */
extern TrlKey trl_key_copy(TrlKeyKind kind, TrlKey key, MemoryContext cxt);

extern uint32 trl_key_hash(TrlKeyKind kind, TrlKey key);
extern bool trl_key_equal(TrlKeyKind kind, TrlKey a, TrlKey b);
extern int	trl_key_compare(TrlKeyKind kind, TrlKey a, TrlKey b);

/* False if an integer key does not fit the type. */
extern bool trl_key_fits(TrlKeyKind kind, TrlKey key, Oid type);

/* The caller has checked that it fits. */
extern Datum trl_key_to_datum(TrlKeyKind kind, TrlKey key, Oid type);

/* Element type of arrays that are compared with a column of this type. */
extern Oid	trl_key_param_type(Oid column_type);

/*
 * An array parameter of the given element type, in the current context.
 * Keys that do not fit are left out: no column of that type holds them.
 */
extern ArrayType *trl_key_array(TrlKeyKind kind, const TrlKey *keys, int n,
								Oid element_type);

#endif							/* TRL_KG_KEYS_H */
