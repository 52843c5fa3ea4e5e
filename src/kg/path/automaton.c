/*
 * automaton.c - which edges may follow which on a path
 *
 * State 0 is the start, state i the place after step i.  Steps that are
 * optional may be passed over.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "core/compat.h"
#include "kg/path/automaton.h"

#define BIT(n) (UINT64CONST(1) << (n))

static void
add_transition(TrlAutomaton *automaton, int class, int from, int to)
{
	automaton->next[class][from] |= BIT(to);
	automaton->previous[class][to] |= BIT(from);
	automaton->from[class] |= BIT(from);
	automaton->to[class] |= BIT(to);
}

TrlAutomaton *
trl_automaton_create(const TrlMetapath *path)
{
	TrlAutomaton *automaton = palloc0(sizeof(TrlAutomaton));
	int			state;

	automaton->start = BIT(0);
	automaton->n_states = path ? path->n + 1 : 1;
	automaton->n_classes = path ? path->n_classes : 1;
	if (path == NULL)
	{
		automaton->accept = BIT(0);
		add_transition(automaton, 0, 0, 0);
		return automaton;
	}
	for (state = 0; state <= path->n; state++)
	{
		int			step = state;

		for (; step < path->n; step++)
		{
			add_transition(automaton, path->class_of[step], state, step + 1);
			if (!path->optional[step])
				break;
		}
		if (step == path->n)
			automaton->accept |= BIT(state);
	}
	return automaton;
}

uint64
trl_automaton_step(const TrlAutomaton *automaton, uint64 states,
				   uint64 classes, bool back)
{
	uint64		result = 0;

	if (automaton->n_states == 1)
		return states;
	for (; classes != 0; classes &= classes - 1)
	{
		int			class = pg_rightmost_one_pos64(classes);
		const uint64 *table = back ? automaton->previous[class]
		: automaton->next[class];
		uint64		left = states & (back ? automaton->to[class]
									 : automaton->from[class]);

		for (; left != 0; left &= left - 1)
			result |= table[pg_rightmost_one_pos64(left)];
	}
	return result;
}
