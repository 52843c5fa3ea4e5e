/*
 * advice.h - what protect() says about the indexes of a table
 */
#ifndef TRL_ACCESS_ADVICE_H
#define TRL_ACCESS_ADVICE_H

#include "nodes/pg_list.h"

/*
 * A NOTICE for each index of vectors of these tables (a list of OIDs, locked)
 * that lacks a column which their policies ask for, with the command that
 * makes one which has it.  tenant_column may be NULL.  Changes nothing.
 */
extern void trl_advise_indexes(List *relids, const char *label_column,
							   const char *tenant_column);

#endif							/* TRL_ACCESS_ADVICE_H */
