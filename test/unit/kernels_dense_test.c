/*
 * kernels_dense_test.c - what the kernels of floats and of halfs promise both
 *
 * The sums with their symmetries and the sign bits, of one type or the other.
 * The files of the types bring the values: kernels_f32_test.c and
 * kernels_f16_test.c.
 */
#include <string.h>

#include "kernels_test.h"

/* ---- the kernels of the one type or the other, on now.n elements ---- */

static float
run_l2_squared(bool half, const void *a, const void *b)
{
	return half ? now.kernels->f16_l2_squared(a, b, now.n) :
		now.kernels->f32_l2_squared(a, b, now.n);
}

static float
run_l1(bool half, const void *a, const void *b)
{
	return half ? now.kernels->f16_l1(a, b, now.n) :
		now.kernels->f32_l1(a, b, now.n);
}

static float
run_dot(bool half, const void *a, const void *b)
{
	return half ? now.kernels->f16_dot(a, b, now.n) :
		now.kernels->f32_dot(a, b, now.n);
}

static void
run_dot_norms(bool half, const void *a, const void *b, float *dot, float *aa,
			  float *bb)
{
	if (half)
		now.kernels->f16_dot_norms(a, b, now.n, dot, aa, bb);
	else
		now.kernels->f32_dot_norms(a, b, now.n, dot, aa, bb);
}

static double
run_sum_squares(bool half, const void *a)
{
	return half ? now.kernels->f16_sum_squares(a, now.n) :
		now.kernels->f32_sum_squares(a, now.n);
}

static void
run_sign_bits(bool half, const void *a, uint8_t *bits)
{
	if (half)
		now.kernels->f16_sign_bits(a, now.n, bits);
	else
		now.kernels->f32_sign_bits(a, now.n, bits);
}

/* ---- the series ---- */

void
dense_references(DenseSeries *series)
{
	size_t		i;

	for (i = 0; i < MAX_DIMS; i++)
	{
		long double a = series->a[i];
		long double b = series->b[i];

		series->l2_squared[i + 1] = reference_add(series->l2_squared[i],
												  (a - b) * (a - b));
		series->dot[i + 1] = reference_add(series->dot[i], a * b);
		series->aa[i + 1] = reference_add(series->aa[i], a * a);
		series->bb[i + 1] = reference_add(series->bb[i], b * b);
		series->l1[i + 1] = reference_add(series->l1[i], fabsl(a - b));
	}
}

void
dense_prefixes(void (*run) (void))
{
	int			placement;

	for (now.n = 0; now.n <= MAX_DIMS; now.n++)
	{
		for (placement = 0; placement < NUM_PLACEMENTS; placement++)
		{
			now.placement = (Placement) placement;
			guarded(run);
		}
	}
}

/* ---- the sums ---- */

static void
check_l2_squared(const DenseSeries *series, const void *a, const void *b)
{
	float		result;

	now.kernel = series->half ? "f16_l2_squared" : "f32_l2_squared";
	result = run_l2_squared(series->half, a, b);
	check_sum(result, &series->l2_squared[now.n], series->exact, "sum");
	check(same(result, run_l2_squared(series->half, b, a)), "symmetry");
	check(run_l2_squared(series->half, a, a) == 0.0f, "to itself");
}

static void
check_l1(const DenseSeries *series, const void *a, const void *b)
{
	float		result;

	now.kernel = series->half ? "f16_l1" : "f32_l1";
	result = run_l1(series->half, a, b);
	check_sum(result, &series->l1[now.n], series->exact, "sum");
	check(same(result, run_l1(series->half, b, a)), "symmetry");
	check(run_l1(series->half, a, a) == 0.0f, "to itself");
}

static void
check_dot(const DenseSeries *series, const void *a, const void *b)
{
	float		result;

	now.kernel = series->half ? "f16_dot" : "f32_dot";
	result = run_dot(series->half, a, b);
	check_sum(result, &series->dot[now.n], series->exact, "sum");
	check(same(result, run_dot(series->half, b, a)), "symmetry");
}

static void
check_dot_norms(const DenseSeries *series, const void *a, const void *b)
{
	float		dot = NAN;
	float		aa = NAN;
	float		bb = NAN;

	now.kernel = series->half ? "f16_dot_norms" : "f32_dot_norms";
	run_dot_norms(series->half, a, b, &dot, &aa, &bb);
	check_sum(dot, &series->dot[now.n], series->exact, "dot");
	check_sum(aa, &series->aa[now.n], series->exact, "aa");
	check_sum(bb, &series->bb[now.n], series->exact, "bb");
	run_dot_norms(series->half, b, b, &dot, &aa, &bb);
	check_sum(aa, &series->bb[now.n], series->exact, "aa of b");
	check(same(dot, aa) && same(aa, bb), "with itself: three equal sums");
}

static void
check_sum_squares(const DenseSeries *series, const void *a)
{
	const Reference *reference = &series->aa[now.n];
	double		result;
	long double bound;

	now.kernel = series->half ? "f16_sum_squares" : "f32_sum_squares";
	bound = bound_factor() * DOUBLE_ROUNDOFF * reference->magnitude;
	result = run_sum_squares(series->half, a);
	check(fabsl(result - reference->sum) <= bound, "bound in double");
}

/* The bits end flush before a guard page and must leave the byte before. */
static void
check_sign_bits(const DenseSeries *series, const void *a, const Arena *out)
{
	size_t		num_bytes = (now.n + 7) / 8;
	uint8_t    *bits = (uint8_t *) out->end - num_bytes;
	size_t		wrong = 0;
	size_t		i;

	now.kernel = series->half ? "f16_sign_bits" : "f32_sign_bits";
	memset(bits - 1, 0xA5, num_bytes + 1);
	run_sign_bits(series->half, a, bits);
	for (i = 0; i < num_bytes * 8; i++)
	{
		int			expected = i < now.n && series->a[i] > 0.0f;

		wrong += (bits[i / 8] >> (7 - i % 8) & 1) != expected;
	}
	check(wrong == 0, "bits");
	check(bits[-1] == 0xA5, "byte before the result");
}

void
check_dense(const DenseSeries *series, const void *a, const void *b,
			const Arena *out)
{
	check_l2_squared(series, a, b);
	check_l1(series, a, b);
	check_dot(series, a, b);
	check_dot_norms(series, a, b);
	check_sum_squares(series, a);
	check_sign_bits(series, a, out);
}

/*
 * NaN and infinity are kept out by the types; here they must only not trap,
 * reach the sums, and set no sign bit in NaN's case.
 */
void
check_dense_not_finite(bool half, const void *a)
{
	float		dot;
	float		aa;
	float		bb;
	uint8_t		bits[MAX_DIMS / 8 + 1];
	size_t		set = 0;
	size_t		i;

	run_dot_norms(half, a, a, &dot, &aa, &bb);
	run_sign_bits(half, a, bits);
	for (i = 0; i < now.n; i++)
		set += bits[i / 8] >> (7 - i % 8) & 1;
	check(isnan(run_l2_squared(half, a, a)) &&
		  isnan(run_dot(half, a, a)) &&
		  isnan(run_l1(half, a, a)) &&
		  isnan(run_sum_squares(half, a)) &&
		  isnan(dot) && isnan(aa) && isnan(bb), "NaN reaches the sums");
	check(set == now.n - 1, "bits of infinities and NaN");
}
