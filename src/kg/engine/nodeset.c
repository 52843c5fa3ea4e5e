/*
 * nodeset.c - the nodes that one call has met
 *
 * A dense array of nodes, and a hash table of node numbers: 8 bytes an entry
 * beside 16 a node, so that a million nodes take about 40 MB with the slack
 * of both.  Keys are compared through the array.
 *
 * Does not: watch memory.  The caller compares the context's size with its
 * budget (budget.c).
 */
#include "postgres.h"

#include "miscadmin.h"

#include "core/compat.h"
#include "kg/engine/nodeset.h"

#define INITIAL_NODES 256

typedef struct NodeHashEntry
{
	uint32		number;
	char		status;
} NodeHashEntry;

/*
 * simplehash looks entries up by "key"; ours is the node's number, and a
 * probe for a key that has no number yet is written to the array's next
 * free element first.
 */
#define SH_PREFIX trl_nodehash
#define SH_ELEMENT_TYPE NodeHashEntry
#define SH_KEY_TYPE uint32
#define SH_KEY number
#define SH_HASH_KEY(tb, key) node_hash((TrlNodeSet *) (tb)->private_data, key)
#define SH_EQUAL(tb, a, b) node_equal((TrlNodeSet *) (tb)->private_data, a, b)
#define SH_SCOPE static inline
#define SH_DECLARE

static inline uint32
node_hash(TrlNodeSet *set, uint32 number)
{
	return trl_key_hash(set->kind, set->nodes[number].key);
}

static inline bool
node_equal(TrlNodeSet *set, uint32 a, uint32 b)
{
	return trl_key_equal(set->kind, set->nodes[a].key, set->nodes[b].key);
}

#define SH_DEFINE
#include "lib/simplehash.h"

void
trl_nodeset_init(TrlNodeSet *set, TrlKeyKind kind, MemoryContext cxt)
{
	static uint64 last_serial = 0;

	set->kind = kind;
	set->serial = ++last_serial;
	set->cxt = cxt;
	set->count = 0;
	set->capacity = INITIAL_NODES;
	set->nodes = MemoryContextAlloc(cxt, sizeof(TrlNode) * INITIAL_NODES);
	set->hash = trl_nodehash_create(cxt, INITIAL_NODES, set);
}

/* One element past the last node is always free: the probe. */
static void
make_room(TrlNodeSet *set)
{
	if (set->count + 1 < set->capacity)
		return;
	if (set->capacity >= TRL_NO_CANDIDATE / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("traversal met more than %u nodes", set->capacity)));
	set->capacity *= 2;
	set->nodes = repalloc_huge(set->nodes, sizeof(TrlNode) * set->capacity);
}

uint32
trl_nodeset_intern(TrlNodeSet *set, TrlKey key, bool *is_new)
{
	NodeHashEntry *entry;
	TrlNode    *node;
	bool		found;

	make_room(set);
	node = &set->nodes[set->count];
	node->key = key;
	entry = trl_nodehash_insert(set->hash, set->count, &found);
	*is_new = !found;
	if (found)
		return entry->number;

	node->key = trl_key_copy(set->kind, key, set->cxt);
	node->visit = TRL_NONE;
	node->candidate = TRL_NO_CANDIDATE;
	node->visibility = TRL_VISIBILITY_UNKNOWN;
	return set->count++;
}

uint32
trl_nodeset_find(TrlNodeSet *set, TrlKey key)
{
	NodeHashEntry *entry;

	set->nodes[set->count].key = key;
	entry = trl_nodehash_lookup(set->hash, set->count);
	return entry ? entry->number : TRL_NONE;
}

#define ST_SORT sort_by_integer
#define ST_ELEMENT_TYPE TrlNode
#define ST_COMPARE(a, b) \
	((int64) (a)->key < (int64) (b)->key ? -1 : (int64) (a)->key > (int64) (b)->key)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT sort_by_bytes
#define ST_ELEMENT_TYPE TrlNode
#define ST_COMPARE(a, b, kind) trl_key_compare(*(kind), (a)->key, (b)->key)
#define ST_COMPARE_ARG_TYPE const TrlKeyKind
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* Nodes carry their old numbers in visit while they are sorted. */
void
trl_nodeset_sort(TrlNodeSet *set, uint32 *place)
{
	trl_nodehash_iterator iterator;
	NodeHashEntry *entry;
	uint32		i;

	for (i = 0; i < set->count; i++)
		set->nodes[i].visit = i;
	if (set->kind == TRL_KEY_INT)
		sort_by_integer(set->nodes, set->count);
	else
		sort_by_bytes(set->nodes, set->count, &set->kind);
	for (i = 0; i < set->count; i++)
	{
		place[set->nodes[i].visit] = i;
		set->nodes[i].visit = TRL_NONE;
	}
	trl_nodehash_start_iterate(set->hash, &iterator);
	while ((entry = trl_nodehash_iterate(set->hash, &iterator)) != NULL)
		entry->number = place[entry->number];
}

int
trl_nodeset_compare(const void *left, const void *right, void *arg)
{
	const TrlNodeSet *set = arg;

	return trl_key_compare(set->kind, set->nodes[*(const uint32 *) left].key,
						   set->nodes[*(const uint32 *) right].key);
}
