/*
 * rank.c - trellis.pagerank()
 *
 * The ranking itself is pagerank.c; here are its arguments and its rows.
 *
 * Locks: AccessShareLock on the graph's relations.  WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/tuplestore.h"

#include "core/compat.h"
#include "kg/engine/pause.h"
#include "kg/whole/pagerank.h"
#include "kg/whole/whole.h"

TRL_FUNCTION(trl_pagerank);

enum
{
	ARG_EDGES,
	ARG_DAMPING,
	ARG_TOLERANCE,
	ARG_MAX_ITERATIONS,
	ARG_WEIGHTED,
	ARG_DIRECTION,
	ARG_RELS,
	ARG_MIN_WEIGHT,
	ARG_MIN_CONFIDENCE,
	ARG_VALID_AT,
	ARG_KNOWN_AT,
	ARG_MAX_RESULTS,
	ARG_NODES
};

#define DEFAULT_DAMPING 0.85
#define DEFAULT_TOLERANCE 1e-9

/* Below this the rounding of a round is larger than what it changes. */
#define LEAST_TOLERANCE 1e-14

static void
read_task(TrlPagerank *task, FunctionCallInfo fcinfo, int shift)
{
	bool		given;

	task->damping = trl_arg_number(fcinfo, ARG_DAMPING + shift, "damping", &given);
	if (!given)
		task->damping = DEFAULT_DAMPING;
	if (task->damping < 0 || task->damping >= 1)
		trl_argument_error("damping",
						   psprintf("must be at least 0 and less than 1, not %g",
									task->damping), NULL);
	task->tolerance = trl_arg_number(fcinfo, ARG_TOLERANCE + shift, "tolerance", &given);
	if (!given)
		task->tolerance = DEFAULT_TOLERANCE;
	if (task->tolerance < 0)
		trl_argument_error("tolerance",
						   psprintf("must not be negative, but is %g",
									task->tolerance), NULL);
	task->max_iterations = trl_arg_limit(fcinfo, ARG_MAX_ITERATIONS + shift,
										 "max_iterations", 1);
	if (task->max_iterations == TRL_NO_LIMIT && task->tolerance < LEAST_TOLERANCE)
		trl_argument_error("max_iterations",
						   psprintf("must not be null with a tolerance of %g",
									task->tolerance),
						   "Rounding may keep scores from settling so far.");
	task->direction = PG_ARGISNULL(ARG_DIRECTION + shift) ? TRL_DIRECTION_OUT
		: trl_arg_direction(fcinfo, ARG_DIRECTION + shift);
}

typedef struct Ranked
{
	float8		score;
	uint32		node;
} Ranked;

#define ST_SORT sort_ranked
#define ST_ELEMENT_TYPE Ranked
#define ST_COMPARE(a, b) \
	((a)->score != (b)->score ? ((a)->score > (b)->score ? -1 : 1) \
	 : (a)->node < (b)->node ? -1 : 1)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* Rows by falling score, then id. */
static void
put_scores(const TrlWhole *whole, const float8 *score, int max_results)
{
	ReturnSetInfo *result = whole->call.result;
	uint32		n = whole->csr->n_nodes;
	Ranked	   *ranked = trl_budget_array(&whole->call.budget, n, sizeof(Ranked));
	uint32		i;

	for (i = 0; i < n; i++)
	{
		ranked[i].score = score[i];
		ranked[i].node = i;
	}
	sort_ranked(ranked, n);
	for (i = 0; i < Min(n, (uint32) max_results); i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false};

		trl_pause_at(i);
		values[0] = trl_whole_node(whole, ranked[i].node);
		values[1] = Float8GetDatum(ranked[i].score);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	if (n > (uint32) max_results)
		trl_call_notice("max_results", max_results, "nodes are missing");
}

Datum
trl_pagerank(PG_FUNCTION_ARGS)
{
	TrlWhole	whole;
	TrlPagerank task = {0};
	float8	   *score;
	int			max_results;

	InitMaterializedSRF(fcinfo, 0);
	trl_whole_begin(&whole, fcinfo, ARG_NODES, ARG_RELS, ARG_MIN_WEIGHT, 0);
	read_task(&task, fcinfo, whole.shift);
	max_results = trl_arg_limit(fcinfo, ARG_MAX_RESULTS + whole.shift,
								"max_results", 1);
	trl_whole_load(&whole, fcinfo, trl_pagerank_sides(task.direction),
				   ARG_WEIGHTED);
	task.weight = whole.weight;
	score = trl_pagerank_run(whole.csr, &task, &whole.call.budget);
	put_scores(&whole, score, max_results);
	if (!task.settled)
		trl_call_notice("max_iterations", task.max_iterations,
						"scores have not settled to the tolerance");
	trl_whole_end(&whole);
	return (Datum) 0;
}
