/*
 * encode.c - RaBitQ codes and 8-bit rows of vectors relative to a centroid
 *
 * One bit per dimension, the sign of the rotated residual, with the factors
 * of an unbiased estimate and of its error (Gao and Long, RaBitQ, arXiv
 * 2405.12497, equations 12 to 14); the inner product of code and centroid is
 * folded into the additive factor, so that one table per query serves every
 * list.  A row of 8-bit codes of the same residual decides among the few that
 * the estimate cannot tell apart.
 *
 * Locks and WAL: none.  Memory: the caller's.
 */
#include "postgres.h"

#include <math.h>

#include "index/ivf/ivf.h"
#include "kernels/kernels.h"

/* How many standard errors the bound allows; the paper's choice. */
#define EPSILON 1.9

/*
 * Sums go by blocks of UNIT dimensions, which padding makes whole, in LANES
 * running sums of floats that a compiler keeps in vectors; the blocks add up
 * in doubles.
 */
#define UNIT 64
#define LANES 16

/* Sums over a residual r and a centroid c, u = +-1/2 by the sign of r. */
typedef struct BitSums
{
	double		ru;
	double		cu;
	float		largest;		/* of |r| */
} BitSums;

static double
add_lanes(const float *lanes)
{
	double		sum = 0;
	int			l;

	for (l = 0; l < LANES; l++)
		sum += lanes[l];
	return sum;
}

/* One block: r = vector - centroid, its bits, sums; largest has LANES. */
static void
begin_block(const float *restrict vector, const float *restrict centroid,
			float *restrict residual, uint8 *bits, BitSums *sums,
			float *largest)
{
	float		ru[LANES] = {0};
	float		cu[LANES] = {0};
	uint64		word = 0;
	int			i;
	int			l;

	for (i = 0; i < UNIT; i += LANES)
	{
		for (l = 0; l < LANES; l++)
		{
			float		c = centroid[i + l];
			float		r = vector[i + l] - c;
			float		size = fabsf(r);

			residual[i + l] = r;
			ru[l] += size;
			cu[l] += r > 0 ? c : -c;
			largest[l] = size > largest[l] ? size : largest[l];
		}
	}
	for (i = 0; i < UNIT; i++)
		word |= (uint64) (residual[i] > 0) << i;
	for (i = 0; i < UNIT / 8; i++)
		bits[i] = (uint8) (word >> (8 * i));
	sums->ru += 0.5 * add_lanes(ru);
	sums->cu += 0.5 * add_lanes(cu);
}

static BitSums
begin_row(const float *vector, const float *centroid, int dims,
		  float *residual, uint8 *bits)
{
	BitSums		sums = {0};
	float		largest[LANES] = {0};
	int			i;

	for (i = 0; i < dims; i += UNIT)
		begin_block(vector + i, centroid + i, residual + i, bits + i / 8, &sums,
					largest);
	for (i = 0; i < LANES; i++)
		sums.largest = Max(sums.largest, largest[i]);
	return sums;
}

/* Sums over the levels s of the 8-bit codes. */
typedef struct RowSums
{
	double		rs;
	double		cs;
} RowSums;

/* The codes of one block, r * scale + 127.5 rounded. */
static void
round_block(const float *restrict residual, const float *restrict centroid,
			float scale, uint8 *restrict codes, RowSums *sums)
{
	float		rs[LANES] = {0};
	float		cs[LANES] = {0};
	int			i;
	int			l;

	for (i = 0; i < UNIT; i += LANES)
	{
		for (l = 0; l < LANES; l++)
		{
			float		level = residual[i + l] * scale + 128.0f;
			int			code;
			float		s;

			/* what is not a number becomes 0 */
			level = level > 0 ? level : 0;
			level = level < 255 ? level : 255;
			code = (int) level;
			s = (float) code - 127.5f;
			rs[l] += residual[i + l] * s;
			cs[l] += centroid[i + l] * s;
			codes[i + l] = (uint8) code;
		}
	}
	sums->rs += add_lanes(rs);
	sums->cs += add_lanes(cs);
}

/*
 * With r the residual, c the centroid, u = +-1/2 by the sign of r:
 *
 * L2   |q - o|^2  ~  add + |q - c|^2 + rescale * (<x, q> - sum(q) / 2)
 * IP   - <q, o>   ~  add - <q, c>    + rescale * (<x, q> - sum(q) / 2)
 *
 * where x is u + 1/2, the bits; rc is <r, c>, for IP.
 */
static void
set_factors(const TrlIvfMeta *meta, const BitSums *sums, double norm2,
			double rc, TrlIvfCode *code)
{
	int			dims = meta->dims_padded;
	double		factor;
	double		spread;

	if (!(sums->ru > 0))
	{
		/* the centroid itself */
		code->add = code->rescale = code->error = 0;
		return;
	}
	factor = norm2 / sums->ru;
	spread = norm2 * (dims * 0.25) / (sums->ru * sums->ru) - 1;
	spread = sqrt(norm2) * EPSILON * sqrt(Max(spread, 0) / (dims - 1));
	if (meta->metric == TRL_IVF_IP)
	{
		code->add = (float) (factor * sums->cu - rc);
		code->rescale = (float) -factor;
		code->error = (float) spread;
	}
	else
	{
		code->add = (float) (norm2 + 2 * factor * sums->cu);
		code->rescale = (float) (-2 * factor);
		code->error = (float) (2 * spread);
	}
}

/* The same with 8 bits: r ~ step * (codes - 127.5). */
static void
set_row(const TrlIvfMeta *meta, const RowSums *sums, double norm2, double rc,
		TrlIvfRerankRow *row)
{
	/* the step that makes <r, r~> the norm */
	double		step = sums->rs > 0 ? norm2 / sums->rs : 0;

	if (meta->metric == TRL_IVF_IP)
	{
		row->add = (float) (step * sums->cs - rc);
		row->rescale = (float) -step;
	}
	else
	{
		row->add = (float) (norm2 + 2 * step * sums->cs);
		row->rescale = (float) (-2 * step);
	}
}

void
trl_ivf_encode(const TrlIvfMeta *meta, const float *vector,
			   const float *centroid, float *scratch, TrlIvfCode *code)
{
	int			dims = meta->dims_padded;
	BitSums		sums = begin_row(vector, centroid, dims, scratch, code->bits);
	RowSums		row = {0};
	double		norm2 = trl_kernels->f32_sum_squares(scratch, dims);
	double		rc = 0;
	float		scale = sums.largest > 0 ? 127.5f / sums.largest : 0;
	int			i;

	if (meta->metric == TRL_IVF_IP)
		rc = trl_kernels->f32_dot(scratch, centroid, dims);
	for (i = 0; i < dims; i += UNIT)
		round_block(scratch + i, centroid + i, scale, code->row->codes + i,
					&row);
	set_factors(meta, &sums, norm2, rc, code);
	set_row(meta, &row, norm2, rc, code->row);
}
