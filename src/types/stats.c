/*
 * stats.c - what ANALYZE keeps about a column of vectors
 *
 * The share of NULLs, the width and the number of distinct values.  No list
 * of common values and no histogram: nobody asks for a range of vectors, and
 * a hundred of them would fill pg_statistic, are read at every planning and
 * take a sort of the sample.
 *
 * The number of distinct values is estimated as the server's own ANALYZE
 * does, by Haas and Stokes (IBM Research Report RJ 10025), over hashes of
 * the stored bytes.  Values stored out of line are not read, but taken as
 * distinct.
 *
 * Locks and WAL: ANALYZE's own.  Memory: one hash per sampled row.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_statistic.h"
#include "commands/vacuum.h"
#include "common/hashfn.h"

#include "core/compat.h"

TRL_FUNCTION(trl_vector_typanalyze);

/* What one pass over the sample found. */
typedef struct Sample
{
	int			rows;			/* all of them */
	int			nulls;
	int			unread;			/* stored out of line */
	double		width;			/* sum over those that are not NULL */
	uint64	   *hashes;			/* of the others */
	int			n_hashes;
	int			distinct;		/* distinct hashes */
	int			repeated;		/* hashes that occur more than once */
} Sample;

static int
compare_hashes(const void *left, const void *right)
{
	uint64		a = *(const uint64 *) left;
	uint64		b = *(const uint64 *) right;

	return (a > b) - (a < b);
}

static void
count_distinct(Sample *sample)
{
	int			i = 0;

	qsort(sample->hashes, sample->n_hashes, sizeof(uint64), compare_hashes);
	while (i < sample->n_hashes)
	{
		int			end = i + 1;

		while (end < sample->n_hashes && sample->hashes[end] == sample->hashes[i])
			end++;
		sample->distinct++;
		sample->repeated += (end - i > 1);
		i = end;
	}
}

static void
add_value(Sample *sample, struct varlena *stored)
{
	struct varlena *value;

	sample->width += VARSIZE_ANY(stored);
	if (VARATT_IS_EXTERNAL(stored))
	{
		sample->unread++;
		return;
	}
	value = PG_DETOAST_DATUM_PACKED(PointerGetDatum(stored));
	sample->hashes[sample->n_hashes++] =
		hash_bytes_extended((unsigned char *) VARDATA_ANY(value),
							(int) VARSIZE_ANY_EXHDR(value), 0);
	if (value != stored)
		pfree(value);
}

/*
 * pg_statistic.stadistinct: the number, or where it seems to grow with the
 * table its negative share of the rows.
 */
static double
estimate_distinct(const Sample *sample, double total_rows)
{
	double		n = sample->rows - sample->nulls;
	double		null_share = (double) sample->nulls / sample->rows;
	double		n_total = total_rows * (1.0 - null_share);
	double		once = sample->distinct - sample->repeated + sample->unread;
	double		seen = once + sample->repeated;
	double		estimate;

	if (sample->repeated == 0)
		return -1.0 * (1.0 - null_share);
	if (once == 0)
		return seen;

	estimate = n * seen / ((n - once) + once * n / Max(n_total, n));
	estimate = floor(Min(Max(estimate, seen), n_total) + 0.5);
	if (estimate > 0.1 * total_rows)
		return -(estimate / total_rows);
	return estimate;
}

static void
compute_stats(VacAttrStats *stats, AnalyzeAttrFetchFunc fetch, int rows,
			  double total_rows)
{
	Sample		sample = {.rows = rows};
	int			i;

	sample.hashes = (uint64 *) palloc(sizeof(uint64) * Max(rows, 1));
	for (i = 0; i < rows; i++)
	{
		bool		isnull;
		Datum		value;

		trl_analyze_delay_point();
		value = fetch(stats, i, &isnull);
		if (isnull)
			sample.nulls++;
		else
			add_value(&sample, (struct varlena *) DatumGetPointer(value));
	}
	if (rows == 0)
		return;

	stats->stats_valid = true;
	stats->stanullfrac = (float4) ((double) sample.nulls / rows);
	if (sample.nulls == rows)
	{
		stats->stawidth = 0;	/* unknown */
		stats->stadistinct = 0.0;	/* unknown */
		return;
	}
	count_distinct(&sample);
	stats->stawidth = (int32) (sample.width / (rows - sample.nulls));
	stats->stadistinct = (float4) estimate_distinct(&sample, total_rows);
}

Datum
trl_vector_typanalyze(PG_FUNCTION_ARGS)
{
	VacAttrStats *stats = (VacAttrStats *) PG_GETARG_POINTER(0);
	int			target = trl_statistics_target(stats);

	if (target < 0)
		target = default_statistics_target;
	stats->compute_stats = compute_stats;
	stats->minrows = 300 * target;	/* as the server's own */
	PG_RETURN_BOOL(true);
}
