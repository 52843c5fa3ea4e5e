/*
 * kernels_bench.c - nanoseconds per call of every kernel at every level of this machine
 *
 * One operand is compared with others in turn, as a scan does: with few in
 * the first-level cache or, in sparse kernels, with so many that no processor
 * learns how their indices interleave.  A figure is the median of RUNS runs of
 * about RUN_NS of processor time each, after one that warms up and finds the
 * number of calls.
 * The levels are named best last.  The columns are dimensions; for bits that
 * is eight times the bytes; for sparse arrays they are elements, spread at
 * random over about SPARSE_DIMS dimensions, and in the rows "skew" one operand has
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
#define MIN_ELEMENTS 16
#define MAX_ELEMENTS 1000
#define SPARSE_DIMS 30000
#define CANDIDATES 4

/* Sparse candidates have about this many elements in all, and are no fewer. */
#define TOTAL_ELEMENTS 65536
#define MIN_SPARSE 256
#define RUNS 11
#define RUN_NS 2.0e6
#define NUM_SIZES 5

static const size_t dims[NUM_SIZES] = {128, 384, 768, 1536, 3072};
static const size_t elements[NUM_SIZES] = {MIN_ELEMENTS, 64, 128, 256, MAX_ELEMENTS};

/* One operand in every dense type. */
typedef struct Operand
{
	float		f32[MAX_DIMS];
	uint16_t	f16[MAX_DIMS];
	uint8_t		bits[MAX_DIMS / 8];
} Operand;

static Operand query;
static Operand candidates[CANDIDATES];

/* Sparse operands; those of the candidates lie one behind the other. */
static int32_t query_index[MAX_ELEMENTS];
static int32_t candidate_index[MIN_SPARSE * MAX_ELEMENTS];
static float candidate_value[MIN_SPARSE * MAX_ELEMENTS];
static TrlSparseArray sparse_query;
static TrlSparseArray sparse_candidates[TOTAL_ELEMENTS / MIN_ELEMENTS];
static size_t num_sparse;

/* Results go here, so that no call can be left out. */
static volatile double sink;

static float out_f32[MAX_DIMS];
static uint16_t out_f16[MAX_DIMS];
static uint8_t out_bits[MAX_DIMS / 8];

static const Operand *
candidate(size_t turn)
{
	return &candidates[turn % CANDIDATES];
}

static const TrlSparseArray *
sparse_candidate(size_t turn)
{
	return &sparse_candidates[turn % num_sparse];
}

static void
run_f32_l2_squared(size_t turn, size_t n)
{
	sink = trl_kernels->f32_l2_squared(query.f32, candidate(turn)->f32, n);
}

static void
run_f32_dot(size_t turn, size_t n)
{
	sink = trl_kernels->f32_dot(query.f32, candidate(turn)->f32, n);
}

static void
run_f32_dot_norms(size_t turn, size_t n)
{
	float		dot;
	float		aa;
	float		bb;

	trl_kernels->f32_dot_norms(query.f32, candidate(turn)->f32, n, &dot, &aa, &bb);
	sink = dot + aa + bb;
}

static void
run_f32_l1(size_t turn, size_t n)
{
	sink = trl_kernels->f32_l1(query.f32, candidate(turn)->f32, n);
}

static void
run_f32_sum_squares(size_t turn, size_t n)
{
	sink = trl_kernels->f32_sum_squares(candidate(turn)->f32, n);
}

static void
run_f32_sign_bits(size_t turn, size_t n)
{
	trl_kernels->f32_sign_bits(candidate(turn)->f32, n, out_bits);
	sink = out_bits[n / 16];
}

static void
run_f16_l2_squared(size_t turn, size_t n)
{
	sink = trl_kernels->f16_l2_squared(query.f16, candidate(turn)->f16, n);
}

static void
run_f16_dot(size_t turn, size_t n)
{
	sink = trl_kernels->f16_dot(query.f16, candidate(turn)->f16, n);
}

static void
run_f16_dot_norms(size_t turn, size_t n)
{
	float		dot;
	float		aa;
	float		bb;

	trl_kernels->f16_dot_norms(query.f16, candidate(turn)->f16, n, &dot, &aa, &bb);
	sink = dot + aa + bb;
}

static void
run_f16_l1(size_t turn, size_t n)
{
	sink = trl_kernels->f16_l1(query.f16, candidate(turn)->f16, n);
}

static void
run_f16_sum_squares(size_t turn, size_t n)
{
	sink = trl_kernels->f16_sum_squares(candidate(turn)->f16, n);
}

static void
run_f16_sign_bits(size_t turn, size_t n)
{
	trl_kernels->f16_sign_bits(candidate(turn)->f16, n, out_bits);
	sink = out_bits[n / 16];
}

static void
run_f16_to_f32(size_t turn, size_t n)
{
	trl_kernels->f16_to_f32(candidate(turn)->f16, n, out_f32);
	sink = out_f32[n / 2];
}

static void
run_f32_to_f16(size_t turn, size_t n)
{
	trl_kernels->f32_to_f16(candidate(turn)->f32, n, out_f16);
	sink = out_f16[n / 2];
}

static void
run_bits_hamming(size_t turn, size_t n)
{
	sink = (double) trl_kernels->bits_hamming(query.bits, candidate(turn)->bits, n / 8);
}

static void
run_bits_overlap(size_t turn, size_t n)
{
	uint64_t	both;
	uint64_t	either;

	trl_kernels->bits_overlap(query.bits, candidate(turn)->bits, n / 8, &both, &either);
	sink = (double) (both + either);
}

static void
run_sparse_l2_squared(size_t turn, size_t n)
{
	(void) n;
	sink = trl_kernels->sparse_l2_squared(&sparse_query, sparse_candidate(turn));
}

static void
run_sparse_dot(size_t turn, size_t n)
{
	(void) n;
	sink = trl_kernels->sparse_dot(&sparse_query, sparse_candidate(turn));
}

static void
run_sparse_l1(size_t turn, size_t n)
{
	(void) n;
	sink = trl_kernels->sparse_l1(&sparse_query, sparse_candidate(turn));
}

typedef struct BenchKernel
{
	const char *name;
	void		(*run) (size_t turn, size_t n);
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

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1.0e9 + now.tv_nsec;
}

static double
time_calls(const BenchKernel *kernel, size_t n, long calls)
{
	double		start = now_ns();
	long		i;

	for (i = 0; i < calls; i++)
		kernel->run((size_t) i, n);
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

/* n elements, with gaps that spread them over about SPARSE_DIMS dimensions. */
static TrlSparseArray
fill_sparse(int32_t *index, const float *value, size_t n)
{
	TrlSparseArray array = {index, value, n};
	int32_t		dim = -1;
	size_t		i;

	for (i = 0; i < n; i++)
	{
		dim += 1 + rand() % (int) (2 * SPARSE_DIMS / n - 1);
		index[i] = dim;
	}
	return array;
}

/* Candidates of n elements, and a query of one for query_share of those. */
static void
fill_sparse_operands(size_t n, size_t query_share)
{
	size_t		i;

	srand(1);
	num_sparse = TOTAL_ELEMENTS / n;
	if (num_sparse < MIN_SPARSE)
		num_sparse = MIN_SPARSE;
	for (i = 0; i < num_sparse; i++)
		sparse_candidates[i] = fill_sparse(candidate_index + i * n,
										   candidate_value + i * n, n);
	sparse_query = fill_sparse(query_index, query.f32, n / query_share);
}

static void
bench_kernel(const BenchKernel *kernel)
{
	size_t		i;

	printf("%-8s %-18s", trl_kernels->name, kernel->name);
	for (i = 0; i < NUM_SIZES; i++)
	{
		if (kernel->query_share > 0)
			fill_sparse_operands(elements[i], kernel->query_share);
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
	for (i = 0; i < MIN_SPARSE * MAX_ELEMENTS; i++)
		candidate_value[i] = candidates[0].f32[i % MAX_DIMS];
	printf("ns per call, median of %d runs; best level: %s\n",
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
