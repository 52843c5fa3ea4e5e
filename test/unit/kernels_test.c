/*
 * kernels_test.c - every kernel at every level of this machine
 *
 * Usage: kernels_test [level ...]; a level named there must be available,
 * otherwise a missing one is skipped.  Exit status 0 if nothing failed.
 * What is checked, and how, stands in the files of the families.
 */
#define _GNU_SOURCE

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernels_test.h"

/* The table without VPOPCNTDQ is tested on machines that have it, too. */
#include "kernels/internal.h"

#define MAX_REPORTS 20

Subject		now;
static long passed;
static long failed;
static sigjmp_buf fault_exit;
static volatile sig_atomic_t fault_armed;

/* ---- counting ---- */

static void
report(const char *what)
{
	failed++;
	if (failed > MAX_REPORTS)
		return;
	printf("FAIL %s %s regime=%s n=%zu placement=%d: %s\n",
		   now.kernels != NULL ? now.kernels->name : "dispatch",
		   now.kernel, now.regime, now.n, (int) now.placement, what);
}

void
check(bool ok, const char *what)
{
	if (ok)
		passed++;
	else
		report(what);
}

/* Back to guarded(); a fault anywhere else ends the program as usual. */
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

void
guarded(void (*run) (void))
{
	if (sigsetjmp(fault_exit, 0) != 0)
	{
		report("fault: touched memory beyond its arrays, or bad instruction");
		return;
	}
	fault_armed = 1;
	run();
	fault_armed = 0;
}

/* ---- memory between guard pages ---- */

Arena
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

void *
place(const Arena *arena, const void *values, size_t count, size_t size,
	  const void *poison, size_t shift)
{
	char	   *target = (char *) arena->start;
	size_t		offset = 1 + (count + shift) % 15;
	size_t		i;

	if (now.placement == PLACE_BEFORE_GUARD)
		target = (char *) arena->end - count * size;
	else if (now.placement == PLACE_ODD_OFFSETS)
		target += offset * size;
	for (i = 0; i < 16 && now.placement != PLACE_BEFORE_GUARD; i++)
		memcpy(target + (count + i) * size, poison, size);
	for (i = 1; i <= offset && now.placement == PLACE_ODD_OFFSETS; i++)
		memcpy(target - i * size, poison, size);
	if (count > 0)
		memcpy(target, values, count * size);
	return target;
}

/* ---- values ---- */

static uint64_t random_state = 0x9E3779B97F4A7C15u;

uint64_t
random_bits(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

float
random_unit(void)
{
	return (float) ((double) (int64_t) random_bits() / 9223372036854775808.0);
}

Reference
reference_add(Reference before, long double term)
{
	before.sum += term;
	before.magnitude += fabsl(term);
	return before;
}

/* ---- the checks that the families share ---- */

long double
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
within_bound(float result, const Reference *reference, bool exact)
{
	bool		one_sign = fabsl(reference->sum) == reference->magnitude;
	long double bound;

	bound = bound_factor() * FLOAT_ROUNDOFF * reference->magnitude;
	bound += (long double) now.n * FLT_TRUE_MIN;
	if (exact)
		return (long double) result == reference->sum;
	if (reference->magnitude + bound < FLT_MAX)
		return fabsl(result - reference->sum) <= bound;
	if (one_sign && reference->magnitude - bound > FLT_MAX)
		return isinf(result) && (result > 0) == (reference->sum > 0);
	return isinf(result) || (isnan(result) && !one_sign) ||
		fabsl(result - reference->sum) <= bound;
}

void
check_sum(float result, const Reference *reference, bool exact,
		  const char *what)
{
	char		message[160];

	if (within_bound(result, reference, exact))
	{
		passed++;
		return;
	}
	snprintf(message, sizeof(message), "%s is %.9g, should be %.12Lg",
			 what, (double) result, reference->sum);
	report(message);
}

bool
same(float x, float y)
{
	return memcmp(&x, &y, sizeof(x)) == 0 || (isnan(x) && isnan(y));
}

static void
check_level(TrlSimdLevel level)
{
	long		checks = passed + failed;
	long		failures = failed;

	random_state = 0x9E3779B97F4A7C15u;
	now.kernels = NULL;
	now.kernel = "select";
	now.regime = trl_simd_level_name(level);
	check(trl_kernels_select(level), "an available level can be selected");
	check(trl_kernels->level == level, "the table knows its level");
	check(strcmp(trl_kernels->name, trl_simd_level_name(level)) == 0,
		  "the table knows its name");
	now.kernels = trl_kernels;
	check_f32();
	check_f16();
	check_f16_conversions();
	check_bits();
	check_sparse();
	check_scan();
	check_rotation();
	check_gemm();
	check_lanes();
#ifdef TRL_ARCH_X86_64
	if (level == TRL_SIMD_AVX512)
	{
		check(trl_kernels_avx512_popcnt.bits_hamming !=
			  trl_kernels_avx512.bits_hamming, "there are two ways to count");
		now.kernels = &trl_kernels_avx512;
		check_bits();
	}
#endif
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
