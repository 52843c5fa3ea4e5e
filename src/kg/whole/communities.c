/*
 * communities.c - trellis.communities()
 *
 * Does: Leiden's communities of the whole graph (level 0), and while some
 * are larger than max_size, those inside of them (the next level).  One that
 * does not come apart stays as it is.
 * Does not: find communities; that is leiden.c.
 *
 * Communities are numbered level by level: those of level 0 by size, the
 * parts of each that is split in turn likewise.
 *
 * Locks: AccessShareLock on the graph's relations.  WAL: none.
 */
#include "postgres.h"

#include "utils/tuplestore.h"

#include "core/compat.h"
#include "kg/whole/leiden.h"
#include "kg/whole/whole.h"

TRL_FUNCTION(trl_communities);

enum
{
	ARG_EDGES,
	ARG_RESOLUTION,
	ARG_MAX_SIZE,
	ARG_MAX_LEVELS,
	ARG_RANDOM_SEED,
	ARG_WEIGHTED,
	ARG_RELS,
	ARG_MIN_WEIGHT,
	ARG_MIN_CONFIDENCE,
	ARG_VALID_AT,
	ARG_KNOWN_AT,
	ARG_NODES
};

enum
{
	OUT_LEVEL,
	OUT_NODE_ID,
	OUT_COMMUNITY,
	OUT_PARENT,
	OUT_SIZE,
	OUT_MODULARITY,
	OUT_COLUMNS
};

/* A community to be split; number 0 is the graph. */
typedef struct Large
{
	uint32	   *members;		/* nodes */
	uint32		size;
	int32		number;
	struct Large *next;
} Large;

typedef struct Hierarchy
{
	TrlWhole	whole;
	const TrlBudget *budget;
	TrlUndirected *graph;
	uint32	   *place;			/* scratch of trl_undirected_part() */
	pg_prng_state random;
	float8		resolution;
	int			max_size;
	int			max_levels;
	float8		modularity;		/* of level 0 */
	int			level;
	int32		n_communities;	/* numbered so far */
	Large	   *split;			/* of this level, in order */
	Large	  **last;			/* where the next level's next one goes */
} Hierarchy;

static void
read_options(Hierarchy *h, FunctionCallInfo fcinfo)
{
	int			shift = h->whole.shift;
	bool		given;

	h->resolution = trl_arg_number(fcinfo, ARG_RESOLUTION + shift, "resolution",
								   &given);
	if (!given)
		h->resolution = 1;
	if (h->resolution < 0 || h->resolution > 1e30)
		trl_argument_error("resolution",
						   psprintf("must be from 0 to 1e30, not %g", h->resolution),
						   "Larger ones make smaller communities; 1 is usual.");
	h->max_size = trl_arg_limit(fcinfo, ARG_MAX_SIZE + shift, "max_size", 1);
	h->max_levels = trl_arg_limit(fcinfo, ARG_MAX_LEVELS + shift, "max_levels", 1);
	pg_prng_seed(&h->random, PG_ARGISNULL(ARG_RANDOM_SEED + shift) ? 0
				 : (uint64) (int64) PG_GETARG_INT32(ARG_RANDOM_SEED + shift));
}

static void
put_row(const Hierarchy *h, const Large *parent, uint32 node, uint32 group,
		uint32 size)
{
	ReturnSetInfo *result = h->whole.call.result;
	Datum		values[OUT_COLUMNS];
	bool		nulls[OUT_COLUMNS] = {false};

	values[OUT_LEVEL] = Int32GetDatum(h->level);
	values[OUT_NODE_ID] = trl_whole_node(&h->whole, node);
	values[OUT_COMMUNITY] = Int32GetDatum(h->n_communities + 1 + (int32) group);
	values[OUT_PARENT] = Int32GetDatum(parent->number);
	nulls[OUT_PARENT] = parent->number == 0;
	values[OUT_SIZE] = Int32GetDatum((int32) size);
	values[OUT_MODULARITY] = Float8GetDatum(h->modularity);
	nulls[OUT_MODULARITY] = h->graph->total == 0;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Has a community split at the next level. */
static void
note_large(Hierarchy *h, const uint32 *members, uint32 size, int32 number)
{
	Large	   *large = palloc(sizeof(Large));

	large->members = trl_budget_array(h->budget, size, sizeof(uint32));
	memcpy(large->members, members, sizeof(uint32) * size);
	large->size = size;
	large->number = number;
	large->next = NULL;
	*h->last = large;
	h->last = &large->next;
}

/* Rows of the parts of a community, and those of them that are too large. */
static void
put_parts(Hierarchy *h, const Large *parent, const TrlPartition *partition)
{
	uint32	   *order = trl_partition_members(partition, h->budget);
	uint32		start = 0;
	uint32		group;
	uint32		i;

	for (i = 0; i < partition->n_nodes; i++)
	{
		group = partition->group[order[i]];
		trl_pause_at(i);
		order[i] = parent->members[order[i]];
		put_row(h, parent, order[i], group, partition->size[group]);
	}
	for (group = 0; group < partition->n_groups; group++)
	{
		if (partition->size[group] > (uint32) h->max_size &&
			h->level + 1 < h->max_levels)
			note_large(h, order + start, partition->size[group],
					   h->n_communities + 1 + (int32) group);
		start += partition->size[group];
	}
	h->n_communities += (int32) partition->n_groups;
	pfree(order);
}

/* Splits a community by the edges inside of it. */
static void
split(Hierarchy *h, const Large *large)
{
	bool		all = large->number == 0;
	TrlUndirected *graph = all ? h->graph
	: trl_undirected_part(h->graph, large->members, large->size, h->place,
						  h->budget);
	uint32	   *label = trl_leiden_run(graph, h->resolution, &h->random, h->budget);
	TrlPartition partition;

	if (all)
		h->modularity = trl_leiden_modularity(graph, label, h->resolution,
											  h->budget);
	else
		trl_undirected_free(graph);
	trl_partition_init(&partition, label, large->size, h->budget);
	if (all || partition.n_groups > 1)
		put_parts(h, large, &partition);
	pfree(partition.group);
	pfree(partition.size);
}

static void
prepare(Hierarchy *h)
{
	TrlCsr	   *csr = h->whole.csr;
	uint32	   *members = trl_budget_array(h->budget, csr->n_nodes, sizeof(uint32));
	uint32		i;

	h->graph = trl_undirected_make(csr, h->whole.weight, h->budget);
	h->place = trl_budget_array(h->budget, csr->n_nodes, sizeof(uint32));
	memset(h->place, 0xFF, sizeof(uint32) * (Size) csr->n_nodes);
	for (i = 0; i < csr->n_nodes; i++)
		members[i] = i;
	h->last = &h->split;
	note_large(h, members, csr->n_nodes, 0);
	pfree(members);
	trl_csr_free(csr);
}

static void
build(Hierarchy *h)
{
	for (h->level = 0; h->split != NULL; h->level++)
	{
		Large	   *large = h->split;

		h->split = NULL;
		h->last = &h->split;
		while (large != NULL)
		{
			Large	   *done = large;

			split(h, large);
			large = large->next;
			pfree(done->members);
			pfree(done);
		}
	}
}

Datum
trl_communities(PG_FUNCTION_ARGS)
{
	Hierarchy	h = {0};

	InitMaterializedSRF(fcinfo, 0);
	trl_whole_begin(&h.whole, fcinfo, ARG_NODES, ARG_RELS, ARG_MIN_WEIGHT,
					OUT_NODE_ID);
	h.budget = &h.whole.call.budget;
	read_options(&h, fcinfo);
	trl_whole_load(&h.whole, fcinfo, TRL_CSR_OUT | TRL_CSR_IN, ARG_WEIGHTED);
	prepare(&h);
	build(&h);
	trl_whole_end(&h.whole);
	return (Datum) 0;
}
