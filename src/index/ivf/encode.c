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
#include "index/ivf/vectors.h"
#include "kernels/kernels.h"

/*
 * Sums go by blocks of UNIT dimensions, which padding makes whole, in floats;
 * the blocks add up in doubles.
 */
#define UNIT 64

/* Sums over a residual r and a centroid c, u = +-1/2 by the sign of r. */
typedef struct BitSums
{
	double		ru;
	double		cu;
	TrlFloats	largest;		/* of |r| */
} BitSums;

static double
add_up(TrlFloats x)
{
	return (double) x[0] + x[1] + x[2] + x[3];
}

/* One block: r = vector - centroid, its bits, sums. */
static void
begin_block(const float *vector, const float *centroid, float *residual,
			uint8 *bits, BitSums *sums)
{
	TrlFloats	ru = {0};
	TrlFloats	cu = {0};
	int			i;

	for (i = 0; i < UNIT; i += TRL_WIDTH)
	{
		TrlFloats	c = trl_load(centroid + i);
		TrlFloats	r = trl_load(vector + i) - c;
		TrlFloats	size = trl_absolute(r);
		TrlInts		positive = r > 0;
		int			four = (positive[0] & 1) | (positive[1] & 2) |
		(positive[2] & 4) | (positive[3] & 8);

		trl_store(residual + i, r);
		ru += size;
		cu += trl_select(positive, c, -c);
		sums->largest = trl_select(size > sums->largest, size, sums->largest);
		if (i % 8 == 0)
			bits[i / 8] = (uint8) four;
		else
			bits[i / 8] |= (uint8) (four << 4);
	}
	sums->ru += 0.5 * add_up(ru);
	sums->cu += 0.5 * add_up(cu);
}

static BitSums
begin_row(const float *vector, const float *centroid, int dims,
		  float *residual, uint8 *bits)
{
	BitSums		sums = {0};
	int			i;

	for (i = 0; i < dims; i += UNIT)
		begin_block(vector + i, centroid + i, residual + i, bits + i / 8, &sums);
	return sums;
}

static float
largest_of(TrlFloats x)
{
	return Max(Max(x[0], x[1]), Max(x[2], x[3]));
}

/* Sums over the levels s of the 8-bit codes. */
typedef struct RowSums
{
	double		rs;
	double		cs;
} RowSums;

/* The codes of one block, r * scale + 127.5 rounded. */
static void
round_block(const float *residual, const float *centroid, float scale,
			uint8 *codes, RowSums *sums)
{
	TrlFloats	rs = {0};
	TrlFloats	cs = {0};
	TrlFloats	none = {0};
	TrlFloats	most = none + 255.0f;
	int			i;

	for (i = 0; i < UNIT; i += TRL_WIDTH)
	{
		TrlFloats	r = trl_load(residual + i);
		TrlFloats	level = r * scale + 128.0f;
		TrlFloats	s;
		TrlInts		code;
		int			j;

		/* what is not a number becomes 0 */
		level = trl_select(level > none, level, none);
		level = trl_select(level < most, level, most);
		code = __builtin_convertvector(level, TrlInts);
		s = __builtin_convertvector(code, TrlFloats) - 127.5f;
		rs += r * s;
		cs += trl_load(centroid + i) * s;
		for (j = 0; j < TRL_WIDTH; j++)
			codes[i + j] = (uint8) code[j];
	}
	sums->rs += add_up(rs);
	sums->cs += add_up(cs);
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
	spread = sqrt(norm2) * TRL_IVF_EPSILON(dims) * sqrt(Max(spread, 0) / (dims - 1));
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

/* Below this, 127.5 / largest is no float; times this, it is. */
#define TINY 1e-36f
#define MAGNIFIED 1.2676506e30f	/* 2^100 */

static void
multiply(float *x, int dims, float by)
{
	int			i;

	for (i = 0; i < dims; i++)
		x[i] *= by;
}

/* All 8-bit codes of a residual. */
static RowSums
round_row(float *residual, const float *centroid, int dims, float largest,
		  uint8 *codes)
{
	RowSums		sums = {0};
	bool		tiny = largest > 0 && largest < TINY;
	float		scale;
	int			i;

	if (tiny)
	{
		multiply(residual, dims, MAGNIFIED);
		largest *= MAGNIFIED;
	}
	scale = largest > 0 ? 127.5f / largest : 0;
	for (i = 0; i < dims; i += UNIT)
		round_block(residual + i, centroid + i, scale, codes + i, &sums);
	if (tiny)
	{
		multiply(residual, dims, 1 / MAGNIFIED);
		sums.rs /= MAGNIFIED;
	}
	return sums;
}

/* The sums once more, of numbers so large that floats do not hold them. */
static void
add_in_doubles(const float *residual, const float *centroid,
			   const uint8 *codes, int dims, BitSums *bits, RowSums *row)
{
	int			i;

	bits->ru = bits->cu = row->rs = row->cs = 0;
	for (i = 0; i < dims; i++)
	{
		double		r = residual[i];
		double		c = centroid[i];
		double		s = codes[i] - 127.5;

		bits->ru += 0.5 * fabs(r);
		bits->cu += r > 0 ? 0.5 * c : -0.5 * c;
		row->rs += r * s;
		row->cs += c * s;
	}
}

void
trl_ivf_encode(const TrlIvfMeta *meta, const float *vector,
			   const float *centroid, float *scratch, TrlIvfCode *code)
{
	int			dims = meta->dims_padded;
	BitSums		sums = begin_row(vector, centroid, dims, scratch, code->bits);
	RowSums		row;
	double		norm2 = trl_kernels->f32_sum_squares(scratch, dims);
	double		rc = 0;

	if (meta->metric == TRL_IVF_IP)
		rc = trl_kernels->f32_dot(scratch, centroid, dims);
	row = round_row(scratch, centroid, dims, largest_of(sums.largest),
					code->row->codes);
	if (!isfinite(sums.ru + sums.cu + row.rs + row.cs))
		add_in_doubles(scratch, centroid, code->row->codes, dims, &sums, &row);
	set_factors(meta, &sums, norm2, rc, code);
	set_row(meta, &row, norm2, rc, code->row);
}
