/*
 * scan_bench.c - times of the inverted lists' kernels at every level of this machine
 *
 * Time is the thread's own, so that other processes disturb little.  A figure
 * is the best of RUNS runs of at least RUN_NS each, after one that finds the
 * number of calls; operands are in the first or second cache, except those
 * of the products, which are given in GFLOP/s and are larger.
 */
#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernels/lanes.h"

#define MAX_DIMS 1536
#define BLOCKS 4				/* of codes, taken in turn */
#define RUNS 11
#define RUN_NS 1.0e6
#define MAX_ROWS 1024
#define MAX_COLS 2048

static const size_t dims[] = {384, 768, 1024, 1536};

#define NUM_DIMS (sizeof(dims) / sizeof(dims[0]))

typedef struct Product
{
	size_t		m;
	size_t		n;
} Product;

/* Numbers in the sets of the lane tests. */
static const size_t set_sizes[] = {1, 16, 64, 256, 4096};

#define NUM_SET_SIZES (sizeof(set_sizes) / sizeof(set_sizes[0]))
#define MAX_SET 4096

static const Product products[] = {{64, 600}, {1024, 600}, {1024, 2048}};

#define NUM_PRODUCTS (sizeof(products) / sizeof(products[0]))

static uint8_t codes[BLOCKS][TRL_LANES * MAX_DIMS / 8];
static uint8_t tables[TRL_LANES * MAX_DIMS / 8];
static uint8_t bytes[MAX_DIMS];
static float query[MAX_DIMS];
static int16_t shorts[MAX_DIMS];
static float scratch[MAX_DIMS];
static float lanes[TRL_LANES];
static int64_t numbers[BLOCKS][TRL_LANES];
static int32_t numbers_i32[BLOCKS][TRL_LANES];
static int64_t set[MAX_SET];
static int32_t set_i32[MAX_SET];
static float *rows;
static float *columns;
static float *product;
static void *gemm_scratch;
static Product shape;

/* Results go here, so that no call can be left out. */
static volatile double sink;

static void
run_scan_codes(size_t n, long call)
{
	uint32_t	sums[TRL_LANES] = {0};

	trl_scan_kernels->scan_codes(codes[call % BLOCKS], tables,
								 n / TRL_GROUP_DIMS, codes[call % BLOCKS], sums);
	sink = sums[7];
}

static void
run_lanes_below(size_t n, long call)
{
	static uint32_t sums[TRL_LANES];
	static const TrlShortFloat shorter[TRL_LANES];
	TrlLaneFactors factors = {lanes, shorter, shorter};
	TrlListTerms terms = {1.0f, 0.0f, 1.0f, 1.0f};
	float		lower[TRL_LANES];

	(void) n;
	sums[call % TRL_LANES]++;
	sink = trl_scan_kernels->lanes_below(sums, &factors, &terms, 0.5f, lower);
}

static void
run_u8_dot(size_t n, long call)
{
	(void) call;
	sink = trl_scan_kernels->u8_dot(bytes, query, n);
}

static void
run_u8_s16_dot(size_t n, long call)
{
	(void) call;
	sink = trl_scan_kernels->u8_s16_dot(bytes, shorts, n);
}

/* The largest power of two up to n; the copy keeps the values in range. */
static void
run_hadamard(size_t n, long call)
{
	size_t		window = 1;

	(void) call;
	while (window <= n / 2)
		window *= 2;
	memcpy(scratch, query, window * sizeof(float));
	trl_scan_kernels->hadamard(scratch, window);
	sink = scratch[0];
}

static void
run_rotate(size_t n, long call)
{
	trl_rotate((uint64_t) call, query, n, scratch);
	sink = scratch[0];
}

static void
run_gemm_nt(size_t n, long call)
{
	(void) call;
	trl_scan_kernels->gemm_nt(rows, n, columns, n, product, shape.n,
							  shape.m, shape.n, n, gemm_scratch);
	sink = product[0];
}

static void
run_range_i8(size_t n, long call)
{
	(void) n;
	sink = trl_lane_kernels->range_i8((const int8_t *) bytes + call % BLOCKS * TRL_LANES,
									  -20, 40);
}

static void
run_range_i16(size_t n, long call)
{
	(void) n;
	sink = trl_lane_kernels->range_i16(shorts + call % BLOCKS * TRL_LANES,
									   -200, 100);
}

static void
run_range_i32(size_t n, long call)
{
	(void) n;
	sink = trl_lane_kernels->range_i32(numbers_i32[call % BLOCKS], 100, 2000);
}

static void
run_range_i64(size_t n, long call)
{
	(void) n;
	sink = trl_lane_kernels->range_i64(numbers[call % BLOCKS], 100, 2000);
}

static void
run_overlap_u64(size_t n, long call)
{
	(void) n;
	sink = trl_lane_kernels->overlap_u64((const uint64_t *) numbers[call % BLOCKS], 6);
}

static void
run_contains_u64(size_t n, long call)
{
	(void) n;
	sink = trl_lane_kernels->contains_u64((const uint64_t *) numbers[call % BLOCKS], 6);
}

/* Sets of n; numbers and sets are from the same range. */
static void
run_any_i32(size_t n, long call)
{
	sink = trl_lane_kernels->any_i32(numbers_i32[call % BLOCKS], set_i32, (int) n);
}

static void
run_any_i64(size_t n, long call)
{
	sink = trl_lane_kernels->any_i64(numbers[call % BLOCKS], set, (int) n);
}

typedef void BenchRun(size_t n, long call);

typedef struct BenchKernel
{
	const char *name;
	BenchRun   *run;
} BenchKernel;

static const BenchKernel kernels[] = {
	{"scan_codes", run_scan_codes},
	{"lanes_below", run_lanes_below},
	{"u8_dot", run_u8_dot},
	{"u8_s16_dot", run_u8_s16_dot},
	{"hadamard", run_hadamard},
	{"trl_rotate", run_rotate},
};

static const BenchKernel lane_tests[] = {
	{"range_i8", run_range_i8},
	{"range_i16", run_range_i16},
	{"range_i32", run_range_i32},
	{"range_i64", run_range_i64},
	{"overlap_u64", run_overlap_u64},
	{"contains_u64", run_contains_u64},
};

static const BenchKernel set_tests[] = {
	{"any_i32", run_any_i32},
	{"any_i64", run_any_i64},
};

static double
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1.0e9 + now.tv_nsec;
}

static double
time_calls(BenchRun * run, size_t n, long calls)
{
	double		start = now_ns();
	long		i;

	for (i = 0; i < calls; i++)
		run(n, i);
	return (now_ns() - start) / calls;
}

static double
best_ns(BenchRun * run, size_t n, int runs, long probe)
{
	long		calls = (long) (RUN_NS / time_calls(run, n, probe)) + 1;
	double		best = time_calls(run, n, calls);

	while (--runs > 0)
	{
		double		ns = time_calls(run, n, calls);

		if (ns < best)
			best = ns;
	}
	return best;
}

static void
fill_floats(float *values, size_t n)
{
	size_t		i;

	for (i = 0; i < n; i++)
		values[i] = (float) ((double) rand() / RAND_MAX - 0.5);
}

static void
fill_bytes(uint8_t *values, size_t n)
{
	size_t		i;

	for (i = 0; i < n; i++)
		values[i] = (uint8_t) (rand() >> 8);
}

static void
fill_numbers(void)
{
	int			i;

	for (i = 0; i < BLOCKS * TRL_LANES; i++)
	{
		numbers_i32[i / TRL_LANES][i % TRL_LANES] = rand() % (3 * MAX_SET);
		numbers[i / TRL_LANES][i % TRL_LANES] = rand() % (3 * MAX_SET);
	}
	for (i = 0; i < MAX_SET; i++)
		set[i] = set_i32[i] = 3 * i;
}

static void *
allocate(size_t size)
{
	void	   *memory = aligned_alloc(64, size);

	if (memory == NULL)
	{
		fprintf(stderr, "scan_bench: out of memory\n");
		exit(2);
	}
	return memory;
}

static void
fill_operands(void)
{
	size_t		i;

	srand(1);
	fill_bytes(codes[0], sizeof(codes));
	fill_bytes(tables, sizeof(tables));
	fill_bytes(bytes, sizeof(bytes));
	fill_floats(query, MAX_DIMS);
	for (i = 0; i < MAX_DIMS; i++)
		shorts[i] = (int16_t) (query[i] * 1000.0f);
	fill_floats(lanes, TRL_LANES);
	fill_numbers();
	rows = allocate(MAX_ROWS * MAX_DIMS * sizeof(float));
	columns = allocate(MAX_COLS * MAX_DIMS * sizeof(float));
	product = allocate(MAX_ROWS * MAX_COLS * sizeof(float));
	gemm_scratch = allocate(TRL_GEMM_SCRATCH);
	fill_floats(rows, MAX_ROWS * MAX_DIMS);
	fill_floats(columns, MAX_COLS * MAX_DIMS);
}

static void
bench_lane_tests(const char *level)
{
	size_t		i;
	size_t		n;

	for (i = 0; i < sizeof(lane_tests) / sizeof(lane_tests[0]); i++)
		printf("%-8s %-24s %9.1f ns per %d lanes\n", level,
			   lane_tests[i].name, best_ns(lane_tests[i].run, 0, RUNS, 100),
			   TRL_LANES);
	for (i = 0; i < sizeof(set_tests) / sizeof(set_tests[0]); i++)
	{
		for (n = 0; n < NUM_SET_SIZES; n++)
			printf("%-8s %-11s of %9zu %9.1f ns per %d lanes\n", level,
				   set_tests[i].name, set_sizes[n],
				   best_ns(set_tests[i].run, set_sizes[n], RUNS, 100),
				   TRL_LANES);
	}
	fflush(stdout);
}

static void
bench_level(const char *level)
{
	size_t		i;
	size_t		d;

	for (i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++)
	{
		printf("%-8s %-24s", level, kernels[i].name);
		for (d = 0; d < NUM_DIMS; d++)
			printf(" %9.1f", best_ns(kernels[i].run, dims[d], RUNS, 100));
		printf("\n");
		fflush(stdout);
	}
	bench_lane_tests(level);
	for (i = 0; i < NUM_PRODUCTS; i++)
	{
		char		name[40];

		shape = products[i];
		snprintf(name, sizeof(name), "gemm_nt %zu x %zu", shape.m, shape.n);
		printf("%-8s %-24s", level, name);
		for (d = 0; d < NUM_DIMS; d++)
		{
			double		terms = (double) (shape.m * shape.n * dims[d]);

			printf(" %9.1f", 2.0 * terms / best_ns(run_gemm_nt, dims[d], 3, 1));
		}
		printf(" GFLOP/s\n");
		fflush(stdout);
	}
}

int
main(void)
{
	int			level;
	size_t		d;

	fill_operands();
	printf("ns per call (scan_codes: per block of %d lanes; hadamard: of the "
		   "power of two below), best of %d runs\n", TRL_LANES, RUNS);
	printf("%-8s %-24s", "level", "kernel");
	for (d = 0; d < NUM_DIMS; d++)
		printf(" %4zu dims", dims[d]);
	printf("\n");
	for (level = TRL_SIMD_SCALAR; level <= TRL_SIMD_NEON; level++)
	{
		if (trl_kernels_select((TrlSimdLevel) level))
			bench_level(trl_simd_level_name((TrlSimdLevel) level));
	}
	return 0;
}
