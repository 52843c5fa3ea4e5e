/*
 * forms.c - rerank rows of 8 and 4 bits per dimension, and bit strings
 *
 * What a row or a bit string of the index stands for.  Codes are handled a
 * byte each; those of 4 bits are spread out first.
 *
 * Locks and WAL: none.  Memory: the caller's.
 */
#include "postgres.h"

#include <math.h>

#include "port/pg_bitutils.h"

#include "index/ivf/ivf.h"
#include "kernels/kernels.h"

/* Codes of 4 bits go by blocks, the low halves of bytes before the high. */
#define BLOCK 64
#define HALF (BLOCK / 2)

void
trl_ivf_row_pack(const uint8 *codes, uint8 *out)
{
	int			j;

	for (j = 0; j < HALF; j++)
		out[j] = (uint8) (codes[j] | codes[HALF + j] << 4);
}

const uint8 *
trl_ivf_row_codes(const TrlIvfMeta *meta, const TrlIvfRerankRow *row,
				  uint8 *scratch)
{
	const uint8 *in = row->codes;
	int			i;
	int			j;

	if (meta->row_form == TRL_IVF_ROW_8)
		return row->codes;
	for (i = 0; i < meta->dims_padded; i += BLOCK, in += HALF)
	{
		for (j = 0; j < HALF; j++)
		{
			scratch[i + j] = in[j] & 15;
			scratch[i + HALF + j] = in[j] >> 4;
		}
	}
	return scratch;
}

float
trl_ivf_row_step(const TrlIvfMeta *meta, const TrlIvfRerankRow *row)
{
	if (meta->metric == TRL_IVF_L1)
		return row->rescale;
	return meta->metric == TRL_IVF_IP ? -row->rescale : -0.5f * row->rescale;
}

void
trl_ivf_row_decode(const TrlIvfMeta *meta, const TrlIvfRerankRow *row,
				   const float *centroid, uint8 *scratch, float *out)
{
	const uint8 *codes = trl_ivf_row_codes(meta, row, scratch);
	float		middle = trl_ivf_row_middle(meta);
	float		step = trl_ivf_row_step(meta, row);
	int			i;
	int			j;

	/* blocks of a known size, which compilers make vectors of */
	for (i = 0; i < meta->dims_padded; i += BLOCK)
	{
		for (j = 0; j < BLOCK; j++)
			out[i + j] = step * ((float) codes[i + j] - middle);
	}
	if (centroid == NULL)
		return;
	for (i = 0; i < meta->dims_padded; i++)
		out[i] += centroid[i];
}

void
trl_ivf_bits_decode(const TrlIvfMeta *meta, const uint8 *bits, float *out)
{
	float		one = 1;
	int			i;

	if (meta->metric == TRL_IVF_JACCARD)
	{
		uint64		set = pg_popcount((const char *) bits, meta->dims_padded / 8);

		one = set > 0 ? (float) (1 / sqrt((double) set)) : 0;
	}
	for (i = 0; i < meta->dims_padded; i++)
		out[i] = (bits[i / 8] >> (i % 8)) & 1 ? one : 0;
}
