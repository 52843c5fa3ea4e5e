/*
 * kernels_rotation_test.c - the random rotation and its steps
 *
 * Goal: the promises of kernels/scan.h.  On integers the transform must be
 * exact; on floats every level must give the same bits as plain C; the whole
 * must keep lengths and angles, be the same on every machine (a checksum),
 * and spread whatever goes in evenly over what comes out.
 */
#include <stdio.h>
#include <string.h>

#include "kernels/scan_internal.h"
#include "kernels_test.h"

#define MAX_ELEMENTS 4096

static const float poison = 3.0e38f;
static Arena arena_x;
static Arena arena_y;
static Arena arena_signs;
static float x[MAX_ELEMENTS];
static float y[MAX_ELEMENTS];
static float expected_x[MAX_ELEMENTS];
static float expected_y[MAX_ELEMENTS];

static void
fill(float *values, size_t n)
{
	size_t		i;

	for (i = 0; i < n; i++)
		values[i] = random_unit();
}

static void *
place_floats(const Arena *arena, const float *values, size_t shift)
{
	return place(arena, values, now.n, sizeof(float), &poison, shift);
}

/* ---- the steps ---- */

/* Element i of the transform: x[j] counts negative where i & j has odd bits. */
static void
run_hadamard_integers(void)
{
	bool		right = true;
	size_t		i;
	size_t		j;
	float	   *result;

	for (i = 0; i < now.n; i++)
		x[i] = (float) (int) (random_unit() * 100.0f);
	for (i = 0; i < now.n; i++)
	{
		expected_x[i] = 0.0f;
		for (j = 0; j < now.n; j++)
			expected_x[i] += __builtin_parityll(i & j) ? -x[j] : x[j];
	}
	result = place_floats(&arena_x, x, 0);
	trl_scan_kernels->hadamard(result, now.n);
	for (i = 0; i < now.n; i++)
		right = right && result[i] == expected_x[i];
	check(right, "the transform of integers is exact");
}

static void
run_hadamard_floats(void)
{
	float	   *result;

	fill(x, now.n);
	memcpy(expected_x, x, sizeof(x));
	trl_hadamard_scalar(expected_x, now.n);
	result = place_floats(&arena_x, x, 0);
	trl_scan_kernels->hadamard(result, now.n);
	check(memcmp(result, expected_x, now.n * sizeof(float)) == 0,
		  "every level rounds alike");
}

static void
run_sum_diff(void)
{
	float	   *result_x;
	float	   *result_y;
	size_t		i;

	fill(x, now.n);
	fill(y, now.n);
	for (i = 0; i < now.n; i++)
	{
		expected_x[i] = x[i] + y[i];
		expected_y[i] = x[i] - y[i];
	}
	result_x = place_floats(&arena_x, x, 0);
	result_y = place_floats(&arena_y, y, 3);
	trl_scan_kernels->sum_diff(result_x, result_y, now.n);
	check(memcmp(result_x, expected_x, now.n * sizeof(float)) == 0, "sums");
	check(memcmp(result_y, expected_y, now.n * sizeof(float)) == 0,
		  "differences");
}

static void
run_scale_signs(void)
{
	uint64_t	words[MAX_ELEMENTS / 64];
	float		scale = random_unit();
	size_t		count = (now.n + 63) / 64;
	uint64_t   *signs;
	float	   *result;
	size_t		i;

	fill(x, now.n);
	for (i = 0; i < count; i++)
		words[i] = random_bits();
	for (i = 0; i < now.n; i++)
		expected_x[i] = words[i / 64] >> i % 64 & 1 ? -(x[i] * scale) :
			x[i] * scale;
	signs = place(&arena_signs, words, count, sizeof(uint64_t), words, 1);
	result = place_floats(&arena_x, x, 0);
	trl_scan_kernels->scale_signs(result, now.n, signs, scale);
	check(memcmp(result, expected_x, now.n * sizeof(float)) == 0,
		  "scales and flips");
}

static void
check_steps(void)
{
	int			placement;

	now.regime = "-";
	for (placement = 0; placement < NUM_PLACEMENTS; placement++)
	{
		now.placement = (Placement) placement;
		now.kernel = "hadamard";
		for (now.n = 1; now.n <= MAX_ELEMENTS; now.n *= 2)
		{
			if (now.n <= 1024)
				guarded(run_hadamard_integers);
			guarded(run_hadamard_floats);
		}
		for (now.n = 0; now.n <= 300; now.n++)
		{
			now.kernel = "sum_diff";
			guarded(run_sum_diff);
			now.kernel = "scale_signs";
			guarded(run_scale_signs);
		}
	}
}

/* ---- the whole ---- */

static double
inner_product(const float *a, const float *b, size_t n)
{
	double		sum = 0.0;
	size_t		i;

	for (i = 0; i < n; i++)
		sum += (double) a[i] * (double) b[i];
	return sum;
}

static float *
rotated(const Arena *arena, uint64_t seed, const float *in)
{
	static const float garbage[MAX_ELEMENTS];
	size_t		padded = trl_rotation_padded(now.n);
	float	   *placed = place_floats(&arena_signs, in, 1);
	float	   *out = place(arena, garbage, padded, sizeof(float), &poison, 0);

	trl_rotate(seed, placed, now.n, out);
	return out;
}

static void
run_rotate(void)
{
	size_t		padded = trl_rotation_padded(now.n);
	uint64_t	seed = random_bits();
	double		xx;
	double		yy;
	float	   *out_x;
	float	   *out_y;

	check(padded % 64 == 0 && padded >= now.n && padded < now.n + 64,
		  "pads to a multiple of 64");
	fill(x, now.n);
	fill(y, now.n);
	xx = inner_product(x, x, now.n);
	yy = inner_product(y, y, now.n);
	out_x = rotated(&arena_x, seed, x);
	out_y = rotated(&arena_y, seed, y);
	check(fabs(inner_product(out_x, out_x, padded) - xx) <= 1e-6 * xx,
		  "keeps the length");
	check(fabs(inner_product(out_x, out_y, padded) -
			   inner_product(x, y, now.n)) <= 1e-6 * sqrt(xx * yy),
		  "keeps inner products");
	if (now.n >= 16)
	{
		memcpy(expected_x, out_x, padded * sizeof(float));
		out_x = rotated(&arena_x, seed + 1, x);
		check(fabs(inner_product(out_x, expected_x, padded)) <= 0.7 * xx,
			  "another seed is another rotation");
	}
}

/*
 * The bits that come out, as a number (FNV-1a), must be those that plain C
 * gave when the rotation was first written: codes that are stored depend on
 * it.  What goes in is exact in binary, whatever machine computes it.
 */
static void
check_checksum(size_t dims, uint64_t expected)
{
	uint64_t	hash = UINT64_C(0xCBF29CE484222325);
	uint32_t	bits;
	size_t		i;
	float	   *out;

	now.n = dims;
	for (i = 0; i < dims; i++)
		x[i] = (float) ((int) (i * 37 % 101) - 50) / 64.0f;
	out = rotated(&arena_x, 20240817, x);
	for (i = 0; i < trl_rotation_padded(dims); i++)
	{
		memcpy(&bits, &out[i], sizeof(bits));
		hash = (hash ^ bits) * UINT64_C(0x100000001B3);
	}
	if (hash != expected)
	{
		char		message[80];

		snprintf(message, sizeof(message), "checksum is %016llX",
				 (unsigned long long) hash);
		check(false, message);
	}
	else
		check(true, "checksum");
}

/*
 * Of a single element, wherever it stands, each third of the result holds
 * about a third of the energy, signs are even and nothing sticks out.  The
 * limits are about six standard deviations of a uniformly random direction.
 */
static void
check_spread(size_t dims, size_t place_of_one)
{
	size_t		padded = trl_rotation_padded(dims);
	double		thirds[3] = {0.0, 0.0, 0.0};
	size_t		positive = 0;
	double		largest = 0.0;
	const size_t seeds = 40;
	double		samples = (double) (seeds * padded);
	uint64_t	seed;
	size_t		i;

	now.n = dims;
	memset(x, 0, sizeof(x));
	x[place_of_one] = 1.0f;
	for (seed = 0; seed < seeds; seed++)
	{
		float	   *out = rotated(&arena_x, seed, x);

		for (i = 0; i < padded; i++)
		{
			thirds[3 * i / padded] += (double) out[i] * (double) out[i];
			positive += out[i] > 0.0f;
			largest = fmax(largest, fabs((double) out[i]));
		}
	}
	for (i = 0; i < 3; i++)
		check(fabs(thirds[i] / (double) seeds - 1.0 / 3.0) <= 0.03,
			  "each third gets its part");
	check(fabs((double) positive / samples - 0.5) <= 3.0 / sqrt(samples),
		  "as many positive as negative");
	check(largest * sqrt((double) padded) <= 6.5, "nothing sticks out");
}

static void
check_whole(void)
{
	static const size_t spread_dims[] = {384, 700, 768, 1024, 1536};
	int			placement;
	size_t		i;

	now.kernel = "rotate";
	for (placement = 0; placement < NUM_PLACEMENTS; placement++)
	{
		now.placement = (Placement) placement;
		for (now.n = 1; now.n <= 4032; now.n += now.n < 200 ? 1 : 383)
			guarded(run_rotate);
	}
	now.placement = PLACE_BEFORE_GUARD;
	check_checksum(100, UINT64_C(0x123F9FBE191354C8));
	check_checksum(768, UINT64_C(0xB9E5097AE223F661));
	check_checksum(1024, UINT64_C(0x165FA480BF942DDD));
	for (i = 0; i < sizeof(spread_dims) / sizeof(spread_dims[0]); i++)
	{
		check_spread(spread_dims[i], 0);
		check_spread(spread_dims[i], spread_dims[i] / 2);
		check_spread(spread_dims[i], spread_dims[i] - 1);
	}
}

void
check_rotation(void)
{
	if (arena_x.start == NULL)
	{
		arena_x = arena_create((MAX_ELEMENTS + 32) * sizeof(float));
		arena_y = arena_create((MAX_ELEMENTS + 32) * sizeof(float));
		arena_signs = arena_create((MAX_ELEMENTS + 32) * sizeof(float));
	}
	check_steps();
	check_whole();
}
