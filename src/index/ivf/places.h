/*
 * places.h - where new lists of an ivf index stand, and how they become known
 */
#ifndef TRL_INDEX_IVF_PLACES_H
#define TRL_INDEX_IVF_PLACES_H

#include "access/generic_xlog.h"

#include "index/ivf/cache.h"

/* New lists that one list becomes, at most. */
#define TRL_IVF_MAX_PARTS 64

/*
 * Places of the directory for new lists: those of lists whose pages have been
 * freed, then new ones at the end.  All are told of in one record, which holds
 * so many pages of old places, beside the metapage and the retired list's page.
 */
#define TRL_IVF_OLD_PAGES (MAX_GENERIC_XLOG_PAGES - 2)

typedef struct TrlIvfPlaces
{
	uint32		place[TRL_IVF_MAX_PARTS];
	int			n;
	int			old;			/* the first so many were used before */
	int			pages[TRL_IVF_OLD_PAGES];	/* of the directory, that hold
											 * those */
	int			n_pages;
} TrlIvfPlaces;

/* A list's entry, and its page, locked in the mode. */
extern Buffer trl_ivf_lock_entry(Relation index, const TrlIvfCache *cache,
								 uint32 list, int mode,
								 TrlIvfListEntry *entry);

/* A copy of a list's entry. */
extern TrlIvfListEntry trl_ivf_read_entry(Relation index,
										  const TrlIvfCache *cache,
										  uint32 list);

/* Places for new lists in which a list's rows will be. */
extern TrlIvfPlaces trl_ivf_choose_places(const TrlIvfCache *cache,
										  uint32 retired, int parts);

/* So many ids in a row that no list has had. */
extern uint32 trl_ivf_take_ids(Relation index, int count);

/*
 * Puts centroids, dims_padded floats each, and entries into the places.  A
 * crash before they are published leaves retired lists, whose pages vacuum
 * frees, or pages that nobody refers to.
 */
extern void trl_ivf_fill_places(Relation index, const TrlIvfCache *cache,
								const TrlIvfPlaces *places,
								const float *centroids,
								const TrlIvfListEntry *entries);

/*
 * Tells everybody, at once, of the lists in the places, perhaps none, and that
 * one is retired.
 */
extern void trl_ivf_publish(Relation index, const TrlIvfCache *cache,
							uint32 retired, const TrlIvfPlaces *places);

#endif							/* TRL_INDEX_IVF_PLACES_H */
