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
 * With r the residual, c the centroid, u = +-1/2 by the sign of r:
 *
 * L2   |q - o|^2  ~  add + |q - c|^2 + rescale * (<x, q> - sum(q) / 2)
 * IP   - <q, o>   ~  add - <q, c>    + rescale * (<x, q> - sum(q) / 2)
 *
 * where x is u + 1/2, the bits.
 */
static void
encode_bits(const TrlIvfMeta *meta, const float *residual,
			const float *centroid, TrlIvfCode *code)
{
	uint32		dims = (uint32) meta->dims_padded;
	double		norm2 = trl_kernels->f32_sum_squares(residual, dims);
	double		ru = 0;
	double		cu = 0;
	double		factor;
	double		spread;
	uint32		i;

	memset(code->bits, 0, dims / 8);
	for (i = 0; i < dims; i++)
	{
		bool		positive = residual[i] > 0;

		ru += fabsf(residual[i]);
		cu += positive ? centroid[i] : -centroid[i];
		code->bits[i / 8] |= (uint8) (positive << (i % 8));
	}
	ru *= 0.5;
	cu *= 0.5;
	if (!(ru > 0))
	{
		/* the centroid itself */
		code->add = code->rescale = code->error = 0;
		return;
	}
	factor = norm2 / ru;
	spread = norm2 * (dims * 0.25) / (ru * ru) - 1;
	spread = sqrt(norm2) * EPSILON * sqrt(Max(spread, 0) / (dims - 1));
	if (meta->metric == TRL_IVF_IP)
	{
		double		rc = trl_kernels->f32_dot(residual, centroid, dims);

		code->add = (float) (factor * cu - rc);
		code->rescale = (float) -factor;
		code->error = (float) spread;
	}
	else
	{
		code->add = (float) (norm2 + 2 * factor * cu);
		code->rescale = (float) (-2 * factor);
		code->error = (float) (2 * spread);
	}
}

/* The same with 8 bits: r ~ step * (codes - 127.5). */
static void
encode_row(const TrlIvfMeta *meta, const float *residual,
		   const float *centroid, TrlIvfRerankRow *row)
{
	int			dims = meta->dims_padded;
	float		largest = 0;
	double		rr = 0;
	double		rs = 0;
	double		cs = 0;
	double		step;
	float		scale;
	int			i;

	for (i = 0; i < dims; i++)
		largest = Max(largest, fabsf(residual[i]));
	scale = largest > 0 ? 127.5f / largest : 0;
	for (i = 0; i < dims; i++)
	{
		float		level = residual[i] * scale + 127.5f;
		int			rounded = (int) (level + 0.5f);
		double		s;

		row->codes[i] = (uint8) Min(Max(rounded, 0), 255);
		s = row->codes[i] - 127.5;
		rr += (double) residual[i] * residual[i];
		rs += residual[i] * s;
		cs += centroid[i] * s;
	}

	/* the step that makes <r, r~> the norm */
	step = rs > 0 ? rr / rs : 0;
	if (meta->metric == TRL_IVF_IP)
	{
		double		rc = trl_kernels->f32_dot(residual, centroid, dims);

		row->add = (float) (step * cs - rc);
		row->rescale = (float) -step;
	}
	else
	{
		row->add = (float) (rr + 2 * step * cs);
		row->rescale = (float) (-2 * step);
	}
}

void
trl_ivf_encode(const TrlIvfMeta *meta, const float *vector,
			   const float *centroid, float *scratch, TrlIvfCode *code)
{
	int			i;

	for (i = 0; i < meta->dims_padded; i++)
		scratch[i] = vector[i] - centroid[i];
	encode_bits(meta, scratch, centroid, code);
	encode_row(meta, scratch, centroid, code->row);
}
