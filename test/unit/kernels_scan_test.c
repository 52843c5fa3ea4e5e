/*
 * kernels_scan_test.c - the kernels of codes and the block layout against their definitions
 *
 * Goal: the promises of kernels/scan.h.  Sums of table entries are integers
 * and must be equal; the extremes are tables of 255 throughout, over more
 * groups than 16 bits can add up.  Arrays stand at guard pages and at odd
 * offsets as in the other families.
 */
#include <string.h>

#include "kernels/scan.h"
#include "kernels_test.h"

#define MAX_GROUPS 4100			/* 16,400 dimensions */
#define MANY_GROUPS 70000
#define MAX_ROW_BYTES 200

typedef enum Tables
{
	TABLES_RANDOM,
	TABLES_FULL,				/* every entry 255 */
	TABLES_EDGES,				/* 0 and 255 */
	NUM_TABLES
} Tables;

static const char *const tables_names[NUM_TABLES] = {
	"random", "full", "edges"
};

typedef enum Codes
{
	CODES_ANY,
	CODES_INTEGERS,				/* every sum is exact in a float */
	CODES_FULL,					/* every code 255 */
	NUM_CODES
} Codes;

static const char *const codes_names[NUM_CODES] = {
	"any", "integers", "full"
};

static const uint8_t byte_poison = 0xFF;
static const uint32_t sum_poison = 0xFFFFFFFF;
static const float float_poison = 3.0e38f;
static const int16_t short_poison = 0x7FFF;
static Arena arena_codes;
static Arena arena_tables;
static Arena arena_sums;
static Arena arena_floats;
static uint8_t codes[MANY_GROUPS * TRL_GROUP_BYTES];
static uint8_t tables[MANY_GROUPS * TRL_GROUP_BYTES];
static float elements[MAX_DIMS];

/* ---- scan_codes ---- */

static void
fill_tables(Tables kind)
{
	size_t		i;

	now.regime = tables_names[kind];
	for (i = 0; i < sizeof(codes); i++)
	{
		uint64_t	bits = random_bits();

		codes[i] = (uint8_t) bits;
		tables[i] = (uint8_t) (bits >> 8);
		if (kind == TABLES_FULL)
			tables[i] = 255;
		else if (kind == TABLES_EDGES)
			tables[i] = bits >> 16 & 1 ? 255 : 0;
	}
}

/* By the layout's definition: lane j of a group is a half of byte j % 16. */
static void
reference_scan(size_t n, uint32_t *sums)
{
	size_t		group;
	int			lane;

	for (group = 0; group < n; group++)
	{
		for (lane = 0; lane < TRL_LANES; lane++)
		{
			int			code = codes[group * 16 + lane % 16];
			int			half = lane < 16 ? code % 16 : code / 16;

			sums[lane] += tables[group * 16 + half];
		}
	}
}

static void
run_scan_codes(void)
{
	/* where there is nothing to read, or what is scanned anyway */
	const uint8_t *ahead = random_bits() % 2 == 0 ?
	(const uint8_t *) (uintptr_t) 64 : codes;
	uint32_t	before[TRL_LANES];
	uint32_t	expected[TRL_LANES];
	uint32_t   *sums;
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane++)
		before[lane] = expected[lane] = (uint32_t) random_bits() >> 3;
	reference_scan(now.n, expected);
	sums = place(&arena_sums, before, TRL_LANES, sizeof(uint32_t),
				 &sum_poison, 2);
	trl_scan_kernels->scan_codes(place(&arena_codes, codes, now.n * 16, 1,
									   &byte_poison, 0),
								 place(&arena_tables, tables, now.n * 16, 1,
									   &byte_poison, 5),
								 now.n, ahead, sums);
	check(memcmp(sums, expected, sizeof(expected)) == 0,
		  "adds the entries to the sums");
}

/* Whether to try a number of groups: all small ones, and around the steps. */
static bool
is_tried(size_t n)
{
	return n <= 40 || (n % 64 <= 3 && n < 300) || n % 256 == 1 ||
		(n >= 254 && n <= 260) || (n >= 510 && n <= 516) || n == 4000;
}

static void
check_scan_codes(void)
{
	int			kind;

	now.kernel = "scan_codes";
	for (kind = 0; kind < NUM_TABLES; kind++)
	{
		fill_tables((Tables) kind);
		for (now.n = 0; now.n <= MAX_GROUPS; now.n++)
		{
			int			placement;

			for (placement = 0; is_tried(now.n) &&
				 placement < NUM_PLACEMENTS; placement++)
			{
				now.placement = (Placement) placement;
				guarded(run_scan_codes);
			}
		}
		now.n = MANY_GROUPS;
		guarded(run_scan_codes);
	}
}

/* ---- short floats ---- */

/* Both neighbours of a number, and which of them it becomes. */
static void
check_short_floats(void)
{
	int			i;

	now.kernel = "short floats";
	now.regime = "-";
	for (i = 0; i < 2000; i++)
	{
		float		x = ldexpf(random_unit(), (int) (random_bits() % 200) - 100);
		float		nearest = trl_short_value(trl_short_nearest(x));
		float		above = trl_short_value(trl_short_above(x));

		now.n = (size_t) i;
		check(fabsf(nearest - x) <= fabsf(x) / 256, "the nearest is near");
		check(fabsf(above) >= fabsf(x) && fabsf(above) <= fabsf(x) * (1 + 1.0f / 128) &&
			  (above > 0) == (x > 0), "the one above is not below");
		check(trl_short_nearest(above) == trl_short_above(above) &&
			  trl_short_value(trl_short_above(above)) == above,
			  "what is short stays as it is");
	}
	check(trl_short_value(trl_short_nearest(0)) == 0 &&
		  trl_short_value(trl_short_above(0)) == 0 &&
		  trl_short_value(trl_short_nearest(-2)) == -2, "whole numbers");
	check(trl_short_value(trl_short_nearest(1 + 1.0f / 256)) == 1 &&
		  trl_short_value(trl_short_nearest(1 + 3.0f / 256)) == 1 + 1.0f / 64,
		  "halves go to the even one");
}

/* ---- lanes_below ---- */

/* Inputs of one call; factors and lower are placed as arrays of 32. */
typedef struct Bounds
{
	uint32_t	sums[TRL_LANES];
	float		add[TRL_LANES];
	TrlShortFloat rescale[TRL_LANES];
	TrlShortFloat error[TRL_LANES];
	TrlListTerms terms;
	float		threshold;
} Bounds;

static Bounds bounds;

static void
fill_bounds(void)
{
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane++)
	{
		bounds.sums[lane] = (uint32_t) (random_bits() >> (32 + now.n % 32));
		bounds.add[lane] = random_unit();
		bounds.rescale[lane] = trl_short_nearest(random_unit());
		bounds.error[lane] = trl_short_above(random_unit());
	}
	bounds.terms.scale = random_unit() / 4294967296.0f;
	bounds.terms.offset = random_unit();
	bounds.terms.add = random_unit();
	bounds.terms.error = random_unit();
	bounds.threshold = random_unit();
}

/* Each lane's bound within five roundings of its terms' sizes. */
static bool
bound_is_right(int lane, float bound)
{
	const TrlListTerms *terms = &bounds.terms;
	Reference	ip = {0.0L, 0.0L};
	Reference	sum = {0.0L, 0.0L};
	long double rescale = trl_short_value(bounds.rescale[lane]);

	ip = reference_add(ip, (long double) terms->scale * bounds.sums[lane]);
	ip = reference_add(ip, terms->offset);
	sum = reference_add(sum, bounds.add[lane]);
	sum = reference_add(sum, terms->add);
	sum = reference_add(sum, -(long double) trl_short_value(bounds.error[lane]) * terms->error);
	sum.sum += rescale * ip.sum;
	sum.magnitude += fabsl(rescale) * ip.magnitude;
	return fabsl(bound - sum.sum) <= 5 * FLOAT_ROUNDOFF * sum.magnitude;
}

/* Runs on the placed inputs; returns where the bounds stand. */
static const float *
call_lanes_below(uint32_t *below)
{
	static const float garbage[TRL_LANES];
	TrlLaneFactors factors;
	float	   *lower;
	char	   *start = arena_floats.start;
	size_t		quarter = ((char *) arena_floats.end - start) / 4;
	Arena		parts[4];
	int			i;

	for (i = 0; i < 4; i++)
	{
		parts[i].start = start + i * quarter;
		parts[i].end = start + (i + 1) * quarter;
	}
	factors.add = place(&parts[0], bounds.add, TRL_LANES, sizeof(float),
						&float_poison, 0);
	factors.rescale = place(&parts[1], bounds.rescale, TRL_LANES,
							sizeof(TrlShortFloat), &short_poison, 1);
	factors.error = place(&parts[2], bounds.error, TRL_LANES,
						  sizeof(TrlShortFloat), &short_poison, 2);
	lower = place(&parts[3], garbage, TRL_LANES, sizeof(float),
				  &float_poison, 3);
	*below = trl_scan_kernels->lanes_below(place(&arena_sums, bounds.sums,
												 TRL_LANES, sizeof(uint32_t),
												 &sum_poison, 4),
										   &factors, &bounds.terms,
										   bounds.threshold, lower);
	return lower;
}

/* The bits must say what comparing the bounds says. */
static void
check_bits_below(const float *lower, uint32_t below)
{
	uint32_t	expected = 0;
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane++)
	{
		if (lower[lane] < bounds.threshold)
			expected |= UINT32_C(1) << lane;
	}
	check(below == expected, "names the lanes below the threshold");
}

static void
run_lanes_below(void)
{
	uint32_t	below;
	const float *lower;
	bool		right = true;
	int			lane;

	fill_bounds();
	lower = call_lanes_below(&below);
	for (lane = 0; lane < TRL_LANES; lane++)
		right = right && bound_is_right(lane, lower[lane]);
	check(right, "the bounds are as accurate as stated");
	check_bits_below(lower, below);

	/* a lane at the threshold is not below it */
	lane = (int) (now.n % TRL_LANES);
	bounds.threshold = lower[lane];
	lower = call_lanes_below(&below);
	check((below >> lane & 1) == 0, "equal is not below");
	check_bits_below(lower, below);

	bounds.add[lane] = NAN;
	bounds.threshold = INFINITY;
	lower = call_lanes_below(&below);
	check(isnan(lower[lane]) && below == ~(UINT32_C(1) << lane),
		  "a bound that is not a number is not below infinity");
	bounds.threshold = NAN;
	lower = call_lanes_below(&below);
	check(below == 0, "nothing is below what is not a number");
}

static void
check_lanes_below(void)
{
	now.kernel = "lanes_below";
	now.regime = "-";
	for (now.n = 0; now.n < 300; now.n++)
	{
		now.placement = (Placement) (now.n % NUM_PLACEMENTS);
		guarded(run_lanes_below);
	}
}

/* ---- u8_dot ---- */

static void
fill_elements(Codes kind)
{
	size_t		i;

	now.regime = codes_names[kind];
	for (i = 0; i < MAX_DIMS; i++)
	{
		codes[i] = (uint8_t) random_bits();
		elements[i] = random_unit();
		if (kind == CODES_INTEGERS)
			elements[i] = (float) (int) (elements[i] * 16.0f);
		else if (kind == CODES_FULL)
			codes[i] = 255;
	}
}

static void
run_u8_dot(void)
{
	Reference	sum = {0.0L, 0.0L};
	size_t		i;
	float		result;

	for (i = 0; i < now.n; i++)
		sum = reference_add(sum, (long double) codes[i] * elements[i]);
	result = trl_scan_kernels->u8_dot(place(&arena_codes, codes, now.n, 1,
											&byte_poison, 0),
									  place(&arena_floats, elements, now.n,
											sizeof(float), &float_poison, 3),
									  now.n);
	check_sum(result, &sum, strcmp(now.regime, "integers") == 0, "sum");
	if (now.n == 0)
		check(same(result, 0.0f), "the sum of nothing is +0");
}

/* A product with codes, for each kind of them. */
static void
check_each_length(const char *kernel, void (*run) (void))
{
	int			kind;

	now.kernel = kernel;
	for (kind = 0; kind < NUM_CODES; kind++)
	{
		fill_elements((Codes) kind);
		for (now.n = 0; now.n <= MAX_DIMS; now.n += now.n < 150 ? 1 : 65)
		{
			int			placement;

			for (placement = 0; placement < NUM_PLACEMENTS; placement++)
			{
				now.placement = (Placement) placement;
				guarded(run);
			}
		}
	}
}

/* ---- u8_s16_dot ---- */

/* Of either sign, as large as 31 bits allow for so many. */
static void
run_u8_s16_dot(void)
{
	static int16_t q[MAX_DIMS];
	int32_t		most = (int32_t) (INT32_MAX / 255 / (now.n > 0 ? now.n : 1));
	bool		full = strcmp(now.regime, codes_names[CODES_FULL]) == 0;
	int64_t		sum = 0;
	size_t		i;

	if (most > INT16_MAX)
		most = INT16_MAX;
	for (i = 0; i < now.n; i++)
	{
		q[i] = (int16_t) (full ? most : random_unit() * (float) most);
		sum += (int64_t) codes[i] * q[i];
	}
	check(trl_scan_kernels->u8_s16_dot(place(&arena_codes, codes, now.n, 1,
											 &byte_poison, 0),
									   place(&arena_floats, q, now.n,
											 sizeof(int16_t), &short_poison, 3),
									   now.n) == sum, "the sum is exact");
}

/* ---- the block layout ---- */

/* Bit of a dimension in a lane of a block, by the layout's definition. */
static int
bit_in_block(const uint8_t *block, size_t dim, int lane)
{
	int			code = block[dim / 4 * 16 + lane % 16];

	return code >> ((lane < 16 ? 0 : 4) + dim % 4) & 1;
}

static int
bit_in_row(const uint8_t *row, size_t dim)
{
	return row[dim / 8] >> dim % 8 & 1;
}

static bool
lane_is_row(const uint8_t *block, int lane, const uint8_t *row)
{
	size_t		dim;

	for (dim = 0; dim < 8 * now.n; dim++)
	{
		if (bit_in_block(block, dim, lane) != bit_in_row(row, dim))
			return false;
	}
	return true;
}

/* now.n is the number of bytes in a row. */
static void
run_layout(void)
{
	static uint8_t replaced[MAX_ROW_BYTES];
	uint8_t    *rows = place(&arena_tables, tables, TRL_LANES * now.n, 1,
							 &byte_poison, 0);
	uint8_t    *block = place(&arena_codes, codes, TRL_LANES * now.n, 1,
							  &byte_poison, 0);
	uint8_t    *row = place(&arena_sums, replaced, now.n, 1, &byte_poison, 0);
	int			chosen = (int) (random_bits() % TRL_LANES);
	bool		right = true;
	int			lane;
	size_t		i;

	trl_codes_pack(rows, now.n, block);
	for (lane = 0; lane < TRL_LANES; lane++)
		right = right && lane_is_row(block, lane, rows + lane * now.n);
	check(right, "packing puts each bit in its place");
	for (lane = 0; lane < TRL_LANES; lane++)
	{
		trl_codes_get_lane(block, now.n, lane, row);
		right = right && memcmp(row, rows + lane * now.n, now.n) == 0;
	}
	check(right, "a lane can be taken out");

	for (i = 0; i < now.n; i++)
		replaced[i] = row[i] = (uint8_t) random_bits();
	trl_codes_set_lane(block, now.n, chosen, row);
	for (lane = 0; lane < TRL_LANES; lane++)
		right = right && lane_is_row(block, lane, lane == chosen ? replaced :
									 rows + lane * now.n);
	check(right, "replacing a lane leaves the others");
}

static void
check_layout(void)
{
	now.kernel = "codes";
	fill_tables(TABLES_RANDOM);
	for (now.n = 0; now.n <= MAX_ROW_BYTES; now.n += now.n < 20 ? 1 : 12)
	{
		int			placement;

		for (placement = 0; placement < NUM_PLACEMENTS; placement++)
		{
			now.placement = (Placement) placement;
			guarded(run_layout);
		}
	}
}

void
check_scan(void)
{
	if (arena_codes.start == NULL)
	{
		arena_codes = arena_create(sizeof(codes) + 32);
		arena_tables = arena_create(sizeof(tables) + 32);
		arena_sums = arena_create(1024);
		arena_floats = arena_create(16384);
	}
	check(trl_scan_kernels->level == now.kernels->level,
		  "both tables are of one level");
	check_scan_codes();
	check_short_floats();
	check_lanes_below();
	check_each_length("u8_dot", run_u8_dot);
	check_each_length("u8_s16_dot", run_u8_s16_dot);
	check_layout();
}
