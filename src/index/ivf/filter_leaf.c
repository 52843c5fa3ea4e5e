/*
 * filter_leaf.c - from "column operator value" to a test of lanes
 *
 * A test lets pass every row of which the operator is true.  Of numbers it
 * lets no others pass; of hashes and sets of bits it may.  A value of another
 * type than the column's is brought to the column's numbers: the last of them
 * that is not above the value, and whether the two are equal.
 *
 * Locks and WAL: none.  Memory: the current context.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "core/compat.h"
#include "index/ivf/filter.h"

/* ---- nodes ---- */

TrlLaneFilter *
trl_ivf_filter_node(TrlLaneOp op, int column)
{
	TrlLaneFilter *filter = palloc0(sizeof(TrlLaneFilter));

	filter->op = op;
	filter->column = column;
	return filter;
}

TrlLaneFilter *
trl_ivf_filter_and(TrlLaneFilter **filters, int n)
{
	TrlLaneFilter *both = trl_ivf_filter_node(TRL_LANE_AND, 0);
	int			i;

	both->children = palloc(sizeof(TrlLaneFilter *) * Max(n, 1));
	for (i = 0; i < n; i++)
	{
		if (filters[i]->op == TRL_LANE_NONE)
			return filters[i];
		if (filters[i]->op != TRL_LANE_ALL)
			both->children[both->n_children++] = filters[i];
	}
	if (both->n_children == 0)
		return trl_ivf_filter_node(TRL_LANE_ALL, 0);
	return both->n_children == 1 ? both->children[0] : both;
}

/* ---- numbers ---- */

/* A value among a column's numbers. */
typedef struct Place
{
	int64		floor;			/* the last number that is not above it */
	bool		exact;			/* and is equal to it */
} Place;

static Place
place_of_timestamp(Timestamp value)
{
	Place		place = {.exact = true};

	if (TIMESTAMP_IS_NOBEGIN(value))
		place.floor = DATEVAL_NOBEGIN;
	else if (TIMESTAMP_IS_NOEND(value))
		place.floor = DATEVAL_NOEND;
	else
	{
		int64		rest = value % USECS_PER_DAY;

		place.floor = value / USECS_PER_DAY - (rest < 0 ? 1 : 0);
		place.exact = rest == 0;
	}
	return place;
}

/* A date among timestamps, of which all are before some dates. */
static int64
timestamp_of_date(DateADT date)
{
	if (DATE_IS_NOBEGIN(date))
		return DT_NOBEGIN;
	if (DATE_IS_NOEND(date))
		return DT_NOEND;
	if (date >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
		return DT_NOEND - 1;
	return (int64) date * USECS_PER_DAY;
}

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

/* Finds the place of a value; false if the types cannot be compared. */
static bool
find_place(Oid column, Oid type, Datum value, Place *place)
{
	place->exact = true;
	if (is_integer(column) && is_integer(type))
	{
		int			width = type == INT2OID ? 2 : type == INT4OID ? 4 : 8;

		place->floor = trl_ivf_filter_number(TRL_IVF_FILTER_NUMBER, width, value);
	}
	else if (column == DATEOID && type == TIMESTAMPOID)
		*place = place_of_timestamp(DatumGetTimestamp(value));
	else if (column == TIMESTAMPOID && type == DATEOID)
		place->floor = timestamp_of_date(DatumGetDateADT(value));
	else if (column != type)
		return false;
	else if (type == BOOLOID)
		place->floor = DatumGetBool(value) ? 1 : 0;
	else if (type == DATEOID)
		place->floor = DatumGetDateADT(value);
	else
		place->floor = DatumGetInt64(value);
	return true;
}

/* The range of numbers for which a comparison is true; false if there is none. */
static bool
find_range(int strategy, const Place *place, int width, int64 *low, int64 *high)
{
	int64		least = PG_INT64_MIN >> (64 - 8 * width);
	int64		most = PG_INT64_MAX >> (64 - 8 * width);

	*low = least;
	*high = most;
	switch (strategy)
	{
		case TRL_FILTER_LESS:
			if (place->exact && place->floor == PG_INT64_MIN)
				return false;
			*high = place->floor - (place->exact ? 1 : 0);
			break;
		case TRL_FILTER_LESS_EQUAL:
			*high = place->floor;
			break;
		case TRL_FILTER_EQUAL:
			if (!place->exact)
				return false;
			*low = *high = place->floor;
			break;
		case TRL_FILTER_GREATER_EQUAL:
			if (place->exact)
			{
				*low = place->floor;
				break;
			}
			/* FALLTHROUGH */
		default:
			if (place->floor == PG_INT64_MAX)
				return false;
			*low = place->floor + 1;
	}
	*low = Max(*low, least);
	*high = Min(*high, most);
	return *low <= *high;
}

static TrlLaneFilter *
range_leaf(int column, int width, int64 low, int64 high)
{
	TrlLaneFilter *leaf;

	if (low == PG_INT64_MIN >> (64 - 8 * width) &&
		high == PG_INT64_MAX >> (64 - 8 * width))
		return trl_ivf_filter_node(TRL_LANE_NOT_NULL, column);
	leaf = trl_ivf_filter_node(TRL_LANE_RANGE, column);
	leaf->low = low;
	leaf->high = high;
	return leaf;
}

static int
compare_numbers(const void *left, const void *right)
{
	int64		a = *(const int64 *) left;
	int64		b = *(const int64 *) right;

	return (a > b) - (a < b);
}

/* Equal to one of n numbers, which it takes. */
static TrlLaneFilter *
any_leaf(int column, int width, int64 *values, int n)
{
	TrlLaneFilter *leaf;
	int			kept = 0;
	int			i;

	if (n == 0)
		return trl_ivf_filter_node(TRL_LANE_NONE, column);
	qsort(values, n, sizeof(int64), compare_numbers);
	for (i = 0; i < n; i++)
	{
		if (i == 0 || values[i] != values[kept - 1])
			values[kept++] = values[i];
	}
	if (values[kept - 1] - (uint64) values[0] == (uint64) kept - 1)
		return range_leaf(column, width, values[0], values[kept - 1]);
	leaf = trl_ivf_filter_node(TRL_LANE_ANY, column);
	leaf->values = values;
	leaf->n = kept;
	if (width == 4)
	{
		leaf->small_values = palloc(sizeof(int32) * kept);
		for (i = 0; i < kept; i++)
			leaf->small_values[i] = (int32) values[i];
	}
	return leaf;
}

/* ---- one or several values of a number column ---- */

/* The values of a leaf: those of an array that are not NULL, or the one. */
typedef struct Values
{
	Oid			type;
	Datum	   *value;
	int			n;
} Values;

static TrlLaneFilter *
number_leaf(const TrlIvfMeta *meta, Relation index, int column, int strategy,
			const Values *values)
{
	Oid			type = index->rd_opcintype[column + 1];
	int			width = meta->filters[column].width;
	int64	   *equal = palloc(sizeof(int64) * Max(values->n, 1));
	int64		least = PG_INT64_MAX;
	int64		most = PG_INT64_MIN;
	int			n = 0;
	int			i;

	if (strategy < TRL_FILTER_LESS || strategy > TRL_FILTER_GREATER)
		return trl_ivf_filter_node(TRL_LANE_ALL, column);
	for (i = 0; i < values->n; i++)
	{
		Place		place;
		int64		low;
		int64		high;

		if (!find_place(type, values->type, values->value[i], &place))
			return trl_ivf_filter_node(TRL_LANE_ALL, column);
		if (!find_range(strategy, &place, width, &low, &high))
			continue;
		equal[n++] = low;

		/* ranges to the same end are one, the longest */
		least = Min(least, low);
		most = Max(most, high);
	}
	if (n == 0)
		return trl_ivf_filter_node(TRL_LANE_NONE, column);
	if (strategy == TRL_FILTER_EQUAL)
		return any_leaf(column, width, equal, n);
	return range_leaf(column, width, least, most);
}

/* ---- hashes ---- */

/* The kind that a type's values are hashed by, if equal to such a column's. */
static int
kind_of_value(int column_kind, Oid type)
{
	int			kind;

	/* of enums, each is a type of its own */
	if (column_kind == TRL_IVF_FILTER_OID)
		return TRL_IVF_FILTER_OID;
	kind = type == VARCHAROID ? TRL_IVF_FILTER_TEXT : trl_ivf_filter_kind(type);

	/* a name is equal to a text of its letters, and hashed alike */
	if (kind == column_kind ||
		(kind == TRL_IVF_FILTER_TEXT && column_kind == TRL_IVF_FILTER_NAME) ||
		(kind == TRL_IVF_FILTER_NAME && column_kind == TRL_IVF_FILTER_TEXT))
		return kind;
	return 0;
}

static TrlLaneFilter *
hash_leaf(const TrlIvfMeta *meta, int column, int strategy,
		  const Values *values)
{
	int			kind = kind_of_value(meta->filters[column].kind, values->type);
	int64	   *hashes = palloc(sizeof(int64) * Max(values->n, 1));
	int			i;

	if (strategy != TRL_FILTER_EQUAL || kind == 0)
		return trl_ivf_filter_node(TRL_LANE_ALL, column);
	for (i = 0; i < values->n; i++)
		hashes[i] = trl_ivf_filter_number(kind, sizeof(int32), values->value[i]);
	return any_leaf(column, sizeof(int32), hashes, values->n);
}

/* ---- sets ---- */

/* The kind of an array's bits, by its elements; 0 if it has none. */
static int
kind_of_array(int column_kind, Datum value)
{
	Oid			element = getBaseType(ARR_ELEMTYPE(DatumGetArrayTypeP(value)));
	int			kind;

	if (element == VARCHAROID)
		element = TEXTOID;
	kind = trl_ivf_filter_kind(get_array_type(element));
	if (column_kind == TRL_IVF_FILTER_TEXT_SET)
		return kind == column_kind ? kind : 0;
	return kind == TRL_IVF_FILTER_INT2_SET || kind == TRL_IVF_FILTER_INT4_SET ||
		kind == TRL_IVF_FILTER_INT8_SET ? kind : 0;
}

static TrlLaneFilter *
set_leaf(const TrlIvfMeta *meta, int column, int strategy, Datum value)
{
	int			kind = kind_of_array(meta->filters[column].kind, value);
	TrlLaneFilter *leaf;

	if (kind == 0 || strategy < TRL_FILTER_EQUAL ||
		strategy == TRL_FILTER_GREATER_EQUAL || strategy == TRL_FILTER_GREATER)
		return trl_ivf_filter_node(TRL_LANE_ALL, column);

	/* an array within the value has bits of the value's, or none at all */
	if (strategy == TRL_FILTER_CONTAINED)
		return trl_ivf_filter_node(TRL_LANE_NOT_NULL, column);
	leaf = trl_ivf_filter_node(strategy == TRL_FILTER_OVERLAP ?
							   TRL_LANE_OVERLAP : TRL_LANE_CONTAINS, column);
	leaf->bits = (uint64) trl_ivf_filter_number(kind, sizeof(uint64), value);
	if (leaf->bits == 0)
		leaf->op = strategy == TRL_FILTER_OVERLAP ? TRL_LANE_NONE :
			TRL_LANE_NOT_NULL;
	return leaf;
}

/* One of several arrays will do. */
static TrlLaneFilter *
any_set_leaf(const TrlIvfMeta *meta, int column, int strategy,
			 const Values *values)
{
	TrlLaneFilter *either = trl_ivf_filter_node(TRL_LANE_OR, column);
	int			i;

	either->children = palloc(sizeof(TrlLaneFilter *) * Max(values->n, 1));
	for (i = 0; i < values->n; i++)
		either->children[either->n_children++] =
			set_leaf(meta, column, strategy, values->value[i]);
	if (either->n_children == 0)
		return trl_ivf_filter_node(TRL_LANE_NONE, column);
	return either->n_children == 1 ? either->children[0] : either;
}

/* ---- leaves ---- */

/* The elements of an array that are not NULL. */
static Values
array_values(Datum value)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	Values		values = {.type = ARR_ELEMTYPE(array)};
	int16		width;
	bool		by_value;
	char		align;
	bool	   *nulls;
	int			all;
	int			i;

	get_typlenbyvalalign(values.type, &width, &by_value, &align);
	deconstruct_array(array, values.type, width, by_value, align, &values.value,
					  &nulls, &all);
	for (i = 0; i < all; i++)
	{
		if (!nulls[i])
			values.value[values.n++] = values.value[i];
	}
	return values;
}

TrlLaneFilter *
trl_ivf_filter_leaf(const TrlIvfMeta *meta, Relation index, int column,
					int strategy, Oid subtype, Datum value, bool isnull,
					bool any)
{
	Values		values = {.type = subtype,.value = &value,.n = 1};

	if (isnull)
		return trl_ivf_filter_node(TRL_LANE_NONE, column);
	if (column < 0 || column >= meta->n_filters)
		return trl_ivf_filter_node(TRL_LANE_ALL, 0);
	if (any)
		values = array_values(value);
	else if (!OidIsValid(subtype))
		values.type = index->rd_opcintype[column + 1];
	values.type = getBaseType(values.type);
	switch (meta->filters[column].kind)
	{
		case TRL_IVF_FILTER_NUMBER:
			return number_leaf(meta, index, column, strategy, &values);
		case TRL_IVF_FILTER_OID:
		case TRL_IVF_FILTER_TEXT:
		case TRL_IVF_FILTER_BPCHAR:
		case TRL_IVF_FILTER_NAME:
		case TRL_IVF_FILTER_UUID:
			return hash_leaf(meta, column, strategy, &values);
		default:
			return any_set_leaf(meta, column, strategy, &values);
	}
}
