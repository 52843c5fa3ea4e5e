/*
 * shape.c - arithmetic of an ivf index's pages: what fits where
 *
 * The shape of a unit follows from metric, dimensions and filter columns alone:
 * as many blocks of 32 lanes as fill its pages best, of as few pages as that
 * takes.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "index/ivf/ivf.h"

/* Bytes of a block's runs: three factors, TIDs, filter columns. */
static Size
run_bytes(const TrlIvfMeta *meta)
{
	return TRL_IVF_LANES * (sizeof(float) + 2 * sizeof(TrlShortFloat) +
							sizeof(ItemPointerData) + meta->filter_bytes);
}

Size
trl_ivf_unit_header_size(const TrlIvfMeta *meta)
{
	return MAXALIGN(offsetof(TrlIvfUnit, rerank) +
					sizeof(BlockNumber) * meta->rerank_pages);
}

/* Bytes of everything on a unit's first page but the codes. */
static Size
front_bytes(const TrlIvfMeta *meta)
{
	return TYPEALIGN(TRL_IVF_GRANULE, trl_ivf_unit_header_size(meta) +
					 run_bytes(meta) * meta->unit_blocks);
}

/*
 * What the first page offers for codes: the hole above keeps one word of
 * hints per block (kill_prior_tuple).
 */
static int
front_granules(const TrlIvfMeta *meta)
{
	Size		taken = front_bytes(meta) + sizeof(uint32) * meta->unit_blocks;

	if (taken >= TRL_IVF_PAGE_BYTES)
		return 0;
	return (int) ((TRL_IVF_PAGE_BYTES - taken) / TRL_IVF_GRANULE);
}

#define PAGE_GRANULES ((int) (TRL_IVF_PAGE_BYTES / TRL_IVF_GRANULE))

/* Sets the unit to so many blocks; false if they do not fit its pages. */
static bool
try_shape(TrlIvfMeta *meta, int span, int blocks)
{
	int			lanes = blocks * TRL_IVF_LANES;

	meta->span = (uint16) span;
	meta->unit_blocks = (uint16) blocks;
	meta->rerank_pages = 0;
	if (meta->rerank_rows > 0)
		meta->rerank_pages =
			(uint16) ((lanes + meta->rerank_rows - 1) / meta->rerank_rows);
	if (front_bytes(meta) + sizeof(uint32) * blocks > TRL_IVF_PAGE_BYTES)
		return false;
	return blocks * TRL_IVF_GRANULES(meta) <=
		front_granules(meta) + (span - 1) * PAGE_GRANULES;
}

/* What codes and rows are. */
static void
choose_forms(TrlIvfMeta *meta)
{
	bool		bits = meta->metric == TRL_IVF_HAMMING ||
	meta->metric == TRL_IVF_JACCARD;

	meta->code_form = TRL_IVF_CODE_SIGNS;
	if (bits)
		meta->code_form = TRL_IVF_CODE_BITS;
	else if (meta->metric == TRL_IVF_L1)
		meta->code_form = TRL_IVF_CODE_NONE;

	meta->row_bits = bits ? 0 : TRL_IVF_ROW_MOST_BITS;

	/* a sketch is off by more than fewer bits are, also after many moves */
	if (trl_ivf_is_hashed(meta))
		meta->row_bits = TRL_IVF_ROW_SKETCH_BITS;
	while (trl_ivf_rerank_size(meta) > TRL_IVF_PAGE_BYTES &&
		   meta->row_bits > TRL_IVF_ROW_LEAST_BITS)
		meta->row_bits--;
	meta->rerank_rows = 0;
	if (meta->row_bits > 0)
		meta->rerank_rows =
			(uint16) (TRL_IVF_PAGE_BYTES / trl_ivf_rerank_size(meta));
}

/*
 * A small unit wastes little where lists are short, a long one little of its
 * last page: the shortest that is filled well enough, or else the best.
 */
#define ENOUGH_FILL 0.77

void
trl_ivf_shape(TrlIvfMeta *meta)
{
	int			best_span = 0;
	int			best_blocks = 0;
	double		best_fill = 0;
	int			span;

	meta->dims_padded = (int32) trl_rotation_padded(meta->dims);
	choose_forms(meta);
	for (span = 1; span <= TRL_IVF_MAX_SPAN; span++)
	{
		int			blocks = 0;
		double		fill;

		while (blocks < TRL_IVF_MAX_BLOCKS && try_shape(meta, span, blocks + 1))
			blocks++;
		if (blocks == 0)
			continue;
		fill = (double) blocks *
			(run_bytes(meta) + TRL_IVF_GRANULES(meta) * TRL_IVF_GRANULE) /
			((double) span * TRL_IVF_PAGE_BYTES);
		if (fill > best_fill)
		{
			best_fill = fill;
			best_span = span;
			best_blocks = blocks;
		}
		if (best_fill > ENOUGH_FILL)
			break;
	}
	if (best_blocks == 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("filter columns are too wide for an ivf index of %d dimensions",
						meta->column_dims),
				 errdetail("They take %u bytes of each row, and the rows of a page's smallest block do not fit.",
						   meta->filter_bytes),
				 errhint("Index fewer columns, or narrower ones.")));
	(void) try_shape(meta, best_span, best_blocks);
}

void
trl_ivf_shape_column(TrlIvfMeta *meta, bool sparse, int dims)
{
	meta->column_dims = dims;
	meta->dims = sparse ? Min(dims, TRL_IVF_SKETCH_DIMS) : dims;
	trl_ivf_shape(meta);
}

TrlIvfPlace
trl_ivf_granule_place(const TrlIvfMeta *meta, int granule)
{
	TrlIvfPlace place;
	int			front = front_granules(meta);

	if (granule < front)
	{
		place.page = 0;
		place.offset = front_bytes(meta) + (Size) granule * TRL_IVF_GRANULE;
		place.granules = front - granule;
	}
	else
	{
		int			behind = granule - front;

		place.page = 1 + behind / PAGE_GRANULES;
		place.offset = (Size) (behind % PAGE_GRANULES) * TRL_IVF_GRANULE;
		place.granules = PAGE_GRANULES - behind % PAGE_GRANULES;
	}
	return place;
}

Size
trl_ivf_unit_page_size(const TrlIvfMeta *meta, int page)
{
	int			granules = meta->unit_blocks * TRL_IVF_GRANULES(meta);
	int			before = page == 0 ? 0 :
	front_granules(meta) + (page - 1) * PAGE_GRANULES;
	int			room = page == 0 ? front_granules(meta) : PAGE_GRANULES;
	int			here = Min(Max(granules - before, 0), room);

	return (page == 0 ? front_bytes(meta) : 0) + (Size) here * TRL_IVF_GRANULE;
}

TrlIvfRuns
trl_ivf_runs(const TrlIvfMeta *meta, TrlIvfUnit *unit)
{
	Size		lanes = TRL_IVF_UNIT_LANES(meta);
	TrlIvfRuns	runs;

	runs.add = (float *) ((char *) unit + trl_ivf_unit_header_size(meta));
	runs.rescale = (TrlShortFloat *) (runs.add + lanes);
	runs.error = runs.rescale + lanes;
	runs.heap = (ItemPointerData *) (runs.error + lanes);
	runs.filters = (uint8 *) (runs.heap + lanes);
	return runs;
}
