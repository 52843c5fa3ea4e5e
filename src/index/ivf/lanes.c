/*
 * lanes.c - scans the lanes of lists for a search
 *
 * Does: read a list's units; leave out lanes that are dead, or that a filter or
 * a set of TIDs clears, before any code is read; measure the others and give
 * those below the threshold to the search's candidates.  Does not: choose
 * lists, or keep candidates in bounds (search.c).
 *
 * Locks: a share lock on a unit's first page while its pages are scanned.
 * WAL: none.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/bufmgr.h"

#include "core/compat.h"
#include "index/ivf/search.h"
#include "kernels/kernels.h"

/* One pass over a list, for lanes with bounds in [at_least, threshold). */
typedef struct ListScan
{
	uint32		probe;
	TrlListTerms terms;
	float		at_least;
	BlockNumber after;			/* the unit scanned behind the list's last */
	char	   *ahead[TRL_IVF_MAX_SPAN];	/* pages of the next unit, or NULL */
} ListScan;

/* The live lanes of a block, less those that a hint calls dead. */
static uint32
live_lanes(const TrlIvfSearch *search, Page page, int block)
{
	const TrlIvfUnit *unit = (const TrlIvfUnit *) PageGetContents(page);
	uint32		live = unit->live[block];

	if (search->skip_killed)
		live &= ~trl_ivf_killed(&search->meta, page)[block];
	return live;
}

/*
 * The lanes of each block of a unit that are to be scanned; false if a filter
 * leaves none.
 */
static bool
choose_lanes(TrlIvfSearch *search, Page page, const TrlIvfRuns *runs,
			 uint32 *lanes)
{
	bool		filtered = search->filter != NULL || search->tids != NULL;
	bool		some = false;
	int			i;

	for (i = 0; i < search->meta.unit_blocks; i++)
	{
		uint32		live = live_lanes(search, page, i);
		uint32		passed = live;

		lanes[i] = live;
		if (!filtered || live == 0)
			continue;
		if (search->filter != NULL)
			passed = trl_ivf_filter_lanes(&search->meta, runs, i,
										  search->filter, passed);
		if (search->tids != NULL && passed != 0)
			passed = trl_ivf_tids_lanes(search->tids,
										runs->heap + i * TRL_IVF_LANES, passed);
		if (!search->again)
		{
			search->counters.live += pg_popcount32(live);
			search->counters.masked += pg_popcount32(live & ~passed);
			search->counters.blocks_skipped += passed == 0;
		}
		lanes[i] = passed;
		some |= passed != 0;
	}
	return some || !filtered;
}

static void
keep_lanes(TrlIvfSearch *search, const ListScan *scan, BlockNumber unit,
		   const TrlIvfRuns *runs, int block, uint32 lanes)
{
	bool		reranked = search->meta.code_form == TRL_IVF_CODE_SIGNS;

	while (lanes != 0)
	{
		int			lane = pg_rightmost_one_pos32(lanes);
		TrlIvfCandidate *c;

		lanes &= lanes - 1;
		if (search->n_candidates == 2 * search->room)
			trl_ivf_shrink_candidates(search);

		/* the threshold may have been lowered since the block was measured */
		if (search->lower[lane] < scan->at_least ||
			search->lower[lane] >= search->threshold)
			continue;
		c = &search->candidates[search->n_candidates++];
		c->lower = search->lower[lane];
		c->probe = scan->probe;
		c->unit = unit;
		c->lane = (uint16) (block * TRL_IVF_LANES + lane);
		c->mark = reranked ? 0 : (uint16) trl_ivf_hash_tid(runs->heap[c->lane]);
		search->counters.candidates++;
	}
}

/* The codes of a block, piece by piece of what lies together. */
static void
sum_block(TrlIvfSearch *search, const ListScan *scan, Page *pages, int block,
		  uint32 *sums)
{
	const TrlIvfMeta *meta = &search->meta;
	int			granules = TRL_IVF_GRANULES(meta);
	int			done = 0;

	memset(sums, 0, sizeof(uint32) * TRL_LANES);
	while (done < granules)
	{
		TrlIvfPlace place = trl_ivf_granule_place(meta, block * granules + done);
		int			count = Min(place.granules, granules - done);
		int			groups = count * (TRL_IVF_GRANULE / TRL_GROUP_BYTES);
		const uint8 *codes = (uint8 *) PageGetContents(pages[place.page]) +
		place.offset;
		const uint8 *ahead = scan->ahead[place.page] == NULL ? codes :
		(uint8 *) scan->ahead[place.page] + place.offset;

		trl_scan_kernels->scan_codes(codes, search->tables + done * TRL_IVF_GRANULE,
									 groups, ahead, sums);
		done += count;
	}
}

/*
 * Counts the lanes of a block that hold rows and are within the distance that
 * is asked for, by their codes, and how many were expected to be.
 */
static void
count_within(TrlIvfSearch *search, const ListScan *scan, const uint32 *sums,
			 const TrlLaneFactors *factors, uint32 rows)
{
	TrlListTerms terms = scan->terms;
	uint32		within = 0;
	int			i;

	if (search->meta.code_form == TRL_IVF_CODE_SIGNS)
	{
		float		distances[TRL_LANES];

		terms.error = 0;
		within = trl_scan_kernels->lanes_below(sums, factors, &terms,
											   search->within, distances);
	}
	else
	{
		for (i = 0; i < TRL_LANES; i++)
			within |= (uint32) (search->lower[i] <= search->within) << i;
	}
	search->n_within += pg_popcount32(within & rows);
	search->n_expected += search->probes[scan->probe].yield * pg_popcount32(rows);
}

/*
 * The live lanes of a block that are below the threshold; "rows" are those that
 * hold any, whether of interest or not.
 */
static uint32
block_below(TrlIvfSearch *search, const ListScan *scan, Page *pages,
			const TrlIvfRuns *runs, int block, uint32 live, uint32 rows)
{
	bool		counts = search->counts && !search->again;
	uint32		below;
	int			first = block * TRL_IVF_LANES;
	TrlLaneFactors factors = {
		runs->add + first, runs->rescale + first, runs->error + first
	};
	uint32		sums[TRL_LANES];

	search->counters.lanes += TRL_LANES;
	if (search->meta.code_form == TRL_IVF_CODE_NONE)
	{
		/* only lanes of interest are measured */
		below = trl_ivf_exact_l1(search, pages[0], block, live);
		if (counts)
			count_within(search, scan, NULL, NULL, live);
		return below;
	}
	sum_block(search, scan, pages, block, sums);
	if (search->meta.metric == TRL_IVF_JACCARD)
		below = trl_ivf_exact_jaccard(search, sums, factors.add);
	else
		below = trl_scan_kernels->lanes_below(sums, &factors, &scan->terms,
											  search->threshold, search->lower);
	if (counts)
		count_within(search, scan, sums, &factors, rows);
	return live & below;
}

/*
 * Looks where the next unit is: its codes are asked for while the ones at hand
 * are scanned, what stands before them at once.
 */
static void
look_ahead(const TrlIvfSearch *search, ListScan *scan, BlockNumber block)
{
	const TrlIvfMeta *meta = &search->meta;
	int			i;

	for (i = 0; i < meta->span; i++)
		scan->ahead[i] = block == InvalidBlockNumber ? NULL :
			trl_ivf_expect(search->index, block + i);
	if (scan->ahead[0] != NULL)
		trl_ivf_prefetch(scan->ahead[0], trl_ivf_unit_header_size(meta) +
						 (sizeof(float) + 2 * sizeof(TrlShortFloat) +
						  (search->filter == NULL ? 0 :
						   sizeof(ItemPointerData) + meta->filter_bytes)) *
						 TRL_IVF_UNIT_LANES(meta));
}

/* Scans a unit; returns the next one's block. */
static BlockNumber
scan_unit(TrlIvfSearch *search, ListScan *scan, BlockNumber block)
{
	const TrlIvfMeta *meta = &search->meta;
	Buffer		buffers[TRL_IVF_MAX_SPAN];
	Page		pages[TRL_IVF_MAX_SPAN];
	uint32		lanes[TRL_IVF_MAX_BLOCKS];
	TrlIvfRuns	runs;
	BlockNumber next;
	uint32		id = search->probes[scan->probe].id;
	int			read = 1;
	bool		some;
	int			i;

	buffers[0] = trl_ivf_read_list(search->index, block, TRL_IVF_POSTING, id,
								   BUFFER_LOCK_SHARE);
	pages[0] = BufferGetPage(buffers[0]);
	runs = trl_ivf_runs(meta, (TrlIvfUnit *) PageGetContents(pages[0]));
	some = choose_lanes(search, pages[0], &runs, lanes);
	for (; some && read < meta->span; read++)
	{
		buffers[read] = trl_ivf_read_list(search->index, block + read,
										  TRL_IVF_CODES, id, BUFFER_LOCK_SHARE);
		pages[read] = BufferGetPage(buffers[read]);
	}
	next = TrlIvfPageOpaque(pages[0])->next;
	look_ahead(search, scan, next != InvalidBlockNumber ? next : scan->after);

	for (i = 0; i < meta->unit_blocks && some; i++)
	{
		uint32		live = lanes[i];

		if (live == 0)
			continue;
		live = block_below(search, scan, pages, &runs, i, live,
						   live_lanes(search, pages[0], i));
		if (live != 0)
			keep_lanes(search, scan, block, &runs, i, live);
	}
	for (i = read - 1; i >= 0; i--)
		UnlockReleaseBuffer(buffers[i]);
	return next;
}

void
trl_ivf_scan_list(TrlIvfSearch *search, uint32 probe, float at_least)
{
	TrlIvfProbe *p = &search->probes[probe];
	BlockNumber block = search->first[p->list];
	ListScan	scan = {
		.probe = probe,
		.terms = {
			.scale = search->scale,
			.offset = search->offset,
			.add = p->add,
			.error = search->caution * sqrtf(Max(p->distance, 0)),
		},
		.at_least = at_least,
		.after = InvalidBlockNumber,
	};

	if (probe + 1 < search->known)
		scan.after = search->first[search->probes[probe + 1].list];
	if (search->meta.code_form == TRL_IVF_CODE_BITS)
	{
		/* the distance is exact, whatever the centroid */
		scan.terms.add = search->set;
		scan.terms.error = 0;
	}
	else if (search->meta.code_form == TRL_IVF_CODE_NONE)
		trl_ivf_exact_center(search, p);
	while (block != InvalidBlockNumber)
	{
		CHECK_FOR_INTERRUPTS();
		block = scan_unit(search, &scan, block);
	}
}
