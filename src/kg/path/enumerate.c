/*
 * enumerate.c - the paths of one length, one after the other
 *
 * Depth first, by nodes: parallel arcs are one step, which leads to the
 * states that any of them leads to.  A step is taken only if a walk of the
 * length that is left leads on from there to a target (lengths.c), so that for
 * walks no step is in vain.  In the other modes what the path has passed may
 * cut that walk off; after many steps without a path each next one is looked
 * ahead from: can a target still be reached?  If so, the step leads to a path
 * of this length or of one that has been enumerated before, so that not much
 * more is walked in vain than is found.  A sequence of nodes found, its arcs are chosen
 * one after the other, each such that the states allow the rest.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "kg/path/enumerate.h"

/* Steps without a path after which it is worth while to look ahead. */
#define LOOK_AHEAD_AFTER 1000

typedef struct Frame
{
	uint32		node;
	uint32		next;			/* arc to try next */
	uint32		first;			/* arcs that led here: [first, end) */
	uint32		end;
	uint32		arc;			/* of these, the one chosen */
	uint64		states;			/* by any of the arcs */
	uint64		chosen;			/* by the arcs that were chosen */
	uint64		lead_on;		/* states from which the rest can be walked */
} Frame;

/* Room to look ahead: all by node, or as many. */
typedef struct Outlook
{
	uint64	   *seen;			/* states */
	uint64	   *coming;			/* on the next level */
	uint32	   *level[2];
	uint32	   *touched;
	uint32		n_touched;
} Outlook;

typedef struct Search
{
	TrlEnumeration *task;
	const TrlAdjacency *adj;
	const TrlAutomaton *automaton;
	int			length;
	Frame	   *frames;			/* length + 1 */
	uint32	   *arcs;			/* the path's, for the sink */
	bool	   *on_path;		/* by node: acyclic and simple */
	uint32	   *uses;			/* by arc that stands for its group: trail */
	bool	   *used;			/* by edge: trail */
	uint32		in_vain;		/* steps since the last path */
	Outlook    *outlook;		/* NULL until it is needed */
} Search;

/* ---- modes ---- */

/*
 * The arc that counts for all arcs of a group.  Where edges are walked both
 * ways, the arcs back are the same edges, and so is the least of them.
 */
static uint32
group_number(const Search *search, uint32 first, uint32 end)
{
	uint32		least = search->adj->arcs[first].edge;
	uint32		i;

	if (!search->task->shared_edges)
		return first;
	for (i = first + 1; i < end; i++)
		least = Min(least, search->adj->arcs[i].edge);
	return least;
}

static bool
may_enter(const Search *search, uint32 first, uint32 end, int left)
{
	uint32		node = search->adj->arcs[first].far;

	switch (search->task->mode)
	{
		case TRL_PATH_WALK:
			return true;
		case TRL_PATH_TRAIL:
			return search->uses[group_number(search, first, end)] < end - first;
		case TRL_PATH_ACYCLIC:
			return !search->on_path[node];
		case TRL_PATH_SIMPLE:
			return !search->on_path[node] ||
				(left == 0 && node == search->frames[0].node);
	}
	return false;
}

/* Notes that a frame's node and arcs are in use, or no longer. */
static void
mark(Search *search, int depth, bool in_use)
{
	Frame	   *frame = &search->frames[depth];
	bool		closes = depth > 0 && frame->node == search->frames[0].node;

	if (search->on_path != NULL && !closes)
		search->on_path[frame->node] = in_use;
	if (search->uses != NULL && depth > 0)
		search->uses[group_number(search, frame->first, frame->end)] +=
			in_use ? 1 : -1;
}

/* ---- the arcs of a sequence of nodes ---- */

/* From the end on: which states let the arcs behind them be walked. */
static void
set_lead_on(Search *search)
{
	Frame	   *frames = search->frames;
	int			depth;
	uint32		i;

	frames[search->length].lead_on = frames[search->length].states;
	for (depth = search->length; depth > 0; depth--)
	{
		Frame	   *frame = &frames[depth];

		frame[-1].lead_on = 0;
		for (i = frame->first; i < frame->end; i++)
			frame[-1].lead_on |=
				trl_automaton_step(search->automaton, frame->lead_on,
								   search->adj->arcs[i].classes, true);
	}
}

/* The next arc, from `from` on, that the path may take at a depth. */
static bool
choose_arc(Search *search, int depth, uint32 from)
{
	Frame	   *frame = &search->frames[depth];

	for (; from < frame->end; from++)
	{
		const TrlArc *arc = &search->adj->arcs[from];

		frame->chosen = frame->lead_on &
			trl_automaton_step(search->automaton, frame[-1].chosen,
							   arc->classes, false);
		if (frame->chosen == 0 ||
			(search->used != NULL && search->used[arc->edge]))
			continue;
		frame->arc = from;
		search->arcs[depth - 1] = from;
		if (search->used != NULL)
			search->used[arc->edge] = true;
		return true;
	}
	return false;
}

static void
leave_arc(Search *search, int depth)
{
	if (search->used != NULL)
		search->used[search->adj->arcs[search->frames[depth].arc].edge] = false;
}

/* Hands on each path along the frames' nodes; false if the sink has enough. */
static bool
put_paths(Search *search)
{
	Frame	   *frames = search->frames;
	TrlEnumeration *task = search->task;
	bool		more = true;
	int			depth = 1;
	uint32		from = frames[Min(1, search->length)].first;

	search->in_vain = 0;
	set_lead_on(search);
	frames[0].chosen = frames[0].states & frames[0].lead_on;
	if (search->length == 0)
		return task->sink(task->state, frames[0].node, search->arcs, 0);
	while (depth > 0)
	{
		CHECK_FOR_INTERRUPTS();
		if (more && choose_arc(search, depth, from))
		{
			if (depth < search->length)
			{
				from = frames[++depth].first;
				continue;
			}
			more = task->sink(task->state, frames[0].node, search->arcs,
							  search->length);
			leave_arc(search, depth);
			from = frames[depth].arc + 1;
			continue;
		}
		if (--depth > 0)
		{
			leave_arc(search, depth);
			from = frames[depth].arc + 1;
		}
	}
	return more;
}

/* ---- looking ahead ---- */

static void *
new_zeros(const TrlBudget *budget, Size size)
{
	trl_budget_claim(budget, size);
	return MemoryContextAllocExtended(CurrentMemoryContext, Max(size, 1),
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

static Outlook *
new_outlook(const Search *search)
{
	const TrlBudget *budget = search->adj->search->budget;
	Size		n = search->adj->n_nodes;
	Outlook    *outlook = palloc0(sizeof(Outlook));

	outlook->seen = new_zeros(budget, sizeof(uint64) * n);
	outlook->coming = new_zeros(budget, sizeof(uint64) * n);
	outlook->level[0] = new_zeros(budget, sizeof(uint32) * n);
	outlook->level[1] = new_zeros(budget, sizeof(uint32) * n);
	outlook->touched = new_zeros(budget, sizeof(uint32) * n);
	return outlook;
}

/* Puts a node's new states on the next level; true if it is a target. */
static bool
foresee(const Search *search, uint32 node, uint64 states, uint32 *level,
		uint32 *n)
{
	Outlook    *outlook = search->outlook;

	if (trl_lengths_states(search->task->reach, node,
						   states & search->automaton->accept, 0) != 0)
		return true;
	states &= ~outlook->seen[node];
	if (states == 0 ||
		(search->task->mode == TRL_PATH_SIMPLE && node == search->frames[0].node))
		return false;
	if (outlook->seen[node] == 0)
		outlook->touched[outlook->n_touched++] = node;
	if (outlook->coming[node] == 0)
		level[(*n)++] = node;
	outlook->seen[node] |= states;
	outlook->coming[node] |= states;
	return false;
}

/* The arcs of a node on a level; true if one leads to a target. */
static bool
foresee_arcs(const Search *search, uint32 node, uint32 *level, uint32 *n)
{
	const TrlAdjacency *adj = search->adj;
	uint64		states = search->outlook->coming[node];
	uint32		first = adj->start[node];
	uint32		end;

	search->outlook->coming[node] = 0;
	for (; first < adj->start[node + 1]; first = end)
	{
		uint64		next = 0;
		uint32		i;

		end = trl_adjacency_group_end(adj, first);
		if (!may_enter(search, first, end, 0))
			continue;
		for (i = first; i < end; i++)
			next |= trl_automaton_step(search->automaton, states,
									   adj->arcs[i].classes, false);
		if (foresee(search, adj->arcs[first].far, next, level, n))
			return true;
	}
	return false;
}

/*
 * True if a target can be reached from the node in at most `left` edges
 * without what the path has passed, as far as single nodes and edges tell.
 */
static bool
leads_on(Search *search, uint32 node, uint64 states, int left)
{
	Outlook    *outlook;
	uint32		n[2] = {0, 0};
	bool		found;
	int			depth;
	uint32		i;

	if (search->outlook == NULL)
		search->outlook = new_outlook(search);
	outlook = search->outlook;
	found = foresee(search, node, states, outlook->level[0], &n[0]);
	for (depth = 0; depth < left && !found && n[depth % 2] > 0; depth++)
	{
		int			now = depth % 2;

		CHECK_FOR_INTERRUPTS();
		n[1 - now] = 0;
		for (i = 0; i < n[now] && !found; i++)
			found = foresee_arcs(search, outlook->level[now][i],
								 outlook->level[1 - now], &n[1 - now]);
	}
	if (!found && n[depth % 2] > 0)
		search->task->further = true;
	for (i = 0; i < outlook->n_touched; i++)
	{
		outlook->seen[outlook->touched[i]] = 0;
		outlook->coming[outlook->touched[i]] = 0;
	}
	outlook->n_touched = 0;
	return found;
}

/* ---- the sequences of nodes ---- */

/* Of the states, those that lead to a target in as many edges as are left. */
static uint64
useful_states(Search *search, uint32 node, uint64 states, int left)
{
	const TrlLengths *reach = search->task->reach;
	uint64		useful = trl_lengths_states(reach, node, states, left);

	if (!search->task->further)
		search->task->further =
			trl_lengths_further(reach, node,
								left == 0 ? states : states & ~useful, left);
	return useful;
}

/* Takes the step to the next node that leads on; false if there is none. */
static bool
descend(Search *search, int depth)
{
	const TrlAdjacency *adj = search->adj;
	Frame	   *frame = &search->frames[depth];
	int			left = search->length - depth - 1;
	uint32		stop = adj->start[frame->node + 1];

	while (frame->next < stop)
	{
		uint32		first = frame->next;
		uint32		end = trl_adjacency_group_end(adj, first);
		uint32		node = adj->arcs[first].far;
		uint64		states = 0;
		uint32		i;

		frame->next = end;
		if (!may_enter(search, first, end, left))
			continue;
		for (i = first; i < end; i++)
			states |= trl_automaton_step(search->automaton, frame->states,
										 adj->arcs[i].classes, false);
		states = useful_states(search, node, states, left);
		if (states == 0)
			continue;
		if (search->task->mode != TRL_PATH_WALK &&
			++search->in_vain > LOOK_AHEAD_AFTER &&
			!leads_on(search, node, states, left))
			continue;
		frame[1].node = node;
		frame[1].next = adj->start[node];
		frame[1].first = first;
		frame[1].end = end;
		frame[1].states = states;
		return true;
	}
	return false;
}

static bool
run_search(Search *search, uint32 source)
{
	Frame	   *frames = search->frames;
	bool		more = true;
	int			depth = 0;

	frames[0].node = source;
	frames[0].next = search->adj->start[source];
	frames[0].states = useful_states(search, source, search->automaton->start,
									 search->length);
	if (frames[0].states == 0)
		return true;
	mark(search, 0, true);
	while (depth >= 0 && more)
	{
		CHECK_FOR_INTERRUPTS();
		if (depth < search->length && descend(search, depth))
		{
			mark(search, ++depth, true);
			continue;
		}
		if (depth == search->length)
			more = put_paths(search);
		mark(search, depth--, false);
	}
	return more;
}

bool
trl_enumerate(TrlEnumeration *task, uint32 source, int length)
{
	const TrlAdjacency *adj = task->reach->adj;
	const TrlBudget *budget = adj->search->budget;
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "trellis path enumeration",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	Search		search = {0};
	bool		more;

	search.task = task;
	search.adj = adj;
	search.automaton = task->reach->automaton;
	search.length = length;
	search.frames = new_zeros(budget, sizeof(Frame) * ((Size) length + 1));
	search.arcs = new_zeros(budget, sizeof(uint32) * length);
	if (task->mode == TRL_PATH_ACYCLIC || task->mode == TRL_PATH_SIMPLE)
		search.on_path = new_zeros(budget, adj->n_nodes);
	if (task->mode == TRL_PATH_TRAIL)
	{
		search.uses = new_zeros(budget, sizeof(uint32) * adj->n_arcs);
		search.used = new_zeros(budget, adj->n_arcs);
	}
	more = run_search(&search, source);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(cxt);
	return more;
}
