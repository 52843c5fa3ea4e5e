/*
 * partition.c - nodes in groups: components and communities
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "core/compat.h"
#include "kg/engine/pause.h"
#include "kg/whole/partition.h"

#define UNSEEN PG_UINT32_MAX

uint32
trl_partition_number(uint32 *labels, uint32 n, const TrlBudget *budget)
{
	uint32	   *number = trl_budget_array(budget, n, sizeof(uint32));
	uint32		count = 0;
	uint32		i;

	memset(number, 0xFF, sizeof(uint32) * (Size) n);
	for (i = 0; i < n; i++)
	{
		trl_pause_at(i);
		if (number[labels[i]] == UNSEEN)
			number[labels[i]] = count++;
		labels[i] = number[labels[i]];
	}
	pfree(number);
	return count;
}

/* By falling size; equal ones keep their order.  place: new number by old. */
static void
order_by_size(const uint32 *size, uint32 n_groups, uint32 n_nodes,
			  uint32 *place, const TrlBudget *budget)
{
	uint32	   *larger = trl_budget_array(budget, (uint64) n_nodes + 1,
										  sizeof(uint32));
	uint32		sum = 0;
	uint32		i;

	memset(larger, 0, sizeof(uint32) * ((Size) n_nodes + 1));
	for (i = 0; i < n_groups; i++)
		larger[size[i]]++;
	for (i = n_nodes; i > 0; i--)
	{
		uint32		count = larger[i];

		larger[i] = sum;
		sum += count;
	}
	for (i = 0; i < n_groups; i++)
		place[i] = larger[size[i]]++;
	pfree(larger);
}

void
trl_partition_init(TrlPartition *partition, uint32 *labels, uint32 n_nodes,
				   const TrlBudget *budget)
{
	uint32		n_groups = trl_partition_number(labels, n_nodes, budget);
	uint32	   *size = trl_budget_array(budget, n_groups, sizeof(uint32));
	uint32	   *place = trl_budget_array(budget, n_groups, sizeof(uint32));
	uint32		i;

	memset(size, 0, sizeof(uint32) * (Size) n_groups);
	for (i = 0; i < n_nodes; i++)
		size[labels[i]]++;
	order_by_size(size, n_groups, n_nodes, place, budget);
	memset(size, 0, sizeof(uint32) * (Size) n_groups);
	for (i = 0; i < n_nodes; i++)
	{
		trl_pause_at(i);
		labels[i] = place[labels[i]];
		size[labels[i]]++;
	}
	pfree(place);
	partition->n_nodes = n_nodes;
	partition->n_groups = n_groups;
	partition->group = labels;
	partition->size = size;
}

uint32 *
trl_partition_members(const TrlPartition *partition, const TrlBudget *budget)
{
	uint32	   *next = trl_budget_array(budget, partition->n_groups, sizeof(uint32));
	uint32	   *members = trl_budget_array(budget, partition->n_nodes, sizeof(uint32));
	uint32		sum = 0;
	uint32		i;

	for (i = 0; i < partition->n_groups; i++)
	{
		next[i] = sum;
		sum += partition->size[i];
	}
	for (i = 0; i < partition->n_nodes; i++)
	{
		trl_pause_at(i);
		members[next[partition->group[i]]++] = i;
	}
	pfree(next);
	return members;
}
