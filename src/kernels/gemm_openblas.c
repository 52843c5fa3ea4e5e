/*
 * gemm_openblas.c - products of matrices by OpenBLAS, where the machine has it
 *
 * The library is neither linked nor needed: it is opened when a build first
 * asks for it, and products are our own where it is absent.  Opening it may
 * start a thread per processor, which a database process must not have: the
 * number of threads is set to one before, unless the user has set it, and
 * signals are blocked meanwhile, so that a thread that starts nevertheless
 * takes none of the process's.
 */
#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>

#include "kernels/scan.h"

#define THREADS_VARIABLE "OPENBLAS_NUM_THREADS"

/* Of its C interface. */
#define ROW_MAJOR 101
#define AS_IT_IS 111
#define TRANSPOSED 112

typedef void Sgemm(int order, int transpose_a, int transpose_b, int m, int n,
				   int k, float alpha, const float *a, int lda,
				   const float *b, int ldb, float beta, float *c, int ldc);
typedef void SetThreads(int threads);

static Sgemm * sgemm;

/* Opens the library; it stays open as long as the process runs. */
static void
open_library(void)
{
	bool		ours = getenv(THREADS_VARIABLE) == NULL;
	SetThreads *set_threads;
	void	   *library;

	if (ours && setenv(THREADS_VARIABLE, "1", 0) != 0)
		return;
	library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
	if (ours)
		unsetenv(THREADS_VARIABLE);
	if (library == NULL)
		return;
	*(void **) &set_threads = dlsym(library, "openblas_set_num_threads");
	*(void **) &sgemm = dlsym(library, "cblas_sgemm");
	if (ours && set_threads != NULL)
		set_threads(1);
}

bool
trl_openblas_load(void)
{
	static bool tried = false;
	sigset_t	all;
	sigset_t	before;

	if (tried)
		return sgemm != NULL;
	tried = true;
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &before) != 0)
		return false;
	open_library();
	sigprocmask(SIG_SETMASK, &before, NULL);
	return sgemm != NULL;
}

/* Whether OpenBLAS takes the sizes: it counts in int and refuses zero. */
static bool
is_size(size_t n)
{
	return n > 0 && n <= INT_MAX;
}

void
trl_openblas_gemm_nt(const float *a, size_t lda, const float *b, size_t ldb,
					 float *c, size_t ldc, size_t m, size_t n, size_t k,
					 void *scratch)
{
	if (sgemm == NULL || !is_size(m) || !is_size(n) || !is_size(k) ||
		!is_size(lda) || !is_size(ldb) || !is_size(ldc))
		trl_scan_kernels->gemm_nt(a, lda, b, ldb, c, ldc, m, n, k, scratch);
	else
		sgemm(ROW_MAJOR, AS_IT_IS, TRANSPOSED, (int) m, (int) n, (int) k,
			  1.0f, a, (int) lda, b, (int) ldb, 0.0f, c, (int) ldc);
}
