"""What igraph says of graphs, for 091_kg_igraph.pl.

Reads graphs: "graph NAME", lines "node ID", "edge SRC DST WEIGHT",
"source ID", "pair ID ID", "seed ID WEIGHT", "end".  Writes rows for COPY:
graph, figure, a, b, value.  In a large graph no paths are counted.
"""
import sys
import warnings

import igraph

# of targets that cannot be reached
warnings.simplefilter("ignore", RuntimeWarning)

LARGE = 10000


def read(lines):
    """Yields a graph at a time: name, node ids, edges, weights, what is asked."""
    for line in lines:
        verb, *rest = line.rstrip("\n").split("\t")
        if verb == "graph":
            name, nodes, edges, weights = rest[0], [], [], []
            asked = {"source": [], "pair": [], "seed": []}
        elif verb == "node":
            nodes.append(int(rest[0]))
        elif verb == "edge":
            edges.append((int(rest[0]), int(rest[1])))
            weights.append(float(rest[2]))
        elif verb == "end":
            yield name, nodes, edges, weights, asked
        else:
            asked[verb].append([float(x) if "." in x else int(x) for x in rest])


def figures(nodes, edges, weights, asked):
    """Yields figure, a, b, value."""
    number = {node: i for i, node in enumerate(nodes)}
    graph = igraph.Graph(len(nodes), [(number[s], number[d]) for s, d in edges], directed=True)
    yield from distances(graph, nodes, number, weights, asked)
    yield from structure(graph, nodes, weights)
    yield from ranks(graph, nodes, number, weights, asked)
    if len(nodes) < LARGE:
        yield from paths(graph, nodes, number, weights, asked)


def distances(graph, nodes, number, weights, asked):
    for mode in ("out", "in", "all"):
        for weighted in (None, weights):
            for (source,) in asked["source"]:
                row = graph.distances(number[source], mode=mode, weights=weighted)[0]
                name = f"{'weighted ' if weighted else ''}distance {mode}"
                yield from ((name, source, nodes[i], d) for i, d in enumerate(row) if d != float("inf"))


def structure(graph, nodes, weights):
    for mode in ("weak", "strong"):
        for members in graph.connected_components(mode=mode):
            least = min(nodes[i] for i in members)
            yield from ((f"{mode} component", nodes[i], least, len(members)) for i in members)
    for mode in ("out", "in"):
        yield from ((f"{mode} degree", nodes[i], 0, d) for i, d in enumerate(graph.degree(mode=mode)))
    yield from (("strength", nodes[i], 0, s) for i, s in enumerate(graph.strength(weights=weights)))
    flat = graph.as_undirected(mode="each")
    for name, given in (("modularity", None), ("weighted modularity", weights)):
        found = max(
            (flat.community_leiden("modularity", weights=given, n_iterations=-1) for _ in range(3)),
            key=lambda c: flat.modularity(c.membership, weights=given))
        yield name, 0, 0, flat.modularity(found.membership, weights=given)


def ranks(graph, nodes, number, weights, asked):
    for name, given in (("", None), ("weighted ", weights)):
        for directed in (True, False):
            mode = "out" if directed else "both"
            for i, rank in enumerate(graph.pagerank(directed=directed, damping=0.85, weights=given)):
                yield f"{name}pagerank {mode}", nodes[i], 0, rank
            reset = [0.0] * len(nodes)
            for seed, weight in asked["seed"]:
                reset[number[seed]] = weight
            rank = graph.personalized_pagerank(directed=directed, damping=0.5, reset=reset, weights=given)
            yield from ((f"{name}ppr {mode}", nodes[i], 0, r) for i, r in enumerate(rank))


def paths(graph, nodes, number, weights, asked):
    for source, target in asked["pair"]:
        s, t = number[source], number[target]
        for mode in ("out", "all"):
            for name, given in (("", None), ("weighted ", weights)):
                found = graph.get_all_shortest_paths(s, t, weights=given, mode=mode)
                if found:
                    yield f"{name}shortest paths {mode}", source, target, len(found)
        found = graph.get_all_simple_paths(s, t, cutoff=3, mode="out")
        if found and s != t:
            yield "simple paths", source, target, len(found)
        if s != t:
            found = graph.get_k_shortest_paths(s, t, k=8, mode="out", weights=weights, output="epath")
            for place, path in enumerate(found):
                yield "k shortest paths", source * 1000000 + target, place + 1, sum(weights[e] for e in path)


for graph_name, *given in read(sys.stdin):
    for figure, a, b, value in figures(*given):
        print(graph_name, figure, a, b, repr(float(value)), sep="\t")
