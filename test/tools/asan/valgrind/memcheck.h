/*
 * memcheck.h - tells AddressSanitizer what PostgreSQL has to tell Valgrind
 *
 * In the place of Valgrind's own header in a server that sanitize.sh builds:
 * freed and unused parts of memory contexts, the bytes after a chunk, and
 * pages of buffers that this process has not pinned become poison. Whether
 * memory was set before it is read AddressSanitizer does not know.
 */
#ifndef TRELLIS_ASAN_MEMCHECK_H
#define TRELLIS_ASAN_MEMCHECK_H

#include <sanitizer/asan_interface.h>

#define VALGRIND_MAKE_MEM_NOACCESS(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define VALGRIND_MAKE_MEM_DEFINED(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#define VALGRIND_MAKE_MEM_UNDEFINED(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#define VALGRIND_MEMPOOL_ALLOC(pool, p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#define VALGRIND_MEMPOOL_CHANGE(pool, was, p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
/* the context itself poisons what is freed */
#define VALGRIND_MEMPOOL_FREE(pool, p) ((void) 0)
#define VALGRIND_CREATE_MEMPOOL(pool, redzone, zeroed) ((void) 0)
#define VALGRIND_DESTROY_MEMPOOL(pool) ((void) 0)
#define VALGRIND_CHECK_MEM_IS_DEFINED(p, n) ((void) 0)

#endif
