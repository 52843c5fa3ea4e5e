/*
 * access.h - what the room offers to the rest of the extension
 */
#ifndef TRL_ACCESS_ACCESS_H
#define TRL_ACCESS_ACCESS_H

/* Once, when the library is loaded. */
extern void trl_access_init(void);

/* lanes.c: registers the row test for index lanes */
extern void trl_access_lanes_init(void);

#endif							/* TRL_ACCESS_ACCESS_H */
