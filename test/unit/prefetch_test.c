/*
 * prefetch_test.c - when the distances ask for the next page's row
 *
 * A scan of pages in order must be recognised by the second page, whichever
 * operand the row is; rows met at random, or in one place, must cost no fetch.
 */
#include "postgres.h"

#include <stdio.h>
#include <stdlib.h>

#define BLCKSZ 8192
typedef size_t Size;

/* Fetches are counted here instead of made. */
#define __builtin_prefetch(address) note_fetch(address)

static void note_fetch(const void *address);

#include "types/prefetch.h"

#define ROW 1544				/* bytes of a value: 5 rows on a page */
#define ROW_STRIDE 1576
#define ROWS_PER_PAGE 5
#define LINES (ROW / TRL_CACHE_LINE + 1)

TrlRowStream trl_row_stream;

static int	failures = 0;
static size_t fetches;
static uintptr_t lowest;

static void
note_fetch(const void *address)
{
	if (fetches++ == 0 || (uintptr_t) address < lowest)
		lowest = (uintptr_t) address;
}

static void
check(bool good, const char *what)
{
	if (!good)
	{
		printf("not ok - %s\n", what);
		failures++;
	}
}

/* A row's address; within a page, later rows lie lower, as on a heap page. */
static const void *
row_at(size_t page, size_t slot)
{
	return (const void *) (uintptr_t) (0x10000000 + (page + 1) * BLCKSZ -
									   (slot + 1) * ROW_STRIDE);
}

/* Scans n pages, in order or not; returns the fetches. */
static size_t
scan(size_t n, bool in_order, bool row_left)
{
	static const char query[ROW];
	size_t		page;
	size_t		slot;

	fetches = 0;
	for (page = 0; page < n; page++)
	{
		/* 37 is prime to n: every page once, the next never follows */
		size_t		at = in_order ? page : page * 37 % n;

		for (slot = 0; slot < ROWS_PER_PAGE; slot++)
		{
			const void *row = row_at(at, slot);

			trl_prefetch_next_page(row_left ? row : query,
								   row_left ? query : row, ROW);
		}
	}
	return fetches;
}

static void
reset(void)
{
	TrlRowStream fresh = {0};

	trl_row_stream = fresh;
}

static void
test_order(bool row_left)
{
	size_t		rows = 100 * ROWS_PER_PAGE;
	size_t		unseen = TRL_ROW_PATIENCE + 2 * ROWS_PER_PAGE + 2;

	reset();
	check(scan(100, true, row_left) >= (rows - unseen) * LINES,
		  "rows in order are fetched");
	reset();
	check(scan(100, false, row_left) == 0, "rows at random are not fetched");

	/* order is lost within TRL_ROW_PATIENCE rows */
	(void) scan(100, true, row_left);
	check(scan(100, false, row_left) <=
		  (TRL_ROW_PATIENCE + 1) * (LINES + 2),
		  "fetching ends when rows stop coming in order");
}

/* What is asked for is the row one page ahead, with its header. */
static void
test_address(void)
{
	static const char query[ROW];

	reset();
	(void) scan(40, true, true);
	fetches = 0;
	trl_prefetch_next_page(row_at(40, 0), query, ROW);
	check(fetches >= LINES && fetches <= LINES + 2, "one row is fetched");
	check(lowest == (uintptr_t) row_at(41, 0) - TRL_TUPLE_HEADER,
		  "it is the next page's");
}

/* Copies of toasted values: the same place again and again. */
static void
test_same_place(void)
{
	static const char copy[ROW];
	static const char query[ROW];
	size_t		i;

	reset();
	fetches = 0;
	for (i = 0; i < 1000; i++)
		trl_prefetch_next_page(copy, query, ROW);
	check(fetches == 0, "copies in one place are not fetched");
}

int
main(void)
{
	test_order(true);
	test_order(false);
	test_address();
	test_same_place();
	printf("%s - prefetch\n", failures == 0 ? "ok" : "not ok");
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
