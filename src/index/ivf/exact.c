/*
 * exact.c - distances of an ivf search that need no reranking
 *
 * The codes of bit strings are the strings: counts of common bits give the
 * Hamming and the Jaccard distance.  For L1 there is no code with a bound; the
 * 8-bit rows of the probed lists are all read.
 *
 * Locks: a share lock on one rerank page at a time, while the caller holds its
 * unit's first page.  WAL: none.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "storage/bufmgr.h"

#include "core/compat.h"
#include "index/ivf/search.h"
#include "kernels/kernels.h"

void
trl_ivf_exact_tables(TrlIvfSearch *search)
{
	int			g;
	int			i;

	for (g = 0; g < TRL_IVF_GROUPS(&search->meta); g++)
	{
		const float *q = search->q + g * TRL_GROUP_DIMS;
		int			bits = 0;

		for (i = 0; i < TRL_GROUP_DIMS; i++)
			bits |= (q[i] > 0) << i;
		for (i = 0; i < TRL_GROUP_BYTES; i++)
			search->tables[g * TRL_GROUP_BYTES + i] =
				(uint8) pg_number_of_ones[bits & i];
		search->set += pg_number_of_ones[bits];
	}
	search->scale = 1;
	search->offset = 0;
}

uint32
trl_ivf_exact_jaccard(TrlIvfSearch *search, const uint32 *sums,
					  const float *set)
{
	uint32		below = 0;
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane++)
	{
		float		both = (float) sums[lane];
		float		either = set[lane] + search->set - both;

		search->lower[lane] = both > 0 ? 1 - both / either : 1;
		below |= (uint32) (search->lower[lane] < search->threshold) << lane;
	}
	return below;
}

uint32
trl_ivf_exact_l1(TrlIvfSearch *search, Page page, int block, uint32 live)
{
	const TrlIvfMeta *meta = &search->meta;
	Size		size = trl_ivf_rerank_size(meta);
	const TrlIvfUnit *unit = (const TrlIvfUnit *) PageGetContents(page);
	uint32		id = TrlIvfPageOpaque(page)->list;
	Buffer		buffer = InvalidBuffer;
	int			number = -1;
	uint32		below = 0;

	while (live != 0)
	{
		int			lane = pg_rightmost_one_pos32(live);
		int			place = block * TRL_IVF_LANES + lane;
		float		distance;

		live &= live - 1;
		if (place / meta->rerank_rows != number)
		{
			if (BufferIsValid(buffer))
				UnlockReleaseBuffer(buffer);
			number = place / meta->rerank_rows;
			buffer = trl_ivf_read_list(search->index, unit->rerank[number],
									   TRL_IVF_RERANK, id, BUFFER_LOCK_SHARE);
		}
		trl_ivf_row_decode(meta, (TrlIvfRerankRow *)
						   (PageGetContents(BufferGetPage(buffer)) +
							size * (place % meta->rerank_rows)),
						   NULL, search->codes, search->row);
		distance = trl_kernels->f32_l1(search->row, search->centroid, meta->dims);
		search->lower[lane] = distance;
		below |= (uint32) (distance < search->threshold) << lane;
	}
	if (BufferIsValid(buffer))
		UnlockReleaseBuffer(buffer);
	return below;
}

void
trl_ivf_exact_center(TrlIvfSearch *search, const TrlIvfProbe *probe)
{
	const float *centroid = trl_ivf_search_centroid(search, probe);
	int			i;

	for (i = 0; i < search->meta.dims_padded; i++)
		search->centroid[i] = search->q[i] - centroid[i];
}
