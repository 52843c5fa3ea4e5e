/*
 * nodeset.h - the nodes that one call has met
 *
 * Numbers each distinct key from 0 and finds it again by hash.  The entry
 * also carries what a traversal must know per node.  Everything lives in the
 * set's own memory context and dies with it.
 */
#ifndef TRL_KG_NODESET_H
#define TRL_KG_NODESET_H

#include "kg/engine/keys.h"

#define TRL_NONE PG_UINT32_MAX
#define TRL_NO_CANDIDATE 0x3FFFFFFF

typedef enum TrlVisibility
{
	TRL_VISIBILITY_UNKNOWN,
	TRL_VISIBILITY_VISIBLE,
	TRL_VISIBILITY_HIDDEN,
	TRL_VISIBILITY_PENDING		/* about to be looked up */
} TrlVisibility;

typedef struct TrlNode
{
	TrlKey		key;			/* owned by the set */
	uint32		visit;			/* where the walk reached it, or TRL_NONE */
	uint32		candidate:30;	/* its place in the level being built */
	uint32		visibility:2;	/* TrlVisibility */
} TrlNode;

typedef struct TrlNodeSet
{
	TrlKeyKind	kind;
	uint64		serial;			/* tells sets apart, also at one address */
	MemoryContext cxt;
	TrlNode    *nodes;			/* by number */
	uint32		count;
	uint32		capacity;
	struct trl_nodehash_hash *hash;
} TrlNodeSet;

/* cxt: a context of the set's own, or one that lives at least as long. */
extern void trl_nodeset_init(TrlNodeSet *set, TrlKeyKind kind,
							 MemoryContext cxt);

/* The key's number; a new key is copied into the set. */
extern uint32 trl_nodeset_intern(TrlNodeSet *set, TrlKey key, bool *is_new);

/* The key's number, or TRL_NONE. */
extern uint32 trl_nodeset_find(TrlNodeSet *set, TrlKey key);

/*
 * Numbers the nodes anew, in order of their ids; place, of count elements,
 * gets each one's new number by its old one.  Before any has a visit.
 */
extern void trl_nodeset_sort(TrlNodeSet *set, uint32 *place);

/* For qsort_arg() of node numbers, by key; arg is the set. */
extern int	trl_nodeset_compare(const void *left, const void *right, void *arg);

#endif							/* TRL_KG_NODESET_H */
