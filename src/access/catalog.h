/*
 * catalog.h - the catalogue tables of labels, grants and bound roles
 *
 * Reads go through system-table scans: no SPI, no privileges, no policies,
 * no search_path.  They use the newest snapshot whatever the transaction's
 * isolation level, and see the transaction's own changes: a grant that was
 * revoked is gone for REPEATABLE READ too.  They work while a query runs, in
 * parallel workers and on standbys.  Text results are palloc'd.
 */
#ifndef TRL_ACCESS_CATALOG_H
#define TRL_ACCESS_CATALOG_H

#include "nodes/bitmapset.h"
#include "utils/timestamp.h"

/* Ids above these are never handed out (sequences and checks hold them). */
#define TRL_LABEL_MAX 1048576
#define TRL_EXPRESSION_MAX 16777216

#define TRL_LABEL_NAME_MAX 128

/*
 * How often each kind of fact has changed, as far as this session knows.
 * A change bumps trl_access_serial too.
 */
typedef struct TrlAccessEpochs
{
	uint64		definitions;	/* label expressions changed or removed */
	uint64		expressions;	/* the same, or added */
	uint64		grants;
	uint64		bindings;		/* roles bound to principals */
} TrlAccessEpochs;

extern TrlAccessEpochs trl_access_epochs;

/* Registers for invalidations; once, when the library is loaded. */
extern void trl_catalog_init(void);

/*
 * Takes in what other sessions changed, and makes sure that later changes
 * are noticed.  False if the extension's tables are not there.
 */
extern bool trl_catalog_refresh(void);

/* The principal of a bound role; NULL if the role is not bound. */
extern char *trl_catalog_binding(Oid role, bool *has_tenant, int32 *tenant);

/*
 * Ids of the labels that principal holds at the time now; *until is when the
 * next of its timed grants ends, DT_NOEND if none does.
 */
extern Bitmapset *trl_catalog_grants(const char *principal, TimestampTz now,
									 TimestampTz *until);

/* The canonical text of an expression, NULL if there is none of this id. */
extern char *trl_catalog_expression(int32 id);

/* The id of a canonical text, 0 if it is not interned. */
extern int32 trl_catalog_expression_id(const char *canonical);

/* Calls visit for every expression, in no order; false from it ends the scan. */
typedef bool (*TrlVisitExpression) (int32 id, const char *canonical, void *arg);
extern void trl_catalog_each_expression(TrlVisitExpression visit, void *arg);

/* A label's id, 0 if there is none of that name. */
extern int32 trl_catalog_label(const char *name);

/* A label's name, NULL if there is none of that id. */
extern char *trl_catalog_label_name(int32 id);

/* True if the current user may SELECT from a table of schema trellis. */
extern bool trl_catalog_readable(const char *table);

/*
 * Runs one statement on the catalogue as the extension's owner, through SPI;
 * the caller has been allowed to by EXECUTE on the calling function.  Names
 * and operators in sql must be qualified.  Returns the number of rows, and
 * in *first the first row's first column if that is an int4 (0 if no row).
 */
extern uint64 trl_catalog_execute(const char *sql, int nargs, Oid *types,
								  Datum *values, const char *nulls,
								  int32 *first);

#endif							/* TRL_ACCESS_CATALOG_H */
