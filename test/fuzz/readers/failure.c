/*
 * failure.c - what ends a run
 *
 * Without the server's headers: they declare ExceptionalCondition() with
 * other arguments in each version.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

extern _Noreturn void fuzz_fail(const char *format,...);
extern void ExceptionalCondition(const char *condition);

void
fuzz_fail(const char *format,...)
{
	va_list		args;

	fputs("FINDING: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

/* A failed Assert().  Every version passes the condition first. */
void
ExceptionalCondition(const char *condition)
{
	fuzz_fail("assertion failed: %s", condition);
}
