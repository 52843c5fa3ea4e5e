/*
 * lanes_table.h - a level's table of lane tests, from what its file defines
 *
 * Included last by each lanes_<level>.c, which has written each test once, for
 * a width that is a constant here:
 *
 *	 uint32_t range(const void *x, int64_t low, int64_t high, int width)
 *	 uint32_t any(const void *x, const void *set, int n, int width)
 *	 uint32_t overlap(const uint64_t *x, uint64_t bits)
 *	 uint32_t contains(const uint64_t *x, uint64_t bits)
 *
 * and the macros LANES_TARGET (functions' target attribute), LANES_LEVEL (of
 * TrlSimdLevel) and LANES_TABLE (the table's name).  No guard: one table each.
 */
static LANES_TARGET uint32_t
range_i8(const int8_t * x, int8_t low, int8_t high)
{
	return range(x, low, high, 1);
}

static LANES_TARGET uint32_t
range_i16(const int16_t * x, int16_t low, int16_t high)
{
	return range(x, low, high, 2);
}

static LANES_TARGET uint32_t
range_i32(const int32_t *x, int32_t low, int32_t high)
{
	return range(x, low, high, 4);
}

static LANES_TARGET uint32_t
range_i64(const int64_t *x, int64_t low, int64_t high)
{
	return range(x, low, high, 8);
}

static LANES_TARGET uint32_t
any_i32(const int32_t *x, const int32_t *set, int n)
{
	return any(x, set, n, 4);
}

static LANES_TARGET uint32_t
any_i64(const int64_t *x, const int64_t *set, int n)
{
	return any(x, set, n, 8);
}

const TrlLaneKernels LANES_TABLE = {
	.level = LANES_LEVEL,
	.range_i8 = range_i8,
	.range_i16 = range_i16,
	.range_i32 = range_i32,
	.range_i64 = range_i64,
	.any_i32 = any_i32,
	.any_i64 = any_i64,
	.overlap_u64 = overlap,
	.contains_u64 = contains,
};
