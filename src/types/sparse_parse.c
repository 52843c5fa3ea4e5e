/*
 * sparse_parse.c - reads the text form of sparsevec
 *
 * Of the server it needs what parse.c does and no more: both can be compiled
 * against a stub, for a fuzzer.
 *
 * Locks and WAL: none.  Memory: the caller's arrays.
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "types/parse.h"
#include "types/sparse_parse.h"

int
trl_sparse_room(const char *text, int max)
{
	int			n = 1;

	for (; *text != '\0' && n <= max; text++)
		n += (*text == ',');
	return n;
}

/*
 * Reads an integer, as strtol() does, and moves behind it; space around it is
 * skipped.  The result is above PG_INT32_MIN, so that 1 can be taken away.
 */
static int32
parse_int(TrlParse *parse)
{
	char	   *end;
	long		value;

	trl_parse_skip_space(parse);
	value = strtol(parse->at, &end, 10);
	if (end == parse->at)
		trl_parse_error(parse, NULL);
	parse->at = end;
	trl_parse_skip_space(parse);
	if (value >= PG_INT32_MAX)
		return PG_INT32_MAX;
	if (value <= PG_INT32_MIN)
		return PG_INT32_MIN + 1;
	return (int32) value;
}

/* "index:value", and the space around it. */
static TrlSparseEntry
parse_entry(TrlParse *parse)
{
	TrlSparseEntry entry;

	/* in the text the first index is 1 */
	entry.index = parse_int(parse) - 1;
	if (*parse->at != ':')
		trl_parse_error(parse, NULL);
	parse->at++;
	entry.value = trl_parse_number(parse, INFINITY, true);
	trl_parse_skip_space(parse);
	return entry;
}

/* The entries and both braces. */
static int
parse_entries(TrlParse *parse, TrlSparseEntry *entries)
{
	int			n = 0;
	char		separator = ',';

	trl_parse_skip_space(parse);
	if (*parse->at != '{')
		trl_parse_error(parse, "Vector contents must start with \"{\".");
	parse->at++;
	trl_parse_skip_space(parse);
	if (*parse->at == '}')
		separator = *parse->at++;
	while (separator == ',')
	{
		TrlSparseEntry entry = parse_entry(parse);

		if (entry.value != 0)
			entries[n++] = entry;
		separator = *parse->at;
		if (separator != ',' && separator != '}')
			trl_parse_error(parse, NULL);
		parse->at++;
	}
	return n;
}

int
trl_sparse_parse(const char *text, TrlSparseEntry *entries, int32 *dim)
{
	TrlParse	parse = {text, "sparsevec", text};
	int			n = parse_entries(&parse, entries);

	trl_parse_skip_space(&parse);
	if (*parse.at != '/')
		trl_parse_error(&parse, "Unexpected end of input.");
	parse.at++;
	*dim = parse_int(&parse);
	if (*parse.at != '\0')
		trl_parse_error(&parse, "Junk after closing.");
	return n;
}

static int
compare_entries(const void *a, const void *b)
{
	int32		ia = ((const TrlSparseEntry *) a)->index;
	int32		ib = ((const TrlSparseEntry *) b)->index;

	return (ia > ib) - (ia < ib);
}

void
trl_sparse_sort(TrlSparseEntry *entries, int n)
{
	qsort(entries, (size_t) n, sizeof(TrlSparseEntry), compare_entries);
}
