/*
 * forms.c - rerank rows of 8 bits per dimension or fewer, and bit strings
 *
 * What a row or a bit string of the index stands for.  Codes are handled a
 * byte each; those of fewer bits are spread out first.
 *
 * Locks and WAL: none.  Memory: the caller's.
 */
#include "postgres.h"

#include <math.h>

#include "port/pg_bitutils.h"

#include "index/ivf/ivf.h"
#include "kernels/kernels.h"

/* Codes of fewer than 8 bits go by blocks; upper four bits, lower ones. */
#define BLOCK 64
#define HALF (BLOCK / 2)

/* Sixteen codes, as every processor of ours has them. */
typedef uint8 Bytes __attribute__((vector_size(16)));

/* The lowest bit of each of eight bytes. */
#define LOWEST UINT64CONST(0x0101010101010101)

/* Bit number "bit" of 64 codes, as 8 bytes. */
static void
pack_bit(const uint8 *codes, int bit, uint8 *out)
{
	uint64		packed = 0;
	uint64		eight;
	int			i;

	for (i = 0; i < 8; i++)
	{
		memcpy(&eight, codes + 8 * i, sizeof(eight));
		packed |= ((eight >> bit) & LOWEST) << i;
	}
	memcpy(out, &packed, sizeof(packed));
}

static void
unpack_bit(const uint8 *in, int bit, uint8 *codes)
{
	uint64		packed;
	uint64		eight;
	int			i;

	memcpy(&packed, in, sizeof(packed));
	for (i = 0; i < 8; i++)
	{
		memcpy(&eight, codes + 8 * i, sizeof(eight));
		eight |= ((packed >> i) & LOWEST) << bit;
		memcpy(codes + 8 * i, &eight, sizeof(eight));
	}
}

void
trl_ivf_row_pack(const uint8 *codes, int bits, uint8 *out)
{
	int			lower = bits - 4;
	int			j;

	for (j = 0; j < HALF; j++)
		out[j] = (uint8) (codes[j] >> lower | codes[HALF + j] >> lower << 4);
	for (out += HALF; lower > 0; out += 8)
		pack_bit(codes, --lower, out);
}

const uint8 *
trl_ivf_row_codes(const TrlIvfMeta *meta, const TrlIvfRerankRow *row,
				  uint8 *scratch)
{
	const uint8 *in = row->codes;
	int			i;
	int			j;

	if (meta->row_bits == TRL_IVF_ROW_MOST_BITS)
		return row->codes;
	for (i = 0; i < meta->dims_padded; i += BLOCK)
	{
		int			lower = meta->row_bits - 4;

		for (j = 0; j < HALF; j += sizeof(Bytes))
		{
			Bytes		both;
			Bytes		one;

			memcpy(&both, in + j, sizeof(both));
			one = (both & 15) << lower;
			memcpy(scratch + i + j, &one, sizeof(one));
			one = both >> 4 << lower;
			memcpy(scratch + i + HALF + j, &one, sizeof(one));
		}
		for (in += HALF; lower > 0; in += 8)
			unpack_bit(in, --lower, scratch + i);
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
