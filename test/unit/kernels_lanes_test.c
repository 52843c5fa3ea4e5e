/*
 * kernels_lanes_test.c - tests of lanes against plain loops over their definitions
 *
 * Goal: the promises of kernels/lanes.h, which are bits and must be equal.
 * Numbers are random, or few and close together, or the ends of their type
 * and their neighbours; bounds and sets are taken from the lanes, besides
 * their neighbours, so that about half of the lanes pass.  Sizes of sets go
 * through every small one and beyond where the levels stop comparing with
 * each number.  What stands around a set would be found in it.
 */
#include <stdlib.h>
#include <string.h>

#include "kernels/lanes.h"
#include "kernels_test.h"

#define MAX_SET 5000
#define CASES 60				/* of each kind of numbers, per width */

typedef enum Numbers
{
	NUMBERS_ANY,
	NUMBERS_CLOSE,				/* from -8 to 7 */
	NUMBERS_EDGES,				/* within 3 of the type's ends or of 0 */
	NUM_NUMBERS
} Numbers;

static const char *const numbers_names[NUM_NUMBERS] = {
	"any", "close", "edges"
};

static Arena arena_lanes;
static Arena arena_set;

/* The case at hand, of numbers that a width can hold. */
static Numbers kind;
static int	width;				/* bytes */
static int64_t lanes[TRL_LANES];
static int64_t low;
static int64_t high;
static int64_t set[MAX_SET];
static uint64_t bits;

/* As a number of so many bytes is read. */
static int64_t
truncated(uint64_t number)
{
	int			unused = 64 - 8 * width;

	return (int64_t) (number << unused) >> unused;
}

static int64_t
random_number(void)
{
	static const uint64_t edges[] = {0, INT64_MAX, (uint64_t) INT64_MAX + 1};
	uint64_t	random = random_bits() >> 7;
	uint64_t	edge;

	if (kind == NUMBERS_ANY)
		return truncated(random_bits());
	if (kind == NUMBERS_CLOSE)
		return (int64_t) (random % 16) - 8;
	edge = edges[random % 3];
	if (edge != 0)
		edge = (uint64_t) ((int64_t) edge >> (64 - 8 * width));
	return truncated(edge + random / 3 % 7 - 3);
}

/* A lane's number or one next to it. */
static int64_t
near_a_lane(void)
{
	uint64_t	random = random_bits() >> 7;
	uint64_t	number = (uint64_t) lanes[random % TRL_LANES];

	return truncated(number + random / TRL_LANES % 3 - 1);
}

static void
fill_lanes(void)
{
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane++)
		lanes[lane] = random_number();
}

/* The numbers in the arena, in the width; a number of it surrounds them. */
static const void *
place_numbers(const Arena *arena, const int64_t *numbers, size_t count,
			  int64_t around, size_t shift)
{
	static char packed[MAX_SET * sizeof(int64_t)];
	char		poison[sizeof(int64_t)];
	size_t		i;

	/* the lower bytes: they come first on every machine that has levels */
	for (i = 0; i < count; i++)
		memcpy(packed + i * width, &numbers[i], width);
	memcpy(poison, &around, width);
	return place(arena, packed, count, width, poison, shift);
}

/* ---- ranges ---- */

static uint32_t
call_range(const void *x)
{
	const TrlLaneKernels *table = trl_lane_kernels;

	switch (width)
	{
		case 1:
			return table->range_i8(x, (int8_t) low, (int8_t) high);
		case 2:
			return table->range_i16(x, (int16_t) low, (int16_t) high);
		case 4:
			return table->range_i32(x, (int32_t) low, (int32_t) high);
		default:
			return table->range_i64(x, low, high);
	}
}

static void
run_range(void)
{
	uint32_t	expected = 0;
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane++)
	{
		if (low <= lanes[lane] && lanes[lane] <= high)
			expected |= UINT32_C(1) << lane;
	}
	check(call_range(place_numbers(&arena_lanes, lanes, TRL_LANES, low, 0)) ==
		  expected, "names the lanes in the range");
}

static void
run_range_at(int64_t from, int64_t to)
{
	int			placement;

	low = from;
	high = to;
	for (placement = 0; placement < NUM_PLACEMENTS; placement++)
	{
		now.placement = (Placement) placement;
		guarded(run_range);
	}
}

static void
check_range(void)
{
	int64_t		least = INT64_MIN >> (64 - 8 * width);
	int64_t		most = INT64_MAX >> (64 - 8 * width);
	int64_t		chosen;

	for (now.n = 0; now.n < CASES; now.n++)
	{
		fill_lanes();
		chosen = near_a_lane();
		run_range_at(near_a_lane(), near_a_lane());
		run_range_at(chosen, chosen);
		run_range_at(least, chosen);
		run_range_at(chosen, most);
		run_range_at(least, least);
		run_range_at(most, most);
		run_range_at(least, most);
		run_range_at(most, least);
		if (chosen > least)
			run_range_at(chosen, chosen - 1);
	}
}

/* Each lane alone, and each but one: no lane stands for another. */
static void
check_range_of_one(void)
{
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane++)
	{
		now.n = (size_t) lane;
		memset(lanes, 0, sizeof(lanes));
		lanes[lane] = 1;
		run_range_at(1, 1);
		run_range_at(0, 0);
	}
}

/* ---- sets ---- */

static int
compare_numbers(const void *a, const void *b)
{
	int64_t		x = *(const int64_t *) a;
	int64_t		y = *(const int64_t *) b;

	return (x > y) - (x < y);
}

static bool
is_in_set(int64_t number)
{
	return bsearch(&number, set, now.n, sizeof(set[0]), compare_numbers) != NULL;
}

/* Half of them near the lanes', a few repeated. */
static void
fill_set(void)
{
	size_t		i;

	for (i = 0; i < now.n; i++)
	{
		set[i] = random_bits() >> 9 & 1 ? near_a_lane() : random_number();
		if (i > 0 && random_bits() >> 9 & 1 && i % 8 == 0)
			set[i] = set[i - 1];
	}
	qsort(set, now.n, sizeof(set[0]), compare_numbers);
}

static void
run_any(void)
{
	int64_t		around = lanes[now.n % TRL_LANES];
	uint32_t	expected = 0;
	uint32_t	result;
	const void *x;
	const void *members;
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane++)
	{
		if (is_in_set(lanes[lane]))
			expected |= UINT32_C(1) << lane;
		else
			around = lanes[lane];
	}
	x = place_numbers(&arena_lanes, lanes, TRL_LANES, 0, 0);
	members = place_numbers(&arena_set, set, now.n, around, 3);
	result = width == 4 ? trl_lane_kernels->any_i32(x, members, (int) now.n) :
		trl_lane_kernels->any_i64(x, members, (int) now.n);
	check(result == expected, "names the lanes in the set");
}

static void
run_any_placed(void)
{
	int			placement;

	for (placement = 0; placement < NUM_PLACEMENTS; placement++)
	{
		now.placement = (Placement) placement;
		guarded(run_any);
	}
}

/* Every small size, then around the powers of two and some between. */
static bool
is_tried(size_t n)
{
	return n <= 270 || (n & (n - 1)) <= 1 || (n & (n + 1)) == 0 ||
		n % 389 == 0 || n == MAX_SET;
}

static void
check_any(void)
{
	for (now.n = 0; now.n <= MAX_SET; now.n++)
	{
		int			try;

		for (try = 0; try < 3 && is_tried(now.n); try++)
		{
			fill_lanes();
			fill_set();
			run_any_placed();
		}
	}
}

/* Lanes that hold what stands at each place of a set without repetitions. */
static void
check_any_place(void)
{
	static const size_t sizes[] = {1, 2, 3, 31, 64, 65, 128, 129, 192, 193, 700};
	size_t		i;
	size_t		place;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
	{
		now.n = sizes[i];
		for (place = 0; place < now.n; place++)
			set[place] = 3 * (int64_t) place - 900;
		for (place = 0; place < now.n; place++)
		{
			size_t		lane;

			/* the others are around it, two of three not in the set */
			for (lane = 0; lane < TRL_LANES; lane++)
				lanes[lane] = set[place] + (int64_t) lane - (int64_t) place % TRL_LANES;
			run_any_placed();
		}
	}
}

/* ---- signatures ---- */

static void
run_bits(void)
{
	const uint64_t *x = place_numbers(&arena_lanes, lanes, TRL_LANES, 0, 0);
	uint32_t	overlap = 0;
	uint32_t	contains = 0;
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane++)
	{
		uint64_t	common = (uint64_t) lanes[lane] & bits;

		if (common != 0)
			overlap |= UINT32_C(1) << lane;
		if (common == bits)
			contains |= UINT32_C(1) << lane;
	}
	now.kernel = "overlap_u64";
	check(trl_lane_kernels->overlap_u64(x, bits) == overlap,
		  "names the lanes with a bit in common");
	now.kernel = "contains_u64";
	check(trl_lane_kernels->contains_u64(x, bits) == contains,
		  "names the lanes with all of the bits");
}

/* From no bit to all of them, in few lanes or in many. */
static void
check_bits_of_lanes(void)
{
	for (now.n = 0; now.n < 600; now.n++)
	{
		int			lane;

		now.regime = "signatures";
		now.placement = (Placement) (now.n % NUM_PLACEMENTS);
		bits = UINT64_C(1) << (random_bits() >> 7) % 64;
		if (now.n % 4 == 1)
			bits |= UINT64_C(1) << (random_bits() >> 7) % 64;
		else if (now.n % 4 == 2)
			bits = random_bits() & random_bits() & random_bits();
		for (lane = 0; lane < TRL_LANES; lane++)
		{
			lanes[lane] = (int64_t) (random_bits() & random_bits());
			if (random_bits() >> 7 & 1)
				lanes[lane] |= (int64_t) bits;
			else if (random_bits() >> 7 & 1)
				lanes[lane] &= (int64_t) ~bits;
		}
		if (now.n % 50 == 0)
			bits = now.n % 100 == 0 ? 0 : UINT64_MAX;
		if (now.n % 50 == 1)
			lanes[now.n % TRL_LANES] = -1;
		guarded(run_bits);
	}
}

void
check_lanes(void)
{
	static const char *const ranges[] = {
		[1] = "range_i8",[2] = "range_i16",[4] = "range_i32",[8] = "range_i64"
	};

	if (arena_lanes.start == NULL)
	{
		arena_lanes = arena_create(1024);
		arena_set = arena_create((MAX_SET + 32) * sizeof(int64_t));
	}
	now.kernel = "lanes";
	now.regime = "-";
	check(trl_lane_kernels->level == now.kernels->level,
		  "the table of lanes is of the same level");
	for (width = 1; width <= 8; width *= 2)
	{
		for (kind = NUMBERS_ANY; kind < NUM_NUMBERS; kind++)
		{
			now.regime = numbers_names[kind];
			now.kernel = ranges[width];
			check_range();
			if (width >= 4)
			{
				now.kernel = width == 4 ? "any_i32" : "any_i64";
				check_any();
			}
		}
		now.regime = "in turn";
		now.kernel = ranges[width];
		check_range_of_one();
		if (width >= 4)
		{
			now.kernel = width == 4 ? "any_i32" : "any_i64";
			check_any_place();
		}
	}
	width = 8;
	check_bits_of_lanes();
}
