/*
 * filter.c - filter columns of an ivf index: what lanes hold of their values
 *
 * Does: say what is stored of which type; make it from a row; put it into a
 * lane.  Does not: know of operators (filter_leaf.c) or test lanes
 * (filter_lanes.c).
 *
 * Hashes are those of the types' own hash functions.  Collations that call
 * different strings equal are refused, so that no other matters: strings are
 * equal if their bytes are.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "catalog/pg_collation_d.h"
#include "catalog/pg_type_d.h"
#include "common/hashfn.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "core/compat.h"
#include "index/ivf/filter.h"

/* ---- columns ---- */

typedef struct FilterType
{
	Oid			type;			/* of the operator class */
	TrlIvfFilterKind kind;
	uint8		width;
} FilterType;

static const FilterType filter_types[] = {
	{BOOLOID, TRL_IVF_FILTER_NUMBER, 1},
	{INT2OID, TRL_IVF_FILTER_NUMBER, 2},
	{INT4OID, TRL_IVF_FILTER_NUMBER, 4},
	{INT8OID, TRL_IVF_FILTER_NUMBER, 8},
	{DATEOID, TRL_IVF_FILTER_NUMBER, 4},
	{TIMESTAMPOID, TRL_IVF_FILTER_NUMBER, 8},
	{TIMESTAMPTZOID, TRL_IVF_FILTER_NUMBER, 8},
	{ANYENUMOID, TRL_IVF_FILTER_OID, 4},
	{TEXTOID, TRL_IVF_FILTER_TEXT, 4},
	{BPCHAROID, TRL_IVF_FILTER_BPCHAR, 4},
	{NAMEOID, TRL_IVF_FILTER_NAME, 4},
	{UUIDOID, TRL_IVF_FILTER_UUID, 4},
	{INT2ARRAYOID, TRL_IVF_FILTER_INT2_SET, 8},
	{INT4ARRAYOID, TRL_IVF_FILTER_INT4_SET, 8},
	{INT8ARRAYOID, TRL_IVF_FILTER_INT8_SET, 8},
	{TEXTARRAYOID, TRL_IVF_FILTER_TEXT_SET, 8},
};

static const FilterType *
find_type(Oid type)
{
	int			i;

	for (i = 0; i < (int) lengthof(filter_types); i++)
	{
		if (filter_types[i].type == type)
			return &filter_types[i];
	}
	return NULL;
}

int
trl_ivf_filter_kind(Oid type)
{
	const FilterType *found = find_type(type);

	return found != NULL ? (int) found->kind : 0;
}

/* Strings must be equal by their bytes alone. */
static void
check_collation(Relation index, int column)
{
	Oid			collation = index->rd_indcollation[column + 1];

	if (!OidIsValid(collation) || get_collation_isdeterministic(collation))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("nondeterministic collations are not supported for filter columns of an ivf index"),
			 errdetail("Column \"%s\" of index \"%s\" has collation \"%s\".",
					   NameStr(TupleDescAttr(RelationGetDescr(index), column + 1)->attname),
					   RelationGetRelationName(index), get_collation_name(collation)),
			 errhint("Give the column another collation in the index, as in (name COLLATE \"C\"), or leave it out.")));
}

void
trl_ivf_filter_columns(TrlIvfMeta *meta, Relation index)
{
	int			columns = IndexRelationGetNumberOfKeyAttributes(index) - 1;
	int			offset = 0;
	int			i;

	memset(meta->filters, 0, sizeof(meta->filters));

	/* a server may be built for more */
	if (columns > TRL_IVF_MAX_FILTERS)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("an ivf index cannot have more than %d filter columns",
						TRL_IVF_MAX_FILTERS)));
	for (i = 0; i < columns; i++)
	{
		const FilterType *type = find_type(index->rd_opcintype[i + 1]);

		if (type == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("column \"%s\" of index \"%s\" cannot be a filter column",
							NameStr(TupleDescAttr(RelationGetDescr(index), i + 1)->attname),
							RelationGetRelationName(index)),
					 errdetail("An ivf index searches by its first column; those behind it are of types that rows are filtered by."),
					 errhint("Create an index for each vector column.")));
		check_collation(index, i);
		meta->filters[i].kind = (uint8) type->kind;
		meta->filters[i].width = type->width;
		meta->filters[i].offset = (uint16) offset;
		offset += type->width;
	}
	meta->n_filters = (uint16) columns;
	meta->filter_bytes = (uint16) (offset + TRL_IVF_NULL_BYTES(meta));
}

/* ---- values ---- */

/* One of 64 bits; numbers in a row have different ones. */
static uint64
bit_of_number(int64 x)
{
	return UINT64CONST(1) << ((uint64) x * UINT64CONST(0x9E3779B97F4A7C15) >> 58);
}

static uint64
bit_of_text(Datum value)
{
	text	   *string = DatumGetTextPP(value);
	uint32		hash = DatumGetUInt32(hash_any((unsigned char *) VARDATA_ANY(string),
											   (int) VARSIZE_ANY_EXHDR(string)));

	return UINT64CONST(1) << (hash & 63);
}

/* The bits of an array's elements. */
static uint64
array_bits(int kind, Datum value)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	int16		width;
	bool		by_value;
	char		align;
	Datum	   *elements;
	bool	   *nulls;
	uint64		bits = 0;
	int			n;
	int			i;

	get_typlenbyvalalign(ARR_ELEMTYPE(array), &width, &by_value, &align);
	deconstruct_array(array, ARR_ELEMTYPE(array), width, by_value, align,
					  &elements, &nulls, &n);
	for (i = 0; i < n; i++)
	{
		if (nulls[i])
			continue;
		switch (kind)
		{
			case TRL_IVF_FILTER_INT2_SET:
				bits |= bit_of_number(DatumGetInt16(elements[i]));
				break;
			case TRL_IVF_FILTER_INT4_SET:
				bits |= bit_of_number(DatumGetInt32(elements[i]));
				break;
			case TRL_IVF_FILTER_INT8_SET:
				bits |= bit_of_number(DatumGetInt64(elements[i]));
				break;
			default:
				bits |= bit_of_text(elements[i]);
		}
	}
	pfree(elements);
	pfree(nulls);
	return bits;
}

static int64
signed_hash(Datum hash)
{
	return (int32) DatumGetUInt32(hash);
}

int64
trl_ivf_filter_number(int kind, int width, Datum value)
{
	switch (kind)
	{
		case TRL_IVF_FILTER_NUMBER:
			if (width == 1)
				return DatumGetBool(value) ? 1 : 0;
			if (width == 2)
				return DatumGetInt16(value);
			return width == 4 ? DatumGetInt32(value) : DatumGetInt64(value);
		case TRL_IVF_FILTER_OID:
			return (int32) DatumGetObjectId(value);
		case TRL_IVF_FILTER_TEXT:
			return signed_hash(DirectFunctionCall1Coll(hashtext, C_COLLATION_OID, value));
		case TRL_IVF_FILTER_BPCHAR:
			return signed_hash(DirectFunctionCall1Coll(hashbpchar, C_COLLATION_OID, value));
		case TRL_IVF_FILTER_NAME:
			return signed_hash(DirectFunctionCall1(hashname, value));
		case TRL_IVF_FILTER_UUID:
			return signed_hash(DirectFunctionCall1(uuid_hash, value));
		default:
			return (int64) array_bits(kind, value);
	}
}

/* Stores a number in its lower bytes. */
static void
store_number(int64 number, int width, uint8 *out)
{
	int8		byte = (int8) number;
	int16		two = (int16) number;
	int32		four = (int32) number;

	if (width == 1)
		memcpy(out, &byte, sizeof(byte));
	else if (width == 2)
		memcpy(out, &two, sizeof(two));
	else if (width == 4)
		memcpy(out, &four, sizeof(four));
	else
		memcpy(out, &number, sizeof(number));
}

void
trl_ivf_filter_form(const TrlIvfMeta *meta, const Datum *values,
					const bool *isnull, uint8 *out)
{
	uint8	   *nulls = out + meta->filter_bytes - TRL_IVF_NULL_BYTES(meta);
	int			i;

	if (meta->n_filters == 0)
		return;
	memset(out, 0, meta->filter_bytes);
	for (i = 0; i < meta->n_filters; i++)
	{
		const TrlIvfFilterColumn *column = &meta->filters[i];

		if (isnull[i + 1])
			nulls[i / 8] |= (uint8) (1 << i % 8);
		else
			store_number(trl_ivf_filter_number(column->kind, column->width,
											   values[i + 1]),
						 column->width, out + column->offset);
	}
}

/* ---- lanes ---- */

/* Copies a run's value of a lane, from a row's bytes or to them. */
static inline void
copy_value(const TrlIvfMeta *meta, const TrlIvfRuns *runs, int lane,
		   int offset, int width, uint8 *bytes, bool put)
{
	uint8	   *stored = runs->filters +
	offset * (Size) TRL_IVF_UNIT_LANES(meta) + width * (Size) lane;

	memcpy(put ? stored : bytes + offset, put ? bytes + offset : stored, width);
}

/* The values of all columns, then which are NULL. */
static void
copy_lane(const TrlIvfMeta *meta, const TrlIvfRuns *runs, int lane,
		  uint8 *bytes, bool put)
{
	int			null_bytes = TRL_IVF_NULL_BYTES(meta);
	int			i;

	for (i = 0; i < meta->n_filters; i++)
		copy_value(meta, runs, lane, meta->filters[i].offset,
				   meta->filters[i].width, bytes, put);
	copy_value(meta, runs, lane, meta->filter_bytes - null_bytes, null_bytes,
			   bytes, put);
}

void
trl_ivf_filter_put(const TrlIvfMeta *meta, const TrlIvfRuns *runs, int lane,
				   const uint8 *bytes)
{
	copy_lane(meta, runs, lane, unconstify(uint8 *, bytes), true);
}

void
trl_ivf_filter_get(const TrlIvfMeta *meta, const TrlIvfRuns *runs, int lane,
				   uint8 *bytes)
{
	copy_lane(meta, runs, lane, bytes, false);
}
