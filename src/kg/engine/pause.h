/*
 * pause.h - interrupts in long loops
 *
 * A loop over a whole graph looks at interrupts every TRL_PAUSE_STEPS steps:
 * well under 100 ms apart, and for nothing beside the steps themselves.
 */
#ifndef TRL_KG_PAUSE_H
#define TRL_KG_PAUSE_H

#include "miscadmin.h"

#define TRL_PAUSE_STEPS 0x10000

/* For loops whose counter passes every number. */
static inline void
trl_pause_at(uint32 step)
{
	if (step % TRL_PAUSE_STEPS == 0)
		CHECK_FOR_INTERRUPTS();
}

/* For loops that do a varying number of steps: *done sums them up. */
static inline void
trl_pause_after(uint64 *done, uint64 steps)
{
	*done += steps;
	if (*done < TRL_PAUSE_STEPS)
		return;
	*done = 0;
	CHECK_FOR_INTERRUPTS();
}

#endif							/* TRL_KG_PAUSE_H */
