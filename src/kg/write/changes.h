/*
 * changes.h - what the writers that end, remove and merge rows share
 */
#ifndef TRL_KG_CHANGES_H
#define TRL_KG_CHANGES_H

#include "funcapi.h"

#include "kg/engine/plan.h"
#include "kg/write/upsert.h"

/* A list of ids that grows, in the context that was current at first. */
typedef struct TrlIds
{
	int64	   *ids;
	int			n;
	int			capacity;
} TrlIds;

extern void trl_ids_add(TrlIds *ids, int64 id);
extern bool trl_ids_contain(const TrlIds *ids, int64 id);

/* For queries whose first column is an id: bigint; NULLs are passed over. */
extern void trl_ids_collect(void *ids, const Datum *values, const bool *nulls);

/* A bigint array argument's elements, none NULL; none at all for NULL. */
extern TrlIds trl_ids_argument(FunctionCallInfo fcinfo, int arg,
							   const char *name);

/* Adds them to a statement's parameters. */
extern void trl_params_add_ids(TrlParams *params, const TrlIds *ids);

/*
 * Runs a statement over the graph, which may write, in a new snapshot, and
 * returns how many rows came back.  ids, if not NULL, collects the first
 * column.
 */
extern int64 trl_change(const TrlTarget *target, const char *statement,
						const TrlParams *params, TrlIds *ids);

/* The same of any statement, which names its tables itself. */
extern int64 trl_change_run(const char *sql, const TrlParams *params,
							TrlIds *ids);

/*
 * One caller at a time removes nodes of a graph.  Kept to the transaction's
 * end; of no matter to anybody else who reads or writes it.
 */
extern void trl_change_lock(const TrlTarget *target);

/* One row of the result (relation regclass, action text, count bigint). */
extern void trl_change_report(ReturnSetInfo *result, Oid relation,
							  const char *action, int64 count);

/* A table of the graph; InvalidOid if it is gone. */
extern Oid	trl_change_table(const TrlTarget *target, const char *name);

#endif							/* TRL_KG_CHANGES_H */
