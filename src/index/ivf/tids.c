/*
 * tids.c - a set of TIDs that a search is confined to
 *
 * A bit per block of the table says whether any of its tuples are in the set,
 * which is the answer for most lanes where the set is small.  Of those blocks
 * a hash table has the tuples.
 *
 * Locks and WAL: none.  Memory: a bit per block of the table, and about 100
 * bytes per block with tuples in the set.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "index/ivf/tids.h"

/* Offsets of a page that have a bit; with greater ones all are in the set. */
#define PAGE_WORDS 5
#define PAGE_OFFSETS (64 * PAGE_WORDS)

typedef struct PageTids
{
	BlockNumber block;
	char		status;
	bool		all;
	uint64		bits[PAGE_WORDS];
} PageTids;

#define SH_PREFIX pages
#define SH_ELEMENT_TYPE PageTids
#define SH_KEY_TYPE BlockNumber
#define SH_KEY block
#define SH_HASH_KEY(tb, key) murmurhash32(key)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DEFINE
#define SH_DECLARE
#include "lib/simplehash.h"

struct TrlIvfTids
{
	BlockNumber blocks;
	uint64	   *some;			/* per block: has tuples in the set */
	struct pages_hash *pages;
};

TrlIvfTids *
trl_ivf_tids_create(BlockNumber blocks)
{
	TrlIvfTids *tids = palloc(sizeof(TrlIvfTids));

	tids->blocks = blocks;
	tids->some = palloc_extended(sizeof(uint64) * (blocks / 64 + 1),
								 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	tids->pages = pages_create(CurrentMemoryContext, 256, NULL);
	return tids;
}

void
trl_ivf_tids_add(TrlIvfTids *tids, BlockNumber block,
				 const OffsetNumber * offsets, int n)
{
	PageTids   *page;
	bool		found;
	int			i;

	/* the table has grown since: of no interest to this snapshot */
	if (block >= tids->blocks)
		return;
	tids->some[block / 64] |= UINT64CONST(1) << (block % 64);
	page = pages_insert(tids->pages, block, &found);
	if (!found)
	{
		page->all = false;
		memset(page->bits, 0, sizeof(page->bits));
	}
	if (n < 0)
		page->all = true;
	for (i = 0; i < n; i++)
	{
		int			bit = offsets[i] - FirstOffsetNumber;

		if (bit >= PAGE_OFFSETS)
			page->all = true;
		else
			page->bits[bit / 64] |= UINT64CONST(1) << (bit % 64);
	}
}

static bool
page_has(const TrlIvfTids *tids, BlockNumber block, OffsetNumber offset)
{
	const PageTids *page = pages_lookup(tids->pages, block);
	int			bit = offset - FirstOffsetNumber;

	if (page == NULL)
		return false;
	if (page->all)
		return true;
	return bit < PAGE_OFFSETS && (page->bits[bit / 64] >> (bit % 64) & 1) != 0;
}

bool
trl_ivf_tids_has(const TrlIvfTids *tids, const ItemPointerData *tid)
{
	BlockNumber block = ItemPointerGetBlockNumberNoCheck(tid);

	return block < tids->blocks &&
		(tids->some[block / 64] >> (block % 64) & 1) != 0 &&
		page_has(tids, block, ItemPointerGetOffsetNumberNoCheck(tid));
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
