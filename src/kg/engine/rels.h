/*
 * rels.h - the relation names that one call has met
 *
 * An edge carries a number.  Where the graph has a dictionary it is the
 * dictionary's; otherwise names are numbered here as they come.
 */
#ifndef TRL_KG_RELS_H
#define TRL_KG_RELS_H

#include "kg/engine/graph.h"

#define TRL_REL_NONE PG_INT32_MIN

typedef struct TrlRels TrlRels;

/* Lives in the current memory context. */
extern TrlRels *trl_rels_create(const TrlGraph *graph);

/* The number of an edge's relation, as the hop's query returns it. */
extern int32 trl_rels_number(TrlRels *rels, Datum value);

/* By name where names are known here, else by number. */
extern int	trl_rels_compare(const TrlRels *rels, int32 a, int32 b);

/*
 * To get names: note every number wanted, load once, then ask.  Loading
 * reads the dictionary as the current user, for numbers that are new since
 * the last time; without a dictionary it does nothing.
 */
extern void trl_rels_note(TrlRels *rels, int32 number);
extern void trl_rels_load(TrlRels *rels);

/* A text, or 0 if there is none that the user may see. */
extern Datum trl_rels_name(const TrlRels *rels, int32 number);

/*
 * The parameter that a relation column is compared with: dictionary numbers
 * for names, the names themselves otherwise.  NOTICE for names that the
 * dictionary lacks.
 */
extern ArrayType *trl_rels_parameter(TrlRels *rels, const Datum *names, int n,
									 Oid *element_type);

#endif							/* TRL_KG_RELS_H */
