/*
 * kernels_bench.c - nanoseconds per call of every kernel at every level of this machine
 *
 * One vector is compared with CANDIDATES others in turn, as a scan does, all
 * of them in the first-level cache.  A figure is the median of RUNS runs of
 * about RUN_NS each, after one that warms up and finds the number of calls.
 * The levels are named best last.
 */
#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernels/kernels.h"

#define MAX_DIMS 1536
#define CANDIDATES 4
#define RUNS 11
#define RUN_NS 2.0e6

static const size_t dims[] = {128, 384, 768, 1536};

#define NUM_DIMS (sizeof(dims) / sizeof(dims[0]))

static float query[MAX_DIMS];
static float candidates[CANDIDATES][MAX_DIMS];

/* Results go here, so that no call can be left out. */
static volatile double sink;

static void
run_l2_squared(const float *candidate, size_t n)
{
	sink = trl_kernels->f32_l2_squared(query, candidate, n);
}

static void
run_dot(const float *candidate, size_t n)
{
	sink = trl_kernels->f32_dot(query, candidate, n);
}

static void
run_dot_norms(const float *candidate, size_t n)
{
	float		dot;
	float		aa;
	float		bb;

	trl_kernels->f32_dot_norms(query, candidate, n, &dot, &aa, &bb);
	sink = dot + aa + bb;
}

static void
run_l1(const float *candidate, size_t n)
{
	sink = trl_kernels->f32_l1(query, candidate, n);
}

static void
run_sum_squares(const float *candidate, size_t n)
{
	sink = trl_kernels->f32_sum_squares(candidate, n);
}

static void
run_sign_bits(const float *candidate, size_t n)
{
	uint8_t		bits[(MAX_DIMS + 7) / 8];

	trl_kernels->f32_sign_bits(candidate, n, bits);
	sink = bits[n / 16];
}

typedef struct BenchKernel
{
	const char *name;
	void		(*run) (const float *candidate, size_t n);
} BenchKernel;

static const BenchKernel kernels[] = {
	{"f32_l2_squared", run_l2_squared},
	{"f32_dot", run_dot},
	{"f32_dot_norms", run_dot_norms},
	{"f32_l1", run_l1},
	{"f32_sum_squares", run_sum_squares},
	{"f32_sign_bits", run_sign_bits},
};

static double
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1.0e9 + now.tv_nsec;
}

static double
time_calls(size_t kernel, size_t n, long calls)
{
	double		start = now_ns();
	long		i;

	for (i = 0; i < calls; i++)
		kernels[kernel].run(candidates[i % CANDIDATES], n);
	return (now_ns() - start) / calls;
}

static int
compare_doubles(const void *left, const void *right)
{
	double		x = *(const double *) left;
	double		y = *(const double *) right;

	return (x > y) - (x < y);
}

static double
median_ns(size_t kernel, size_t n)
{
	double		runs[RUNS];
	long		calls = (long) (RUN_NS / time_calls(kernel, n, 10000)) + 1;
	int			i;

	for (i = 0; i < RUNS; i++)
		runs[i] = time_calls(kernel, n, calls);
	qsort(runs, RUNS, sizeof(double), compare_doubles);
	return runs[RUNS / 2];
}

/* Uniform in [-0.5, 0.5]. */
static float
random_value(void)
{
	return (float) ((double) rand() / RAND_MAX - 0.5);
}

static void
fill_vectors(void)
{
	size_t		i;
	size_t		c;

	srand(1);
	for (i = 0; i < MAX_DIMS; i++)
	{
		query[i] = random_value();
		for (c = 0; c < CANDIDATES; c++)
			candidates[c][i] = random_value();
	}
}

static void
bench_level(TrlSimdLevel level)
{
	size_t		kernel;
	size_t		d;

	if (!trl_kernels_select(level))
		return;
	for (kernel = 0; kernel < sizeof(kernels) / sizeof(kernels[0]); kernel++)
	{
		printf("%-8s %-16s", trl_kernels->name, kernels[kernel].name);
		for (d = 0; d < NUM_DIMS; d++)
			printf(" %9.1f", median_ns(kernel, dims[d]));
		printf("\n");
		fflush(stdout);
	}
}

int
main(void)
{
	int			level;
	size_t		d;

	fill_vectors();
	printf("ns per call, operands in cache, median of %d runs; best level: %s\n",
		   RUNS, trl_simd_level_name(trl_kernels_best()));
	printf("%-8s %-16s", "level", "kernel");
	for (d = 0; d < NUM_DIMS; d++)
		printf(" %4zu dims", dims[d]);
	printf("\n");
	for (level = TRL_SIMD_SCALAR; level <= TRL_SIMD_NEON; level++)
		bench_level((TrlSimdLevel) level);
	return 0;
}
