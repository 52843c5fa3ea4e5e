/*
 * page.c - reads, checks and makes the pages of an ivf index
 *
 * Locks and WAL: says per function; nothing here writes WAL.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "common/hashfn.h"
#include "storage/buf_internals.h"
#include "storage/bufmgr.h"
#include "storage/indexfsm.h"
#include "storage/lmgr.h"
#include "utils/rel.h"

#include "core/compat.h"
#include "index/ivf/ivf.h"

void
trl_ivf_page_init(Page page, TrlIvfPageKind kind, Size size, uint32 id)
{
	TrlIvfOpaque *opaque;

	PageInit(page, BLCKSZ, sizeof(TrlIvfOpaque));
	memset(PageGetContents(page), 0, size);
	((PageHeader) page)->pd_lower =
		(LocationIndex) (PageGetContents(page) - (char *) page + size);
	opaque = TrlIvfPageOpaque(page);
	opaque->next = InvalidBlockNumber;
	opaque->list = id;
	opaque->kind = (uint16) kind;
	opaque->flags = 0;
	opaque->unused = 0;
	opaque->page_id = TRL_IVF_PAGE_ID;
}

static void
corrupted(Relation index, BlockNumber block, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INDEX_CORRUPTED),
			 errmsg("index \"%s\" is corrupted", RelationGetRelationName(index)),
			 errdetail("Block %u %s.", block, what),
			 errhint("Rebuild it with REINDEX.")));
}

/*
 * Where this backend has met pages lately, neighbours side by side.  A
 * search reads some hundred pages, and looking each up in the server's hash
 * table costs as much as scanning its codes.  The buffer's own tag tells
 * whether the page is still there, so an entry may be of anything.
 */
#define RECENT_PAGES 32768

static Buffer recent_pages[RECENT_PAGES];

/*
 * Look-aheads that are to ask the operating system, too: so many follow each
 * page that was not met lately.  Where all are, none costs a system call.
 */
#define ASKED_AFTER_MISS 64

static int	asked;

static inline Buffer *
recent_place(Relation index, BlockNumber block)
{
	return &recent_pages[(murmurhash32(RelationGetRelid(index)) + block) %
						 RECENT_PAGES];
}

static Buffer
read_buffer(Relation index, BlockNumber block)
{
	Buffer	   *recent = recent_place(index, block);

	/* to the server it would mean a new page */
	if (block == InvalidBlockNumber)
		corrupted(index, block, "is where a page should be");
	if (!BufferIsInvalid(*recent) && trl_read_recent(index, block, *recent))
		return *recent;
	*recent = ReadBuffer(index, block);
	asked = ASKED_AFTER_MISS;
	return *recent;
}

void
trl_ivf_ask(Relation index, BlockNumber block)
{
	Buffer	   *recent = recent_place(index, block);

	if (asked == 0 || effective_io_concurrency == 0 ||
		block == InvalidBlockNumber)
		return;
	asked--;
	if (*recent <= 0 ||
		!trl_seems_to_hold(GetBufferDescriptor(*recent - 1), index, block))
		*recent = PrefetchBuffer(index, MAIN_FORKNUM, block).recent_buffer;
}

/*
 * Nothing is pinned: should another page be there by now, only time is lost.
 */
char *
trl_ivf_expect(Relation index, BlockNumber block)
{
	Buffer		buffer;
	char	   *page;

	trl_ivf_ask(index, block);
	buffer = *recent_place(index, block);
	if (block == InvalidBlockNumber || buffer <= 0)
		return NULL;
	page = (char *) BufferGetPage(buffer);
	__builtin_prefetch(GetBufferDescriptor(buffer - 1), 1);
	__builtin_prefetch(page);
	__builtin_prefetch(page + BLCKSZ - sizeof(TrlIvfOpaque));
	return PageGetContents((Page) page);
}

/* Locks a page that has been read and checks that it is of the kind. */
static void
lock_and_check(Relation index, Buffer buffer, BlockNumber block,
			   TrlIvfPageKind kind, int lock_mode)
{
	Page		page = BufferGetPage(buffer);

	LockBuffer(buffer, lock_mode);
	if (PageIsNew(page))
		corrupted(index, block, "is empty");
	if (PageGetSpecialSize(page) != MAXALIGN(sizeof(TrlIvfOpaque)) ||
		TrlIvfPageOpaque(page)->page_id != TRL_IVF_PAGE_ID)
		corrupted(index, block, "is no page of an ivf index");
	if (TrlIvfPageOpaque(page)->kind != kind)
		corrupted(index, block, "is of another kind than the page before it says");
}

Buffer
trl_ivf_read(Relation index, BlockNumber block, TrlIvfPageKind kind,
			 int lock_mode)
{
	Buffer		buffer = read_buffer(index, block);

	lock_and_check(index, buffer, block, kind, lock_mode);
	return buffer;
}

/*
 * The primary frees what none of its own snapshots can need, and generic WAL
 * does not tell a standby to wait.  A list's id is never used again, so a page
 * that has been freed is known by it.
 */
void
trl_ivf_list_gone(Relation index, BlockNumber block)
{
	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("canceling statement due to conflict with recovery"),
				 errdetail("Block %u of index \"%s\" has been freed by a vacuum on the primary.",
						   block, RelationGetRelationName(index)),
				 errhint("Repeat the statement, or set hot_standby_feedback on the standby.")));
	corrupted(index, block, "is of another kind or list than the page before it says");
}

Buffer
trl_ivf_read_list(Relation index, BlockNumber block, TrlIvfPageKind kind,
				  uint32 id, int lock_mode)
{
	Buffer		buffer = read_buffer(index, block);
	TrlIvfOpaque *opaque;

	LockBuffer(buffer, lock_mode);
	opaque = TrlIvfPageOpaque(BufferGetPage(buffer));
	if (!PageIsNew(BufferGetPage(buffer)) &&
		PageGetSpecialSize(BufferGetPage(buffer)) == MAXALIGN(sizeof(TrlIvfOpaque)) &&
		opaque->page_id == TRL_IVF_PAGE_ID &&
		opaque->kind == kind && opaque->list == id)
		return buffer;

	UnlockReleaseBuffer(buffer);
	trl_ivf_list_gone(index, block);
	return InvalidBuffer;		/* not reached */
}

/* Do the filter columns add up, and are they the index's? */
static bool
filters_are_possible(Relation index, const TrlIvfMeta *meta)
{
	int			bytes = 0;
	int			i;

	if (meta->n_filters > TRL_IVF_MAX_FILTERS ||
		meta->n_filters != IndexRelationGetNumberOfKeyAttributes(index) - 1)
		return false;
	for (i = 0; i < meta->n_filters; i++)
	{
		const TrlIvfFilterColumn *column = &meta->filters[i];

		if (column->kind < TRL_IVF_FILTER_NUMBER ||
			column->kind > TRL_IVF_FILTER_TEXT_SET || column->offset != bytes ||
			(column->width != 1 && column->width != 2 && column->width != 4 &&
			 column->width != 8))
			return false;
		bytes += column->width;
	}
	return meta->filter_bytes == bytes + TRL_IVF_NULL_BYTES(meta);
}

void
trl_ivf_read_meta(Relation index, TrlIvfMeta *meta)
{
	Buffer		buffer = trl_ivf_read(index, TRL_IVF_META_BLOCK, TRL_IVF_META,
									  BUFFER_LOCK_SHARE);

	memcpy(meta, PageGetContents(BufferGetPage(buffer)), sizeof(TrlIvfMeta));
	UnlockReleaseBuffer(buffer);
	if (meta->magic != TRL_IVF_MAGIC)
		corrupted(index, TRL_IVF_META_BLOCK, "is no metapage");
	if (meta->version != TRL_IVF_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("index \"%s\" has format version %u, not %d",
						RelationGetRelationName(index), meta->version,
						TRL_IVF_VERSION),
				 errhint("Rebuild it with REINDEX.")));

	/* what sizes of arrays go by */
	if (meta->span < 1 || meta->span > TRL_IVF_MAX_SPAN ||
		meta->unit_blocks < 1 || meta->unit_blocks > TRL_IVF_MAX_BLOCKS ||
		(meta->rerank_rows < 1) != (meta->row_bits == 0) ||
		meta->row_bits > TRL_IVF_ROW_MOST_BITS ||
		meta->code_form > TRL_IVF_CODE_NONE ||
		meta->dims < 1 || meta->dims > TRL_IVF_MAX_BITS ||
		meta->column_dims < meta->dims ||
		meta->dims_padded != (int32) trl_rotation_padded(meta->dims) ||
		meta->lists_in_use > meta->lists ||
		!filters_are_possible(index, meta))
		corrupted(index, TRL_IVF_META_BLOCK, "holds impossible sizes");
}

void
trl_ivf_extend(Relation index, ForkNumber fork, int count, Buffer *buffers)
{
	int			i;

	if (count == 1 && fork == MAIN_FORKNUM)
	{
		BlockNumber block;

		while ((block = GetFreeIndexPage(index)) != InvalidBlockNumber)
		{
			/* somebody else may have taken it, or still hold it */
			buffers[0] = ReadBuffer(index, block);
			if (ConditionalLockBuffer(buffers[0]))
			{
				/* one that is in use may be without contents for a moment */
				if (PageIsNew(BufferGetPage(buffers[0])) ||
					TrlIvfPageOpaque(BufferGetPage(buffers[0]))->kind ==
					TRL_IVF_UNUSED)
					return;
				UnlockReleaseBuffer(buffers[0]);
			}
			else
				ReleaseBuffer(buffers[0]);
		}
	}

	LockRelationForExtension(index, ExclusiveLock);
	for (i = 0; i < count; i++)
	{
		buffers[i] = ReadBufferExtended(index, fork, P_NEW, RBM_NORMAL, NULL);
		LockBuffer(buffers[i], BUFFER_LOCK_EXCLUSIVE);
	}
	UnlockRelationForExtension(index, ExclusiveLock);
}
