/*
 * kernels_sparse_test.c - the kernels of sparse arrays against long double
 *
 * Goal: the promises of kernels/kernels.h.  The steps of the wide levels
 * depend on how the indices of both sides interleave, so shapes are crossed
 * with regimes of values: all pairs of small lengths, and random larger ones.
 */
#include <string.h>

#include "kernels_test.h"

#define SMALL 40

typedef enum Shape
{
	SHAPE_DENSE,				/* many shared indices */
	SHAPE_RARE,					/* few shared indices */
	SHAPE_SAME,					/* the same indices as far as both go */
	SHAPE_INTERLEAVED,			/* none shared, taking turns */
	SHAPE_APART,				/* all of a before all of b */
	SHAPE_RUNS,					/* long runs of one side, then the other */
	SHAPE_EDGES,				/* up to the largest index, shared */
	NUM_SHAPES
} Shape;

static const char *const shape_names[NUM_SHAPES] = {
	"dense", "rare", "same", "interleaved", "apart", "runs", "edges"
};

typedef enum Regime
{
	REGIME_NORMAL,
	REGIME_INTEGERS,			/* every sum is exact in a float */
	REGIME_OVERFLOW,
	REGIME_TINY,				/* products underflow to zero */
	REGIME_CANCEL,				/* shared elements of nearly equal value */
	NUM_REGIMES
} Regime;

/* One operand, and where it was placed. */
typedef struct Operand
{
	int32_t		index[MAX_DIMS];
	float		value[MAX_DIMS];
	size_t		n;
	Arena		indices;
	Arena		values;
	TrlSparseArray placed;
} Operand;

static const int32_t index_poison = 7;
static const float value_poison = 3.0e38f;
static Operand a;
static Operand b;
static Reference l2_squared;
static Reference dot;
static Reference l1;
static bool exact;

/* ---- values ---- */

/* Gap from the element before to number i of a side. */
static int32_t
random_gap(Shape shape, size_t i, bool second)
{
	uint32_t	bits = (uint32_t) (random_bits() >> 32);

	switch (shape)
	{
		case SHAPE_DENSE:
			return 1 + (int32_t) (bits % 3);
		case SHAPE_RARE:
			return 1 + (int32_t) (bits % 900000);
		case SHAPE_INTERLEAVED:
			return i == 0 && second ? 2 : i == 0 ? 1 : 2;
		case SHAPE_APART:
			return second && i == 0 ? 1000000 : 1;
		case SHAPE_RUNS:
			return bits % 32 == 0 ? 1 + (int32_t) (bits / 32 % 50) : 1;
		default:
			return 1 + (int32_t) (bits % 40);
	}
}

static float
random_value(Regime regime)
{
	float		unit = random_unit();

	switch (regime)
	{
		case REGIME_INTEGERS:
			return (float) (int) (unit * 16.0f);
		case REGIME_OVERFLOW:
			return unit * 3.0e38f;
		case REGIME_TINY:
			return unit * 1.0e-30f;
		case REGIME_CANCEL:
			return 1000.0f + unit / 1024.0f;
		default:
			return unit;
	}
}

static void
fill_operand(Operand *operand, Shape shape, Regime regime, bool second)
{
	int32_t		at = -1;
	size_t		i;

	for (i = 0; i < operand->n; i++)
	{
		at += random_gap(shape, i, second);
		operand->index[i] = at;
		operand->value[i] = random_value(regime);
	}
	/* the last elements of both end at the largest index of all */
	for (i = 0; i < operand->n && shape == SHAPE_EDGES; i++)
		operand->index[i] += INT32_MAX - at;
}

/* Reference of the pair, term by term; also sets now.n. */
static void
merge(void)
{
	static const Reference zero;
	size_t		i = 0;
	size_t		j = 0;

	l2_squared = dot = l1 = zero;
	for (now.n = 0; i < a.n || j < b.n; now.n++)
	{
		bool		from_a = j == b.n || (i < a.n && a.index[i] <= b.index[j]);
		bool		from_b = i == a.n || (j < b.n && b.index[j] <= a.index[i]);
		long double x = from_a ? a.value[i] : 0.0f;
		long double y = from_b ? b.value[j] : 0.0f;

		l2_squared = reference_add(l2_squared, (x - y) * (x - y));
		dot = reference_add(dot, x * y);
		l1 = reference_add(l1, fabsl(x - y));
		i += from_a;
		j += from_b;
	}
}

static void
place_operand(Operand *operand, size_t shift)
{
	operand->placed.index = place(&operand->indices, operand->index,
								  operand->n, sizeof(int32_t), &index_poison,
								  shift);
	operand->placed.value = place(&operand->values, operand->value,
								  operand->n, sizeof(float), &value_poison,
								  shift + 5);
	operand->placed.n = operand->n;
}

/* ---- the checks ---- */

static void
check_pair(void)
{
	const TrlKernels *k = now.kernels;
	const TrlSparseArray *x = &a.placed;
	const TrlSparseArray *y = &b.placed;
	float		result;

	place_operand(&a, 0);
	place_operand(&b, 7);

	now.kernel = "sparse_l2_squared";
	result = k->sparse_l2_squared(x, y);
	check_sum(result, &l2_squared, exact, "sum");
	check(same(result, k->sparse_l2_squared(y, x)), "symmetry");
	check(k->sparse_l2_squared(x, x) == 0.0f, "to itself");

	now.kernel = "sparse_dot";
	result = k->sparse_dot(x, y);
	check_sum(result, &dot, exact, "sum");
	check(same(result, k->sparse_dot(y, x)), "symmetry");

	now.kernel = "sparse_l1";
	result = k->sparse_l1(x, y);
	check_sum(result, &l1, exact, "sum");
	check(same(result, k->sparse_l1(y, x)), "symmetry");
	check(k->sparse_l1(x, x) == 0.0f, "to itself");
}

static void
check_lengths(Shape shape, size_t na, size_t nb, Placement placement)
{
	Regime		regime = (Regime) (random_bits() % NUM_REGIMES);

	now.regime = shape_names[shape];
	now.placement = placement;
	exact = regime == REGIME_INTEGERS;
	a.n = na;
	b.n = nb;
	fill_operand(&a, shape, regime, false);
	fill_operand(&b, shape, regime, true);
	if (shape == SHAPE_SAME)
		memcpy(b.index, a.index, (na < nb ? na : nb) * sizeof(int32_t));
	/* beyond a's end b goes on from there */
	for (; shape == SHAPE_SAME && na < nb; na++)
		b.index[na] = na == 0 ? 0 : b.index[na - 1] + 3;
	merge();
	guarded(check_pair);
}

static void
check_shape(Shape shape)
{
	int			placement;
	int			i;
	size_t		na;
	size_t		nb;

	for (na = 0; na <= SMALL; na++)
	{
		for (nb = 0; nb <= SMALL; nb++)
		{
			for (placement = 0; placement < NUM_PLACEMENTS; placement++)
				check_lengths(shape, na, nb, (Placement) placement);
		}
	}
	for (i = 0; i < 600; i++)
	{
		na = random_bits() % (i % 4 == 0 ? 20 : MAX_DIMS + 1);
		nb = random_bits() % (i % 4 == 1 ? 20 : MAX_DIMS + 1);
		check_lengths(shape, na, i % 4 == 2 ? na : nb, (Placement) (i % 3));
	}
}

/* NaN reaches the sums, whether its index is shared or not. */
static void
check_not_finite(void)
{
	int32_t		index[40];
	float		value[40];
	float		nan_value[40];
	TrlSparseArray plain = {index, value, 40};
	TrlSparseArray with_nan = {index, nan_value, 40};
	TrlSparseArray none = {NULL, NULL, 0};
	int			i;

	now.regime = "not finite";
	now.kernel = "all of sparse";
	for (i = 0; i < 40; i++)
	{
		index[i] = 3 * i;
		value[i] = nan_value[i] = 1.0f;
	}
	for (i = 0; i < 40; i++)
	{
		now.n = (size_t) i;
		nan_value[i] = NAN;
		check(isnan(now.kernels->sparse_l2_squared(&plain, &with_nan)) &&
			  isnan(now.kernels->sparse_dot(&plain, &with_nan)) &&
			  isnan(now.kernels->sparse_l1(&plain, &with_nan)), "shared");
		check(isnan(now.kernels->sparse_l2_squared(&none, &with_nan)) &&
			  now.kernels->sparse_dot(&none, &with_nan) == 0.0f &&
			  isnan(now.kernels->sparse_l1(&with_nan, &none)), "alone");
		nan_value[i] = 1.0f;
	}
}

void
check_sparse(void)
{
	int			shape;

	if (a.indices.start == NULL)
	{
		a.indices = arena_create((MAX_DIMS + 32) * sizeof(int32_t));
		a.values = arena_create((MAX_DIMS + 32) * sizeof(float));
		b.indices = arena_create((MAX_DIMS + 32) * sizeof(int32_t));
		b.values = arena_create((MAX_DIMS + 32) * sizeof(float));
	}
	for (shape = 0; shape < NUM_SHAPES; shape++)
		check_shape((Shape) shape);
	check_not_finite();
}
