/*
 * filter_lanes.c - tests the filter columns of a block's lanes
 *
 * A column's numbers of 32 lanes lie side by side and are tested at once; a
 * test answers with 32 bits.  Trees are evaluated lane mask by lane mask: what
 * an AND has cleared is not asked again, what an OR has let pass neither.
 *
 * Locks: the caller holds the unit's first page.  WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "core/compat.h"
#include "index/ivf/filter.h"
#include "kernels/lanes.h"

/* ---- a column of a block ---- */

typedef struct LaneBlock
{
	const TrlIvfMeta *meta;
	const uint8 *filters;		/* of the unit */
	int			number;
} LaneBlock;

/* The block's 32 numbers of a column. */
static const void *
numbers_of(const LaneBlock *block, int column)
{
	const TrlIvfFilterColumn *c = &block->meta->filters[column];

	return block->filters + c->offset * (Size) TRL_IVF_UNIT_LANES(block->meta) +
		c->width * (Size) (block->number * TRL_IVF_LANES);
}

/* The lanes where a column is NULL. */
static uint32
null_lanes(const LaneBlock *block, int column)
{
	const TrlIvfMeta *meta = block->meta;
	int			width = TRL_IVF_NULL_BYTES(meta);
	const uint8 *bytes = block->filters +
	(meta->filter_bytes - width) * (Size) TRL_IVF_UNIT_LANES(meta) +
	width * (Size) (block->number * TRL_IVF_LANES) + column / 8;
	int			bit = column % 8;
	uint32		nulls = 0;
	int			i;

	if (width == 1)
	{
		uint64		all[TRL_IVF_LANES / 8];

		/* most have none */
		memcpy(all, bytes, sizeof(all));
		if ((all[0] | all[1] | all[2] | all[3]) == 0)
			return 0;

		/* eight lanes at once: their bits come together in the highest byte */
		for (i = 0; i < TRL_IVF_LANES; i += 8)
		{
			uint64		lanes = 0;
			int			j;

			for (j = 0; j < 8; j++)
				lanes |= (uint64) bytes[i + j] << 8 * j;
			lanes = lanes >> bit & UINT64CONST(0x0101010101010101);
			nulls |= (uint32) (lanes * UINT64CONST(0x0102040810204080) >> 56) << i;
		}
		return nulls;
	}
	for (i = 0; i < TRL_IVF_LANES; i++)
		nulls |= (uint32) (bytes[width * i] >> bit & 1) << i;
	return nulls;
}

static uint32
range_lanes(const LaneBlock *block, const TrlLaneFilter *filter)
{
	int			width = block->meta->filters[filter->column].width;
	const void *x = numbers_of(block, filter->column);
	int64		least = PG_INT64_MIN >> (64 - 8 * width);
	int64		most = PG_INT64_MAX >> (64 - 8 * width);
	int64		low = Max(filter->low, least);
	int64		high = Min(filter->high, most);

	if (low > high)
		return 0;
	switch (width)
	{
		case 1:
			return trl_lane_kernels->range_i8(x, (int8) low, (int8) high);
		case 2:
			return trl_lane_kernels->range_i16(x, (int16) low, (int16) high);
		case 4:
			return trl_lane_kernels->range_i32(x, (int32) low, (int32) high);
		default:
			return trl_lane_kernels->range_i64(x, low, high);
	}
}

static uint32
any_lanes(const LaneBlock *block, const TrlLaneFilter *filter)
{
	int			width = block->meta->filters[filter->column].width;
	const void *x = numbers_of(block, filter->column);
	int64		wide[TRL_IVF_LANES];
	int			i;

	if (width == 8)
		return trl_lane_kernels->any_i64(x, filter->values, filter->n);
	if (width == 4 && filter->small_values != NULL)
		return trl_lane_kernels->any_i32(x, filter->small_values, filter->n);
	for (i = 0; i < TRL_IVF_LANES; i++)
	{
		if (width == 4)
			wide[i] = ((const int32 *) x)[i];
		else if (width == 2)
			wide[i] = ((const int16 *) x)[i];
		else
			wide[i] = ((const int8 *) x)[i];
	}
	return trl_lane_kernels->any_i64(wide, filter->values, filter->n);
}

/* ---- trees ---- */

static uint32
leaf_lanes(const LaneBlock *block, const TrlLaneFilter *filter, uint32 lanes)
{
	const TrlIvfFilterColumn *column = &block->meta->filters[filter->column];
	uint32		nulls = null_lanes(block, filter->column);

	/* a test of other than it was made for decides nothing */
	switch (filter->op)
	{
		case TRL_LANE_NULL:
			return lanes & nulls;
		case TRL_LANE_RANGE:
			lanes &= ~nulls;
			return lanes == 0 ? 0 : lanes & range_lanes(block, filter);
		case TRL_LANE_ANY:
			lanes &= ~nulls;
			return lanes == 0 ? 0 : lanes & any_lanes(block, filter);
		case TRL_LANE_OVERLAP:
			if (column->width == 8)
				lanes &= trl_lane_kernels->overlap_u64(numbers_of(block, filter->column), filter->bits);
			return lanes & ~nulls;
		case TRL_LANE_CONTAINS:
			if (column->width == 8)
				lanes &= trl_lane_kernels->contains_u64(numbers_of(block, filter->column), filter->bits);
			return lanes & ~nulls;
		case TRL_LANE_TEST:
			lanes &= ~nulls;
			if (lanes != 0 && column->width == 4)
				lanes &= filter->test(filter->arg, numbers_of(block, filter->column),
									  lanes);
			return lanes;
		default:
			return lanes & ~nulls;
	}
}

static uint32
tree_lanes(const LaneBlock *block, const TrlLaneFilter *filter, uint32 lanes)
{
	uint32		left = lanes;
	int			i;

	switch (filter->op)
	{
		case TRL_LANE_NONE:
			return 0;
		case TRL_LANE_ALL:
			return lanes;
		case TRL_LANE_AND:
			check_stack_depth();
			for (i = 0; i < filter->n_children && lanes != 0; i++)
				lanes = tree_lanes(block, filter->children[i], lanes);
			return lanes;
		case TRL_LANE_OR:
			check_stack_depth();
			for (i = 0; i < filter->n_children && left != 0; i++)
				left &= ~tree_lanes(block, filter->children[i], left);
			return lanes & ~left;
		default:
			return leaf_lanes(block, filter, lanes);
	}
}

uint32
trl_ivf_filter_lanes(const TrlIvfMeta *meta, const TrlIvfRuns *runs,
					 int block,
					 const TrlLaneFilter *filter, uint32 lanes)
{
	LaneBlock	at = {.meta = meta,.filters = runs->filters,.number = block};

	return tree_lanes(&at, filter, lanes);
}
