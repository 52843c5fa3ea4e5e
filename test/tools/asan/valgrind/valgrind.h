/*
 * valgrind.h - see memcheck.h; Valgrind counts errors, a sanitizer aborts
 */
#ifndef TRELLIS_ASAN_VALGRIND_H
#define TRELLIS_ASAN_VALGRIND_H

#define VALGRIND_COUNT_ERRORS 0
#define VALGRIND_PRINTF(...) ((void) 0)

#endif
