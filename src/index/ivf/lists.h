/*
 * lists.h - the centroids of a build in memory, and the nearest of a row
 */
#ifndef TRL_INDEX_IVF_LISTS_H
#define TRL_INDEX_IVF_LISTS_H

#include "postgres.h"

/* More lists than this are searched in two levels, by groups of them. */
#define TRL_LISTS_FLAT 4096

/* A batch of rows where memory is no matter. */
#define TRL_ASSIGN_ROWS 256

/*
 * k centroids of dims floats each and half of each one's squared norm.  The
 * lists of a group follow each other: those of group g are group_first[g] to
 * group_first[g + 1] - 1.  Where there is but one group, it has no centroid.
 */
typedef struct TrlLists
{
	int			dims;
	int			k;
	float	   *centroids;
	float	   *half_norms;
	int			groups;
	float	   *group_centroids;
	float	   *group_norms;
	int		   *group_first;
} TrlLists;

/* Groups of k lists: 1, or about the square root. */
extern int	trl_lists_groups(int k);

/* Bytes that the arrays of k lists take, and placing them in such memory. */
extern Size trl_lists_size(int k, int dims);
extern void trl_lists_place(TrlLists *lists, int k, int dims, char *memory);

/* Finds nearest lists; scratch memory of one process. */
typedef struct TrlAssigner TrlAssigner;

/* Bytes of an assigner for calls of at most so many rows. */
extern Size trl_assigner_size(int rows, int dims);

/* Allocated in the current memory context, in one piece that pfree frees. */
extern TrlAssigner *trl_assigner_create(int rows, int dims);

/* Its scratch memory for products, which others may use between calls. */
extern void *trl_assigner_scratch(TrlAssigner *assigner);

/*
 * For m rows the nearest of k centroids by squared distance: its number, from
 * 0, in nearest.  m is at most what the assigner was made for.  Interruptible.
 */
extern void trl_assign_flat(TrlAssigner *assigner, const float *rows, int m,
							const float *centroids, const float *half_norms,
							int k, uint32 *nearest);

/*
 * For m rows the nearest list; where the lists are in groups, among those of
 * the nearest eighth of the groups.
 */
extern void trl_assign(TrlAssigner *assigner, const TrlLists *lists,
					   const float *rows, int m, uint32 *nearest);

#endif							/* TRL_INDEX_IVF_LISTS_H */
