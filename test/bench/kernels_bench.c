/*
 * kernels_bench.c - nanoseconds per call of every kernel at every level of this machine
 *
 * One operand is compared with CANDIDATES others in turn, as a scan does, all
 * of them in the first-level cache.  A figure is the median of RUNS runs of
 * about RUN_NS each, after one that warms up and finds the number of calls.
 * The levels are named best last.  The columns are dimensions; for bits that
 * is eight times the bytes; for sparse arrays they are elements, spread at
 * random over SPARSE_DIMS dimensions, and in the rows "skew" one operand has
 * a sixteenth of them.
 *
 * Usage: kernels_bench [name], for the kernels whose name begins so.
 */
#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernels/kernels.h"

#define MAX_DIMS 3072
#define MAX_ELEMENTS 1000
#define SPARSE_DIMS 30000
#define CANDIDATES 4
#define RUNS 11
#define RUN_NS 2.0e6
#define NUM_SIZES 5

static const size_t dims[NUM_SIZES] = {128, 384, 768, 1536, 3072};
static const size_t elements[NUM_SIZES] = {16, 64, 128, 256, MAX_ELEMENTS};

/* One operand in every type; n elements in the sparse one. */
typedef struct Operand
{
	float		f32[MAX_DIMS];
	uint16_t	f16[MAX_DIMS];
	uint8_t		bits[MAX_DIMS / 8];
	int32_t		index[MAX_ELEMENTS];
	TrlSparseArray sparse;
} Operand;

static Operand query;
static Operand candidates[CANDIDATES];

/* Results go here, so that no call can be left out. */
static volatile double sink;

static float out_f32[MAX_DIMS];
static uint16_t out_f16[MAX_DIMS];
static uint8_t out_bits[MAX_DIMS / 8];

static void
run_f32_l2_squared(const Operand *c, size_t n)
{
	sink = trl_kernels->f32_l2_squared(query.f32, c->f32, n);
}

static void
run_f32_dot(const Operand *c, size_t n)
{
	sink = trl_kernels->f32_dot(query.f32, c->f32, n);
}

static void
run_f32_dot_norms(const Operand *c, size_t n)
{
	float		dot;
	float		aa;
	float		bb;

	trl_kernels->f32_dot_norms(query.f32, c->f32, n, &dot, &aa, &bb);
	sink = dot + aa + bb;
}

static void
run_f32_l1(const Operand *c, size_t n)
{
	sink = trl_kernels->f32_l1(query.f32, c->f32, n);
}

static void
run_f32_sum_squares(const Operand *c, size_t n)
{
	sink = trl_kernels->f32_sum_squares(c->f32, n);
}

static void
run_f32_sign_bits(const Operand *c, size_t n)
{
	trl_kernels->f32_sign_bits(c->f32, n, out_bits);
	sink = out_bits[n / 16];
}

static void
run_f16_l2_squared(const Operand *c, size_t n)
{
	sink = trl_kernels->f16_l2_squared(query.f16, c->f16, n);
}

static void
run_f16_dot(const Operand *c, size_t n)
{
	sink = trl_kernels->f16_dot(query.f16, c->f16, n);
}

static void
run_f16_dot_norms(const Operand *c, size_t n)
{
	float		dot;
	float		aa;
	float		bb;

	trl_kernels->f16_dot_norms(query.f16, c->f16, n, &dot, &aa, &bb);
	sink = dot + aa + bb;
}

static void
run_f16_l1(const Operand *c, size_t n)
{
	sink = trl_kernels->f16_l1(query.f16, c->f16, n);
}

static void
run_f16_sum_squares(const Operand *c, size_t n)
{
	sink = trl_kernels->f16_sum_squares(c->f16, n);
}

static void
run_f16_sign_bits(const Operand *c, size_t n)
{
	trl_kernels->f16_sign_bits(c->f16, n, out_bits);
	sink = out_bits[n / 16];
}

static void
run_f16_to_f32(const Operand *c, size_t n)
{
	trl_kernels->f16_to_f32(c->f16, n, out_f32);
	sink = out_f32[n / 2];
}

static void
run_f32_to_f16(const Operand *c, size_t n)
{
	trl_kernels->f32_to_f16(c->f32, n, out_f16);
	sink = out_f16[n / 2];
}

static void
run_bits_hamming(const Operand *c, size_t n)
{
	sink = (double) trl_kernels->bits_hamming(query.bits, c->bits, n / 8);
}

static void
run_bits_overlap(const Operand *c, size_t n)
{
	uint64_t	both;
	uint64_t	either;

	trl_kernels->bits_overlap(query.bits, c->bits, n / 8, &both, &either);
	sink = (double) (both + either);
}

static void
run_sparse_l2_squared(const Operand *c, size_t n)
{
	(void) n;
	sink = trl_kernels->sparse_l2_squared(&query.sparse, &c->sparse);
}

static void
run_sparse_dot(const Operand *c, size_t n)
{
	(void) n;
	sink = trl_kernels->sparse_dot(&query.sparse, &c->sparse);
}

static void
run_sparse_l1(const Operand *c, size_t n)
{
	(void) n;
	sink = trl_kernels->sparse_l1(&query.sparse, &c->sparse);
}

typedef struct BenchKernel
{
	const char *name;
	void		(*run) (const Operand *candidate, size_t n);
	size_t		query_share;	/* candidate's elements for one of query's */
} BenchKernel;

static const BenchKernel kernels[] = {
	{"f32_l2_squared", run_f32_l2_squared, 0},
	{"f32_dot", run_f32_dot, 0},
	{"f32_dot_norms", run_f32_dot_norms, 0},
	{"f32_l1", run_f32_l1, 0},
	{"f32_sum_squares", run_f32_sum_squares, 0},
	{"f32_sign_bits", run_f32_sign_bits, 0},
	{"f16_l2_squared", run_f16_l2_squared, 0},
	{"f16_dot", run_f16_dot, 0},
	{"f16_dot_norms", run_f16_dot_norms, 0},
	{"f16_l1", run_f16_l1, 0},
	{"f16_sum_squares", run_f16_sum_squares, 0},
	{"f16_sign_bits", run_f16_sign_bits, 0},
	{"f16_to_f32", run_f16_to_f32, 0},
	{"f32_to_f16", run_f32_to_f16, 0},
	{"bits_hamming", run_bits_hamming, 0},
	{"bits_overlap", run_bits_overlap, 0},
	{"sparse_l2_squared", run_sparse_l2_squared, 1},
	{"sparse_dot", run_sparse_dot, 1},
	{"sparse_l1", run_sparse_l1, 1},
	{"sparse_l2 skew", run_sparse_l2_squared, 16},
	{"sparse_dot skew", run_sparse_dot, 16},
};

#define NUM_KERNELS (sizeof(kernels) / sizeof(kernels[0]))

static double
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1.0e9 + now.tv_nsec;
}

static double
time_calls(const BenchKernel *kernel, size_t n, long calls)
{
	double		start = now_ns();
	long		i;

	for (i = 0; i < calls; i++)
		kernel->run(&candidates[i % CANDIDATES], n);
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
median_ns(const BenchKernel *kernel, size_t n)
{
	double		runs[RUNS];
	long		calls = (long) (RUN_NS / time_calls(kernel, n, 10000)) + 1;
	int			i;

	for (i = 0; i < RUNS; i++)
		runs[i] = time_calls(kernel, n, calls);
	qsort(runs, RUNS, sizeof(double), compare_doubles);
	return runs[RUNS / 2];
}

/* Floats uniform in [-0.5, 0.5]; the halfs are the same, rounded. */
static void
fill_dense(Operand *operand)
{
	size_t		i;

	for (i = 0; i < MAX_DIMS; i++)
		operand->f32[i] = (float) ((double) rand() / RAND_MAX - 0.5);
	for (i = 0; i < MAX_DIMS / 8; i++)
		operand->bits[i] = (uint8_t) (rand() >> 8);
	trl_kernels->f32_to_f16(operand->f32, MAX_DIMS, operand->f16);
}

/* Every set of n dimensions is as likely as any other. */
static void
fill_sparse(Operand *operand, size_t n)
{
	size_t		left = n;
	int32_t		dim;

	for (dim = 0; left > 0; dim++)
	{
		if ((size_t) rand() % (size_t) (SPARSE_DIMS - dim) < left)
			operand->index[n - left--] = dim;
	}
	operand->sparse.index = operand->index;
	operand->sparse.value = operand->f32;
	operand->sparse.n = n;
}

static void
bench_kernel(const BenchKernel *kernel)
{
	size_t		i;
	size_t		c;

	printf("%-8s %-18s", trl_kernels->name, kernel->name);
	for (i = 0; i < NUM_SIZES; i++)
	{
		srand(1);
		for (c = 0; c < CANDIDATES && kernel->query_share > 0; c++)
			fill_sparse(&candidates[c], elements[i]);
		if (kernel->query_share > 0)
			fill_sparse(&query, elements[i] / kernel->query_share);
		printf(" %9.1f", median_ns(kernel, dims[i]));
	}
	printf("\n");
	fflush(stdout);
}

static void
bench_level(TrlSimdLevel level, const char *prefix)
{
	size_t		i;

	if (!trl_kernels_select(level))
		return;
	for (i = 0; i < NUM_KERNELS; i++)
	{
		if (strncmp(kernels[i].name, prefix, strlen(prefix)) == 0)
			bench_kernel(&kernels[i]);
	}
}

int
main(int argc, char **argv)
{
	int			level;
	size_t		i;

	srand(1);
	fill_dense(&query);
	for (i = 0; i < CANDIDATES; i++)
		fill_dense(&candidates[i]);
	printf("ns per call, operands in cache, median of %d runs; best level: %s\n",
		   RUNS, trl_simd_level_name(trl_kernels_best()));
	printf("%-8s %-18s", "level", "dimensions");
	for (i = 0; i < NUM_SIZES; i++)
		printf(" %9zu", dims[i]);
	printf("\n%-8s %-18s", "", "elements (sparse)");
	for (i = 0; i < NUM_SIZES; i++)
		printf(" %9zu", elements[i]);
	printf("\n");
	for (level = TRL_SIMD_SCALAR; level <= TRL_SIMD_NEON; level++)
		bench_level((TrlSimdLevel) level, argc > 1 ? argv[1] : "");
	return 0;
}
