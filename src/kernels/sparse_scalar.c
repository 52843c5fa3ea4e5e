/*
 * sparse_scalar.c - kernels of sparse arrays in plain C: a merge by index
 *
 * Which of two random indices is the smaller cannot be predicted, so that
 * between sides of similar length the merges take no branch on it: each step
 * computes one term, in which a side whose next index is the larger counts
 * as zero, and advances the sides that were used.  Such a step waits for the
 * loads that the one before it chose.  Where one side is much shorter, it is
 * the better guess that the next element is the longer side's, too, and the
 * merge branches.
 *
 * The additions cost less than the steps, so one chain of doubles is enough,
 * and more exact than promised.  Terms are added in ascending order of index,
 * which is the same with a and b exchanged.
 */
#include <math.h>
#include <string.h>

#include "kernels/internal.h"

/* Ratio of lengths from which the branching merge was measured to be faster. */
#define SKEW 4

/* The value, or zero: by a mask, since compilers make a branch of a choice. */
static inline float
keep_if(float value, bool keep)
{
	uint32_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	bits &= -(uint32_t) keep;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline double
square(double x)
{
	return x * x;
}

/* Both sides are of similar length. */
static float
l2_squared_balanced(const TrlSparseArray *a, const TrlSparseArray *b)
{
	double		sum = 0.0;
	size_t		i = 0;
	size_t		j = 0;

	while (i < a->n && j < b->n)
	{
		int32_t		x = a->index[i];
		int32_t		y = b->index[j];
		float		u = keep_if(a->value[i], x <= y);
		float		v = keep_if(b->value[j], y <= x);

		sum += square((double) u - v);
		i += x <= y;
		j += y <= x;
	}
	for (; i < a->n; i++)
		sum += square(a->value[i]);
	for (; j < b->n; j++)
		sum += square(b->value[j]);
	return (float) sum;
}

/* a is much the shorter side. */
static float
l2_squared_skewed(const TrlSparseArray *a, const TrlSparseArray *b)
{
	double		sum = 0.0;
	size_t		i;
	size_t		j = 0;

	for (i = 0; i < a->n; i++)
	{
		int32_t		x = a->index[i];

		for (; j < b->n && b->index[j] < x; j++)
			sum += square(b->value[j]);
		if (j < b->n && b->index[j] == x)
			sum += square((double) a->value[i] - b->value[j++]);
		else
			sum += square(a->value[i]);
	}
	for (; j < b->n; j++)
		sum += square(b->value[j]);
	return (float) sum;
}

float
trl_sparse_l2_squared_scalar(const TrlSparseArray *a, const TrlSparseArray *b)
{
	if (a->n < b->n / SKEW)
		return l2_squared_skewed(a, b);
	if (b->n < a->n / SKEW)
		return l2_squared_skewed(b, a);
	return l2_squared_balanced(a, b);
}

static float
dot_balanced(const TrlSparseArray *a, const TrlSparseArray *b)
{
	double		sum = 0.0;
	size_t		i = 0;
	size_t		j = 0;

	while (i < a->n && j < b->n)
	{
		int32_t		x = a->index[i];
		int32_t		y = b->index[j];

		if (x == y)
			sum += (double) a->value[i] * (double) b->value[j];
		i += x <= y;
		j += y <= x;
	}
	return (float) sum;
}

static float
dot_skewed(const TrlSparseArray *a, const TrlSparseArray *b)
{
	double		sum = 0.0;
	size_t		i;
	size_t		j = 0;

	for (i = 0; i < a->n; i++)
	{
		int32_t		x = a->index[i];

		while (j < b->n && b->index[j] < x)
			j++;
		if (j == b->n)
			break;
		if (b->index[j] == x)
			sum += (double) a->value[i] * (double) b->value[j++];
	}
	return (float) sum;
}

float
trl_sparse_dot_scalar(const TrlSparseArray *a, const TrlSparseArray *b)
{
	if (a->n < b->n / SKEW)
		return dot_skewed(a, b);
	if (b->n < a->n / SKEW)
		return dot_skewed(b, a);
	return dot_balanced(a, b);
}

/* Both sides are of similar length. */
static float
l1_balanced(const TrlSparseArray *a, const TrlSparseArray *b)
{
	double		sum = 0.0;
	size_t		i = 0;
	size_t		j = 0;

	while (i < a->n && j < b->n)
	{
		int32_t		x = a->index[i];
		int32_t		y = b->index[j];
		float		u = keep_if(a->value[i], x <= y);
		float		v = keep_if(b->value[j], y <= x);

		sum += fabs((double) u - v);
		i += x <= y;
		j += y <= x;
	}
	for (; i < a->n; i++)
		sum += fabs((double) a->value[i]);
	for (; j < b->n; j++)
		sum += fabs((double) b->value[j]);
	return (float) sum;
}

/* a is much the shorter side. */
static float
l1_skewed(const TrlSparseArray *a, const TrlSparseArray *b)
{
	double		sum = 0.0;
	size_t		i;
	size_t		j = 0;

	for (i = 0; i < a->n; i++)
	{
		int32_t		x = a->index[i];

		for (; j < b->n && b->index[j] < x; j++)
			sum += fabs((double) b->value[j]);
		if (j < b->n && b->index[j] == x)
			sum += fabs((double) a->value[i] - b->value[j++]);
		else
			sum += fabs((double) a->value[i]);
	}
	for (; j < b->n; j++)
		sum += fabs((double) b->value[j]);
	return (float) sum;
}

float
trl_sparse_l1_scalar(const TrlSparseArray *a, const TrlSparseArray *b)
{
	if (a->n < b->n / SKEW)
		return l1_skewed(a, b);
	if (b->n < a->n / SKEW)
		return l1_skewed(b, a);
	return l1_balanced(a, b);
}
