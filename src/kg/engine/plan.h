/*
 * plan.h - saved plans and how a traversal runs them
 */
#ifndef TRL_KG_PLAN_H
#define TRL_KG_PLAN_H

#include "access/tupdesc.h"
#include "nodes/params.h"
#include "tcop/dest.h"

#define TRL_PLAN_MAX_PARAMS 12

/* A query's parameters; none is NULL. */
typedef struct TrlParams
{
	int			n;
	Oid			types[TRL_PLAN_MAX_PARAMS];
	Datum		values[TRL_PLAN_MAX_PARAMS];
} TrlParams;

/* Adds a parameter and returns its number, which starts at 1. */
extern int	trl_params_add(TrlParams *params, Oid type, Datum value);

/* A plan borrowed from the cache; opaque. */
typedef struct TrlPlan TrlPlan;

/*
 * The saved generic plan of a query, with the parameter types of params.
 * It stays usable until the current memory context is reset or deleted.
 */
extern TrlPlan *trl_plan_get(const char *sql, const TrlParams *params);

/*
 * Called for each row; values and nulls are valid during the call only.  It
 * may run further queries.
 */
typedef void (*TrlRowFunction) (void *state, const Datum *values,
								const bool *nulls);

/*
 * Runs a plan read-only, as the current user and in the caller's snapshot.
 * Returns in the memory context it was called in.
 */
extern void trl_plan_run(TrlPlan *plan, const TrlParams *params,
						 TrlRowFunction row, void *state);

/*
 * The same for results that are not copies of what was asked for: shape is
 * told their columns before the first row (NULL: nobody is), columns says
 * then how many of them, from the first on, rows are to have.
 */
typedef void (*TrlShapeFunction) (void *state, TupleDesc desc);
typedef int (*TrlColumnsFunction) (void *state);

extern void trl_plan_scan(TrlPlan *plan, const TrlParams *params,
						  TrlShapeFunction shape, TrlColumnsFunction columns,
						  TrlRowFunction row, void *state);

/*
 * A plan that a call runs again and again with other parameters, as above.
 * Where the plan is a plain scan of one table its executor stays open in
 * between.  Ended by trl_runs_end(), or by an error; owner is the context of
 * the call, and what the executor takes is not counted in it.
 */
typedef struct TrlRun TrlRun;

extern TrlRun *trl_run_create(TrlPlan *plan, const TrlParams *params,
							  MemoryContext owner);
extern void trl_run_execute(TrlRun *run, const TrlParams *params,
							TrlRowFunction row, void *state);

/* Ends the runs of a call. */
extern void trl_runs_end(MemoryContext owner);

/*
 * Runs a query that may write, as the current user and in a new snapshot.
 * row may be NULL if the query returns nothing.
 */
extern void trl_sql_write(const char *sql, const TrlParams *params,
						  TrlRowFunction row, void *state);

#endif							/* TRL_KG_PLAN_H */
