/*
 * ivf_kernels.c - what a search of an ivf index costs in its kernels alone
 *
 * Reads an index's file and does for each query what the access method does
 * for ten neighbours, without a server: the same lists, the same lanes, the
 * same rerank rows.  Times only the calls of kernels (CPU time of the thread);
 * choosing, sorting and reading happen outside.  Prints medians over queries:
 *
 *	  probes lanes reranked  rotate table rank scan rerank  kernels
 *
 * The last six are microseconds; "kernels" is the sum but for the table of
 * sums that a query is turned into, which is not a kernel's work.
 *
 * Usage: ivf_kernels FILE QUERIES.fvecs COUNT PROBES
 *	  FILE		the index's first segment, after a checkpoint
 *	  COUNT		queries, spread evenly over the file
 *	  PROBES	lists to probe; 0: within the reach of recall 0.95
 *
 * Build: with src/index/ivf/{shape,encode,forms,reach}.c and src/kernels/ *.c, and
 * with -ffunction-sections -Wl,--gc-sections, since no server is linked
 */
#include "postgres.h"

#include <float.h>
#include <math.h>
#include <time.h>

#include "index/ivf/ivf.h"
#include "index/ivf/reach.h"
#include "kernels/kernels.h"

/* the C library's own: nothing of a server is linked */
#undef printf
#undef fprintf
#undef qsort

#define K 10

/* What the index's files ask of the server. */
double		trl_guc_target_recall = 0.95;
int			trl_guc_ivf_probes = 0;

void *
palloc(Size size)
{
	return malloc(size);
}

void
pfree(void *p)
{
	free(p);
}

enum
{
	ROTATE, TABLE, RANK, SCAN, RERANK, KERNELS, PROBES, LANES, RERANKED, COLUMNS
};

typedef struct Lane
{
	float		lower;
	float		add;			/* of its list */
	const TrlIvfRerankRow *row;
} Lane;

typedef struct IvfFile
{
	char	   *pages;
	const TrlIvfMeta *meta;
	float	   *centroids;		/* dims_padded per list */
	uint8	   *codes;
	float	   *add;
	float	   *rescale;
	BlockNumber *first;
	float	   *distances;
	uint32	   *order;
	Lane	   *lanes;
	long		n_lanes;
} IvfFile;

typedef struct IvfQuery
{
	float	   *q;
	float		sum;
	int16	   *levels;			/* of q, in whole numbers */
	uint8	   *tables;
	TrlListTerms terms;
} IvfQuery;

/* What a query touches: found out before anything is timed. */
typedef struct IvfPlan
{
	uint32	   *lists;
	uint32		probes;
	long		n_rows;
	const TrlIvfRerankRow **rows;	/* that are reranked */
	long		n_lanes;
} IvfPlan;

static IvfFile ix;

/* Results go here, so that no call can be left out. */
static volatile float sink;

static void
fail(const char *what)
{
	fprintf(stderr, "ivf_kernels: %s\n", what);
	exit(1);
}

static void *
allocate(size_t size)
{
	void	   *p = calloc(1, size + 64);

	if (p == NULL)
		fail("not enough memory");
	return p;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return 1e6 * (double) t.tv_sec + 1e-3 * (double) t.tv_nsec;
}

static char *
read_file(const char *name, long *size)
{
	FILE	   *file = fopen(name, "rb");
	char	   *bytes;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0)
		fail("a file cannot be read");
	*size = ftell(file);
	rewind(file);
	bytes = allocate((size_t) *size);
	if (fread(bytes, 1, (size_t) *size, file) != (size_t) *size)
		fail("a file cannot be read");
	fclose(file);
	return bytes;
}

static Page
page_of(BlockNumber block)
{
	return (Page) (ix.pages + (size_t) block * BLCKSZ);
}

/* ---- the index ---- */

static void
read_centroids(void)
{
	size_t		total = (size_t) ix.meta->lists * ix.meta->dims_padded;
	BlockNumber block = ix.meta->centroids;

	ix.centroids = allocate(total * sizeof(float));
	for (size_t at = 0; at < total; at += TRL_IVF_PAGE_FLOATS)
	{
		size_t		count = Min(total - at, (size_t) TRL_IVF_PAGE_FLOATS);

		memcpy(ix.centroids + at, PageGetContents(page_of(block)),
			   count * sizeof(float));
		block = TrlIvfPageOpaque(page_of(block))->next;
	}
}

static void
read_directory(void)
{
	BlockNumber block = ix.meta->directory;

	for (uint32 list = 0; list < ix.meta->lists;)
	{
		const TrlIvfListEntry *entry = (const TrlIvfListEntry *)
		PageGetContents(page_of(block));

		for (size_t i = 0; i < TRL_IVF_DIRECTORY_ENTRIES &&
			 list < ix.meta->lists; i++, list++)
			ix.first[list] = entry[i].retired == 0 ?
				entry[i].first : InvalidBlockNumber;
		block = TrlIvfPageOpaque(page_of(block))->next;
	}
}

/* The 8-bit centroids that lists are ranked by. */
static void
encode_centroids(void)
{
	int			dims = ix.meta->dims_padded;
	float	   *zero = allocate(sizeof(float) * dims);
	float	   *scratch = allocate(sizeof(float) * dims);
	uint8	   *bits = allocate(dims / 8);
	TrlIvfRerankRow *row = allocate(offsetof(TrlIvfRerankRow, codes) + dims);
	TrlIvfCode	code = {.bits = bits,.row = row};

	for (uint32 list = 0; list < ix.meta->lists; list++)
	{
		trl_ivf_encode(ix.meta, ix.centroids + (size_t) list * dims, zero,
					   scratch, &code);
		memcpy(ix.codes + (size_t) list * dims, row->codes, dims);
		ix.add[list] = row->add;
		ix.rescale[list] = row->rescale;
	}
	free(zero);
	free(scratch);
	free(bits);
	free(row);
}

static void
open_index(const char *name)
{
	long		size;
	size_t		lists;

	ix.pages = read_file(name, &size);
	if (size < BLCKSZ)
		fail("the index's file is empty");
	ix.meta = (const TrlIvfMeta *) PageGetContents(page_of(TRL_IVF_META_BLOCK));
	if (ix.meta->magic != TRL_IVF_MAGIC || ix.meta->version != TRL_IVF_VERSION)
		fail("not an ivf index of this version");
	lists = ix.meta->lists;
	ix.codes = allocate(lists * ix.meta->dims_padded);
	ix.add = allocate(lists * sizeof(float));
	ix.rescale = allocate(lists * sizeof(float));
	ix.first = allocate(lists * sizeof(BlockNumber));
	ix.distances = allocate(lists * sizeof(float));
	ix.order = allocate(lists * sizeof(uint32));
	ix.lanes = allocate((size_t) (size / BLCKSZ) * TRL_IVF_MAX_BLOCKS *
						TRL_IVF_LANES * sizeof(Lane));
	read_centroids();
	read_directory();
	encode_centroids();
}

/* Lists within the calibrated reach; all are in order. */
static uint32
calibrated_probes(void)
{
	TrlIvfSpread spread = trl_ivf_spread(ix.distances, ix.meta->lists);
	float		reach = trl_ivf_reach(ix.meta, TRL_IVF_K_10);
	uint32		probes = 1;

	while (probes < ix.meta->lists_in_use &&
		   trl_ivf_list_place(&spread, ix.distances[ix.order[probes]], probes) <= reach)
		probes++;
	return probes;
}

/* ---- a query ---- */

/* A group's sums at the bits of 0 ... 15, in 8 bits. */
static void
make_tables(IvfQuery *query)
{
	int			groups = TRL_IVF_GROUPS(ix.meta);
	float		widest = 0;
	float		least_sum = 0;

	for (int pass = 0; pass < 2; pass++)
	{
		float		inverse = widest > 0 ? 255 / widest : 0;

		for (int g = 0; g < groups; g++)
		{
			const float *q = query->q + g * TRL_GROUP_DIMS;
			float		sums[TRL_GROUP_BYTES] = {0};
			float		least = 0;
			float		greatest = 0;

			for (int i = 0; i < TRL_GROUP_DIMS; i++)
			{
				least += Min(q[i], 0);
				greatest += Max(q[i], 0);
				for (int j = 0; j < 1 << i; j++)
					sums[(1 << i) + j] = sums[j] + q[i];
			}
			if (pass == 0)
			{
				widest = Max(widest, greatest - least);
				least_sum += least;
				continue;
			}
			for (int i = 0; i < TRL_GROUP_BYTES; i++)
				query->tables[g * TRL_GROUP_BYTES + i] =
					(uint8) ((sums[i] - least) * inverse + 0.5f);
		}
	}
	query->terms.scale = widest / 255;
	query->terms.offset = least_sum - 0.5f * query->sum;
}

static int
compare_lists(const void *left, const void *right)
{
	float		a = ix.distances[*(const uint32 *) left];
	float		b = ix.distances[*(const uint32 *) right];

	return (a > b) - (a < b);
}

static void
rank_lists(const IvfQuery *query)
{
	int			dims = ix.meta->dims_padded;

	for (uint32 i = 0; i < ix.meta->lists; i++)
	{
		float		dot = (float) trl_scan_kernels->u8_s16_dot(ix.codes + (size_t) i * dims,
															   query->levels, dims);

		ix.distances[i] = ix.first[i] == InvalidBlockNumber ? FLT_MAX :
			ix.add[i] + ix.rescale[i] * (dot - 127.5f * query->sum);
	}
}

static void
keep_block(const TrlIvfUnit *unit, int block, const float *lower, float add)
{
	for (int lane = 0; lane < TRL_LANES; lane++)
	{
		int			place = block * TRL_LANES + lane;
		Page		page;

		if ((unit->live[block] >> lane & 1) == 0)
			continue;
		page = page_of(unit->rerank[place / ix.meta->rerank_rows]);
		ix.lanes[ix.n_lanes++] = (Lane)
		{
			lower[lane], add, (const TrlIvfRerankRow *)
				(PageGetContents(page) + trl_ivf_rerank_size(ix.meta) *
				 (place % ix.meta->rerank_rows))
		};
	}
}

static void
scan_block(const IvfQuery *query, TrlIvfUnit *unit, BlockNumber first,
		   BlockNumber next, int block, float *lower)
{
	const TrlIvfMeta *meta = ix.meta;
	TrlIvfRuns	runs = trl_ivf_runs(meta, unit);
	TrlLaneFactors factors = {
		runs.add + block * TRL_LANES, runs.rescale + block * TRL_LANES,
		runs.error + block * TRL_LANES
	};
	int			granules = TRL_IVF_GRANULES(meta);
	uint32		sums[TRL_LANES] = {0};
	int			done = 0;

	while (done < granules)
	{
		TrlIvfPlace place = trl_ivf_granule_place(meta, block * granules + done);
		int			count = Min(place.granules, granules - done);

		const uint8 *codes = (uint8 *) PageGetContents(page_of(first + place.page)) +
		place.offset;

		trl_scan_kernels->scan_codes(codes, query->tables + done * TRL_IVF_GRANULE,
									 count * (TRL_IVF_GRANULE / TRL_GROUP_BYTES),
									 next == InvalidBlockNumber ? codes :
									 (uint8 *) PageGetContents(page_of(next + place.page)) +
									 place.offset, sums);
		done += count;
	}
	sink = (float) trl_scan_kernels->lanes_below(sums, &factors, &query->terms,
												 FLT_MAX, lower);
}

/* The true terms of a list; a search has them from its ranking. */
static void
measure_list(IvfQuery *query, uint32 list)
{
	int			dims = ix.meta->dims_padded;
	const float *centroid = ix.centroids + (size_t) list * dims;
	float		distance = trl_kernels->f32_l2_squared(query->q, centroid, dims);

	query->terms.add = ix.meta->metric == TRL_IVF_IP ?
		-trl_kernels->f32_dot(query->q, centroid, dims) : distance;
	query->terms.error = sqrtf(Max(distance, 0));
}

/* Scans a list, with what is scanned "after" it; keeps its lanes if asked to. */
static void
scan_list(IvfQuery *query, uint32 list, BlockNumber after, bool keep)
{
	BlockNumber block = ix.first[list];
	float		lower[TRL_LANES];

	while (block != InvalidBlockNumber)
	{
		TrlIvfUnit *unit = (TrlIvfUnit *) PageGetContents(page_of(block));
		BlockNumber next = TrlIvfPageOpaque(page_of(block))->next;

		if (next == InvalidBlockNumber)
			next = after;

		for (int i = 0; i < ix.meta->unit_blocks; i++)
		{
			if (unit->live[i] == 0)
				continue;
			scan_block(query, unit, block, next, i, lower);
			if (keep)
				keep_block(unit, i, lower, query->terms.add);
		}
		block = TrlIvfPageOpaque(page_of(block))->next;
	}
}

static int
compare_lanes(const void *left, const void *right)
{
	float		a = ((const Lane *) left)->lower;
	float		b = ((const Lane *) right)->lower;

	return (a > b) - (a < b);
}

/* How many lanes, in order, are reranked before K rows are certain. */
static long
count_reranked(const IvfQuery *query)
{
	float		best[K];
	int			n = 0;
	long		i;

	for (i = 0; i < ix.n_lanes; i++)
	{
		const TrlIvfRerankRow *row = ix.lanes[i].row;
		float		d;
		int			at;

		if (n == K && best[K - 1] <= ix.lanes[i].lower)
			break;
		d = ix.lanes[i].add + row->add + row->rescale *
			(trl_scan_kernels->u8_dot(row->codes, query->q, ix.meta->dims_padded) -
			 127.5f * query->sum);
		if (n == K && d >= best[K - 1])
			continue;
		at = n < K ? n++ : K - 1;
		for (; at > 0 && best[at - 1] > d; at--)
			best[at] = best[at - 1];
		best[at] = d;
	}
	return i;
}

static void
turn_query(IvfQuery *query, const float *vector, double *figures)
{
	double		t[3];

	t[0] = now();
	trl_rotate(ix.meta->seed, vector, ix.meta->dims, query->q);
	t[1] = now();
	query->sum = 0;
	for (int i = 0; i < ix.meta->dims_padded; i++)
	{
		query->sum += query->q[i];
		query->levels[i] = (int16) (query->q[i] * 127 * 64 / ix.meta->dims_padded);
	}
	make_tables(query);
	t[2] = now();
	figures[ROTATE] = t[1] - t[0];
	figures[TABLE] = t[2] - t[1];
}

static void
plan_search(const float *vector, uint32 probes, IvfQuery *query, IvfPlan *plan)
{
	double		ignored[COLUMNS];

	turn_query(query, vector, ignored);
	ix.n_lanes = 0;
	for (uint32 i = 0; i < ix.meta->lists; i++)
	{
		const float *centroid = ix.centroids + (size_t) i * ix.meta->dims_padded;

		ix.order[i] = i;
		ix.distances[i] = ix.first[i] == InvalidBlockNumber ? FLT_MAX :
			ix.meta->metric == TRL_IVF_IP ?
			-trl_kernels->f32_dot(query->q, centroid, ix.meta->dims_padded) :
			trl_kernels->f32_l2_squared(query->q, centroid, ix.meta->dims_padded);
	}
	qsort(ix.order, ix.meta->lists, sizeof(uint32), compare_lists);
	plan->probes = probes > 0 ? Min(probes, ix.meta->lists_in_use) :
		calibrated_probes();
	for (uint32 i = 0; i < plan->probes; i++)
	{
		measure_list(query, ix.order[i]);
		scan_list(query, ix.order[i], InvalidBlockNumber, true);
	}
	qsort(ix.lanes, (size_t) ix.n_lanes, sizeof(Lane), compare_lanes);

	plan->lists = allocate(plan->probes * sizeof(uint32));
	memcpy(plan->lists, ix.order, plan->probes * sizeof(uint32));
	plan->n_lanes = ix.n_lanes;
	plan->n_rows = count_reranked(query);
	plan->rows = allocate((size_t) plan->n_rows * sizeof(plan->rows[0]));
	for (long i = 0; i < plan->n_rows; i++)
		plan->rows[i] = ix.lanes[i].row;
}

static void
measure(const float *vector, IvfQuery *query, const IvfPlan *plan, double *figures)
{
	int			dims = ix.meta->dims_padded;
	double		t[4];

	turn_query(query, vector, figures);
	t[0] = now();
	rank_lists(query);
	t[1] = now();
	for (uint32 i = 0; i < plan->probes; i++)
		scan_list(query, plan->lists[i], i + 1 < plan->probes ?
				  ix.first[plan->lists[i + 1]] : InvalidBlockNumber, false);
	t[2] = now();
	for (long i = 0; i < plan->n_rows; i++)
		sink = trl_scan_kernels->u8_dot(plan->rows[i]->codes, query->q, dims);
	t[3] = now();
	figures[RANK] = t[1] - t[0];
	figures[SCAN] = t[2] - t[1];
	figures[RERANK] = t[3] - t[2];
	figures[KERNELS] = figures[ROTATE] + figures[RANK] + figures[SCAN] +
		figures[RERANK];
	figures[PROBES] = plan->probes;
	figures[LANES] = (double) plan->n_lanes;
	figures[RERANKED] = (double) plan->n_rows;
}

static int
compare_doubles(const void *left, const void *right)
{
	double		a = *(const double *) left;
	double		b = *(const double *) right;

	return (a > b) - (a < b);
}

static double
median(const double *figures, long n, int column)
{
	double	   *all = allocate(sizeof(double) * (size_t) n);
	double		result;

	for (long i = 0; i < n; i++)
		all[i] = figures[i * COLUMNS + column];
	qsort(all, (size_t) n, sizeof(double), compare_doubles);
	result = all[n / 2];
	free(all);
	return result;
}

/* The queries' vectors, normalised where the index's are. */
static float *
read_queries(const char *name, long *count)
{
	int			dims = ix.meta->dims;
	long		size;
	char	   *bytes = read_file(name, &size);
	long		row_size = 4 + 4 * (long) dims;
	long		total = size / row_size;
	float	   *vectors;

	*count = Min(Max(*count, 1), total);
	vectors = allocate(sizeof(float) * dims * (size_t) *count);
	for (long i = 0; i < *count; i++)
	{
		float	   *vector = vectors + i * dims;
		double		norm = 0;

		memcpy(vector, bytes + i * (total / *count) * row_size + 4,
			   sizeof(float) * dims);
		for (int j = 0; j < dims; j++)
			norm += (double) vector[j] * vector[j];
		for (int j = 0; ix.meta->metric == TRL_IVF_COSINE && j < dims; j++)
			vector[j] = (float) (vector[j] / sqrt(norm));
	}
	free(bytes);
	return vectors;
}

int
main(int argc, char **argv)
{
	static const int order[] = {LANES, RERANKED, ROTATE, TABLE, RANK, SCAN,
	RERANK, KERNELS};
	IvfQuery	query = {0};
	long		count;
	uint32		probes;
	double	   *figures;
	float	   *vectors;
	IvfPlan    *plans;

	if (argc != 5)
		fail("usage: ivf_kernels FILE QUERIES.fvecs COUNT PROBES");
	trl_kernels_init();
	open_index(argv[1]);
	count = atol(argv[3]);
	vectors = read_queries(argv[2], &count);
	probes = (uint32) Max(atoi(argv[4]), 0);
	query.q = allocate(sizeof(float) * ix.meta->dims_padded);
	query.levels = allocate(sizeof(int16) * ix.meta->dims_padded);
	query.tables = allocate(TRL_IVF_GROUPS(ix.meta) * TRL_GROUP_BYTES);
	figures = allocate(sizeof(double) * COLUMNS * (size_t) count);
	plans = allocate(sizeof(IvfPlan) * (size_t) count);

	for (long i = 0; i < count; i++)
		plan_search(vectors + i * ix.meta->dims, probes, &query, &plans[i]);
	for (long i = 0; i < count; i++)
		measure(vectors + i * ix.meta->dims, &query, &plans[i],
				figures + i * COLUMNS);
	printf("%.0f", median(figures, count, PROBES));
	for (size_t i = 0; i < lengthof(order); i++)
		printf(" %.1f", median(figures, count, order[i]));
	printf("\n");
	return 0;
}
