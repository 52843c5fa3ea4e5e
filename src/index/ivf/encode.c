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
 * For L1 there is a row, of an unrotated residual, and no code; a bit string is
 * its own code, with the number of its bits as additive factor.
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

/* The codes of one block, r * scale + middle rounded. */
static void
round_block(const float *residual, const float *centroid, float scale,
			float middle, uint8 *codes, RowSums *sums)
{
	TrlFloats	rs = {0};
	TrlFloats	cs = {0};
	TrlFloats	none = {0};
	TrlFloats	most = none + 2 * middle;
	int			i;

	for (i = 0; i < UNIT; i += TRL_WIDTH)
	{
		TrlFloats	r = trl_load(residual + i);
		TrlFloats	level = r * scale + (middle + 0.5f);
		TrlFloats	s;
		TrlInts		code;
		int			j;

		/* what is not a number becomes 0 */
		level = trl_select(level > none, level, none);
		level = trl_select(level < most, level, most);
		code = __builtin_convertvector(level, TrlInts);
		s = __builtin_convertvector(code, TrlFloats) - middle;
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
	float		rescale;

	if (!(sums->ru > 0))
	{
		/* the centroid itself */
		code->add = 0;
		code->rescale = code->error = 0;
		return;
	}
	spread = norm2 * (dims * 0.25) / (sums->ru * sums->ru) - 1;
	spread = TRL_IVF_EPSILON(dims) * sqrt(Max(spread, 0) / (dims - 1));
	spread = (spread + TRL_IVF_SHORT_ERROR) * sqrt(norm2);
	if (meta->metric != TRL_IVF_IP)
		spread *= 2;
	code->error = trl_short_above((float) spread);

	/* the additive factor goes with what is stored of the other */
	rescale = (float) (-norm2 / sums->ru);
	if (meta->metric == TRL_IVF_IP)
	{
		code->rescale = trl_short_nearest(rescale);
		factor = -trl_short_value(code->rescale);
		code->add = (float) (factor * sums->cu - rc);
	}
	else
	{
		code->rescale = trl_short_nearest(2 * rescale);
		factor = -trl_short_value(code->rescale);
		code->add = (float) (norm2 + factor * sums->cu);
	}
}

/* The same with codes: r ~ step * (codes - middle). */
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

/* Below this, middle / largest is no float; times this, it is. */
#define TINY 1e-36f
#define MAGNIFIED 1.2676506e30f /* 2^100 */

static void
multiply(float *x, int dims, float by)
{
	int			i;

	for (i = 0; i < dims; i++)
		x[i] *= by;
}

/* All codes of a residual. */
static RowSums
round_row(const TrlIvfMeta *meta, float *residual, const float *centroid,
		  float largest, TrlIvfRerankRow *row)
{
	RowSums		sums = {0};
	int			dims = meta->dims_padded;
	float		middle = trl_ivf_row_middle(meta);
	bool		tiny = largest > 0 && largest < TINY;
	bool		bytes = meta->row_bits == TRL_IVF_ROW_MOST_BITS;
	uint8		block[UNIT];
	float		scale;
	int			i;

	if (tiny)
	{
		multiply(residual, dims, MAGNIFIED);
		largest *= MAGNIFIED;
	}
	scale = largest > 0 ? middle / largest : 0;
	for (i = 0; i < dims; i += UNIT)
	{
		round_block(residual + i, centroid + i, scale, middle,
					bytes ? row->codes + i : block, &sums);
		if (!bytes)
			trl_ivf_row_pack(block, meta->row_bits,
							 row->codes + i / 8 * meta->row_bits);
	}
	if (tiny)
	{
		multiply(residual, dims, 1 / MAGNIFIED);
		sums.rs /= MAGNIFIED;
	}
	return sums;
}

/* The sums once more, of numbers so large that floats do not hold them. */
static void
add_in_doubles(const TrlIvfMeta *meta, const float *residual,
			   const float *centroid, const TrlIvfRerankRow *stored,
			   BitSums *bits, RowSums *row)
{
	uint8	   *scratch = palloc(meta->dims_padded);
	const uint8 *codes = trl_ivf_row_codes(meta, stored, scratch);
	double		middle = trl_ivf_row_middle(meta);
	int			i;

	bits->ru = bits->cu = row->rs = row->cs = 0;
	for (i = 0; i < meta->dims_padded; i++)
	{
		double		r = residual[i];
		double		c = centroid[i];
		double		s = codes[i] - middle;

		bits->ru += 0.5 * fabs(r);
		bits->cu += r > 0 ? 0.5 * c : -0.5 * c;
		row->rs += r * s;
		row->cs += c * s;
	}
	pfree(scratch);
}

/* A bit string: the distance by its own bits and those of the query. */
static void
encode_bit_string(const TrlIvfMeta *meta, const float *vector,
				  TrlIvfCode *code)
{
	int			set = 0;
	int			i;

	memset(code->bits, 0, (Size) meta->dims_padded / 8);
	for (i = 0; i < meta->dims_padded; i++)
	{
		if (vector[i] > 0)
		{
			code->bits[i / 8] |= (uint8) (1 << (i % 8));
			set++;
		}
	}
	code->add = (float) set;
	code->rescale = trl_short_nearest(-2);
	code->error = 0;
}

/*
 * The largest element that codes tell from larger ones.  With few levels it
 * pays to cut off the few at the ends: what a rotation leaves is nearly normal,
 * and these are the standard deviations where the error is least (Max,
 * Quantizing for minimum distortion, 1960), for 4 bits and more.
 */
static float
cut_off(const TrlIvfMeta *meta, float largest, double norm2)
{
	static const double normal[] = {2.51, 2.92, 3.28, 3.61};
	double		deviations;

	if (meta->row_bits == TRL_IVF_ROW_MOST_BITS)
		return largest;
	deviations = normal[meta->row_bits - TRL_IVF_ROW_LEAST_BITS];

	/* not rotated, elements differ more */
	if (meta->metric == TRL_IVF_L1)
		deviations *= 1.4;
	return (float) Min(largest, deviations * sqrt(norm2 / meta->dims_padded));
}

void
trl_ivf_encode(const TrlIvfMeta *meta, const float *vector,
			   const float *centroid, float *scratch, TrlIvfCode *code)
{
	int			dims = meta->dims_padded;
	BitSums		sums;
	RowSums		row;
	double		norm2;
	double		rc = 0;
	float		largest;

	if (meta->code_form == TRL_IVF_CODE_BITS)
	{
		encode_bit_string(meta, vector, code);
		return;
	}
	sums = begin_row(vector, centroid, dims, scratch, code->bits);
	norm2 = trl_kernels->f32_sum_squares(scratch, dims);
	largest = cut_off(meta, largest_of(sums.largest), norm2);
	row = round_row(meta, scratch, centroid, largest, code->row);
	if (meta->code_form == TRL_IVF_CODE_NONE)
	{
		code->add = 0;
		code->rescale = code->error = 0;
		code->row->add = 0;
		code->row->rescale = largest / trl_ivf_row_middle(meta);
		return;
	}
	if (meta->metric == TRL_IVF_IP)
		rc = trl_kernels->f32_dot(scratch, centroid, dims);
	if (!isfinite(sums.ru + sums.cu + row.rs + row.cs))
		add_in_doubles(meta, scratch, centroid, code->row, &sums, &row);
	set_factors(meta, &sums, norm2, rc, code);
	set_row(meta, &row, norm2, rc, code->row);
}
