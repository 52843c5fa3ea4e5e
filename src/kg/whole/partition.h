/*
 * partition.h - nodes in groups: components and communities
 */
#ifndef TRL_KG_PARTITION_H
#define TRL_KG_PARTITION_H

#include "kg/engine/budget.h"

typedef struct TrlPartition
{
	uint32		n_nodes;
	uint32		n_groups;
	uint32	   *group;			/* by node, from 0 */
	uint32	   *size;			/* by group */
} TrlPartition;

/*
 * Makes a partition of labels below n_nodes: nodes with equal ones are
 * together.  Groups are numbered by size, the largest first, then by their
 * lowest node.  Takes labels over as group.  In the current context.
 */
extern void trl_partition_init(TrlPartition *partition, uint32 *labels,
							   uint32 n_nodes, const TrlBudget *budget);

/* The nodes, group after group, each in order; in the current context. */
extern uint32 *trl_partition_members(const TrlPartition *partition,
									 const TrlBudget *budget);

/*
 * Numbers labels below n from 0, in order of their lowest nodes; returns how
 * many there are.
 */
extern uint32 trl_partition_number(uint32 *labels, uint32 n,
								   const TrlBudget *budget);

#endif							/* TRL_KG_PARTITION_H */
