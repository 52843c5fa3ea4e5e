/*
 * automaton.h - which edges may follow which on a path
 *
 * Edges belong to classes (the relations and the direction of a metapath's
 * step).  A walk is in a set of states, one bit each, for it may be at
 * several places of the metapath at once.  Without a metapath there is one
 * class and one state, which accepts.
 */
#ifndef TRL_KG_AUTOMATON_H
#define TRL_KG_AUTOMATON_H

#include "kg/path/metapath.h"

#define TRL_MAX_STATES 64

typedef struct TrlAutomaton
{
	int			n_states;
	int			n_classes;
	uint64		start;			/* states */
	uint64		accept;
	/* by class: states that it leads from, and to */
	uint64		from[TRL_METAPATH_MAX_STEPS];
	uint64		to[TRL_METAPATH_MAX_STEPS];
	/* by class and state */
	uint64		next[TRL_METAPATH_MAX_STEPS][TRL_MAX_STATES];
	uint64		previous[TRL_METAPATH_MAX_STEPS][TRL_MAX_STATES];
} TrlAutomaton;

/* path NULL: no metapath.  In the current memory context. */
extern TrlAutomaton *trl_automaton_create(const TrlMetapath *path);

/* The states after (before, if back) an edge of any of the classes. */
extern uint64 trl_automaton_step(const TrlAutomaton *automaton, uint64 states,
								 uint64 classes, bool back);

#endif							/* TRL_KG_AUTOMATON_H */
