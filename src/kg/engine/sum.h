/*
 * sum.h - exact sums of numbers that come in any order
 *
 * A sum of floating point numbers depends on their order; rows have none.
 * What trl_sum_value() returns is the exact sum, rounded once.
 */
#ifndef TRL_KG_SUM_H
#define TRL_KG_SUM_H

/* All zero is a sum of nothing. */
typedef struct TrlSum
{
	float8	   *parts;			/* of no common digits, smallest first */
	int			n_parts;
	int			capacity;
	bool		has_special;
	float8		special;		/* sum of infinities and NaN */
} TrlSum;

/*
 * Parts are kept in cxt: one or two as a rule, at most about 40.  ERROR 22003
 * if a sum of finite numbers overflows.
 */
extern void trl_sum_add(TrlSum *sum, float8 value, MemoryContext cxt);

/* A sum of nothing again; keeps its memory. */
extern void trl_sum_reset(TrlSum *sum);

extern float8 trl_sum_value(const TrlSum *sum);

#endif							/* TRL_KG_SUM_H */
