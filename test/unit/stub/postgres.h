/*
 * postgres.h - what the server-free parts of src/access need of it
 *
 * Lets unit tests compile those files without a server.
 */
#ifndef TRL_TEST_STUB_POSTGRES_H
#define TRL_TEST_STUB_POSTGRES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t uint8;
typedef int32_t int32;
typedef uint32_t uint32;
typedef int64_t int64;
typedef uint64_t uint64;

#define INT64CONST(x) INT64_C(x)
#define PG_INT32_MIN INT32_MIN
#define PG_INT32_MAX INT32_MAX

#define explicit_bzero(ptr, len) memset(ptr, 0, len)

#endif							/* TRL_TEST_STUB_POSTGRES_H */
