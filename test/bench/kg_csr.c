/*
 * kg_csr.c - breadth-first search over arrays: the floor of graph walks
 *
 * Usage: kg_csr EDGES QUERIES
 *
 * EDGES: a line "src dst" an edge.  QUERIES: lines "start I ID",
 * "pair I ID ID", "seeds I ID ID ID ID ID".  Writes "time FIGURE I MS ROWS" (the
 * fastest of three) and, of each set of seeds, "top I ID" for the 20 nodes of
 * the highest exact personalised PageRank (damping 0.5, undirected).
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOP 20
#define SEEDS 5

typedef struct Side
{
	uint32_t   *start;
	uint32_t   *far;
} Side;

static int64_t *ids;			/* of nodes, sorted */
static uint32_t n_nodes;
static size_t n_edges;
static Side out,
			in;
static uint32_t *queue[2];
static uint32_t *seen[2];		/* epoch in which a side's search met a node */
static uint32_t *depth[2];
static uint32_t epoch;

static void *
get(size_t n, size_t size)
{
	void	   *p = calloc(n + 1, size);

	if (p == NULL)
	{
		fprintf(stderr, "error: out of memory\n");
		exit(1);
	}
	return p;
}

static int
compare_ids(const void *a, const void *b)
{
	int64_t		x = *(const int64_t *) a;
	int64_t		y = *(const int64_t *) b;

	return (x > y) - (x < y);
}

static uint32_t
node_of(int64_t id)
{
	int64_t    *p = bsearch(&id, ids, n_nodes, sizeof(id), compare_ids);

	if (p == NULL)
	{
		fprintf(stderr, "error: no node %" PRId64 "\n", id);
		exit(1);
	}
	return (uint32_t) (p - ids);
}

static Side
make_side(const uint32_t *from, const uint32_t *to)
{
	Side		side = {get(n_nodes + 1, sizeof(uint32_t)), get(n_edges, sizeof(uint32_t))};
	uint32_t   *at = get(n_nodes + 1, sizeof(uint32_t));

	for (size_t e = 0; e < n_edges; e++)
		side.start[from[e] + 1]++;
	for (uint32_t v = 0; v < n_nodes; v++)
		side.start[v + 1] += side.start[v];
	memcpy(at, side.start, n_nodes * sizeof(uint32_t));
	for (size_t e = 0; e < n_edges; e++)
		side.far[at[from[e]]++] = to[e];
	free(at);
	return side;
}

static FILE *
open_file(const char *name)
{
	FILE	   *file = fopen(name, "r");

	if (file == NULL)
	{
		perror(name);
		exit(1);
	}
	return file;
}

static void
load(const char *name)
{
	FILE	   *file = open_file(name);
	size_t		room = 1 << 20;
	int64_t    *ends = get(2 * room, sizeof(int64_t));
	uint32_t   *from,
			   *to;

	while (fscanf(file, "%" SCNd64 " %" SCNd64, &ends[2 * n_edges], &ends[2 * n_edges + 1]) == 2)
		if (++n_edges == room)
			ends = realloc(ends, 2 * (room *= 2) * sizeof(int64_t));
	fclose(file);
	ids = get(2 * n_edges, sizeof(int64_t));
	memcpy(ids, ends, 2 * n_edges * sizeof(int64_t));
	qsort(ids, 2 * n_edges, sizeof(int64_t), compare_ids);
	for (size_t i = 0; i < 2 * n_edges; i++)
		if (i == 0 || ids[i] != ids[n_nodes - 1])
			ids[n_nodes++] = ids[i];
	from = get(n_edges, sizeof(uint32_t));
	to = get(n_edges, sizeof(uint32_t));
	for (size_t e = 0; e < n_edges; e++)
	{
		from[e] = node_of(ends[2 * e]);
		to[e] = node_of(ends[2 * e + 1]);
	}
	out = make_side(from, to);
	in = make_side(to, from);
	for (int s = 0; s < 2; s++)
	{
		queue[s] = get(n_nodes, sizeof(uint32_t));
		seen[s] = get(n_nodes, sizeof(uint32_t));
		depth[s] = get(n_nodes, sizeof(uint32_t));
	}
	free(ends);
	free(from);
	free(to);
}

/* Queues what is not seen of a node's neighbours; returns the queue's end. */
static uint32_t
visit(const Side *side, int s, uint32_t v, uint32_t end)
{
	for (uint32_t i = side->start[v]; i < side->start[v + 1]; i++)
	{
		uint32_t	far = side->far[i];

		if (seen[s][far] == epoch)
			continue;
		seen[s][far] = epoch;
		depth[s][far] = depth[s][v] + 1;
		queue[s][end++] = far;
	}
	return end;
}

static uint32_t
begin(int s, uint32_t v)
{
	seen[s][v] = epoch;
	depth[s][v] = 0;
	queue[s][0] = v;
	return 1;
}

/* How many nodes are within the depth. */
static uint32_t
search(uint32_t start, uint32_t most, bool both)
{
	uint32_t	end;

	epoch++;
	end = begin(0, start);
	for (uint32_t i = 0; i < end && depth[0][queue[0][i]] < most; i++)
	{
		end = visit(&out, 0, queue[0][i], end);
		if (both)
			end = visit(&in, 0, queue[0][i], end);
	}
	return end;
}

/* Nodes on a shortest path along the edges, from both ends; 0 if there is none. */
static uint32_t
path(uint32_t source, uint32_t target, bool both)
{
	uint32_t	at[2] = {0, 0};
	uint32_t	end[2];
	uint32_t	best = UINT32_MAX;

	epoch++;
	end[0] = begin(0, source);
	end[1] = begin(1, target);
	if (source == target)
		return 1;
	while (best == UINT32_MAX && at[0] < end[0] && at[1] < end[1])
	{
		int			s = end[0] - at[0] > end[1] - at[1];
		uint32_t	level = end[s];

		for (; at[s] < level; at[s]++)
		{
			end[s] = visit(s == 0 ? &out : &in, s, queue[s][at[s]], end[s]);
			if (both)
				end[s] = visit(s == 0 ? &in : &out, s, queue[s][at[s]], end[s]);
		}
		for (uint32_t i = level; i < end[s]; i++)
		{
			uint32_t	v = queue[s][i];

			if (seen[!s][v] == epoch && depth[0][v] + depth[1][v] < best)
				best = depth[0][v] + depth[1][v];
		}
	}
	return best == UINT32_MAX ? 0 : best + 1;
}

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void
time_search(const char *figure, long i, uint32_t start, uint32_t most, bool both)
{
	double		best = 1e9;
	uint32_t	rows = 0;

	for (int round = 0; round < 3; round++)
	{
		double		t0 = now_ms();

		rows = search(start, most, both);
		if (now_ms() - t0 < best)
			best = now_ms() - t0;
	}
	printf("time\t%s\t%ld\t%.6f\t%u\n", figure, i, best, rows);
}

static void
time_path(const char *figure, long i, uint32_t source, uint32_t target, bool both)
{
	double		best = 1e9;
	uint32_t	rows = 0;

	for (int round = 0; round < 3; round++)
	{
		double		t0 = now_ms();

		rows = path(source, target, both);
		if (now_ms() - t0 < best)
			best = now_ms() - t0;
	}
	printf("time\t%s\t%ld\t%.6f\t%u\n", figure, i, best, rows);
}

/* One step of the walk that begins anew at a seed every other time. */
static void
power_step(double *score, double *next, const uint32_t *seeds)
{
	memset(next, 0, n_nodes * sizeof(double));
	for (int i = 0; i < SEEDS; i++)
		next[seeds[i]] += 0.5 / SEEDS;
	for (uint32_t v = 0; v < n_nodes; v++)
	{
		uint32_t	degree = out.start[v + 1] - out.start[v] + in.start[v + 1] - in.start[v];
		double		share = degree ? 0.5 * score[v] / degree : 0;

		for (uint32_t i = out.start[v]; i < out.start[v + 1]; i++)
			next[out.far[i]] += share;
		for (uint32_t i = in.start[v]; i < in.start[v + 1]; i++)
			next[in.far[i]] += share;
	}
}

static void
exact_top(long number, const uint32_t *seeds)
{
	double	   *score = get(n_nodes, sizeof(double));
	double	   *next = get(n_nodes, sizeof(double));

	for (int i = 0; i < SEEDS; i++)
		score[seeds[i]] += 1.0 / SEEDS;
	/* what is left of the error halves each time: 1e-12 */
	for (int round = 0; round < 40; round++)
	{
		double	   *swap = score;

		power_step(score, next, seeds);
		score = next;
		next = swap;
	}
	for (int k = 0; k < TOP; k++)
	{
		uint32_t	best = 0;

		for (uint32_t v = 1; v < n_nodes; v++)
			if (score[v] > score[best])
				best = v;
		if (score[best] > 0)
			printf("top\t\t%ld\t0\t%" PRId64 "\n", number, ids[best]);
		score[best] = -1;
	}
	free(score);
	free(next);
}

static void
answer(const char *verb, long i, const uint32_t *nodes)
{
	if (strcmp(verb, "start") == 0)
	{
		time_search("expand depth 3 out", i, nodes[0], 3, false);
		time_search("expand depth 4 out", i, nodes[0], 4, false);
		time_search("expand depth 3 both", i, nodes[0], 3, true);
		time_search("expand all out", i, nodes[0], UINT32_MAX, false);
	}
	else if (strcmp(verb, "pair") == 0)
	{
		time_path("path out", i, nodes[0], nodes[1], false);
		time_path("path both", i, nodes[0], nodes[1], true);
	}
	else
		exact_top(i, nodes);
}

int
main(int argc, char **argv)
{
	char		verb[16];
	long		i;
	FILE	   *queries;

	if (argc != 3)
	{
		fprintf(stderr, "usage: kg_csr EDGES QUERIES\n");
		return 2;
	}
	load(argv[1]);
	queries = open_file(argv[2]);
	while (fscanf(queries, "%15s %ld", verb, &i) == 2)
	{
		uint32_t	nodes[SEEDS];
		int			n = strcmp(verb, "start") == 0 ? 1 : strcmp(verb, "pair") == 0 ? 2 : SEEDS;

		for (int k = 0; k < n; k++)
		{
			int64_t		id;

			if (fscanf(queries, "%" SCNd64, &id) != 1)
				return 2;
			nodes[k] = node_of(id);
		}
		answer(verb, i, nodes);
	}
	fclose(queries);
	return 0;
}
