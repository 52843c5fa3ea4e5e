# Ranks and groups by igraph, for 095_kg_igraph.pl.
#
# Usage: kg_igraph.py EDGES COMMUNITIES
#
# EDGES has lines of graph, source, target, weight; COMMUNITIES of graph,
# node, community. Prints lines of graph, what, node, value: "weak" and
# "strong" (a number by node), "rank" and "weighted rank", and without a node
# "modularity" (the best of a few seeds), "given" (of the given communities)
# and the seconds of each.
import random
import sys
import time

import igraph

SEEDS = 5


def read(path):
    graphs = {}
    with open(path) as file:
        for line in file:
            name, *fields = line.rstrip("\n").split("\t")
            graphs.setdefault(name, []).append(fields)
    return graphs


def out(name, what, node, value):
    print(name, what, node, repr(value), sep="\t")


def timed(name, what, call):
    start = time.perf_counter()
    result = call()
    out(name, what + " s", "", time.perf_counter() - start)
    return result


def leiden(undirected, seed):
    random.seed(seed)
    igraph.set_random_number_generator(random)
    return undirected.community_leiden("modularity", weights="weight", n_iterations=10)


def compare(name, edges, communities):
    nodes = sorted({node for edge in edges for node in edge[:2]})
    place = {node: i for i, node in enumerate(nodes)}
    graph = igraph.Graph(
        len(nodes), [(place[a], place[b]) for a, b, _ in edges], directed=True)
    graph.es["weight"] = [float(weight) for _, _, weight in edges]
    undirected = graph.as_undirected(combine_edges={"weight": "sum"})
    for mode in ("weak", "strong"):
        found = timed(name, mode, lambda: graph.connected_components(mode=mode))
        for node, group in zip(nodes, found.membership):
            out(name, mode, node, group)
    for what, weights in (("rank", None), ("weighted rank", "weight")):
        found = timed(name, what, lambda: graph.pagerank(weights=weights))
        for node, score in zip(nodes, found):
            out(name, what, node, score)
    found = timed(name, "modularity", lambda: leiden(undirected, 0))
    best = max(
        [found.modularity] +
        [leiden(undirected, seed).modularity for seed in range(1, SEEDS)])
    out(name, "modularity", "", best)
    group = dict(communities)
    out(name, "given", "", undirected.modularity(
        [int(group[node]) for node in nodes], weights="weight"))


def main():
    communities = read(sys.argv[2])
    for name, edges in read(sys.argv[1]).items():
        compare(name, edges, communities[name])


main()
