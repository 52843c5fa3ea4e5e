/*
 * kernels_test.c - every kernel at every level of this machine against long double
 *
 * Goal: each level keeps the promises of kernels/kernels.h: its error bound,
 * its overflow to infinity, its bit-for-bit symmetries, and that it touches
 * no byte beyond its arrays.
 *
 * Method: each regime of values is one series of MAX_DIMS pairs.  For every
 * length 0 to MAX_DIMS the kernels run on its prefix of that length, placed
 * flush before an inaccessible page, flush behind one, and at odd offsets
 * between poisoned neighbours.  The references are running sums, so that
 * all lengths together cost one pass.  A fault is caught and counted.
 *
 * Usage: kernels_test [level ...]; a level named there must be available,
 * otherwise a missing one is skipped.  Exit status 0 if nothing failed.
 */
#define _GNU_SOURCE

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernels/kernels.h"

#define MAX_DIMS 2100
#define MAX_REPORTS 20
#define POISON 3.0e38f

/* Half a unit in the last place of 1: what one rounding may err by. */
#define FLOAT_ROUNDOFF (0.5L * FLT_EPSILON)
#define DOUBLE_ROUNDOFF (0.5L * DBL_EPSILON)

typedef enum Regime
{
	REGIME_NORMAL,
	REGIME_INTEGERS,			/* every sum is exact in a float */
	REGIME_LARGE,				/* overflows from some length on */
	REGIME_OVERFLOW,			/* differences overflow, too */
	REGIME_TINY,				/* products underflow to zero */
	REGIME_SUBNORMAL,			/* subnormal values and products */
	REGIME_CANCEL,				/* dot product near zero, large terms */
	REGIME_CONSTANT,
	REGIME_EQUAL,				/* b is a */
	REGIME_MIXED,				/* exponents from -20 to 20 */
	REGIME_ZEROS,				/* mostly zeros of both signs */
	NUM_REGIMES
} Regime;

static const char *const regime_names[NUM_REGIMES] = {
	"normal", "integers", "large", "overflow", "tiny", "subnormal",
	"cancel", "constant", "equal", "mixed", "zeros"
};

typedef enum Placement
{
	PLACE_BEFORE_GUARD,
	PLACE_BEHIND_GUARD,
	PLACE_ODD_OFFSETS,
	NUM_PLACEMENTS
} Placement;

/* A sum with the sum of its terms' absolute values, its condition. */
typedef struct Reference
{
	long double sum;
	long double magnitude;
} Reference;

/* One series of values and, for each length, what the kernels should say. */
typedef struct Series
{
	float		a[MAX_DIMS];
	float		b[MAX_DIMS];
	Reference	l2_squared[MAX_DIMS + 1];
	Reference	dot[MAX_DIMS + 1];
	Reference	aa[MAX_DIMS + 1];
	Reference	bb[MAX_DIMS + 1];
	Reference	l1[MAX_DIMS + 1];
	bool		exact;			/* demand equality, not the bound */
} Series;

/* Writable memory between two inaccessible pages. */
typedef struct Arena
{
	void	   *start;
	void	   *end;
} Arena;

/* What is being tested, for messages and for the fault handler. */
typedef struct Subject
{
	const TrlKernels *kernels;
	const char *kernel;
	const char *regime;
	size_t		n;
	int			placement;
} Subject;

static Subject now;
static long passed;
static long failed;
static sigjmp_buf fault_exit;
static volatile sig_atomic_t fault_armed;
static Arena arena_a;
static Arena arena_b;
static Arena arena_bits;
static Series series;

/* ---- counting ---- */

static void
report(const char *what)
{
	failed++;
	if (failed > MAX_REPORTS)
		return;
	printf("FAIL %s %s regime=%s n=%zu placement=%d: %s\n",
		   now.kernels != NULL ? now.kernels->name : "dispatch",
		   now.kernel, now.regime, now.n, now.placement, what);
}

static void
check(bool ok, const char *what)
{
	if (ok)
		passed++;
	else
		report(what);
}

/* Back to check_prefix(); a fault anywhere else ends the program as usual. */
static void
on_fault(int signo)
{
	if (fault_armed)
	{
		fault_armed = 0;
		siglongjmp(fault_exit, signo);
	}
	signal(signo, SIG_DFL);
}

static void
catch_faults(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_fault;
	action.sa_flags = SA_NODEFER;
	sigemptyset(&action.sa_mask);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGILL, &action, NULL);
}

/* ---- memory between guard pages ---- */

static Arena
arena_create(size_t size)
{
	size_t		page = (size_t) sysconf(_SC_PAGESIZE);
	size_t		inner = (size + page - 1) / page * page;
	unsigned char *base;
	Arena		arena;

	base = mmap(NULL, inner + 2 * page, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED ||
		mprotect(base, page, PROT_NONE) != 0 ||
		mprotect(base + page + inner, page, PROT_NONE) != 0)
	{
		perror("kernels_test: mmap");
		exit(2);
	}
	arena.start = base + page;
	arena.end = base + page + inner;
	return arena;
}

/*
 * Puts n floats into the arena.  Around those at odd offsets stand values
 * that would spoil any sum; shift makes the two operands differ in alignment.
 */
static const float *
place(const Arena *arena, const float *values, size_t n, Placement placement,
	  size_t shift)
{
	float	   *target = (float *) arena->start;
	size_t		offset = 1 + (n + shift) % 15;
	size_t		i;

	if (placement == PLACE_BEFORE_GUARD)
		target = (float *) arena->end - n;
	else if (placement == PLACE_ODD_OFFSETS)
		target += offset;
	for (i = 0; i < 16 && placement == PLACE_ODD_OFFSETS; i++)
	{
		target[n + i] = POISON;
		if (i < offset)
			((float *) arena->start)[i] = POISON;
	}
	for (i = 0; i < 16 && placement == PLACE_BEHIND_GUARD; i++)
		target[n + i] = POISON;
	memcpy(target, values, n * sizeof(float));
	return target;
}

/* ---- values ---- */

static uint64_t random_state = 0x9E3779B97F4A7C15u;

/* A number of the xorshift generator, the same on every machine. */
static uint64_t
random_bits(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Uniform in [-1, 1). */
static float
random_unit(void)
{
	return (float) ((double) (int64_t) random_bits() / 9223372036854775808.0);
}

static float
random_value(Regime regime, size_t i, bool second)
{
	float		unit = random_unit();
	float		sign = random_bits() & 1 ? 1.0f : -1.0f;

	switch (regime)
	{
		case REGIME_INTEGERS:
			return (float) (int) (unit * 16.0f);
		case REGIME_LARGE:
			return unit * 1.0e18f;
		case REGIME_OVERFLOW:
			return sign * (2.0e38f + fabsf(unit) * 1.0e38f);
		case REGIME_TINY:
			return unit * 1.0e-30f;
		case REGIME_SUBNORMAL:
			return i % 2 == 0 ? unit * 1.0e-40f : unit * 1.0e-20f;
		case REGIME_CANCEL:
			return second && i % 2 == 1 ? -1000.0f : 1000.0f + unit / 1024.0f;
		case REGIME_CONSTANT:
			return second ? 0.3f : 0.1f;
		case REGIME_MIXED:
			return ldexpf(unit, (int) (random_bits() % 41) - 20);
		case REGIME_ZEROS:
			return random_bits() % 8 == 0 ? sign : sign * 0.0f;
		default:
			return unit;
	}
}

static Reference
reference_add(Reference before, long double term)
{
	before.sum += term;
	before.magnitude += fabsl(term);
	return before;
}

static void
series_fill(Regime regime)
{
	size_t		i;

	series.exact = regime == REGIME_INTEGERS || regime == REGIME_ZEROS;
	for (i = 0; i < MAX_DIMS; i++)
	{
		long double a;
		long double b;

		series.a[i] = random_value(regime, i, false);
		series.b[i] = random_value(regime, i, true);
		if (regime == REGIME_EQUAL)
			series.b[i] = series.a[i];
		a = series.a[i];
		b = series.b[i];
		series.l2_squared[i + 1] = reference_add(series.l2_squared[i],
												 (a - b) * (a - b));
		series.dot[i + 1] = reference_add(series.dot[i], a * b);
		series.aa[i + 1] = reference_add(series.aa[i], a * a);
		series.bb[i + 1] = reference_add(series.bb[i], b * b);
		series.l1[i + 1] = reference_add(series.l1[i], fabsl(a - b));
	}
}

/* ---- the checks ---- */

/* Rounding errors that one chain of additions may gather, by kernels.h. */
static long double
bound_factor(void)
{
	return (long double) now.n / 8 + 16;
}

/*
 * The bound of kernels.h.  Where the terms cannot overflow together it must
 * hold; where all have one sign and their sum is out of range, the result
 * must be infinite; between the two either may happen, and where terms of
 * both signs overflow, NaN too.
 */
static bool
within_bound(float result, const Reference *reference)
{
	bool		one_sign = fabsl(reference->sum) == reference->magnitude;
	long double bound;

	bound = bound_factor() * FLOAT_ROUNDOFF * reference->magnitude;
	bound += (long double) now.n * FLT_TRUE_MIN;
	if (series.exact)
		return (long double) result == reference->sum;
	if (reference->magnitude + bound < FLT_MAX)
		return fabsl(result - reference->sum) <= bound;
	if (one_sign && reference->magnitude - bound > FLT_MAX)
		return isinf(result) && (result > 0) == (reference->sum > 0);
	return isinf(result) || (isnan(result) && !one_sign) ||
		fabsl(result - reference->sum) <= bound;
}

static void
check_sum(float result, const Reference *references, const char *what)
{
	char		message[160];

	if (within_bound(result, &references[now.n]))
	{
		passed++;
		return;
	}
	snprintf(message, sizeof(message), "%s is %.9g, should be %.12Lg",
			 what, (double) result, references[now.n].sum);
	report(message);
}

/* Equal bit for bit; two NaNs count as equal. */
static bool
same(float x, float y)
{
	return memcmp(&x, &y, sizeof(x)) == 0 || (isnan(x) && isnan(y));
}

static void
check_l2_squared(const float *a, const float *b)
{
	float		result;

	now.kernel = "f32_l2_squared";
	result = now.kernels->f32_l2_squared(a, b, now.n);
	check_sum(result, series.l2_squared, "sum");
	check(same(result, now.kernels->f32_l2_squared(b, a, now.n)), "symmetry");
	check(now.kernels->f32_l2_squared(a, a, now.n) == 0.0f, "to itself");
}

static void
check_l1(const float *a, const float *b)
{
	float		result;

	now.kernel = "f32_l1";
	result = now.kernels->f32_l1(a, b, now.n);
	check_sum(result, series.l1, "sum");
	check(same(result, now.kernels->f32_l1(b, a, now.n)), "symmetry");
	check(now.kernels->f32_l1(a, a, now.n) == 0.0f, "to itself");
}

static void
check_dot(const float *a, const float *b)
{
	float		result;

	now.kernel = "f32_dot";
	result = now.kernels->f32_dot(a, b, now.n);
	check_sum(result, series.dot, "sum");
	check(same(result, now.kernels->f32_dot(b, a, now.n)), "symmetry");
}

static void
check_dot_norms(const float *a, const float *b)
{
	float		dot = NAN;
	float		aa = NAN;
	float		bb = NAN;

	now.kernel = "f32_dot_norms";
	now.kernels->f32_dot_norms(a, b, now.n, &dot, &aa, &bb);
	check_sum(dot, series.dot, "dot");
	check_sum(aa, series.aa, "aa");
	check_sum(bb, series.bb, "bb");
	now.kernels->f32_dot_norms(b, b, now.n, &dot, &aa, &bb);
	check_sum(aa, series.bb, "aa of b");
	check(same(dot, aa) && same(aa, bb), "with itself: three equal sums");
}

static void
check_sum_squares(const float *a)
{
	const Reference *reference = &series.aa[now.n];
	double		result;
	long double bound;

	now.kernel = "f32_sum_squares";
	bound = bound_factor() * DOUBLE_ROUNDOFF * reference->magnitude;
	result = now.kernels->f32_sum_squares(a, now.n);
	check(fabsl(result - reference->sum) <= bound, "bound in double");
}

/* The bits end flush before a guard page and must leave the byte before. */
static void
check_sign_bits(const float *a)
{
	size_t		num_bytes = (now.n + 7) / 8;
	unsigned char *bits = (unsigned char *) arena_bits.end - num_bytes;
	size_t		wrong = 0;
	size_t		i;

	now.kernel = "f32_sign_bits";
	memset(bits - 1, 0xA5, num_bytes + 1);
	now.kernels->f32_sign_bits(a, now.n, bits);
	for (i = 0; i < num_bytes * 8; i++)
	{
		int			expected = i < now.n && series.a[i] > 0.0f;

		wrong += (bits[i / 8] >> (7 - i % 8) & 1) != expected;
	}
	check(wrong == 0, "bits");
	check(bits[-1] == 0xA5, "byte before the result");
}

/* All kernels on the prefix of now.n values; a fault counts as a failure. */
static void
check_prefix(Placement placement)
{
	const float *a = place(&arena_a, series.a, now.n, placement, 0);
	const float *b = place(&arena_b, series.b, now.n, placement, 7);

	now.placement = (int) placement;
	if (sigsetjmp(fault_exit, 0) != 0)
	{
		report("fault: touched memory beyond its arrays, or bad instruction");
		return;
	}
	fault_armed = 1;
	check_l2_squared(a, b);
	check_l1(a, b);
	check_dot(a, b);
	check_dot_norms(a, b);
	check_sum_squares(a);
	check_sign_bits(a);
	fault_armed = 0;
}

static void
check_regime(Regime regime)
{
	int			placement;

	now.regime = regime_names[regime];
	series_fill(regime);
	for (now.n = 0; now.n <= MAX_DIMS; now.n++)
	{
		for (placement = 0; placement < NUM_PLACEMENTS; placement++)
			check_prefix((Placement) placement);
	}
}

/*
 * NaN and infinity are kept out by the types; here they must only not trap,
 * reach the sums, and set no sign bit in NaN's case.
 */
static void
check_not_finite(void)
{
	const float *a = (const float *) arena_a.start;
	size_t		i;

	now.regime = "not finite";
	now.kernel = "all";
	now.placement = PLACE_BEHIND_GUARD;
	for (now.n = 1; now.n <= 200; now.n++)
	{
		float		dot;
		float		aa;
		float		bb;
		uint8_t		bits[25];
		size_t		set = 0;

		for (i = 0; i < now.n; i++)
			((float *) arena_a.start)[i] = i == now.n - 1 ? NAN : INFINITY;
		now.kernels->f32_dot_norms(a, a, now.n, &dot, &aa, &bb);
		now.kernels->f32_sign_bits(a, now.n, bits);
		for (i = 0; i < now.n; i++)
			set += bits[i / 8] >> (7 - i % 8) & 1;
		check(isnan(now.kernels->f32_l2_squared(a, a, now.n)) &&
			  isnan(now.kernels->f32_dot(a, a, now.n)) &&
			  isnan(now.kernels->f32_l1(a, a, now.n)) &&
			  isnan(now.kernels->f32_sum_squares(a, now.n)) &&
			  isnan(dot) && isnan(aa) && isnan(bb), "NaN reaches the sums");
		check(set == now.n - 1, "bits of infinities and NaN");
	}
}

static void
check_level(TrlSimdLevel level)
{
	long		checks = passed + failed;
	long		failures = failed;
	int			regime;

	random_state = 0x9E3779B97F4A7C15u;
	now.kernels = NULL;
	now.kernel = "select";
	now.regime = trl_simd_level_name(level);
	check(trl_kernels_select(level), "an available level can be selected");
	check(trl_kernels->level == level, "the table knows its level");
	check(strcmp(trl_kernels->name, trl_simd_level_name(level)) == 0,
		  "the table knows its name");
	now.kernels = trl_kernels;
	for (regime = 0; regime < NUM_REGIMES; regime++)
		check_regime((Regime) regime);
	check_not_finite();
	printf("%-8s %ld checks, %ld failed\n", now.kernels->name,
		   passed + failed - checks, failed - failures);
	fflush(stdout);
}

/* Selection, before and after trl_kernels_init(). */
static void
check_dispatch(void)
{
	TrlSimdLevel best = trl_kernels_best();
	int			level;

	now.kernel = "dispatch";
	now.regime = "-";
	check(trl_kernels->level == TRL_SIMD_SCALAR, "scalar until initialised");
	trl_kernels_init();
	check(trl_kernels->level == best, "initialised to the best");
	check(trl_kernels_available(TRL_SIMD_AUTO), "auto is available");
	check(trl_kernels_available(TRL_SIMD_SCALAR), "scalar is available");
	check(best != TRL_SIMD_AUTO && trl_kernels_available(best),
		  "the best level is available");
	for (level = TRL_SIMD_SCALAR; level <= TRL_SIMD_NEON + 1; level++)
	{
		bool		available = trl_kernels_available((TrlSimdLevel) level);
		TrlSimdLevel expected = available ? (TrlSimdLevel) level : best;

		now.regime = trl_simd_level_name((TrlSimdLevel) level);
		check(trl_kernels_select((TrlSimdLevel) level) == available,
			  "select agrees with available");
		check(trl_kernels->level == expected, "refused without a change");
		check(trl_kernels_select(TRL_SIMD_AUTO), "auto can be selected");
		check(trl_kernels->level == best, "auto is the best");
	}
	check(strcmp(trl_simd_level_name(TRL_SIMD_AUTO), "auto") == 0, "auto");
	check(!trl_kernels_available((TrlSimdLevel) (TRL_SIMD_NEON + 1)),
		  "no level beyond the last");
}

/* Whether the level is among the arguments. */
static bool
is_required(TrlSimdLevel level, int argc, char **argv)
{
	int			i;

	for (i = 1; i < argc; i++)
	{
		if (strcmp(argv[i], trl_simd_level_name(level)) == 0)
			return true;
	}
	return false;
}

/* A misspelt argument must not pass for a level that ran. */
static void
check_arguments(int argc, char **argv)
{
	int			i;
	int			level;

	for (i = 1; i < argc; i++)
	{
		for (level = TRL_SIMD_SCALAR; level <= TRL_SIMD_NEON; level++)
		{
			if (strcmp(argv[i], trl_simd_level_name((TrlSimdLevel) level)) == 0)
				break;
		}
		if (level > TRL_SIMD_NEON)
		{
			fprintf(stderr, "kernels_test: unknown level \"%s\"\n", argv[i]);
			exit(2);
		}
	}
}

int
main(int argc, char **argv)
{
	int			level;

	check_arguments(argc, argv);
	catch_faults();
	arena_a = arena_create((MAX_DIMS + 32) * sizeof(float));
	arena_b = arena_create((MAX_DIMS + 32) * sizeof(float));
	arena_bits = arena_create(MAX_DIMS / 8 + 2);
	check_dispatch();
	for (level = TRL_SIMD_SCALAR; level <= TRL_SIMD_NEON; level++)
	{
		if (trl_kernels_available((TrlSimdLevel) level))
			check_level((TrlSimdLevel) level);
		else if (is_required((TrlSimdLevel) level, argc, argv))
		{
			now.kernels = NULL;
			now.kernel = "required";
			now.regime = trl_simd_level_name((TrlSimdLevel) level);
			report("the level is not available here");
		}
		else
			printf("%-8s skipped: not available here\n",
				   trl_simd_level_name((TrlSimdLevel) level));
	}
	printf("%ld passed, %ld failed\n", passed, failed);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
