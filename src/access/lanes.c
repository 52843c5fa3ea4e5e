/*
 * lanes.c - the row test can_read() for labels that an index keeps
 *
 * A scan begins by making the list of the expressions that the session's
 * principal may read into bits, one per id.  A principal that gains a label
 * while the scan runs may miss rows of it, as with labels(); one that loses it
 * sees none, since can_read() is asked of each row that comes out.
 *
 * Locks and WAL: none; the test itself reads nothing.
 */
#include "postgres.h"

#include "access/access.h"
#include "access/reader.h"
#include "core/lane_filter.h"

extern PGDLLEXPORT Datum trl_can_read(PG_FUNCTION_ARGS);

/* The readable ids as bits. */
typedef struct ReadableIds
{
	uint32		limit;			/* no id is as great */
	uint64		bits[FLEXIBLE_ARRAY_MEMBER];
} ReadableIds;

static void *
begin(void)
{
	TrlReaderCall call = {0};
	TrlReader  *reader = trl_reader_of(&call);
	const int32 *ids = NULL;
	ReadableIds *readable;
	uint32		limit;
	int			n = 0;
	int			i;

	if (reader != NULL)
		ids = trl_reader_list(reader, &n);
	limit = n > 0 ? (uint32) ids[n - 1] + 1 : 0;
	readable = palloc0(offsetof(ReadableIds, bits) +
					   sizeof(uint64) * (limit / 64 + 1));
	readable->limit = limit;
	for (i = 0; i < n; i++)
		readable->bits[ids[i] / 64] |= UINT64CONST(1) << (ids[i] % 64);
	return readable;
}

static uint32
test(void *state, const int32 *values, uint32 asked)
{
	const ReadableIds *readable = state;
	uint32		passed = 0;
	int			i;

	for (i = 0; i < TRL_LANE_VALUES; i++)
	{
		uint32		id = (uint32) values[i];

		if ((asked & (1u << i)) != 0 && id < readable->limit &&
			(readable->bits[id / 64] >> (id % 64) & 1) != 0)
			passed |= 1u << i;
	}
	return passed;
}

void
trl_access_lanes_init(void)
{
	static const TrlLaneFunction can_read = {
		.function = trl_can_read,
		.begin = begin,
		.test = test
	};

	trl_register_lane_function(&can_read);
}
