/*
 * write.c - lays out the pages of a new ivf index
 *
 * Does: metapage, centroids, directory; a list's units one after another, each
 * followed by its rerank pages; tails.  Every page is written once, in the
 * order of the file.  A new index is logged by the caller when it is finished,
 * lists that are added to one in use page by page.
 *
 * Locks: exclusive, on the pages at hand; nobody else knows of them yet.
 */
#include "postgres.h"

#include <math.h>

#include "access/xloginsert.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"

#include "core/compat.h"
#include "index/ivf/filter.h"
#include "index/ivf/write.h"

/* A page is complete: logs it if it has to be, and lets it go. */
static void
finish_page(TrlIvfWriter *writer, Buffer buffer)
{
	START_CRIT_SECTION();
	MarkBufferDirty(buffer);
	if (writer->logged && RelationNeedsWAL(writer->index))
		log_newpage_buffer(buffer, true);
	END_CRIT_SECTION();
	UnlockReleaseBuffer(buffer);
}

/* A new page, its buffer locked exclusively. */
static Buffer
new_page(TrlIvfWriter *writer, TrlIvfPageKind kind, Size size, uint32 list)
{
	Buffer		buffer;

	trl_ivf_extend(writer->index, writer->fork, 1, &buffer);
	trl_ivf_page_init(BufferGetPage(buffer), kind, size, list);
	MarkBufferDirty(buffer);
	return buffer;
}

/* Makes room in a page for its contents. */
static void
set_size(Page page, Size size)
{
	((PageHeader) page)->pd_lower =
		(LocationIndex) (PageGetContents(page) - (char *) page + size);
}

/* Writes count items of size bytes as a chain of pages; returns the first. */
static BlockNumber
write_chain(TrlIvfWriter *writer, TrlIvfPageKind kind, const void *items,
			Size size, uint64 count, uint64 per_page)
{
	BlockNumber first = InvalidBlockNumber;
	Buffer		previous = InvalidBuffer;
	uint64		done;

	for (done = 0; done < count; done += per_page)
	{
		uint64		here = Min(per_page, count - done);
		Buffer		buffer = new_page(writer, kind, size * here, 0);

		memcpy(PageGetContents(BufferGetPage(buffer)),
			   (const char *) items + size * done, size * here);
		if (BufferIsValid(previous))
		{
			TrlIvfPageOpaque(BufferGetPage(previous))->next =
				BufferGetBlockNumber(buffer);
			UnlockReleaseBuffer(previous);
		}
		else
			first = BufferGetBlockNumber(buffer);
		previous = buffer;
	}
	if (BufferIsValid(previous))
		UnlockReleaseBuffer(previous);
	return first;
}

static TrlIvfWriter *
make_writer(Relation index, ForkNumber fork, const TrlIvfMeta *meta,
			uint32 first, uint32 count)
{
	TrlIvfWriter *writer = palloc0(sizeof(TrlIvfWriter));
	int			lanes = TRL_IVF_UNIT_LANES(meta);
	uint32		i;

	writer->index = index;
	writer->fork = fork;
	writer->meta = *meta;
	writer->first_list = writer->list = first;
	writer->end_list = first + count;
	writer->entries = palloc0(sizeof(TrlIvfListEntry) * Max(count, 1));
	for (i = 0; i < count; i++)
		writer->entries[i].id = first + i;
	writer->heap = palloc(sizeof(ItemPointerData) * lanes);
	writer->add = palloc(sizeof(float) * lanes);
	writer->rescale = palloc(sizeof(TrlShortFloat) * lanes);
	writer->error = palloc(sizeof(TrlShortFloat) * lanes);
	writer->bits = palloc(lanes * trl_ivf_code_size(meta));
	writer->rows = palloc(trl_ivf_rerank_size(meta) * lanes);
	writer->filters = palloc((Size) meta->filter_bytes * lanes);
	writer->sum = palloc0(sizeof(float) * meta->dims_padded);
	writer->row = palloc(sizeof(float) * meta->dims_padded);
	writer->row_codes = palloc(meta->dims_padded);
	writer->codes = palloc(TRL_IVF_LANES * trl_ivf_code_size(meta));
	writer->tail_first[0] = writer->tail_first[1] = InvalidBlockNumber;
	return writer;
}

TrlIvfWriter *
trl_ivf_writer_begin(Relation index, ForkNumber fork, const TrlIvfMeta *meta,
					 const float *centroids)
{
	TrlIvfWriter *writer = make_writer(index, fork, meta, 0, meta->lists);
	Buffer		buffer;

	buffer = new_page(writer, TRL_IVF_META, sizeof(TrlIvfMeta), 0);
	Assert(BufferGetBlockNumber(buffer) == TRL_IVF_META_BLOCK);
	UnlockReleaseBuffer(buffer);
	writer->meta.next_id = meta->lists;
	writer->meta.centroids =
		write_chain(writer, TRL_IVF_CENTROID, centroids, sizeof(float),
					(uint64) meta->lists * meta->dims_padded,
					TRL_IVF_PAGE_FLOATS);
	writer->meta.directory =
		write_chain(writer, TRL_IVF_DIRECTORY, writer->entries,
					sizeof(TrlIvfListEntry), meta->lists,
					TRL_IVF_DIRECTORY_ENTRIES);
	return writer;
}

TrlIvfWriter *
trl_ivf_writer_open(Relation index, const TrlIvfMeta *meta, uint32 first,
					uint32 count)
{
	TrlIvfWriter *writer = make_writer(index, MAIN_FORKNUM, meta, first, count);

	writer->logged = true;
	return writer;
}

void
trl_ivf_init_unit_page(const TrlIvfMeta *meta, Page page, int number,
					   uint32 list)
{
	TrlIvfUnit *unit;
	int			i;

	trl_ivf_page_init(page, number == 0 ? TRL_IVF_POSTING : TRL_IVF_CODES,
					  trl_ivf_unit_page_size(meta, number), list);
	if (number > 0)
		return;
	unit = (TrlIvfUnit *) PageGetContents(page);
	for (i = 0; i < meta->rerank_pages; i++)
		unit->rerank[i] = InvalidBlockNumber;
}

/* Calls for each piece of a block's codes that lies on one page. */
static void
put_block(const TrlIvfMeta *meta, Page *pages, int block, const uint8 *codes)
{
	int			granules = TRL_IVF_GRANULES(meta);
	int			done = 0;

	while (done < granules)
	{
		TrlIvfPlace place = trl_ivf_granule_place(meta, block * granules + done);
		int			count = Min(place.granules, granules - done);

		memcpy(PageGetContents(pages[place.page]) + place.offset,
			   codes + (Size) done * TRL_IVF_GRANULE,
			   (Size) count * TRL_IVF_GRANULE);
		done += count;
	}
}

void
trl_ivf_set_lane_bits(const TrlIvfMeta *meta, Page *pages, int lane,
					  const uint8 *bits)
{
	int			granules = TRL_IVF_GRANULES(meta);
	int			block = lane / TRL_IVF_LANES;
	int			row_bytes = TRL_IVF_GRANULE_DIMS / 8;
	int			done = 0;

	while (done < granules)
	{
		TrlIvfPlace place = trl_ivf_granule_place(meta, block * granules + done);
		int			count = Min(place.granules, granules - done);

		if (pages[place.page] != NULL)
			trl_codes_set_lane((uint8 *) PageGetContents(pages[place.page]) +
							   place.offset, (Size) count * row_bytes,
							   lane % TRL_IVF_LANES, bits + done * row_bytes);
		done += count;
	}
}

void
trl_ivf_get_lane_bits(const TrlIvfMeta *meta, const Page *pages, int lane,
					  uint8 *bits)
{
	int			granules = TRL_IVF_GRANULES(meta);
	int			block = lane / TRL_IVF_LANES;
	int			row_bytes = TRL_IVF_GRANULE_DIMS / 8;
	int			done = 0;

	while (done < granules)
	{
		TrlIvfPlace place = trl_ivf_granule_place(meta, block * granules + done);
		int			count = Min(place.granules, granules - done);

		trl_codes_get_lane((uint8 *) PageGetContents(pages[place.page]) +
						   place.offset, (Size) count * row_bytes,
						   lane % TRL_IVF_LANES, bits + done * row_bytes);
		done += count;
	}
}

/* Writes the rerank rows at hand, if any; their pages go into the unit. */
static void
write_rerank(TrlIvfWriter *writer, TrlIvfUnit *unit)
{
	Size		size = trl_ivf_rerank_size(&writer->meta);
	int			per_page = writer->meta.rerank_rows;
	int			done;

	if (per_page == 0)
		return;
	for (done = 0; done < writer->n_rows; done += per_page)
	{
		int			here = Min(per_page, writer->n_rows - done);
		Buffer		buffer = new_page(writer, TRL_IVF_RERANK, size * per_page,
									  writer->list);

		memcpy(PageGetContents(BufferGetPage(buffer)),
			   writer->rows + size * done, size * here);
		unit->rerank[done / per_page] = BufferGetBlockNumber(buffer);
		finish_page(writer, buffer);
	}
}

/* Fills a unit's pages with the rows at hand. */
static void
fill_unit(TrlIvfWriter *writer, Page *pages)
{
	const TrlIvfMeta *meta = &writer->meta;
	TrlIvfUnit *unit = (TrlIvfUnit *) PageGetContents(pages[0]);
	TrlIvfRuns	runs = trl_ivf_runs(meta, unit);
	Size		row_bytes = trl_ivf_code_size(meta);
	int			n = writer->n_rows;
	int			lane;
	int			block;

	memcpy(runs.add, writer->add, sizeof(float) * n);
	memcpy(runs.rescale, writer->rescale, sizeof(TrlShortFloat) * n);
	memcpy(runs.error, writer->error, sizeof(TrlShortFloat) * n);
	memcpy(runs.heap, writer->heap, sizeof(ItemPointerData) * n);
	for (lane = 0; lane < n && meta->n_filters > 0; lane++)
		trl_ivf_filter_put(meta, &runs, lane,
						   writer->filters + (Size) meta->filter_bytes * lane);

	/* lanes beyond the last row are packed as zeros */
	memset(writer->bits + row_bytes * n, 0,
		   row_bytes * (TRL_IVF_UNIT_LANES(meta) - n));
	for (block = 0; block * TRL_IVF_LANES < n; block++)
	{
		int			here = Min(TRL_IVF_LANES, n - block * TRL_IVF_LANES);

		unit->live[block] = here == TRL_IVF_LANES ? 0xFFFFFFFF : (1u << here) - 1;
		trl_codes_pack(writer->bits + row_bytes * block * TRL_IVF_LANES,
					   row_bytes, writer->codes);
		put_block(meta, pages, block, writer->codes);
	}
}

/* The open unit is complete but for its link to the next. */
static void
close_unit(TrlIvfWriter *writer, BlockNumber next)
{
	int			i;

	if (!writer->unit_open)
		return;
	TrlIvfPageOpaque(BufferGetPage(writer->unit[0]))->next = next;
	for (i = writer->meta.span - 1; i >= 0; i--)
		finish_page(writer, writer->unit[i]);
	writer->unit_open = false;
}

/* Writes the rows at hand as a unit, also if there are none. */
static void
flush_unit(TrlIvfWriter *writer)
{
	const TrlIvfMeta *meta = &writer->meta;
	TrlIvfListEntry *entry = &writer->entries[writer->list - writer->first_list];
	Buffer		buffers[TRL_IVF_MAX_SPAN];
	Page		pages[TRL_IVF_MAX_SPAN];
	BlockNumber block;
	bool		is_first = !writer->unit_open;
	int			i;

	CHECK_FOR_INTERRUPTS();
	trl_ivf_extend(writer->index, writer->fork, meta->span, buffers);
	block = BufferGetBlockNumber(buffers[0]);
	close_unit(writer, block);
	for (i = 0; i < meta->span; i++)
	{
		pages[i] = BufferGetPage(buffers[i]);
		trl_ivf_init_unit_page(meta, pages[i], i, writer->list);
		writer->unit[i] = buffers[i];
	}
	writer->unit_open = true;
	fill_unit(writer, pages);
	write_rerank(writer, (TrlIvfUnit *) PageGetContents(pages[0]));

	if (is_first)
		entry->first = block;
	entry->insert = block;
	entry->units++;
	entry->rows += writer->n_rows;
	writer->n_rows = 0;
}

/* Rows of a list that its radius is made of, at most. */
#define MEASURED_ROWS 64

/* Adds a row to what the list's radius is made of. */
static void
measure_row(TrlIvfWriter *writer, const TrlIvfCode *code)
{
	const TrlIvfMeta *meta = &writer->meta;
	int			i;

	if (writer->n_measured >= MEASURED_ROWS)
		return;
	writer->n_measured++;
	if (meta->code_form == TRL_IVF_CODE_BITS)
	{
		trl_ivf_bits_decode(meta, code->bits, writer->row);
		for (i = 0; i < meta->dims_padded; i++)
			writer->sum[i] += writer->row[i];
	}
	else
		trl_ivf_row_decode(meta, code->row, NULL, writer->row_codes, writer->row);
	writer->squares += trl_kernels->f32_sum_squares(writer->row, meta->dims_padded);
}

/* The radius of the list at hand; the next one begins. */
static float
take_radius(TrlIvfWriter *writer)
{
	int			dims = writer->meta.dims_padded;
	double		n = Max(writer->n_measured, 1);
	double		mean = writer->squares / n;

	/* of bit strings about their mean; other rows are about the centroid */
	if (writer->meta.code_form == TRL_IVF_CODE_BITS)
	{
		mean -= trl_kernels->f32_sum_squares(writer->sum, dims) / (n * n);
		memset(writer->sum, 0, sizeof(float) * dims);
	}
	writer->n_measured = 0;
	writer->squares = 0;
	return (float) sqrt(Max(mean, 0));
}

/* Completes the lists up to, not including, the one given. */
static void
finish_lists(TrlIvfWriter *writer, uint32 list)
{
	while (writer->list < list)
	{
		if (writer->n_rows > 0 || !writer->unit_open)
			flush_unit(writer);
		close_unit(writer, InvalidBlockNumber);
		writer->entries[writer->list - writer->first_list].radius =
			take_radius(writer);
		writer->list++;
	}
}

void
trl_ivf_writer_add(TrlIvfWriter *writer, uint32 list, ItemPointer heap,
				   const TrlIvfCode *code)
{
	Size		row_bytes = trl_ivf_code_size(&writer->meta);
	Size		size = trl_ivf_rerank_size(&writer->meta);
	int			n;

	Assert(list >= writer->list && list < writer->end_list);
	finish_lists(writer, list);
	if (writer->n_rows == TRL_IVF_UNIT_LANES(&writer->meta))
		flush_unit(writer);
	measure_row(writer, code);
	n = writer->n_rows++;
	writer->heap[n] = *heap;
	writer->add[n] = code->add;
	writer->rescale[n] = code->rescale;
	writer->error[n] = code->error;
	memcpy(writer->bits + row_bytes * n, code->bits, row_bytes);
	memcpy(writer->rows + size * n, code->row, size);
	if (writer->meta.n_filters > 0)
		memcpy(writer->filters + (Size) writer->meta.filter_bytes * n,
			   code->filters, writer->meta.filter_bytes);
}

void
trl_ivf_writer_add_tail(TrlIvfWriter *writer, TrlIvfValue kind,
						ItemPointer heap)
{
	int			which = kind == TRL_IVF_VALUE_NULL ? 1 : 0;
	Buffer		buffer = writer->tail[which];
	TrlIvfTail *tail = NULL;

	if (BufferIsValid(buffer))
	{
		LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
		tail = (TrlIvfTail *) PageGetContents(BufferGetPage(buffer));
	}
	if (tail == NULL || tail->count == TRL_IVF_TAIL_TIDS)
	{
		Buffer		next = new_page(writer, TRL_IVF_TAIL,
									offsetof(TrlIvfTail, heap), 0);

		if (tail == NULL)
			writer->tail_first[which] = BufferGetBlockNumber(next);
		else
		{
			TrlIvfPageOpaque(BufferGetPage(buffer))->next =
				BufferGetBlockNumber(next);
			MarkBufferDirty(buffer);
			UnlockReleaseBuffer(buffer);
		}
		buffer = writer->tail[which] = next;
		tail = (TrlIvfTail *) PageGetContents(BufferGetPage(buffer));
	}
	tail->heap[tail->count++] = *heap;
	set_size(BufferGetPage(buffer), offsetof(TrlIvfTail, heap) +
			 sizeof(ItemPointerData) * tail->count);
	MarkBufferDirty(buffer);
	LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
	writer->tail_rows++;
}

static void
write_directory(TrlIvfWriter *writer)
{
	BlockNumber block = writer->meta.directory;
	uint32		done = 0;

	while (done < writer->meta.lists)
	{
		uint32		here = Min(TRL_IVF_DIRECTORY_ENTRIES,
							   writer->meta.lists - done);
		Buffer		buffer = ReadBufferExtended(writer->index, writer->fork, block,
												RBM_NORMAL, NULL);
		Page		page = BufferGetPage(buffer);

		LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
		memcpy(PageGetContents(page), writer->entries + done,
			   sizeof(TrlIvfListEntry) * here);
		MarkBufferDirty(buffer);
		block = TrlIvfPageOpaque(page)->next;
		UnlockReleaseBuffer(buffer);
		done += here;
	}
}

void
trl_ivf_writer_close(TrlIvfWriter *writer)
{
	finish_lists(writer, writer->end_list);
}

void
trl_ivf_writer_end(TrlIvfWriter *writer)
{
	Buffer		buffer;
	int			i;

	trl_ivf_writer_close(writer);
	write_directory(writer);
	for (i = 0; i < 2; i++)
	{
		if (BufferIsValid(writer->tail[i]))
			ReleaseBuffer(writer->tail[i]);
	}
	writer->meta.tail_nan = writer->tail_first[0];
	writer->meta.tail_null = writer->tail_first[1];

	buffer = ReadBufferExtended(writer->index, writer->fork,
								TRL_IVF_META_BLOCK, RBM_NORMAL, NULL);
	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	memcpy(PageGetContents(BufferGetPage(buffer)), &writer->meta,
		   sizeof(TrlIvfMeta));
	MarkBufferDirty(buffer);
	UnlockReleaseBuffer(buffer);
}
