/*
 * sum.c - exact sums of numbers that come in any order
 *
 * Shewchuk's expansions (Adaptive Precision Floating-Point Arithmetic, 1997):
 * a sum is kept as parts that do not overlap.  Adding a number splits each
 * partial sum into what float8 can hold and the rounding error, exactly.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "utils/float.h"

#include "core/compat.h"
#include "kg/engine/sum.h"

#define FIRST_CAPACITY 4

static void
make_room(TrlSum *sum, MemoryContext cxt)
{
	if (sum->n_parts < sum->capacity)
		return;
	if (sum->parts == NULL)
	{
		sum->capacity = FIRST_CAPACITY;
		sum->parts = MemoryContextAlloc(cxt, sizeof(float8) * sum->capacity);
		return;
	}
	sum->capacity *= 2;
	sum->parts = repalloc(sum->parts, sizeof(float8) * sum->capacity);
}

void
trl_sum_add(TrlSum *sum, float8 value, MemoryContext cxt)
{
	int			kept = 0;
	int			i;

	if (isnan(value) || isinf(value))
	{
		sum->special += value;
		sum->has_special = true;
		return;
	}
	for (i = 0; i < sum->n_parts; i++)
	{
		float8		part = sum->parts[i];
		float8		high = value + part;
		float8		back = high - value;
		float8		low = (value - (high - back)) + (part - back);

		if (isinf(high))
			float_overflow_error();
		if (low != 0)
			sum->parts[kept++] = low;
		value = high;
	}
	sum->n_parts = kept;
	if (value == 0)
		return;
	make_room(sum, cxt);
	sum->parts[sum->n_parts++] = value;
}

void
trl_sum_reset(TrlSum *sum)
{
	sum->n_parts = 0;
	sum->has_special = false;
	sum->special = 0;
}

/*
 * From the largest part down, until a part is too small to matter.  Half a
 * unit of the last digit would round to even without a look at what is left,
 * which decides to which side it must go.
 */
float8
trl_sum_value(const TrlSum *sum)
{
	int			i = sum->n_parts - 1;
	float8		high;
	float8		low = 0;

	if (sum->has_special)
		return sum->special;
	if (i < 0)
		return 0;
	high = sum->parts[i];
	while (i > 0 && low == 0)
	{
		float8		before = high;
		float8		part = sum->parts[--i];

		high = before + part;
		low = part - (high - before);
	}
	if (i > 0 && low != 0 && (low < 0) == (sum->parts[i - 1] < 0))
	{
		float8		twice = low * 2;
		float8		next = high + twice;

		if (next - high == twice)
			high = next;
	}
	return high;
}
