# trellis - build, test and demonstrate the extension.  "make help" lists all.
#
# PGXS does the building.  Two targets work before PostgreSQL is installed:
# "make demo" and "make test" install what is missing (Debian), then run this
# Makefile again.

EXTENSION  = trellis
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(EXTENSION).control)
MODULE_big = trellis

KERNEL_SRCS = src/kernels/cpu.c src/kernels/dispatch.c \
	src/kernels/scalar.c src/kernels/avx2.c src/kernels/avx512.c \
	src/kernels/neon.c \
	src/kernels/bits_avx2.c src/kernels/bits_avx512.c \
	src/kernels/bits_neon.c src/kernels/bits_scalar.c \
	src/kernels/f16_avx2.c src/kernels/f16_avx512.c \
	src/kernels/f16_neon.c src/kernels/f16_scalar.c \
	src/kernels/f32_avx2.c src/kernels/f32_avx512.c \
	src/kernels/f32_neon.c src/kernels/f32_scalar.c \
	src/kernels/sparse_avx2.c src/kernels/sparse_scalar.c \
	src/kernels/codes.c src/kernels/rotation.c src/kernels/scan.c \
	src/kernels/gemm.c \
	src/kernels/gemm_avx2.c src/kernels/gemm_avx512.c \
	src/kernels/gemm_neon.c \
	src/kernels/gemm_scalar.c \
	src/kernels/lanes.c src/kernels/lanes_avx2.c src/kernels/lanes_avx512.c \
	src/kernels/lanes_neon.c src/kernels/lanes_scalar.c \
	src/kernels/rotation_avx2.c src/kernels/rotation_avx512.c \
	src/kernels/rotation_neon.c src/kernels/rotation_scalar.c \
	src/kernels/scan_avx2.c src/kernels/scan_avx512.c \
	src/kernels/scan_neon.c src/kernels/scan_scalar.c

SRCS = src/trellis.c \
	src/access/access.c src/access/advice.c src/access/base64url.c src/access/can_read.c \
	src/access/catalog.c src/access/identity.c src/access/json.c \
	src/access/jwt.c src/access/keyfile.c src/access/label.c \
	src/access/lanes.c \
	src/access/label_expr.c src/access/policy.c src/access/reader.c \
	src/access/sha256.c src/access/token.c \
	src/core/guc.c src/core/lane_filter.c \
	$(KERNEL_SRCS) \
	src/index/ivf/assign.c src/index/ivf/build.c src/index/ivf/cache.c \
	src/index/ivf/calibrate.c src/index/ivf/check.c \
	src/index/ivf/check_heap.c src/index/ivf/class.c src/index/ivf/cost.c \
	src/index/ivf/encode.c src/index/ivf/estimate.c src/index/ivf/exact.c \
	src/index/ivf/filter.c \
	src/index/ivf/filter_lanes.c src/index/ivf/filter_leaf.c \
	src/index/ivf/forms.c src/index/ivf/handler.c src/index/ivf/heap_rerank.c \
	src/index/ivf/insert.c src/index/ivf/kmeans.c src/index/ivf/lanes.c \
	src/index/ivf/lists.c \
	src/index/ivf/maintain.c src/index/ivf/memory.c \
	src/index/ivf/moved.c src/index/ivf/page.c src/index/ivf/places.c src/index/ivf/query.c src/index/ivf/ranking.c src/index/ivf/reach.c \
	src/index/ivf/parallel.c src/index/ivf/rows.c src/index/ivf/scan.c src/index/ivf/search.c \
	src/index/ivf/shape.c src/index/ivf/sketch.c src/index/ivf/stats.c src/index/ivf/tids.c \
	src/index/ivf/topk.c src/index/ivf/vacuum.c \
	src/index/ivf/value.c src/index/ivf/write.c \
	src/index/ivf/yield.c src/index/ivf/yield_learn.c \
	src/kg/engine/args.c src/kg/engine/budget.c src/kg/engine/bulk.c \
	src/kg/engine/call.c src/kg/engine/catalog.c src/kg/engine/csr.c \
	src/kg/engine/edge_sql.c src/kg/engine/graph.c src/kg/engine/hop.c \
	src/kg/engine/hop_query.c src/kg/engine/hop_settle.c src/kg/engine/keys.c \
	src/kg/engine/nodeset.c src/kg/engine/numbers.c src/kg/engine/plan.c \
	src/kg/engine/rels.c src/kg/engine/seeds.c src/kg/engine/source.c \
	src/kg/engine/sum.c src/kg/engine/support.c src/kg/engine/walk.c \
	src/kg/near/around.c src/kg/near/degree.c src/kg/near/distances.c \
	src/kg/near/dot.c src/kg/near/expand.c src/kg/near/graph_dot.c \
	src/kg/near/neighbors.c src/kg/near/subgraph.c src/kg/path/adjacency.c \
	src/kg/path/automaton.c src/kg/path/ball.c src/kg/path/dijkstra.c \
	src/kg/path/enumerate.c src/kg/path/lengths.c src/kg/path/metapath.c \
	src/kg/path/path.c src/kg/path/path_many.c src/kg/path/paths.c \
	src/kg/path/queue.c src/kg/path/reach.c src/kg/path/yen.c \
	src/kg/whole/analysis.c src/kg/whole/analysis_options.c \
	src/kg/whole/communities.c src/kg/whole/components.c src/kg/whole/groups.c \
	src/kg/whole/label_propagation.c src/kg/whole/leiden.c \
	src/kg/whole/pagerank.c src/kg/whole/partition.c src/kg/whole/ppr.c \
	src/kg/whole/push.c src/kg/whole/rank.c src/kg/whole/undirected.c \
	src/kg/whole/whole.c src/kg/write/batch.c src/kg/write/batch_arrays.c \
	src/kg/write/changes.c src/kg/write/chunks.c src/kg/write/define_relation.c \
	src/kg/write/forget.c src/kg/write/graph_sql.c src/kg/write/invalidate.c \
	src/kg/write/merge.c src/kg/write/rows.c src/kg/write/tables.c \
	src/kg/write/upsert.c src/kg/write/upsert_edges.c \
	src/kg/write/upsert_nodes.c \
	src/knn/bitmap.c src/knn/cost.c src/knn/exec.c src/knn/explain.c \
	src/knn/lanes.c src/knn/match.c src/knn/path.c src/knn/plan.c \
	src/knn/range.c src/knn/rows.c \
	src/types/bit_ops.c src/types/cost.c src/types/dense.c src/types/dense_agg.c \
	src/types/dense_bytes.c src/types/dense_cast.c \
	src/types/dense_compare.c src/types/dense_io.c src/types/dense_math.c \
	src/types/dense_ops.c src/types/element.c src/types/image.c \
	src/types/memo.c src/types/parse.c src/types/prefetch.c \
	src/types/simd.c src/types/sparse_parse.c \
	src/types/sparsevec.c src/types/sparsevec_cast.c \
	src/types/sparsevec_compare.c src/types/sparsevec_io.c \
	src/types/sparsevec_math.c src/types/sparsevec_ops.c \
	src/types/stats.c src/types/typmod.c

OBJS = $(SRCS:.c=.o)

INSTALL_PARTS = $(sort $(wildcard sql/install/*.sql))
DATA_built = $(EXTENSION)--$(EXTVERSION).sql
DATA       = $(wildcard sql/upgrade/*.sql)

REGRESS        = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
REGRESS_OPTS   = --load-extension=trellis
ISOLATION      = $(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test/isolation --outputdir=build/isolation \
	--load-extension=trellis

# Symbols are hidden unless exported: PostgreSQL 15 loads libraries with
# RTLD_GLOBAL, so a name that another library has too would bind to it.
PG_CPPFLAGS = -I$(srcdir)/src \
	-DPGDLLEXPORT='__attribute__((visibility("default")))'
PG_CFLAGS   = -std=gnu11 -fvisibility=hidden -MMD -MP $(WERROR_FLAGS)
SHLIB_LINK  = -lm

# The same communities on every machine: products and sums are not contracted.
src/kg/whole/leiden.o: override CFLAGS += -ffp-contract=off

EXTRA_CLEAN = build results $(DATA_built) $(SRCS:.c=.d) \
	regression.diffs regression.out compat/*.o compat/*.d compat/*.so

# No bitcode: a JIT that inlined our functions would meet hidden symbols, and
# gains nothing, since the work is done in the kernels.
override with_llvm = no

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
else
# An absent pg_config must not look like success.
SHELL = /bin/bash
srcdir = .
.DEFAULT_GOAL = all
.PHONY: all install installcheck uninstall clean
all install installcheck uninstall:
	@echo "error: '$(PG_CONFIG) --pgxs' names no PGXS makefile: the server's development files are missing." >&2
	@echo "hint: run 'make setup' (Debian), or set PG_CONFIG=/path/to/pg_config." >&2
	@exit 1
clean:
	rm -rf build results
endif

TOOLS = test/tools
MAKE_HERE = $(MAKE) --no-print-directory PG_CONFIG=$(PG_CONFIG)

# Parts are numbered; their order is the script's.
$(EXTENSION)--$(EXTVERSION).sql: $(INSTALL_PARTS)
	cat $(INSTALL_PARTS) > $@

-include $(SRCS:.c=.d)

# pg_isolation_regress does not make its output folder
installcheck: | build/isolation
build/isolation:
	mkdir -p $@

.PHONY: compat install-compat uninstall-compat
.PHONY: help setup demo demo-run test test-run unit clients oracle oracle-kg fuzz fuzz-readers bench lint format matrix stranger sanitize sanitize-run

help:
	@sed -n 's/^#: //p' $(firstword $(MAKEFILE_LIST))

#: make demo          set up what is missing, build, install, run the main job on real data
#: make demo KEEP=1   the same, and leave the server up
demo:
	@$(TOOLS)/setup.sh demo
	@$(MAKE) --no-print-directory demo-run

demo-run: all
	@$(TOOLS)/install.sh "$(PG_CONFIG)"
	@KEEP="$(KEEP)" demo/run.sh "$(PG_CONFIG)"

#: make test          set up what is missing, build, install, run every test
test:
	@$(TOOLS)/setup.sh test
	@$(MAKE) --no-print-directory test-run

test-run:
	@$(TOOLS)/run_tests.sh "$(PG_CONFIG)"

#: make setup         only install what building and testing need (Debian, root or sudo)
setup:
	@$(TOOLS)/setup.sh test

#: make               build the extension for the server that PG_CONFIG names
#: make install       install it into that server
#: make installcheck  run the SQL and isolation tests on a running server (PGHOST, PGPORT)
#: make install-compat    install the extension "vector" for pgvector's clients (compat/README.md)
#: make uninstall-compat  remove it
compat:
	@$(MAKE_HERE) -C compat WERROR_FLAGS="$(WERROR_FLAGS)" all

install-compat uninstall-compat: %-compat:
	@$(MAKE_HERE) -C compat $*

#: make unit          run the C tests of the kernels, also for ARM under emulation
unit:
	@$(TOOLS)/unit.sh

#: make clients       run npm's clients of vectors and the C example; CLIENTS="pg knex" some of them
clients: all
	@$(TOOLS)/install.sh "$(PG_CONFIG)"
	@test/clients/c/run.sh "$(PG_CONFIG)"
	@test/clients/run.sh "$(PG_CONFIG)" $(CLIENTS)

#: make oracle        2,500 random searches beside exact ones; ORACLE_COMBINATIONS=number ORACLE_SEED=number
oracle: all
	@$(TOOLS)/install.sh "$(PG_CONFIG)"
	@ORACLE_COMBINATIONS="$(or $(ORACLE_COMBINATIONS),2500)" ORACLE_SEED="$(ORACLE_SEED)" \
		$(TOOLS)/tap.sh "$(PG_CONFIG)" build/log/oracle test/t/080_knn_oracle.pl

#: make oracle-kg     5,000 random calls on protected graphs beside copies; ORACLE_CASES=number ORACLE_SEED=number
oracle-kg: all
	@$(TOOLS)/install.sh "$(PG_CONFIG)"
	@ORACLE_CASES="$(or $(ORACLE_CASES),5000)" ORACLE_SEED="$(ORACLE_SEED)" \
		$(TOOLS)/tap.sh "$(PG_CONFIG)" build/log/oracle-kg test/t/090_kg_oracle.pl

#: make fuzz          hostile SQL against the installed extension; FUZZ_SECONDS=60 SEED=number
fuzz:
	@PG_CONFIG="$(PG_CONFIG)" test/fuzz/fuzz.sh $(or $(FUZZ_SECONDS),60) $(SEED)

#: make fuzz-readers  libFuzzer on what reads vectors; FUZZ_SECONDS=60 a target, TARGETS="vector_in ..."
fuzz-readers:
	@PG_CONFIG="$(PG_CONFIG)" test/fuzz/readers.sh $(or $(FUZZ_SECONDS),60) $(TARGETS)

#: make bench         measure; DATA=folder adds real data, PEER=pg_config a peer's server
bench:
	@$(TOOLS)/bench.sh "$(PG_CONFIG)"

#: make lint          static checks of C, shell and spelling
lint:
	@$(TOOLS)/lint.sh "$(PG_CONFIG)"

#: make format        indent the C files as PostgreSQL does (pg_bsd_indent)
format:
	@$(TOOLS)/format.sh

#: make matrix        build and test on PostgreSQL 17 and 18 in chroots (root, long)
matrix:
	@$(TOOLS)/matrix.sh

#: make stranger      make demo and make test on a fresh Debian 12 in a chroot (root, long)
stranger:
	@$(TOOLS)/stranger.sh

#: make sanitize      the tests on a server built with assertions, ASan and UBSan (Debian, long)
sanitize:
	@$(TOOLS)/setup.sh sanitize
	@$(MAKE) --no-print-directory sanitize-run

sanitize-run:
	@$(TOOLS)/sanitize.sh "$(PG_CONFIG)"

#: make clean         remove what was built
