/*
 * tids.c - a set of TIDs that a search is confined to
 *
 * A bit per block of the table says whether any of its tuples are in the set,
 * which is the answer for most lanes where the set is small.  Pages come in
 * ascending order, so that the number of bits before a block's is the place of
 * its tuples in an array.
 *
 * Locks and WAL: none.  Memory: 1.5 bits per block of the table, and 44 bytes
 * per block with tuples in the set.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "index/ivf/tids.h"

/* Offsets of a page that have a bit; with greater ones all are in the set. */
#define PAGE_WORDS 5
#define PAGE_OFFSETS (64 * PAGE_WORDS)

typedef struct PageTids
{
	uint64		bits[PAGE_WORDS];
} PageTids;

struct TrlIvfTids
{
	BlockNumber blocks;
	BlockNumber last;			/* added */
	uint64	   *some;			/* per block: has tuples in the set */
	uint32	   *before;			/* pages before those of each word of it */
	PageTids   *pages;
	uint32		n_pages;
	uint32		room;
};

TrlIvfTids *
trl_ivf_tids_create(BlockNumber blocks)
{
	TrlIvfTids *tids = palloc0(sizeof(TrlIvfTids));
	Size		words = (Size) blocks / 64 + 1;

	tids->blocks = blocks;
	tids->some = palloc_extended(sizeof(uint64) * words,
								 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	tids->before = palloc_extended(sizeof(uint32) * words,
								   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	tids->room = 64;
	tids->pages = palloc(sizeof(PageTids) * tids->room);
	return tids;
}

void
trl_ivf_tids_add(TrlIvfTids *tids, BlockNumber block,
				 const OffsetNumber *offsets, int n)
{
	PageTids   *page;
	int			i;

	/* the table has grown since: of no interest to this snapshot */
	if (block >= tids->blocks)
		return;
	if (tids->n_pages > 0 && block <= tids->last)
		elog(ERROR, "pages of a bitmap are not in order");
	tids->last = block;
	if (tids->n_pages == tids->room)
	{
		tids->room *= 2;
		tids->pages = repalloc_huge(tids->pages, sizeof(PageTids) * tids->room);
	}
	if (tids->some[block / 64] == 0)
		tids->before[block / 64] = tids->n_pages;
	tids->some[block / 64] |= UINT64CONST(1) << (block % 64);
	page = &tids->pages[tids->n_pages++];
	memset(page, n < 0 ? 0xFF : 0, sizeof(PageTids));
	for (i = 0; i < n; i++)
	{
		int			bit = offsets[i] - FirstOffsetNumber;

		if (bit >= PAGE_OFFSETS)
			memset(page, 0xFF, sizeof(PageTids));
		else
			page->bits[bit / 64] |= UINT64CONST(1) << (bit % 64);
	}
}

bool
trl_ivf_tids_has(const TrlIvfTids *tids, const ItemPointerData *tid)
{
	BlockNumber block = ItemPointerGetBlockNumberNoCheck(tid);
	int			bit = ItemPointerGetOffsetNumberNoCheck(tid) - FirstOffsetNumber;
	uint64		word;
	uint64		below;
	const PageTids *page;

	if (block >= tids->blocks)
		return false;
	word = tids->some[block / 64];
	if ((word >> (block % 64) & 1) == 0)
		return false;
	below = word & ((UINT64CONST(1) << (block % 64)) - 1);
	page = &tids->pages[tids->before[block / 64] + pg_popcount64(below)];

	/* beyond the bits: of a page that is in the set as a whole, or not */
	if (bit >= PAGE_OFFSETS)
		return page->bits[PAGE_WORDS - 1] == PG_UINT64_MAX;
	return (page->bits[bit / 64] >> (bit % 64) & 1) != 0;
}

uint32
trl_ivf_tids_lanes(const TrlIvfTids *tids, const ItemPointerData *heap,
				   uint32 lanes)
{
	uint32		passed = 0;

	while (lanes != 0)
	{
		int			lane = pg_rightmost_one_pos32(lanes);

		lanes &= lanes - 1;
		if (trl_ivf_tids_has(tids, &heap[lane]))
			passed |= 1u << lane;
	}
	return passed;
}
