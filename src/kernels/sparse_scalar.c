/*
 * sparse_scalar.c - kernels of sparse arrays in plain C: a merge by index
 *
 * Which of two random indices is the smaller cannot be predicted, so the
 * merges take no branch on it: each step computes one term, in which a side
 * whose next index is the larger counts as zero, and advances the sides that
 * were used.  The steps wait for the loads of the next indices, not for the
 * additions, so one chain of doubles is enough, and more exact than promised.
 * The terms and their order are the same with a and b exchanged.
 */
#include <math.h>

#include "kernels/internal.h"

static double
sum_squares(const float *value, size_t n)
{
	double		sum = 0.0;
	size_t		i;

	for (i = 0; i < n; i++)
		sum += (double) value[i] * (double) value[i];
	return sum;
}

float
trl_sparse_l2_squared_scalar(const TrlSparseArray *a, const TrlSparseArray *b)
{
	double		sum = 0.0;
	size_t		i = 0;
	size_t		j = 0;

	while (i < a->n && j < b->n)
	{
		int32_t		x = a->index[i];
		int32_t		y = b->index[j];
		double		diff;

		diff = (x <= y ? (double) a->value[i] : 0.0) -
			(y <= x ? (double) b->value[j] : 0.0);
		sum += diff * diff;
		i += x <= y;
		j += y <= x;
	}
	sum += sum_squares(a->value + i, a->n - i) +
		sum_squares(b->value + j, b->n - j);
	return (float) sum;
}

float
trl_sparse_dot_scalar(const TrlSparseArray *a, const TrlSparseArray *b)
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

static double
sum_absolutes(const float *value, size_t n)
{
	double		sum = 0.0;
	size_t		i;

	for (i = 0; i < n; i++)
		sum += fabs((double) value[i]);
	return sum;
}

float
trl_sparse_l1_scalar(const TrlSparseArray *a, const TrlSparseArray *b)
{
	double		sum = 0.0;
	size_t		i = 0;
	size_t		j = 0;

	while (i < a->n && j < b->n)
	{
		int32_t		x = a->index[i];
		int32_t		y = b->index[j];

		sum += fabs((x <= y ? (double) a->value[i] : 0.0) -
					(y <= x ? (double) b->value[j] : 0.0));
		i += x <= y;
		j += y <= x;
	}
	sum += sum_absolutes(a->value + i, a->n - i) +
		sum_absolutes(b->value + j, b->n - j);
	return (float) sum;
}
