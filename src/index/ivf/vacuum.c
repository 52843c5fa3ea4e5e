/*
 * vacuum.c - takes dead rows out of an ivf index
 *
 * Clears their lanes' bits; reads the first pages of units only, list by list.
 * Lanes are not moved.  A list whose units have free lanes takes inserts from
 * its first such unit on.
 *
 * Locks: a share lock on a unit's first page while its TIDs are asked about,
 * an exclusive one to clear bits.  A scan that has read a TID before may fetch
 * a row that has taken its place: never one that its MVCC snapshot sees.
 * WAL: one generic record per changed page.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "commands/vacuum.h"
#include "storage/bufmgr.h"
#include "storage/indexfsm.h"
#include "storage/lmgr.h"

#include "core/compat.h"
#include "index/ivf/cache.h"
#include "index/ivf/maintain.h"
#include "index/ivf/methods.h"

typedef struct Vacuum
{
	IndexVacuumInfo *info;
	IndexBulkDeleteResult *stats;
	IndexBulkDeleteCallback callback;
	void	   *callback_state;
	TrlIvfMeta	meta;

	/* of the list at hand */
	uint32		rows;
	uint32		units;
	BlockNumber first_free;		/* unit with a free lane */
} Vacuum;

static Buffer
read_page(Vacuum *v, BlockNumber block, TrlIvfPageKind kind, int mode)
{
	trl_vacuum_delay_point();
	return trl_ivf_read(v->info->index, block, kind, mode);
}

/* Which lanes of a block hold dead rows. */
static uint32
dead_lanes(Vacuum *v, uint32 live, ItemPointerData *heap)
{
	uint32		dead = 0;
	int			lane;

	for (lane = 0; lane < TRL_IVF_LANES; lane++)
	{
		if ((live & (1u << lane)) != 0 &&
			v->callback(&heap[lane], v->callback_state))
			dead |= 1u << lane;
	}
	return dead;
}

/* Clears what is dead in a unit; counts; returns the next one's block. */
static BlockNumber
vacuum_unit(Vacuum *v, BlockNumber block)
{
	Buffer		buffer = read_page(v, block, TRL_IVF_POSTING,
								   BUFFER_LOCK_EXCLUSIVE);
	Page		page = BufferGetPage(buffer);
	TrlIvfUnit *unit = (TrlIvfUnit *) PageGetContents(page);
	TrlIvfRuns	runs = trl_ivf_runs(&v->meta, unit);
	BlockNumber next = TrlIvfPageOpaque(page)->next;
	uint32		dead[TRL_IVF_MAX_BLOCKS] = {0};
	bool		changed = false;
	bool		has_free = false;
	int			i;

	for (i = 0; i < v->meta.unit_blocks; i++)
	{
		if (v->callback != NULL)
			dead[i] = dead_lanes(v, unit->live[i], runs.heap + i * TRL_IVF_LANES);
		changed |= dead[i] != 0;
		v->rows += pg_popcount32(unit->live[i] & ~dead[i]);
		v->stats->tuples_removed += pg_popcount32(dead[i]);
		has_free |= (unit->live[i] & ~dead[i]) != 0xFFFFFFFF;
	}
	if (changed)
	{
		GenericXLogState *state = GenericXLogStart(v->info->index);

		unit = (TrlIvfUnit *)
			PageGetContents(GenericXLogRegisterBuffer(state, buffer, 0));
		for (i = 0; i < v->meta.unit_blocks; i++)
			unit->live[i] &= ~dead[i];
		GenericXLogFinish(state);
	}
	UnlockReleaseBuffer(buffer);
	if (has_free && v->first_free == InvalidBlockNumber)
		v->first_free = block;
	v->units++;
	return next;
}

/* Writes down what a pass over a list has found. */
static void
update_entry(Vacuum *v, Buffer directory, int place)
{
	GenericXLogState *state = GenericXLogStart(v->info->index);
	TrlIvfListEntry *entry = (TrlIvfListEntry *)
	PageGetContents(GenericXLogRegisterBuffer(state, directory, 0)) + place;

	entry->rows = v->rows;
	if (v->first_free != InvalidBlockNumber)
		entry->insert = v->first_free;
	GenericXLogFinish(state);
}

static void
vacuum_list(Vacuum *v, BlockNumber directory_block, int place)
{
	Buffer		directory = read_page(v, directory_block, TRL_IVF_DIRECTORY,
									  BUFFER_LOCK_SHARE);
	TrlIvfListEntry entry =
	((TrlIvfListEntry *) PageGetContents(BufferGetPage(directory)))[place];
	BlockNumber block = entry.first;

	LockBuffer(directory, BUFFER_LOCK_UNLOCK);
	if (entry.retired != 0)
	{
		ReleaseBuffer(directory);
		return;
	}
	v->rows = v->units = 0;
	v->first_free = InvalidBlockNumber;
	while (block != InvalidBlockNumber)
		block = vacuum_unit(v, block);
	if (v->rows != entry.rows)
	{
		LockBuffer(directory, BUFFER_LOCK_EXCLUSIVE);
		update_entry(v, directory, place);
		LockBuffer(directory, BUFFER_LOCK_UNLOCK);
	}
	ReleaseBuffer(directory);
	v->stats->num_index_tuples += v->rows;
}

/* Takes dead rows out of a chain of bare TIDs. */
static void
vacuum_tail(Vacuum *v, BlockNumber block)
{
	while (block != InvalidBlockNumber)
	{
		Buffer		buffer = read_page(v, block, TRL_IVF_TAIL,
									   BUFFER_LOCK_EXCLUSIVE);
		GenericXLogState *state = GenericXLogStart(v->info->index);
		Page		page = GenericXLogRegisterBuffer(state, buffer, 0);
		TrlIvfTail *tail = (TrlIvfTail *) PageGetContents(page);
		uint32		kept = 0;
		uint32		i;

		for (i = 0; i < tail->count; i++)
		{
			if (v->callback == NULL ||
				!v->callback(&tail->heap[i], v->callback_state))
				tail->heap[kept++] = tail->heap[i];
		}
		block = TrlIvfPageOpaque(page)->next;
		v->stats->num_index_tuples += kept;
		v->stats->tuples_removed += tail->count - kept;
		if (kept < tail->count)
		{
			((PageHeader) page)->pd_lower -=
				sizeof(ItemPointerData) * (tail->count - kept);
			tail->count = kept;
			GenericXLogFinish(state);
		}
		else
			GenericXLogAbort(state);
		UnlockReleaseBuffer(buffer);
	}
}

/* One pass over all TIDs; without a callback it only counts. */
static void
vacuum_pass(Vacuum *v)
{
	const TrlIvfCache *cache;
	BlockNumber *pages;
	uint32		lists;
	uint32		list;
	int			n_pages;

	/* a row that moved meanwhile could be missed */
	LockPage(v->info->index, TRL_IVF_MOVE_LOCK, ShareLock);
	cache = trl_ivf_cache(v->info->index);
	lists = cache->meta.lists;
	n_pages = (int) ((lists + TRL_IVF_DIRECTORY_ENTRIES - 1) /
					 TRL_IVF_DIRECTORY_ENTRIES);
	pages = palloc(sizeof(BlockNumber) * Max(n_pages, 1));

	/* an invalidation may drop the cache meanwhile */
	v->meta = cache->meta;
	memcpy(pages, cache->directory_blocks, sizeof(BlockNumber) * n_pages);
	v->stats->num_index_tuples = 0;
	for (list = 0; list < lists; list++)
		vacuum_list(v, pages[list / TRL_IVF_DIRECTORY_ENTRIES],
					(int) (list % TRL_IVF_DIRECTORY_ENTRIES));
	vacuum_tail(v, v->meta.tail_nan);
	vacuum_tail(v, v->meta.tail_null);
	UnlockPage(v->info->index, TRL_IVF_MOVE_LOCK, ShareLock);
	pfree(pages);
}

IndexBulkDeleteResult *
trl_ivf_bulkdelete(IndexVacuumInfo *info, IndexBulkDeleteResult *stats,
				   IndexBulkDeleteCallback callback, void *callback_state)
{
	Vacuum		v = {
		.info = info,
		.callback = callback,
		.callback_state = callback_state,
	};

	if (stats == NULL)
		stats = palloc0(sizeof(IndexBulkDeleteResult));
	v.stats = stats;
	vacuum_pass(&v);
	return stats;
}

IndexBulkDeleteResult *
trl_ivf_vacuumcleanup(IndexVacuumInfo *info, IndexBulkDeleteResult *stats)
{
	if (info->analyze_only)
		return stats;
	if (stats == NULL)
	{
		Vacuum		v = {.info = info};

		v.stats = stats = palloc0(sizeof(IndexBulkDeleteResult));
		vacuum_pass(&v);
	}
	trl_ivf_maintain(info->index, info->strategy, stats->num_index_tuples);
	stats->num_pages = RelationGetNumberOfBlocks(info->index);
	IndexFreeSpaceMapVacuum(info->index);
	return stats;
}
